/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_law - the promises about groups: hactl's own moves break no hard rule, Pacemaker moves a running VM by itself
 * only for one, and stops it for none; after a loss VMs start in the order that `after` and the tiers ask for.
 *
 * Judged by the policies as their admins gave them, whatever the CIB says for Pacemaker.
 */
#ifndef SIM_LAW_H
#define SIM_LAW_H

#include "tests/sim/sim_world.h"

/** sim_law_pins - a transaction of hactl's is in the CIB. @changes: HaChange*. */
void sim_law_pins(Sim *sim, const GPtrArray *changes);
/** sim_law_park, _unpark - the leader shuts @vm down with the drain of @node, or starts it again; not yet applied. */
void sim_law_park(Sim *sim, guint vm, guint node);
void sim_law_unpark(Sim *sim, guint vm);
/** sim_law_effect - the core of @node has just decided it. */
void sim_law_effect(Sim *sim, guint node, const HaEffect *effect);
/** sim_law_start - Pacemaker begins to start @vm. */
void sim_law_start(Sim *sim, guint vm);
/** sim_law_migrate - Pacemaker begins to move @vm, which runs on @from. */
void sim_law_migrate(Sim *sim, guint vm, guint from, guint to);
/** sim_law_room_taken - have those that Pacemaker wants on @node left no room for @vm? */
gboolean sim_law_room_taken(const Sim *sim, guint vm, guint node);
/**
 * sim_law_pushed_off - is @node full with VMs that Pacemaker places before @vm, which runs there? Those of an earlier
 * tier, with affinity those of its group that are listed before it, and lost ones whose score was higher where they
 * ran: docs/states.md, "What Pacemaker does".
 */
gboolean sim_law_pushed_off(const Sim *sim, guint vm, guint node);

#endif
