/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_problem.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_view.h"
#include "agent/core/ha_fence.h"

const char *cli_severity_word(CliSeverity severity)
{
    return severity == CLI_SEVERITY_CRITICAL ? "critical" : "warning";
}

static void problem_free(CliProblem *problem)
{
    g_free(problem->subject);
    g_free(problem->text);
    g_free(problem->remedy);
    g_free(problem);
}

/* @text, @remedy: (transfer full). */
static void add(GPtrArray *problems, CliSeverity severity, const char *subject, char *text, char *remedy)
{
    CliProblem *problem = g_new0(CliProblem, 1);
    problem->severity = severity;
    problem->subject = g_strdup(subject);
    problem->text = text;
    problem->remedy = remedy;
    g_ptr_array_add(problems, problem);
}

static void add_static(
    GPtrArray *problems, CliSeverity severity, const char *subject, const char *text, const char *remedy)
{
    add(problems, severity, subject, g_strdup(text), g_strdup(remedy));
}

/* ---- cluster ---- */

/* What is missing for one node is missing for it alone; what is missing for all is said once. */
static void add_fence_gap(const Hactl__View *view, const char *subject, HaFenceGap gap, GPtrArray *problems)
{
    const char *remedy = NULL, *text = ha_fence_gap_text(gap, &remedy);
    add(problems, CLI_SEVERITY_CRITICAL, subject,
        g_strdup_printf("%s: its VMs are not recovered when it fails%s", text,
            view->allow_unfenced ? "" : ", and nothing is balanced or evacuated by itself"),
        g_strdup(remedy));
}

static void check_fencing(const Hactl__View *view, GPtrArray *problems)
{
    for (gsize i = 0; i < view->n_nodes; i++) {
        const Hactl__ViewNode *node = view->nodes[i];
        HaFenceGap gap = (HaFenceGap)node->fence_gap;
        gboolean everywhere = gap == HA_FENCE_GAP_OFF || gap == HA_FENCE_GAP_NO_DEVICE;
        if (gap != HA_FENCE_GAP_NONE && (i == 0 || !everywhere))
            add_fence_gap(view, everywhere ? "cluster" : node->node, gap, problems);
    }
}

static void check_cluster(const Hactl__View *view, GPtrArray *problems)
{
    if (!view->quorate)
        add_static(problems, CLI_SEVERITY_CRITICAL, "cluster",
            "this part of the cluster is not quorate: nothing is recovered or moved by it",
            "bring the other nodes or the network between them back; see corosync-quorumtool -s");
    if (!view->pacemaker) {
        add_static(problems, CLI_SEVERITY_CRITICAL, "cluster", "Pacemaker's configuration can't be read on this host",
            "is it running? systemctl status pacemaker");
        return;
    }
    check_fencing(view, problems);
    if (view->quorate && !view->leader)
        add_static(problems, CLI_SEVERITY_WARNING, "cluster", "no hactld leads: nothing is moved at present",
            "it is elected within seconds; if not, see journalctl -u hactld");
    if (view->capacity_down > 0)
        add(problems, CLI_SEVERITY_WARNING, "capacity", g_strdup(view->capacity ? view->capacity : "too little"),
            g_strdup("add memory or a host, or stop VMs; see each host's loss: hactl capacity"));
    if (view->maintenance)
        add_static(problems, CLI_SEVERITY_WARNING, "cluster",
            "maintenance mode: Pacemaker starts, stops and recovers nothing",
            "end it: crm_attribute --name maintenance-mode --delete");
}

/* ---- nodes ---- */

static void check_node_reports(const Hactl__ViewNode *node, GPtrArray *problems)
{
    const Hactl__Report *report = node->report;
    if (node->state == HA_NODE_ONLINE && !node->agent)
        add(problems, CLI_SEVERITY_WARNING, node->node,
            g_strdup("hactld does not report from there: its VMs' states are unknown"),
            g_strdup_printf("on %s: systemctl status hactld", node->node));
    else if (report && report->libvirt == HA_LIBVIRT_AWAY)
        add(problems, CLI_SEVERITY_WARNING, node->node,
            g_strdup_printf(
                "libvirt can't be reached: %s", report->libvirt_error ? report->libvirt_error : "no reason given"),
            g_strdup_printf("on %s: systemctl status libvirtd", node->node));
    for (gsize i = 0; report && i < report->n_storage; i++) {
        const Hactl__ReportStorage *storage = report->storage[i];
        if (!storage->ok)
            add(problems, CLI_SEVERITY_WARNING, node->node,
                g_strdup_printf("storage %s can't be reached: %s", storage->key,
                    storage->reason ? storage->reason : "no reason given"),
                g_strdup_printf("check the path from %s to it", node->node));
    }
}

static void check_node(const Hactl__ViewNode *node, GPtrArray *problems)
{
    if (node->state == HA_NODE_UNCLEAN)
        add(problems, CLI_SEVERITY_CRITICAL, node->node, g_strdup("lost, and not yet fenced: its VMs wait for that"),
            g_strdup_printf(
                "see why its fence device fails: hactl fence list; mend it, or, when %s is off for certain: "
                "hactl fence confirm %s",
                node->node, node->node));
    else if (node->state == HA_NODE_OFFLINE)
        add(problems, CLI_SEVERITY_WARNING, node->node, g_strdup("offline"),
            g_strdup_printf("bring it up; on %s: systemctl start corosync pacemaker", node->node));
    if (node->maintenance)
        add(problems, CLI_SEVERITY_WARNING, node->node, g_strdup("in maintenance: Pacemaker does not look after it"),
            g_strdup_printf("end it: crm_attribute --node %s --name maintenance --delete", node->node));
    if (node->drain == HA_DRAIN_PARTIAL)
        add(problems, CLI_SEVERITY_WARNING, node->node,
            g_strdup_printf("its drain is partial: %u VM%s can't leave", node->n_vms, node->n_vms == 1 ? "" : "s"),
            g_strdup_printf("see what holds them: hactl drain %s --dry-run", node->node));
    check_node_reports(node, problems);
}

/* ---- VMs ---- */

static char *on_node(const Hactl__ViewVm *vm)
{
    return vm->node ? g_strdup_printf(" on %s", vm->node) : g_strdup("");
}

static void check_vm_state(const Hactl__ViewVm *vm, GPtrArray *problems)
{
    g_autofree char *where = on_node(vm);
    const char *node = vm->node ? vm->node : "its node";
    switch ((HaVmState)vm->state) {
    case HA_VM_IO_ERROR:
        add(problems, CLI_SEVERITY_CRITICAL, vm->name, g_strdup_printf("paused on an I/O error%s", where),
            g_strdup_printf("restore its storage, then on %s: virsh resume %s", node, vm->name));
        break;
    case HA_VM_CRASHED:
        add(problems, CLI_SEVERITY_CRITICAL, vm->name, g_strdup_printf("crashed%s", where),
            g_strdup_printf("see its log on %s: /var/log/libvirt/qemu/%s.log", node, vm->name));
        break;
    case HA_VM_POSTCOPY_BROKEN:
        add(problems, CLI_SEVERITY_CRITICAL, vm->name,
            g_strdup_printf("its post-copy migration broke%s: neither half may be destroyed", where),
            g_strdup("restore the network between the two hosts"));
        break;
    case HA_VM_UNKNOWN:
        add(problems, CLI_SEVERITY_WARNING, vm->name, g_strdup_printf("its state%s is unknown", where),
            g_strdup_printf("start hactld and libvirt on %s", node));
        break;
    case HA_VM_ABSENT:
        if (vm->managed && vm->wanted_running && !cli_view_moving(vm))
            add(problems, CLI_SEVERITY_CRITICAL, vm->name, g_strdup("is to run, and runs nowhere"),
                g_strdup_printf("see why: hactl vm show %s, crm_mon -1", vm->name));
        break;
    case HA_VM_PAUSED:
        add(problems, CLI_SEVERITY_WARNING, vm->name, g_strdup_printf("paused%s", where),
            g_strdup_printf("on %s: virsh resume %s", node, vm->name));
        break;
    case HA_VM_RUNNING:
    case HA_VM_MIGRATING:
    case HA_VM_INCOMING:
    case HA_VM_STATES:
        break;
    }
}

static void check_vm_move(const Hactl__ViewVm *vm, GPtrArray *problems)
{
    const char *error = vm->last_error ? vm->last_error : vm->failure;
    if (vm->move == HA_MOVE_LOST) {
        add(problems, CLI_SEVERITY_WARNING, vm->name,
            g_strdup_printf("its move to %s has no end", vm->move_to ? vm->move_to : "another node"),
            g_strdup("Pacemaker recovers it; see crm_mon -1"));
    } else if (vm->block != HA_BLOCK_NONE) {
        const char *remedy = NULL;
        const char *text = ha_block_text((HaBlock)vm->block, &remedy);
        add(problems, CLI_SEVERITY_WARNING, vm->name,
            g_strdup_printf("is to move, and can't: %s%s%s", text, error ? ": " : "", error ? error : ""),
            g_strdup(remedy ? remedy : "see hactl vm show"));
    } else if (vm->move == HA_MOVE_QUEUED && vm->retry_in_ms > 0) {
        g_autofree char *delay = cli_format_duration(vm->retry_in_ms);
        add(problems, CLI_SEVERITY_WARNING, vm->name,
            g_strdup_printf("its migration failed, it stays where it runs: %s", error ? error : "no reason given"),
            g_strdup_printf("nothing to do: it is tried again in %s (%u failed so far)", delay, vm->attempts));
    }
}

static void check_vm(const Hactl__ViewVm *vm, GPtrArray *problems)
{
    if (vm->copies > 1)
        add(problems, CLI_SEVERITY_CRITICAL, vm->name, g_strdup_printf("runs on %u hosts at once", vm->copies),
            g_strdup_printf("destroy the wrong copy now: virsh destroy %s on the host where Pacemaker does not have it "
                            "(crm_mon -1)",
                vm->name));
    check_vm_state(vm, problems);
    check_vm_move(vm, problems);
    if (vm->failure && vm->block == HA_BLOCK_NONE && vm->move == HA_MOVE_NONE)
        add(problems, CLI_SEVERITY_WARNING, vm->name, g_strdup_printf("an action failed in Pacemaker: %s", vm->failure),
            g_strdup_printf("remove the cause, then: crm_resource --cleanup -r %s", vm->name));
}

/* Stable: the array is filled in its final order within a severity. */
static GPtrArray *worst_first(GPtrArray *problems)
{
    GPtrArray *sorted = g_ptr_array_new_with_free_func((GDestroyNotify)problem_free);
    for (CliSeverity severity = CLI_SEVERITY_CRITICAL; severity <= CLI_SEVERITY_WARNING; severity++)
        for (guint i = 0; i < problems->len; i++)
            if (((CliProblem *)problems->pdata[i])->severity == severity)
                g_ptr_array_add(sorted, problems->pdata[i]);
    g_ptr_array_unref(problems);
    return sorted;
}

GPtrArray *cli_problem_list(const Hactl__View *view)
{
    GPtrArray *problems = g_ptr_array_new();
    check_cluster(view, problems);
    for (gsize i = 0; i < view->n_nodes; i++)
        check_node(view->nodes[i], problems);
    for (gsize i = 0; i < view->n_vms; i++)
        check_vm(view->vms[i], problems);
    return worst_first(problems);
}
