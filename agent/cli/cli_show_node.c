/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_show.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_table.h"
#include "agent/cli/cli_view.h"

static const char *drain_words(HaDrainState drain)
{
    switch (drain) {
    case HA_DRAIN_NONE:
        return NULL;
    case HA_DRAIN_MOVING:
    case HA_DRAIN_SETTLING:
        return "draining";
    case HA_DRAIN_PARTIAL:
        return "drain partial";
    case HA_DRAIN_DONE:
        return "drained";
    case HA_DRAIN_RETURNING:
        return "returning";
    case HA_DRAIN_STATES:
        break;
    }
    g_return_val_if_reached(NULL);
}

char *cli_show_node_words(const Hactl__ViewNode *node)
{
    const char *drain = drain_words((HaDrainState)node->drain);
    return g_strconcat(ha_node_state_word((HaNodeState)node->state), node->standby ? ", standby" : "",
        node->maintenance ? ", maintenance" : "", drain ? ", " : NULL, drain, NULL);
}

static const char *role_words(const Hactl__ViewNode *node)
{
    return node->is_leader && node->is_dc ? "leader, DC" : node->is_leader ? "leader" : node->is_dc ? "DC" : NULL;
}

static CliColour node_colour(const Hactl__ViewNode *node)
{
    if (node->state != HA_NODE_ONLINE)
        return CLI_BAD;
    return node->standby || node->maintenance || node->drain != HA_DRAIN_NONE ? CLI_WARN : CLI_GOOD;
}

static char *memory_words(const Hactl__ViewNode *node)
{
    if (node->mem_capacity_mib == 0)
        return NULL;
    g_autofree char *used = cli_format_mib(node->mem_used_mib);
    g_autofree char *capacity = cli_format_mib(node->mem_capacity_mib);
    return g_strdup_printf("%s of %s", used, capacity);
}

static CliColour memory_colour(const Hactl__ViewNode *node)
{
    guint32 share = cli_format_share(node->mem_used_mib, node->mem_capacity_mib);
    return share >= 950 ? CLI_BAD : share >= 850 ? CLI_WARN : CLI_PLAIN;
}

/* The resource that tasks wait for most. */
static char *pressure_words(const Hactl__Report *report)
{
    if (!report)
        return NULL;
    guint32 worst = MAX(report->psi_cpu_permille, MAX(report->psi_memory_permille, report->psi_io_permille));
    if (worst < 10)
        return NULL;
    g_autofree char *share = cli_format_permille(worst);
    const char *what = worst == report->psi_memory_permille ? "memory"
                       : worst == report->psi_io_permille   ? "io"
                                                            : "cpu";
    return g_strdup_printf("%s %s", what, share);
}

static char *agent_words(const Hactl__ViewNode *node)
{
    if (!node->has_report_age_ms)
        return g_strdup(node->agent ? "reports" : "absent");
    g_autofree char *age = cli_format_duration(node->report_age_ms);
    return g_strdup_printf(node->agent ? "%s ago" : "silent for %s", age);
}

static void add_row(const Hactl__ViewNode *node, CliTable *table)
{
    cli_table_row(table);
    cli_table_cell(table, CLI_PLAIN, node->node);
    cli_table_take(table, node_colour(node), cli_show_node_words(node));
    cli_table_cell(table, CLI_PLAIN, role_words(node));
    cli_table_take(table, CLI_PLAIN, g_strdup_printf("%u", node->n_vms));
    cli_table_take(table, CLI_PLAIN, node->report ? cli_format_permille(node->report->cpu_permille) : NULL);
    cli_table_take(table, memory_colour(node), memory_words(node));
    cli_table_take(table, CLI_PLAIN, pressure_words(node->report));
    cli_table_take(table, node->agent ? CLI_PLAIN : CLI_WARN, agent_words(node));
}

void cli_show_node_table(const CliStyle *style, const Hactl__View *view, guint indent, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "NODE", CLI_COLUMN_LEFT);
    cli_table_column(table, "STATE", CLI_COLUMN_WRAP);
    cli_table_column(table, "ROLE", CLI_COLUMN_LEFT);
    cli_table_column(table, "VMS", CLI_COLUMN_RIGHT);
    cli_table_column(table, "CPU", CLI_COLUMN_RIGHT);
    cli_table_column(table, "MEMORY", CLI_COLUMN_RIGHT);
    cli_table_column(table, "PRESSURE", CLI_COLUMN_LEFT);
    cli_table_column(table, "REPORT", CLI_COLUMN_LEFT);
    for (gsize i = 0; i < view->n_nodes; i++)
        add_row(view->nodes[i], table);
    cli_table_append(table, out, indent);
}

void cli_show_nodes(const CliStyle *style, const Hactl__View *view, GString *out)
{
    cli_show_node_table(style, view, 0, out);
}

void cli_show_field(const CliStyle *style, GString *out, const char *name, const char *value)
{
    if (!value)
        return;
    g_autofree char *clean = cli_format_clean(value);
    cli_style_append(style, out, CLI_BOLD, "%-13s", name);
    g_string_append_printf(out, " %s\n", clean);
}

static void take_field(const CliStyle *style, GString *out, const char *name, char *value)
{
    cli_show_field(style, out, name, value);
    g_free(value);
}

static void show_report(const CliStyle *style, const Hactl__Report *report, GString *out)
{
    g_autofree char *cpu = cli_format_permille(report->cpu_permille);
    g_autofree char *psi_cpu = cli_format_permille(report->psi_cpu_permille);
    g_autofree char *psi_memory = cli_format_permille(report->psi_memory_permille);
    g_autofree char *psi_io = cli_format_permille(report->psi_io_permille);
    take_field(style, out, "CPU",
        g_strdup_printf("%s of %u cores, load %.2f", cpu, report->cores, report->load1_permille / 1000.0));
    take_field(style, out, "Pressure", g_strdup_printf("cpu %s, memory %s, io %s", psi_cpu, psi_memory, psi_io));
    cli_show_field(style, out, "Hypervisor",
        report->libvirt == HA_LIBVIRT_OK ? report->hypervisor
        : report->libvirt_error          ? report->libvirt_error
                                         : "libvirt is away");
    for (gsize i = 0; i < report->n_storage; i++)
        take_field(style, out, i == 0 ? "Storage" : "",
            g_strconcat(report->storage[i]->key, report->storage[i]->ok ? "  ok" : "  FAILED: ",
                report->storage[i]->ok || !report->storage[i]->reason ? "" : report->storage[i]->reason, NULL));
    g_autoptr(GString) bridges = g_string_new(NULL);
    for (gsize i = 0; i < report->n_bridges; i++)
        g_string_append_printf(bridges, "%s%s", i > 0 ? ", " : "", report->bridges[i]);
    cli_show_field(style, out, "Bridges", bridges->len ? bridges->str : NULL);
    cli_show_field(style, out, "hactld", report->version);
}

static void show_vms_of(const CliStyle *style, const Hactl__View *view, const char *node, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "VM", CLI_COLUMN_LEFT);
    cli_table_column(table, "STATE", CLI_COLUMN_LEFT);
    cli_table_column(table, "MEMORY", CLI_COLUMN_RIGHT);
    cli_table_column(table, "CPU", CLI_COLUMN_RIGHT);
    cli_table_column(table, "MOVE", CLI_COLUMN_WRAP);
    for (gsize i = 0; i < view->n_vms; i++) {
        const Hactl__ViewVm *vm = view->vms[i];
        if (g_strcmp0(vm->node, node) != 0)
            continue;
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, vm->name);
        cli_table_cell(table, cli_show_vm_colour(vm), ha_vm_state_word((HaVmState)vm->state));
        cli_table_take(table, CLI_PLAIN, vm->mem_mib ? cli_format_mib(vm->mem_mib) : NULL);
        cli_table_take(table, CLI_PLAIN, vm->has_cpu_permille ? cli_format_permille(vm->cpu_permille) : NULL);
        cli_table_take(table, CLI_PLAIN, cli_show_move_words(vm));
    }
    if (cli_table_rows(table) > 0)
        g_string_append_c(out, '\n');
    cli_table_append(table, out, 0);
}

void cli_show_node(const CliStyle *style, const Hactl__View *view, const Hactl__ViewNode *node, GString *out)
{
    take_field(style, out, "Node", g_strdup_printf("%s (id %u)", node->node, node->node_id));
    take_field(style, out, "State", cli_show_node_words(node));
    cli_show_field(style, out, "Role", role_words(node));
    if (node->drain != HA_DRAIN_NONE) {
        g_autofree char *since = cli_format_clock(node->drain_since_s, view->time_s);
        take_field(style, out, "Drain",
            g_strdup_printf("%s, asked by %s at %s", ha_drain_state_word((HaDrainState)node->drain),
                node->drain_by ? node->drain_by : "an administrator", since));
    }
    take_field(style, out, "Memory", memory_words(node));
    take_field(style, out, "Report", agent_words(node));
    if (node->report)
        show_report(style, node->report, out);
    show_vms_of(style, view, node->node, out);
}
