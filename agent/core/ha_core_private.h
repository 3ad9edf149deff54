/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_core_private - the core's own state, shared by ha_core.c (steps), ha_request.c (an admin's wishes), ha_reconcile.c
 * (wanted against actual). */
#ifndef HA_CORE_PRIVATE_H
#define HA_CORE_PRIVATE_H

#include "agent/core/plan/ha_balance.h"
#include "agent/core/ha_core.h"
#include "agent/core/ha_fence.h"
#include "agent/core/ha_failover.h"
#include "agent/core/ha_memory.h"

#define HA_WRITE_TIMEOUT_MS 30000u
#define HA_TOOL_TIMEOUT_MS 60000u
#define HA_REPEAT_MS 5000        /* an effect without visible result is asked for again after this */
#define HA_STABLE_MS 5000        /* a verdict "nothing more can move" must have held so long */
#define HA_PIN_PATIENCE_MS 60000 /* pinned, and Pacemaker does nothing at all: the move is given up */
#define HA_RECOVERY_PATIENCE_MS                                                                                        \
    60000 /* a VM that Pacemaker does not bring up anywhere holds up the end of a drain so long */
#define HA_RETURN_PATIENCE_MS 20000 /* a VM that can't come home yet is waited for so long */
#define HA_HELD_PAUSE_MS 1000       /* a pin that had to stay is simulated again after this, then twice, ... */
#define HA_HELD_PAUSE_MAX_MS 30000
#define HA_COPIES_PATIENCE_MS 6000 /* reports of two hosts may overlap around a switch-over */
#define HA_NOTES_REPEATED 64u      /* spoken again for a member that joins */
#define HA_REASON_PATIENCE_MS 3000 /* the reason of a failed move arrives this much later at most */
#define HA_REQUESTS_WAITING_MAX 64u

/* What this core has noticed of one VM or node, to act or speak once only. Keyed by name; kept while the thing exists.
 */
typedef struct {
    char *name;
    HaVmState vm_state; /* last spoken of */
    HaNodeState node_state;
    gboolean alarmed;
    gint64 copies_since_ms; /* reported running on several hosts, since; 0 not */
    gboolean seen;
    gint64 blocked_since_ms;  /* its failed move was first seen; 0 none */
    gint64 idle_pin_since_ms; /* pinned with nothing in flight in the cluster, since; 0 not */
    gint64 cancel_sent_ms, cleanup_sent_ms, probe_sent_ms; /* 0 never */
    char *cancel_node;                                     /* we asked for its migration's end there; NULL not */
    gboolean own_failure;                                  /* its failed migration was ours */
    gboolean foreign;                                      /* it was not: cleaned up with a growing delay */
    gint64 pinned_ms;                                      /* first seen pinned; 0 not pinned */
    guint held; /* how often in a row its pin's removal would have moved it */
    gint64 held_until_ms;
    char *refresh_node;      /* landed there: its history is to be refreshed once nothing moves */
    guint room_tries;        /* starts asked for anew since it ran (ha_room.c) */
    gint64 room_next_ms;     /* not before; 0: it was not refused */
    gint64 partial_since_ms; /* nodes: nothing more can move, since; 0 not */
    gint64 wish_since_s;     /* nodes: the wish that this is about */
    char *aim, *aim_from;    /* VMs: where the drain of aim_from takes it (ha_aim.c); NULL none */
    gint64 aim_since_s;      /* and which drain */
    HaFenceGap fence_gap;    /* nodes: last spoken of */
} HaMark;

struct HaCore {
    HaSettings settings;
    HaView *view;
    HaMemory *memory;
    HaFailovers *failovers;
    HaCapacity *capacity;                       /* nullable */
    guint64 capacity_fingerprint;               /* of what it was made from */
    gint64 capacity_look_ms, capacity_since_ms; /* looked at; short, or not, since */
    gint64 members_since_ms;
    char *incumbent;    /* nullable: who led after the last step */
    guint64 my_term;    /* the term this core took; 0 none */
    guint64 term_asked; /* the term that term_effect takes */
    guint64 term_seen;  /* the newest in any note or CIB */
    guint32 note_counter;
    guint64 next_effect_id;
    GPtrArray *waiting; /* HaRequest*: they wait for the term or for the write before them */
    /* the one write under way */
    guint64 write_id;                 /* 0 none */
    guint64 write_request;            /* the request it answers; 0 none */
    char *write_text;                 /* the answer when it succeeds */
    char *write_warning;              /* nullable: goes with the answer when it succeeds */
    gboolean write_checked;           /* with a simulation */
    guint64 write_epoch;              /* the CIB's epoch when it was asked; the next waits until the CIB shows it */
    gint64 write_done_ms;             /* when it succeeded; 0 nothing to wait for */
    GPtrArray *write_notes;           /* HaNote*: spoken when it succeeds */
    guint64 term_effect, tool_effect; /* under way; 0 none */
    char *tool_vm;                    /* whose history the tool wipes: no move of it begins meanwhile */
    gint64 term_tried_ms;
    gint64 introduced_ms; /* when the group was told of the term */
    /* the one confirmation under way */
    guint64 confirm_effect; /* 0 none */
    guint64 confirm_request;
    char *confirm_node, *confirm_by;
    GPtrArray *vm_marks, *node_marks; /* HaMark*, ascending name */
    /* balancing: ha_balance_round.c */
    HaBalanceState balance;
    gint64 balance_look_ms; /* not before: the next look at the load */
    HaPlan *round;          /* nullable: what is still to be begun of the round under way */
    char *round_by;         /* nullable */
    gint64 copy_next_ms;    /* not before: ha_copy.c */
    gint64 next_deadline_ms;
};

/* ---- ha_core.c ---- */
HaMark *ha_mark(GPtrArray *marks, const char *name);
HaEffect *ha_emit(HaCore *core, GPtrArray *effects, HaEffectKind kind, guint32 timeout_ms);
/** ha_speak - note: (transfer full); stamped, learnt and multicast. */
void ha_speak(HaCore *core, GPtrArray *effects, HaNote *note);
HaEffect *ha_answer(HaCore *core, GPtrArray *effects, guint64 request_id, HaAnswer answer, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/** ha_write - start the one write. @changes, @notes: (transfer full), notes nullable; @request_id 0 when nobody waits;
 * @text: nullable. */
void ha_write(HaCore *core, GPtrArray *effects, GPtrArray *changes, gboolean check_pins, GPtrArray *notes,
    guint64 request_id, char *text);
/** ha_tool_set - the tool under way, NULL when it ended. */
void ha_tool_set(HaCore *core, const HaEffect *effect);
/** ha_uncancel - have @node's hactld remove @vm's cancel mark. Also before each move: whoever set one may not have
 * lived to remove it. */
void ha_uncancel(HaCore *core, GPtrArray *effects, const char *vm, const char *node);
/** ha_wake_at - the step is to be repeated at @ms at the latest. */
void ha_wake_at(HaCore *core, gint64 ms);
/** ha_write_ready - no write is under way, and the CIB shows the last one. */
gboolean ha_write_ready(HaCore *core);
/** ha_pin_change - the change that begins a move. Returns: (transfer full). */
HaChange *ha_pin_change(
    const HaCore *core, const char *vm, const char *to, HaMoveMode mode, HaReason reason, const char *by);
/** ha_begun_note - Returns: (transfer full). */
HaNote *ha_begun_note(const HaPlanMove *move);

/** ha_outcome_text - @text, or what the outcome means. Returns: (transfer full). */
char *ha_outcome_text(HaOutcome outcome, const char *text);

/* ---- ha_term.c ---- */
/** ha_term_lead - Returns: TRUE when this core leads, its term stands in the CIB and is known to the group, and the CIB
 * can be written. Else the next step towards that is among @effects. */
gboolean ha_term_lead(HaCore *core, GPtrArray *effects);
/** ha_term_done - the taking of a term has ended. */
void ha_term_done(HaCore *core, const HaEvent *event, GPtrArray *effects);
/** ha_term_repeat_notes - a member that has just joined knows none of what was said before it. */
void ha_term_repeat_notes(HaCore *core, GPtrArray *effects);

/* ---- ha_fence_request.c ---- */
/** ha_fence_request_do - @request: of a HA_REQUEST_FENCE_ kind. */
void ha_fence_request_do(HaCore *core, const HaRequest *request, GPtrArray *effects);
/** ha_fence_confirm_done - the confirmation under way has ended. */
void ha_fence_confirm_done(HaCore *core, const HaEvent *event, GPtrArray *effects);

/* ---- ha_group_request.c ---- */
/** ha_group_request_do - @request: of a HA_REQUEST_GROUP_ kind. */
void ha_group_request_do(HaCore *core, const HaRequest *request, GPtrArray *effects);
/** ha_group_admits - may the new @vm be in @group: it exists, its rules can hold, nothing of it moves? Else @request is
 * answered. */
gboolean ha_group_admits(HaCore *core, const HaRequest *request, const char *vm, const char *group, GPtrArray *effects);

/* ---- ha_request.c ---- */
void ha_request_do(HaCore *core, const HaRequest *request, GPtrArray *effects);

/* ---- ha_define.c ---- */
/** ha_define_do - answer a HA_REQUEST_VM_DEFINE. @vm: the one it names. */
void ha_define_do(HaCore *core, const HaRequest *request, const HaConfigVm *vm, GPtrArray *effects);
/** ha_define_settle - give back what a VM no longer takes; nothing while a move is in flight. Starts at most one write.
 */
void ha_define_settle(HaCore *core, GPtrArray *effects);

/* ---- ha_reconcile.c: moves under way ---- */
void ha_reconcile(HaCore *core, GPtrArray *effects);
/** ha_say_unsaid - beginnings and ends of moves that no note told. Before anything new is begun; nothing while a write
 * is under way. */
void ha_say_unsaid(HaCore *core, GPtrArray *effects);

/* ---- ha_drain.c: wishes on nodes, and the waves they ask for ---- */
/** ha_drain_reconcile - only when no move is in flight and a write is possible. Starts at most one write. */
void ha_drain_reconcile(HaCore *core, GPtrArray *effects);

/* ---- ha_unpark.c: VMs that a drain has shut down ---- */
/** ha_unpark - start those again whose drain is over. Only when no move is in flight and a write is possible.
 */
void ha_unpark(HaCore *core, GPtrArray *effects);
/** ha_unpark_note - @kind: of the HA_NOTE_VM_PARKED, UNPARKED. Returns: (transfer full). */
HaNote *ha_unpark_note(HaNoteKind kind, const char *vm, const char *node);

/* ---- ha_balance_round.c ---- */
/** ha_balance_reconcile - only when no move is in flight, no write is under way and no wish asks for one. */
void ha_balance_reconcile(HaCore *core, GPtrArray *effects);
void ha_balance_request(HaCore *core, const HaRequest *request, GPtrArray *effects);

/* ---- ha_watch.c: what changed, said once ---- */
void ha_watch(HaCore *core, GPtrArray *effects);

/* ---- ha_capacity_watch.c ---- */
/** ha_capacity_watch - look at it now and then; @effects: nullable, the leader also says what became of it. */
void ha_capacity_watch(HaCore *core, GPtrArray *effects);

/* ---- ha_failover_watch.c: hosts that are lost, and what becomes of their VMs ---- */
/** ha_failover_members - who is missing from @members (HaMember*), before the view takes them over. */
void ha_failover_members(HaCore *core, const GPtrArray *members);
/** ha_failover_watch - observe; @effects: nullable, the leader also speaks of what was not said yet. */
void ha_failover_watch(HaCore *core, GPtrArray *effects);

#endif
