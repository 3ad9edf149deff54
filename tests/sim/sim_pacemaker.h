/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_pacemaker - the CIB and the scheduler, as far as hactl can tell them from the real ones (docs/states.md, "What
 * Pacemaker does").
 *
 * A transition's actions begin together, within migration-limit; a change of the configuration ends it: nothing new
 * begins until what is in flight has ended, and then everything is judged anew. So a target that changed while
 * migrate_to ran costs a reboot, a failed migrate_to blocks its VM until it is cleaned up, and a clean-up believes what
 * the probe finds at that moment.
 */
#ifndef SIM_PACEMAKER_H
#define SIM_PACEMAKER_H

#include "tests/sim/sim_world.h"

void sim_pacemaker_start(Sim *sim);
/** sim_pacemaker_do - a write or a tool of @node's hactld. @effect: (transfer full). Ends in sim_daemon_done(). */
void sim_pacemaker_do(Sim *sim, guint node, HaEffect *effect);
/** sim_pacemaker_migrated - migrate_to number @number of @vm ended. @failure: nullable. */
void sim_pacemaker_migrated(Sim *sim, guint vm, guint64 number, const char *failure);
/** sim_pacemaker_tell - hand @node's hactld a new picture soon. */
void sim_pacemaker_tell(Sim *sim, guint node);
/** sim_pacemaker_away - Pacemaker of @node stops talking to hactld, or talks again. */
void sim_pacemaker_away(Sim *sim, guint node, gboolean away);
/** sim_pacemaker_in_flight - is a migration of @vm under way, or half recorded? */
gboolean sim_pacemaker_in_flight(const SimVm *vm);
/** sim_pacemaker_idle - nothing runs, nothing is planned. */
gboolean sim_pacemaker_idle(const Sim *sim);
/** sim_pacemaker_standby - an admin sets or ends standby by hand, whatever moves. */
void sim_pacemaker_standby(Sim *sim, guint node, gboolean on);
/** sim_pacemaker_look_again - something happened: the transition ends, and everything is judged anew. */
void sim_pacemaker_look_again(Sim *sim);
/** sim_pacemaker_changed - somebody wrote the configuration by hand. */
void sim_pacemaker_changed(Sim *sim);

#endif
