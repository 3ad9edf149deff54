/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_note - what happened, for `hactl events` and for every core's memory.
 */
#ifndef HA_NOTE_H
#define HA_NOTE_H

#include "agent/core/model/ha_types.h"

typedef enum {
    HA_NOTE_LEADER,      /* node leads, term in value */
    HA_NOTE_DRAIN_BEGUN, /* node, text = who */
    HA_NOTE_DRAIN_DONE,
    HA_NOTE_DRAIN_PARTIAL, /* text = what stays and why */
    HA_NOTE_DRAIN_CANCELLED,
    HA_NOTE_RETURN_BEGUN,
    HA_NOTE_RETURN_DONE,
    HA_NOTE_MOVE_BEGUN,  /* vm, from, to, reason */
    HA_NOTE_MOVE_LANDED, /* value = ms from pin to landing */
    HA_NOTE_MOVE_FAILED, /* text = libvirt's reason; counts as an attempt */
    HA_NOTE_MOVE_LOST,
    HA_NOTE_MOVE_CANCELLED,
    HA_NOTE_VM_ADDED,
    HA_NOTE_VM_REMOVED,
    HA_NOTE_VM_STATE, /* text = old -> new, with node */
    HA_NOTE_NODE_STATE,
    HA_NOTE_ALARM,      /* text: an invariant in danger, e.g. two copies */
    HA_NOTE_TUNED,      /* text = what was set */
    HA_NOTE_VM_DEFINED, /* vm, text = what changed and who asked */
    HA_NOTE_FENCING,    /* node, nullable; text: what became of its fencing */
    HA_NOTE_GROUP,      /* text: which group, what became of it, by whom */
    HA_NOTE_BALANCE,    /* text = why, the numbers, and who */
    /* a host's loss (ha_failover.h): node = the lost host, at_ms = when, value = ms since it was last heard */
    HA_NOTE_FAILOVER_BEGUN,   /* declared lost; text = its VMs, space separated, as far as they fit */
    HA_NOTE_NODE_FENCED,      /* fenced, or confirmed to be off by an admin */
    HA_NOTE_VM_RECOVERED,     /* vm runs again on `to` */
    HA_NOTE_VM_UNPLACED,      /* vm does not run; text = why */
    HA_NOTE_FAILOVER_DONE,    /* text = the timeline */
    HA_NOTE_FAILOVER_PARTIAL, /* some VM does not run; text = the timeline */
    HA_NOTE_FAILOVER_VOID,    /* the host came back without being fenced */
    HA_NOTE_APPLIED,          /* value = changes, text = who asked */
    HA_NOTE_CAPACITY,    /* text = what the loss of hosts would leave down, value = how many VMs; 0: all find a place */
    HA_NOTE_VM_PARKED,   /* vm, node: it is stopped with that node's drain */
    HA_NOTE_VM_UNPARKED, /* vm, node: and started again */
    HA_NOTES
} HaNoteKind;

typedef struct {
    guint64 id; /* given by the leader: term * 2^32 + counter; ascending */
    HaNoteKind kind;
    gint64 time_s;               /* Unix, when it was said */
    gint64 at_ms;                /* Unix ms, when it was so; 0 where nothing measures it */
    char *vm, *node, *from, *to; /* nullable */
    char *text;                  /* nullable */
    guint64 value;
    HaReason reason;
    char *others; /* nullable; MOVE_BEGUN: what the other nodes were to the VM (ha_candidates_others) */
} HaNote;

HaNote *ha_note_new(HaNoteKind kind);
void ha_note_free(HaNote *note);
HaNote *ha_note_copy(const HaNote *note);
const char *ha_note_word(HaNoteKind kind);
/** ha_note_sentence - one line for an admin, without the time. Returns: (transfer full). */
char *ha_note_sentence(const HaNote *note);

#endif
