/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_view - everything this hactld knows: members, reports, the CIB, definitions. Data and look-ups, no decisions.
 */
#ifndef HA_VIEW_H
#define HA_VIEW_H

#include "agent/core/model/ha_config.h"
#include "agent/core/model/ha_load.h"
#include "agent/core/model/ha_needs.h"
#include "agent/core/model/ha_report.h"

#define HA_REPORT_STALE_MS 10000 /* five reports missed: what it said is no longer believed */

typedef struct {
    guint32 node_id;
    char *node;     /* nullable until its first message */
    guint64 joined; /* when it joined the group (io_cpg_joined); 0 until its first message. Lower is older. */
} HaMember;

typedef struct {
    HaReport *report; /* owned */
    gint64 at_ms;     /* when it arrived, this host's monotonic clock */
    gint64 skew_s;    /* the sender's clock less this host's, at that time; 0 unknown */
} HaViewReport;

typedef struct {
    gint64 now_ms;      /* monotonic, of the last event */
    gint64 now_s;       /* Unix time, of the last event */
    gint64 now_unix_ms; /* the same in ms */
    char *self;         /* this host's node name */
    guint32 self_id;
    gboolean quorate;   /* corosync's */
    GPtrArray *members; /* HaMember*, ascending node_id */
    GPtrArray *reports; /* opaque entries, ascending node name: ha_view_report() */
    HaConfig *config;   /* nullable: Pacemaker away */
    GPtrArray *needs;   /* HaNeeds*, ascending hash */
    HaLoad *load;       /* how busy each VM has been, fed by the reports */
} HaView;

HaView *ha_view_new(const char *self, guint32 self_id);
void ha_view_free(HaView *view);
HaMember *ha_member_new(guint32 node_id, const char *node, guint64 joined);
void ha_member_free(HaMember *member);

/** ha_view_report - the last report of a node. Returns: borrowed; NULL when none, or it is stale. */
const HaReport *ha_view_report(const HaView *view, const char *node);
/** ha_view_last_report - the same, however old. */
const HaViewReport *ha_view_last_report(const HaView *view, const char *node);
/** ha_view_needs - Returns: borrowed; NULL when the definition is not here. */
const HaNeeds *ha_view_needs(const HaView *view, const char *hash);
/** ha_view_put_report, ha_view_put_config, ha_view_put_needs - take over the argument, release what it replaces. */
void ha_view_put_report(HaView *view, HaReport *report);
void ha_view_put_config(HaView *view, HaConfig *config);
void ha_view_put_needs(HaView *view, HaNeeds *needs);
/** ha_view_drop_needs - forget a definition. */
void ha_view_drop_needs(HaView *view, const char *hash);
/** ha_view_drop_absent - forget the reports of nodes that left the group. */
void ha_view_drop_absent(HaView *view);

/* Where a VM is, from every source together. */
typedef struct {
    HaVmState state;      /* on @node; UNKNOWN when nobody could be asked, ABSENT when it runs nowhere */
    const char *node;     /* borrowed, nullable: where it runs (or is paused); while migrating, the source */
    const char *incoming; /* borrowed, nullable: where it arrives */
    const char *leaving;  /* borrowed, nullable: where a migration job of it runs as source */
    guint copies; /* hosts that report it RUNNING; a source about to hand over says MIGRATING. Above 1 is an alarm */
    const HaReportVm *report; /* borrowed, nullable: @node's account of it */
} HaWhere;

/**
 * ha_view_where - where a VM is now.
 * A hypervisor's fresh report outranks Pacemaker's history; with no fresh report from the node where the history has it
 * active, the node is the history's and the state UNKNOWN.
 */
HaWhere ha_view_where(const HaView *view, const char *vm);

/** ha_view_is_on - is ha_view_where's node @node? Asks no other host when it can't be: for who looks for all VMs of a
 * node. */
gboolean ha_view_is_on(const HaView *view, const HaConfigVm *vm, const char *node);

/** ha_view_vm_mem_mib - memory a VM takes on a host: the larger of CIB, definition and report. 0 unknown. */
guint64 ha_view_vm_mem_mib(const HaView *view, const char *vm);
/** ha_view_mem_there_mib - the same for who knows where it is. @vm: nullable. */
guint64 ha_view_mem_there_mib(const HaView *view, const HaConfigVm *vm, const HaWhere *where);

/** ha_view_recovering - is some VM about to be started by Pacemaker, perhaps anywhere? A standby that meets it half-way
 * stops it again. The view has a config. */
gboolean ha_view_recovering(const HaView *view);

/**
 * ha_view_node_mem - a node's memory for VMs, in MiB.
 * Capacity: the CIB's utilization `memory` when set, else reported total less the reserve. Used: every VM that runs
 * there or is pinned to it, managed or not. Outputs 0 when nothing is known.
 */
void ha_view_node_mem(const HaView *view, const char *node, guint64 *ret_capacity_mib, guint64 *ret_used_mib);

#endif
