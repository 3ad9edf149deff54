/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_schedule - where Pacemaker's scheduler wants each VM: the whole cluster at once, in the scheduler's own order.
 *
 * VMs are taken by priority, then by their score where they run, then by their scores node by node (those that may run
 * something first), then as the configuration has them. Each gets the node with the highest score that may run it and
 * has room; among equals the one with the fewest VMs so far, then the one it runs on, then the first by name. A blocked
 * VM is left alone, and counted on the host that it was to go to: for all Pacemaker knows it is on both. Source:
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

/** sim_schedule_order - whose turn it is. @ret_places: n_vms of them, each VM's place in that order. Pure. */
void sim_schedule_order(const Sim *sim, guint *ret_places);

/* What Pacemaker would do next with one VM. */
typedef enum {
    SIM_NEXT_NOTHING,
    SIM_NEXT_START,   /* to */
    SIM_NEXT_STOP,    /* from: nowhere may it run */
    SIM_NEXT_MIGRATE, /* from, to */
    SIM_NEXT_MOVE,    /* stopped on from, started on to */
    SIM_NEXT_GO_ON,   /* the second half of a migration */
    SIM_NEXT_RESTART, /* half-way to a target that is no longer wanted: stopped on both sides, started on to */
    SIM_NEXT_FENCING, /* first from is fenced; then started on to, if that is anywhere */
} SimNextKind;

typedef struct {
    SimNextKind kind;
    guint from, to;
} SimNext;

/** sim_schedule_next - @chosen: where sim_schedule() wants @vm. Pure. */
SimNext sim_schedule_next(const Sim *sim, const SimVm *vm, guint chosen);

/** sim_schedule_eligible - may anything run on @node? */
gboolean sim_schedule_eligible(const Sim *sim, guint node);
/** sim_schedule_barred - has @vm failed on @node as often as its group lets it (migration-threshold)? */
gboolean sim_schedule_barred(const Sim *sim, const SimVm *vm, guint node);
/** sim_schedule_blocked - has a failed migrate_to of @vm not been cleaned up? */
gboolean sim_schedule_blocked(const Sim *sim, const SimVm *vm);
/** sim_schedule_active_on - where the history has @vm, SIM_NOBODY. */
guint sim_schedule_active_on(const Sim *sim, const SimVm *vm);

#endif
