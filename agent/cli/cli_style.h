/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_style - what the output may use: colours, width, block characters.
 *
 * Escape sequences are written only to a terminal, and never when NO_COLOR is set (to anything but "").
 */
#ifndef CLI_STYLE_H
#define CLI_STYLE_H

#include <glib.h>

typedef enum {
    CLI_PLAIN,
    CLI_BOLD, /* headings */
    CLI_DIM,  /* what matters least */
    CLI_GOOD,
    CLI_WARN,
    CLI_BAD,
    CLI_COLOURS
} CliColour;

typedef struct {
    gboolean tty;
    gboolean colour;
    gboolean utf8;        /* a terminal with a UTF-8 locale */
    guint width;          /* columns; 0: no limit (not a terminal) */
    guint height;         /* lines; 0: no limit */
    gboolean no_headings; /* --no-headings */
} CliStyle;

/** cli_style_detect - look at a file descriptor and the environment. @ret_style: overwritten. */
void cli_style_detect(int fd, CliStyle *ret_style);
/** cli_style_resize - look at the terminal's size again. */
void cli_style_resize(int fd, CliStyle *style);

/** cli_style_on, cli_style_off - the sequences around coloured text; "" without colours. Static. */
const char *cli_style_on(const CliStyle *style, CliColour colour);
const char *cli_style_off(const CliStyle *style, CliColour colour);

/** cli_style_append - printf into @out, in a colour. */
void cli_style_append(const CliStyle *style, GString *out, CliColour colour, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

#endif
