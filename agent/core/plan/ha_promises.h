/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_promises - what a plan under way has already given away: each choice counts those before it. */
#ifndef HA_PROMISES_H
#define HA_PROMISES_H

#include "agent/core/model/ha_view.h"

/* Memory that a plan has already promised, a node each: later picks count it. Also the nodes that a VM is not to be
 * given again. */
typedef struct HaPromises HaPromises;
HaPromises *ha_promises_new(void);
void ha_promises_free(HaPromises *promises);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaPromises, ha_promises_free)
void ha_promises_add(HaPromises *promises, const char *node, guint64 mem_mib);
/** ha_promises_take - a VM leaves @node in an earlier move of the same plan. */
void ha_promises_take(HaPromises *promises, const char *node, guint64 mem_mib);
/**
 * ha_promises_overlook, _count - for the ranking alone, a VM that runs on @node already is not there, or is there
 * again. So a plan that is made anew half-way ranks the nodes as it did at the start: what --dry-run printed is what is
 * done.
 */
void ha_promises_overlook(HaPromises *promises, const char *node, guint64 mem_mib, guint32 vcpus);
void ha_promises_count(HaPromises *promises, const char *node, guint64 mem_mib);
/** ha_promises_busy - for the ranking alone, VMs that come to @node (or leave it, below 0) take so much CPU
 * (ha_load_counted). */
void ha_promises_busy(HaPromises *promises, const char *node, gint64 load_permille);
/** ha_promises_obey - from now on the rules of @view's groups count, with the VMs where they are (or are pinned to).
 * @view: borrowed, must outlive @promises. */
void ha_promises_obey(HaPromises *promises, const HaView *view);
/** ha_promises_spare - from now on picks prefer nodes with which the loss of any hactl-spare-hosts hosts can be made
 * up for, or of as many as can be kept. @leaving: nullable, a host that is about to be empty. @view:
 * borrowed, must outlive @promises. */
void ha_promises_spare(HaPromises *promises, const HaView *view, const char *leaving);
/** ha_promises_move - for the rules, @vm will be on @node; NULL: it is about to be placed, and is nowhere till then. */
void ha_promises_move(HaPromises *promises, const char *vm, const char *node);
/** ha_promises_demand - the next picks have to find room for so much more: VMs that have to follow. 0: none. */
void ha_promises_demand(HaPromises *promises, guint64 mem_mib);
/** ha_promises_start - the next picks are stopped and started anew, which needs no processor like the last one's. */
void ha_promises_start(HaPromises *promises, gboolean started);
gint64 ha_promises_get(const HaPromises *promises, const char *node);

#endif
