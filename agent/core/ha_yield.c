/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_yield.h"

#include <string.h>

#include "agent/core/ha_core_private.h"
#include "agent/core/ha_failover.h"
#include "agent/core/ha_move.h"

const char *ha_yield_to(const HaCore *core, gint64 *ret_until_ms)
{
    const GPtrArray *failovers = ha_failovers_list(core->failovers);
    for (guint i = 0; i < failovers->len; i++) {
        const HaFailover *failover = failovers->pdata[i];
        gint64 age_ms = core->view->now_unix_ms - failover->declared_ms;
        /* Another leader's clock may have been ahead: a time to come is as old as one that has passed. */
        if (!failover->id || failover->ended_ms || !failover->vms->len || ABS(age_ms) >= HA_YIELD_MAX_MS)
            continue;
        if (ret_until_ms)
            *ret_until_ms = core->view->now_ms + HA_YIELD_MAX_MS - age_ms;
        return failover->node;
    }
    return NULL;
}

gboolean ha_yield_may_end(const HaView *view, const HaConfigVm *vm)
{
    const char *source = ha_move_source(view, vm);
    const HaConfigNode *from = source ? ha_config_find_node(view->config, source) : NULL;
    return vm->pin_mode == HA_MOVE_LIVE && from && from->state == HA_NODE_ONLINE && strcmp(source, vm->pin) != 0;
}
