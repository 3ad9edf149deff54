/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_guard_rule.h"

static RaGuardVerdict judge_unknown(const RaGuardPeer *peer, gboolean patience_over, gboolean recorded)
{
    if (!peer->member)
        return RA_GUARD_START;
    if (!patience_over)
        return RA_GUARD_AGAIN;
    if (!recorded)
        return RA_GUARD_RECORD;
    return peer->migration_on_record ? RA_GUARD_REFUSE : RA_GUARD_START;
}

static RaGuardVerdict judge_peer(const RaGuardPeer *peer, gboolean patience_over, gboolean time_over, gboolean recorded)
{
    switch (peer->answer) {
    case RA_GUARD_ABSENT:
        return RA_GUARD_START;
    case RA_GUARD_HAS_IT:
        return RA_GUARD_REFUSE;
    case RA_GUARD_ARRIVING:
        return time_over ? RA_GUARD_REFUSE : RA_GUARD_AGAIN;
    case RA_GUARD_SILENT:
    case RA_GUARD_UNREACHABLE:
        return judge_unknown(peer, patience_over, recorded);
    }
    g_assert_not_reached();
}

/* The verdicts' order is their weight: one that refuses outweighs all others, one to be asked again those that allow.
 */
static int weight(RaGuardVerdict verdict)
{
    static const int weights[] = {
        [RA_GUARD_START] = 0, [RA_GUARD_RECORD] = 1, [RA_GUARD_AGAIN] = 2, [RA_GUARD_REFUSE] = 3};

    return weights[verdict];
}

RaGuardVerdict ra_guard_judge(
    const GPtrArray *peers, gboolean patience_over, gboolean time_over, gboolean recorded, const RaGuardPeer **ret_peer)
{
    RaGuardVerdict verdict = RA_GUARD_START;

    *ret_peer = NULL;
    for (guint i = 0; i < peers->len; i++) {
        const RaGuardPeer *peer = g_ptr_array_index(peers, i);
        RaGuardVerdict one = judge_peer(peer, patience_over, time_over, recorded);

        if (weight(one) > weight(verdict)) {
            verdict = one;
            *ret_peer = peer;
        }
    }
    return verdict;
}

char *ra_guard_reason(const RaGuardPeer *peer)
{
    switch (peer->answer) {
    case RA_GUARD_HAS_IT:
        return peer->member ? g_strdup_printf("%s has it already; it is not started a second time", peer->node)
                            : g_strdup_printf("%s counts as lost, yet its libvirt answers and has the VM: it was not "
                                              "fenced; switch it off, then clean up this resource",
                                  peer->node);
    case RA_GUARD_ARRIVING:
        return g_strdup_printf("it is arriving at %s by live migration, which did not end in time", peer->node);
    case RA_GUARD_SILENT:
    case RA_GUARD_UNREACHABLE:
        return g_strdup_printf(
            "a migration of it from or to %s is on record, and libvirt on %s does not answer: it may "
            "run there; start libvirt on %s, or fence it",
            peer->node, peer->node, peer->node);
    case RA_GUARD_ABSENT:
        break;
    }
    g_assert_not_reached();
}
