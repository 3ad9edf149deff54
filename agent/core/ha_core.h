/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_core - the whole decision: events in, effects out.
 *
 * Level-triggered: it compares what is wanted (the CIB's wishes) with what is (reports and Pacemaker's status) and
 * returns the next effects; it keeps no journal. What it remembers (attempts, back-off) it can lose, and learns again
 * from the events that every leader multicasts. Effects come only from the leader of a quorate partition; everyone else
 * just keeps the view.
 *
 * Rules R1..R9: docs/states.md.
 */
#ifndef HA_CORE_H
#define HA_CORE_H

#include "agent/core/plan/ha_capacity.h"
#include "agent/core/model/ha_manifest.h"
#include "agent/core/model/ha_note.h"
#include "agent/core/plan/ha_plan.h"
#include "agent/core/model/ha_view.h"

/* A move's state, derived anew from the view at every step (ha_move.c). */
typedef enum {
    HA_MOVE_NONE,    /* no pin */
    HA_MOVE_QUEUED,  /* wanted, waits for its wave */
    HA_MOVE_PINNED,  /* pin written, Pacemaker has not begun */
    HA_MOVE_MOVING,  /* migrate_to (or the stop of a restart) is in flight */
    HA_MOVE_LANDING, /* runs on the target, Pacemaker still has steps to do */
    HA_MOVE_LANDED,  /* runs on the target, nothing pending: the pin can go */
    HA_MOVE_BLOCKED, /* migrate_to failed, the VM still runs on the source */
    HA_MOVE_REVOKED, /* the pin is gone, the failed action waits to be cleaned up */
    HA_MOVE_LOST,    /* it runs nowhere, or the target is gone: Pacemaker recovers it, the pin goes */
    HA_MOVE_STATES
} HaMoveState;

const char *ha_move_state_word(HaMoveState state);

typedef enum {
    HA_DRAIN_NONE,
    HA_DRAIN_MOVING,   /* VMs still leave */
    HA_DRAIN_PARTIAL,  /* nothing left that can move; some VMs stay, each with its reason */
    HA_DRAIN_SETTLING, /* empty; standby being set, history being refreshed */
    HA_DRAIN_DONE,     /* empty, in standby */
    HA_DRAIN_RETURNING,
    HA_DRAIN_STATES
} HaDrainState;

const char *ha_drain_state_word(HaDrainState state);

/* ---- events ---- */

typedef enum {
    HA_EVENT_TICK,
    HA_EVENT_MEMBERS,    /* members, quorate */
    HA_EVENT_REPORT,     /* report */
    HA_EVENT_CONFIG,     /* config, NULL when Pacemaker is away */
    HA_EVENT_NEEDS,      /* needs */
    HA_EVENT_REQUEST,    /* request; answered by exactly one HA_EFFECT_ANSWER when this core leads, ignored otherwise */
    HA_EVENT_DONE,       /* effect_id, outcome, text */
    HA_EVENT_NOTE,       /* note: an event that a leader multicast */
    HA_EVENT_NEEDS_GONE, /* text: the hash of a definition that this host keeps no longer */
} HaEventKind;

typedef enum {
    HA_DONE_OK,
    HA_DONE_REFUSED,    /* the condition no longer held (term lost, CIB changed): look again */
    HA_DONE_WOULD_MOVE, /* the simulation before the change showed that VMs would move; text names them, space
                           separated */
    HA_DONE_FAILED,
    HA_DONE_TIMED_OUT,
} HaOutcome;

typedef enum {
    HA_REQUEST_DRAIN,         /* node, restart, deadline_s, by */
    HA_REQUEST_UNDRAIN,       /* node, returning, by */
    HA_REQUEST_MIGRATE,       /* vm, node (nullable), by */
    HA_REQUEST_VM_ADD,        /* needs (its XML was stored everywhere before), running, allow_local, group_name */
    HA_REQUEST_VM_REMOVE,     /* vm */
    HA_REQUEST_VM_START,      /* vm */
    HA_REQUEST_VM_STOP,       /* vm */
    HA_REQUEST_TUNE,          /* set the recommended properties that are not set (ha_recommended.h) */
    HA_REQUEST_VM_DEFINE,     /* vm, needs (its XML was stored everywhere before), expected, allow_local */
    HA_REQUEST_FENCE_ADD,     /* fence, by */
    HA_REQUEST_FENCE_REMOVE,  /* fence: its name alone; force, by */
    HA_REQUEST_FENCE_CONFIRM, /* node, by: an admin's word that it is off */
    HA_REQUEST_GROUP_SET,     /* group, creating: it must not exist, otherwise it must; by */
    HA_REQUEST_GROUP_DELETE,  /* group_name, by */
    HA_REQUEST_GROUP_VMS,     /* group_name: where vms go; from_group (nullable): where they must be; by */
    HA_REQUEST_BALANCE,       /* by: level the load now */
    HA_REQUEST_APPLY,         /* manifest, prune, stop, allow_local (ha_apply.h) */
    HA_REQUESTS
} HaRequestKind;

typedef struct {
    guint64 id; /* unique in the cluster */
    HaRequestKind kind;
    char *node, *vm, *by; /* nullable */
    HaNeeds *needs;       /* nullable */
    char *expected;       /* nullable: VM_DEFINE: the definition that the change was made from */
    HaManifest *manifest; /* nullable */
    gboolean restart, returning, running, allow_local, prune, stop;
    gint64 deadline_s;
    HaFenceSpec *fence; /* nullable */
    gboolean force;
    HaGroup *group;                /* nullable */
    char *group_name, *from_group; /* nullable; VM_ADD: the group it is put in, default without */
    GPtrArray *vms;                /* nullable: char* */
    gboolean creating;
    gboolean strict; /* VM_START, VM_ADD, GROUP_SET, GROUP_VMS: refused when it would cost the spare capacity */
} HaRequest;

HaRequest *ha_request_new(HaRequestKind kind, guint64 id);
void ha_request_free(HaRequest *request);
/** ha_request_has_definition - does this kind come with a definition's XML? */
gboolean ha_request_has_definition(HaRequestKind kind);

/* Answers' classes: the CLI's exit codes stand on them (docs/man/hactl.8). */
typedef enum {
    HA_ANSWER_OK,
    HA_ANSWER_UNKNOWN, /* no such node, VM */
    HA_ANSWER_REFUSED, /* understood and not done; text names blocker and remedy */
    HA_ANSWER_NOT_QUORATE,
    HA_ANSWER_NO_PACEMAKER,
    HA_ANSWER_FAILED, /* tried, and the cluster said no */
} HaAnswer;

typedef struct {
    HaEventKind kind;
    gint64 now_ms;      /* monotonic */
    gint64 now_s;       /* Unix */
    gint64 now_part_ms; /* of the second, 0..999 */
    /* by kind; what is (transfer full) is taken over by the step */
    GPtrArray *members; /* HaMember*, (transfer full) */
    gboolean quorate;
    HaReport *report;   /* (transfer full) */
    HaConfig *config;   /* (transfer full) */
    HaNeeds *needs;     /* (transfer full) */
    HaRequest *request; /* (transfer full) */
    HaNote *note;       /* (transfer full) */
    guint64 effect_id;
    HaOutcome outcome;
    const char *text; /* borrowed, nullable */
} HaEvent;

/* ---- effects ---- */

typedef enum {
    HA_EFFECT_TERM,     /* take term value+1 by compare-and-swap on value */
    HA_EFFECT_CHANGE,   /* changes, one conditional transaction; check_vms: simulate their pins' removal first */
    HA_EFFECT_CLEANUP,  /* crm_resource --cleanup -r vm */
    HA_EFFECT_PROBE,    /* have Pacemaker look again whether vm is on node: it is there, and Pacemaker does not know */
    HA_EFFECT_REFRESH,  /* vm rests on node: forget its migrations that are over */
    HA_EFFECT_CANCEL,   /* ask node's hactld to stop vm's migration: cancel mark, then virDomainAbortJob */
    HA_EFFECT_UNCANCEL, /* ask node's hactld to remove the cancel mark of vm */
    HA_EFFECT_NOTE,     /* multicast note; no completion */
    HA_EFFECT_ANSWER,   /* request_id, answer, text, warning; no completion */
    HA_EFFECT_CONFIRM,  /* tell Pacemaker that node is off: stonith_admin --confirm */
} HaEffectKind;

typedef struct {
    HaEffectKind kind;
    guint64 id;          /* unique in this core; its HA_EVENT_DONE bears it */
    guint32 timeout_ms;  /* the adapter reports TIMED_OUT after it */
    guint64 term;        /* the condition of every write */
    GPtrArray *changes;  /* HaChange* */
    gboolean check_pins; /* first simulate that no VM would move: pins go, definitions change */
    char *vm, *node;     /* nullable */
    HaNote *note;
    guint64 request_id;
    HaAnswer answer;
    char *text;    /* nullable */
    char *warning; /* nullable: done all the same */
} HaEffect;

void ha_effect_free(HaEffect *effect);

/* ---- the core ---- */

typedef struct HaCore HaCore;

typedef struct {
    guint32 moves_per_node;    /* default 2: migration-limit in the CIB outranks it */
    guint32 moves_per_cluster; /* default 4: hactl-moves-per-cluster in the CIB outranks it */
    guint32 attempts;          /* default 3 */
    guint32 retry_delay_ms;    /* default 10000, doubled each time */
} HaSettings;

void ha_settings_init(HaSettings *settings);

/** ha_core_new - @self: this node's name, copied. */
HaCore *ha_core_new(const HaSettings *settings, const char *self, guint32 self_id);
void ha_core_free(HaCore *core);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaCore, ha_core_free)

/**
 * ha_core_step - take one event, run to completion.
 * @event: its (transfer full) members are taken over; the struct itself is the caller's.
 * @effects: HaEffect*, appended in the order in which they are to be carried out.
 */
void ha_core_step(HaCore *core, HaEvent *event, GPtrArray *effects);

/** ha_core_next_deadline - when to send a TICK at the latest. Returns: monotonic ms, G_MAXINT64 for never. */
gint64 ha_core_next_deadline(const HaCore *core);

const HaView *ha_core_view(const HaCore *core);
/** ha_core_leader - Returns: borrowed node name of the leader, NULL when nobody leads. */
const char *ha_core_leader(const HaCore *core);
gboolean ha_core_is_leader(const HaCore *core);
/** ha_core_limits - the limits in force now. */
HaLimits ha_core_limits(const HaCore *core);
/** ha_core_notes - the last HA_EVENTS_KEPT notes, HaNote*, ascending id. Borrowed. */
const GPtrArray *ha_core_notes(const HaCore *core);
/** ha_core_capacity - the standing check, a few seconds old. Borrowed, NULL before the first, and when it is off. */
const HaCapacity *ha_core_capacity(const HaCore *core);
/** ha_core_failovers - hosts' losses, ha_failover.h. Borrowed. */
const struct HaFailovers *ha_core_failovers(const HaCore *core);

/* What `hactl status` and progress displays show of one VM's move and one node's drain. */
typedef struct {
    HaMoveState state;
    const char *from, *to; /* borrowed, nullable */
    HaReason reason;
    HaMoveMode mode;
    guint attempts;         /* failed so far */
    gint64 retry_in_ms;     /* 0 when none waits */
    const char *last_error; /* borrowed, nullable */
    HaBlock block;          /* wanted to move, and can't */
} HaMoveStatus;

HaMoveStatus ha_core_move(const HaCore *core, const char *vm);
HaDrainState ha_core_drain(const HaCore *core, const char *node);

/**
 * ha_core_plan_drain, _return, _migrate - what would be done now, as --dry-run prints it. (transfer full)
 */
HaPlan *ha_core_plan_drain(const HaCore *core, const char *node, gboolean restart);
HaPlan *ha_core_plan_return(const HaCore *core, const char *node);
HaPlan *ha_core_plan_migrate(const HaCore *core, const char *vm, const char *to);
/** ha_core_plan_balance - what `hactl balance` would do now; its `why` has the numbers. */
HaPlan *ha_core_plan_balance(const HaCore *core);

#endif
