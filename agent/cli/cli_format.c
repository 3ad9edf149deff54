/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_format.h"

#include "agent/cli/cli_error.h"

#include <string.h>

#define DAY_S (24 * 3600)
#define MIB_MAX (64ull * 1024 * 1024) /* 64 TiB: more than QEMU takes */

static char *scaled(double value, const char *const *units, guint n_units)
{
    guint unit = 0;
    while (value >= 1024 && unit + 1 < n_units) {
        value /= 1024;
        unit++;
    }
    return unit == 0 || value >= 10 ? g_strdup_printf("%.0f %s", value, units[unit])
                                    : g_strdup_printf("%.1f %s", value, units[unit]);
}

char *cli_format_mib(guint64 mib)
{
    static const char *const units[] = {"MiB", "GiB", "TiB", "PiB"};
    return scaled((double)mib, units, G_N_ELEMENTS(units));
}

char *cli_format_rate(guint64 bytes_per_s)
{
    static const char *const units[] = {"B/s", "KiB/s", "MiB/s", "GiB/s"};
    return scaled((double)bytes_per_s, units, G_N_ELEMENTS(units));
}

char *cli_format_permille(guint32 permille)
{
    if (permille == 0 || permille >= 100)
        return g_strdup_printf("%u %%", (permille + 5) / 10);
    return g_strdup_printf("%u.%u %%", permille / 10, permille % 10);
}

char *cli_format_duration(gint64 ms)
{
    ms = MAX(ms, 0);
    guint64 s = (guint64)ms / 1000;
    if (ms < 10000)
        return g_strdup_printf("%u.%u s", (guint)s, (guint)(ms % 1000) / 100);
    if (s < 60)
        return g_strdup_printf("%u s", (guint)s);
    if (s < 3600)
        return g_strdup_printf("%u min %02u s", (guint)(s / 60), (guint)(s % 60));
    if (s < DAY_S)
        return g_strdup_printf("%u h %02u min", (guint)(s / 3600), (guint)(s / 60 % 60));
    return g_strdup_printf("%" G_GUINT64_FORMAT " d %02u h", s / DAY_S, (guint)(s / 3600 % 24));
}

char *cli_format_clock(gint64 time_s, gint64 now_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(time_s);
    if (!time)
        return g_strdup_printf("@%" G_GINT64_FORMAT, time_s);
    gboolean near = time_s <= now_s + DAY_S && now_s - time_s < DAY_S;
    return g_date_time_format(time, near ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S");
}

char *cli_format_clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *clean = g_string_new(NULL);
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (!g_unichar_iscntrl(c))
            g_string_append_unichar(clean, c);
        else if (clean->len > 0 && clean->str[clean->len - 1] != ' ')
            g_string_append_c(clean, ' ');
    }
    while (clean->len > 0 && clean->str[clean->len - 1] == ' ')
        g_string_truncate(clean, clean->len - 1);
    return g_string_free(clean, FALSE);
}

guint32 cli_format_share(guint64 done, guint64 total)
{
    return total == 0 ? 0 : done >= total ? 1000 : (guint32)((double)done / (double)total * 1000);
}

char *cli_format_bar(guint32 permille, guint cells, gboolean utf8)
{
    guint full = MIN(permille, 1000) * cells / 1000;
    GString *bar = g_string_new("[");
    for (guint i = 0; i < cells; i++)
        g_string_append(bar, i < full ? (utf8 ? "█" : "#") : (utf8 ? "·" : "-"));
    g_string_append_c(bar, ']');
    return g_string_free(bar, FALSE);
}

static guint columns_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

guint cli_format_width(const char *text)
{
    guint width = 0;
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        width += columns_of(g_utf8_get_char(at));
    return width;
}

char *cli_format_fit(const char *text, guint columns)
{
    if (columns == 0 || cli_format_width(text) <= columns)
        return g_strdup(text);
    guint width = 0;
    const char *at = text;
    while (width + columns_of(g_utf8_get_char(at)) < columns) {
        width += columns_of(g_utf8_get_char(at));
        at = g_utf8_next_char(at);
    }
    return g_strdup_printf("%.*s~", (int)(at - text), text);
}

static gint64 unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return DAY_S;
    default:
        return 0;
    }
}

/* One "NUMBER[UNIT]" at *at, which moves past it. Returns: seconds, 0 when there is none. */
static gint64 duration_part(const char **at)
{
    if (!g_ascii_isdigit(**at))
        return 0;
    char *end = NULL;
    guint64 number = g_ascii_strtoull(*at, &end, 10);
    gint64 unit = *end ? unit_seconds(*end) : 1;
    if (unit == 0 || number > 366u * DAY_S)
        return 0;
    *at = *end ? end + 1 : end;
    return (gint64)number * unit;
}

gboolean cli_parse_duration(const char *text, gint64 *ret_s, GError **error)
{
    gint64 sum = 0;
    const char *at = text;
    do {
        gint64 part = duration_part(&at);
        sum += part;
        if (part == 0 || sum > 366 * (gint64)DAY_S) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE,
                "\"%s\": not a duration of 1 s to 366 d; write it like 90s, 5m, 2h, 1h30m or 1d", text);
            return FALSE;
        }
    } while (*at);
    *ret_s = sum;
    return TRUE;
}

gboolean cli_parse_mib(const char *text, guint64 *ret_mib, GError **error)
{
    static const struct {
        const char *names[2];
        guint64 mib;
    } units[] = {{{"M", "MiB"}, 1}, {{"G", "GiB"}, 1024}, {{"T", "TiB"}, 1024 * 1024}};
    const char *unit = text + strspn(text, "0123456789");
    g_autofree char *digits = g_strndup(text, (gsize)(unit - text));
    guint64 number = 0;
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        if ((strcmp(unit, units[i].names[0]) == 0 || strcmp(unit, units[i].names[1]) == 0) &&
            g_ascii_string_to_unsigned(digits, 10, 1, MIB_MAX / units[i].mib, &number, NULL)) {
            *ret_mib = number * units[i].mib;
            return TRUE;
        }
    }
    g_set_error(
        error, CLI_ERROR, CLI_EXIT_USAGE, "\"%s\": not a size of 1 MiB to 64 TiB; write it like 512M or 4G", text);
    return FALSE;
}

gboolean cli_parse_yes(const char *text, gboolean *ret_yes, GError **error)
{
    static const char *const words[2][3] = {{"no", "false", "0"}, {"yes", "true", "1"}};
    for (guint i = 0; i < G_N_ELEMENTS(words[0]); i++) {
        for (guint yes = 0; yes < 2; yes++) {
            if (g_str_equal(text, words[yes][i])) {
                *ret_yes = (gboolean)yes;
                return TRUE;
            }
        }
    }
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "\"%s\": neither yes nor no; write yes or no", text);
    return FALSE;
}
