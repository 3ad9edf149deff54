/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_failover.h"

#include <string.h>

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_table.h"
#include "agent/cli/cli_view.h"

HaFailovers *cli_failover_fold(Hactl__Note *const *notes, gsize n)
{
    HaFailovers *failovers = ha_failovers_new();
    for (gsize i = 0; i < n; i++) {
        HaNote note = cli_view_note(notes[i]);
        ha_failovers_learn(failovers, &note);
    }
    return failovers;
}

char *cli_failover_id(const HaFailover *failover)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT, failover->id >> 32, failover->id & G_MAXUINT32);
}

const HaFailover *cli_failover_find(const HaFailovers *failovers, const char *name)
{
    const GPtrArray *list = ha_failovers_list(failovers);
    for (guint i = list->len; i-- > 0;) {
        const HaFailover *failover = list->pdata[i];
        g_autofree char *id = cli_failover_id(failover);
        if (!name || strcmp(failover->node, name) == 0 || strcmp(id, name) == 0)
            return failover;
    }
    return NULL;
}

static gint64 after_ms(const HaFailover *failover, gint64 at_ms)
{
    return MAX(at_ms - failover->heard_ms, 0);
}

/* ---- JSON ---- */

static void add_time(JsonBuilder *json, const HaFailover *failover, const char *at, const char *after, gint64 at_ms)
{
    cli_json_known(json, at, at_ms > 0, at_ms);
    cli_json_known(json, after, at_ms > 0, after_ms(failover, at_ms));
}

static void add_vm(JsonBuilder *json, const HaFailover *failover, const HaFailoverVm *vm)
{
    json_builder_begin_object(json);
    cli_json_text(json, "vm", vm->vm);
    cli_json_text(json, "state", ha_failover_vm_word(failover, vm));
    cli_json_text(json, "node", vm->to);
    add_time(json, failover, "recovered_ms", "recovered_after_ms", vm->recovered_ms);
    cli_json_text(json, "reason", vm->why);
    json_builder_end_object(json);
}

void cli_failover_json(JsonBuilder *json, const HaFailover *failover)
{
    g_autofree char *id = cli_failover_id(failover);
    json_builder_begin_object(json);
    cli_json_text(json, "id", id);
    cli_json_text(json, "node", failover->node);
    cli_json_text(json, "state", ha_failover_state_word(failover->state));
    cli_json_int(json, "heard_ms", failover->heard_ms);
    add_time(json, failover, "declared_ms", "declared_after_ms", failover->declared_ms);
    add_time(json, failover, "fenced_ms", "fenced_after_ms", failover->fenced_ms);
    add_time(json, failover, "ended_ms", "total_ms", failover->ended_ms);
    json_builder_set_member_name(json, "vms");
    json_builder_begin_array(json);
    for (guint i = 0; i < failover->vms->len; i++)
        add_vm(json, failover, failover->vms->pdata[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
}

/* ---- text ---- */

static CliColour state_colour(HaFailoverState state)
{
    switch (state) {
    case HA_FAILOVER_LOST:
    case HA_FAILOVER_PARTIAL:
        return CLI_BAD;
    case HA_FAILOVER_RECOVERING:
    case HA_FAILOVER_VOID:
        return CLI_WARN;
    case HA_FAILOVER_DONE:
    case HA_FAILOVER_STATES:
        break;
    }
    return CLI_GOOD;
}

static char *duration(const HaFailover *failover, gint64 at_ms)
{
    return at_ms > 0 ? cli_format_duration(after_ms(failover, at_ms)) : NULL;
}

static char *vm_words(const HaFailover *failover)
{
    guint recovered = 0;
    for (guint i = 0; i < failover->vms->len; i++)
        recovered += ((const HaFailoverVm *)failover->vms->pdata[i])->recovered_ms > 0;
    return g_strdup_printf("%u of %u", recovered, failover->vms->len);
}

void cli_failover_table(const CliStyle *style, const HaFailovers *failovers, gint64 now_s, GString *out)
{
    const GPtrArray *list = ha_failovers_list(failovers);
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "ID", CLI_COLUMN_LEFT);
    cli_table_column(table, "NODE", CLI_COLUMN_LEFT);
    cli_table_column(table, "LAST HEARD", CLI_COLUMN_LEFT);
    cli_table_column(table, "STATE", CLI_COLUMN_LEFT);
    cli_table_column(table, "DECLARED", CLI_COLUMN_RIGHT);
    cli_table_column(table, "FENCED", CLI_COLUMN_RIGHT);
    cli_table_column(table, "TOTAL", CLI_COLUMN_RIGHT);
    cli_table_column(table, "VMS BACK", CLI_COLUMN_RIGHT);
    for (guint i = 0; i < list->len; i++) {
        const HaFailover *failover = list->pdata[i];
        cli_table_row(table);
        cli_table_take(table, CLI_PLAIN, cli_failover_id(failover));
        cli_table_cell(table, CLI_PLAIN, failover->node);
        cli_table_take(table, CLI_PLAIN, cli_format_clock(failover->heard_ms / 1000, now_s));
        cli_table_cell(table, state_colour(failover->state), ha_failover_state_word(failover->state));
        cli_table_take(table, CLI_PLAIN, duration(failover, failover->declared_ms));
        cli_table_take(table, CLI_PLAIN, duration(failover, failover->fenced_ms));
        cli_table_take(table, CLI_PLAIN, duration(failover, failover->ended_ms));
        cli_table_take(table, CLI_PLAIN, vm_words(failover));
    }
    cli_table_append(table, out, 0);
}

static void add_step(CliTable *table, const HaFailover *failover, gint64 at_ms, CliColour colour, char *text)
{
    cli_table_row(table);
    cli_table_take(table, CLI_PLAIN, duration(failover, at_ms));
    cli_table_take(table, colour, text);
}

static gint by_recovery(gconstpointer a, gconstpointer b)
{
    const HaFailoverVm *x = *(HaFailoverVm *const *)a, *y = *(HaFailoverVm *const *)b;
    gint64 at_x = x->recovered_ms ? x->recovered_ms : G_MAXINT64, at_y = y->recovered_ms ? y->recovered_ms : G_MAXINT64;
    return at_x != at_y ? (at_x < at_y ? -1 : 1) : strcmp(x->vm, y->vm);
}

static void add_vm_step(CliTable *table, const HaFailover *failover, const HaFailoverVm *vm)
{
    if (vm->recovered_ms)
        add_step(table, failover, vm->recovered_ms, CLI_PLAIN, g_strdup_printf("%s runs on %s", vm->vm, vm->to));
    else if (vm->why)
        add_step(table, failover, 0, CLI_BAD, g_strdup_printf("%s does not run: %s", vm->vm, vm->why));
    else
        add_step(table, failover, 0, CLI_PLAIN, g_strdup_printf("%s: %s", vm->vm, ha_failover_vm_word(failover, vm)));
}

void cli_failover_show(const CliStyle *style, const HaFailover *failover, gint64 now_s, GString *out)
{
    g_autofree char *id = cli_failover_id(failover), *clock = cli_format_clock(failover->heard_ms / 1000, now_s);
    g_autofree char *total = duration(failover, failover->ended_ms);
    cli_style_append(style, out, CLI_BOLD, "Failover %s of %s", id, failover->node);
    g_string_append(out, "  ");
    cli_style_append(style, out, state_colour(failover->state), "%s", ha_failover_state_word(failover->state));
    g_string_append_printf(out, "%s%s\n", total ? " in " : "", total ? total : "");

    g_autoptr(GPtrArray) vms = g_ptr_array_new();
    g_ptr_array_extend(vms, failover->vms, NULL, NULL);
    g_ptr_array_sort(vms, by_recovery);
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "AFTER", CLI_COLUMN_RIGHT);
    cli_table_column(table, "WHAT", CLI_COLUMN_WRAP);
    add_step(table, failover, failover->heard_ms, CLI_PLAIN,
        g_strdup_printf("last heard of, at %s; it was lost within the 2 s after that", clock));
    add_step(table, failover, failover->declared_ms, CLI_PLAIN, g_strdup("declared lost by corosync"));
    if (failover->fenced_ms)
        add_step(table, failover, failover->fenced_ms, CLI_PLAIN, g_strdup("fenced"));
    else if (failover->state == HA_FAILOVER_LOST)
        add_step(table, failover, 0, CLI_BAD, g_strdup("not fenced yet: nothing of it may be started"));
    for (guint i = 0; i < vms->len; i++)
        add_vm_step(table, failover, vms->pdata[i]);
    cli_table_append(table, out, 2);
}
