/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_check - the promises of docs/architecture.md as checks: after every event (never two, limits, bounds), at every
 * effect (quorum, notes, answers), and at rest (nothing left over, every drain at a named end, every move with a
 * beginning and one end).
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "tests/sim/sim_world.h"

SimCheck *sim_check_new(void);
void sim_check_free(SimCheck *check);

/** sim_check_step - after every event. */
void sim_check_step(Sim *sim);
/** sim_check_effect - @quorate: what @node's core was last told. */
void sim_check_effect(Sim *sim, guint node, gboolean quorate, const HaEffect *effect);
/** sim_check_note - @node's core said it, and a quorate member heard it. */
void sim_check_note(Sim *sim, guint node, const HaNote *note);
/** sim_check_changes - a transaction is in the CIB. @changes: HaChange*. */
void sim_check_changes(Sim *sim, const GPtrArray *changes);
/** sim_check_standby - hactl has just set standby on @node. */
void sim_check_standby(Sim *sim, guint node);

/** sim_check_expect - from now on moves must be those of @plan, wave by wave. @plan: (transfer full), NULL ends it. */
void sim_check_expect(Sim *sim, HaPlan *plan);
/** sim_check_plan_done - were they all? */
void sim_check_plan_done(Sim *sim);

/** sim_check_unsettled - what is not at rest yet. Returns: (transfer full) NULL when everything is. @ret_class: its
 * class. */
char *sim_check_unsettled(Sim *sim, SimClass *ret_class);
/** sim_check_homes - is every VM where it was, and no home left over? @home: the node of each VM. */
void sim_check_homes(Sim *sim, const guint *home);
/** sim_check_ends - at rest: is every end the one that was promised? */
void sim_check_ends(Sim *sim);

#endif
