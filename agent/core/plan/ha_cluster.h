/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_cluster - a view as a problem for the planner's engine: names become numbers, reports become loads, what forbids a
 * VM a node becomes a set of nodes.
 */
#ifndef HA_CLUSTER_H
#define HA_CLUSTER_H

#include "agent/core/plan/ha_plan.h"
#include "agent/core/plan/ha_solve.h"

typedef enum {
    HA_CLUSTER_STATIC,   /* a VM's load is its vcpus: the same at any time, for plans that are made anew half-way */
    HA_CLUSTER_MEASURED, /* what it took over five minutes, its peak included */
} HaClusterLoad;

typedef struct {
    const HaView *view; /* borrowed, with a config */
    HaProblem *problem; /* node numbers: view->config->nodes */
    GPtrArray *vms;     /* const HaConfigVm*, borrowed: a problem's VM each, ascending name */
} HaCluster;

/**
 * ha_cluster_new - the problem as it is: nobody is to leave, what can't be moved live now is fixed, and so is what a
 * hard rule keeps together. VMs that nobody knows the place of are left out; domains outside hactl, and VMs under way,
 * count as fixed memory and load.
 */
HaCluster *ha_cluster_new(const HaView *view, HaClusterLoad load);
void ha_cluster_free(HaCluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaCluster, ha_cluster_free)

/** ha_cluster_node, ha_cluster_vm - names. Borrowed. */
const char *ha_cluster_node(const HaCluster *cluster, guint32 node);
const char *ha_cluster_vm(const HaCluster *cluster, guint32 vm);
/** ha_cluster_find_node, ha_cluster_find_vm - numbers; HA_SOLVE_NONE when there is none of that name. */
guint32 ha_cluster_find_node(const HaCluster *cluster, const char *node);
guint32 ha_cluster_find_vm(const HaCluster *cluster, const char *vm);

#endif
