/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_room - VMs that a host refused to start: it has not the memory (ra_room.h). Pacemaker bars that host for the VM.
 * When there is room the failure is cleaned up, so that Pacemaker starts a VM that runs nowhere, and one that runs
 * elsewhere may go there again.
 */
#ifndef HA_ROOM_H
#define HA_ROOM_H

#include "agent/core/ha_core.h"

#define HA_ROOM_REFUSAL "no room: " /* how the agent's exit reason begins */

/** ha_room_reconcile - only when no move is in flight. At most one clean-up, and none while a tool is at work. */
void ha_room_reconcile(HaCore *core, GPtrArray *effects);

#endif
