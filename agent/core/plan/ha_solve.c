/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_solve_private.h"

#define EFFORT_BASE_PER_VM 2000u
#define EFFORT_BASE_MAX 200000u
#define EFFORT_ANNEAL 50000u /* asked for less than this, there is no annealing */
#define EFFORT_PER_VM 50u

/* ---- problems ---- */

HaProblem *ha_problem_new(guint n_nodes, guint n_vms)
{
    HaProblem *problem = g_new0(HaProblem, 1);
    problem->n_nodes = n_nodes;
    problem->n_vms = n_vms;
    problem->words = (n_nodes + 63) / 64;
    problem->nodes = g_new0(HaSolveNode, n_nodes + 1);
    problem->vms = g_new0(HaSolveVm, n_vms + 1);
    for (guint i = 0; i < n_nodes; i++)
        problem->nodes[i].takes = TRUE;
    for (guint i = 0; i < n_vms; i++)
        problem->vms[i].node = problem->vms[i].nodes = problem->vms[i].apart = HA_SOLVE_NONE;
    return problem;
}

void ha_problem_free(HaProblem *problem)
{
    if (!problem)
        return;
    g_free(problem->nodes);
    g_free(problem->vms);
    g_free(problem->sets);
    g_free(problem);
}

guint32 ha_problem_add_set(HaProblem *problem)
{
    gsize words = problem->words;
    problem->sets = g_renew(guint64, problem->sets, (problem->n_sets + 1) * words);
    for (gsize i = 0; i < words; i++)
        problem->sets[problem->n_sets * words + i] = 0;
    return problem->n_sets++;
}

void ha_problem_allow(HaProblem *problem, guint32 set, guint32 node)
{
    g_assert(set < problem->n_sets && node < problem->n_nodes);
    problem->sets[(gsize)set * problem->words + node / 64] |= (guint64)1 << (node % 64);
}

gboolean ha_problem_allows(const HaProblem *problem, guint32 vm, guint32 node)
{
    guint32 set = problem->vms[vm].nodes;
    return set == HA_SOLVE_NONE || (problem->sets[(gsize)set * problem->words + node / 64] >> (node % 64) & 1);
}

HaSolveLoad ha_problem_load(const HaProblem *problem)
{
    HaSolveLoad load = {.busiest = HA_SOLVE_NONE};
    g_autofree guint64 *on = g_new0(guint64, problem->n_nodes + 1);
    guint64 total = 0, cores = 0, squares = 0;
    guint n = 0;
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        total += problem->vms[vm].load;
        if (problem->vms[vm].node != HA_SOLVE_NONE)
            on[problem->vms[vm].node] += problem->vms[vm].load;
    }
    for (guint32 node = 0; node < problem->n_nodes; node++) {
        const HaSolveNode *it = &problem->nodes[node];
        total += it->load_fixed;
        if (!it->takes || it->leaves || !it->cores)
            continue;
        guint32 permille = (guint32)((on[node] + it->load_fixed) / (it->cores * 1000ull));
        cores += it->cores;
        n++;
        if (load.busiest == HA_SOLVE_NONE || permille > load.busiest_permille) {
            load.busiest = node;
            load.busiest_permille = permille;
        }
    }
    load.mean_permille = cores ? (guint32)(total / (cores * 1000)) : 0;
    for (guint32 node = 0; n && node < problem->n_nodes; node++) {
        const HaSolveNode *it = &problem->nodes[node];
        if (!it->takes || it->leaves || !it->cores)
            continue;
        gint64 off = (gint64)((on[node] + it->load_fixed) / (it->cores * 1000ull)) - load.mean_permille;
        squares += (guint64)(off * off);
    }
    for (guint64 mean = n ? squares / n : 0; (guint64)(load.spread_permille + 1) * (load.spread_permille + 1) <= mean;)
        load.spread_permille++;
    return load;
}

/* ---- solutions ---- */

void ha_solution_free(HaSolution *solution)
{
    if (!solution)
        return;
    g_array_unref(solution->moves);
    g_free(solution);
}

static guint64 cost_of(const HaProblem *problem, const GArray *moves)
{
    guint64 cost = 0;
    for (guint i = 0; i < moves->len; i++)
        cost += problem->vms[g_array_index(moves, HaSolveMove, i).vm].cost;
    return cost;
}

HaSolution *ha_solution_from(const HaProblem *problem, const guint32 *at)
{
    HaSolution *solution = g_new0(HaSolution, 1);
    solution->moves = g_array_new(FALSE, FALSE, sizeof(HaSolveMove));
    solution->reached = ha_solve_order(problem, at, solution->moves);
    solution->cost = cost_of(problem, solution->moves);
    return solution;
}

HaSolution *ha_solve_level(const HaProblem *problem, guint32 target_permille, guint64 effort)
{
    HaSolveState *state = ha_solve_state_new(problem, target_permille);
    guint32 bound_moves;
    gint64 bound_cost;
    ha_solve_bound(state, &bound_moves, &bound_cost);
    state->steps_max = effort ? effort
                              : MIN(EFFORT_BASE_PER_VM * (guint64)problem->n_vms, EFFORT_BASE_MAX) +
                                    (guint64)EFFORT_PER_VM * problem->n_vms;
    state->quick = effort && effort < EFFORT_ANNEAL;
    ha_solve_search(state, bound_moves, bound_cost);
    HaSolution *solution = ha_solution_from(problem, state->at);
    solution->reached = solution->reached && !state->n_over;
    solution->bound_moves = bound_moves;
    solution->bound_cost = (guint64)bound_cost;
    solution->steps = state->steps;
    ha_solve_state_free(state);
    return solution;
}
