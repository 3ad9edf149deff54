/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_policy.h"

#include <string.h>

#include "agent/core/plan/ha_balance.h"
#include "tests/sim/sim_traces.h"

#define FULL 0.8         /* of a host's cores: above it the script looks for something better */
#define REST_STEPS 6u    /* a VM that it moved stays for half an hour */
#define MOVES_AT_ONCE 2u /* away from one host, in five minutes */
#define MICRO 1000000.0

void sim_policy_host_load(const SimPolicyView *view, gdouble *ret_load)
{
    memset(ret_load, 0, view->n_hosts * sizeof *ret_load);
    for (guint i = 0; i < view->n_vms; i++)
        ret_load[view->at[i]] += view->load[i];
}

/* ---- never ---- */

static gpointer never_begin(const SimPolicySetup *setup)
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

static gpointer threshold_begin(const SimPolicySetup *setup)
{
    Threshold *threshold = g_new0(Threshold, 1);
    threshold->moved_at = g_new0(guint, setup->n_vms);
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

/* ---- planner: hactl's own decision, as the leader takes it ---- */

typedef struct {
    guint level;
    HaBalanceState state;
    gint64 *moved_s; /* when each VM was moved last; 0 never */
} Planner;

static gpointer planner_begin(const SimPolicySetup *setup)
{
    Planner *planner = g_new0(Planner, 1);
    planner->level = setup->level;
    planner->moved_s = g_new0(gint64, setup->n_vms);
    return planner;
}

static void planner_end(gpointer state)
{
    Planner *planner = state;
    g_free(planner->moved_s);
    g_free(planner);
}

static HaProblem *problem_of(const Planner *planner, const SimPolicyView *view, gint64 now_s)
{
    HaProblem *problem = ha_problem_new(view->n_hosts, view->n_vms);
    for (guint i = 0; i < view->n_hosts; i++) {
        problem->nodes[i].mem_mib = view->mem_mib;
        problem->nodes[i].cores = view->cores;
    }
    for (guint i = 0; i < view->n_vms; i++) {
        HaSolveVm *vm = &problem->vms[i];
        gint64 moved_s = planner->moved_s[i];
        vm->mem_mib = vm->cost = view->vm_mem_mib;
        vm->load = (guint64)(view->load[i] * MICRO);
        vm->vcpus = 1;
        vm->node = view->at[i];
        vm->fixed = moved_s && now_s - moved_s < ha_balance_level(planner->level)->cooldown_s;
    }
    return problem;
}

static void planner_step(gpointer state, const SimPolicyView *view, GArray *moves)
{
    Planner *planner = state;
    gint64 now_s = (gint64)(view->step + 1) * SIM_TRACE_STEP_S;
    g_autoptr(HaProblem) problem = problem_of(planner, view, now_s);
    g_auto(HaBalanceDecision) decision = ha_balance_decide(problem, planner->level, NULL, &planner->state, now_s);
    if (decision.verdict != HA_BALANCE_MOVES)
        return;
    for (guint i = 0; i < decision.solution->moves->len; i++) {
        const HaSolveMove *planned = &g_array_index(decision.solution->moves, HaSolveMove, i);
        SimPolicyMove move = {planned->vm, planned->to};
        g_array_append_val(moves, move);
        planner->moved_s[planned->vm] = now_s;
    }
}

/* ---- the table ---- */

const SimPolicy *sim_policies(guint *ret_n)
{
    static const SimPolicy table[] = {
        {"never", "nothing is ever moved", never_begin, never_step, g_free},
        {"threshold", "from a host above 80 % its busiest VMs to the idlest host", threshold_begin, threshold_step,
            threshold_end},
        {"planner", "hactl's own balancing, at the level given", planner_begin, planner_step, planner_end},
    };
    *ret_n = G_N_ELEMENTS(table);
    return table;
}
