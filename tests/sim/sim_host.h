/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_host - hypervisors and the resource agent's part: domains, one migration job a VM, cancel marks that outlive
 * hactld.
 *
 * A job may go on after the agent that began it was killed: then Pacemaker hears of a failure, and the VM arrives all
 * the same.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "tests/sim/sim_world.h"

/** sim_host_migrate - the agent's migrate_to; ends in sim_pacemaker_migrated(). */
void sim_host_migrate(Sim *sim, guint vm, guint from, guint to);
/** sim_host_cancel - hactld of @node was told to stop, or no longer stop, @vm's migration. */
void sim_host_cancel(Sim *sim, guint node, guint vm, gboolean on);
/**
 * sim_host_start - the agent's start: nothing to do when it runs there.
 * The guard looks whether another host runs it. It is there for what nobody could know (SimVm.unsure); that it is
 * needed in any other case is a broken promise already. Returns: FALSE when the guard refused.
 */
gboolean sim_host_start(Sim *sim, guint node, guint vm);
/** sim_host_stop - the agent's stop: this host's domain only. */
void sim_host_stop(Sim *sim, guint node, guint vm);
/** sim_host_crash - the guest's QEMU dies, if it runs anywhere and does not migrate. */
void sim_host_crash(Sim *sim, guint vm);
/** sim_host_has - does the guest exist there and may it touch its disks? */
gboolean sim_host_has(const Sim *sim, guint node, guint vm);
/** sim_host_where - Returns: the node that runs @vm, SIM_NOBODY. */
guint sim_host_where(const Sim *sim, guint vm);
/** sim_host_lost - @node has lost its memory. */
void sim_host_lost(Sim *sim, guint node);
/** sim_host_libvirt - libvirt of @node goes away (jobs fail), or comes back. */
void sim_host_libvirt(Sim *sim, guint node, gboolean up);
/** sim_host_report - what hactld of @node says. (transfer full) */
HaReport *sim_host_report(const Sim *sim, guint node, guint64 seq);

#endif
