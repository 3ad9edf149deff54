/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_plan_room - moves of other nodes' VMs that make room for those that must leave a node. */
#ifndef HA_PLAN_ROOM_H
#define HA_PLAN_ROOM_H

#include "agent/core/plan/ha_plan.h"

/**
 * ha_plan_room - what has to move elsewhere before all of @node's VMs fit. Memory and rules count, load does not. VMs
 * whose group is never balanced stay.
 * @ret_aims: vm -> node (g_free both): added to, where @node's VMs go then.
 * Returns: (transfer full) HaPlanMove*, of reason balance, in order, each in a wave of its own from 1 on; NULL when
 * nothing helps.
 */
GPtrArray *ha_plan_room(const HaView *view, const HaLimits *limits, const char *node, GHashTable *ret_aims);

#endif
