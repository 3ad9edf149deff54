/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire_samples.h"

guint64 fuzz_accepted;

GPtrArray *fuzz_specimens(void)
{
    return sample_casts();
}

/* What the whole buffer says must be what its first bytes said: a refusal or a frame never changes as more arrives. */
static void prefixes_agree(const uint8_t *data, size_t size, WireFrameState whole, gsize frame_len)
{
    for (gsize n = 0; n <= size && n <= 64; n++) {
        const guint8 *payload = NULL;
        gsize len = 0;
        WireFrameState part = wire_frame_parse(data, n, WIRE_FRAME_MAX, &payload, &len, NULL);
        g_assert(part == WIRE_FRAME_NEED_MORE || part == whole);
        g_assert(part != WIRE_FRAME_OK || (n >= frame_len && WIRE_FRAME_HEADER_BYTES + len == frame_len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    const guint8 *payload = NULL;
    gsize len = G_MAXSIZE;
    WireFrameState state = wire_frame_parse(data, size, WIRE_FRAME_MAX, &payload, &len, &error);
    g_assert((state == WIRE_FRAME_BAD) == (error != NULL));
    g_assert((state == WIRE_FRAME_OK) == (payload != NULL));
    g_assert((state == WIRE_FRAME_OK) == (len != G_MAXSIZE));
    if (state == WIRE_FRAME_OK) {
        g_assert(payload == data + WIRE_FRAME_HEADER_BYTES && len <= size - WIRE_FRAME_HEADER_BYTES);
        fuzz_accepted++;
    }
    prefixes_agree(data, size, state, state == WIRE_FRAME_OK ? WIRE_FRAME_HEADER_BYTES + len : 0);
    return 0;
}
