/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_replay - recorded load on a cluster of like hosts, under a policy, and what it cost.
 *
 * VMs begin spread by number over the hosts. In each step of five minutes the hosts carry what is asked of them, up to
 * their cores; then the policy sees the loads of that step, and its moves are in effect for the next. While a VM
 * migrates it gets a tenth less than it asks for.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "tests/sim/sim_policy.h"
#include "tests/sim/sim_traces.h"

typedef struct {
    guint hosts, cores;
    guint64 mem_mib, vm_mem_mib;
    gdouble scale;     /* the traces' loads times this */
    gdouble mib_per_s; /* of a migration */
    guint level;       /* of hactl's balancing */
} SimReplayCluster;

/* All shares are 0 to 1. */
typedef struct {
    guint64 moves, moves_refused; /* made; that found no room */
    gdouble moved_gib;
    gdouble overload_share;       /* host time at full CPU, of all host time */
    gdouble lost_overload_share;  /* work that full hosts did not do, of all that was asked for */
    gdouble lost_migration_share; /* work that migrating VMs did not do */
    gdouble spread;               /* standard deviation of the hosts' load over their cores, mean over time */
    gdouble hosts_spare;          /* hosts that could have been off, mean over time: enough are left for all memory, and
                                     to carry the load at 80 % */
    gdouble policy_s;             /* CPU time the policy took */
} SimReplayResult;

/** sim_replay_hosts - how many hosts a cluster of such hosts should have: the mean load at half their cores, and every
 * VM's memory. */
guint sim_replay_hosts(const SimTraces *traces, const SimReplayCluster *cluster);

/** sim_replay_run - Returns: FALSE when the VMs' memory does not fit at all. */
gboolean sim_replay_run(
    const SimTraces *traces, const SimReplayCluster *cluster, const SimPolicy *policy, SimReplayResult *ret_result);

#endif
