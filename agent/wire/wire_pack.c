/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_pack.h"

#include <stdlib.h>

#include "agent/wire/wire_frame.h"

WireArena *wire_arena_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

void *wire_arena_keep(WireArena *arena, void *memory)
{
    if (memory != NULL)
        g_ptr_array_add(arena, memory);
    return memory;
}

void *wire_arena_array(WireArena *arena, gsize n, gsize size)
{
    return n == 0 ? NULL : wire_arena_keep(arena, g_malloc0_n(n, size));
}

void *wire_arena_pointers(WireArena *arena, gsize n)
{
    return wire_arena_array(arena, n, sizeof(gpointer));
}

GBytes *wire_pack(const ProtobufCMessage *message, gsize max, GError **error)
{
    gsize len = protobuf_c_message_get_packed_size(message);
    if (len > max) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_TOO_MANY,
            "message of %" G_GSIZE_FORMAT " bytes, and at most %" G_GSIZE_FORMAT " can be sent", len, max);
        return NULL;
    }
    guint8 *frame = g_malloc(WIRE_FRAME_HEADER_BYTES + len);
    wire_frame_header(frame, len);
    protobuf_c_message_pack(message, frame + WIRE_FRAME_HEADER_BYTES);
    return g_bytes_new_take(frame, WIRE_FRAME_HEADER_BYTES + len);
}

/* protobuf-c allocates what the bytes ask for; this stops it. It releases everything and returns NULL when an
 * allocation fails. */
typedef struct {
    gsize left;
    gboolean exceeded;
} Budget;

static void *budget_alloc(void *data, size_t size)
{
    Budget *budget = data;
    if (size > budget->left) {
        budget->exceeded = TRUE;
        return NULL;
    }
    budget->left -= size;
    return malloc(size);
}

static void budget_free(void *data, void *memory)
{
    free(memory);
}

static gboolean utf8_check(const ProtobufCMessage *message, GError **error);

static gboolean utf8_check_one(const ProtobufCFieldDescriptor *field, const void *member, GError **error)
{
    const void *value = *(const void *const *)member;
    if (value == NULL || value == field->default_value)
        return TRUE;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (utf8_check(value, error))
            return TRUE;
        g_prefix_error(error, "%s.", field->name);
        return FALSE;
    }
    if (g_utf8_validate(value, -1, NULL))
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_TEXT, "%s is not valid UTF-8", field->name);
    return FALSE;
}

static gboolean utf8_check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, GError **error)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_STRING)
        return TRUE;
    const guint8 *base = (const guint8 *)message;
    const void *member = base + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        gboolean absent = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                          *(const guint32 *)(base + field->quantifier_offset) != field->id;
        return absent || utf8_check_one(field, member, error);
    }
    gsize n = *(const size_t *)(base + field->quantifier_offset);
    const void *const *elements = *(const void *const *const *)member;
    for (gsize i = 0; i < n; i++)
        if (!utf8_check_one(field, &elements[i], error))
            return FALSE;
    return TRUE;
}

static gboolean utf8_check(const ProtobufCMessage *message, GError **error)
{
    for (guint i = 0; i < message->descriptor->n_fields; i++)
        if (!utf8_check_field(message, &message->descriptor->fields[i], error))
            return FALSE;
    return TRUE;
}

static void unpack_failed(const char *what, gsize len, gboolean exceeded, GError **error)
{
    if (exceeded)
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_TOO_MANY,
            "a %s of %" G_GSIZE_FORMAT " bytes takes more than %u MiB of memory", what, len,
            WIRE_UNPACK_MEMORY_MAX >> 20);
    else
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_SYNTAX,
            "%" G_GSIZE_FORMAT " bytes are not a hactl %s: cut short, of wrong types, or without a required field", len,
            what);
}

ProtobufCMessage *wire_unpack(
    const char *what, const ProtobufCMessageDescriptor *type, const guint8 *data, gsize len, GError **error)
{
    Budget budget = {.left = WIRE_UNPACK_MEMORY_MAX};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, len, data);
    if (message == NULL) {
        unpack_failed(what, len, budget.exceeded, error);
        return NULL;
    }
    if (utf8_check(message, error))
        return message;
    g_prefix_error(error, "%s.", what);
    wire_unpack_free(message);
    return NULL;
}

void wire_unpack_free(ProtobufCMessage *message)
{
    static ProtobufCAllocator allocator = {budget_alloc, budget_free, NULL};
    if (message != NULL)
        protobuf_c_message_free_unpacked(message, &allocator);
}
