/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_world.h"

#include <stdio.h>

#include "tests/sim/sim_check.h"
#include "tests/sim/sim_cib.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_group.h"
#include "tests/sim/sim_fence.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_rules.h"

/* ---- the heap ---- */

static void event_free(SimEvent *event)
{
    if (event->free)
        event->free(event->data);
    g_free(event);
}

static gboolean before(const SimEvent *a, const SimEvent *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

static void swap(GPtrArray *heap, guint i, guint j)
{
    gpointer kept = heap->pdata[i];
    heap->pdata[i] = heap->pdata[j];
    heap->pdata[j] = kept;
}

static void push(GPtrArray *heap, SimEvent *event)
{
    g_ptr_array_add(heap, event);
    for (guint i = heap->len - 1; i > 0 && before(heap->pdata[i], heap->pdata[(i - 1) / 2]); i = (i - 1) / 2)
        swap(heap, i, (i - 1) / 2);
}

static SimEvent *pop(GPtrArray *heap)
{
    swap(heap, 0, heap->len - 1);
    SimEvent *first = g_ptr_array_steal_index_fast(heap, heap->len - 1);
    for (guint i = 0;;) {
        guint least = i;
        for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < heap->len; child++)
            if (before(heap->pdata[child], heap->pdata[least]))
                least = child;
        if (least == i)
            return first;
        swap(heap, i, least);
        i = least;
    }
}

SimEvent *sim_at(Sim *sim, gint64 delay_ms, SimFn fn)
{
    SimEvent *event = g_new0(SimEvent, 1);
    *event = (SimEvent){
        .at_ms = sim->now_ms + MAX(delay_ms, 0),
        .seq = sim->next_seq++,
        .fn = fn,
        .node = SIM_NOBODY,
        .vm = SIM_NOBODY,
    };
    push(sim->heap, event);
    return event;
}

gboolean sim_run_until(Sim *sim, gint64 at_ms)
{
    while (!sim->failed && sim->heap->len && ((SimEvent *)sim->heap->pdata[0])->at_ms <= at_ms) {
        SimEvent *event = pop(sim->heap);
        sim->now_ms = event->at_ms;
        event->fn(sim, event);
        event_free(event);
        sim_check_step(sim);
    }
    sim->now_ms = MAX(sim->now_ms, at_ms);
    return !sim->failed;
}

/* ---- draws, words ---- */

gint64 sim_draw(Sim *sim, gint64 low, gint64 high)
{
    return low + g_rand_int_range(sim->rand, 0, (gint32)(high - low + 1));
}

gboolean sim_chance(Sim *sim, guint permille)
{
    return permille > 0 && sim_draw(sim, 0, 999) < permille;
}

guint sim_find_node(const Sim *sim, const char *name)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (g_strcmp0(sim->nodes[i].name, name) == 0)
            return i;
    return SIM_NOBODY;
}

guint sim_find_vm(const Sim *sim, const char *name)
{
    for (guint i = 0; i < sim->n_vms; i++)
        if (g_strcmp0(sim->vms[i].name, name) == 0)
            return i;
    return SIM_NOBODY;
}

const char *sim_node_name(const Sim *sim, guint node)
{
    return node == SIM_NOBODY ? "-" : sim->nodes[node].name;
}

static void keep_line(Sim *sim, char *line)
{
    if (sim->verbose)
        printf("%s\n", line);
    if (sim->trace->len == SIM_TRACE_KEPT)
        g_ptr_array_remove_index(sim->trace, 0);
    g_ptr_array_add(sim->trace, line);
}

void sim_trace(Sim *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    keep_line(sim, g_strdup_printf("%9.3f  %s", (double)sim->now_ms / 1000.0, text));
}

void sim_tell(Sim *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    sim_trace(sim, "%s", text);
    g_ptr_array_add(sim->story, g_strdup_printf("%.1f %s", (double)sim->now_ms / 1000.0, text));
}

void sim_fail(Sim *sim, SimClass class, const char *format, ...)
{
    if (sim->failed)
        return;
    va_list args;
    va_start(args, format);
    sim->failure = g_strdup_vprintf(format, args);
    va_end(args);
    sim->failed = class;
    sim_trace(sim, "BROKEN (class %d): %s", (int)class, sim->failure);
}

guint sim_everybody(const Sim *sim)
{
    return sim->n_nodes == SIM_NODES_MAX ? ~0u : (1u << sim->n_nodes) - 1;
}

/* ---- life ---- */

Sim *sim_new(guint64 seed, guint n_nodes)
{
    g_assert(n_nodes >= 1 && n_nodes <= SIM_NODES_MAX);
    Sim *sim = g_new0(Sim, 1);
    guint32 words[2] = {(guint32)seed, (guint32)(seed >> 32)};
    sim->seed = seed;
    sim->rand = g_rand_new_with_seed_array(words, G_N_ELEMENTS(words));
    sim->heap = g_ptr_array_new();
    sim->trace = g_ptr_array_new_with_free_func(g_free);
    sim->story = g_ptr_array_new_with_free_func(g_free);
    sim->ring_queue = g_ptr_array_new_with_free_func((GDestroyNotify)sim_cast_free);
    sim->check = sim_check_new();
    sim->dc = SIM_NOBODY;
    sim->n_nodes = n_nodes;
    for (guint i = 0; i < n_nodes; i++) {
        sim->nodes[i].name = g_strdup_printf("node%u", i + 1);
        sim->nodes[i].mem_mib = 16384;
        sim->nodes[i].cores = 8;
        sim->daemons[i] = sim_daemon_new(i);
    }
    sim_net_whole(sim);
    sim_rules_init(sim);
    return sim;
}

static void clear_vm(SimVm *vm)
{
    g_free(vm->name);
    g_free(vm->hash);
    g_free(vm->host_device);
    g_free(vm->local_disk);
    g_free(vm->pin_text);
    for (guint i = 0; i < SIM_NODES_MAX; i++)
        g_free(vm->places[i].reason);
}

void sim_free(Sim *sim)
{
    for (guint i = 0; i < sim->heap->len; i++)
        event_free(sim->heap->pdata[i]);
    g_ptr_array_unref(sim->heap);
    for (guint i = 0; i < sim->n_nodes; i++) {
        sim_daemon_free(sim->daemons[i]);
        g_free(sim->nodes[i].name);
        g_free(sim->nodes[i].wish);
    }
    for (guint i = 0; i < sim->n_vms; i++)
        clear_vm(&sim->vms[i]);
    g_ptr_array_unref(sim->trace);
    g_ptr_array_unref(sim->story);
    g_ptr_array_unref(sim->ring_queue);
    sim_check_free(sim->check);
    sim_rules_clear(sim);
    g_rand_free(sim->rand);
    g_free(sim->term_owner);
    g_free(sim->failure);
    g_free(sim);
}

guint sim_add_vm(Sim *sim, const char *name, guint node, guint64 mem_mib)
{
    g_assert(sim->n_vms < SIM_VMS_MAX && (node < sim->n_nodes || node == SIM_NOBODY));
    guint index = sim->n_vms++;
    SimVm *vm = &sim->vms[index];
    vm->name = g_strdup(name);
    vm->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    vm->mem_mib = mem_mib;
    vm->pin = vm->home = vm->parked = vm->act_from = vm->act_to = vm->chosen = SIM_NOBODY;
    vm->wanted_running = TRUE;
    vm->vcpus = 1;
    vm->excused = node == SIM_NOBODY;
    sim_rules_join(sim, index, HA_GROUP_DEFAULT);
    if (node == SIM_NOBODY)
        return index;
    vm->places[node] = (SimPlace){.known = TRUE, .active = TRUE};
    sim->nodes[node].domains[index] = HA_VM_RUNNING;
    return index;
}

static void start_host(Sim *sim, guint index, guint members)
{
    SimNode *node = &sim->nodes[index];
    node->powered = node->libvirt = node->cib = !node->away;
    node->state = node->away ? HA_NODE_OFFLINE : HA_NODE_ONLINE;
    node->members = node->away ? 0 : members;
    for (guint vm = 0; vm < sim->n_vms; vm++)
        if (node->domains[vm] == HA_VM_UNKNOWN)
            node->domains[vm] = HA_VM_ABSENT;
}

void sim_start_led_by(Sim *sim, guint leader)
{
    guint members = 0;
    for (guint i = 0; i < sim->n_nodes; i++)
        members |= sim->nodes[i].away ? 0 : 1u << i;
    for (guint i = 0; i < sim->n_nodes; i++)
        start_host(sim, i, members);
    if (sim->dc == SIM_NOBODY || sim->nodes[sim->dc].away)
        sim->dc = members ? (guint)__builtin_ctz(members) : SIM_NOBODY;
    sim->epoch = 1;
    for (guint i = 0; i < sim->n_nodes; i++)
        sim_daemon_start(sim, i, leader == i ? 0 : sim_draw(sim, leader == SIM_NOBODY ? 0 : 2000, 3000));
    sim_pacemaker_start(sim);
}

void sim_start(Sim *sim)
{
    sim_start_led_by(sim, SIM_NOBODY);
}

/* ---- power ---- */

void sim_power_off(Sim *sim, guint node)
{
    SimNode *host = &sim->nodes[node];
    if (!host->powered)
        return;
    sim_tell(sim, "%s loses power", host->name);
    host->powered = host->libvirt = host->cib = FALSE;
    sim_daemon_kill(sim, node);
    sim_host_lost(sim, node);
    sim_group_disturb(sim);
}

void sim_power_on(Sim *sim, guint node)
{
    SimNode *host = &sim->nodes[node];
    if (host->powered)
        return;
    if (host->state != HA_NODE_OFFLINE) {
        sim_fence_forget(sim, node); /* whoever boots is known to be empty */
        sim->dirty = TRUE;           /* what was decided before begins no more */
    }
    host->state = HA_NODE_OFFLINE;
    sim_tell(sim, "%s boots", host->name);
    host->powered = host->libvirt = host->cib = TRUE;
    host->members = 1u << node;
    sim_daemon_start(sim, node, sim_draw(sim, 500, 3000));
    sim_group_disturb(sim);
}
