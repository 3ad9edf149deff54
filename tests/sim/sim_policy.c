/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_policy.h"

#include <string.h>

#include "agent/core/ha_solve.h"

#define FULL 0.8             /* of a host's cores: above it a policy looks for something better */
#define REST_STEPS 6u        /* a VM that was moved stays for half an hour */
#define MOVES_AT_ONCE 2u     /* away from one host, in five minutes */
#define LASTING_STEPS 2u     /* an imbalance has to last */
#define TARGET_PERMILLE 1200 /* of the mean */
#define MICRO 1000000.0

void sim_policy_host_load(const SimPolicyView *view, gdouble *ret_load)
{
    memset(ret_load, 0, view->n_hosts * sizeof *ret_load);
    for (guint i = 0; i < view->n_vms; i++)
        ret_load[view->at[i]] += view->load[i];
}

/* ---- never ---- */

static gpointer never_begin(guint n_hosts, guint n_vms)
{
    return NULL;
}

static void never_step(gpointer state, const SimPolicyView *view, GArray *moves)
{
}

/* ---- threshold: what a script of an admin's would do ---- */

typedef struct {
    guint *moved_at; /* 1 + the step of each VM's last move */
} Threshold;

static gpointer threshold_begin(guint n_hosts, guint n_vms)
{
    Threshold *threshold = g_new0(Threshold, 1);
    threshold->moved_at = g_new0(guint, n_vms);
    return threshold;
}

static void threshold_end(gpointer state)
{
    Threshold *threshold = state;
    g_free(threshold->moved_at);
    g_free(threshold);
}

static guint idlest(const SimPolicyView *view, const gdouble *load)
{
    guint best = 0;
    for (guint i = 1; i < view->n_hosts; i++)
        if (load[i] < load[best])
            best = i;
    return best;
}

/* Its busiest VM that has rested. Returns: G_MAXUINT when there is none. */
static guint busiest_vm(const Threshold *threshold, const SimPolicyView *view, guint host)
{
    guint best = G_MAXUINT;
    for (guint i = 0; i < view->n_vms; i++) {
        gboolean rested = !threshold->moved_at[i] || view->step >= threshold->moved_at[i] - 1 + REST_STEPS;
        if (view->at[i] == host && rested && (best == G_MAXUINT || view->load[i] > view->load[best]))
            best = i;
    }
    return best;
}

static void threshold_step(gpointer state, const SimPolicyView *view, GArray *moves)
{
    Threshold *threshold = state;
    g_autofree gdouble *load = g_new(gdouble, view->n_hosts);
    gdouble full = FULL * view->cores;
    sim_policy_host_load(view, load);
    for (guint host = 0; host < view->n_hosts; host++) {
        for (guint n = 0; n < MOVES_AT_ONCE && load[host] > full; n++) {
            guint vm = busiest_vm(threshold, view, host), to = idlest(view, load);
            if (vm == G_MAXUINT || load[to] + view->load[vm] > full)
                break;
            SimPolicyMove move = {vm, to};
            g_array_append_val(moves, move);
            threshold->moved_at[vm] = view->step + 1;
            load[host] -= view->load[vm];
            load[to] += view->load[vm];
        }
    }
}

/* ---- planner: hactl's engine, asked whenever a host has been nearly full for a while ---- */

typedef struct {
    guint lasting; /* steps */
} Planner;

static gpointer planner_begin(guint n_hosts, guint n_vms)
{
    return g_new0(Planner, 1);
}

static HaProblem *problem_of(const SimPolicyView *view)
{
    HaProblem *problem = ha_problem_new(view->n_hosts, view->n_vms);
    for (guint i = 0; i < view->n_hosts; i++) {
        problem->nodes[i].mem_mib = view->mem_mib;
        problem->nodes[i].cores = view->cores;
    }
    for (guint i = 0; i < view->n_vms; i++) {
        HaSolveVm *vm = &problem->vms[i];
        vm->mem_mib = vm->cost = view->vm_mem_mib;
        vm->load = (guint64)(view->load[i] * MICRO);
        vm->vcpus = 1;
        vm->node = view->at[i];
    }
    return problem;
}

static void planner_step(gpointer state, const SimPolicyView *view, GArray *moves)
{
    Planner *planner = state;
    g_autoptr(HaProblem) problem = problem_of(view);
    HaSolveLoad load = ha_problem_load(problem);
    gboolean worth_it = load.busiest_permille > FULL * 1000 &&
                        (guint64)load.busiest_permille * 1000 > (guint64)load.mean_permille * TARGET_PERMILLE;
    planner->lasting = worth_it ? planner->lasting + 1 : 0;
    if (planner->lasting < LASTING_STEPS)
        return;
    planner->lasting = 0;
    g_autoptr(HaSolution) solution = ha_solve_level(problem, TARGET_PERMILLE, 0);
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *planned = &g_array_index(solution->moves, HaSolveMove, i);
        SimPolicyMove move = {planned->vm, planned->to};
        g_array_append_val(moves, move);
    }
}

/* ---- the table ---- */

const SimPolicy *sim_policies(guint *ret_n)
{
    static const SimPolicy table[] = {
        {"never", "nothing is ever moved", never_begin, never_step, g_free},
        {"threshold", "from a host above 80 % its busiest VMs to the idlest host", threshold_begin, threshold_step,
            threshold_end},
        {"planner", "hactl's planner, when a host was above 80 % and 1.2 of the mean for ten minutes", planner_begin,
            planner_step, g_free},
    };
    *ret_n = G_N_ELEMENTS(table);
    return table;
}
