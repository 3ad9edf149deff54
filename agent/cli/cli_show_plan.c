/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_show.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_table.h"
#include "agent/core/ha_core.h"

static void show_moves(const CliStyle *style, const Hactl__Plan *plan, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "WAVE", CLI_COLUMN_RIGHT);
    cli_table_column(table, "VM", CLI_COLUMN_LEFT);
    cli_table_column(table, "FROM", CLI_COLUMN_LEFT);
    cli_table_column(table, "TO", CLI_COLUMN_LEFT);
    cli_table_column(table, "HOW", CLI_COLUMN_LEFT);
    cli_table_column(table, "SIZE", CLI_COLUMN_RIGHT);
    cli_table_column(table, "TIME", CLI_COLUMN_RIGHT);
    cli_table_column(table, "WHY", CLI_COLUMN_WRAP);
    for (gsize i = 0; i < plan->n_moves; i++) {
        const Hactl__PlanMove *move = plan->moves[i];
        if (move->block != HA_BLOCK_NONE)
            continue;
        cli_table_row(table);
        cli_table_take(table, CLI_PLAIN, move->wave ? g_strdup_printf("%u", move->wave) : NULL);
        cli_table_cell(table, CLI_PLAIN, move->vm);
        cli_table_cell(table, CLI_PLAIN, *move->from ? move->from : NULL);
        cli_table_cell(table, CLI_GOOD, move->to);
        cli_table_cell(
            table, move->mode == HA_MOVE_RESTART ? CLI_WARN : CLI_PLAIN, ha_move_mode_word((HaMoveMode)move->mode));
        cli_table_take(table, CLI_PLAIN, move->mem_mib ? cli_format_mib(move->mem_mib) : NULL);
        cli_table_take(table, CLI_PLAIN, cli_format_duration(move->estimate_ms));
        cli_table_cell(table, CLI_PLAIN, move->detail);
    }
    cli_table_append(table, out, 2);
}

static void show_stops(const Hactl__Plan *plan, GString *out)
{
    for (gsize i = 0; i < plan->n_stops; i++)
        g_string_append_printf(out, "%s%s", i ? ", " : "Shut down last: ", plan->stops[i]);
    if (plan->n_stops)
        g_string_append_printf(out, "\n  %s with the drain of %s, and start%s again with its undrain\n",
            plan->n_stops == 1 ? "it stops" : "they stop", plan->node, plan->n_stops == 1 ? "s" : "");
}

static void show_blocked(const CliStyle *style, const Hactl__PlanMove *move, GString *out)
{
    const char *text = ha_block_text((HaBlock)move->block, NULL);
    g_autofree char *detail = move->detail ? cli_format_clean(move->detail) : NULL;
    g_autofree char *remedy = move->remedy ? cli_format_clean(move->remedy) : NULL;
    g_string_append(out, "  ");
    cli_style_append(style, out, CLI_WARN, "%s", move->vm);
    g_string_append_printf(out, ": %s\n", detail ? detail : text);
    for (gsize i = 0; i < move->n_candidates; i++) {
        const Hactl__Candidate *candidate = move->candidates[i];
        if (candidate->block == HA_BLOCK_NONE || candidate->block == HA_BLOCK_NODE_SELF)
            continue;
        g_autofree char *why = cli_format_clean(candidate->detail ? candidate->detail : "");
        g_string_append_printf(out, "      %s: %s%s%s\n", candidate->node,
            ha_block_text((HaBlock)candidate->block, NULL), *why ? ": " : "", why);
    }
    if (remedy)
        g_string_append_printf(out, "      -> %s\n", remedy);
}

void cli_show_plan(const CliStyle *style, const char *title, const Hactl__Plan *plan, GString *out)
{
    guint n_moves = (guint)plan->n_moves - MIN((guint)plan->n_moves, plan->n_blocked);
    g_autofree char *time = cli_format_duration(plan->estimate_ms);
    cli_style_append(style, out, CLI_BOLD, "Plan: %s", title);
    if (n_moves > 0)
        g_string_append_printf(out, ", %u VM%s to move, about %s", n_moves, n_moves == 1 ? "" : "s", time);
    else
        g_string_append(out, ", nothing to move");
    if (plan->n_stops > 0)
        g_string_append_printf(out, ", %u to shut down", (guint)plan->n_stops);
    if (plan->n_blocked > 0)
        g_string_append_printf(out, ", %u can't", plan->n_blocked);
    g_string_append_c(out, '\n');
    if (plan->why) {
        g_autofree char *why = cli_format_clean(plan->why);
        g_string_append_printf(out, "%s\n", why);
    }
    show_moves(style, plan, out);
    show_stops(plan, out);
    if (plan->n_blocked > 0)
        g_string_append(out, "Can't be moved:\n");
    for (gsize i = 0; i < plan->n_moves; i++)
        if (plan->moves[i]->block != HA_BLOCK_NONE)
            show_blocked(style, plan->moves[i], out);
}
