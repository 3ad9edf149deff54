/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search: a first assignment, node by node; then parts of it are taken back and sought anew, exactly (a depth-first
 * search that bounds itself by what the overloaded nodes must at least shed), as long as that finds something cheaper
 * and there is effort left. docs/planner.md has the reasoning.
 */
#include "agent/core/plan/ha_solve_private.h"

#include <string.h>

#define DEPTH_MAX 256u  /* moves that one dive may make */
#define TARGETS_MAX 16u /* tried for one VM */
#define EXTRA_MAX 2u    /* moves beyond the bound that the first assignment of a node may take */
#define FIRST_STEPS 4000u
#define PART_STEPS 1500u
#define WHOLE_STEPS 10000u
#define WHOLE_NEED_MAX 40u /* moves that a problem may need to be sought as a whole at first */
#define WHOLE_EXTRA_MAX 3u
#define PART_MAX 6u   /* VMs taken back at once */
#define WHOLE_MAX 12u /* so many moves are also sought anew all together */
#define TABU 12u
#define BEAM_WIDER 20u /* the last resort */
#define ANNEALS 6u
#define ANNEAL_MOVES_MAX 100u
#define ANNEAL_STEPS_MAX 300000u
#define ANNEAL_STEPS_PER_VM 3000u

/* ---- the dive ---- */

typedef struct {
    guint32 vm, node;
} Put;

typedef struct {
    HaSolveState *state;
    guint32 best_moves; /* to be beaten: fewer moves, or as many and cheaper */
    gint64 best_cost;
    guint64 steps_end;
    guint flavour; /* of the order in which targets are tried */
    gboolean first_is_enough;
    gboolean found;
    Put trail[DEPTH_MAX], best[DEPTH_MAX];
    guint depth, best_depth;
} Dive;

/* Nothing below this point can beat the best: too many moves, or as many and not cheaper. */
static gboolean hopeless(const Dive *dive)
{
    const HaSolveState *state = dive->state;
    guint32 moves = state->n_moved + state->sum_need;
    return moves > dive->best_moves ||
           (moves == dive->best_moves && state->cost + state->sum_need_cost >= dive->best_cost);
}

static gboolean exhausted(const Dive *dive)
{
    return dive->state->steps >= dive->steps_end || (dive->found && dive->first_is_enough);
}

typedef struct {
    guint32 node;
    gint64 key;
} Target;

typedef struct {
    Target at[TARGETS_MAX];
    guint n;
} Targets;

static void targets_add(Targets *targets, guint32 node, gint64 key)
{
    guint i = targets->n;
    if (i == TARGETS_MAX && targets->at[i - 1].key <= key)
        return;
    if (i == TARGETS_MAX)
        i--;
    else
        targets->n++;
    for (; i > 0 && targets->at[i - 1].key > key; i--)
        targets->at[i] = targets->at[i - 1];
    targets->at[i] = (Target){node, key};
}

#define FLAVOURS 3u

/* Room left after the move, in load and memory together: the tightest fit comes first, so that big holes stay for big
 * VMs; in the other flavours the roomiest, or the tightest in memory alone. */
static gint64 room_left(const HaSolveState *state, guint32 vm, guint32 node, guint flavour)
{
    const HaSolveVm *it = &state->problem->vms[vm];
    gint64 load_max = MAX(state->load_max[node], 1), mem_max = MAX(state->mem_max[node], 1);
    gint64 mem = (mem_max - state->mem[node] - (gint64)it->mem_mib) * 1024 / mem_max;
    gint64 load = load_max >= G_MAXINT64 / 4 ? 0 : (load_max - state->load[node] - (gint64)it->load) * 1024 / load_max;
    return flavour == 0 ? load + mem : flavour == 1 ? (1 << 20) - load - mem : mem;
}

/* Where @vm could go. A node that has no room is a target too if its guests can be sent on, or @extra moves are to
 * spare: after those that have. */
static Targets targets_of(const Dive *dive, guint32 vm, guint32 extra)
{
    HaSolveState *state = dive->state;
    Targets targets = {.n = 0};
    guint32 from = state->at[vm];
    state->steps += state->n_nodes / 32;
    for (guint32 node = 0; node + 1 < state->n_nodes; node++) {
        if (node == from || ha_solve_state_over(state, node) || state->ignored[node] ||
            !ha_solve_state_may(state, vm, node))
            continue;
        if (node == state->home[vm] && node != from)
            targets_add(&targets, node, -1);
        else if (ha_solve_state_fits(state, vm, node))
            targets_add(&targets, node, room_left(state, vm, node, dive->flavour));
        else if (extra || state->arrivals[node] != HA_SOLVE_NONE)
            targets_add(&targets, node, ((gint64)1 << 40) - room_left(state, vm, node, 0));
    }
    return targets;
}

/* The node to relieve next: one that only has to send guests on, else the one that has most to shed. */
static guint32 worst(const HaSolveState *state)
{
    guint32 node = state->over[0];
    for (guint i = 1; i < state->n_over; i++) {
        guint32 other = state->over[i];
        guint32 a = state->need[other] ? state->need[other] : G_MAXUINT32;
        guint32 b = state->need[node] ? state->need[node] : G_MAXUINT32;
        if (a > b || (a == b && other < node))
            node = other;
    }
    return node;
}

static void dive_from(Dive *dive, guint32 node, guint32 start);

static void note_solution(Dive *dive)
{
    dive->found = TRUE;
    dive->best_moves = dive->state->n_moved;
    dive->best_cost = dive->state->cost;
    dive->best_depth = dive->depth;
    memcpy(dive->best, dive->trail, dive->depth * sizeof *dive->trail);
}

/* Returns: FALSE when nothing below it can beat the best. */
static gboolean try_at(Dive *dive, guint32 vm, guint32 to, guint32 next)
{
    HaSolveState *state = dive->state;
    guint32 from = state->at[vm];
    ha_solve_state_put(state, vm, to);
    gboolean hopeful = !hopeless(dive);
    if (hopeful) {
        dive->trail[dive->depth++] = (Put){vm, to};
        dive_from(dive, from, next);
        dive->depth--;
    }
    ha_solve_state_put(state, vm, from);
    return hopeful;
}

/* Moves @vm to each target in turn and goes deeper. @next: where the node's list is to be taken up again. */
static void try_vm(Dive *dive, guint32 vm, guint32 next)
{
    HaSolveState *state = dive->state;
    guint32 expected = state->n_moved + state->sum_need;
    Targets targets = targets_of(dive, vm, dive->best_moves > expected ? dive->best_moves - expected : 0);
    state->held[vm] = TRUE;
    for (guint i = 0; i < targets.n && !exhausted(dive); i++) {
        guint32 to = targets.at[i].node;
        gboolean decides = to != state->home[vm] && ha_solve_state_fits(state, vm, to);
        if (!try_at(dive, vm, to, next) && decides)
            break; /* whether it helps does not depend on which of those with room takes it */
    }
    state->held[vm] = FALSE;
}

static void shed_own(Dive *dive, guint32 node, guint32 start)
{
    HaSolveState *state = dive->state;
    if (node == state->n_nodes - 1 || state->problem->nodes[node].leaves) {
        for (guint32 i = state->first[node + 1]; i-- > state->first[node];) {
            guint32 vm = state->by_cost[i]; /* all have to go: the dearest first, it fits in the fewest places */
            if (state->at[vm] == node && !state->held[vm]) {
                try_vm(dive, vm, 0);
                return;
            }
        }
        return;
    }
    for (guint32 i = MAX(start, state->first[node]); i < state->first[node + 1] && !exhausted(dive); i++) {
        guint32 vm = state->by_cost[i];
        if (state->at[vm] == node && !state->held[vm])
            try_vm(dive, vm, i + 1);
    }
}

static void shed_guests(Dive *dive, guint32 node)
{
    HaSolveState *state = dive->state;
    guint32 guests[32];
    guint n = 0; /* the list changes under our hands */
    for (guint32 vm = state->arrivals[node]; vm != HA_SOLVE_NONE && n < G_N_ELEMENTS(guests);
         vm = state->arrival_next[vm])
        if (!state->held[vm])
            guests[n++] = vm;
    for (guint i = 0; i < n && !exhausted(dive); i++)
        try_vm(dive, guests[i], 0);
}

/* @node: relieved last; while it is still over, it goes on, from @start of its list: sets of VMs, not sequences. */
static void dive_from(Dive *dive, guint32 node, guint32 start)
{
    HaSolveState *state = dive->state;
    if (!state->n_over) {
        note_solution(dive);
        return;
    }
    if (dive->depth == DEPTH_MAX || exhausted(dive))
        return;
    if (node == HA_SOLVE_NONE || !ha_solve_state_over(state, node)) {
        node = worst(state);
        start = 0;
    }
    shed_guests(dive, node);
    shed_own(dive, node, start);
}

static void apply(Dive *dive)
{
    for (guint i = 0; i < dive->best_depth; i++)
        ha_solve_state_put(dive->state, dive->best[i].vm, dive->best[i].node);
}

/*
 * From as few moves as can be to @moves_max, each with @steps, the last with a cost to beat: with few moves to spare a
 * dive cuts off almost everything.
 */
static gboolean deepen(Dive *dive, HaSolveState *state, guint32 moves_max, gint64 cost_max, guint64 steps)
{
    for (guint32 moves = state->n_moved + state->sum_need; moves <= moves_max; moves++)
        for (guint flavour = 0; flavour < FLAVOURS && state->steps < state->steps_max; flavour++) {
            dive->state = state;
            dive->best_moves = moves;
            dive->best_cost = moves == moves_max ? cost_max : G_MAXINT64;
            dive->steps_end = MIN(state->steps + steps, state->steps_max);
            dive->flavour = flavour;
            dive->found = FALSE;
            dive->depth = 0;
            guint64 end = dive->steps_end;
            if (!hopeless(dive))
                dive_from(dive, HA_SOLVE_NONE, 0);
            if (dive->found)
                return TRUE;
            if (state->steps < end)
                break; /* all was seen: no order finds more */
        }
    return FALSE;
}

/* ---- the first assignment ---- */

static gint64 share(gint64 over, gint64 limit)
{
    return over > 0 ? over * 4096 / MAX(limit, 1) : 0;
}

static gint64 overflow(const HaSolveState *state, guint32 node, gint64 load, gint64 mem)
{
    return share(state->load[node] + load - state->load_max[node], state->load_max[node]) +
           2 * share(state->mem[node] + mem - state->mem_max[node], state->mem_max[node]);
}

static gint64 gain(const HaSolveState *state, guint32 vm, guint32 from, guint32 to)
{
    gint64 load = (gint64)state->problem->vms[vm].load, mem = (gint64)state->problem->vms[vm].mem_mib;
    gint64 left = from == state->n_nodes - 1 || state->problem->nodes[from].leaves
                      ? 4096
                      : overflow(state, from, 0, 0) - overflow(state, from, -load, -mem);
    return left - overflow(state, to, load, mem) + overflow(state, to, 0, 0);
}

/* One step of a search with a memory: the move that lessens the overload most, even if it overloads another node; what
 * moved lately stays. */
static gboolean force_one(HaSolveState *state, guint32 *tabu, guint32 round)
{
    guint32 best_vm = HA_SOLVE_NONE, best_to = 0, from = worst(state);
    gint64 best = G_MININT64;
    guint32 own = state->first[from + 1] - state->first[from], vm = state->arrivals[from];
    for (guint32 i = 0; i < own || vm != HA_SOLVE_NONE; i++) {
        guint32 it = i < own ? state->by_cost[state->first[from] + i] : vm;
        if (i >= own)
            vm = state->arrival_next[vm];
        if (state->at[it] != from || tabu[it] > round)
            continue;
        state->steps += state->n_nodes / 8 + 1;
        for (guint32 to = 0; to + 1 < state->n_nodes; to++) {
            if (to == from || state->ignored[to] || !ha_solve_state_may(state, it, to))
                continue;
            gint64 value = gain(state, it, from, to) * 64 - (to == state->home[it]                 ? -64
                                                                : state->at[it] == state->home[it] ? 64
                                                                                                   : 0);
            if (value > best) {
                best = value;
                best_vm = it;
                best_to = to;
            }
        }
    }
    if (best_vm == HA_SOLVE_NONE)
        return FALSE;
    tabu[best_vm] = round + TABU;
    ha_solve_state_put(state, best_vm, best_to);
    return TRUE;
}

static void force(HaSolveState *state, guint rounds)
{
    g_autofree guint32 *tabu = g_new0(guint32, state->problem->n_vms + 1);
    for (guint32 round = 1; round <= rounds && state->n_over && state->steps < state->steps_max; round++)
        if (!force_one(state, tabu, round))
            return;
}

static gboolean relieve(HaSolveState *state, Dive *dive, guint32 node)
{
    dive->first_is_enough = state->need[node] > PART_MAX;
    if (!deepen(dive, state, state->n_moved + state->sum_need + EXTRA_MAX, G_MAXINT64, FIRST_STEPS))
        return FALSE;
    apply(dive);
    return TRUE;
}

/* Small enough to be sought as a whole. */
static gboolean whole_assignment(HaSolveState *state)
{
    g_autofree Dive *dive = g_new0(Dive, 1);
    if (state->sum_need > WHOLE_NEED_MAX ||
        !deepen(dive, state, state->sum_need + WHOLE_EXTRA_MAX, G_MAXINT64, WHOLE_STEPS))
        return FALSE;
    apply(dive);
    return TRUE;
}

/* Node by node, the one that has most to shed first. */
static void first_assignment(HaSolveState *state)
{
    g_autofree guint32 *sources = g_memdup2(state->over, MAX(state->n_over, 1) * sizeof *sources);
    g_autofree Dive *dive = g_new0(Dive, 1);
    guint n = state->n_over;
    for (guint i = 1; i < n; i++) /* most to shed first, ties by number */
        for (guint j = i;
             j > 0 && (state->need[sources[j]] > state->need[sources[j - 1]] ||
                          (state->need[sources[j]] == state->need[sources[j - 1]] && sources[j] < sources[j - 1]));
             j--) {
            guint32 other = sources[j];
            sources[j] = sources[j - 1];
            sources[j - 1] = other;
        }
    for (guint i = 0; i < n; i++)
        ha_solve_state_ignore(state, sources[i], TRUE);
    for (guint i = 0; i < n; i++) {
        ha_solve_state_ignore(state, sources[i], FALSE);
        if (ha_solve_state_over(state, sources[i]) && !relieve(state, dive, sources[i]))
            force(state, 4 * state->need[sources[i]] + 4);
    }
    if (state->n_over)
        force(state, 100 + 4 * state->sum_need);
}

/* What could not be done: guests of nodes that are over go home again, so that none is over that was not before. */
static void settle(HaSolveState *state)
{
    for (guint i = 0; i < state->n_over;) {
        guint32 vm = state->arrivals[state->over[i]];
        if (vm == HA_SOLVE_NONE) {
            i++;
            continue;
        }
        ha_solve_state_put(state, vm, state->home[vm]);
        i = 0;
    }
}

/* ---- parts sought anew ---- */

typedef struct {
    HaSolveState *state;
    Dive dive;
    guint32 part[WHOLE_MAX], was[WHOLE_MAX];
    guint n;
    guint64 seed;
} Rework;

static void part_add(Rework *rework, guint32 vm)
{
    for (guint i = 0; i < rework->n; i++)
        if (rework->part[i] == vm)
            return;
    rework->part[rework->n] = vm;
    rework->was[rework->n++] = rework->state->at[vm];
}

/* Takes the part back and looks for something better. Returns: TRUE when there was. */
static gboolean rework_part(Rework *rework, guint64 steps)
{
    HaSolveState *state = rework->state;
    guint32 moves = state->n_moved;
    gint64 cost = state->cost;
    for (guint i = 0; i < rework->n; i++)
        ha_solve_state_put(state, rework->part[i], state->home[rework->part[i]]);
    gboolean better = deepen(&rework->dive, state, moves, cost, steps);
    if (better)
        apply(&rework->dive);
    else
        for (guint i = 0; i < rework->n; i++)
            ha_solve_state_put(state, rework->part[i], rework->was[i]);
    rework->n = 0;
    return better;
}

static guint64 draw(Rework *rework, guint64 below)
{
    rework->seed ^= rework->seed << 13;
    rework->seed ^= rework->seed >> 7;
    rework->seed ^= rework->seed << 17;
    return rework->seed % below;
}

static gboolean related(const HaSolveState *state, guint32 a, guint32 b)
{
    return state->home[a] == state->home[b] || state->at[a] == state->at[b] || state->home[a] == state->at[b];
}

/* Each moved VM with those it has most to do with: the same home, the same target. */
static gboolean rework_neighbours(Rework *rework)
{
    HaSolveState *state = rework->state;
    gboolean better = FALSE;
    for (guint i = 0; i < state->n_moved && state->steps < state->steps_max; i++) {
        guint32 first = state->moved[i];
        part_add(rework, first);
        better |= rework_part(rework, PART_STEPS);
        if (i >= state->n_moved || state->moved[i] != first)
            continue;
        part_add(rework, first);
        for (guint j = 0; j < state->n_moved && rework->n < PART_MAX; j++)
            if (state->home[state->moved[j]] == state->home[first])
                part_add(rework, state->moved[j]);
        if (rework->n > 1)
            better |= rework_part(rework, PART_STEPS);
        rework->n = 0;
    }
    return better;
}

static gboolean rework_random(Rework *rework)
{
    HaSolveState *state = rework->state;
    if (!state->n_moved)
        return FALSE;
    guint want = 2 + (guint)draw(rework, PART_MAX - 1);
    guint32 first = state->moved[draw(rework, state->n_moved)];
    part_add(rework, first);
    for (guint tries = 0; tries < 4 * want && rework->n < want; tries++) {
        guint32 other = state->moved[draw(rework, state->n_moved)];
        if (tries >= 2 * want || related(state, first, other))
            part_add(rework, other);
    }
    return rework_part(rework, PART_STEPS);
}

static gboolean rework_whole(Rework *rework)
{
    HaSolveState *state = rework->state;
    if (!state->n_moved || state->n_moved > WHOLE_MAX)
        return FALSE;
    for (guint i = 0; i < state->n_moved; i++)
        part_add(rework, state->moved[i]);
    return rework_part(rework, WHOLE_STEPS);
}

static gboolean at_bound(const HaSolveState *state, guint32 bound_moves, gint64 bound_cost)
{
    return state->n_moved <= bound_moves && state->cost <= bound_cost;
}

/* How many moves the next annealing may make: at first plenty, so that there is a plan at all; then half-way down to
 * the bound; where that fails, one less. */
static guint32 moves_to_try(const HaSolveState *state, guint32 bound_moves, guint failed)
{
    if (state->n_over)
        return bound_moves + (bound_moves / 2 + 4) * (failed + 1);
    return failed ? state->n_moved - 1 : (bound_moves + state->n_moved) / 2;
}

/* Returns: TRUE when it found a better plan, with an order. */
static gboolean anneal_once(HaSolveState *state, HaSolveBest *best, guint32 moves, double weight, guint64 *seed)
{
    guint steps = MIN(ANNEAL_STEPS_MAX, ANNEAL_STEPS_PER_VM * state->problem->n_vms);
    gboolean better = ha_solve_anneal(state, best, moves, weight, steps, (*seed)++ * 0x9e3779b97f4a7c15ull);
    if (better)
        ha_solve_best_restore(best, state);
    return better;
}

/* First fewer moves, until that is found no more; then as many, and cheaper. */
static void anneal(HaSolveState *state, HaSolveBest *best, guint32 bound_moves, gint64 bound_cost)
{
    guint64 seed = 1;
    ha_solve_best_restore(best, state);
    for (guint failed = 0; failed < ANNEALS && (state->n_over || state->n_moved > bound_moves);) {
        guint32 moves = moves_to_try(state, bound_moves, failed);
        failed = anneal_once(state, best, moves, 0.01, &seed) ? 0 : failed + 1;
    }
    for (guint failed = 0; failed < ANNEALS && !state->n_over && !at_bound(state, bound_moves, bound_cost);) {
        double weight = 0.05 * (double)(1u << failed % 4);
        failed = anneal_once(state, best, state->n_moved, weight, &seed) ? 0 : failed + 1;
    }
}

static void rework(HaSolveState *state, guint32 bound_moves, gint64 bound_cost)
{
    g_autofree Rework *rework = g_new0(Rework, 1);
    rework->state = state;
    rework->seed = 88172645463325252ull;
    if (!at_bound(state, bound_moves, bound_cost))
        rework_whole(rework);
    while (!at_bound(state, bound_moves, bound_cost) && rework_neighbours(rework) && state->steps < state->steps_max)
        ;
    guint64 patience = state->steps_max / 4, last = state->steps;
    while (!at_bound(state, bound_moves, bound_cost) && state->steps < MIN(state->steps_max, last + patience))
        if (rework_random(rework))
            last = state->steps;
}

/* What is worth the most effort: the bound is not met, and the problem is not too large. */
static void search_hard(HaSolveState *state, HaSolveBest *best, guint32 bound_moves, gint64 bound_cost)
{
    guint64 before = state->steps;
    ha_solve_beam(state, best, bound_moves, bound_cost, 1);
    if (!state->quick && !ha_solve_best_is(best, bound_moves, bound_cost))
        anneal(state, best, bound_moves, bound_cost);
    if (!state->quick && !ha_solve_best_is(best, bound_moves, bound_cost))
        ha_solve_beam(state, best, bound_moves, bound_cost, BEAM_WIDER);
    state->steps_max += state->steps - before; /* its effort is bounded by itself */
}

void ha_solve_search(HaSolveState *state, guint32 bound_moves, gint64 bound_cost)
{
    HaSolveBest best = {0};
    if (!state->n_over)
        return;
    if (!whole_assignment(state))
        first_assignment(state);
    if (state->n_over)
        settle(state);
    g_autofree guint32 *part = g_memdup2(state->at, (state->problem->n_vms + 1) * sizeof *part);
    ha_solve_best_offer(&best, state);
    if (bound_moves <= ANNEAL_MOVES_MAX && !ha_solve_best_is(&best, bound_moves, bound_cost)) {
        search_hard(state, &best, bound_moves, bound_cost);
        ha_solve_best_restore(&best, state);
    }
    if (!state->n_over) {
        rework(state, bound_moves, bound_cost);
        ha_solve_best_offer(&best, state);
    }
    for (guint32 vm = 0; vm < state->problem->n_vms; vm++) /* no plan: as much as could be done */
        ha_solve_state_put(state, vm, best.at ? best.at[vm] : part[vm]);
    g_free(best.at);
}
