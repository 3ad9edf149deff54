/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_solve_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- orders of each node's own VMs ---- */

typedef struct {
    gint64 major, minor;
    guint32 vm;
} Key;

static int by_key(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    if (x->major != y->major)
        return x->major < y->major ? -1 : 1;
    if (x->minor != y->minor)
        return x->minor < y->minor ? -1 : 1;
    return x->vm < y->vm ? -1 : x->vm > y->vm;
}

typedef Key (*KeyOf)(const HaSolveVm *vm, guint32 index);

static Key cost_key(const HaSolveVm *vm, guint32 index)
{
    return (Key){(gint64)vm->cost, -(gint64)vm->load, index};
}

static Key load_key(const HaSolveVm *vm, guint32 index)
{
    return (Key){-(gint64)vm->load, (gint64)vm->cost, index};
}

static Key mem_key(const HaSolveVm *vm, guint32 index)
{
    return (Key){-(gint64)vm->mem_mib, (gint64)vm->cost, index};
}

/* Cost per load: who relieves the node most cheaply. */
static Key ratio_key(const HaSolveVm *vm, guint32 index)
{
    return (Key){(gint64)((vm->cost << 20) / (vm->load / 1000 + 1)), 0, index};
}

static guint32 *sorted(const HaSolveState *state, KeyOf key_of)
{
    const HaProblem *problem = state->problem;
    guint32 *order = g_new(guint32, problem->n_vms + 1);
    g_autofree guint32 *next = g_memdup2(state->first, (state->n_nodes + 1) * sizeof *next);
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        if (!problem->vms[vm].fixed)
            order[next[state->home[vm]]++] = vm;
    g_autofree Key *keys = g_new(Key, problem->n_vms + 1);
    for (guint node = 0; node < state->n_nodes; node++) {
        guint n = state->first[node + 1] - state->first[node];
        guint32 *own = order + state->first[node];
        for (guint i = 0; i < n; i++)
            keys[i] = key_of(&problem->vms[own[i]], own[i]);
        qsort(keys, n, sizeof *keys, by_key);
        for (guint i = 0; i < n; i++)
            own[i] = keys[i].vm;
    }
    return order;
}

static void count_own(HaSolveState *state)
{
    const HaProblem *problem = state->problem;
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        if (!problem->vms[vm].fixed)
            state->first[state->home[vm] + 1]++;
    for (guint node = 0; node < state->n_nodes; node++)
        state->first[node + 1] += state->first[node];
    state->by_cost = sorted(state, cost_key);
    state->by_load = sorted(state, load_key);
    state->by_mem = sorted(state, mem_key);
    state->by_ratio = sorted(state, ratio_key);
}

/* ---- limits ---- */

static void set_limits(HaSolveState *state, guint32 target_permille)
{
    const HaProblem *problem = state->problem;
    gint64 total = 0, cores = 0;
    for (guint node = 0; node < problem->n_nodes; node++) {
        total += (gint64)problem->nodes[node].load_fixed;
        if (problem->nodes[node].takes && !problem->nodes[node].leaves)
            cores += problem->nodes[node].cores;
    }
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        total += (gint64)problem->vms[vm].load;
    for (guint node = 0; node < problem->n_nodes; node++) {
        const HaSolveNode *it = &problem->nodes[node];
        state->mem_max[node] = (gint64)it->mem_mib;
        state->load_max[node] = G_MAXINT64 / 4;
        if (target_permille && cores)
            state->load_max[node] = (gint64)((__int128)total * target_permille * it->cores / ((__int128)cores * 1000));
    }
    state->mem_max[state->n_nodes - 1] = state->load_max[state->n_nodes - 1] = G_MAXINT64 / 4;
}

/* A node that is to be emptied is over as long as anything is on it that could leave. */
static gboolean leaves(const HaSolveState *state, guint32 node)
{
    return node == state->n_nodes - 1 || state->problem->nodes[node].leaves;
}

static gboolean is_over(const HaSolveState *state, guint32 node)
{
    if (leaves(state, node))
        return state->n_on[node] > 0;
    return state->load[node] > state->load_max[node] || state->mem[node] > state->mem_max[node];
}

/* ---- what an overloaded node must shed ---- */

/* Guests of the node (VMs whose home is elsewhere) can be sent on at no cost: they are taken off first. */
static void excess(const HaSolveState *state, guint32 node, gint64 *ret_load, gint64 *ret_mem)
{
    *ret_load = state->load[node] - state->load_max[node];
    *ret_mem = state->mem[node] - state->mem_max[node];
    for (guint32 vm = state->arrivals[node]; vm != HA_SOLVE_NONE; vm = state->arrival_next[vm]) {
        *ret_load -= (gint64)state->problem->vms[vm].load;
        *ret_mem -= (gint64)state->problem->vms[vm].mem_mib;
    }
}

/* The fewest own VMs that cover the excess: the ones with the most load, or the most memory. */
static guint32 fewest(const HaSolveState *state, guint32 node, gint64 load, gint64 mem)
{
    guint32 by_load = 0, by_mem = 0;
    for (guint32 i = state->first[node]; load > 0 && i < state->first[node + 1]; i++)
        if (state->at[state->by_load[i]] == node) {
            load -= (gint64)state->problem->vms[state->by_load[i]].load;
            by_load++;
        }
    for (guint32 i = state->first[node]; mem > 0 && i < state->first[node + 1]; i++)
        if (state->at[state->by_mem[i]] == node) {
            mem -= (gint64)state->problem->vms[state->by_mem[i]].mem_mib;
            by_mem++;
        }
    return MAX(by_load, by_mem);
}

/* The least cost that covers the excess in load: whole VMs by cost per load, the last one in part. */
static gint64 least_cost(const HaSolveState *state, guint32 node, gint64 load)
{
    gint64 cost = 0;
    for (guint32 i = state->first[node]; load > 0 && i < state->first[node + 1]; i++) {
        guint32 vm = state->by_ratio[i];
        const HaSolveVm *it = &state->problem->vms[vm];
        if (state->at[vm] != node)
            continue;
        if ((gint64)it->load > load)
            return cost + (gint64)((__int128)it->cost * load / (gint64)it->load);
        cost += (gint64)it->cost;
        load -= (gint64)it->load;
    }
    return cost;
}

/* The cheapest @n of its own. */
static gint64 cheapest(const HaSolveState *state, guint32 node, guint32 n)
{
    gint64 cost = 0;
    for (guint32 i = state->first[node]; n && i < state->first[node + 1]; i++) {
        guint32 vm = state->by_cost[i];
        if (state->at[vm] != node)
            continue;
        cost += (gint64)state->problem->vms[vm].cost;
        n--;
    }
    return cost;
}

static void judge(HaSolveState *state, guint32 node)
{
    guint32 need = 0;
    gint64 cost = 0;
    gboolean over = is_over(state, node);
    if (over && leaves(state, node)) {
        for (guint32 i = state->first[node]; i < state->first[node + 1]; i++)
            if (state->at[state->by_cost[i]] == node) {
                need++;
                cost += (gint64)state->problem->vms[state->by_cost[i]].cost;
            }
    } else if (over) {
        gint64 load, mem;
        excess(state, node, &load, &mem);
        need = fewest(state, node, load, mem);
        cost = MAX(MAX(least_cost(state, node, load), cheapest(state, node, need)), mem);
    }
    gboolean counts = !state->ignored[node];
    if (counts) {
        state->sum_need += need - state->need[node];
        state->sum_need_cost += cost - state->need_cost[node];
    }
    state->need[node] = need;
    state->need_cost[node] = cost;
    if ((over && counts) == ha_solve_state_over(state, node))
        return;
    if (over && counts) {
        state->over_index[node] = state->n_over;
        state->over[state->n_over++] = node;
    } else {
        guint32 last = state->over[--state->n_over];
        state->over[state->over_index[node]] = last;
        state->over_index[last] = state->over_index[node];
        state->over_index[node] = HA_SOLVE_NONE;
    }
}

void ha_solve_state_ignore(HaSolveState *state, guint32 node, gboolean ignored)
{
    if (state->ignored[node] == ignored)
        return;
    gint sign = ignored ? -1 : 1;
    state->sum_need += (guint32)(sign * (gint)state->need[node]);
    state->sum_need_cost += sign * state->need_cost[node];
    state->ignored[node] = ignored;
    judge(state, node);
}

/* ---- moves ---- */

static void guest_out(HaSolveState *state, guint32 vm)
{
    guint32 node = state->at[vm], next = state->arrival_next[vm], prev = state->arrival_prev[vm];
    if (prev == HA_SOLVE_NONE)
        state->arrivals[node] = next;
    else
        state->arrival_next[prev] = next;
    if (next != HA_SOLVE_NONE)
        state->arrival_prev[next] = prev;
    guint32 last = state->moved[--state->n_moved];
    state->moved[state->moved_index[vm]] = last;
    state->moved_index[last] = state->moved_index[vm];
    state->moved_index[vm] = HA_SOLVE_NONE;
    state->cost -= (gint64)state->problem->vms[vm].cost;
}

static void guest_in(HaSolveState *state, guint32 vm, guint32 node)
{
    state->arrival_next[vm] = state->arrivals[node];
    state->arrival_prev[vm] = HA_SOLVE_NONE;
    if (state->arrivals[node] != HA_SOLVE_NONE)
        state->arrival_prev[state->arrivals[node]] = vm;
    state->arrivals[node] = vm;
    state->moved_index[vm] = state->n_moved;
    state->moved[state->n_moved++] = vm;
    state->cost += (gint64)state->problem->vms[vm].cost;
}

static void carry(HaSolveState *state, guint32 vm, guint32 node, gint sign)
{
    const HaSolveVm *it = &state->problem->vms[vm];
    state->load[node] += sign * (gint64)it->load;
    state->mem[node] += sign * (gint64)it->mem_mib;
    state->n_on[node] += (guint32)sign;
    if (it->apart != HA_SOLVE_NONE)
        state->apart_on[(gsize)it->apart * state->n_nodes + node] += (guint16)sign;
}

void ha_solve_state_put(HaSolveState *state, guint32 vm, guint32 node)
{
    guint32 from = state->at[vm];
    state->steps++;
    if (from == node)
        return;
    carry(state, vm, from, -1);
    carry(state, vm, node, 1);
    if (from != state->home[vm])
        guest_out(state, vm);
    state->at[vm] = node;
    if (node != state->home[vm])
        guest_in(state, vm, node);
    judge(state, from);
    judge(state, node);
}

/* ---- life ---- */

static void fill_nodes(HaSolveState *state)
{
    const HaProblem *problem = state->problem;
    for (guint node = 0; node < state->n_nodes; node++) {
        state->arrivals[node] = state->over_index[node] = HA_SOLVE_NONE;
        if (node == problem->n_nodes)
            continue;
        state->load[node] = (gint64)problem->nodes[node].load_fixed;
        state->mem[node] = (gint64)problem->nodes[node].mem_fixed_mib;
    }
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        state->home[vm] = problem->vms[vm].node == HA_SOLVE_NONE ? problem->n_nodes : problem->vms[vm].node;
        state->at[vm] = state->home[vm];
        state->moved_index[vm] = HA_SOLVE_NONE;
        carry(state, vm, state->home[vm], 1);
        if (problem->vms[vm].fixed) /* it is there, and can't leave */
            state->n_on[state->home[vm]]--;
    }
}

HaSolveState *ha_solve_state_new(const HaProblem *problem, guint32 target_permille)
{
    HaSolveState *state = g_new0(HaSolveState, 1);
    guint n = problem->n_nodes + 1, vms = problem->n_vms + 1;
    state->problem = problem;
    state->n_nodes = n;
    state->home = g_new0(guint32, vms);
    state->at = g_new0(guint32, vms);
    state->arrival_next = g_new0(guint32, vms);
    state->arrival_prev = g_new0(guint32, vms);
    state->moved_index = g_new0(guint32, vms);
    state->held = g_new0(gboolean, vms);
    state->moved = g_new0(guint32, vms);
    state->load = g_new0(gint64, n);
    state->mem = g_new0(gint64, n);
    state->load_max = g_new0(gint64, n);
    state->mem_max = g_new0(gint64, n);
    state->n_on = g_new0(guint32, n);
    state->arrivals = g_new0(guint32, n);
    state->need = g_new0(guint32, n);
    state->need_cost = g_new0(gint64, n);
    state->over_index = g_new0(guint32, n);
    state->over = g_new0(guint32, n);
    state->ignored = g_new0(gboolean, n);
    state->first = g_new0(guint32, n + 1);
    state->apart_on = g_new0(guint16, (gsize)problem->n_apart * n + 1);
    fill_nodes(state);
    count_own(state);
    set_limits(state, target_permille);
    for (guint32 node = 0; node < n; node++)
        judge(state, node);
    return state;
}

void ha_solve_state_free(HaSolveState *state)
{
    g_free(state->home);
    g_free(state->at);
    g_free(state->arrival_next);
    g_free(state->arrival_prev);
    g_free(state->moved_index);
    g_free(state->held);
    g_free(state->moved);
    g_free(state->load);
    g_free(state->mem);
    g_free(state->load_max);
    g_free(state->mem_max);
    g_free(state->n_on);
    g_free(state->arrivals);
    g_free(state->need);
    g_free(state->need_cost);
    g_free(state->over_index);
    g_free(state->over);
    g_free(state->ignored);
    g_free(state->first);
    g_free(state->by_cost);
    g_free(state->by_load);
    g_free(state->by_mem);
    g_free(state->by_ratio);
    g_free(state->apart_on);
    g_free(state);
}
