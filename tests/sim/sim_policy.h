/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_policy - who decides in a replay: loads in, moves out, every five minutes. */
#ifndef SIM_POLICY_H
#define SIM_POLICY_H

#include <glib.h>

/* What a policy sees. All hosts are alike. Borrowed. */
typedef struct {
    guint step, n_hosts, n_vms;
    guint cores;
    guint64 mem_mib, vm_mem_mib; /* of a host, of a VM */
    const guint *at;             /* a host for each VM */
    const gdouble *load;         /* cores each VM asked for in the last five minutes */
} SimPolicyView;

typedef struct {
    guint vm, to;
} SimPolicyMove;

typedef struct {
    guint n_hosts, n_vms;
    guint level; /* of ha_balance_level(): how eager hactl's own policy is */
} SimPolicySetup;

typedef struct {
    const char *word, *summary;
    gpointer (*begin)(const SimPolicySetup *setup);
    /* step - @moves: SimPolicyMove, in order of execution; one that finds no room is not made. */
    void (*step)(gpointer state, const SimPolicyView *view, GArray *moves);
    void (*end)(gpointer state);
} SimPolicy;

/** sim_policies - all there are. @ret_n: how many. Static. */
const SimPolicy *sim_policies(guint *ret_n);

/** sim_policy_host_load - cores asked for on each host. @ret_load: n_hosts of them. */
void sim_policy_host_load(const SimPolicyView *view, gdouble *ret_load);

#endif
