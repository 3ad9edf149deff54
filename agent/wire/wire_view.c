/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_control.h"

#include <stdlib.h>
#include <string.h>

#include "agent/core/ha_fence.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/wire/wire_fence.h"
#include "agent/wire/wire_group.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_result.h"

#define WIRE_VIEW_NOTES 8u

typedef struct {
    WireArena *arena;
    const HaCore *core;
    const HaView *view;
    const char *leader; /* nullable */
    GPtrArray *nodes;   /* char*, borrowed, ascending, no doubles */
    GPtrArray *vms;     /* the same */
    guint *n_vms;       /* running on nodes[i] */
} Builder;

/* ---- which nodes, which VMs ---- */

static void sort_unique(GPtrArray *names)
{
    ha_strings_sort(names);
    guint n = 0;
    for (guint i = 0; i < names->len; i++)
        if (n == 0 || strcmp(names->pdata[n - 1], names->pdata[i]) != 0)
            names->pdata[n++] = names->pdata[i];
    g_ptr_array_set_size(names, (gint)n);
}

static void list_nodes(Builder *b)
{
    const HaConfig *config = b->view->config;
    b->nodes = g_ptr_array_new();
    for (guint i = 0; config != NULL && i < config->nodes->len; i++)
        g_ptr_array_add(b->nodes, ((const HaConfigNode *)config->nodes->pdata[i])->node);
    for (guint i = 0; i < b->view->members->len; i++) {
        const HaMember *member = b->view->members->pdata[i];
        if (member->node != NULL)
            g_ptr_array_add(b->nodes, member->node);
    }
    sort_unique(b->nodes);
}

static void list_vms(Builder *b)
{
    const HaConfig *config = b->view->config;
    b->vms = g_ptr_array_new();
    for (guint i = 0; config != NULL && i < config->vms->len; i++)
        g_ptr_array_add(b->vms, ((const HaConfigVm *)config->vms->pdata[i])->name);
    for (guint i = 0; i < b->nodes->len; i++) {
        const HaReport *report = ha_view_report(b->view, b->nodes->pdata[i]);
        for (guint j = 0; report != NULL && j < report->vms->len; j++)
            g_ptr_array_add(b->vms, ((const HaReportVm *)report->vms->pdata[j])->name);
    }
    sort_unique(b->vms);
}

/* ---- one VM ---- */

static void put_config_vm(Builder *b, const HaConfigVm *vm, Hactl__ViewVm *message)
{
    const HaNeeds *needs = vm->definition != NULL ? ha_view_needs(b->view, vm->definition) : NULL;
    message->uuid = needs != NULL ? needs->uuid : NULL;
    message->group = vm->group;
    message->definition = vm->definition;
    message->home = vm->home;
    message->parked = vm->parked;
    WIRE_SET(message, wanted_running, vm->wanted_running);
    for (guint i = 0; i < vm->places->len && message->failure == NULL; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->failed || place->failed_migrate_to)
            message->failure = wire_item_prose(b->arena, place->exit_reason);
    }
}

static void put_where(Builder *b, const HaWhere *where, Hactl__ViewVm *message)
{
    message->state = where->state;
    message->node = (char *)where->node;
    WIRE_SET(message, copies, where->copies);
    if (where->report == NULL)
        return;
    message->uuid = where->report->uuid != NULL ? where->report->uuid : message->uuid;
    message->running_definition = where->report->definition;
    WIRE_SET(message, cpu_permille, where->report->cpu_permille);
    if (where->state == HA_VM_MIGRATING) {
        message->migration = wire_arena_array(b->arena, 1, sizeof *message->migration);
        wire_item_put_migration(&where->report->migration, message->migration);
    }
}

static void put_move(Builder *b, const HaMoveStatus *move, const HaWhere *where, Hactl__ViewVm *message)
{
    WIRE_SET(message, move, move->state);
    WIRE_SET(message, block, move->block);
    message->move_to = (char *)(move->to != NULL ? move->to : where->incoming);
    if (move->state != HA_MOVE_NONE) {
        message->move_from = (char *)move->from;
        WIRE_SET(message, move_reason, move->reason);
        WIRE_SET(message, move_mode, move->mode);
    }
    WIRE_SET(message, attempts, move->attempts);
    WIRE_SET(message, retry_in_ms, move->retry_in_ms);
    message->last_error = wire_item_prose(b->arena, move->last_error);
}

static int compare_to_name(gconstpointer name, gconstpointer element)
{
    return strcmp(name, *(const char *const *)element);
}

/* The counter of a node; NULL when it is not listed. */
static guint *node_count(Builder *b, const char *node)
{
    gpointer *first = b->nodes->pdata, *found = NULL;
    if (node != NULL && b->nodes->len > 0)
        found = bsearch(node, first, b->nodes->len, sizeof *first, compare_to_name);
    return found == NULL ? NULL : &b->n_vms[found - first];
}

static guint32 vcpus_of(const HaConfigVm *known, const HaReportVm *report)
{
    if (known != NULL && known->vcpus > 0)
        return known->vcpus;
    return report != NULL ? report->vcpus : 0;
}

static void put_vm(Builder *b, const char *name, Hactl__ViewVm *message)
{
    const HaConfigVm *known = ha_config_find_vm(b->view->config, name);
    HaWhere where = ha_view_where(b->view, name);
    HaMoveStatus move = ha_core_move(b->core, name);
    hactl__view_vm__init(message);
    message->name = (char *)name;
    WIRE_SET(message, managed, known != NULL);
    WIRE_SET(message, mem_mib, ha_view_vm_mem_mib(b->view, name));
    WIRE_SET(message, vcpus, vcpus_of(known, where.report));
    if (known != NULL)
        put_config_vm(b, known, message);
    put_where(b, &where, message);
    put_move(b, &move, &where, message);

    guint *on = where.state == HA_VM_UNKNOWN ? NULL : node_count(b, where.node);
    if (on != NULL)
        (*on)++;
}

static void put_vms(Builder *b, Hactl__View *message)
{
    Hactl__ViewVm *structs = wire_arena_array(b->arena, b->vms->len, sizeof *structs);
    message->n_vms = b->vms->len;
    message->vms = wire_arena_pointers(b->arena, b->vms->len);
    for (guint i = 0; i < b->vms->len; i++) {
        put_vm(b, b->vms->pdata[i], &structs[i]);
        message->vms[i] = &structs[i];
    }
}

/* ---- one node ---- */

static void put_wish(const HaWish *wish, Hactl__ViewNode *message)
{
    if (wish->kind == HA_WISH_NONE)
        return;
    message->drain_by = wish->by;
    WIRE_SET(message, drain_since_s, wish->since_s);
}

static void put_config_node(const HaConfigNode *node, Hactl__ViewNode *message)
{
    WIRE_SET(message, node_id, node->node_id);
    message->state = node->state;
    WIRE_SET(message, standby, node->standby);
    WIRE_SET(message, maintenance, node->maintenance);
    WIRE_SET(message, is_dc, node->is_dc);
    WIRE_SET(message, heard, node->heard);
    put_wish(&node->wish, message);
}

static void put_node_report(Builder *b, const char *name, Hactl__ViewNode *message)
{
    const HaReport *fresh = ha_view_report(b->view, name);
    const HaViewReport *last = ha_view_last_report(b->view, name);
    WIRE_SET(message, agent, fresh != NULL);
    if (last != NULL)
        WIRE_SET(message, report_age_ms, b->view->now_ms - last->at_ms);
    if (fresh != NULL)
        WIRE_SET(message, clock_skew_s, last->skew_s);
    if (fresh == NULL)
        return;
    if (!message->has_node_id)
        WIRE_SET(message, node_id, fresh->node_id);
    message->report = wire_arena_array(b->arena, 1, sizeof *message->report);
    wire_item_put_report(b->arena, fresh, 0, FALSE, message->report);
}

static void put_node(Builder *b, guint at, Hactl__ViewNode *message)
{
    const char *name = b->nodes->pdata[at];
    const HaConfigNode *known = b->view->config != NULL ? ha_config_find_node(b->view->config, name) : NULL;
    guint64 capacity_mib = 0, used_mib = 0;
    hactl__view_node__init(message);
    message->node = (char *)name;
    message->state = HA_NODE_OFFLINE;
    if (known != NULL) {
        put_config_node(known, message);
        WIRE_SET(message, fence_gap, ha_fence_gap_of(b->view->config, name));
    }
    put_node_report(b, name, message);
    ha_view_node_mem(b->view, name, &capacity_mib, &used_mib);
    WIRE_SET(message, mem_capacity_mib, capacity_mib);
    WIRE_SET(message, mem_used_mib, used_mib);
    WIRE_SET(message, drain, ha_core_drain(b->core, name));
    WIRE_SET(message, is_leader, g_strcmp0(b->leader, name) == 0);
    WIRE_SET(message, n_vms, b->n_vms[at]);
}

static void put_nodes(Builder *b, Hactl__View *message)
{
    Hactl__ViewNode *structs = wire_arena_array(b->arena, b->nodes->len, sizeof *structs);
    message->n_nodes = b->nodes->len;
    message->nodes = wire_arena_pointers(b->arena, b->nodes->len);
    for (guint i = 0; i < b->nodes->len; i++) {
        put_node(b, i, &structs[i]);
        message->nodes[i] = &structs[i];
    }
}

/* ---- the whole ---- */

static void put_cluster(const Builder *b, gint64 now_s, Hactl__View *message)
{
    const HaConfig *config = b->view->config;
    HaLimits limits = ha_core_limits(b->core);
    message->self = b->view->self;
    message->version = (char *)HACTL_VERSION;
    message->leader = (char *)b->leader;
    WIRE_SET(message, time_s, now_s);
    WIRE_SET(message, quorate, b->view->quorate);
    WIRE_SET(message, pacemaker, config != NULL);
    WIRE_SET(message, moves_per_node, limits.moves_per_node);
    WIRE_SET(message, moves_per_cluster, limits.moves_per_cluster);
    if (config == NULL)
        return;
    WIRE_SET(message, term, config->term);
    WIRE_SET(message, fencing, config->fencing);
    WIRE_SET(message, maintenance, config->maintenance);
    WIRE_SET(message, allow_unfenced, config->allow_unfenced);
    message->n_fences = config->fences->len;
    message->fences = wire_fence_put_devices(b->arena, config->fences);
    message->n_groups = config->groups->len;
    message->groups = wire_groups_put(b->arena, config->groups);
}

static void put_notes(Builder *b, Hactl__View *message)
{
    const GPtrArray *notes = ha_core_notes(b->core);
    guint n = MIN(notes->len, WIRE_VIEW_NOTES);
    message->n_notes = n;
    message->notes = wire_item_put_notes(b->arena, notes, notes->len - n, n);
}

static void put_capacity(const HaCore *core, Hactl__View *message, char *text)
{
    const HaCapacity *capacity = ha_core_capacity(core);
    const HaCapacityLoss *worst = capacity != NULL ? ha_capacity_worst(capacity) : NULL;
    if (capacity == NULL)
        return;
    message->capacity = text;
    WIRE_SET(message, capacity_down, worst != NULL ? worst->down->len : 0);
}

GBytes *wire_view_build(const HaCore *core, gint64 now_s, gboolean last)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Builder b = {.arena = arena, .core = core, .view = ha_core_view(core), .leader = ha_core_leader(core)};
    Hactl__View message = HACTL__VIEW__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    list_nodes(&b);
    list_vms(&b);
    b.n_vms = wire_arena_array(arena, b.nodes->len, sizeof *b.n_vms);
    put_cluster(&b, now_s, &message);
    put_vms(&b, &message);
    put_nodes(&b, &message);
    put_notes(&b, &message);
    g_autofree char *capacity = ha_core_capacity(core) != NULL ? ha_capacity_sentence(ha_core_capacity(core)) : NULL;
    put_capacity(core, &message, capacity);
    g_ptr_array_unref(b.nodes);
    g_ptr_array_unref(b.vms);
    result.view = &message;
    return wire_result_pack(&result, last);
}
