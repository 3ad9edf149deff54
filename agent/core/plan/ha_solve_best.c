/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_solve_private.h"

#define REFUSED_MAX 200u

gboolean ha_solve_executes(const HaProblem *problem, const guint32 *at, guint32 *ret_moves, gint64 *ret_cost)
{
    g_autoptr(HaSolution) solution = ha_solution_from(problem, at);
    if (!solution->reached)
        return FALSE;
    *ret_moves = solution->moves->len;
    *ret_cost = (gint64)solution->cost;
    return TRUE;
}

gboolean ha_solve_best_take(HaSolveBest *best, const HaProblem *problem, const guint32 *at, guint32 moves, gint64 cost)
{
    gboolean better = !best->at || moves < best->moves || (moves == best->moves && cost < best->cost);
    if (!better || best->refused == REFUSED_MAX)
        return FALSE;
    if (!ha_solve_executes(problem, at, &moves, &cost) ||
        (best->at && (moves > best->moves || (moves == best->moves && cost >= best->cost)))) {
        best->refused++;
        return FALSE;
    }
    g_free(best->at);
    best->at = g_memdup2(at, (problem->n_vms + 1) * sizeof *at);
    best->moves = moves;
    best->cost = cost;
    return TRUE;
}

gboolean ha_solve_best_offer(HaSolveBest *best, const HaSolveState *state)
{
    best->refused = 0;
    return !state->n_over && ha_solve_best_take(best, state->problem, state->at, state->n_moved, state->cost);
}

gboolean ha_solve_best_is(const HaSolveBest *best, guint32 bound_moves, gint64 bound_cost)
{
    return best->at && best->moves <= bound_moves && best->cost <= bound_cost;
}

void ha_solve_best_restore(const HaSolveBest *best, HaSolveState *state)
{
    for (guint32 vm = 0; vm < state->problem->n_vms; vm++)
        ha_solve_state_put(state, vm, best->at ? best->at[vm] : state->home[vm]);
}
