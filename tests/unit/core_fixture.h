/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_fixture - a small view for the core's tests: nodes, VMs, reports, in a line each. */
#ifndef CORE_FIXTURE_H
#define CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/core/model/ha_view.h"

#define FIXTURE_NOW_MS 1000000

/* Node names are node1, node2, ...; a node has 16 GiB, 8 cores and bridge br0, is online, and reports. */
static inline HaView *fixture_new(guint n_nodes)
{
    HaView *view = ha_view_new("node1", 1);
    HaConfig *config = ha_config_new();
    view->now_ms = FIXTURE_NOW_MS;
    view->now_s = 5000;
    view->quorate = config->quorate = TRUE;
    config->fencing = config->stonith_enabled = config->fence_watchdog = TRUE;
    for (guint i = 1; i <= n_nodes; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        HaConfigNode *node = ha_config_node_new(name);
        HaReport *report = ha_report_new(name, i);
        node->node_id = i;
        node->state = HA_NODE_ONLINE;
        g_ptr_array_add(config->nodes, node);
        report->libvirt = HA_LIBVIRT_OK;
        report->cores = 8;
        report->mem_total_bytes = 16ull << 30;
        g_ptr_array_add(report->bridges, g_strdup("br0"));
        ha_view_put_report(view, report);
        g_ptr_array_add(view->members, ha_member_new(i, name, 1));
    }
    ha_view_put_config(view, config);
    return view;
}

static inline HaConfigNode *fixture_node(HaView *view, const char *name)
{
    HaConfigNode *node = (HaConfigNode *)ha_config_find_node(view->config, name);
    assert_non_null(node);
    return node;
}

static inline HaReport *fixture_report(HaView *view, const char *name)
{
    const HaViewReport *slot = ha_view_last_report(view, name);
    assert_non_null(slot);
    return slot->report;
}

static inline HaConfigVm *fixture_vm(HaView *view, const char *name)
{
    HaConfigVm *vm = (HaConfigVm *)ha_config_find_vm(view->config, name);
    assert_non_null(vm);
    return vm;
}

static inline HaNeeds *fixture_needs(HaView *view, const char *vm)
{
    HaNeeds *needs = (HaNeeds *)ha_view_needs(view, fixture_vm(view, vm)->definition);
    assert_non_null(needs);
    return needs;
}

/* What the hypervisor of @node says of @vm; replaces what it said. */
static inline void fixture_says(HaView *view, const char *node, const char *vm, HaVmState state, guint64 mem_mib)
{
    HaReport *report = fixture_report(view, node);
    HaReportVm *said = (HaReportVm *)ha_report_find_vm(report, vm);
    if (!said) {
        said = ha_report_vm_new(vm);
        said->vcpus = 1;
        g_ptr_array_add(report->vms, said);
        ha_report_sort(report);
    }
    said->state = state;
    said->mem_bytes = mem_mib << 20;
}

static inline void fixture_silent(HaView *view, const char *node, const char *vm)
{
    HaReport *report = fixture_report(view, node);
    for (guint i = report->vms->len; i-- > 0;)
        if (g_strcmp0(((HaReportVm *)report->vms->pdata[i])->name, vm) == 0)
            g_ptr_array_remove_index(report->vms, i);
}

/* Pacemaker's history of @vm on @node. */
static inline HaConfigPlace *fixture_place(HaView *view, const char *vm, const char *node)
{
    HaConfigVm *known = fixture_vm(view, vm);
    for (guint i = 0; i < known->places->len; i++)
        if (g_strcmp0(((HaConfigPlace *)known->places->pdata[i])->node, node) == 0)
            return known->places->pdata[i];
    g_ptr_array_add(known->places, ha_config_place_new(node));
    ha_config_sort(view->config);
    return fixture_place(view, vm, node);
}

/* A VM as it should be: defined, managed, wanted, active and running on @node (NULL: nowhere). */
static inline HaConfigVm *fixture_add(HaView *view, const char *name, const char *node, guint64 mem_mib)
{
    HaConfigVm *vm = ha_config_vm_new(name);
    HaNeeds *needs = ha_needs_new();
    vm->definition = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    vm->mem_mib = mem_mib;
    vm->vcpus = 1;
    vm->wanted_running = vm->managed = vm->live = TRUE;
    g_ptr_array_add(view->config->vms, vm);
    ha_config_sort(view->config);
    needs->hash = g_strdup(vm->definition);
    needs->name = g_strdup(name);
    needs->mem_mib = mem_mib;
    needs->vcpus = 1;
    g_ptr_array_add(needs->bridges, g_strdup("br0"));
    ha_view_put_needs(view, needs);
    if (node) {
        fixture_place(view, name, node)->active = TRUE;
        fixture_says(view, node, name, HA_VM_RUNNING, mem_mib);
    }
    return vm;
}

/* @vm, running or not, has taken so much CPU for five minutes. */
static inline void fixture_busy(HaView *view, const char *vm, guint32 cpu_permille)
{
    for (gint64 ago_s = HA_LOAD_WINDOW_S; ago_s >= 0; ago_s -= 10)
        ha_load_put(view->load, vm, view->now_ms - ago_s * 1000, cpu_permille);
}

static inline void fixture_age(HaView *view, const char *node, gint64 age_ms)
{
    ((HaViewReport *)ha_view_last_report(view, node))->at_ms = view->now_ms - age_ms;
}

#endif
