/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drain-tool - what the leader's plan of a drain costs, for tests/bench/planner. Not installed.
 *   drain-tool NODES VMS [SPARE_HOSTS]   VMs of 1 to 8 GiB, loads measured; node1 is drained. One JSON object.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/core/plan/ha_plan.h"

#define NODE_MIB 131072u
#define ROUNDS 5

static const HaLimits limits = {
    .moves_per_node = 2,
    .moves_per_cluster = 4,
    .moves_per_wave = 8,
    .bandwidth_bytes_per_s = 1ull << 30,
    .overhead_ms = 1000,
};

static void add_node(HaView *view, HaConfig *config, guint number, guint cores)
{
    g_autofree char *name = g_strdup_printf("node%u", number);
    HaConfigNode *node = ha_config_node_new(name);
    HaReport *report = ha_report_new(name, number);
    node->node_id = number;
    node->state = HA_NODE_ONLINE;
    node->mem_mib = NODE_MIB;
    g_ptr_array_add(config->nodes, node);
    report->libvirt = HA_LIBVIRT_OK;
    report->cores = cores;
    g_ptr_array_add(report->bridges, g_strdup("br0"));
    ha_view_put_report(view, report);
}

static void add_vm(HaView *view, HaConfig *config, guint number, guint n_nodes)
{
    g_autofree char *name = g_strdup_printf("vm%u", number), *node = g_strdup_printf("node%u", 1 + number % n_nodes);
    HaConfigVm *vm = ha_config_vm_new(name);
    HaNeeds *needs = ha_needs_new();
    HaConfigPlace *place = ha_config_place_new(node);
    HaReportVm *said = ha_report_vm_new(name);
    vm->definition = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    vm->mem_mib = needs->mem_mib = 1024u << (number / n_nodes % 4);
    vm->vcpus = needs->vcpus = said->vcpus = 2;
    vm->wanted_running = vm->managed = vm->live = TRUE;
    place->active = TRUE;
    g_ptr_array_add(vm->places, place);
    g_ptr_array_add(config->vms, vm);
    needs->hash = g_strdup(vm->definition);
    needs->name = g_strdup(name);
    g_ptr_array_add(needs->bridges, g_strdup("br0"));
    ha_view_put_needs(view, needs);
    said->state = HA_VM_RUNNING;
    said->mem_bytes = vm->mem_mib << 20;
    g_ptr_array_add(((HaViewReport *)ha_view_last_report(view, node))->report->vms, said);
    for (gint64 ago_s = HA_LOAD_WINDOW_S; ago_s >= 0; ago_s -= HA_LOAD_BUCKET_S)
        ha_load_put(view->load, name, view->now_ms - ago_s * 1000, number * 37 % 1500);
}

static HaView *build(guint n_nodes, guint n_vms, const char *spare)
{
    HaView *view = ha_view_new("node1", 1);
    HaConfig *config = ha_config_new();
    view->now_ms = 1000000;
    view->now_s = 1000;
    view->quorate = config->quorate = TRUE;
    ha_config_add_setting(config->properties, "hactl-spare-hosts", spare);
    for (guint i = 1; i <= n_nodes; i++)
        add_node(view, config, i, 64);
    for (guint i = 0; i < n_vms; i++)
        add_vm(view, config, i, n_nodes);
    ha_config_sort(config);
    ha_view_put_config(view, config);
    for (guint i = 0; i < n_nodes; i++)
        ha_report_sort(
            ((HaViewReport *)ha_view_last_report(view, ((HaConfigNode *)config->nodes->pdata[i])->node))->report);
    return view;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "drain-tool: usage: drain-tool NODES VMS [SPARE_HOSTS]\n");
        return 1;
    }
    guint n_nodes = (guint)atoi(argv[1]), n_vms = (guint)atoi(argv[2]);
    HaView *view = build(n_nodes, n_vms, argc > 3 ? argv[3] : "1");
    gint64 best_us = G_MAXINT64;
    guint moves = 0, blocked = 0;
    for (guint i = 0; i < ROUNDS; i++) {
        gint64 begun_us = g_get_monotonic_time();
        g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
        best_us = MIN(best_us, g_get_monotonic_time() - begun_us);
        moves = plan->moves->len;
        blocked = plan->n_blocked;
    }
    printf("{\"nodes\":%u,\"vms\":%u,\"moves\":%u,\"blocked\":%u,\"ms\":%.1f}\n", n_nodes, n_vms, moves, blocked,
        (double)best_us / 1000);
    ha_view_free(view);
    return 0;
}
