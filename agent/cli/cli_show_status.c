/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_show.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_problem.h"
#include "agent/cli/cli_view.h"

#define EVENTS_SHOWN 8u

static guint online_nodes(const Hactl__View *view)
{
    guint n = 0;
    for (gsize i = 0; i < view->n_nodes; i++)
        n += view->nodes[i]->state == HA_NODE_ONLINE;
    return n;
}

static void show_cluster(const CliStyle *style, const Hactl__View *view, GString *out)
{
    const char *dc = cli_view_dc(view);
    cli_style_append(style, out, CLI_BOLD, "Cluster");
    g_string_append(out, "  ");
    cli_style_append(style, out, view->quorate ? CLI_GOOD : CLI_BAD, view->quorate ? "quorate" : "NOT QUORATE");
    g_string_append_printf(out, ", %u of %u nodes online", online_nodes(view), (guint)view->n_nodes);
    if (view->leader)
        g_string_append_printf(out, ", leader %s (term %" G_GUINT64_FORMAT ")", view->leader, view->term);
    else
        g_string_append(out, ", no leader");
    if (dc)
        g_string_append_printf(out, ", DC %s", dc);
    if (view->pacemaker)
        g_string_append(out, view->fencing ? ", fencing on" : ", NO FENCING");
    if (view->maintenance)
        g_string_append(out, ", MAINTENANCE");
    g_string_append(out, "\n");
}

static void heading(const CliStyle *style, GString *out, const char *text)
{
    g_string_append_c(out, '\n');
    cli_style_append(style, out, CLI_BOLD, "%s", text);
    g_string_append_c(out, '\n');
}

static void show_problems(const CliStyle *style, const Hactl__View *view, GString *out)
{
    g_autoptr(GPtrArray) problems = cli_problem_list(view);
    if (problems->len > 0)
        heading(style, out, "Problems");
    for (guint i = 0; i < problems->len; i++) {
        const CliProblem *problem = problems->pdata[i];
        g_autofree char *text = cli_format_clean(problem->text);
        g_autofree char *remedy = cli_format_clean(problem->remedy);
        g_string_append(out, "  ");
        cli_style_append(style, out, problem->severity == CLI_SEVERITY_CRITICAL ? CLI_BAD : CLI_WARN, "%-8s",
            cli_severity_word(problem->severity));
        g_string_append_printf(out, "  %s: %s\n            -> %s\n", problem->subject, text, remedy);
    }
}

static void show_vm_counts(const CliStyle *style, const Hactl__View *view, GString *out)
{
    static const HaVmState order[] = {HA_VM_RUNNING, HA_VM_MIGRATING, HA_VM_INCOMING, HA_VM_PAUSED, HA_VM_IO_ERROR,
        HA_VM_CRASHED, HA_VM_POSTCOPY_BROKEN, HA_VM_ABSENT, HA_VM_UNKNOWN};
    g_string_append_c(out, '\n');
    cli_style_append(style, out, CLI_BOLD, "VMs");
    g_string_append(out, "  ");
    guint shown = 0;
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        guint n = cli_view_in_state(view, order[i]);
        if (n > 0)
            g_string_append_printf(out, "%s%u %s", shown++ > 0 ? ", " : "", n, ha_vm_state_word(order[i]));
    }
    if (shown == 0)
        g_string_append(out, view->pacemaker ? "none; add one: hactl vm add --xml FILE" : "not known");
    g_string_append_c(out, '\n');
    if (view->capacity && shown > 0) {
        g_autofree char *text = cli_format_clean(view->capacity);
        cli_style_append(style, out, CLI_BOLD, "Capacity");
        g_string_append(out, "  ");
        cli_style_append(style, out, view->capacity_down ? CLI_WARN : CLI_PLAIN, "%s", text);
        g_string_append_c(out, '\n');
    }
}

static void show_moves(const CliStyle *style, const Hactl__View *view, GString *out)
{
    g_autoptr(GString) table = g_string_new(NULL);
    cli_show_moving_table(style, view, 2, table);
    if (table->len == 0)
        return;
    heading(style, out, "Moving");
    g_string_append(out, table->str);
}

/* "    stopped with it, start again with its undrain: vm4, vm5" */
static void show_parked(const Hactl__View *view, const char *node, GString *out)
{
    guint n = 0;
    for (gsize i = 0; i < view->n_vms; i++)
        if (g_strcmp0(view->vms[i]->parked, node) == 0)
            g_string_append_printf(
                out, "%s%s", n++ ? ", " : "    stopped with it, to start again with its undrain: ", view->vms[i]->name);
    if (n)
        g_string_append_c(out, '\n');
}

static void show_drains(const CliStyle *style, const Hactl__View *view, GString *out)
{
    gboolean any = FALSE;
    for (gsize i = 0; i < view->n_nodes; i++) {
        const Hactl__ViewNode *node = view->nodes[i];
        if (node->drain == HA_DRAIN_NONE)
            continue;
        if (!any)
            heading(style, out, "Drains");
        any = TRUE;
        g_autofree char *age = cli_format_duration((view->time_s - node->drain_since_s) * 1000);
        g_string_append_printf(out, "  %s: %s, %u VM%s there, asked by %s %s ago\n", node->node,
            ha_drain_state_word((HaDrainState)node->drain), node->n_vms, node->n_vms == 1 ? "" : "s",
            node->drain_by ? node->drain_by : "an administrator", age);
        show_parked(view, node->node, out);
    }
}

void cli_show_note(const CliStyle *style, const Hactl__Note *message, gint64 now_s, GString *out)
{
    HaNote note = cli_view_note(message);
    g_autofree char *sentence = ha_note_sentence(&note);
    g_autofree char *clean = cli_format_clean(sentence);
    g_autofree char *clock = cli_format_clock(note.time_s, now_s);
    gboolean bad = note.kind == HA_NOTE_ALARM || note.kind == HA_NOTE_MOVE_LOST ||
                   note.kind == HA_NOTE_FAILOVER_BEGUN || note.kind == HA_NOTE_VM_UNPLACED ||
                   note.kind == HA_NOTE_FAILOVER_PARTIAL;
    gboolean warn = note.kind == HA_NOTE_MOVE_FAILED || note.kind == HA_NOTE_DRAIN_PARTIAL;
    cli_style_append(style, out, CLI_DIM, "%s", clock);
    g_string_append(out, "  ");
    cli_style_append(style, out, bad ? CLI_BAD : warn ? CLI_WARN : CLI_PLAIN, "%s", clean);
    g_string_append_c(out, '\n');
}

static void show_events(const CliStyle *style, const Hactl__View *view, GString *out)
{
    if (view->n_notes == 0)
        return;
    heading(style, out, "Last events");
    for (gsize i = view->n_notes - MIN(view->n_notes, EVENTS_SHOWN); i < view->n_notes; i++) {
        g_string_append(out, "  ");
        cli_show_note(style, view->notes[i], view->time_s, out);
    }
}

void cli_show_status(const CliStyle *style, const Hactl__View *view, GString *out)
{
    show_cluster(style, view, out);
    show_problems(style, view, out);
    if (view->n_nodes > 0) {
        heading(style, out, "Nodes");
        cli_show_node_table(style, view, 2, out);
    }
    show_vm_counts(style, view, out);
    show_moves(style, view, out);
    show_drains(style, view, out);
    show_events(style, view, out);
}
