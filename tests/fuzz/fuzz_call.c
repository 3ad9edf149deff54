/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/wire_samples.h"

guint64 fuzz_accepted;

GPtrArray *fuzz_specimens(void)
{
    return sample_calls();
}

/* What the handler relies on. */
static void is_complete(const WireCall *call)
{
    switch (call->kind) {
    case HACTL__CALL_KIND__CALL_VIEW:
    case HACTL__CALL_KIND__CALL_EVENTS:
        g_assert(call->request == NULL && call->xml == NULL && call->vm == NULL);
        return;
    case HACTL__CALL_KIND__CALL_PLAN:
    case HACTL__CALL_KIND__CALL_REQUEST:
        g_assert(call->request != NULL && call->request->id == 0 && call->vm == NULL);
        g_assert((call->request->manifest != NULL) == (call->request->kind == HA_REQUEST_APPLY));
        if (call->xml == NULL) /* the adding of a VM may name a domain of the host's libvirt instead */
            g_assert(!ha_request_has_definition(call->request->kind) ||
                     (call->request->kind == HA_REQUEST_VM_ADD && call->request->vm != NULL));
        else
            g_assert(ha_request_has_definition(call->request->kind));
        g_assert(call->request->node == NULL || ha_name_check(call->request->node));
        return;
    case HACTL__CALL_KIND__CALL_DEFINITION:
        g_assert(call->request == NULL && call->xml == NULL && call->vm != NULL);
        return;
    case HACTL__CALL_KIND__CALL_EXPLAIN:
        g_assert(call->request == NULL && call->xml == NULL && (call->vm != NULL || call->node != NULL));
        return;
    case HACTL__CALL_KIND__CALL_STORE:
        g_assert(call->request == NULL && call->xml == NULL && call->definitions->len > 0);
        return;
    case HACTL__CALL_KIND__CALL_EXPORT:
        g_assert(call->request == NULL && call->xml == NULL && call->vm == NULL && call->definitions == NULL);
        return;
    case HACTL__CALL_KIND__CALL_CAPACITY:
        g_assert(call->request == NULL && call->xml == NULL && call->vm == NULL && call->lose <= HA_CAPACITY_LOSE_MAX);
        return;
    case _HACTL__CALL_KIND_IS_INT_SIZE:
        break;
    }
    g_assert_not_reached();
}

static gboolean take(const guint8 *payload, gsize len)
{
    g_autoptr(GError) error = NULL;
    WireCall call = {.kind = (Hactl__CallKind)99};
    gboolean accepted = wire_call_decode(payload, len, &call, &error);
    g_assert(accepted == (error == NULL));
    if (!accepted) {
        g_assert(error->domain == WIRE_ERROR && *error->message != '\0');
        g_assert(call.kind == (Hactl__CallKind)99 && call.request == NULL);
        return FALSE;
    }
    is_complete(&call);
    wire_call_clear(&call);
    return TRUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const guint8 *payload = NULL;
    gsize len = 0;
    if (wire_frame_whole(data, size, WIRE_FRAME_MAX, &payload, &len, NULL))
        fuzz_accepted += take(payload, len);
    else
        take(data, size);
    return 0;
}
