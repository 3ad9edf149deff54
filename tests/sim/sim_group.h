/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_group - the corosync group "hactl": total order, and the same membership changes at the same place in it for all
 * who go on together.
 *
 * A lost member is noticed after the token's time; until the new ring has formed messages wait. Each hactld reads its
 * own queue at its own pace. What travels are the real bytes of wire_cast.
 */
#ifndef SIM_GROUP_H
#define SIM_GROUP_H

#include "tests/sim/sim_world.h"

typedef struct {
    guint from;
    GBytes *bytes; /* NULL: a change of membership */
    guint members; /* bit mask of the running hactlds */
    gboolean quorate;
} SimCast;

SimCast *sim_cast_copy(const SimCast *cast);
void sim_cast_free(SimCast *cast);

/** sim_group_send - @bytes: (transfer full). */
void sim_group_send(Sim *sim, guint from, GBytes *bytes);
/** sim_group_changed - a hactld joined or left; its host stays a member of the ring. */
void sim_group_changed(Sim *sim);
/** sim_group_disturb - power or network changed: a new ring forms. */
void sim_group_disturb(Sim *sim);
/** sim_group_quorate - votequorum's answer on @node. */
gboolean sim_group_quorate(const Sim *sim, guint node);
/** sim_group_quorum - Returns: the quorate partition as a bit mask, 0 when there is none. */
guint sim_group_quorum(const Sim *sim);

#endif
