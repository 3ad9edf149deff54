/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_schedule - where Pacemaker's scheduler wants each VM: the whole cluster at once, in the scheduler's own order.
 *
 * VMs are taken by priority, then by their score where they run, then by their scores node by node, then by name's
 * place in the configuration. Each gets the node with the highest score that has room for it; among equals the one with
 * the fewest VMs so far, then the one it runs on, then the first by name. A blocked VM keeps its node. Source:
 * Pacemaker 2.1.5, cmp_resources() and sort_node_weight(); test_contract.c asks the real one.
 */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include "tests/sim/sim_world.h"

/**
 * sim_schedule - one pass. Pure.
 * @unpinned: nullable; bools, a VM each: as if its pin were gone.
 * @ret_nodes: n_vms of them; SIM_NOBODY for nowhere.
 */
void sim_schedule(const Sim *sim, const gboolean *unpinned, guint *ret_nodes);

/** sim_schedule_possible - the same, were no start ever refused. */
void sim_schedule_possible(const Sim *sim, guint *ret_nodes);

/** sim_schedule_eligible - may anything run on @node? */
gboolean sim_schedule_eligible(const Sim *sim, guint node);
/** sim_schedule_blocked - has a failed migrate_to of @vm not been cleaned up? */
gboolean sim_schedule_blocked(const Sim *sim, const SimVm *vm);
/** sim_schedule_active_on - where the history has @vm, SIM_NOBODY. */
guint sim_schedule_active_on(const Sim *sim, const SimVm *vm);

#endif
