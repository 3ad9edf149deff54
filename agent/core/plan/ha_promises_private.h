/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_promises_private - what the check of a node (ha_place.c) and the choice (ha_place_pick.c) read. */
#ifndef HA_PROMISES_PRIVATE_H
#define HA_PROMISES_PRIVATE_H

#include "agent/core/plan/ha_busy.h"
#include "agent/core/plan/ha_promises.h"
#include "agent/core/model/ha_rules.h"
#include "agent/core/plan/ha_survive.h"

typedef struct {
    char *node;
    gint64 mem_mib;                         /* below 0: room that earlier moves of the plan make */
    gint64 rank_mib, rank_vcpus, rank_load; /* on top of what is used, for the ranking alone */
    gboolean asked;                         /* the view, for these two */
    guint64 capacity_mib, used_mib;
} HaPromise;

/* Where a VM is takes a look at every host. */
typedef struct {
    char *vm; /* nullable: none yet */
    HaWhere where;
    guint64 mem_mib;
} HaSubject;

struct HaPromises {
    GPtrArray *nodes;   /* HaPromise*, ascending node */
    const HaView *view; /* nullable: of the rules */
    HaRules *rules;     /* nullable */
    guint64 demand_mib;
    HaSubject *subject; /* of the view of the rules: one VM is asked about for every node */
    HaBusy *busy;       /* nullable: of the same view */
    HaSurvive *survive; /* nullable: nobody asked, or it can't be kept any more */
    gboolean started;   /* what is picked next is stopped and started */
};

/** ha_promises_find - Returns: borrowed; NULL: nothing was promised there. */
const HaPromise *ha_promises_find(const HaPromises *promises, const char *node);

/* Asked of the view once a plan, whose view does not change while it is made (ha_promises_obey); else each time. */
/** ha_promises_subject - @vm, where it is. */
HaSubject ha_promises_subject(const HaView *view, const char *vm, const HaPromises *promises);
/** ha_promises_node_mem - as ha_view_node_mem. */
void ha_promises_node_mem(
    const HaView *view, const char *node, const HaPromises *promises, guint64 *ret_capacity_mib, guint64 *ret_used_mib);
/** ha_promises_measure - how busy the view's nodes are. Returns: (transfer full) to be freed by ha_promises_measured.
 */
HaBusy *ha_promises_measure(const HaView *view, HaPromises *promises);
void ha_promises_measured(HaPromises *promises, HaBusy *busy);

#endif
