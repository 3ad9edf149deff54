/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_pack - protobuf messages to frames and back, with bounds that protobuf-c itself does not have.
 */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include <protobuf-c/protobuf-c.h>

#include "agent/wire/wire_error.h"

#define WIRE_UNPACK_MEMORY_MAX                                                                                         \
    (64u * 1024u * 1024u) /* what one unpacked message may take: the smallest elements grow 50-fold                    \
                           */

/* An optional scalar of a generated struct. */
#define WIRE_SET(message, field, number) ((message)->has_##field = TRUE, (message)->field = (number))

/* Memory of a message under construction, released in one piece. */
typedef GPtrArray WireArena;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WireArena, g_ptr_array_unref)

WireArena *wire_arena_new(void);
/** wire_arena_keep - @memory: (transfer full), nullable. Returns: it, borrowed. */
void *wire_arena_keep(WireArena *arena, void *memory);
/** wire_arena_array - Returns: borrowed, @n elements of @size bytes, zeroed; NULL when @n is 0. */
void *wire_arena_array(WireArena *arena, gsize n, gsize size);
/** wire_arena_pointers - the same, of pointers: protobuf-c's repeated fields. */
void *wire_arena_pointers(WireArena *arena, gsize n);

/** wire_pack - Returns: (transfer full) a whole frame; NULL with WIRE_ERROR_TOO_MANY when the payload passes @max. */
GBytes *wire_pack(const ProtobufCMessage *message, gsize max, GError **error);

/**
 * wire_unpack - the inverse, of a payload.
 * @what: for errors: "Cast", "Call", "Result".
 * Returns: (transfer full) release with wire_unpack_free. Every string in it, however deep, is valid UTF-8.
 */
ProtobufCMessage *wire_unpack(
    const char *what, const ProtobufCMessageDescriptor *type, const guint8 *data, gsize len, GError **error);
/** wire_unpack_free - @message: nullable. */
void wire_unpack_free(ProtobufCMessage *message);

#endif
