/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_definition - a VM's definition with its hash: multicast one by one, handed to hactld several at once.
 */
#ifndef WIRE_DEFINITION_H
#define WIRE_DEFINITION_H

#include "agent/wire/wire_pack.h"
#include "proto/hactl.pb-c.h"

#define WIRE_DEFINITIONS_MAX 256u                 /* at once */
#define WIRE_DEFINITIONS_BYTES_MAX (400u * 1024u) /* of them together: one multicast message */

typedef struct {
    char *hash;  /* verified: the sha256 of xml */
    GBytes *xml; /* 1..HA_DEFINITION_BYTES_MAX bytes, valid UTF-8 */
} WireDefinition;

void wire_definition_free(WireDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WireDefinition, wire_definition_free)

/** wire_definition_take - Returns: (transfer full); NULL with WIRE_ERROR. */
WireDefinition *wire_definition_take(const Hactl__Definition *message, GError **error);

/** wire_definitions_put - Returns: borrowed from the arena, as many; their bytes are those of @definitions. */
Hactl__Definition **wire_definitions_put(WireArena *arena, const GPtrArray *definitions);

/** wire_definitions_take - Returns: (transfer full) WireDefinition*, 1..WIRE_DEFINITIONS_MAX; NULL with WIRE_ERROR. */
GPtrArray *wire_definitions_take(Hactl__Definition *const *messages, gsize n, GError **error);

#endif
