/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_show.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_table.h"
#include "agent/cli/cli_view.h"

#define BAR_CELLS 20

CliColour cli_show_vm_colour(const Hactl__ViewVm *vm)
{
    if (vm->copies > 1)
        return CLI_BAD;
    switch ((HaVmState)vm->state) {
    case HA_VM_RUNNING:
        return CLI_GOOD;
    case HA_VM_ABSENT:
        return vm->wanted_running ? CLI_BAD : CLI_DIM;
    case HA_VM_MIGRATING:
    case HA_VM_INCOMING:
    case HA_VM_PAUSED:
    case HA_VM_UNKNOWN:
        return CLI_WARN;
    case HA_VM_IO_ERROR:
    case HA_VM_CRASHED:
    case HA_VM_POSTCOPY_BROKEN:
        return CLI_BAD;
    case HA_VM_STATES:
        break;
    }
    g_return_val_if_reached(CLI_PLAIN);
}

static guint32 progress_of(const Hactl__Migration *migration)
{
    return migration->total_bytes <= migration->remaining_bytes
               ? 0
               : cli_format_share(migration->total_bytes - migration->remaining_bytes, migration->total_bytes);
}

char *cli_show_move_words(const Hactl__ViewVm *vm)
{
    if (vm->parked)
        return g_strdup_printf("%s with the drain of %s", vm->state == HA_VM_ABSENT ? "stopped" : "stops", vm->parked);
    if (vm->move == HA_MOVE_QUEUED && vm->block == HA_BLOCK_NONE && vm->retry_in_ms > 0) {
        g_autofree char *delay = cli_format_duration(vm->retry_in_ms);
        return g_strdup_printf("failed, again in %s", delay);
    }
    if (vm->block != HA_BLOCK_NONE)
        return g_strdup_printf("can't move: %s", ha_block_text((HaBlock)vm->block, NULL));
    if (vm->move == HA_MOVE_NONE)
        return NULL;
    GString *words = g_string_new(ha_reason_word((HaReason)vm->move_reason));
    if (vm->move_to)
        g_string_append_printf(words, " to %s", vm->move_to);
    g_string_append_printf(words, " (%s", ha_move_state_word((HaMoveState)vm->move));
    if (vm->migration && vm->migration->total_bytes > 0)
        g_string_append_printf(words, ", %u %%", progress_of(vm->migration) / 10);
    g_string_append_c(words, ')');
    return g_string_free(words, FALSE);
}

static const char *state_words(const Hactl__ViewVm *vm)
{
    return vm->copies > 1 ? "TWO COPIES" : ha_vm_state_word((HaVmState)vm->state);
}

void cli_show_vms(const CliStyle *style, const Hactl__View *view, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "VM", CLI_COLUMN_LEFT);
    cli_table_column(table, "STATE", CLI_COLUMN_LEFT);
    cli_table_column(table, "NODE", CLI_COLUMN_LEFT);
    cli_table_column(table, "WANTED", CLI_COLUMN_LEFT);
    cli_table_column(table, "MEMORY", CLI_COLUMN_RIGHT);
    cli_table_column(table, "VCPUS", CLI_COLUMN_RIGHT);
    cli_table_column(table, "CPU", CLI_COLUMN_RIGHT);
    cli_table_column(table, "MOVE", CLI_COLUMN_WRAP);
    for (gsize i = 0; i < view->n_vms; i++) {
        const Hactl__ViewVm *vm = view->vms[i];
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, vm->name);
        cli_table_cell(table, cli_show_vm_colour(vm), state_words(vm));
        cli_table_cell(table, CLI_PLAIN, vm->node);
        cli_table_cell(table, CLI_PLAIN, !vm->managed ? "not managed" : vm->wanted_running ? "running" : "stopped");
        cli_table_take(table, CLI_PLAIN, vm->mem_mib ? cli_format_mib(vm->mem_mib) : NULL);
        cli_table_take(table, CLI_PLAIN, vm->vcpus ? g_strdup_printf("%u", vm->vcpus) : NULL);
        cli_table_take(table, CLI_PLAIN, vm->has_cpu_permille ? cli_format_permille(vm->cpu_permille) : NULL);
        cli_table_take(table, CLI_PLAIN, cli_show_move_words(vm));
    }
    cli_table_append(table, out, 0);
}

void cli_show_moving_table(const CliStyle *style, const Hactl__View *view, guint indent, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "VM", CLI_COLUMN_LEFT);
    cli_table_column(table, "FROM", CLI_COLUMN_LEFT);
    cli_table_column(table, "TO", CLI_COLUMN_LEFT);
    cli_table_column(table, "WHY", CLI_COLUMN_LEFT);
    cli_table_column(table, "STEP", CLI_COLUMN_LEFT);
    cli_table_column(table, "PROGRESS", CLI_COLUMN_LEFT);
    cli_table_column(table, "SPEED", CLI_COLUMN_RIGHT);
    for (gsize i = 0; i < view->n_vms; i++) {
        const Hactl__ViewVm *vm = view->vms[i];
        if (!cli_view_moving(vm))
            continue;
        gboolean known = vm->migration && vm->migration->total_bytes > 0;
        guint32 progress = known ? progress_of(vm->migration) : 0;
        g_autofree char *bar = cli_format_bar(progress, BAR_CELLS, style->utf8);
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, vm->name);
        cli_table_cell(table, CLI_PLAIN, vm->move_from);
        cli_table_cell(table, CLI_PLAIN, vm->move_to);
        cli_table_cell(table, CLI_PLAIN, ha_reason_word((HaReason)vm->move_reason));
        cli_table_cell(table, CLI_PLAIN, ha_move_state_word((HaMoveState)vm->move));
        cli_table_take(table, CLI_PLAIN, known ? g_strdup_printf("%s %3u %%", bar, progress / 10) : NULL);
        cli_table_take(table, CLI_PLAIN, known ? cli_format_rate(vm->migration->bandwidth_bytes_per_s) : NULL);
    }
    cli_table_append(table, out, indent);
}

static void take_field(const CliStyle *style, GString *out, const char *name, char *value)
{
    cli_show_field(style, out, name, value);
    g_free(value);
}

static void show_move(const CliStyle *style, const Hactl__ViewVm *vm, GString *out)
{
    if (!vm->parked)
        take_field(style, out, "Move", cli_show_move_words(vm));
    if (vm->attempts > 0)
        take_field(style, out, "Failed moves", g_strdup_printf("%u", vm->attempts));
    cli_show_field(style, out, "Last error", vm->last_error);
    cli_show_field(style, out, "Failure", vm->failure);
    if (vm->block != HA_BLOCK_NONE) {
        const char *remedy = NULL;
        cli_show_field(style, out, "Blocked", ha_block_text((HaBlock)vm->block, &remedy));
        cli_show_field(style, out, "Remedy", remedy);
    }
    if (!vm->migration || vm->migration->total_bytes == 0)
        return;
    g_autofree char *speed = cli_format_rate(vm->migration->bandwidth_bytes_per_s);
    g_autofree char *dirty = cli_format_rate(vm->migration->dirty_bytes_per_s);
    g_autofree char *elapsed = cli_format_duration(vm->migration->elapsed_ms);
    take_field(style, out, "Migration",
        g_strdup_printf("%u %%, %s, dirties %s, for %s, round %u", progress_of(vm->migration) / 10, speed, dirty,
            elapsed, vm->migration->iteration));
}

void cli_show_vm(const CliStyle *style, const Hactl__View *view, const Hactl__ViewVm *vm, GString *out)
{
    cli_show_field(style, out, "VM", vm->name);
    cli_show_field(style, out, "State", state_words(vm));
    cli_show_field(style, out, "Node", vm->node);
    cli_show_field(style, out, "Wanted",
        !vm->managed         ? "not managed by hactl"
        : vm->wanted_running ? "running"
                             : "stopped");
    cli_show_field(style, out, "Group", vm->group);
    cli_show_field(style, out, "Home", vm->home);
    if (vm->parked)
        take_field(style, out, "Stopped",
            g_strdup_printf("with the drain of %s; starts again with: hactl undrain %s", vm->parked, vm->parked));
    take_field(style, out, "Memory", vm->mem_mib ? cli_format_mib(vm->mem_mib) : NULL);
    take_field(style, out, "vCPUs", vm->vcpus ? g_strdup_printf("%u", vm->vcpus) : NULL);
    take_field(style, out, "CPU", vm->has_cpu_permille ? cli_format_permille(vm->cpu_permille) : NULL);
    cli_show_field(style, out, "UUID", vm->uuid);
    cli_show_field(style, out, "Definition", vm->definition);
    if (cli_view_definition_waits(vm))
        take_field(style, out, "Waits",
            g_strdup_printf("a changed definition waits for the next start; see: hactl vm diff %s", vm->name));
    show_move(style, vm, out);
}
