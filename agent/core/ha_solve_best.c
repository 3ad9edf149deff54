/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_solve_private.h"

gboolean ha_solve_executes(const HaProblem *problem, const guint32 *at, guint32 *ret_moves, gint64 *ret_cost)
{
    g_autoptr(HaSolution) solution = ha_solution_from(problem, at);
    if (!solution->reached)
        return FALSE;
    *ret_moves = solution->moves->len;
    *ret_cost = (gint64)solution->cost;
    return TRUE;
}

gboolean ha_solve_best_offer(HaSolveBest *best, const HaSolveState *state)
{
    guint32 moves;
    gint64 cost;
    if (state->n_over ||
        (best->at && (state->n_moved > best->moves || (state->n_moved == best->moves && state->cost >= best->cost))))
        return FALSE;
    if (!ha_solve_executes(state->problem, state->at, &moves, &cost) ||
        (best->at && (moves > best->moves || (moves == best->moves && cost >= best->cost))))
        return FALSE;
    g_free(best->at);
    *best = (HaSolveBest){
        .at = g_memdup2(state->at, (state->problem->n_vms + 1) * sizeof *state->at), .moves = moves, .cost = cost};
    return TRUE;
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
