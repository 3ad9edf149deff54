/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_failover - the timeline of a host's loss: last heard, declared lost, fenced, each of its VMs running again.
 *
 * Every core keeps the same records: it observes them in its own view (ha_failover_watch.c), and the leader's notes
 * outrank what it saw. So whoever leads next goes on where the dead leader stopped. A program that has only the notes
 * (`hactl failover`) folds the same records out of them.
 *
 * Times are Unix ms of the leader's clock. `heard_ms` is when the host's last report came: it died at most a report's
 * period (2 s) later. The other times are when the leader saw it: some tens of ms after the fact.
 */
#ifndef HA_FAILOVER_H
#define HA_FAILOVER_H

#include "agent/core/ha_core.h"

#define HA_FAILOVERS_KEPT 32u

typedef enum {
    HA_FAILOVER_LOST,       /* declared lost and not fenced yet: nothing of it may be started */
    HA_FAILOVER_RECOVERING, /* it is off for certain, and its VMs are being started elsewhere */
    HA_FAILOVER_DONE,       /* every VM that was wanted runs again */
    HA_FAILOVER_PARTIAL,    /* some VM found no place, or did not start; each is named with the reason */
    HA_FAILOVER_VOID,       /* the host came back without being fenced */
    HA_FAILOVER_STATES
} HaFailoverState;

const char *ha_failover_state_word(HaFailoverState state);

/* A VM that ran on the lost host. */
typedef struct {
    char *vm;
    char *to;            /* nullable: where it runs again */
    gint64 recovered_ms; /* 0 not yet */
    char *why;           /* nullable: why it does not run */
    gboolean unwanted;   /* stopped or removed by an admin meanwhile */
    gboolean told;       /* the recovery was said */
} HaFailoverVm;

typedef struct {
    char *node;
    guint64 id; /* of its note FAILOVER_BEGUN; 0 while it is a suspicion of this core alone */
    HaFailoverState state;
    gint64 heard_ms, declared_ms;
    gint64 fenced_ms; /* 0 not yet, or the cluster has no fencing */
    gint64 ended_ms;  /* 0 not yet */
    GPtrArray *vms;   /* HaFailoverVm*, ascending name */
    /* the observer's own */
    gboolean confirmed;      /* Pacemaker says so too */
    gboolean fenced_told;    /* the fencing was said */
    gint64 unclean_since_ms; /* monotonic; 0 not */
    gint64 quiet_since_ms;   /* monotonic: nothing is being started, since; 0 not */
} HaFailover;

typedef struct HaFailovers HaFailovers;

HaFailovers *ha_failovers_new(void);
void ha_failovers_free(HaFailovers *failovers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaFailovers, ha_failovers_free)

/** ha_failovers_learn - take a note in; any kind, ascending ids. What it says outranks what was observed. */
void ha_failovers_learn(HaFailovers *failovers, const HaNote *note);

/** ha_failovers_list - HaFailover*, in the order in which they began; at most HA_FAILOVERS_KEPT. Those with id 0 are
 * suspicions, not to be shown. Borrowed. */
const GPtrArray *ha_failovers_list(const HaFailovers *failovers);

/** ha_failovers_newest - the last record of @node. Returns: borrowed, NULL for none. */
HaFailover *ha_failovers_newest(const HaFailovers *failovers, const char *node);

/** ha_failovers_open - the record of @node that has no end yet. Returns: borrowed, NULL for none. */
HaFailover *ha_failovers_open(const HaFailovers *failovers, const char *node);

/** ha_failovers_suspect - a record without an id. Returns: borrowed. */
HaFailover *ha_failovers_suspect(HaFailovers *failovers, const char *node, gint64 heard_ms, gint64 declared_ms);

/** ha_failovers_drop - a suspicion that came to nothing. @failover: freed. */
void ha_failovers_drop(HaFailovers *failovers, HaFailover *failover);

/** ha_failover_vm - the record's entry for @vm, made when missing. Returns: borrowed. */
HaFailoverVm *ha_failover_vm(HaFailover *failover, const char *vm);

/** ha_failover_vm_word - "recovered", "unplaced", "unwanted", "waiting"; "stayed" when the host came back. */
const char *ha_failover_vm_word(const HaFailover *failover, const HaFailoverVm *vm);

/** ha_failover_is - is this kind of note part of a failover's record? */
gboolean ha_failover_is(HaNoteKind kind);

#endif
