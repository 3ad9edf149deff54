/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_table.h"

#include "agent/cli/cli_format.h"

#include <libsmartcols.h>
#include <string.h>

struct CliTable {
    const CliStyle *style;
    struct libscols_table *scols;
    struct libscols_line *line; /* borrowed: the row being filled */
    guint n_columns, n_rows, cell;
};

/* libsmartcols reports nothing but a lack of memory, and a lack of memory aborts, as in GLib. */
static void must(int rc)
{
    g_assert_cmpint(rc, ==, 0);
}

CliTable *cli_table_new(const CliStyle *style)
{
    CliTable *table = g_new0(CliTable, 1);
    table->style = style;
    table->scols = scols_new_table();
    g_assert(table->scols);
    must(scols_table_enable_colors(table->scols, style->colour));
    must(scols_table_enable_noheadings(table->scols, style->no_headings));
    must(scols_table_enable_minout(table->scols, TRUE));
    must(scols_table_set_column_separator(table->scols, "  "));
    must(scols_table_set_termforce(table->scols, style->width > 0 ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER));
    return table;
}

void cli_table_free(CliTable *table)
{
    if (!table)
        return;
    scols_unref_table(table->scols);
    g_free(table);
}

void cli_table_column(CliTable *table, const char *heading, CliColumn kind)
{
    int flags = kind == CLI_COLUMN_RIGHT ? SCOLS_FL_RIGHT : kind == CLI_COLUMN_WRAP ? SCOLS_FL_WRAP : 0;
    struct libscols_column *column =
        scols_table_new_column(table->scols, heading, kind == CLI_COLUMN_WRAP ? 0.3 : 1, flags);
    g_assert(column && table->n_rows == 0);
    must(scols_cell_set_color(scols_column_get_header(column), table->style->colour ? "\033[1m" : NULL));
    table->n_columns++;
}

void cli_table_row(CliTable *table)
{
    table->line = scols_table_new_line(table->scols, NULL);
    g_assert(table->line);
    table->cell = 0;
    table->n_rows++;
}

void cli_table_cell(CliTable *table, CliColour colour, const char *text)
{
    g_assert(table->line && table->cell < table->n_columns);
    g_autofree char *clean = cli_format_clean(text ? text : "-");
    must(scols_line_set_data(table->line, table->cell, clean));
    const char *sequence = cli_style_on(table->style, colour);
    if (*sequence)
        must(scols_cell_set_color(scols_line_get_cell(table->line, table->cell), sequence));
    table->cell++;
}

void cli_table_take(CliTable *table, CliColour colour, char *text)
{
    cli_table_cell(table, colour, text);
    g_free(text);
}

guint cli_table_rows(const CliTable *table)
{
    return table->n_rows;
}

static gsize trimmed_length(const char *line)
{
    gsize length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    return length;
}

void cli_table_append(CliTable *table, GString *out, guint indent)
{
    if (table->n_rows == 0)
        return;
    if (table->style->width > indent)
        must(scols_table_set_termwidth(table->scols, table->style->width - indent));
    char *text = NULL;
    must(scols_print_table_to_string(table->scols, &text));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (*lines[i] || lines[i + 1])
            g_string_append_printf(out, "%*s%.*s\n", (int)indent, "", (int)trimmed_length(lines[i]), lines[i]);
    }
    free(text);
}
