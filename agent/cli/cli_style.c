/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_style.h"

#include <langinfo.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void cli_style_resize(int fd, CliStyle *style)
{
    struct winsize size = {0};
    if (!style->tty)
        return;
    gboolean known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    style->width = known ? size.ws_col : 80;
    style->height = known && size.ws_row > 0 ? size.ws_row : 24;
}

void cli_style_detect(int fd, CliStyle *ret_style)
{
    const char *no_color = g_getenv("NO_COLOR");
    const char *term = g_getenv("TERM");
    CliStyle style = {0};
    style.tty = isatty(fd) && term && !g_str_equal(term, "dumb");
    style.colour = style.tty && !(no_color && *no_color);
    style.utf8 = style.tty && g_str_equal(nl_langinfo(CODESET), "UTF-8");
    cli_style_resize(fd, &style);
    *ret_style = style;
}

const char *cli_style_on(const CliStyle *style, CliColour colour)
{
    static const char *const sequences[CLI_COLOURS] = {
        [CLI_PLAIN] = "",
        [CLI_BOLD] = "\033[1m",
        [CLI_DIM] = "\033[2m",
        [CLI_GOOD] = "\033[32m",
        [CLI_WARN] = "\033[33m",
        [CLI_BAD] = "\033[1;31m",
    };
    return style->colour ? sequences[colour] : "";
}

const char *cli_style_off(const CliStyle *style, CliColour colour)
{
    return style->colour && colour != CLI_PLAIN ? "\033[0m" : "";
}

void cli_style_append(const CliStyle *style, GString *out, CliColour colour, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append(out, cli_style_on(style, colour));
    g_string_append_vprintf(out, format, arguments);
    g_string_append(out, cli_style_off(style, colour));
    va_end(arguments);
}
