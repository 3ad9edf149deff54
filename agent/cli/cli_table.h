/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_table - tables for people, through libsmartcols. Machines get JSON (cli_json.h).
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "agent/cli/cli_style.h"

typedef struct CliTable CliTable;

typedef enum {
    CLI_COLUMN_LEFT,
    CLI_COLUMN_RIGHT, /* numbers */
    CLI_COLUMN_WRAP,  /* sentences: broken into lines on a narrow terminal */
} CliColumn;

/** cli_table_new - @style: borrowed, must outlive the table. */
CliTable *cli_table_new(const CliStyle *style);
void cli_table_free(CliTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliTable, cli_table_free)

/** cli_table_column - add a column; all of them before the first row. @heading: upper case. */
void cli_table_column(CliTable *table, const char *heading, CliColumn kind);

/** cli_table_row - begin a row; its cells follow from left to right. */
void cli_table_row(CliTable *table);
/** cli_table_cell - the next cell. @text: nullable (shown as "-"), copied, cleaned of control characters. */
void cli_table_cell(CliTable *table, CliColour colour, const char *text);
/** cli_table_take - the same, (transfer full). */
void cli_table_take(CliTable *table, CliColour colour, char *text);

guint cli_table_rows(const CliTable *table);

/** cli_table_append - the whole table into @out, each line after @indent blanks; nothing when it has no rows. */
void cli_table_append(CliTable *table, GString *out, guint indent);

#endif
