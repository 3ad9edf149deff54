/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_groups - a seed's groups: policies of every kind, VMs that lie as their hard rules ask, and what its admins ask
 * of them later. Drawn by a generator of its own, so that a seed without groups stays what it was.
 */
#ifndef SIM_GROUPS_H
#define SIM_GROUPS_H

#include "tests/sim/sim_world.h"

/** sim_groups_draw - before the start, when all VMs were added, and before the hosts' memory is drawn. */
void sim_groups_draw(Sim *sim);
/** sim_groups_set - "KEY=VALUE", as hactl group set takes it. Returns: FALSE when it makes no sense. */
gboolean sim_groups_set(HaGroup *policy, const char *setting);
/** sim_groups_plan - changes of groups, guests that crash, and load to be balanced, until @until_ms. */
void sim_groups_plan(Sim *sim, gint64 until_ms);

#endif
