/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_schedule.h"

#include "tests/sim/sim_coloc.h"
#include "tests/sim/sim_rules.h"

#define NEVER (-SIM_INFINITY)
#define HEALTH_BASE 10000 /* ha_recommended.c: node-health-base, on every node */

gboolean sim_schedule_eligible(const Sim *sim, guint node)
{
    return sim->nodes[node].state == HA_NODE_ONLINE && !sim->nodes[node].standby;
}

gboolean sim_schedule_blocked(const Sim *sim, const SimVm *vm)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (vm->places[i].failed_migrate_to && sim->nodes[i].state != HA_NODE_OFFLINE)
            return TRUE;
    return FALSE;
}

gboolean sim_schedule_barred(const Sim *sim, const SimVm *vm, guint node)
{
    const SimPlace *place = &vm->places[node];
    return place->refused_ms > sim->now_ms || place->crashes > vm->group->policy->restarts;
}

guint sim_schedule_active_on(const Sim *sim, const SimVm *vm)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (vm->places[i].active)
            return i;
    return SIM_NOBODY;
}

/* ---- scores ---- */

typedef struct {
    const Sim *sim;
    const gboolean *unpinned; /* nullable */
    gboolean without_bars;
    guint eligible; /* mask of nodes */
    gint health[SIM_NODES_MAX];
    SimScores *scores; /* of each VM */
    SimColoc *coloc;
    guint64 taken_mib[SIM_NODES_MAX];
    guint n_assigned[SIM_NODES_MAX];
    gboolean *assigned;
    guint *nodes; /* the outcome */
} Pass;

/* Where a failed migration was to go, while that host is there. */
static guint failed_target(const Sim *sim, const SimVm *vm)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (vm->places[i].failed_migrate_to && sim->nodes[i].state != HA_NODE_OFFLINE &&
            sim->nodes[vm->places[i].failed_to].state == HA_NODE_ONLINE)
            return vm->places[i].failed_to;
    return SIM_NOBODY;
}

/* Half a migration counts for its target, and a failed one too. */
static guint current_node(const Sim *sim, const SimVm *vm)
{
    guint failed_to = failed_target(sim, vm);
    if (failed_to != SIM_NOBODY)
        return failed_to;
    return vm->partial ? vm->act_to : sim_schedule_active_on(sim, vm);
}

/* A rule that names a node which is not there bars it: Pacemaker adds to that node's own score. */
static gint rule_score(const SimGroup *group, guint node, gboolean online)
{
    gboolean only_on = group->only_on & (1u << node), prefer = group->prefer & (1u << node);
    gboolean ban = group->only_on_score == NEVER;
    if ((group->only_on && ban && !only_on) || (!online && ((only_on && !ban) || prefer)))
        return NEVER;
    return group->floor + (only_on && !ban ? group->only_on_score : 0) + (prefer ? group->prefer_score : 0);
}

static gint score(const Pass *pass, guint index, guint node)
{
    const SimVm *vm = &pass->sim->vms[index];
    gint sum = rule_score(vm->group, node, pass->sim->nodes[node].state == HA_NODE_ONLINE);
    if (sum == NEVER || (!pass->without_bars && sim_schedule_barred(pass->sim, vm, node)))
        return NEVER;
    gboolean pinned = vm->pin == node && !(pass->unpinned && pass->unpinned[index]);
    if (pinned || vm->places[node].failed_migrate_to) /* what is blocked is not to be touched */
        return SIM_INFINITY;
    gboolean sticks =
        current_node(pass->sim, vm) == node && failed_target(pass->sim, vm) == SIM_NOBODY; /* on one node alone */
    return sum + pass->health[node] + (sticks ? HA_SCORE_STICKINESS : 0);
}

static void read_nodes(Pass *pass)
{
    for (guint i = 0; i < pass->sim->n_nodes; i++) {
        HaWish wish;
        ha_wish_parse(pass->sim->nodes[i].wish, &wish);
        pass->health[i] = HEALTH_BASE + (wish.kind == HA_WISH_DRAIN ? HA_SCORE_REPEL : 0);
        ha_wish_clear(&wish);
        pass->eligible |= sim_schedule_eligible(pass->sim, i) ? 1u << i : 0;
    }
}

/* ---- the order ---- */

typedef struct {
    guint index;
    gint priority, at_current;
    guint eligible, n_nodes;
    SimScores scores;
} Entry;

/* By priority, by the score where it runs, by the scores of the nodes: those that may run something first. */
static gint compare(gconstpointer a, gconstpointer b)
{
    const Entry *one = a, *other = b;
    if (one->priority != other->priority)
        return one->priority > other->priority ? -1 : 1;
    if (one->at_current != other->at_current)
        return one->at_current > other->at_current ? -1 : 1;
    for (guint turn = 0; turn < 2; turn++)
        for (guint node = 0; node < one->n_nodes; node++)
            if (((one->eligible >> node) & 1u) != turn && one->scores[node] != other->scores[node])
                return one->scores[node] > other->scores[node] ? -1 : 1;
    return (one->index > other->index) - (one->index < other->index);
}

static GArray *in_order(const Pass *pass)
{
    const Sim *sim = pass->sim;
    GArray *entries = g_array_sized_new(FALSE, FALSE, sizeof(Entry), sim->n_vms);
    for (guint i = 0; i < sim->n_vms; i++) {
        Entry entry = {
            .index = i,
            .priority = sim->vms[i].group->priority,
            .at_current = NEVER,
            .eligible = pass->eligible,
            .n_nodes = sim->n_nodes,
        };
        guint current = current_node(sim, &sim->vms[i]);
        sim_coloc_foresee(pass->coloc, (const SimScores *)pass->scores, i, entry.scores);
        if (current != SIM_NOBODY)
            entry.at_current = entry.scores[current];
        g_array_append_val(entries, entry);
    }
    g_array_sort(entries, compare);
    return entries;
}

/* ---- the choice ---- */

/* placement-strategy=utilization */
static gboolean has_room(const Pass *pass, guint node, guint64 mem_mib)
{
    return pass->taken_mib[node] + mem_mib <= pass->sim->nodes[node].mem_mib;
}

/* Among equals: where it runs, then where the fewest are, then the first by name. */
static gboolean better(const Pass *pass, guint vm, guint current, guint node, guint best)
{
    const gint *scores = pass->scores[vm];
    if (scores[node] != scores[best])
        return scores[node] > scores[best];
    if (node == current || best == current)
        return node == current;
    return pass->n_assigned[node] < pass->n_assigned[best];
}

static guint choose(const Pass *pass, guint index)
{
    const SimVm *vm = &pass->sim->vms[index];
    guint best = SIM_NOBODY, current = current_node(pass->sim, vm);
    if (sim_schedule_blocked(pass->sim, vm) && current != SIM_NOBODY &&
        pass->sim->nodes[current].state == HA_NODE_ONLINE)
        return current;
    if (!vm->wanted_running)
        return SIM_NOBODY;
    for (guint i = 0; i < pass->sim->n_nodes; i++) {
        if (!(pass->eligible & (1u << i)) || pass->scores[index][i] < 0 || !has_room(pass, i, vm->mem_mib))
            continue;
        if (best == SIM_NOBODY || better(pass, index, current, i, best))
            best = i;
    }
    return best;
}

/* Those it is with come first. */
static void assign(Pass *pass, guint index)
{
    const GArray *with = sim_coloc_with(pass->coloc, index);
    if (pass->assigned[index])
        return;
    for (guint i = 0; i < with->len; i++) {
        guint primary = g_array_index(with, guint, i);
        assign(pass, primary);
        sim_coloc_follow(pass->coloc, pass->scores, index, pass->nodes[primary]);
    }
    sim_coloc_lead(pass->coloc, pass->scores, index);
    guint node = choose(pass, index);
    pass->assigned[index] = TRUE;
    pass->nodes[index] = node;
    if (node == SIM_NOBODY)
        return;
    pass->taken_mib[node] += pass->sim->vms[index].mem_mib;
    pass->n_assigned[node]++;
}

/* Returns: (transfer full) everybody in order. @scores: n_vms of them. */
static GArray *prepare(Pass *pass, SimScores *scores)
{
    read_nodes(pass);
    pass->scores = scores;
    pass->coloc = sim_coloc_new(pass->sim, pass->eligible);
    for (guint i = 0; i < pass->sim->n_vms; i++)
        for (guint node = 0; node < pass->sim->n_nodes; node++)
            scores[i][node] = score(pass, i, node);
    return in_order(pass);
}

static void run_pass(Pass *pass)
{
    g_autofree SimScores *scores = g_new0(SimScores, pass->sim->n_vms + 1);
    g_autofree gboolean *assigned = pass->assigned = g_new0(gboolean, pass->sim->n_vms + 1);
    g_autoptr(GArray) entries = prepare(pass, scores);
    for (guint i = 0; i < entries->len; i++)
        assign(pass, g_array_index(entries, Entry, i).index);
    sim_coloc_free(pass->coloc);
}

void sim_schedule(const Sim *sim, const gboolean *unpinned, guint *ret_nodes)
{
    Pass pass = {.sim = sim, .unpinned = unpinned, .nodes = ret_nodes};
    run_pass(&pass);
}

void sim_schedule_possible(const Sim *sim, guint *ret_nodes)
{
    Pass pass = {.sim = sim, .without_bars = TRUE, .nodes = ret_nodes};
    run_pass(&pass);
}

void sim_schedule_order(const Sim *sim, guint *ret_places)
{
    Pass pass = {.sim = sim};
    g_autofree SimScores *scores = g_new0(SimScores, sim->n_vms + 1);
    g_autoptr(GArray) entries = prepare(&pass, scores);
    for (guint i = 0; i < entries->len; i++)
        ret_places[g_array_index(entries, Entry, i).index] = i;
    sim_coloc_free(pass.coloc);
}

/* ---- what follows for one VM ---- */

static gboolean is_unclean(const Sim *sim, guint node)
{
    return sim->nodes[node].state == HA_NODE_UNCLEAN;
}

static SimNext next_half_way(const Sim *sim, const SimVm *vm, guint chosen)
{
    guint from = vm->act_from, to = vm->act_to;
    gboolean both = sim->nodes[from].state == HA_NODE_ONLINE && sim->nodes[to].state == HA_NODE_ONLINE;
    if (is_unclean(sim, to) || is_unclean(sim, from))
        return (SimNext){SIM_NEXT_FENCING, is_unclean(sim, to) ? to : from, chosen};
    if (both && chosen == to)
        return (SimNext){SIM_NEXT_GO_ON, from, to};
    if (chosen == to || sim->nodes[to].state != HA_NODE_ONLINE)
        return (SimNext){chosen == SIM_NOBODY ? SIM_NEXT_NOTHING : SIM_NEXT_START, from, chosen};
    return (SimNext){SIM_NEXT_RESTART, to, chosen};
}

SimNext sim_schedule_next(const Sim *sim, const SimVm *vm, guint chosen)
{
    guint at = sim_schedule_active_on(sim, vm);
    if (vm->partial)
        return next_half_way(sim, vm, chosen);
    if (sim_schedule_blocked(sim, vm))
        return (SimNext){SIM_NEXT_NOTHING, at, at};
    if (at == SIM_NOBODY)
        return (SimNext){chosen == SIM_NOBODY ? SIM_NEXT_NOTHING : SIM_NEXT_START, at, chosen};
    if (is_unclean(sim, at))
        return (SimNext){SIM_NEXT_FENCING, at, chosen};
    if (chosen == at)
        return (SimNext){SIM_NEXT_NOTHING, at, at};
    if (chosen == SIM_NOBODY)
        return (SimNext){SIM_NEXT_STOP, at, chosen};
    gboolean live = vm->pin == SIM_NOBODY || vm->pin_mode != HA_MOVE_RESTART;
    return (SimNext){live ? SIM_NEXT_MIGRATE : SIM_NEXT_MOVE, at, chosen};
}
