/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_watch.h"

#include <stdio.h>
#include <unistd.h>

static void print_once(const CliRun *run, const Hactl__View *view)
{
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_json_status(json, view);
        cli_json_print(json, !run->options.watch);
        return;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_status(&run->style, view, out);
    fputs(out->str, stdout);
    fflush(stdout);
}

/* On a terminal the screen is drawn over; what does not fit is cut, so that nothing scrolls. */
static void draw_screen(CliRun *run, const Hactl__View *view)
{
    cli_style_resize(STDOUT_FILENO, &run->style);
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_status(&run->style, view, out);
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
    fputs("\033[H", stdout);
    for (guint i = 0; lines[i] && i + 1 < run->style.height; i++)
        printf("%s\033[K\n", lines[i]);
    fputs("\033[J", stdout);
    fflush(stdout);
}

static void print_again(CliRun *run, const Hactl__View *view)
{
    if (run->style.tty && !run->options.json) {
        draw_screen(run, view);
        return;
    }
    print_once(run, view);
    if (!run->options.json)
        fputs("\n", stdout);
    fflush(stdout);
}

static CliExit watch(CliRun *run, GError **error)
{
    g_autoptr(CliWatch) stream = cli_watch_new(HACTL__CALL_KIND__CALL_VIEW, CLI_WATCH_RECONNECT_MS);
    cli_interrupt_catch();
    for (;;) {
        g_autoptr(WireResult) result = NULL;
        switch (cli_watch_next(stream, G_MAXINT64, &result, error)) {
        case CLI_WATCH_RESULT:
            if (result->view)
                print_again(run, result->view);
            if (ferror(stdout))
                return CLI_EXIT_FAILED;
            break;
        case CLI_WATCH_LOST:
            fputs("hactl: status: hactld went away; connecting again for up to 60 s\n", stderr);
            break;
        case CLI_WATCH_INTERRUPTED:
            return CLI_EXIT_INTERRUPTED;
        case CLI_WATCH_TIMEOUT:
            break;
        case CLI_WATCH_FAILED:
            g_prefix_error(error, "status: ");
            return CLI_EXIT_FAILED;
        }
    }
}

CliExit cmd_status(CliRun *run, GError **error)
{
    if (run->options.watch)
        return watch(run, error);
    g_autoptr(WireResult) result = cli_client_view("status", error);
    if (!result)
        return CLI_EXIT_FAILED;
    print_once(run, result->view);
    return CLI_EXIT_DONE;
}
