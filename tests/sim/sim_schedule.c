/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_schedule.h"

#define STICKINESS 1000
#define INFINITY_SCORE 1000000
#define NEVER (-INFINITY_SCORE)

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
    gint repel[SIM_NODES_MAX];
    guint64 taken_mib[SIM_NODES_MAX];
    guint n_assigned[SIM_NODES_MAX];
    const gboolean *unpinned; /* nullable */
    gboolean without_bars;
    guint order[SIM_NODES_MAX]; /* nodes: those that may run something first */
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

static gint score(const Pass *pass, guint index, guint current, guint node)
{
    const SimVm *vm = &pass->sim->vms[index];
    gboolean barred = !pass->without_bars && vm->places[node].refused_ms > pass->sim->now_ms;
    if (barred || (vm->only_on && !(vm->only_on & (1u << node))))
        return NEVER;
    if (vm->pin == node && !(pass->unpinned && pass->unpinned[index]))
        return INFINITY_SCORE;
    gboolean sticks = current == node && failed_target(pass->sim, vm) == SIM_NOBODY; /* on one node alone */
    return pass->repel[node] + (sticks ? STICKINESS : 0) + (vm->prefer & (1u << node) ? HA_SCORE_PREFER : 0);
}

static void read_nodes(Pass *pass)
{
    guint n = 0;
    for (guint i = 0; i < pass->sim->n_nodes; i++)
        if (sim_schedule_eligible(pass->sim, i))
            pass->order[n++] = i;
    for (guint i = 0; i < pass->sim->n_nodes; i++)
        if (!sim_schedule_eligible(pass->sim, i))
            pass->order[n++] = i;
    for (guint i = 0; i < pass->sim->n_nodes; i++) {
        HaWish wish;
        ha_wish_parse(pass->sim->nodes[i].wish, &wish);
        pass->repel[i] = wish.kind == HA_WISH_DRAIN ? HA_SCORE_REPEL : 0;
        ha_wish_clear(&wish);
    }
}

/* ---- the order ---- */

typedef struct {
    guint index, current;
    gint priority, at_current;
    gint scores[SIM_NODES_MAX];
} Entry;

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const Entry *one = a, *other = b;
    const Pass *pass = data;
    if (one->priority != other->priority)
        return one->priority > other->priority ? -1 : 1;
    if (one->at_current != other->at_current)
        return one->at_current > other->at_current ? -1 : 1;
    for (guint i = 0; i < pass->sim->n_nodes; i++) {
        guint node = pass->order[i];
        if (one->scores[node] != other->scores[node])
            return one->scores[node] > other->scores[node] ? -1 : 1;
    }
    return (one->index > other->index) - (one->index < other->index);
}

static GArray *in_order(const Pass *pass)
{
    const Sim *sim = pass->sim;
    GArray *entries = g_array_sized_new(FALSE, FALSE, sizeof(Entry), sim->n_vms);
    for (guint i = 0; i < sim->n_vms; i++) {
        Entry entry = {
            .index = i,
            .current = current_node(sim, &sim->vms[i]),
            .priority = sim->vms[i].priority,
            .at_current = NEVER,
        };
        for (guint node = 0; node < sim->n_nodes; node++)
            entry.scores[node] = score(pass, i, entry.current, node);
        if (entry.current != SIM_NOBODY)
            entry.at_current = entry.scores[entry.current];
        g_array_append_val(entries, entry);
    }
    g_array_sort_with_data(entries, compare, (gpointer)pass);
    return entries;
}

/* ---- the choice ---- */

/* placement-strategy=utilization */
static gboolean has_room(const Pass *pass, guint node, guint64 mem_mib)
{
    return pass->taken_mib[node] + mem_mib <= pass->sim->nodes[node].mem_mib;
}

static gboolean better(const Pass *pass, const Entry *entry, guint node, guint best)
{
    if (entry->scores[node] != entry->scores[best])
        return entry->scores[node] > entry->scores[best];
    if (pass->n_assigned[node] != pass->n_assigned[best])
        return pass->n_assigned[node] < pass->n_assigned[best];
    return node == entry->current;
}

static guint choose(const Pass *pass, const Entry *entry)
{
    const SimVm *vm = &pass->sim->vms[entry->index];
    guint best = SIM_NOBODY;
    if (!vm->wanted_running)
        return SIM_NOBODY;
    if (sim_schedule_blocked(pass->sim, vm) && entry->current != SIM_NOBODY &&
        pass->sim->nodes[entry->current].state == HA_NODE_ONLINE)
        return entry->current;
    for (guint i = 0; i < pass->sim->n_nodes; i++) {
        if (entry->scores[i] == NEVER || !sim_schedule_eligible(pass->sim, i) || !has_room(pass, i, vm->mem_mib))
            continue;
        if (best == SIM_NOBODY || better(pass, entry, i, best))
            best = i;
    }
    return best;
}

static void run_pass(Pass *pass, guint *ret_nodes)
{
    read_nodes(pass);
    g_autoptr(GArray) entries = in_order(pass);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        guint node = choose(pass, entry);
        ret_nodes[entry->index] = node;
        if (node == SIM_NOBODY)
            continue;
        pass->taken_mib[node] += pass->sim->vms[entry->index].mem_mib;
        pass->n_assigned[node]++;
    }
}

void sim_schedule(const Sim *sim, const gboolean *unpinned, guint *ret_nodes)
{
    Pass pass = {.sim = sim, .unpinned = unpinned};
    run_pass(&pass, ret_nodes);
}

void sim_schedule_possible(const Sim *sim, guint *ret_nodes)
{
    Pass pass = {.sim = sim, .without_bars = TRUE};
    run_pass(&pass, ret_nodes);
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
