/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_room - VMs that run nowhere because a host refused to start them: it has not the memory (ra_room.h). Pacemaker
 * bars that host for the VM; when there is room, somewhere, the failure is cleaned up, and Pacemaker tries again.
 */
#ifndef HA_ROOM_H
#define HA_ROOM_H

#include "agent/core/ha_core.h"

#define HA_ROOM_REFUSAL "no room: " /* how the agent's exit reason begins */

/** ha_room_reconcile - only when no move is in flight. At most one clean-up, and none while a tool is at work. */
void ha_room_reconcile(HaCore *core, GPtrArray *effects);

#endif
