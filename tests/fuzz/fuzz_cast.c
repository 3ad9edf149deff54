/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire_samples.h"

guint64 fuzz_accepted;

GPtrArray *fuzz_specimens(void)
{
    return sample_casts();
}

static GBytes *encode(const WireCast *cast)
{
    switch (cast->kind) {
    case WIRE_CAST_REPORT:
        return wire_cast_report(cast->report, cast->joined, NULL);
    case WIRE_CAST_NOTE:
        return wire_cast_note(cast->note);
    case WIRE_CAST_REQUEST:
        return wire_cast_request(cast->request, cast->hash);
    case WIRE_CAST_ANSWER:
        return wire_cast_answer(&cast->answer);
    case WIRE_CAST_DEFINITION:
        return wire_cast_definition(cast->definition.hash, cast->definition.xml);
    case WIRE_CAST_DEFINITION_WANTED:
        return wire_cast_definition_wanted(cast->wanted);
    case WIRE_CAST_DEFINITIONS:
        return wire_cast_definitions(cast->definitions);
    case WIRE_CAST_CANCEL:
        return wire_cast_cancel(cast->cancel.vm, cast->cancel.node, cast->cancel.on);
    }
    g_assert_not_reached();
}

static WireCast decode(GBytes *frame)
{
    WireCast cast = {0};
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    g_assert(wire_cast_decode(data, len, &cast, NULL));
    return cast;
}

/* What was accepted is within every bound: sent on, it is accepted again, and means the same. */
static void sends_on(const WireCast *cast)
{
    g_autoptr(GBytes) frame = encode(cast);
    g_assert(frame != NULL);
    g_auto(WireCast) again = decode(frame);
    g_autoptr(GBytes) frame_again = encode(&again);
    g_assert(g_bytes_equal(frame, frame_again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    WireCast cast = {.kind = (WireCastKind)99};
    gboolean accepted = wire_cast_decode(data, size, &cast, &error);
    g_assert(accepted == (error == NULL));
    if (!accepted) {
        g_assert(error->domain == WIRE_ERROR && *error->message != '\0');
        g_assert(cast.kind == (WireCastKind)99 && cast.report == NULL);
        return 0;
    }
    fuzz_accepted++;
    sends_on(&cast);
    wire_cast_clear(&cast);
    return 0;
}
