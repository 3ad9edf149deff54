/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_copy.h"

#include "agent/core/ha_core_private.h"

#define AGAIN_MS 60000 /* it waits for a cluster at rest, and takes two writes */

void ha_copy_settle(HaCore *core, GPtrArray *effects)
{
    gint64 now_ms = core->view->now_ms;
    if (!core->view->config->by_template)
        return;
    if (now_ms < core->copy_next_ms) {
        ha_wake_at(core, core->copy_next_ms);
        return;
    }
    core->copy_next_ms = now_ms + AGAIN_MS;
    ha_wake_at(core, core->copy_next_ms);
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_POLICY_COPY, NULL, NULL, NULL));
    ha_write(core, effects, changes, TRUE, NULL, 0, NULL);
}
