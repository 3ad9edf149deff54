/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_solve_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const HaProblem *problem;
    const guint32 *at; /* where each is to end */
    guint32 *now;
    gint64 *mem;
    guint16 *apart_on;
    guint32 *pending; /* VMs, cheapest first */
    guint n_pending;
    GArray *moves;
} Order;

static gboolean has_room(const Order *order, guint32 vm, guint32 node)
{
    const HaSolveVm *it = &order->problem->vms[vm];
    if (order->mem[node] + (gint64)it->mem_mib > (gint64)order->problem->nodes[node].mem_mib)
        return FALSE;
    return it->apart == HA_SOLVE_NONE || !order->apart_on[(gsize)it->apart * order->problem->n_nodes + node];
}

static void carry(Order *order, guint32 vm, guint32 node, gint sign)
{
    const HaSolveVm *it = &order->problem->vms[vm];
    if (node == HA_SOLVE_NONE)
        return;
    order->mem[node] += sign * (gint64)it->mem_mib;
    if (it->apart != HA_SOLVE_NONE)
        order->apart_on[(gsize)it->apart * order->problem->n_nodes + node] += (guint16)sign;
}

static void move_now(Order *order, guint32 vm, guint32 to)
{
    HaSolveMove move = {.vm = vm, .from = order->now[vm], .to = to, .hop = HA_SOLVE_NONE};
    carry(order, vm, order->now[vm], -1);
    carry(order, vm, to, 1);
    order->now[vm] = to;
    g_array_append_val(order->moves, move);
}

/* Everything that has room now; again and again, since each move makes room. */
static void go_on(Order *order)
{
    gboolean moved = TRUE;
    while (moved && order->n_pending) {
        guint left = 0;
        moved = FALSE;
        for (guint i = 0; i < order->n_pending; i++) {
            guint32 vm = order->pending[i];
            if (has_room(order, vm, order->at[vm])) {
                move_now(order, vm, order->at[vm]);
                moved = TRUE;
            } else {
                order->pending[left++] = vm;
            }
        }
        order->n_pending = left;
    }
}

/* Would some pending move have room if @vm left its node? */
static gboolean frees_one(Order *order, guint32 vm)
{
    gboolean frees = FALSE;
    guint32 node = order->now[vm];
    if (node == HA_SOLVE_NONE)
        return FALSE;
    carry(order, vm, node, -1);
    for (guint i = 0; i < order->n_pending && !frees; i++)
        frees =
            order->pending[i] != vm && order->at[order->pending[i]] == node && has_room(order, order->pending[i], node);
    carry(order, vm, node, 1);
    return frees;
}

/* Where @vm could make a stop: where there is most room. HA_SOLVE_NONE: nowhere. */
static guint32 stop_for(const Order *order, guint32 vm)
{
    guint32 best = HA_SOLVE_NONE;
    gint64 most = 0;
    for (guint32 node = 0; node < order->problem->n_nodes; node++) {
        const HaSolveNode *it = &order->problem->nodes[node];
        gint64 room = (gint64)it->mem_mib - order->mem[node];
        if (node == order->now[vm] || !it->takes || it->leaves || !ha_problem_allows(order->problem, vm, node) ||
            !has_room(order, vm, node) || (best != HA_SOLVE_NONE && room <= most))
            continue;
        best = node;
        most = room;
    }
    return best;
}

/* They wait for each other: the cheapest whose leaving helps makes a stop. */
static gboolean step_aside(Order *order)
{
    for (guint i = 0; i < order->n_pending; i++) {
        guint32 vm = order->pending[i];
        guint32 stop = frees_one(order, vm) ? stop_for(order, vm) : HA_SOLVE_NONE;
        if (stop == HA_SOLVE_NONE)
            continue;
        move_now(order, vm, stop);
        return TRUE;
    }
    return FALSE;
}

/* None of them can: one that is not to move at all leaves for a while, and comes back. */
static gboolean ask_bystander(Order *order)
{
    guint32 best = HA_SOLVE_NONE, stop = HA_SOLVE_NONE;
    for (guint32 vm = 0; vm < order->problem->n_vms; vm++) {
        const HaSolveVm *it = &order->problem->vms[vm];
        if (it->fixed || order->now[vm] == HA_SOLVE_NONE || order->now[vm] != order->at[vm] ||
            (best != HA_SOLVE_NONE && it->cost >= order->problem->vms[best].cost) || !frees_one(order, vm))
            continue;
        guint32 there = stop_for(order, vm);
        if (there == HA_SOLVE_NONE)
            continue;
        best = vm;
        stop = there;
    }
    if (best == HA_SOLVE_NONE)
        return FALSE;
    move_now(order, best, stop);
    order->pending[order->n_pending++] = best;
    return TRUE;
}

/* A VM that moves twice: the first move is only a stop. */
static void link_hops(const HaProblem *problem, GArray *moves)
{
    g_autofree guint32 *later = g_new(guint32, problem->n_vms + 1);
    memset(later, 0xff, (problem->n_vms + 1) * sizeof *later);
    for (guint i = moves->len; i-- > 0;) {
        HaSolveMove *move = &g_array_index(moves, HaSolveMove, i);
        move->hop = later[move->vm];
        later[move->vm] = i;
    }
}

typedef struct {
    guint64 cost;
    guint32 vm;
} Key;

static int by_cost(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->vm < y->vm ? -1 : x->vm > y->vm;
}

static void list_pending(Order *order)
{
    const HaProblem *problem = order->problem;
    g_autofree Key *keys = g_new(Key, problem->n_vms + 1);
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        if (order->at[vm] < problem->n_nodes && order->at[vm] != problem->vms[vm].node)
            keys[order->n_pending++] = (Key){problem->vms[vm].cost, vm};
    qsort(keys, order->n_pending, sizeof *keys, by_cost);
    for (guint i = 0; i < order->n_pending; i++)
        order->pending[i] = keys[i].vm;
}

static void fill(Order *order)
{
    const HaProblem *problem = order->problem;
    for (guint node = 0; node < problem->n_nodes; node++)
        order->mem[node] = (gint64)problem->nodes[node].mem_fixed_mib;
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        order->now[vm] = problem->vms[vm].node;
        carry(order, vm, order->now[vm], 1);
    }
}

gboolean ha_solve_order(const HaProblem *problem, const guint32 *at, GArray *ret_moves)
{
    Order order = {.problem = problem, .at = at, .moves = ret_moves};
    order.now = g_new(guint32, problem->n_vms + 1);
    order.pending = g_new(guint32, problem->n_vms + 1);
    order.mem = g_new0(gint64, problem->n_nodes + 1);
    order.apart_on = g_new0(guint16, (gsize)problem->n_apart * problem->n_nodes + 1);
    fill(&order);
    list_pending(&order);
    guint stops = order.n_pending;
    go_on(&order);
    while (order.n_pending && stops-- && (step_aside(&order) || ask_bystander(&order)))
        go_on(&order);
    link_hops(problem, ret_moves);
    g_free(order.now);
    g_free(order.pending);
    g_free(order.mem);
    g_free(order.apart_on);
    return order.n_pending == 0;
}
