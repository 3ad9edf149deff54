/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_explain.h"

#include <string.h>

#include "agent/core/plan/ha_balance_plan.h"
#include "agent/core/ha_core_private.h"
#include "agent/core/ha_fence.h"
#include "agent/core/ha_move.h"

#define PERCENT "%u.%u %%"
#define PERCENT_OF(permille) (guint)(permille) / 10, (guint)(permille) % 10

static void say(GPtrArray *lines, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(GPtrArray *lines, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(lines, g_strdup_vprintf(format, args));
    va_end(args);
}

/* ---- a VM ---- */

static void say_where(const HaCore *core, const HaConfigVm *vm, GPtrArray *lines)
{
    HaWhere where = ha_view_where(core->view, vm->name);
    HaLoadFigure load = ha_load_get(core->view->load, vm->name, core->view->now_ms);
    guint64 mem_mib = ha_view_vm_mem_mib(core->view, vm->name);
    if (!where.node) {
        say(lines, "%s is %s: %s", vm->name, ha_vm_state_word(where.state),
            vm->parked                    ? "it was stopped with the drain of its host"
            : !vm->wanted_running         ? "it is wanted stopped; 'hactl vm start' starts it"
            : where.state == HA_VM_ABSENT ? "it is wanted running, and Pacemaker has not brought it up anywhere"
                                          : "not every host has answered, so nobody can say whether it runs");
        return;
    }
    say(lines,
        "%s is on %s (%s), with %" G_GUINT64_FORMAT " MiB; over %u s it took " PERCENT
        " of a core, at its peak " PERCENT,
        vm->name, where.node, ha_vm_state_word(where.state), mem_mib, load.seconds, PERCENT_OF(load.mean_permille),
        PERCENT_OF(load.peak_permille));
}

static const HaNote *last_note(const HaCore *core, const char *vm, HaNoteKind kind)
{
    const GPtrArray *notes = ha_memory_notes(core->memory);
    for (guint i = notes->len; i-- > 0;) {
        const HaNote *note = notes->pdata[i];
        if (note->kind == kind && g_strcmp0(note->vm, vm) == 0)
            return note;
    }
    return NULL;
}

/* The newest move, with the numbers that decided it, as they were noted when it began. */
static void say_last_move(const HaCore *core, const HaConfigVm *vm, GPtrArray *lines)
{
    const HaNote *begun = last_note(core, vm->name, HA_NOTE_MOVE_BEGUN);
    HaMoveStatus status = ha_core_move(core, vm->name);
    if (status.state != HA_MOVE_NONE)
        say(lines, "it is under way: %s%s%s, reason %s", ha_move_state_word(status.state), status.to ? ", to " : "",
            status.to ? status.to : "", ha_reason_word(status.reason));
    if (begun)
        say(lines, "its last move, %s to %s, was for reason %s: %s", begun->from ? begun->from : "from somewhere",
            begun->to ? begun->to : "somewhere", ha_reason_word(begun->reason),
            begun->text ? begun->text : "no numbers were noted");
    else if (status.state == HA_MOVE_NONE)
        say(lines, "hactl did not move it in living memory (%u events): Pacemaker started it where it is",
            HA_EVENTS_KEPT);
    if (begun && begun->others)
        say(lines, "the other nodes when it began: %s", begun->others);
    if (status.attempts)
        say(lines, "its migration failed %u times, last: %s", status.attempts,
            status.last_error ? status.last_error : "no reason given");
    if (vm->home)
        say(lines, "its home is %s: 'hactl undrain %s --return' brings it back", vm->home, vm->home);
}

static void say_policy(const HaConfig *config, const HaConfigVm *vm, GPtrArray *lines)
{
    const HaGroup *group = ha_config_group_of(config, vm);
    if (group)
        say(lines, "its group %s: tier %u, evacuation %s, balance %s%s%s", group->name, group->tier,
            ha_evacuation_word(group->evacuation), ha_balance_word(group->balance),
            group->affinity == HA_AFFINITY_NONE ? "" : ", its VMs lie ",
            group->affinity == HA_AFFINITY_NONE ? "" : ha_affinity_word(group->affinity));
}

static char *candidate_text(const HaCandidate *candidate)
{
    if (candidate->block == HA_BLOCK_NONE)
        return g_strdup_printf("could take it: %s", candidate->detail);
    return g_strdup_printf("%s%s%s%s", ha_block_text(candidate->block, NULL), candidate->detail ? " (" : "",
        candidate->detail ? candidate->detail : "", candidate->detail ? ")" : "");
}

static void say_movable(const HaCore *core, const HaConfigVm *vm, GPtrArray *lines)
{
    g_autofree char *detail = NULL;
    const char *remedy = NULL;
    HaBlock block = ha_plan_movable(core->view, vm->name, &detail);
    if (block != HA_BLOCK_NONE) {
        const char *text = ha_block_text(block, &remedy);
        say(lines, "it can't be moved live: %s%s%s; %s", text, detail ? ": " : "", detail ? detail : "", remedy);
    }
}

static void say_candidates(const HaCore *core, const HaConfigVm *vm, GPtrArray *lines)
{
    g_autoptr(HaPromises) none = ha_promises_new();
    GPtrArray *candidates;
    ha_promises_obey(none, core->view);
    ha_promises_spare(none, core->view, NULL);
    const char *best = ha_place_pick(core->view, vm->name, none, NULL, &candidates);
    if (best)
        say(lines, "'hactl migrate %s' would take it to %s", vm->name, best);
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        g_autofree char *text = candidate_text(candidate);
        say(lines, "%s: %s", candidate->node, text);
    }
    g_ptr_array_unref(candidates);
}

static void explain_vm(const HaCore *core, const HaConfigVm *vm, GPtrArray *lines)
{
    say_where(core, vm, lines);
    say_last_move(core, vm, lines);
    say_policy(core->view->config, vm, lines);
    say_movable(core, vm, lines);
    say_candidates(core, vm, lines);
}

/* ---- a VM on a node ---- */

static void say_preference(const HaCore *core, const HaConfigVm *vm, const char *node, GPtrArray *lines)
{
    g_autoptr(HaPromises) none = ha_promises_new();
    GPtrArray *candidates;
    ha_promises_obey(none, core->view);
    ha_promises_spare(none, core->view, NULL);
    const char *best = ha_place_pick(core->view, vm->name, none, NULL, &candidates);
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        if (strcmp(candidate->node, node) == 0)
            say(lines, "%s could take it: %s", node, candidate->detail);
        else if (best && strcmp(candidate->node, best) == 0)
            say(lines, "of all nodes %s suits it best: %s", best, candidate->detail);
    }
    say(lines, "nothing moves a running VM without a reason; 'hactl migrate %s --to %s' is one", vm->name, node);
    g_ptr_array_unref(candidates);
}

static void explain_pair(const HaCore *core, const HaConfigVm *vm, const char *node, GPtrArray *lines)
{
    g_autoptr(HaPromises) none = ha_promises_new();
    g_autofree char *detail = NULL;
    HaBlock block = ha_place_check(core->view, vm->name, node, none, NULL, &detail);
    const char *remedy = NULL;
    if (block == HA_BLOCK_NODE_SELF) {
        say(lines, "%s is on %s", vm->name, node);
        say_last_move(core, vm, lines);
        return;
    }
    if (block != HA_BLOCK_NONE) {
        const char *text = ha_block_text(block, &remedy);
        say(lines, "%s can't be on %s: %s%s%s%s; %s", vm->name, node, text, detail ? " (" : "", detail ? detail : "",
            detail ? ")" : "", remedy);
        say_where(core, vm, lines);
        return;
    }
    say(lines, "nothing forbids %s on %s", vm->name, node);
    say_where(core, vm, lines);
    say_movable(core, vm, lines);
    say_preference(core, vm, node, lines);
}

/* ---- a node ---- */

static void say_wish(const HaCore *core, const HaConfigNode *node, GPtrArray *lines)
{
    if (node->wish.kind != HA_WISH_NONE)
        say(lines, "it is %s, asked by %s; 'hactl undrain %s' puts it back into service",
            ha_drain_state_word(ha_core_drain(core, node->node)), node->wish.by ? node->wish.by : "an admin",
            node->node);
    else if (node->standby)
        say(lines, "it is in standby and takes no VMs; 'hactl undrain %s' puts it back into service", node->node);
    HaFenceGap gap = ha_fence_gap_of(core->view->config, node->node);
    if (gap != HA_FENCE_GAP_NONE) {
        const char *remedy = NULL;
        const char *text = ha_fence_gap_text(gap, &remedy);
        say(lines, "it can't be fenced: %s; %s", text, remedy);
    }
}

static void say_load(const HaCore *core, const HaConfigNode *node, GPtrArray *lines)
{
    g_autoptr(HaCluster) cluster = ha_cluster_new(core->view, HA_CLUSTER_MEASURED);
    guint32 number = ha_cluster_find_node(cluster, node->node);
    const HaSolveNode *it = &cluster->problem->nodes[number];
    HaSolveLoad load = ha_problem_load(cluster->problem);
    guint64 used_mib = it->mem_fixed_mib, busy = it->load_fixed;
    guint n = 0;
    for (guint32 vm = 0; vm < cluster->problem->n_vms; vm++)
        if (cluster->problem->vms[vm].node == number) {
            used_mib += cluster->problem->vms[vm].mem_mib;
            busy += cluster->problem->vms[vm].load;
            n++;
        }
    say(lines, "%u VMs of hactl run there; %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MiB are taken", n, used_mib,
        it->mem_mib);
    if (it->cores)
        say(lines, "its VMs take " PERCENT " of its CPU over five minutes; the mean of all nodes is " PERCENT,
            PERCENT_OF(busy / (it->cores * 1000ull)), PERCENT_OF(load.mean_permille));
    if (it->load_fixed)
        say(lines, "of that " PERCENT " is taken by domains outside hactl, which nothing moves",
            PERCENT_OF(it->load_fixed / (MAX(it->cores, 1) * 1000ull)));
    say(lines, it->takes ? "it takes VMs" : "it takes no VMs now");
}

static void say_balance(const HaCore *core, GPtrArray *lines)
{
    const HaConfig *config = core->view->config;
    guint level = ha_balance_level_of(config);
    g_autofree char *why = NULL;
    if (!level)
        say(lines, "balancing by itself is off (hactl-balance-level)");
    else if (!ha_fence_permits(config, &why))
        say(lines, "nothing is balanced by itself: %s", why);
    else {
        HaBalanceState state = core->balance;
        HaQuiet quiet;
        g_autoptr(HaCluster) cluster = ha_cluster_new(core->view, HA_CLUSTER_MEASURED);
        ha_balance_hold(cluster, HA_BALANCE_BY_ITSELF, NULL);
        g_auto(HaBalanceDecision) decision = ha_balance_decide(
            cluster->problem, level, ha_balance_quiet_of(config, &quiet) ? &quiet : NULL, &state, core->view->now_s);
        g_autofree char *sentence = ha_balance_sentence(&decision, level);
        say(lines, "balance: %s", sentence);
    }
}

static void explain_node(const HaCore *core, const HaConfigNode *node, GPtrArray *lines)
{
    const HaReport *report = ha_view_report(core->view, node->node);
    say(lines, "%s is %s%s%s", node->node, ha_node_state_word(node->state), node->maintenance ? ", in maintenance" : "",
        !report                            ? "; no hactld reports from there"
        : report->libvirt != HA_LIBVIRT_OK ? "; its libvirt is away"
                                           : "");
    say_wish(core, node, lines);
    say_load(core, node, lines);
    say_balance(core, lines);
}

GPtrArray *ha_explain(const HaCore *core, const char *vm, const char *node)
{
    const HaConfig *config = core->view->config;
    const HaConfigVm *known_vm = vm ? ha_config_find_vm(config, vm) : NULL;
    const HaConfigNode *known_node = node ? ha_config_find_node(config, node) : NULL;
    if ((vm && !known_vm) || (node && !known_node))
        return NULL;
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    if (vm && node)
        explain_pair(core, known_vm, node, lines);
    else if (vm)
        explain_vm(core, known_vm, lines);
    else
        explain_node(core, known_node, lines);
    return lines;
}
