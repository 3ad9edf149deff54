/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Annealing, for problems so tight that a search move by move gets stuck: overload is allowed on the way and costs, as
 * do moves and what they send; steps for the worse are taken with a chance that falls as it cools. The best assignment
 * without overload that it passes is what it gives. The draws are seeded and the logarithm is our own: every host
 * computes the same.
 */
#include "agent/core/plan/ha_solve_private.h"

#include <string.h>

#define OVER 0.5        /* an overloaded node, */
#define OVER_PER_VM 2.0 /* and each average VM's worth of it */
#define MOVE 1.5        /* a move too many */
#define STAY 4.0        /* each VM on a node that is to be emptied */
#define HEAT_FIRST 1.2
#define HEAT_LAST 0.03
#define COOLINGS 128u
#define TABLE 256u
#define DRAW(anneal, below) ((guint32)((next(anneal) * (guint64)(below)) >> 32))

typedef struct {
    guint32 *vms;
    guint n, size;
} List;

typedef struct {
    const HaSolveState *state;
    HaSolveBest *best;
    gboolean better;
    guint64 seed;
    List *on;       /* [node] VMs that may move */
    guint32 *place; /* [vm] in its node's list */
    guint32 *at;
    gint64 *load, *mem;
    List moved;
    guint32 *moved_place;
    List over;
    guint32 *over_place;
    guint16 *apart_on;
    guint32 moves_max;
    double load_unit, mem_unit, cost_unit;
    double *node_energy;
    double heat, logs[TABLE];
    gint64 cost;
} Anneal;

/* 32 bits */
static guint64 next(Anneal *anneal)
{
    anneal->seed ^= anneal->seed << 13;
    anneal->seed ^= anneal->seed >> 7;
    anneal->seed ^= anneal->seed << 17;
    return anneal->seed >> 32;
}

static void list_add(List *list, guint32 *place, guint32 it)
{
    if (list->n == list->size) {
        list->size = MAX(2 * list->size, 8);
        list->vms = g_renew(guint32, list->vms, list->size);
    }
    place[it] = list->n;
    list->vms[list->n++] = it;
}

static void list_remove(List *list, guint32 *place, guint32 it)
{
    guint32 last = list->vms[--list->n];
    list->vms[place[it]] = last;
    place[last] = place[it];
    place[it] = HA_SOLVE_NONE;
}

/* -ln((i + 0.5) / TABLE), by the series of artanh after halving into [0.5, 1]. */
static void fill_logs(double *logs)
{
    for (guint i = 0; i < TABLE; i++) {
        double x = (i + 0.5) / TABLE, sum = 0, power;
        guint halvings = 0;
        for (; x < 0.5; x *= 2)
            halvings++;
        double y = (x - 1) / (x + 1);
        power = y;
        for (guint k = 1; k < 40; k += 2, power *= y * y)
            sum += power / k;
        logs[i] = halvings * 0.69314718055994531 - 2 * sum;
    }
}

/* ---- energy ---- */

static gboolean leaves(const Anneal *anneal, guint32 node)
{
    return node == anneal->state->n_nodes - 1 || anneal->state->problem->nodes[node].leaves;
}

static double energy_of(const Anneal *anneal, guint32 node, guint n, gint64 load, gint64 mem)
{
    if (leaves(anneal, node))
        return STAY * n;
    load -= anneal->state->load_max[node];
    mem -= anneal->state->mem_max[node];
    if (load <= 0 && mem <= 0)
        return 0;
    return OVER + OVER_PER_VM * ((double)MAX(load, 0) * anneal->load_unit + (double)MAX(mem, 0) * anneal->mem_unit);
}

/* Moves are free up to a number, beyond it each costs. */
static double count_energy(const Anneal *anneal, guint moves)
{
    return moves > anneal->moves_max ? MOVE * (moves - anneal->moves_max) : 0;
}

/* What a VM's move from @from to @to changes in the number of moves, and in their cost. */
static gint counted(const Anneal *anneal, guint32 vm, guint32 from, guint32 to)
{
    guint32 home = anneal->state->home[vm];
    return (from == home) - (to == home);
}

static void carry(Anneal *anneal, guint32 vm, guint32 node, gint sign)
{
    const HaSolveVm *it = &anneal->state->problem->vms[vm];
    if (sign > 0)
        list_add(&anneal->on[node], anneal->place, vm);
    else
        list_remove(&anneal->on[node], anneal->place, vm);
    anneal->load[node] += sign * (gint64)it->load;
    anneal->mem[node] += sign * (gint64)it->mem_mib;
    if (it->apart != HA_SOLVE_NONE)
        anneal->apart_on[(gsize)it->apart * anneal->state->n_nodes + node] += (guint16)sign;
    anneal->node_energy[node] = energy_of(anneal, node, anneal->on[node].n, anneal->load[node], anneal->mem[node]);
    gboolean is = anneal->node_energy[node] > 0, was = anneal->over_place[node] != HA_SOLVE_NONE;
    if (is && !was)
        list_add(&anneal->over, anneal->over_place, node);
    else if (was && !is)
        list_remove(&anneal->over, anneal->over_place, node);
}

static void shift(Anneal *anneal, guint32 vm, guint32 to)
{
    guint32 from = anneal->at[vm];
    gint count = counted(anneal, vm, from, to);
    carry(anneal, vm, from, -1);
    carry(anneal, vm, to, 1);
    anneal->at[vm] = to;
    anneal->cost += count * (gint64)anneal->state->problem->vms[vm].cost;
    if (count > 0)
        list_add(&anneal->moved, anneal->moved_place, vm);
    else if (count < 0)
        list_remove(&anneal->moved, anneal->moved_place, vm);
}

static gboolean may(const Anneal *anneal, guint32 vm, guint32 node)
{
    const HaSolveState *state = anneal->state;
    const HaSolveVm *it = &state->problem->vms[vm];
    if (node == anneal->at[vm])
        return FALSE;
    if (node == state->home[vm])
        return !leaves(anneal, node);
    return node < state->problem->n_nodes && state->problem->nodes[node].takes && !leaves(anneal, node) &&
           ha_problem_allows(state->problem, vm, node) &&
           (it->apart == HA_SOLVE_NONE || !anneal->apart_on[(gsize)it->apart * state->n_nodes + node]);
}

/* ---- steps ---- */

/* @vm goes to @to; @other, unless it is HA_SOLVE_NONE, comes from there in exchange. */
typedef struct {
    guint32 vm, to, other;
} Step;

static guint32 any_on(Anneal *anneal, guint32 node)
{
    return anneal->on[node].n ? anneal->on[node].vms[DRAW(anneal, anneal->on[node].n)] : HA_SOLVE_NONE;
}

/* From an overloaded node to anywhere, alone or in exchange for one from there. */
static Step relieve(Anneal *anneal)
{
    guint32 from = anneal->over.vms[DRAW(anneal, anneal->over.n)], to = DRAW(anneal, anneal->state->problem->n_nodes);
    return (Step){any_on(anneal, from), to, DRAW(anneal, 3) == 0 ? any_on(anneal, to) : HA_SOLVE_NONE};
}

/* Home again or elsewhere, alone or in exchange. */
static Step reconsider(Anneal *anneal)
{
    guint32 vm = anneal->moved.vms[DRAW(anneal, anneal->moved.n)], home = anneal->state->home[vm];
    guint32 to = DRAW(anneal, anneal->state->problem->n_nodes);
    switch (DRAW(anneal, 5)) {
    case 0:
        return (Step){vm, home, HA_SOLVE_NONE};
    case 1:
        return (Step){vm, to, HA_SOLVE_NONE};
    case 2:
        return (Step){vm, to, any_on(anneal, to)};
    default:
        return (Step){vm, home, any_on(anneal, home)};
    }
}

static Step anything(Anneal *anneal)
{
    guint32 from = DRAW(anneal, anneal->state->problem->n_nodes);
    return (Step){any_on(anneal, from), DRAW(anneal, anneal->state->problem->n_nodes), HA_SOLVE_NONE};
}

static Step propose(Anneal *anneal)
{
    guint32 die = DRAW(anneal, 16);
    if (anneal->over.n && (die < 9 || !anneal->moved.n))
        return relieve(anneal);
    return anneal->moved.n && die < 15 ? reconsider(anneal) : anything(anneal);
}

static void keep_best(Anneal *anneal)
{
    if (!anneal->over.n)
        anneal->better |=
            ha_solve_best_take(anneal->best, anneal->state->problem, anneal->at, anneal->moved.n, anneal->cost);
}

/* By how much @step changes the energy. */
static double change(const Anneal *anneal, const Step *step)
{
    const HaSolveVm *vm = &anneal->state->problem->vms[step->vm];
    guint32 x = anneal->at[step->vm], y = step->to;
    gint64 load = (gint64)vm->load, mem = (gint64)vm->mem_mib;
    gint count = counted(anneal, step->vm, x, y), swap = step->other != HA_SOLVE_NONE;
    gint64 cost = count * (gint64)vm->cost;
    if (swap) {
        const HaSolveVm *other = &anneal->state->problem->vms[step->other];
        gint back = counted(anneal, step->other, y, x);
        load -= (gint64)other->load;
        mem -= (gint64)other->mem_mib;
        count += back;
        cost += back * (gint64)other->cost;
    }
    return energy_of(anneal, x, anneal->on[x].n - 1 + (guint)swap, anneal->load[x] - load, anneal->mem[x] - mem) +
           energy_of(anneal, y, anneal->on[y].n + 1 - (guint)swap, anneal->load[y] + load, anneal->mem[y] + mem) -
           anneal->node_energy[x] - anneal->node_energy[y] + (double)cost * anneal->cost_unit +
           count_energy(anneal, (guint)((gint)anneal->moved.n + count)) - count_energy(anneal, anneal->moved.n);
}

static void take_step(Anneal *anneal)
{
    Step step = propose(anneal);
    if (step.vm == HA_SOLVE_NONE || step.vm == step.other || !may(anneal, step.vm, step.to))
        return;
    guint32 from = anneal->at[step.vm];
    if (step.other != HA_SOLVE_NONE && !may(anneal, step.other, from))
        return;
    double worse = change(anneal, &step);
    if (worse > 0 && worse >= anneal->heat * anneal->logs[DRAW(anneal, TABLE)])
        return;
    shift(anneal, step.vm, step.to);
    if (step.other != HA_SOLVE_NONE)
        shift(anneal, step.other, from);
    keep_best(anneal);
}

/* ---- life ---- */

static void fill(Anneal *anneal, const HaSolveState *state, double cost_weight)
{
    const HaProblem *problem = state->problem;
    double load = 0, mem = 0, cost = 0;
    anneal->state = state;
    anneal->on = g_new0(List, state->n_nodes);
    anneal->place = g_new0(guint32, problem->n_vms + 1);
    anneal->at = g_memdup2(state->at, (problem->n_vms + 1) * sizeof *anneal->at);
    anneal->load = g_memdup2(state->load, state->n_nodes * sizeof *anneal->load);
    anneal->mem = g_memdup2(state->mem, state->n_nodes * sizeof *anneal->mem);
    anneal->moved_place = g_new0(guint32, problem->n_vms + 1);
    anneal->over_place = g_new0(guint32, state->n_nodes);
    anneal->node_energy = g_new0(double, state->n_nodes);
    anneal->apart_on =
        g_memdup2(state->apart_on, ((gsize)problem->n_apart * state->n_nodes + 1) * sizeof *anneal->apart_on);
    fill_logs(anneal->logs);
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        load += (double)problem->vms[vm].load;
        mem += (double)problem->vms[vm].mem_mib;
        cost += (double)problem->vms[vm].cost;
        if (!problem->vms[vm].fixed)
            list_add(&anneal->on[state->at[vm]], anneal->place, vm);
        if (state->at[vm] != state->home[vm])
            list_add(&anneal->moved, anneal->moved_place, vm);
    }
    anneal->load_unit = problem->n_vms / MAX(load, 1);
    anneal->mem_unit = problem->n_vms / MAX(mem, 1);
    anneal->cost_unit = cost_weight * problem->n_vms / MAX(cost, 1);
    anneal->cost = state->cost;
    for (guint32 node = 0; node < state->n_nodes; node++) {
        anneal->over_place[node] = HA_SOLVE_NONE;
        anneal->node_energy[node] = energy_of(anneal, node, anneal->on[node].n, anneal->load[node], anneal->mem[node]);
        if (anneal->node_energy[node] > 0)
            list_add(&anneal->over, anneal->over_place, node);
    }
}

static void clear(Anneal *anneal)
{
    for (guint32 node = 0; node < anneal->state->n_nodes; node++)
        g_free(anneal->on[node].vms);
    g_free(anneal->on);
    g_free(anneal->place);
    g_free(anneal->at);
    g_free(anneal->load);
    g_free(anneal->mem);
    g_free(anneal->moved.vms);
    g_free(anneal->moved_place);
    g_free(anneal->over.vms);
    g_free(anneal->over_place);
    g_free(anneal->node_energy);
    g_free(anneal->apart_on);
    g_free(anneal);
}

gboolean ha_solve_anneal(
    const HaSolveState *state, HaSolveBest *best, guint32 moves_max, double cost_weight, guint steps, guint64 seed)
{
    Anneal *anneal = g_new0(Anneal, 1);
    anneal->best = best;
    anneal->seed = seed;
    anneal->moves_max = moves_max;
    best->refused = 0;
    fill(anneal, state, cost_weight);
    double ratio = 1;
    for (guint i = 0; i < 40; i++) /* the COOLINGS-th root of HEAT_LAST / HEAT_FIRST, by Newton */
    {
        double power = 1;
        for (guint k = 1; k < COOLINGS; k++)
            power *= ratio;
        ratio -= (power * ratio - HEAT_LAST / HEAT_FIRST) / (COOLINGS * power);
    }
    anneal->heat = HEAT_FIRST;
    for (guint i = 0; i < COOLINGS; i++, anneal->heat *= ratio)
        for (guint k = 0; k < steps / COOLINGS; k++)
            take_step(anneal);
    gboolean better = anneal->better;
    clear(anneal);
    return better;
}
