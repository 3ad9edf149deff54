/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_control - what hactl and hactld say on the control socket, /run/hactl/hactld.sock (unix stream, mode 0600).
 *
 *   1. The client connects and sends one frame (wire_frame.h): a Call. It keeps its side open; closing or shutting down
 * its sending side at any time means "no longer interested": a drain asked for goes on, a watch ends.
 *   2. hactld answers with frames, each a Result of at most WIRE_RESULT_MAX bytes. The one with `last` set is the final
 * one; after it hactld closes. An end of stream before `last` means that hactld died or was stopped: connect again.
 *   3. A Result carries exactly one of: view, plan, notes, definition, or answer. A call that can't be served gets one
 *      Result with answer (HA_ANSWER_UNKNOWN ... FAILED, text = why and what to do) and `last`, whatever was asked.
 *
 *   call             its fields                         Results
 *   CALL_VIEW        watch                              view; with watch: again on every change, at most twice a
 * second, no last CALL_PLAN        request: DRAIN (node, restart), UNDRAIN (node, returning), MIGRATE (vm, node),
 * BALANCE    plan CALL_REQUEST     request; VM_ADD: xml               answer: from the leader, after the CIB has taken
 * the change CALL_EVENTS      watch                              notes, oldest first (may be none); with watch: new
 * ones as they come, no last CALL_DEFINITION  vm                                 definition
 *
 *   request kinds (HaRequestKind)   needed       optional
 *   DRAIN                           node         restart, deadline_s, by
 *   UNDRAIN                         node         returning, by
 *   MIGRATE                         vm           node (the target), by
 *   VM_ADD                          xml, or vm   running, allow_local, group_name, strict, by (vm: a domain that this host's libvirt has)
 *   VM_REMOVE, VM_START, VM_STOP    vm           by
 *   BALANCE                                      by
 *   `id` and `hash` are hactld's to give. `by` is "user@host", without spaces.
 *
 * A frame that is oversized, cut short for 10 s, garbage, or sent by another user than root gets a Result with
 * HA_ANSWER_REFUSED and the reason. A client whose write fails with EPIPE should still read: the reason is there.
 * A client that reads so slowly that more than 4 MiB wait for it is cut off.
 */
#ifndef WIRE_CONTROL_H
#define WIRE_CONTROL_H

#include "agent/core/ha_core.h"
#include "agent/wire/wire_error.h"
#include "proto/hactl.pb-c.h"

/* A Call as hactld sees it, checked: what its kind needs is there, and nothing else. */
typedef struct {
    Hactl__CallKind kind;
    gboolean watch;
    HaRequest *request;     /* PLAN, REQUEST; id 0, no needs */
    GBytes *xml;            /* VM_ADD, VM_DEFINE: 1..HA_DEFINITION_BYTES_MAX bytes of UTF-8, not parsed */
    char *vm;               /* DEFINITION; EXPLAIN: nullable when node is given */
    gboolean running;       /* DEFINITION: the one it was started with */
    char *node;             /* EXPLAIN: nullable when vm is given */
    gboolean moves;         /* EXPLAIN: vm is given, node is not */
    GPtrArray *definitions; /* STORE: WireDefinition* */
    gboolean keep;          /* STORE */
    guint lose;             /* CAPACITY: 0 for the cluster's own */
} WireCall;

void wire_call_clear(WireCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WireCall, wire_call_clear)

/**
 * wire_call_decode - the server's side.
 * @data: borrowed, the payload of one frame, any content.
 * @ret_call: set only on success; release with wire_call_clear, or take members over.
 */
gboolean wire_call_decode(const guint8 *data, gsize len, WireCall *ret_call, GError **error);

/**
 * wire_call_encode - the client's side: a whole frame.
 * Returns: (transfer full); NULL with WIRE_ERROR when hactld would refuse it, with the reason hactld would give.
 */
GBytes *wire_call_encode(const Hactl__Call *call, GError **error);

typedef Hactl__Result WireResult;

/**
 * wire_result_decode - the client's side.
 * @data: borrowed, the payload of one frame, any content.
 * Returns: (transfer full) release with wire_result_free; NULL with WIRE_ERROR. Every string is valid UTF-8, every
 * enumeration (state, drain, move, reason, mode, block, answer, note kind) in the range of its core type.
 */
WireResult *wire_result_decode(const guint8 *data, gsize len, GError **error);
void wire_result_free(WireResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WireResult, wire_result_free)

/* ---- the server's Results: each returns (transfer full) a whole frame for io_control_send ---- */

/**
 * wire_view_build - everything `hactl status`, `node`, `vm` show. O(n log n) in the VMs.
 * @now_s: Unix time.
 * @last: FALSE for a watch.
 *
 * Nodes and VMs ascend by name. A VM that a report shows and the CIB does not know has managed = false. A node's report
 * is there when it is fresh; report_age_ms also when it is stale.
 */
GBytes *wire_view_build(const HaCore *core, gint64 now_s, gboolean last);
GBytes *wire_capacity_build(const HaCapacity *capacity);
GBytes *wire_plan_build(const HaPlan *plan);
/** wire_notes_build - @notes: HaNote*, ascending id. @after_id: only those with a greater id; 0 for all. */
GBytes *wire_notes_build(const GPtrArray *notes, guint64 after_id, gboolean last);
/** wire_answer_build - always last. @text, @warning: nullable. */
GBytes *wire_answer_build(guint64 request_id, HaAnswer answer, const char *text, const char *warning);
/** wire_explanation_build - @lines: char *, prose. */
GBytes *wire_explanation_build(const GPtrArray *lines);
/** wire_definition_build - always last. @hash: sha256 of @xml. */
GBytes *wire_definition_build(const char *hash, GBytes *xml);

#endif
