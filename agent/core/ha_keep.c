/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_keep.h"

#include "agent/core/model/ha_sorted.h"

#include <string.h>

static void add_hash(GPtrArray *hashes, char *hash)
{
    if (ha_hash_check(hash))
        g_ptr_array_add(hashes, hash);
}

static void sort_unique(GPtrArray *hashes)
{
    guint n = 0;
    ha_strings_sort(hashes);
    for (guint i = 0; i < hashes->len; i++)
        if (n == 0 || strcmp(hashes->pdata[n - 1], hashes->pdata[i]) != 0)
            hashes->pdata[n++] = hashes->pdata[i];
    g_ptr_array_set_size(hashes, (gint)n);
}

GPtrArray *ha_keep_list(const HaView *view)
{
    GPtrArray *hashes = g_ptr_array_new();
    for (guint i = 0; view->config && i < view->config->vms->len; i++)
        add_hash(hashes, ((const HaConfigVm *)view->config->vms->pdata[i])->definition);
    for (guint i = 0; view->config && i < view->config->nodes->len; i++) {
        const HaReport *report = ha_view_report(view, ((const HaConfigNode *)view->config->nodes->pdata[i])->node);
        for (guint j = 0; report && j < report->vms->len; j++)
            add_hash(hashes, ((const HaReportVm *)report->vms->pdata[j])->definition);
    }
    sort_unique(hashes);
    return hashes;
}

gboolean ha_keep_certain(const HaView *view)
{
    if (!view->quorate || !view->config || !view->config->quorate)
        return FALSE;
    for (guint i = 0; i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        const HaReport *report = ha_view_report(view, node->node);
        if (node->state != HA_NODE_OFFLINE && (!report || report->libvirt != HA_LIBVIRT_OK))
            return FALSE;
    }
    return TRUE;
}

HaKeep ha_keep_judge(gboolean referred, gboolean certain, gint64 referred_s, gint64 now_s)
{
    gint64 age_s = now_s - referred_s;
    if (age_s < 0)
        return HA_KEEP_TOUCH;
    if (referred)
        return age_s >= HA_KEEP_TOUCH_S ? HA_KEEP_TOUCH : HA_KEEP_LEAVE;
    return certain && referred_s > 0 && age_s >= HA_KEEP_S ? HA_KEEP_REMOVE : HA_KEEP_LEAVE;
}
