/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_format - numbers, times and texts as an admin reads them, and durations as an admin writes them. Pure.
 *
 * Every function that returns char * transfers it in full.
 */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include <glib.h>

/** cli_format_mib - "512 MiB", "1.9 GiB", "12 GiB". */
char *cli_format_mib(guint64 mib);
/** cli_format_rate - "0 B/s", "312 KiB/s", "118 MiB/s". */
char *cli_format_rate(guint64 bytes_per_s);
/** cli_format_permille - "0 %", "1.2 %", "63 %". */
char *cli_format_permille(guint32 permille);
/** cli_format_duration - "0.4 s", "42 s", "3 min 05 s", "2 h 05 min", "3 d 04 h". @ms: below 0 reads as 0. */
char *cli_format_duration(gint64 ms);
/** cli_format_clock - local time: "12:03:04" within a day of @now_s, else "2026-05-01 12:03:04". */
char *cli_format_clock(gint64 time_s, gint64 now_s);
/** cli_format_clean - a copy without control characters or broken UTF-8: safe on a terminal, on one line. */
char *cli_format_clean(const char *text);
/** cli_format_share - how much of @total is done, 0..1000; 0 when @total is 0. */
guint32 cli_format_share(guint64 done, guint64 total);
/** cli_format_bar - "[#####---------------]", @cells characters between the brackets. @utf8: with block characters. */
char *cli_format_bar(guint32 permille, guint cells, gboolean utf8);
/** cli_format_width - columns a UTF-8 text takes on a terminal. */
guint cli_format_width(const char *text);
/** cli_format_fit - @text cut to @columns, the last one a dot sign when something was cut. 0: not cut. */
char *cli_format_fit(const char *text, guint columns);

/**
 * cli_parse_duration - "90", "90s", "5m", "2h", "1h30m", "1d".
 * @text: borrowed, any bytes.
 * @ret_s: seconds, 1..366 days.
 *
 * Returns: FALSE with a sentence about @text otherwise.
 */
gboolean cli_parse_duration(const char *text, gint64 *ret_s, GError **error);

/**
 * cli_parse_mib - "512M", "4G", "1T", also with iB: a size in whole MiB, up to 64 TiB. A unit is needed.
 * Returns: FALSE with a sentence about @text otherwise.
 */
gboolean cli_parse_mib(const char *text, guint64 *ret_mib, GError **error);

/** cli_parse_yes - "yes", "no", "true", "false", "1", "0". Returns: FALSE with a sentence otherwise. */
gboolean cli_parse_yes(const char *text, gboolean *ret_yes, GError **error);

#endif
