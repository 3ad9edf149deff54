/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_cast.h"

#include "agent/wire/wire_frame.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_text.h"

void wire_cast_clear(WireCast *cast)
{
    g_clear_pointer(&cast->report, ha_report_free);
    g_clear_pointer(&cast->note, ha_note_free);
    g_clear_pointer(&cast->request, ha_request_free);
    g_clear_pointer(&cast->hash, g_free);
    g_clear_pointer(&cast->answer.text, g_free);
    g_clear_pointer(&cast->answer.warning, g_free);
    g_clear_pointer(&cast->definition.hash, g_free);
    g_clear_pointer(&cast->definition.xml, g_bytes_unref);
    g_clear_pointer(&cast->wanted, g_ptr_array_unref);
    g_clear_pointer(&cast->definitions, g_ptr_array_unref);
    g_clear_pointer(&cast->cancel.vm, g_free);
    g_clear_pointer(&cast->cancel.node, g_free);
}

/* ---- encoders ---- */

/* A message whose parts are all bounded below WIRE_FRAME_MAX. */
static GBytes *pack_bounded(const Hactl__Cast *cast)
{
    GBytes *frame = wire_pack(&cast->base, WIRE_FRAME_MAX, NULL);
    g_assert(frame != NULL);
    return frame;
}

GBytes *wire_cast_report(const HaReport *report, guint64 joined, GError **error)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Report message;
    Hactl__Cast cast = HACTL__CAST__INIT;
    wire_item_put_report(arena, report, joined, TRUE, &message);
    cast.body_case = HACTL__CAST__BODY_REPORT;
    cast.report = &message;
    GBytes *frame = wire_pack(&cast.base, WIRE_FRAME_MAX, error);
    if (frame == NULL)
        g_prefix_error(error, "can't multicast the report of %s with %u VMs: ", report->node, report->vms->len);
    return frame;
}

GBytes *wire_cast_note(const HaNote *note)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Note message;
    Hactl__Cast cast = HACTL__CAST__INIT;
    wire_item_put_note(arena, note, &message);
    cast.body_case = HACTL__CAST__BODY_NOTE;
    cast.note = &message;
    return pack_bounded(&cast);
}

GBytes *wire_cast_request(const HaRequest *request, const char *hash)
{
    g_assert(ha_request_has_definition(request->kind) == (hash != NULL));
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Request message;
    Hactl__Cast cast = HACTL__CAST__INIT;
    wire_item_put_request(arena, request, hash, &message);
    cast.body_case = HACTL__CAST__BODY_REQUEST;
    cast.request = &message;
    return pack_bounded(&cast);
}

GBytes *wire_cast_answer(const WireAnswer *answer)
{
    g_autofree char *text = wire_text_repair_prose(answer->text);
    g_autofree char *warning = wire_text_repair_prose(answer->warning);
    Hactl__Answer message = HACTL__ANSWER__INIT;
    Hactl__Cast cast = HACTL__CAST__INIT;
    message.request_id = answer->request_id;
    message.answer = answer->answer;
    message.text = text;
    message.warning = warning;
    WIRE_SET(&message, epoch, answer->epoch);
    cast.body_case = HACTL__CAST__BODY_ANSWER;
    cast.answer = &message;
    return pack_bounded(&cast);
}

GBytes *wire_cast_definition(const char *hash, GBytes *xml)
{
    g_assert(ha_hash_check(hash));
    g_assert(g_bytes_get_size(xml) <= HA_DEFINITION_BYTES_MAX);
    Hactl__Definition message = HACTL__DEFINITION__INIT;
    Hactl__Cast cast = HACTL__CAST__INIT;
    message.hash = (char *)hash;
    message.xml.data = (guint8 *)g_bytes_get_data(xml, &message.xml.len);
    cast.body_case = HACTL__CAST__BODY_DEFINITION;
    cast.definition = &message;
    return pack_bounded(&cast);
}

GBytes *wire_cast_definitions(const GPtrArray *definitions)
{
    g_assert(definitions->len > 0);
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Definitions message = HACTL__DEFINITIONS__INIT;
    Hactl__Cast cast = HACTL__CAST__INIT;
    message.n_definitions = definitions->len;
    message.definitions = wire_definitions_put(arena, definitions);
    cast.body_case = HACTL__CAST__BODY_DEFINITIONS;
    cast.definitions = &message;
    return pack_bounded(&cast);
}

GBytes *wire_cast_definition_wanted(const GPtrArray *hashes)
{
    g_assert(hashes->len > 0);
    Hactl__DefinitionWanted message = HACTL__DEFINITION_WANTED__INIT;
    Hactl__Cast cast = HACTL__CAST__INIT;
    message.hashes = (char **)hashes->pdata;
    message.n_hashes = MIN(hashes->len, WIRE_WANTED_MAX);
    cast.body_case = HACTL__CAST__BODY_DEFINITION_WANTED;
    cast.definition_wanted = &message;
    return pack_bounded(&cast);
}

GBytes *wire_cast_cancel(const char *vm, const char *node, gboolean on)
{
    g_autofree char *repaired = wire_text_repair_label(vm, WIRE_LABEL_MAX);
    Hactl__Cancel message = HACTL__CANCEL__INIT;
    Hactl__Cast cast = HACTL__CAST__INIT;
    message.vm = repaired;
    message.node = (char *)node;
    message.on = on;
    cast.body_case = HACTL__CAST__BODY_CANCEL;
    cast.cancel = &message;
    return pack_bounded(&cast);
}

/* ---- decoders ---- */

static gboolean take_report(const Hactl__Report *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_REPORT;
    cast->joined = message->joined;
    cast->report = wire_item_take_report(message, error);
    return cast->report != NULL;
}

static gboolean take_note(const Hactl__Note *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_NOTE;
    cast->note = wire_item_take_note(message, error);
    return cast->note != NULL;
}

static gboolean take_request(const Hactl__Request *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_REQUEST;
    cast->request = wire_item_take_request(message, error);
    if (cast->request == NULL)
        return FALSE;
    gboolean wanted = ha_request_has_definition(cast->request->kind);
    if (!wanted && message->hash != NULL) {
        g_set_error(
            error, WIRE_ERROR, WIRE_ERROR_MISMATCH, "request.hash is given, and only a VM_ADD or VM_DEFINE has one");
        return FALSE;
    }
    if (wanted && !wire_text_hash("request.hash", message->hash, error))
        return FALSE;
    cast->hash = g_strdup(message->hash);
    return TRUE;
}

static gboolean take_answer(const Hactl__Answer *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_ANSWER;
    if (!wire_text_below("answer.answer", message->answer, HA_ANSWER_FAILED + 1, error) ||
        !wire_text_prose("answer.text", message->text, error) ||
        !wire_text_prose("answer.warning", message->warning, error))
        return FALSE;
    cast->answer.request_id = message->request_id;
    cast->answer.answer = (HaAnswer)message->answer;
    cast->answer.epoch = message->epoch;
    cast->answer.text = g_strdup(message->text);
    cast->answer.warning = g_strdup(message->warning);
    return TRUE;
}

static gboolean take_definition(const Hactl__Definition *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_DEFINITION;
    g_autoptr(WireDefinition) definition = wire_definition_take(message, error);
    if (definition == NULL)
        return FALSE;
    cast->definition.hash = g_steal_pointer(&definition->hash);
    cast->definition.xml = g_bytes_ref(definition->xml);
    return TRUE;
}

static gboolean take_definitions(const Hactl__Definitions *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_DEFINITIONS;
    cast->definitions = wire_definitions_take(message->definitions, message->n_definitions, error);
    return cast->definitions != NULL;
}

static gboolean take_wanted(const Hactl__DefinitionWanted *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_DEFINITION_WANTED;
    if (message->n_hashes == 0) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_MISMATCH, "definition_wanted.hashes is missing");
        return FALSE;
    }
    if (!wire_text_count("definition_wanted.hashes", message->n_hashes, WIRE_WANTED_MAX, error))
        return FALSE;
    cast->wanted = g_ptr_array_new_full((guint)message->n_hashes, g_free);
    for (gsize i = 0; i < message->n_hashes; i++) {
        if (!wire_text_hash("definition_wanted.hashes", message->hashes[i], error))
            return FALSE;
        g_ptr_array_add(cast->wanted, g_strdup(message->hashes[i]));
    }
    return TRUE;
}

static gboolean take_cancel(const Hactl__Cancel *message, WireCast *cast, GError **error)
{
    cast->kind = WIRE_CAST_CANCEL;
    if (!wire_text_label("cancel.vm", message->vm, WIRE_LABEL_MAX, error) ||
        !wire_text_node("cancel.node", message->node, error))
        return FALSE;
    cast->cancel.vm = g_strdup(message->vm);
    cast->cancel.node = g_strdup(message->node);
    cast->cancel.on = message->on;
    return TRUE;
}

static gboolean take_body(const Hactl__Cast *message, WireCast *cast, GError **error)
{
    switch (message->body_case) {
    case HACTL__CAST__BODY_REPORT:
        return take_report(message->report, cast, error);
    case HACTL__CAST__BODY_NOTE:
        return take_note(message->note, cast, error);
    case HACTL__CAST__BODY_REQUEST:
        return take_request(message->request, cast, error);
    case HACTL__CAST__BODY_ANSWER:
        return take_answer(message->answer, cast, error);
    case HACTL__CAST__BODY_DEFINITION:
        return take_definition(message->definition, cast, error);
    case HACTL__CAST__BODY_DEFINITION_WANTED:
        return take_wanted(message->definition_wanted, cast, error);
    case HACTL__CAST__BODY_DEFINITIONS:
        return take_definitions(message->definitions, cast, error);
    case HACTL__CAST__BODY_CANCEL:
        return take_cancel(message->cancel, cast, error);
    case HACTL__CAST__BODY__NOT_SET:
    case _HACTL__CAST__BODY__CASE_IS_INT_SIZE:
        break;
    }
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_SYNTAX,
        "message without a body of a kind known here: its sender may run a newer hactl");
    return FALSE;
}

gboolean wire_cast_decode(const guint8 *data, gsize len, WireCast *ret_cast, GError **error)
{
    const guint8 *payload = NULL;
    gsize payload_len = 0;
    if (!wire_frame_whole(data, len, WIRE_FRAME_MAX, &payload, &payload_len, error))
        return FALSE;
    Hactl__Cast *message = (Hactl__Cast *)wire_unpack("Cast", &hactl__cast__descriptor, payload, payload_len, error);
    if (message == NULL)
        return FALSE;
    WireCast cast = {0};
    gboolean ok = take_body(message, &cast, error);
    wire_unpack_free(&message->base);
    if (ok)
        *ret_cast = cast;
    else
        wire_cast_clear(&cast);
    return ok;
}
