/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spreading: sweeps over all VMs, each to the node where it does most good, then exchanges of two, then home again
 * whoever is as good there. The score's square roots are taken at their tangent: they are concave, so what lessens the
 * tangent lessens the score.
 */
#include "agent/core/plan/ha_solve_private.h"

#include <math.h>
#include <string.h>

#define DIMS 3u
#define SWEEPS_MAX 40u
#define PAIRS_MAX 40000000u /* exchanges looked at */
#define GAIN_MIN 2e-3       /* of the score */

typedef struct {
    double d[DIMS];
} Vec;

typedef struct {
    const HaProblem *problem;
    guint n; /* nodes that count */
    guint32 *at;
    Vec weight;     /* of each deviation */
    Vec mean, sum2; /* sum2: of squared differences from the mean */
    Vec slope;      /* of the score, by sum2 */
    Vec *on;        /* [node] */
    Vec *of;        /* [vm], memory and vcpus in absolute terms */
    Vec *per;       /* [node] what one unit weighs there */
    gint64 *mem;
    guint16 *apart_on;
    gboolean *counts;
} Spread;

static void account(Spread *spread, guint32 vm, guint32 node, double sign)
{
    const HaSolveVm *it = &spread->problem->vms[vm];
    for (guint d = 0; d < DIMS; d++) {
        double was = spread->on[node].d[d] - spread->mean.d[d];
        spread->on[node].d[d] += sign * spread->of[vm].d[d] * spread->per[node].d[d];
        double is = spread->on[node].d[d] - spread->mean.d[d];
        if (spread->counts[node])
            spread->sum2.d[d] += is * is - was * was;
    }
    spread->mem[node] += (sign > 0 ? 1 : -1) * (gint64)it->mem_mib;
    if (it->apart != HA_SOLVE_NONE)
        spread->apart_on[(gsize)it->apart * spread->problem->n_nodes + node] += (guint16)(sign > 0 ? 1 : -1);
}

static void set_slopes(Spread *spread)
{
    for (guint d = 0; d < DIMS; d++)
        spread->slope.d[d] =
            spread->n ? spread->weight.d[d] / (2 * spread->n * sqrt(MAX(spread->sum2.d[d] / spread->n, 1e-12))) : 0;
}

static double score(const Spread *spread)
{
    double sum = 0;
    for (guint d = 0; d < DIMS; d++)
        sum += spread->n ? spread->weight.d[d] * sqrt(MAX(spread->sum2.d[d], 0) / spread->n) : 0;
    return sum;
}

/* Means over the nodes that count; they do not change with the assignment where nodes are alike, and barely where not.
 */
static void set_means(Spread *spread)
{
    memset(&spread->mean, 0, sizeof spread->mean);
    memset(&spread->sum2, 0, sizeof spread->sum2);
    for (guint32 node = 0; node < spread->problem->n_nodes; node++)
        for (guint d = 0; d < DIMS && spread->counts[node]; d++)
            spread->mean.d[d] += spread->on[node].d[d] / spread->n;
    for (guint32 node = 0; node < spread->problem->n_nodes; node++)
        for (guint d = 0; d < DIMS && spread->counts[node]; d++) {
            double off = spread->on[node].d[d] - spread->mean.d[d];
            spread->sum2.d[d] += off * off;
        }
    set_slopes(spread);
}

static void fill(Spread *spread, const HaProblem *problem, const HaSpreadWeights *weights, const guint32 *at)
{
    *spread = (Spread){.problem = problem, .at = g_memdup2(at, (problem->n_vms + 1) * sizeof *at)};
    spread->weight = (Vec){{weights->mem / 1000.0, weights->vcpus / 1000.0, weights->load / 1000.0}};
    spread->on = g_new0(Vec, problem->n_nodes + 1);
    spread->per = g_new0(Vec, problem->n_nodes + 1);
    spread->of = g_new0(Vec, problem->n_vms + 1);
    spread->mem = g_new0(gint64, problem->n_nodes + 1);
    spread->counts = g_new0(gboolean, problem->n_nodes + 1);
    spread->apart_on = g_new0(guint16, (gsize)problem->n_apart * problem->n_nodes + 1);
    for (guint32 node = 0; node < problem->n_nodes; node++) {
        const HaSolveNode *it = &problem->nodes[node];
        spread->counts[node] = it->takes && !it->leaves;
        spread->n += (guint)spread->counts[node];
        spread->per[node] = (Vec){{1.0 / (double)MAX(it->mem_mib, 1), 1.0 / MAX(it->cores, 1), 1e-6}};
        spread->mem[node] = (gint64)it->mem_fixed_mib;
        spread->on[node] = (Vec){{(double)it->mem_fixed_mib / (double)MAX(it->mem_mib, 1),
            (double)it->vcpus_fixed / MAX(it->cores, 1), (double)it->load_fixed * 1e-6}};
    }
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        const HaSolveVm *it = &problem->vms[vm];
        spread->of[vm] = (Vec){{(double)it->mem_mib, it->vcpus, (double)it->load}};
        if (at[vm] < problem->n_nodes)
            account(spread, vm, at[vm], 1);
    }
    set_means(spread);
}

static void clear(Spread *spread)
{
    g_free(spread->at);
    g_free(spread->on);
    g_free(spread->per);
    g_free(spread->of);
    g_free(spread->mem);
    g_free(spread->counts);
    g_free(spread->apart_on);
}

double ha_solve_score(const HaProblem *problem, const HaSpreadWeights *weights, const guint32 *at)
{
    Spread spread;
    fill(&spread, problem, weights, at);
    double result = score(&spread);
    clear(&spread);
    return result;
}

/* ---- moves ---- */

static gboolean may(const Spread *spread, guint32 vm, guint32 node)
{
    const HaSolveVm *it = &spread->problem->vms[vm];
    return spread->counts[node] && ha_problem_allows(spread->problem, vm, node) &&
           (it->apart == HA_SOLVE_NONE || !spread->apart_on[(gsize)it->apart * spread->problem->n_nodes + node]);
}

/* By how much the tangent of the score changes when @gives comes to @node and @takes leaves it (either may be nothing).
 */
static inline double change(const Spread *spread, guint32 node, const Vec *comes, const Vec *leaves)
{
    double sum = 0;
    for (guint d = 0; d < DIMS; d++) {
        double w = (comes->d[d] - leaves->d[d]) * spread->per[node].d[d];
        sum += spread->slope.d[d] * w * (2 * (spread->on[node].d[d] - spread->mean.d[d]) + w);
    }
    return sum;
}

static void move_to(Spread *spread, guint32 vm, guint32 node)
{
    account(spread, vm, spread->at[vm], -1);
    account(spread, vm, node, 1);
    spread->at[vm] = node;
}

static gboolean movable(const Spread *spread, guint32 vm)
{
    return !spread->problem->vms[vm].fixed && spread->at[vm] < spread->problem->n_nodes &&
           spread->counts[spread->at[vm]];
}

static const Vec nothing;

static gboolean sweep(Spread *spread)
{
    gboolean better = FALSE;
    for (guint32 vm = 0; vm < spread->problem->n_vms; vm++) {
        if (!movable(spread, vm))
            continue;
        guint32 from = spread->at[vm], best = from;
        double leaving = change(spread, from, &nothing, &spread->of[vm]), best_change = -GAIN_MIN;
        for (guint32 to = 0; to < spread->problem->n_nodes; to++) {
            if (to == from || !spread->counts[to] ||
                spread->mem[to] + (gint64)spread->problem->vms[vm].mem_mib > (gint64)spread->problem->nodes[to].mem_mib)
                continue;
            double all = leaving + change(spread, to, &spread->of[vm], &nothing);
            if (all < best_change && may(spread, vm, to)) {
                best_change = all;
                best = to;
            }
        }
        if (best == from)
            continue;
        move_to(spread, vm, best);
        set_slopes(spread);
        better = TRUE;
    }
    return better;
}

static gboolean can_swap(Spread *spread, guint32 a, guint32 b)
{
    const HaProblem *problem = spread->problem;
    guint32 x = spread->at[a], y = spread->at[b];
    gint64 more = (gint64)problem->vms[b].mem_mib - (gint64)problem->vms[a].mem_mib;
    if (spread->mem[x] + more > (gint64)problem->nodes[x].mem_mib ||
        spread->mem[y] - more > (gint64)problem->nodes[y].mem_mib)
        return FALSE;
    account(spread, a, x, -1);
    account(spread, b, y, -1);
    gboolean ok = may(spread, a, y) && may(spread, b, x);
    account(spread, a, x, 1);
    account(spread, b, y, 1);
    return ok;
}

static gboolean swap_sweep(Spread *spread, guint64 *pairs)
{
    gboolean better = FALSE;
    for (guint32 a = 0; a < spread->problem->n_vms; a++)
        for (guint32 b = a + 1; b < spread->problem->n_vms && movable(spread, a); b++) {
            guint32 x = spread->at[a], y = spread->at[b];
            if (x == y || !movable(spread, b))
                continue;
            if (++*pairs > PAIRS_MAX)
                return FALSE;
            if (change(spread, x, &spread->of[b], &spread->of[a]) + change(spread, y, &spread->of[a], &spread->of[b]) >=
                    -GAIN_MIN ||
                !can_swap(spread, a, b))
                continue;
            move_to(spread, a, y);
            move_to(spread, b, x);
            set_slopes(spread);
            better = TRUE;
        }
    return better;
}

/* A full cluster whose every move waits for another is left as it was. */
HaSolution *ha_solve_spread(const HaProblem *problem, const HaSpreadWeights *weights)
{
    HaSolveState *state = ha_solve_state_new(problem, 0);
    guint64 pairs = 0;
    Spread spread;
    state->steps_max = 1000000;
    ha_solve_search(state, G_MAXUINT32, G_MAXINT64); /* the first that empties the nodes that leave */
    fill(&spread, problem, weights, state->at);
    gboolean better = TRUE;
    for (guint i = 0; better && i < SWEEPS_MAX; i++) {
        while (sweep(&spread) && i++ < SWEEPS_MAX)
            ;
        better = swap_sweep(&spread, &pairs);
    }
    HaSolution *solution = ha_solution_from(problem, spread.at);
    solution->reached = solution->reached && !state->n_over;
    solution->steps = pairs;
    clear(&spread);
    ha_solve_state_free(state);
    return solution;
}
