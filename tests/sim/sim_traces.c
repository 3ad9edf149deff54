/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_traces.h"

#include <gio/gio.h>
#include <string.h>

static void free_series(gpointer series)
{
    g_array_unref(series);
}

SimTraces *sim_traces_new(void)
{
    SimTraces *traces = g_new0(SimTraces, 1);
    traces->names = g_ptr_array_new_with_free_func(g_free);
    traces->index = g_hash_table_new(g_str_hash, g_str_equal);
    traces->series = g_ptr_array_new_with_free_func(free_series);
    return traces;
}

void sim_traces_free(SimTraces *traces)
{
    g_hash_table_unref(traces->index);
    g_ptr_array_unref(traces->names);
    g_ptr_array_unref(traces->series);
    g_free(traces);
}

gdouble sim_traces_at(const SimTraces *traces, guint vm, guint step)
{
    const GArray *series = traces->series->pdata[vm];
    return step < series->len ? (gdouble)g_array_index(series, gfloat, step) : 0;
}

static char *read_xz(const char *path, GError **error)
{
    g_autoptr(GSubprocess) xz = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error, "xz", "-dc", "--", path, NULL);
    char *text = NULL;
    g_autofree char *why = NULL;
    if (!xz || !g_subprocess_communicate_utf8(xz, NULL, NULL, &text, &why, error))
        return NULL;
    if (g_subprocess_get_successful(xz))
        return text;
    g_free(text);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s", g_strstrip(why));
    return NULL;
}

static char *read_file(const char *path, GError **error)
{
    char *text = NULL;
    if (g_str_has_suffix(path, ".xz"))
        return read_xz(path, error);
    return g_file_get_contents(path, &text, NULL, error) ? text : NULL;
}

/* @begin: how many steps the files before had. */
static GArray *series_of(SimTraces *traces, const char *name, guint begin)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(traces->index, name));
    if (!number) {
        char *copy = g_strdup(name);
        g_ptr_array_add(traces->names, copy);
        g_ptr_array_add(traces->series, g_array_new(FALSE, TRUE, sizeof(gfloat)));
        number = traces->series->len;
        g_hash_table_insert(traces->index, copy, GUINT_TO_POINTER(number));
    }
    GArray *series = traces->series->pdata[number - 1];
    if (series->len < begin)
        g_array_set_size(series, begin);
    return series;
}

static gboolean read_percent(const char *word, gdouble *ret_percent)
{
    char *end;
    *ret_percent = g_ascii_strtod(word, &end);
    return end != word && !*end && *ret_percent >= 0 && *ret_percent <= SIM_TRACE_PERCENT_MAX;
}

/* The name is the first word, and what follows it before the first number. Returns: how many words it has. */
static guint name_words(char **words)
{
    gdouble unused;
    guint n = words[0] ? 1 : 0;
    while (n && words[n] && !read_percent(words[n], &unused))
        n++;
    return n;
}

/* Returns: what is wrong with the line, static; NULL for nothing. */
static const char *add_line(SimTraces *traces, const char *line, guint begin)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    guint n = name_words(words);
    GString *name = g_string_new(words[0]);
    for (guint i = 1; i < n; i++)
        g_string_append_printf(name, " %s", words[i]);
    g_autofree char *whole = g_string_free(name, FALSE);
    g_strchomp(whole);
    if (!*whole || !words[n])
        return "no name, or no numbers";
    GArray *series = series_of(traces, whole, begin);
    for (char **word = words + n; *word; word++) {
        gdouble percent;
        if (!**word)
            continue;
        if (!read_percent(*word, &percent))
            return "a value is no percentage of a core";
        gfloat value = (gfloat)percent;
        g_array_append_val(series, value);
    }
    traces->n_steps = MAX(traces->n_steps, series->len);
    return NULL;
}

gboolean sim_traces_add(SimTraces *traces, const char *path, GError **error)
{
    g_autofree char *text = read_file(path, error);
    if (!text) {
        g_prefix_error(error, "%s can't be read: ", path);
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint begin = traces->n_steps;
    for (guint i = 0; lines[i]; i++) {
        g_strchomp(lines[i]);
        const char *wrong = *lines[i] ? add_line(traces, lines[i], begin) : NULL;
        if (!wrong)
            continue;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "%s, line %u: %s; a line is a VM's name and a number for each 5 minutes", path, i + 1, wrong);
        return FALSE;
    }
    return TRUE;
}
