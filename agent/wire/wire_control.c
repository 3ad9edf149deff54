/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_control.h"

#include "agent/core/ha_fence.h"
#include "agent/wire/wire_definition.h"
#include "agent/wire/wire_frame.h"
#include "agent/wire/wire_group.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_manifest.h"
#include "agent/wire/wire_text.h"

/* ---- Call ---- */

void wire_call_clear(WireCall *call)
{
    g_clear_pointer(&call->request, ha_request_free);
    g_clear_pointer(&call->xml, g_bytes_unref);
    g_clear_pointer(&call->vm, g_free);
    g_clear_pointer(&call->node, g_free);
    g_clear_pointer(&call->definitions, g_ptr_array_unref);
}

static gboolean mismatch(GError **error, const char *text)
{
    g_set_error_literal(error, WIRE_ERROR, WIRE_ERROR_MISMATCH, text);
    return FALSE;
}

static gboolean plan_check(const HaRequest *request, GError **error)
{
    switch (request->kind) {
    case HA_REQUEST_DRAIN:
    case HA_REQUEST_UNDRAIN:
    case HA_REQUEST_MIGRATE:
    case HA_REQUEST_BALANCE:
    case HA_REQUEST_APPLY:
        return TRUE;
    case HA_REQUEST_VM_ADD:
    case HA_REQUEST_VM_REMOVE:
    case HA_REQUEST_VM_START:
    case HA_REQUEST_VM_STOP:
    case HA_REQUEST_TUNE:
    case HA_REQUEST_FENCE_ADD:
    case HA_REQUEST_FENCE_REMOVE:
    case HA_REQUEST_FENCE_CONFIRM:
    case HA_REQUEST_GROUP_SET:
    case HA_REQUEST_GROUP_DELETE:
    case HA_REQUEST_GROUP_VMS:
    case HA_REQUESTS:
    case HA_REQUEST_VM_DEFINE:
        break;
    }
    return mismatch(
        error, "call.request.kind: only a drain, an undrain, a migrate, a balance and an apply can be planned");
}

static gboolean take_request(const Hactl__Call *message, WireCall *call, GError **error)
{
    if (message->request == NULL)
        return mismatch(error, "call.request is missing, and this kind of call needs it");
    if (message->request->hash != NULL)
        return mismatch(error, "call.request.hash is given, and it is hactld's to compute");
    call->request = wire_item_take_request(message->request, error);
    if (call->request == NULL)
        return FALSE;
    call->request->id = 0;
    return message->kind != HACTL__CALL_KIND__CALL_PLAN || plan_check(call->request, error);
}

static gboolean take_xml(const Hactl__Call *message, WireCall *call, GError **error)
{
    gboolean wanted = message->kind == HACTL__CALL_KIND__CALL_REQUEST && ha_request_has_definition(call->request->kind);
    if (!wanted)
        return !message->has_xml || mismatch(error, "call.xml is given, and only a VM's definition has one");
    if (!message->has_xml) /* vm names a domain that the host's own libvirt has */
        return (call->request->kind == HA_REQUEST_VM_ADD && call->request->vm != NULL) ||
               mismatch(error, "call.xml is missing: a VM's definition needs its libvirt XML, or a domain's name");
    if (!wire_text_content("call.xml", message->xml.data, message->xml.len, error))
        return FALSE;
    call->xml = g_bytes_new(message->xml.data, message->xml.len);
    return TRUE;
}

/* Names of things that may or may not exist: labels, no more. */
static gboolean take_explain(const Hactl__Call *message, WireCall *call, GError **error)
{
    if (message->vm == NULL && message->node == NULL)
        return mismatch(error, "call.vm and call.node are missing: what is to be explained?");
    if (message->moves && (message->vm == NULL || message->node != NULL))
        return mismatch(error, "call.moves is given, and only a VM, without a node, has moves to explain");
    if (message->vm && !wire_text_label("call.vm", message->vm, WIRE_LABEL_MAX, error))
        return FALSE;
    if (message->node && !wire_text_label("call.node", message->node, WIRE_LABEL_MAX, error))
        return FALSE;
    call->vm = g_strdup(message->vm);
    call->node = g_strdup(message->node);
    call->moves = message->moves;
    return TRUE;
}

static gboolean take_vm(const Hactl__Call *message, WireCall *call, GError **error)
{
    if (message->kind == HACTL__CALL_KIND__CALL_EXPLAIN)
        return take_explain(message, call, error);
    if (message->node != NULL)
        return mismatch(error, "call.node is given, and only a call for an explanation has one");
    if (message->moves)
        return mismatch(error, "call.moves is given, and only a call for an explanation has it");
    if (message->kind != HACTL__CALL_KIND__CALL_DEFINITION)
        return message->vm == NULL || mismatch(error, "call.vm is given, and only a call for a definition has one");
    if (message->vm == NULL)
        return mismatch(error, "call.vm is missing: whose definition?");
    if (!wire_text_label("call.vm", message->vm, WIRE_LABEL_MAX, error))
        return FALSE;
    call->vm = g_strdup(message->vm);
    call->running = message->running;
    return TRUE;
}

static gboolean take_definitions(const Hactl__Call *message, WireCall *call, GError **error)
{
    if (message->kind != HACTL__CALL_KIND__CALL_STORE)
        return message->n_definitions == 0 ||
               mismatch(error, "call.definitions are given, and only a call to store has them");
    call->keep = message->keep;
    call->definitions = wire_definitions_take(message->definitions, message->n_definitions, error);
    return call->definitions != NULL;
}

static gboolean take_lose(const Hactl__Call *message, WireCall *call, GError **error)
{
    if (message->kind != HACTL__CALL_KIND__CALL_CAPACITY)
        return !message->has_lose || mismatch(error, "call.lose is given, and only a call for the capacity has one");
    call->lose = message->lose;
    return wire_text_below("call.lose", message->lose, HA_CAPACITY_LOSE_MAX + 1, error);
}

static gboolean kind_check(const Hactl__Call *message, GError **error)
{
    /* protobuf-c passes on any number that it reads for an enumeration. */
    if (protobuf_c_enum_descriptor_get_value(&hactl__call_kind__descriptor, message->kind) != NULL)
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_RANGE, "call.kind is %d, which is not known here", (int)message->kind);
    return FALSE;
}

static gboolean take_call(const Hactl__Call *message, WireCall *call, GError **error)
{
    if (!kind_check(message, error))
        return FALSE;
    call->kind = message->kind;
    call->watch = message->watch;
    gboolean has_request = call->kind == HACTL__CALL_KIND__CALL_PLAN || call->kind == HACTL__CALL_KIND__CALL_REQUEST;
    if (!has_request && message->request != NULL)
        return mismatch(error, "call.request is given, and this kind of call has none");
    if (has_request && !take_request(message, call, error))
        return FALSE;
    return take_xml(message, call, error) && take_vm(message, call, error) &&
           take_definitions(message, call, error) && take_lose(message, call, error);
}

gboolean wire_call_decode(const guint8 *data, gsize len, WireCall *ret_call, GError **error)
{
    Hactl__Call *message = (Hactl__Call *)wire_unpack("Call", &hactl__call__descriptor, data, len, error);
    if (message == NULL)
        return FALSE;
    WireCall call = {0};
    gboolean ok = take_call(message, &call, error);
    wire_unpack_free(&message->base);
    if (ok)
        *ret_call = call;
    else
        wire_call_clear(&call);
    return ok;
}

GBytes *wire_call_encode(const Hactl__Call *call, GError **error)
{
    g_autoptr(GBytes) frame = wire_pack(&call->base, WIRE_FRAME_MAX, error);
    if (frame == NULL)
        return NULL;
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    g_auto(WireCall) checked = {0};
    if (!wire_call_decode(data + WIRE_FRAME_HEADER_BYTES, len - WIRE_FRAME_HEADER_BYTES, &checked, error))
        return NULL;
    return g_steal_pointer(&frame);
}

/* ---- Result, the client's side ---- */

static gboolean nodes_check(const Hactl__View *view, GError **error)
{
    for (gsize i = 0; i < view->n_nodes; i++) {
        const Hactl__ViewNode *node = view->nodes[i];
        if (!wire_text_below("view.nodes.state", node->state, HA_NODE_STATES, error) ||
            !wire_text_below("view.nodes.drain", node->drain, HA_DRAIN_STATES, error) ||
            !wire_text_below("view.nodes.fence_gap", node->fence_gap, HA_FENCE_GAPS, error) ||
            (node->report != NULL &&
                !wire_text_below("view.nodes.report.libvirt", node->report->libvirt, HA_LIBVIRT_OK + 1, error)))
            return FALSE;
    }
    return TRUE;
}

static gboolean fences_check(const Hactl__View *view, GError **error)
{
    for (gsize i = 0; i < view->n_fences; i++)
        if (!wire_text_below("view.fences.state", view->fences[i]->state, HA_FENCE_STATES, error))
            return FALSE;
    return TRUE;
}

static gboolean vms_check(const Hactl__View *view, GError **error)
{
    for (gsize i = 0; i < view->n_vms; i++) {
        const Hactl__ViewVm *vm = view->vms[i];
        if (!wire_text_below("view.vms.state", vm->state, HA_VM_STATES, error) ||
            !wire_text_below("view.vms.move", vm->move, HA_MOVE_STATES, error) ||
            !wire_text_below("view.vms.move_reason", vm->move_reason, HA_REASONS, error) ||
            !wire_text_below("view.vms.move_mode", vm->move_mode, HA_MOVE_RESTART + 1, error) ||
            !wire_text_below("view.vms.block", vm->block, HA_BLOCKS, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean notes_check(Hactl__Note *const *notes, gsize n, GError **error)
{
    for (gsize i = 0; i < n; i++)
        if (!wire_text_below("notes.kind", notes[i]->kind, HA_NOTES, error) ||
            !wire_text_below("notes.reason", notes[i]->reason, HA_REASONS, error))
            return FALSE;
    return TRUE;
}

static gboolean candidates_check(const Hactl__PlanMove *move, GError **error)
{
    for (gsize i = 0; i < move->n_candidates; i++)
        if (!wire_text_below("plan.moves.candidates.block", move->candidates[i]->block, HA_BLOCKS, error))
            return FALSE;
    return TRUE;
}

static gboolean plan_moves_check(const Hactl__Plan *plan, GError **error)
{
    for (gsize i = 0; i < plan->n_moves; i++) {
        const Hactl__PlanMove *move = plan->moves[i];
        if (!wire_text_below("plan.moves.mode", move->mode, HA_MOVE_RESTART + 1, error) ||
            !wire_text_below("plan.moves.reason", move->reason, HA_REASONS, error) ||
            !wire_text_below("plan.moves.block", move->block, HA_BLOCKS, error) || !candidates_check(move, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean groups_check(const Hactl__View *view, GError **error)
{
    for (gsize i = 0; i < view->n_groups; i++) {
        g_autoptr(HaGroup) group = wire_group_take(view->groups[i], error);
        if (group == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean apply_check(const Hactl__Apply *apply, GError **error)
{
    for (gsize i = 0; i < apply->n_lines; i++)
        if (!wire_text_below("apply.lines.kind", apply->lines[i]->kind, HA_APPLY_KINDS, error))
            return FALSE;
    return TRUE;
}

static gboolean result_check(const Hactl__Result *result, GError **error)
{
    const Hactl__View *view = result->view;
    if (result->answer != NULL &&
        !wire_text_below("answer.answer", result->answer->answer, HA_ANSWER_FAILED + 1, error))
        return FALSE;
    if (view != NULL && (!nodes_check(view, error) || !fences_check(view, error) || !vms_check(view, error) ||
                            !groups_check(view, error) || !notes_check(view->notes, view->n_notes, error)))
        return FALSE;
    if (result->plan != NULL && !plan_moves_check(result->plan, error))
        return FALSE;
    if (result->apply != NULL && !apply_check(result->apply, error))
        return FALSE;
    return notes_check(result->notes, result->n_notes, error);
}

WireResult *wire_result_decode(const guint8 *data, gsize len, GError **error)
{
    g_autoptr(WireResult) result = (Hactl__Result *)wire_unpack("Result", &hactl__result__descriptor, data, len, error);
    if (result == NULL || !result_check(result, error))
        return NULL;
    return g_steal_pointer(&result);
}

void wire_result_free(WireResult *result)
{
    wire_unpack_free((ProtobufCMessage *)result);
}
