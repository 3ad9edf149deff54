/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_solve_private - the state that every part of the engine works on: an assignment of VMs to nodes, what it costs,
 * and which nodes it still overloads.
 *
 * A node that is over a limit (load, memory, or one that is to be emptied) is "over". From its list of VMs follows how
 * many must at least leave it and what that must at least cost: the sums over all nodes bound every plan from below,
 * and the search (ha_solve_search.c) stands on them. VMs that are nowhere lie on one more node, the last, which is to
 * be emptied.
 */
#ifndef HA_SOLVE_PRIVATE_H
#define HA_SOLVE_PRIVATE_H

#include "agent/core/plan/ha_solve.h"

typedef struct {
    const HaProblem *problem;
    guint n_nodes; /* with the one for VMs that are nowhere */
    /* [vm] */
    guint32 *home, *at;
    guint32 *arrival_next, *arrival_prev; /* list of VMs away from home, by where they are */
    guint32 *moved_index;                 /* in moved[], HA_SOLVE_NONE when at home */
    gboolean *held;                       /* the search may not touch it now */
    /* [node] */
    gint64 *load, *mem, *load_max, *mem_max;
    guint32 *n_on;       /* VMs that could leave */
    guint32 *arrivals;   /* head of list */
    guint32 *need;       /* at least so many of its own VMs must leave; 0 when it is not over */
    gint64 *need_cost;   /* and they cost at least so much */
    guint32 *over_index; /* in over[], HA_SOLVE_NONE */
    gboolean *ignored;   /* its being over does not count now */
    /* [home's VMs], from first[node] to first[node + 1]: those that may move */
    guint32 *first, *by_cost, *by_load, *by_mem, *by_ratio;
    guint32 *moved, n_moved;
    guint32 *over, n_over;
    guint16 *apart_on; /* [apart * n_nodes + node] */
    gint64 cost;       /* of the moved */
    guint32 sum_need;  /* over all that are over and not ignored */
    gint64 sum_need_cost;
    guint64 steps, steps_max;
    gboolean quick; /* no annealing */
} HaSolveState;

/** ha_solve_state_new - everything at home. @target_permille as in ha_solve_level. */
HaSolveState *ha_solve_state_new(const HaProblem *problem, guint32 target_permille);
void ha_solve_state_free(HaSolveState *state);

/** ha_solve_state_put - move @vm to @node, whatever the limits say. A step. */
void ha_solve_state_put(HaSolveState *state, guint32 vm, guint32 node);

/** ha_solve_state_ignore - does @node's being over count? */
void ha_solve_state_ignore(HaSolveState *state, guint32 node, gboolean ignored);

static inline gboolean ha_solve_state_over(const HaSolveState *state, guint32 node)
{
    return state->over_index[node] != HA_SOLVE_NONE;
}

/** ha_solve_state_may - can @vm be on @node at all (hard rules; not load or memory)? Its home is always allowed. */
static inline gboolean ha_solve_state_may(const HaSolveState *state, guint32 vm, guint32 node)
{
    const HaSolveVm *it = &state->problem->vms[vm];
    if (node == state->home[vm])
        return TRUE;
    if (node == state->n_nodes - 1 || !state->problem->nodes[node].takes || state->problem->nodes[node].leaves ||
        !ha_problem_allows(state->problem, vm, node))
        return FALSE;
    return it->apart == HA_SOLVE_NONE || !state->apart_on[(gsize)it->apart * state->n_nodes + node];
}

/** ha_solve_state_fits - and has @node room for it, in load and memory? */
static inline gboolean ha_solve_state_fits(const HaSolveState *state, guint32 vm, guint32 node)
{
    const HaSolveVm *it = &state->problem->vms[vm];
    return state->load[node] + (gint64)it->load <= state->load_max[node] &&
           state->mem[node] + (gint64)it->mem_mib <= state->mem_max[node];
}

/* ---- ha_solve_bound.c ---- */
/** ha_solve_bound - everything being at home: no plan has fewer moves, and none with so few costs less. */
void ha_solve_bound(const HaSolveState *state, guint32 *ret_moves, gint64 *ret_cost);

/* ---- ha_solve_best.c ---- */
/* The best plan so far that has an order. */
typedef struct {
    guint32 *at;   /* owned; NULL: none yet */
    guint32 moves; /* with the stops that its order needs */
    gint64 cost;
    guint refused; /* assignments without an order, or whose order needs too much: their number is bounded a run */
} HaSolveBest;

/** ha_solve_executes - have the moves to @at an order? @ret_moves, @ret_cost: with the stops that it needs. */
gboolean ha_solve_executes(const HaProblem *problem, const guint32 *at, guint32 *ret_moves, gint64 *ret_cost);

/** ha_solve_best_take - keep the moves to @at, which overload no node, if they have an order and are better. @moves,
 * @cost: without stops. Returns: kept? */
gboolean ha_solve_best_take(HaSolveBest *best, const HaProblem *problem, const guint32 *at, guint32 moves, gint64 cost);
/** ha_solve_best_offer - keep where @state is, if no node is over, it has an order, and it is better. Returns: kept? */
gboolean ha_solve_best_offer(HaSolveBest *best, const HaSolveState *state);
/** ha_solve_best_is - is it as good as the bound? */
gboolean ha_solve_best_is(const HaSolveBest *best, guint32 bound_moves, gint64 bound_cost);
/** ha_solve_best_restore - put @state there; everything home when there is none. */
void ha_solve_best_restore(const HaSolveBest *best, HaSolveState *state);

/* ---- ha_solve_beam.c ---- */
/** ha_solve_beam - look for better plans, from everything at home. @wider: 1, or so many times as wide, with an effort
 * of its own that is bounded. @state is at home afterwards. */
void ha_solve_beam(HaSolveState *state, HaSolveBest *best, guint32 bound_moves, gint64 bound_cost, guint wider);

/* ---- ha_solve_search.c ---- */
/** ha_solve_search - from everything at home to the best assignment found: no node over, or as little as can be. The
 * bound, once reached, ends it. */
void ha_solve_search(HaSolveState *state, guint32 bound_moves, gint64 bound_cost);

/* ---- ha_solve_anneal.c ---- */
/**
 * ha_solve_anneal - look for a better plan by annealing, from where @state is.
 * @cost_weight: what an average VM's cost counts, in moves.
 * Returns: TRUE when @best is better now. @state is where it was.
 */
gboolean ha_solve_anneal(
    const HaSolveState *state, HaSolveBest *best, guint32 moves_max, double cost_weight, guint steps, guint64 seed);

/* ---- ha_solve.c ---- */
/** ha_solution_from - the moves to @at, in order. */
HaSolution *ha_solution_from(const HaProblem *problem, const guint32 *at);

/* ---- ha_solve_order.c ---- */
/**
 * ha_solve_order - the moves from every VM's home to @at, in an order in which no node's memory and no rule is passed
 * on the way. Where they wait for each other in a ring, one of them makes a stop elsewhere.
 * @ret_moves: HaSolveMove, appended.
 * Returns: FALSE when there is no such order; what has one was appended.
 */
gboolean ha_solve_order(const HaProblem *problem, const guint32 *at, GArray *ret_moves);

#endif
