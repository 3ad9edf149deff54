/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_suppose - the view as it would be after a change that nobody has made: for "would this still be all right?".
 */
#ifndef HA_SUPPOSE_H
#define HA_SUPPOSE_H

#include "agent/core/model/ha_view.h"

typedef struct HaSuppose HaSuppose;

/** ha_suppose_new - @view: borrowed, has a config, must outlive the result and not change meanwhile. */
HaSuppose *ha_suppose_new(const HaView *view);
void ha_suppose_free(HaSuppose *suppose);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaSuppose, ha_suppose_free)

/** ha_suppose_view - Returns: borrowed; valid until the next change. */
const HaView *ha_suppose_view(const HaSuppose *suppose);

/** ha_suppose_groups - these are the groups. @groups: borrowed, HaGroup*, ascending name. */
void ha_suppose_groups(HaSuppose *suppose, const GPtrArray *groups);
/** ha_suppose_member - @vm, which exists, is in @group (borrowed). */
void ha_suppose_member(HaSuppose *suppose, const char *vm, const char *group);
/** ha_suppose_add - a VM that did not exist is there, not wanted running. @needs, @group: borrowed. Storage that no
 * host has probed yet counts for nothing. */
void ha_suppose_add(HaSuppose *suppose, const HaNeeds *needs, const char *group);
/**
 * ha_suppose_start - @vm, which exists, is wanted running; if it runs nowhere it goes where the planner would put it.
 * Returns: FALSE when no host can take it at all, and it is nowhere.
 */
gboolean ha_suppose_start(HaSuppose *suppose, const char *vm);

#endif
