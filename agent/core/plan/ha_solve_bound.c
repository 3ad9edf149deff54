/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bound that a plan is measured by. A plan with as few moves as the overloaded nodes must at least shed takes
 * exactly that many from each of them and nothing from anywhere else; so it can't cost less than, for each of them, the
 * cheapest such set of its VMs that covers its excess. That set is found exactly, by a depth-first search.
 */
#include "agent/core/plan/ha_solve_private.h"

#define STEPS_MAX 20000u

typedef struct {
    const HaSolveVm *vms;
    const guint32 *own; /* n of them, cheapest first */
    guint n, k;
    gint64 *top; /* [i * (k + 1) + r]: load of the r busiest of own[i..n) */
    gint64 best;
    guint steps;
} Pick;

static void fill_top(Pick *pick)
{
    guint width = pick->k + 1;
    for (guint r = 0; r < width; r++)
        pick->top[pick->n * width + r] = r ? G_MININT64 / 4 : 0;
    for (guint i = pick->n; i-- > 0;)
        for (guint r = 0; r < width; r++) {
            gint64 without = pick->top[(i + 1) * width + r];
            gint64 with =
                r ? pick->top[(i + 1) * width + r - 1] + (gint64)pick->vms[pick->own[i]].load : G_MININT64 / 4;
            pick->top[i * width + r] = MAX(with, without);
        }
}

static void pick_from(Pick *pick, guint i, guint r, gint64 excess, gint64 cost)
{
    if (!r) {
        if (excess <= 0 && cost < pick->best)
            pick->best = cost;
        return;
    }
    if (++pick->steps > STEPS_MAX)
        return;
    for (; i + r <= pick->n; i++) {
        if (pick->top[i * (pick->k + 1) + r] < excess)
            return;
        const HaSolveVm *vm = &pick->vms[pick->own[i]];
        if (cost + (gint64)(vm->cost * r) >= pick->best)
            return; /* those after it are no cheaper */
        pick_from(pick, i + 1, r - 1, excess - (gint64)vm->load, cost + (gint64)vm->cost);
    }
}

static gint64 least_exact(const HaSolveState *state, guint32 node)
{
    guint32 first = state->first[node], k = state->need[node];
    Pick pick = {.vms = state->problem->vms,
        .own = state->by_cost + first,
        .n = state->first[node + 1] - first,
        .k = k,
        .best = G_MAXINT64 / 4};
    if (pick.n < k)
        return state->need_cost[node];
    pick.top = g_new(gint64, (gsize)(pick.n + 1) * (k + 1));
    fill_top(&pick);
    pick_from(&pick, 0, k, state->load[node] - state->load_max[node], 0);
    g_free(pick.top);
    return pick.steps > STEPS_MAX || pick.best == G_MAXINT64 / 4 ? state->need_cost[node]
                                                                 : MAX(pick.best, state->need_cost[node]);
}

void ha_solve_bound(const HaSolveState *state, guint32 *ret_moves, gint64 *ret_cost)
{
    *ret_moves = state->sum_need;
    *ret_cost = 0;
    for (guint i = 0; i < state->n_over; i++) {
        guint32 node = state->over[i];
        gboolean all = node == state->n_nodes - 1 || state->problem->nodes[node].leaves;
        *ret_cost +=
            all || state->load[node] <= state->load_max[node] ? state->need_cost[node] : least_exact(state, node);
    }
}
