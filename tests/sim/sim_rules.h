/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_rules - the CIB's groups: policies as hactl's cores read them, and beside each what Pacemaker was told of it, as
 * io_cib_group.c and io_cib_rules.c write it. That both stay the same is the contract's business (test_contract.c).
 */
#ifndef SIM_RULES_H
#define SIM_RULES_H

#include "tests/sim/sim_world.h"

#define SIM_INFINITY 1000000 /* Pacemaker's */

/** sim_rules_init - the group "default". */
void sim_rules_init(Sim *sim);
void sim_rules_clear(Sim *sim);

/** sim_rules_set - @policy: copied; made, or changed in place. */
void sim_rules_set(Sim *sim, const HaGroup *policy);
/** sim_rules_find - Returns: borrowed; NULL when there is none, or @name is NULL. */
SimGroup *sim_rules_find(const Sim *sim, const char *name);
/** sim_rules_delete - it has no VMs. */
void sim_rules_delete(Sim *sim, const char *group);
/** sim_rules_join - @vm is in @group from now on. */
void sim_rules_join(Sim *sim, guint vm, const char *group);

/** sim_rules_hard - is this a rule of @group that a running VM may be moved for, by Pacemaker itself? */
gboolean sim_rules_hard(const SimGroup *group);

#endif
