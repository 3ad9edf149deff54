/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_move - what state a VM's move is in, read off the view anew each time: the leader that comes next reads the same.
 */
#ifndef HA_MOVE_H
#define HA_MOVE_H

#include "agent/core/ha_core.h"

/**
 * ha_move_state - docs/states.md, table "move".
 * @vm: borrowed, of the view's config.
 * Never HA_MOVE_QUEUED: that is the plan's to say.
 */
HaMoveState ha_move_state(const HaView *view, const HaConfigVm *vm);

/** ha_move_in_flight - does Pacemaker have, or may it at any moment have, an action of this move running? */
gboolean ha_move_in_flight(HaMoveState state);

/** ha_move_source - where it moves from. Returns: borrowed, nullable. */
const char *ha_move_source(const HaView *view, const HaConfigVm *vm);

/**
 * ha_move_error - why its newest migrate_to failed: Pacemaker's reason, else what the agent told the source's hactld
 * (Pacemaker 2.1 records none). Returns: borrowed; NULL when nothing failed, or nobody has said why (yet).
 */
const char *ha_move_error(const HaView *view, const HaConfigVm *vm);

/**
 * ha_move_settled - is it certain that at most one copy exists and no migration job is under way, so that a failed
 * action may be cleaned up? Unknown is never certain.
 */
gboolean ha_move_settled(const HaView *view, const char *vm);

#endif
