/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_result.h"

#include "agent/wire/wire_frame.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_text.h"

GBytes *wire_result_pack(Hactl__Result *message, gboolean last)
{
    g_autoptr(GError) error = NULL;
    WIRE_SET(message, last, last);
    GBytes *frame = wire_pack(&message->base, WIRE_RESULT_MAX, &error);
    return frame != NULL ? frame : wire_answer_build(0, HA_ANSWER_FAILED, error->message, NULL);
}

GBytes *wire_answer_build(guint64 request_id, HaAnswer answer, const char *text, const char *warning)
{
    g_autofree char *repaired = wire_text_repair_prose(text);
    g_autofree char *repaired_warning = wire_text_repair_prose(warning);
    Hactl__Answer message = HACTL__ANSWER__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    message.request_id = request_id;
    message.answer = answer;
    message.text = repaired;
    message.warning = repaired_warning;
    result.answer = &message;
    return wire_result_pack(&result, TRUE);
}

GBytes *wire_definition_build(const char *hash, GBytes *xml)
{
    Hactl__Definition message = HACTL__DEFINITION__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    message.hash = (char *)hash;
    message.xml.data = (guint8 *)g_bytes_get_data(xml, &message.xml.len);
    result.definition = &message;
    return wire_result_pack(&result, TRUE);
}

GBytes *wire_explanation_build(const GPtrArray *lines)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Explanation message = HACTL__EXPLANATION__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    message.n_lines = lines->len;
    message.lines = wire_arena_pointers(arena, lines->len);
    for (guint i = 0; i < lines->len; i++)
        message.lines[i] = wire_item_prose(arena, lines->pdata[i]);
    result.explanation = &message;
    return wire_result_pack(&result, TRUE);
}

GBytes *wire_notes_build(const GPtrArray *notes, guint64 after_id, gboolean last)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Result result = HACTL__RESULT__INIT;
    guint first = notes->len;
    while (first > 0 && ((const HaNote *)g_ptr_array_index(notes, first - 1))->id > after_id)
        first--;
    result.n_notes = notes->len - first;
    result.notes = wire_item_put_notes(arena, notes, first, notes->len - first);
    return wire_result_pack(&result, last);
}
