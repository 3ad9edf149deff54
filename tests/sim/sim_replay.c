/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_replay.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define MIGRATING_LOSS 0.1 /* of what a VM asks for while it migrates */
#define FULL 0.8           /* how full hosts may be when others are to be off */
#define AIM 0.5            /* how full a cluster is built */

typedef struct {
    const SimTraces *traces;
    const SimReplayCluster *cluster;
    guint n_vms;
    guint *at;                                    /* a host for each VM */
    gdouble *load;                                /* of each VM, cores */
    gdouble *hosts;                               /* of each host, cores */
    guint *n_on;                                  /* VMs on each host */
    gdouble asked, lost_overload, lost_migration; /* core seconds */
    gdouble full_steps, spread_sum, spare_sum;
    SimReplayResult result;
} Replay;

static guint per_host(const SimReplayCluster *cluster)
{
    return (guint)(cluster->mem_mib / cluster->vm_mem_mib);
}

guint sim_replay_hosts(const SimTraces *traces, const SimReplayCluster *cluster)
{
    gdouble sum = 0;
    for (guint i = 0; i < traces->names->len; i++)
        for (guint step = 0; step < traces->n_steps; step++)
            sum += sim_traces_at(traces, i, step) / 100 * cluster->scale;
    guint for_load = (guint)ceil(sum / MAX(traces->n_steps, 1) / (AIM * cluster->cores));
    guint for_memory = per_host(cluster) ? (traces->names->len + per_host(cluster) - 1) / per_host(cluster) : 1;
    return MAX(MAX(for_load, for_memory), 2);
}

static void spread_evenly(Replay *replay)
{
    for (guint i = 0; i < replay->n_vms; i++) {
        replay->at[i] = i % replay->cluster->hosts;
        replay->n_on[replay->at[i]]++;
    }
}

static SimPolicyView view_of(const Replay *replay, guint step)
{
    return (SimPolicyView){
        .step = step,
        .n_hosts = replay->cluster->hosts,
        .n_vms = replay->n_vms,
        .cores = replay->cluster->cores,
        .mem_mib = replay->cluster->mem_mib,
        .vm_mem_mib = replay->cluster->vm_mem_mib,
        .at = replay->at,
        .load = replay->load,
    };
}

/* ---- one step ---- */

static gdouble spare_hosts(const Replay *replay, gdouble load)
{
    const SimReplayCluster *cluster = replay->cluster;
    gdouble for_load = ceil(load / (FULL * cluster->cores));
    gdouble for_memory = ceil((gdouble)replay->n_vms / per_host(cluster));
    return MAX(cluster->hosts - MAX(MAX(for_load, for_memory), 1), 0);
}

static void measure(Replay *replay)
{
    const SimReplayCluster *cluster = replay->cluster;
    gdouble sum = 0, squares = 0;
    for (guint i = 0; i < cluster->hosts; i++) {
        gdouble full = replay->hosts[i] / cluster->cores;
        sum += full;
        squares += full * full;
        replay->full_steps += full >= 1;
        replay->lost_overload += MAX(replay->hosts[i] - cluster->cores, 0) * SIM_TRACE_STEP_S;
    }
    gdouble mean = sum / cluster->hosts;
    replay->spread_sum += sqrt(MAX(squares / cluster->hosts - mean * mean, 0));
    replay->asked += sum * cluster->cores * SIM_TRACE_STEP_S;
    replay->spare_sum += spare_hosts(replay, sum * cluster->cores);
}

static void carry_load(Replay *replay, guint step)
{
    for (guint i = 0; i < replay->n_vms; i++)
        replay->load[i] = sim_traces_at(replay->traces, i, step) / 100 * replay->cluster->scale;
    SimPolicyView view = view_of(replay, step);
    sim_policy_host_load(&view, replay->hosts);
}

static void make_move(Replay *replay, SimPolicyMove move)
{
    const SimReplayCluster *cluster = replay->cluster;
    g_assert(move.vm < replay->n_vms && move.to < cluster->hosts);
    if (move.to == replay->at[move.vm])
        return;
    if (replay->n_on[move.to] >= per_host(cluster)) {
        replay->result.moves_refused++;
        return;
    }
    replay->n_on[replay->at[move.vm]]--;
    replay->n_on[move.to]++;
    replay->at[move.vm] = move.to;
    replay->result.moves++;
    replay->result.moved_gib += (gdouble)cluster->vm_mem_mib / 1024;
    replay->lost_migration +=
        replay->load[move.vm] * MIGRATING_LOSS * (gdouble)cluster->vm_mem_mib / cluster->mib_per_s;
}

static void ask_policy(Replay *replay, const SimPolicy *policy, gpointer state, guint step)
{
    g_autoptr(GArray) moves = g_array_new(FALSE, FALSE, sizeof(SimPolicyMove));
    SimPolicyView view = view_of(replay, step);
    clock_t begun = clock();
    policy->step(state, &view, moves);
    replay->result.policy_s += (gdouble)(clock() - begun) / CLOCKS_PER_SEC;
    for (guint i = 0; i < moves->len; i++)
        make_move(replay, g_array_index(moves, SimPolicyMove, i));
}

/* ---- all of them ---- */

static void conclude(Replay *replay)
{
    gdouble steps = MAX(replay->traces->n_steps, 1), asked = replay->asked > 0 ? replay->asked : 1;
    replay->result.overload_share = replay->full_steps / (steps * replay->cluster->hosts);
    replay->result.lost_overload_share = replay->lost_overload / asked;
    replay->result.lost_migration_share = replay->lost_migration / asked;
    replay->result.spread = replay->spread_sum / steps;
    replay->result.hosts_spare = replay->spare_sum / steps;
}

gboolean sim_replay_run(
    const SimTraces *traces, const SimReplayCluster *cluster, const SimPolicy *policy, SimReplayResult *ret_result)
{
    guint n = traces->names->len;
    if ((guint64)per_host(cluster) * cluster->hosts < n)
        return FALSE;
    Replay replay = {.traces = traces, .cluster = cluster, .n_vms = n};
    g_autofree guint *at = replay.at = g_new0(guint, n);
    g_autofree gdouble *load = replay.load = g_new0(gdouble, n);
    g_autofree gdouble *hosts = replay.hosts = g_new0(gdouble, cluster->hosts);
    g_autofree guint *n_on = replay.n_on = g_new0(guint, cluster->hosts);
    spread_evenly(&replay);
    SimPolicySetup setup = {.n_hosts = cluster->hosts, .n_vms = n, .level = cluster->level};
    gpointer state = policy->begin(&setup);
    for (guint step = 0; step < traces->n_steps; step++) {
        carry_load(&replay, step);
        measure(&replay);
        ask_policy(&replay, policy, state, step);
    }
    policy->end(state);
    conclude(&replay);
    *ret_result = replay.result;
    return TRUE;
}
