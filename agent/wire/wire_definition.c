/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_definition.h"

#include "agent/wire/wire_text.h"

void wire_definition_free(WireDefinition *definition)
{
    if (!definition)
        return;
    g_free(definition->hash);
    g_bytes_unref(definition->xml);
    g_free(definition);
}

WireDefinition *wire_definition_take(const Hactl__Definition *message, GError **error)
{
    if (!wire_text_hash("definition.hash", message->hash, error) ||
        !wire_text_content("definition.xml", message->xml.data, message->xml.len, error))
        return NULL;
    g_autofree char *actual = g_compute_checksum_for_data(G_CHECKSUM_SHA256, message->xml.data, message->xml.len);
    if (!g_str_equal(actual, message->hash)) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_MISMATCH, "definition %s has content with the sha256 %s",
            message->hash, actual);
        return NULL;
    }
    WireDefinition *definition = g_new0(WireDefinition, 1);
    definition->hash = g_strdup(message->hash);
    definition->xml = g_bytes_new(message->xml.data, message->xml.len);
    return definition;
}

Hactl__Definition **wire_definitions_put(WireArena *arena, const GPtrArray *definitions)
{
    Hactl__Definition *messages = wire_arena_array(arena, definitions->len, sizeof *messages);
    Hactl__Definition **pointers = wire_arena_pointers(arena, definitions->len);
    for (guint i = 0; i < definitions->len; i++) {
        const WireDefinition *definition = definitions->pdata[i];
        hactl__definition__init(&messages[i]);
        messages[i].hash = definition->hash;
        messages[i].xml.data = (guint8 *)g_bytes_get_data(definition->xml, &messages[i].xml.len);
        pointers[i] = &messages[i];
    }
    return pointers;
}

GPtrArray *wire_definitions_take(Hactl__Definition *const *messages, gsize n, GError **error)
{
    g_autoptr(GPtrArray) definitions = g_ptr_array_new_with_free_func((GDestroyNotify)wire_definition_free);
    guint64 bytes = 0;
    if (n == 0) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_MISMATCH, "definitions are missing");
        return NULL;
    }
    if (!wire_text_count("definitions", n, WIRE_DEFINITIONS_MAX, error))
        return NULL;
    for (gsize i = 0; i < n; i++) {
        WireDefinition *definition = wire_definition_take(messages[i], error);
        if (definition == NULL)
            return NULL;
        g_ptr_array_add(definitions, definition);
        bytes += g_bytes_get_size(definition->xml);
    }
    if (!wire_text_at_most("the definitions' bytes", bytes, WIRE_DEFINITIONS_BYTES_MAX, error))
        return NULL;
    return g_steal_pointer(&definitions);
}
