/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_leader - who leads: the oldest member of the quorate partition (docs/states.md, rule R1). */
#ifndef HA_LEADER_H
#define HA_LEADER_H

#include "agent/core/model/ha_view.h"

#define HA_LEADER_PATIENCE_MS 5000 /* a member that has not spoken by then is taken for younger than all that have */

/**
 * ha_leader_pick - the leader's node name.
 * @members_since_ms: when the membership last changed.
 * @incumbent: nullable; who led before this step.
 * Oldest = lowest joined, then lowest node id. While a member has not spoken and the patience lasts, the incumbent
 * leads on if it is still there, and nobody if there is none: the silent one might be older.
 *
 * Returns: borrowed from the view; NULL when not quorate, or nobody can lead yet.
 */
const char *ha_leader_pick(const HaView *view, gint64 members_since_ms, const char *incumbent);

#endif
