/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan.h"

#include <string.h>

#include "agent/core/plan/ha_park.h"
#include "agent/core/plan/ha_plan_room.h"
#include "agent/core/plan/ha_plan_together.h"
#include "agent/core/plan/ha_plan_waves.h"
#include "agent/core/model/ha_sorted.h"

HaPlanMove *ha_plan_move_new(const char *vm, const char *from)
{
    HaPlanMove *move = g_new0(HaPlanMove, 1);
    move->vm = g_strdup(vm);
    move->from = g_strdup(from);
    move->candidates = g_ptr_array_new_with_free_func((GDestroyNotify)ha_candidate_free);
    return move;
}

void ha_plan_move_free(HaPlanMove *move)
{
    g_free(move->vm);
    g_free(move->from);
    g_free(move->to);
    g_free(move->detail);
    g_free(move->remedy);
    g_ptr_array_unref(move->candidates);
    g_free(move);
}

HaPlan *ha_plan_new(const char *node)
{
    HaPlan *plan = g_new0(HaPlan, 1);
    plan->node = g_strdup(node);
    plan->moves = g_ptr_array_new_with_free_func((GDestroyNotify)ha_plan_move_free);
    plan->stops = g_ptr_array_new_with_free_func(g_free);
    return plan;
}

void ha_plan_free(HaPlan *plan)
{
    if (!plan)
        return;
    g_free(plan->node);
    g_free(plan->why);
    g_ptr_array_unref(plan->moves);
    g_ptr_array_unref(plan->stops);
    g_free(plan);
}

guint32 ha_plan_estimate_ms(const HaLimits *limits, guint64 mem_mib)
{
    guint64 bandwidth = MAX(limits->bandwidth_bytes_per_s, 1);
    return (guint32)MIN(limits->overhead_ms + (mem_mib << 20) * 1000 / bandwidth, G_MAXUINT32);
}

/* ---- can it be moved at all ---- */

static HaBlock movable_state(HaWhere where, char **ret_detail)
{
    if (where.copies > 1)
        return HA_BLOCK_UNKNOWN;
    switch (where.state) {
    case HA_VM_RUNNING:
    case HA_VM_MIGRATING:
        return HA_BLOCK_NONE;
    case HA_VM_UNKNOWN:
        /* Pacemaker's history says where it is: the agent can still move it (hactld may be down there). */
        return where.node ? HA_BLOCK_NONE : HA_BLOCK_UNKNOWN;
    case HA_VM_PAUSED:
    case HA_VM_IO_ERROR:
    case HA_VM_CRASHED:
    case HA_VM_POSTCOPY_BROKEN:
        *ret_detail = g_strdup_printf("it is in state %s", ha_vm_state_word(where.state));
        return HA_BLOCK_NOT_RUNNING;
    case HA_VM_ABSENT:
    case HA_VM_INCOMING:
    case HA_VM_STATES:
        return HA_BLOCK_UNKNOWN;
    }
    return HA_BLOCK_UNKNOWN;
}

static const HaConfigPlace *failed_place(const HaConfigVm *vm)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->failed)
            return place;
    }
    return NULL;
}

/* Wanted, running, and by Pacemaker's account nowhere: it is half-way through a migration (or is about to start it). A
 * pin would change its target, which costs a reboot. */
static gboolean half_way(const HaConfigVm *vm, HaWhere where)
{
    gboolean active = FALSE;
    for (guint i = 0; i < vm->places->len; i++)
        active |= ((const HaConfigPlace *)vm->places->pdata[i])->active;
    return vm->wanted_running && where.node && !active;
}

HaBlock ha_plan_movable(const HaView *view, const char *vm, char **ret_detail)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    if (!known)
        return HA_BLOCK_NOT_MANAGED;
    g_autofree char *detail = NULL;
    HaBlock block = HA_BLOCK_NONE;
    const HaNeeds *needs = known->definition ? ha_view_needs(view, known->definition) : NULL;
    const HaConfigPlace *failed = failed_place(known);
    if (view->config->maintenance || !known->managed)
        block = HA_BLOCK_UNMANAGED;
    else if (!needs)
        block = HA_BLOCK_UNKNOWN;
    else if (needs->local_disk) {
        block = HA_BLOCK_LOCAL_DISK;
        detail = g_strdup(needs->local_disk);
    } else if (needs->host_device) {
        block = HA_BLOCK_HOST_DEVICE;
        detail = g_strdup(needs->host_device);
    } else if (failed) {
        block = HA_BLOCK_PACEMAKER;
        detail =
            g_strdup_printf("on %s: %s", failed->node, failed->exit_reason ? failed->exit_reason : "no reason given");
    } else if (!known->wanted_running) { /* a pin would be in vain, as often as it is set */
        block = HA_BLOCK_UNKNOWN;
        detail = g_strdup("it is to be stopped, and Pacemaker has not stopped it");
    } else if (half_way(known, ha_view_where(view, vm))) {
        block = HA_BLOCK_UNKNOWN;
        detail = g_strdup("Pacemaker is in the middle of moving or starting it");
    } else
        block = movable_state(ha_view_where(view, vm), &detail);
    if (ret_detail)
        *ret_detail = g_steal_pointer(&detail);
    return block;
}

/* Blocks that a stop and start elsewhere gets around. */
static gboolean restart_helps(HaBlock block)
{
    return block == HA_BLOCK_HOST_DEVICE || block == HA_BLOCK_NOT_RUNNING || block == HA_BLOCK_FAILED;
}

/* ---- what its group says ---- */

static const HaGroup *group_of(const HaView *view, const char *vm)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    return known ? ha_config_find_group(view->config, known->group) : NULL;
}

gboolean ha_plan_may_restart(const HaView *view, const char *vm, gboolean restart)
{
    const HaGroup *group = group_of(view, vm);
    return restart || (group && group->evacuation == HA_EVACUATE_LIVE_RESTART);
}

/* ---- building a plan ---- */

typedef struct {
    const HaView *view;
    const HaLimits *limits;
    GHashTable *tried; /* nullable: vm -> GPtrArray of nodes that failed */
    GHashTable *aims;  /* nullable: vm -> node that it is to be given if it can take it */
    const char *aimed; /* why so */
    gboolean restart;
    HaReason reason;
} Builder;

static void set_block(HaPlanMove *move, HaBlock block, char *detail)
{
    const char *remedy;
    const char *text = ha_block_text(block, &remedy);
    move->block = block;
    g_free(move->detail);
    move->detail = detail ? g_strdup_printf("%s: %s", text, detail) : g_strdup(text);
    g_free(move->remedy);
    move->remedy = g_strdup(remedy);
    g_free(detail);
}

/* A node that failed once is passed over while there is another; when all failed, they are all candidates again. */
static const char *pick(const Builder *builder, HaPlanMove *move, HaPromises *promises)
{
    const GPtrArray *tried = builder->tried ? g_hash_table_lookup(builder->tried, move->vm) : NULL;
    GPtrArray *candidates;
    const char *node = ha_place_pick(builder->view, move->vm, promises, tried, &candidates);
    if (!node && tried) {
        g_ptr_array_unref(candidates);
        node = ha_place_pick(builder->view, move->vm, promises, NULL, &candidates);
    }
    g_ptr_array_unref(move->candidates);
    move->candidates = candidates;
    return node;
}

/* Only a live move must find a processor like the last one. */
static gboolean lacks_processor(const GPtrArray *candidates)
{
    for (guint i = 0; i < candidates->len; i++)
        if (((const HaCandidate *)candidates->pdata[i])->block == HA_BLOCK_NODE_CPU)
            return TRUE;
    return FALSE;
}

static const char *pick_or_restart(const Builder *builder, HaPlanMove *move, HaPromises *promises)
{
    ha_promises_start(promises, move->mode == HA_MOVE_RESTART);
    const char *node = pick(builder, move, promises);
    if (!node && builder->reason == HA_REASON_DRAIN && lacks_processor(move->candidates) &&
        ha_plan_may_restart(builder->view, move->vm, builder->restart)) {
        ha_promises_start(promises, TRUE);
        node = pick(builder, move, promises);
        move->mode = node ? HA_MOVE_RESTART : move->mode;
    }
    ha_promises_start(promises, FALSE);
    return node;
}

/* What was chosen for it together with others, or before, as long as that holds. */
static const char *aim_of(const Builder *builder, const HaPlanMove *move, const char *picked)
{
    const char *aim = builder->aims ? g_hash_table_lookup(builder->aims, move->vm) : NULL;
    const GPtrArray *tried = builder->tried ? g_hash_table_lookup(builder->tried, move->vm) : NULL;
    if (aim && tried && ha_strings_find(tried, aim))
        return picked;
    for (guint i = 0; aim && i < move->candidates->len; i++) {
        const HaCandidate *candidate = move->candidates->pdata[i];
        if (candidate->block == HA_BLOCK_NONE && strcmp(candidate->node, aim) == 0)
            return candidate->node;
    }
    return picked;
}

static gint64 load_of(const Builder *builder, const HaPlanMove *move)
{
    return ha_load_counted(ha_load_get(builder->view->load, move->vm, builder->view->now_ms));
}

static void place_move(const Builder *builder, HaPlanMove *move, HaPromises *promises, const char *fixed)
{
    const char *node = fixed;
    if (fixed) {
        char *detail = NULL;
        HaBlock block = builder->reason == HA_REASON_RETURN
                            ? ha_place_check_home(builder->view, move->vm, fixed, promises, &detail)
                            : ha_place_check(builder->view, move->vm, fixed, promises, NULL, &detail);
        if (block != HA_BLOCK_NONE) {
            set_block(move, block, detail);
            return;
        }
        g_free(detail);
        move->detail = g_strdup(builder->reason == HA_REASON_RETURN ? "its home" : "as asked");
    } else {
        node = pick_or_restart(builder, move, promises);
        if (!node) {
            set_block(move, HA_BLOCK_NO_TARGET, ha_candidates_refused(move->candidates));
            return;
        }
        const char *picked = node;
        node = aim_of(builder, move, picked);
        move->detail = ha_candidates_choice(move->candidates, node, strcmp(node, picked) != 0 ? builder->aimed : NULL);
    }
    move->to = g_strdup(node);
    move->estimate_ms = ha_plan_estimate_ms(builder->limits, move->mem_mib);
    ha_promises_add(promises, node, move->mem_mib);
    ha_promises_busy(promises, node, load_of(builder, move));
    ha_promises_move(promises, move->vm, node);
}

static HaPlanMove *new_move(const Builder *builder, const char *vm, const char *from)
{
    HaPlanMove *move = ha_plan_move_new(vm, from);
    move->reason = builder->reason;
    move->mem_mib = ha_view_vm_mem_mib(builder->view, vm);
    const HaGroup *group = group_of(builder->view, vm);
    gboolean evacuates = group && builder->reason == HA_REASON_DRAIN;
    gboolean may_restart = evacuates ? ha_plan_may_restart(builder->view, vm, builder->restart) : builder->restart;
    char *detail = NULL;
    HaBlock block = ha_plan_movable(builder->view, vm, &detail);
    if (block != HA_BLOCK_NONE && may_restart && restart_helps(block)) {
        move->mode = HA_MOVE_RESTART;
        block = HA_BLOCK_NONE;
    }
    if (block == HA_BLOCK_NONE && evacuates && group->evacuation == HA_EVACUATE_NEVER)
        block = HA_BLOCK_EVACUATION;
    if (block != HA_BLOCK_NONE)
        set_block(move, block, detail);
    else
        g_free(detail);
    return move;
}

static gint by_size_descending(gconstpointer a, gconstpointer b)
{
    const HaPlanMove *x = *(HaPlanMove *const *)a, *y = *(HaPlanMove *const *)b;
    if (x->mem_mib != y->mem_mib)
        return x->mem_mib > y->mem_mib ? -1 : 1;
    return strcmp(x->vm, y->vm);
}

/* VMs that this drain has moved already: those whose home is the node. In the ranking they take their place in line, as
 * they did when the drain began, so that a plan made anew after each wave is the rest of the first one. Returns:
 * (transfer full) HaPlanMove*, with their target. */
static GPtrArray *moved_already(const Builder *builder, const char *node, HaPromises *promises)
{
    GPtrArray *moved = g_ptr_array_new_with_free_func((GDestroyNotify)ha_plan_move_free);
    for (guint i = 0; node && builder->view->config && i < builder->view->config->vms->len; i++) {
        const HaConfigVm *vm = builder->view->config->vms->pdata[i];
        if (g_strcmp0(vm->home, node) != 0)
            continue;
        HaWhere where = ha_view_where(builder->view, vm->name);
        if (!where.node || strcmp(where.node, node) == 0)
            continue;
        HaPlanMove *move = ha_plan_move_new(vm->name, node);
        move->to = g_strdup(where.node);
        move->mem_mib = ha_view_vm_mem_mib(builder->view, vm->name);
        ha_promises_overlook(promises, move->to, move->mem_mib, where.report ? where.report->vcpus : 0);
        ha_promises_busy(promises, move->to, -load_of(builder, move));
        g_ptr_array_add(moved, move);
    }
    return moved;
}

/* ---- VMs that move as one ---- */

/* Memory of those in @line that have to follow @first, and have no place yet. */
static guint64 followers_mib(const Builder *builder, const GPtrArray *line, const HaPlanMove *first)
{
    guint64 mem_mib = 0;
    const HaGroup *group = ha_plan_bound(builder->view, first->vm);
    for (guint i = 0; group && i < line->len; i++) {
        const HaPlanMove *move = line->pdata[i];
        if (move != first && !move->to && move->block == HA_BLOCK_NONE && group_of(builder->view, move->vm) == group)
            mem_mib += move->mem_mib;
    }
    return mem_mib;
}

static const HaPlanMove *blocked_of(const Builder *builder, const HaPlan *plan, const HaGroup *group)
{
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = plan->moves->pdata[i];
        if (move->block != HA_BLOCK_NONE && group_of(builder->view, move->vm) == group)
            return move;
    }
    return NULL;
}

/* Pacemaker would draw the others after the first. */
static void block_parted(const Builder *builder, HaPlan *plan)
{
    for (guint i = 0; i < plan->moves->len; i++) {
        HaPlanMove *move = plan->moves->pdata[i];
        const HaGroup *group = ha_plan_bound(builder->view, move->vm);
        const HaPlanMove *other = group ? blocked_of(builder, plan, group) : NULL;
        if (!other || move->block != HA_BLOCK_NONE)
            continue;
        g_clear_pointer(&move->to, g_free);
        set_block(move, HA_BLOCK_TOGETHER, g_strdup_printf("%s: %s", other->vm, ha_block_text(other->block, NULL)));
    }
}

/* ---- the whole ---- */

/* Those that are about to be placed are nowhere, for the rules, until they are; and, for soft rules, those that this
 * drain has moved: a larger one chose before them when the drain began, and so it does again. */
static void lift(const Builder *builder, const GPtrArray *line, HaPromises *promises)
{
    for (guint i = 0; i < line->len; i++) {
        const HaPlanMove *move = line->pdata[i];
        const HaGroup *group = group_of(builder->view, move->vm);
        gboolean soft = group && group->affinity_strength == HA_RULE_SOFT;
        if (move->block == HA_BLOCK_NONE && (!move->to || soft))
            ha_promises_move(promises, move->vm, NULL);
    }
}

/* Gives each VM that can move its target. @room: nullable, moves that go before. Returns: how many found none. */
static guint place_all(const Builder *builder, HaPlan *plan, const GPtrArray *room, const char *fixed)
{
    guint without = 0;
    g_autoptr(HaPromises) promises = ha_promises_new();
    ha_promises_obey(promises, builder->view);
    ha_promises_spare(promises, builder->view, plan->node);
    g_autoptr(GPtrArray) moved =
        moved_already(builder, builder->reason == HA_REASON_DRAIN ? plan->node : NULL, promises);
    g_autoptr(GPtrArray) line = g_ptr_array_new();
    for (guint i = 0; room && i < room->len; i++) {
        const HaPlanMove *move = room->pdata[i];
        ha_promises_add(promises, move->to, move->mem_mib);
        ha_promises_take(promises, move->from, move->mem_mib);
        ha_promises_busy(promises, move->to, load_of(builder, move));
        ha_promises_busy(promises, move->from, -load_of(builder, move));
        ha_promises_move(promises, move->vm, move->to);
    }
    g_ptr_array_extend(line, plan->moves, NULL, NULL);
    g_ptr_array_extend(line, moved, NULL, NULL);
    g_ptr_array_sort(line, by_size_descending); /* the big ones choose first: they fit in fewer places */
    lift(builder, line, promises);
    for (guint i = 0; i < line->len; i++) {
        HaPlanMove *move = line->pdata[i];
        if (move->to) {
            ha_promises_count(promises, move->to, move->mem_mib);
            ha_promises_busy(promises, move->to, load_of(builder, move));
            ha_promises_move(promises, move->vm, move->to);
        } else if (move->block == HA_BLOCK_NONE) {
            ha_promises_demand(promises, followers_mib(builder, line, move));
            place_move(builder, move, promises, fixed);
        }
        without += move->block == HA_BLOCK_NO_TARGET;
    }
    return without;
}

/* Forgets what place_all said. */
static void unplace(HaPlan *plan)
{
    for (guint i = 0; i < plan->moves->len; i++) {
        HaPlanMove *move = plan->moves->pdata[i];
        if (move->block != HA_BLOCK_NONE && move->block != HA_BLOCK_NO_TARGET)
            continue;
        move->block = HA_BLOCK_NONE;
        g_clear_pointer(&move->to, g_free);
        g_clear_pointer(&move->detail, g_free);
        g_clear_pointer(&move->remedy, g_free);
        g_ptr_array_set_size(move->candidates, 0);
    }
}

/* Makes the plan anew. @aims, @room: nullable. Returns: how many find no place so. */
static guint place_anew(const Builder *builder, HaPlan *plan, GHashTable *aims, const GPtrArray *room)
{
    Builder anew = *builder;
    anew.aims = aims;
    anew.aimed = aims == builder->aims ? builder->aimed : "chosen together with the others that leave";
    unplace(plan);
    return place_all(&anew, plan, room, NULL);
}

/* Somebody fits nowhere, each having chosen for itself: perhaps all fit when their places are sought together; or when
 * others make room, again each for itself, or together. Returns: (transfer full) the others' moves; NULL. */
static GPtrArray *place_together(const Builder *builder, HaPlan *plan, guint without)
{
    g_autoptr(GHashTable) together = ha_plan_together(builder->view, plan, builder->tried);
    if (together && !place_anew(builder, plan, together, NULL))
        return NULL;
    g_autoptr(GHashTable) aims = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) room = ha_plan_room(builder->view, builder->limits, plan->node, aims);
    if (room) {
        guint chosen = place_anew(builder, plan, NULL, room);
        guint aimed = chosen ? place_anew(builder, plan, aims, room) : 0;
        if (aimed > chosen)
            place_anew(builder, plan, NULL, room);
        if (MIN(chosen, aimed) < without)
            return g_steal_pointer(&room);
    }
    place_anew(builder, plan, builder->aims, NULL);
    return NULL;
}

/* The others' moves come first: each a wave, and the rest after them. */
static void put_first(HaPlan *plan, GPtrArray *room)
{
    guint n = room->len;
    for (guint i = 0; i < plan->moves->len; i++) {
        HaPlanMove *move = plan->moves->pdata[i];
        move->wave += move->block == HA_BLOCK_NONE ? n : 0;
    }
    for (guint i = 0; i < n; i++) {
        HaPlanMove *move = g_ptr_array_steal_index(room, 0);
        plan->estimate_ms += move->estimate_ms;
        g_ptr_array_insert(plan->moves, (gint)i, move);
    }
}

static void finish(const Builder *builder, HaPlan *plan, const char *fixed)
{
    g_autoptr(GPtrArray) room = NULL;
    guint without = place_all(builder, plan, NULL, fixed);
    if (without && builder->reason == HA_REASON_DRAIN)
        room = place_together(builder, plan, without);
    block_parted(builder, plan);
    ha_plan_waves(plan, builder->view, builder->limits);
    if (room)
        put_first(plan, room);
}

/* Domains on the node that the cluster does not know. */
static void add_unmanaged(const Builder *builder, HaPlan *plan, const char *node)
{
    const HaReport *report = ha_view_report(builder->view, node);
    for (guint i = 0; report && i < report->vms->len; i++) {
        const HaReportVm *vm = report->vms->pdata[i];
        if (vm->state != HA_VM_INCOMING && !ha_config_find_vm(builder->view->config, vm->name))
            g_ptr_array_add(plan->moves, new_move(builder, vm->name, node));
    }
}

HaPlan *ha_plan_drain(const HaView *view, const HaLimits *limits, const char *node, gboolean restart, GHashTable *tried)
{
    return ha_plan_drain_on(view, limits, node, restart, tried, NULL);
}

HaPlan *ha_plan_drain_on(
    const HaView *view, const HaLimits *limits, const char *node, gboolean restart, GHashTable *tried, GHashTable *aims)
{
    Builder builder = {view, limits, tried, aims, "chosen before, and it still fits", restart, HA_REASON_DRAIN};
    HaPlan *plan = ha_plan_new(node);
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        if (vm->pin || !ha_view_is_on(view, vm, node))
            continue;
        if (ha_park_stops(view, vm, node))
            g_ptr_array_add(plan->stops, g_strdup(vm->name));
        else
            g_ptr_array_add(plan->moves, new_move(&builder, vm->name, node));
    }
    add_unmanaged(&builder, plan, node);
    finish(&builder, plan, NULL);
    return plan;
}

HaPlan *ha_plan_return(const HaView *view, const HaLimits *limits, const char *node, GHashTable *tried)
{
    Builder builder = {view, limits, tried, NULL, NULL, FALSE, HA_REASON_RETURN};
    HaPlan *plan = ha_plan_new(node);
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        const char *from = ha_view_where(view, vm->name).node;
        if (from && !vm->pin && g_strcmp0(vm->home, node) == 0 && strcmp(from, node) != 0)
            g_ptr_array_add(plan->moves, new_move(&builder, vm->name, from));
    }
    finish(&builder, plan, node);
    return plan;
}

HaPlan *ha_plan_migrate(const HaView *view, const HaLimits *limits, const char *vm, const char *to, GHashTable *tried)
{
    Builder builder = {view, limits, tried, NULL, NULL, FALSE, HA_REASON_ADMIN};
    HaWhere where = ha_view_where(view, vm);
    HaPlan *plan = ha_plan_new(NULL);
    g_ptr_array_add(plan->moves, new_move(&builder, vm, where.node ? where.node : ""));
    finish(&builder, plan, to);
    return plan;
}
