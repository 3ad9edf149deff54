/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_frame.h"

#include <string.h>

static const guint8 wire_frame_magic[4] = {'H', 'A', 'C', 'T'};

static guint16 read_u16(const guint8 *at)
{
    return (guint16)(at[0] << 8 | at[1]);
}

static guint32 read_u32(const guint8 *at)
{
    return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

void wire_frame_header(guint8 *header, gsize len)
{
    g_assert(len <= WIRE_RESULT_MAX);
    memcpy(header, wire_frame_magic, sizeof wire_frame_magic);
    header[4] = WIRE_FRAME_VERSION >> 8;
    header[5] = WIRE_FRAME_VERSION & 0xff;
    header[6] = header[7] = 0;
    for (guint i = 0; i < 4; i++)
        header[8 + i] = (guint8)(len >> (24 - 8 * i));
}

GBytes *wire_frame_encode(const guint8 *payload, gsize len)
{
    guint8 *frame = g_malloc(WIRE_FRAME_HEADER_BYTES + len);
    wire_frame_header(frame, len);
    if (len > 0)
        memcpy(frame + WIRE_FRAME_HEADER_BYTES, payload, len);
    return g_bytes_new_take(frame, WIRE_FRAME_HEADER_BYTES + len);
}

static WireFrameState header_check(const guint8 *data, gsize len, gsize max, GError **error)
{
    if (len > 0 && memcmp(data, wire_frame_magic, MIN(len, sizeof wire_frame_magic)) != 0) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_FRAME, "not a hactl message: it does not begin with \"HACT\"");
        return WIRE_FRAME_BAD;
    }
    if (len >= 6 && read_u16(data + 4) != WIRE_FRAME_VERSION) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_FRAME,
            "message of protocol version %u, and this is version %u: bring hactl to the same version everywhere",
            read_u16(data + 4), WIRE_FRAME_VERSION);
        return WIRE_FRAME_BAD;
    }
    if (len >= 8 && read_u16(data + 6) != 0) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_FRAME, "message with unknown flags 0x%04x", read_u16(data + 6));
        return WIRE_FRAME_BAD;
    }
    if (len >= WIRE_FRAME_HEADER_BYTES && read_u32(data + 8) > max) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_FRAME,
            "message of %u bytes, and at most %" G_GSIZE_FORMAT " are taken", read_u32(data + 8), max);
        return WIRE_FRAME_BAD;
    }
    return len >= WIRE_FRAME_HEADER_BYTES ? WIRE_FRAME_OK : WIRE_FRAME_NEED_MORE;
}

WireFrameState wire_frame_parse(
    const guint8 *data, gsize len, gsize max, const guint8 **ret_payload, gsize *ret_len, GError **error)
{
    WireFrameState state = header_check(data, len, max, error);
    if (state != WIRE_FRAME_OK)
        return state;
    gsize payload_len = read_u32(data + 8);
    if (len - WIRE_FRAME_HEADER_BYTES < payload_len)
        return WIRE_FRAME_NEED_MORE;
    *ret_payload = data + WIRE_FRAME_HEADER_BYTES;
    *ret_len = payload_len;
    return WIRE_FRAME_OK;
}

gboolean wire_frame_whole(
    const guint8 *data, gsize len, gsize max, const guint8 **ret_payload, gsize *ret_len, GError **error)
{
    const guint8 *payload = NULL;
    gsize payload_len = 0;
    switch (wire_frame_parse(data, len, max, &payload, &payload_len, error)) {
    case WIRE_FRAME_BAD:
        return FALSE;
    case WIRE_FRAME_NEED_MORE:
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_FRAME, "message cut short at %" G_GSIZE_FORMAT " bytes", len);
        return FALSE;
    case WIRE_FRAME_OK:
        break;
    }
    if (payload_len != len - WIRE_FRAME_HEADER_BYTES) {
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_FRAME, "%" G_GSIZE_FORMAT " bytes follow the end of the message",
            len - WIRE_FRAME_HEADER_BYTES - payload_len);
        return FALSE;
    }
    *ret_payload = payload;
    *ret_len = payload_len;
    return TRUE;
}
