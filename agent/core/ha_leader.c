/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_leader.h"

static gboolean older(const HaMember *a, const HaMember *b)
{
    return a->joined != b->joined ? a->joined < b->joined : a->node_id < b->node_id;
}

const char *ha_leader_pick(const HaView *view, gint64 members_since_ms, const char *incumbent)
{
    gboolean patient = view->now_ms - members_since_ms < HA_LEADER_PATIENCE_MS;
    const HaMember *oldest = NULL, *leading = NULL;
    gboolean silent = FALSE;
    if (!view->quorate)
        return NULL;
    for (guint i = 0; i < view->members->len; i++) {
        const HaMember *member = view->members->pdata[i];
        silent |= member->node == NULL;
        if (!member->node)
            continue;
        if (g_strcmp0(member->node, incumbent) == 0)
            leading = member;
        if (!oldest || older(member, oldest))
            oldest = member;
    }
    if (silent && patient)
        oldest = leading;
    return oldest ? oldest->node : NULL;
}
