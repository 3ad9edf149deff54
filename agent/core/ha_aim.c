/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_aim.h"

#include "agent/core/ha_core_private.h"

void ha_aim_keep(HaCore *core, const HaConfigNode *node, const HaPlan *plan)
{
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = plan->moves->pdata[i];
        if (move->block != HA_BLOCK_NONE || g_strcmp0(move->from, node->node) != 0)
            continue;
        HaMark *mark = ha_mark(core->vm_marks, move->vm);
        g_free(mark->aim);
        g_free(mark->aim_from);
        mark->aim = g_strdup(move->to);
        mark->aim_from = g_strdup(node->node);
        mark->aim_since_s = node->wish.since_s;
    }
}

GHashTable *ha_aim_list(const HaCore *core, const char *node)
{
    const HaConfigNode *known = core->view->config ? ha_config_find_node(core->view->config, node) : NULL;
    if (!known || known->wish.kind != HA_WISH_DRAIN)
        return NULL;
    GHashTable *aims = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < core->vm_marks->len; i++) {
        const HaMark *mark = core->vm_marks->pdata[i];
        if (mark->aim && mark->aim_since_s == known->wish.since_s && g_strcmp0(mark->aim_from, node) == 0)
            g_hash_table_insert(aims, mark->name, mark->aim);
    }
    return aims;
}
