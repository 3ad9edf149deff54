/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_rest - what must be true once everything is healed and at rest: nothing left over, every VM running that can,
 * every drain at a named end, every move with a beginning and one end. And that it gets there.
 */
#ifndef SIM_REST_H
#define SIM_REST_H

#include "tests/sim/sim_world.h"

/** sim_rest_unsettled - what is not at rest yet. Returns: (transfer full) NULL when everything is. @ret_class: its
 * class. */
char *sim_rest_unsettled(Sim *sim, SimClass *ret_class);
/** sim_rest_unprotected - with no hactld left: a VM that Pacemaker could run and does not. (transfer full) nullable. */
char *sim_rest_unprotected(const Sim *sim);
/** sim_rest_homes - is every VM where it was, and no home left over? @home: the node of each VM. */
void sim_rest_homes(Sim *sim, const guint *home);
/** sim_rest_ends - is every end the one that was promised? */
void sim_rest_ends(Sim *sim);
/** sim_rest_await - run until everything has been at rest for a while. Returns: NULL, or (transfer full) what was not
 * yet after @patience_ms. */
char *sim_rest_await(Sim *sim, gint64 patience_ms, SimClass *ret_class);
/** sim_rest_settle - run until everything has been at rest for a while; a failure after @patience_ms. */
gboolean sim_rest_settle(Sim *sim, gint64 patience_ms);

#endif
