/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_fence - can every node be fenced? And may an admin say that one is off? Pure questions on the CIB and the view.
 *
 * Pacemaker recovers a lost node's VMs only after it has been fenced. Where a node can't be, nothing automatic of
 * hactl may count on that recovery: evacuation and balancing ask ha_fence_permits() first.
 */
#ifndef HA_FENCE_H
#define HA_FENCE_H

#include "agent/core/model/ha_view.h"

/* Why a node can't be fenced. Each has one sentence and one remedy (ha_fence_gap_text). */
typedef enum {
    HA_FENCE_GAP_NONE,
    HA_FENCE_GAP_OFF,       /* stonith-enabled=false */
    HA_FENCE_GAP_NO_DEVICE, /* the cluster has none at all */
    HA_FENCE_GAP_UNCOVERED, /* no device names the node, or no level of its topology is complete */
    HA_FENCE_GAP_SELF,      /* only the node itself may use the devices that name it */
    HA_FENCE_GAP_DISABLED,
    HA_FENCE_GAP_FAILED,
    HA_FENCE_GAPS
} HaFenceGap;

const char *ha_fence_gap_word(HaFenceGap gap);
/** ha_fence_gap_text - one sentence: what is missing. @ret_remedy: nullable. Both static. @gap: not NONE. */
const char *ha_fence_gap_text(HaFenceGap gap, const char **ret_remedy);

/** ha_fence_gap_of - why @node can't be fenced, the gap closest to being closed. O(devices). */
HaFenceGap ha_fence_gap_of(const HaConfig *config, const char *node);

/**
 * ha_fence_gap - the first node, by name, that can't be fenced.
 * @ret_node: nullable; borrowed, set only when there is a gap.
 *
 * A device that is asked for its hosts counts for every node: only `hactl fence check` can ask it.
 */
HaFenceGap ha_fence_gap(const HaConfig *config, const char **ret_node);

/**
 * ha_fence_permits - may something automatic rely on fencing? No gap, or the property hactl-allow-unfenced=true.
 * @ret_why: nullable; (transfer full) what is missing and what to do, set only on FALSE.
 */
gboolean ha_fence_permits(const HaConfig *config, char **ret_why);

/** ha_fence_needed_by - a node that can be fenced now, and could not without @device. Returns: borrowed, NULL if none.
 */
const char *ha_fence_needed_by(const HaConfig *config, const HaFenceDevice *device);

/** ha_fence_find - a device by its resource id. Returns: borrowed, NULL when there is none. */
const HaFenceDevice *ha_fence_find(const HaConfig *config, const char *name);

/**
 * ha_fence_confirm_refusal - why an admin's word that @node is off can't be taken now.
 *
 * Only a node that Pacemaker holds for lost and still wants to fence may be confirmed, and never one that anybody
 * hears: its VMs would be started a second time while they run there.
 * Returns: (transfer full) blocker and what to do; NULL when it can be taken.
 */
char *ha_fence_confirm_refusal(const HaView *view, const char *node);

#endif
