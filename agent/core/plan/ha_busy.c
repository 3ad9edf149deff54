/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_busy.h"

#include "agent/core/model/ha_sorted.h"

struct HaBusy {
    const HaView *view;
    HaBusyNode *nodes; /* as the config's */
    guint32 longest_s;
};

static guint32 counted(HaBusy *busy, const char *vm)
{
    HaLoadFigure figure = ha_load_get(busy->view->load, vm, busy->view->now_ms);
    busy->longest_s = MAX(busy->longest_s, figure.seconds);
    return ha_load_counted(figure);
}

static void add_reported(HaBusy *busy, HaBusyNode *to, const HaReport *report)
{
    to->cores = report->cores;
    for (guint i = 0; i < report->vms->len; i++) {
        const HaReportVm *vm = report->vms->pdata[i];
        to->vcpus += vm->vcpus;
        to->load_permille += counted(busy, vm->name);
    }
}

/* It has not arrived, and will be there. */
static void add_pinned(HaBusy *busy, const HaConfigVm *vm)
{
    guint index;
    const HaReport *report = ha_view_report(busy->view, vm->pin);
    gboolean there = report && ha_report_find_vm(report, vm->name);
    if (!there && ha_sorted_index(busy->view->config->nodes, vm->pin, &index))
        busy->nodes[index].load_permille += counted(busy, vm->name);
}

HaBusy *ha_busy_new(const HaView *view)
{
    const HaConfig *config = view->config;
    HaBusy *busy = g_new0(HaBusy, 1);
    busy->view = view;
    busy->nodes = g_new0(HaBusyNode, config->nodes->len + 1);
    for (guint i = 0; i < config->nodes->len; i++) {
        const HaReport *report = ha_view_report(view, ((const HaConfigNode *)config->nodes->pdata[i])->node);
        if (report)
            add_reported(busy, &busy->nodes[i], report);
    }
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        if (vm->pin)
            add_pinned(busy, vm);
    }
    return busy;
}

void ha_busy_free(HaBusy *busy)
{
    if (!busy)
        return;
    g_free(busy->nodes);
    g_free(busy);
}

gboolean ha_busy_measured(const HaBusy *busy)
{
    return busy->longest_s >= HA_BUSY_MIN_S;
}

const HaBusyNode *ha_busy_node(const HaBusy *busy, const char *node)
{
    guint index;
    gboolean found = ha_sorted_index(busy->view->config->nodes, node, &index);
    g_assert(found);
    return &busy->nodes[index];
}
