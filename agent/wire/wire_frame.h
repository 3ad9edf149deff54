/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_frame - the header in front of every message, on the CPG and on the control socket.
 *
 *   offset  bytes  meaning (integers big-endian)
 *        0      4  "HACT"
 *        4      2  version, WIRE_FRAME_VERSION
 *        6      2  flags, 0
 *        8      4  length of the payload that follows
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "agent/wire/wire_error.h"

#define WIRE_FRAME_HEADER_BYTES 12u
#define WIRE_FRAME_VERSION 1u
#define WIRE_FRAME_MAX (1024u * 1024u)        /* payload of a Cast or a Call */
#define WIRE_RESULT_MAX (16u * 1024u * 1024u) /* payload of a Result: a view of HA_VMS_MAX VMs fits */

typedef enum {
    WIRE_FRAME_OK,        /* a whole frame is at the front */
    WIRE_FRAME_NEED_MORE, /* right so far, and not complete */
    WIRE_FRAME_BAD,       /* no frame of ours: error is set, the stream can't be followed any further */
} WireFrameState;

/** wire_frame_header - write the header of a payload of @len bytes. @header: WIRE_FRAME_HEADER_BYTES bytes. */
void wire_frame_header(guint8 *header, gsize len);

/** wire_frame_encode - Returns: (transfer full) header and a copy of the payload. @len at most WIRE_RESULT_MAX. */
GBytes *wire_frame_encode(const guint8 *payload, gsize len);

/**
 * wire_frame_parse - look for a frame at the front of a stream.
 * @data: borrowed, @len bytes; may be NULL when @len is 0.
 * @max: the largest payload accepted: WIRE_FRAME_MAX or WIRE_RESULT_MAX.
 * @ret_payload: set only on OK: into @data. The frame takes WIRE_FRAME_HEADER_BYTES + *ret_len bytes.
 *
 * Refuses as soon as the bytes at hand show that it is no frame, so garbage is never waited for.
 */
WireFrameState wire_frame_parse(
    const guint8 *data, gsize len, gsize max, const guint8 **ret_payload, gsize *ret_len, GError **error);

/** wire_frame_whole - as wire_frame_parse, for a datagram: the frame must be complete and nothing may follow it. */
gboolean wire_frame_whole(
    const guint8 *data, gsize len, gsize max, const guint8 **ret_payload, gsize *ret_len, GError **error);

#endif
