/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_busy - how busy its VMs make each node, as measured: what the choice of a target weighs beside memory. */
#ifndef HA_BUSY_H
#define HA_BUSY_H

#include "agent/core/model/ha_view.h"

#define HA_BUSY_MIN_S 60u /* what was seen for less says little: a hactld that has just begun goes by memory alone */

typedef struct {
    guint64 load_permille; /* of one core: what ha_load_counted says of the VMs that run there or are pinned to it */
    guint32 vcpus;         /* of the VMs that its report names */
    guint32 cores;         /* 0: no fresh report */
} HaBusyNode;

typedef struct HaBusy HaBusy;

/** ha_busy_new - @view: borrowed, has a config, must outlive the result and not change meanwhile. */
HaBusy *ha_busy_new(const HaView *view);
void ha_busy_free(HaBusy *busy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaBusy, ha_busy_free)

/** ha_busy_measured - does the history of any VM go back HA_BUSY_MIN_S? */
gboolean ha_busy_measured(const HaBusy *busy);

/** ha_busy_node - Returns: borrowed. @node: one of the view's config. */
const HaBusyNode *ha_busy_node(const HaBusy *busy, const char *node);

#endif
