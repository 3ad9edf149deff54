/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_aim - the targets that a drain under way has chosen, kept by the leader that chose them: a plan made anew half-way
 * is the rest of the first one, whatever else has changed, as long as the targets hold. Losing them loses nothing: the
 * next leader chooses anew.
 */
#ifndef HA_AIM_H
#define HA_AIM_H

#include "agent/core/ha_core.h"

/** ha_aim_keep - @plan is for the drain of @node, which has begun. */
void ha_aim_keep(HaCore *core, const HaConfigNode *node, const HaPlan *plan);

/** ha_aim_list - what was kept for the present drain of @node. Returns: (transfer full) vm -> node, both borrowed; NULL
 * when it is not being drained. */
GHashTable *ha_aim_list(const HaCore *core, const char *node);

#endif
