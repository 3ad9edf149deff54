/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_cast - what hactld multicasts over the CPG "hactl", as core types and as bytes.
 *
 * Encoders return a whole frame (wire_frame.h), ready for cpg_mcast_joined. What they are given is brought within the
 * decoder's bounds first (texts made valid UTF-8 and cut, numbers clamped), so that one odd libvirt domain never
 * silences its host. The decoder trusts nothing: members may run another version, or a bug.
 */
#ifndef WIRE_CAST_H
#define WIRE_CAST_H

#include "agent/core/ha_core.h"
#include "agent/wire/wire_definition.h"
#include "agent/wire/wire_text.h"

#define WIRE_BRIDGES_MAX 1024u /* a report */
#define WIRE_STORAGE_MAX 1024u /* a report */
#define WIRE_WANTED_MAX 8192u  /* hashes in one WIRE_CAST_DEFINITION_WANTED */

typedef enum {
    WIRE_CAST_REPORT,            /* report, joined */
    WIRE_CAST_NOTE,              /* note */
    WIRE_CAST_REQUEST,           /* request (without needs), hash of its definition when it has one */
    WIRE_CAST_ANSWER,            /* answer */
    WIRE_CAST_DEFINITION,        /* definition */
    WIRE_CAST_DEFINITION_WANTED, /* wanted */
    WIRE_CAST_CANCEL,            /* cancel */
    WIRE_CAST_DEFINITIONS,       /* definitions */
} WireCastKind;

typedef struct {
    guint64 request_id;
    HaAnswer answer;
    char *text, *warning; /* nullable */
    guint64 epoch;        /* of the configuration that the leader sees; 0: it sees none */
} WireAnswer;

/* By kind; what does not belong to the kind is NULL or 0. Everything is owned: wire_cast_clear releases it, and a
 * member taken over (g_steal_pointer) is skipped. */
typedef struct {
    WireCastKind kind;
    HaReport *report; /* sorted */
    guint64 joined;   /* the ring's sequence number when the sender joined */
    HaNote *note;
    HaRequest *request;
    char *hash;
    WireAnswer answer;
    struct {
        char *hash;  /* verified: the sha256 of xml */
        GBytes *xml; /* 1..HA_DEFINITION_BYTES_MAX bytes, valid UTF-8 */
    } definition;
    GPtrArray *wanted;      /* char*: hashes */
    GPtrArray *definitions; /* WireDefinition*, at least one */
    struct {
        char *vm, *node;
        gboolean on;
    } cancel;
} WireCast;

void wire_cast_clear(WireCast *cast);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WireCast, wire_cast_clear)

/**
 * wire_cast_report - Returns: (transfer full); NULL with WIRE_ERROR_TOO_MANY when it does not fit in WIRE_FRAME_MAX
 * (some 9,000 VMs on one host).
 */
GBytes *wire_cast_report(const HaReport *report, guint64 joined, GError **error);
GBytes *wire_cast_note(const HaNote *note);
/** wire_cast_request - @hash: a sha256 where ha_request_has_definition, NULL otherwise. request->needs does not travel.
 */
GBytes *wire_cast_request(const HaRequest *request, const char *hash);
GBytes *wire_cast_answer(const WireAnswer *answer);
/** wire_cast_definition - @hash: the sha256 of @xml; @xml: 1..HA_DEFINITION_BYTES_MAX bytes of UTF-8. */
GBytes *wire_cast_definition(const char *hash, GBytes *xml);
/** wire_cast_definitions - @definitions: WireDefinition*, 1..WIRE_DEFINITIONS_MAX, together below 400 KiB. */
GBytes *wire_cast_definitions(const GPtrArray *definitions);
/** wire_cast_definition_wanted - @hashes: char*, at least one. Only the first WIRE_WANTED_MAX travel; who still lacks
 * some asks again. */
GBytes *wire_cast_definition_wanted(const GPtrArray *hashes);
GBytes *wire_cast_cancel(const char *vm, const char *node, gboolean on);

/**
 * wire_cast_decode - the inverse of all of them.
 * @data: borrowed, one CPG message of @len bytes, any content.
 * @ret_cast: set only on success; release with wire_cast_clear.
 *
 * Refuses, with a WIRE_ERROR that names the field: a bad frame, a missing required field, enumerations and numbers out
 * of range, names of nodes that fail ha_name_check, names of VMs that are not 1..WIRE_LABEL_MAX bytes of UTF-8 without
 * control characters (any libvirt domain is reported, not only hactl's), too many elements, doubles, a definition whose
 * sha256 is not its hash.
 */
gboolean wire_cast_decode(const guint8 *data, gsize len, WireCast *ret_cast, GError **error);

#endif
