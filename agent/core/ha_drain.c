/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wishes on nodes: what each still lacks, and the next wave of moves for all of them together (docs/states.md, rules R5
 * to R8). */
#include "agent/core/ha_core_private.h"

#include <string.h>

#include "agent/core/ha_aim.h"
#include "agent/core/ha_move.h"
#include "agent/core/plan/ha_park.h"
#include "agent/core/plan/ha_plan_waves.h"
#include "agent/core/model/ha_rules.h"
#include "agent/core/ha_yield.h"
#include "agent/core/model/ha_sorted.h"

static const char *const words[HA_DRAIN_STATES] = {
    [HA_DRAIN_NONE] = "none",
    [HA_DRAIN_MOVING] = "draining",
    [HA_DRAIN_PARTIAL] = "partial",
    [HA_DRAIN_SETTLING] = "settling",
    [HA_DRAIN_DONE] = "drained",
    [HA_DRAIN_RETURNING] = "returning",
};

const char *ha_drain_state_word(HaDrainState state)
{
    g_assert(state < HA_DRAIN_STATES);
    return words[state];
}

/* ---- what a VM's attempts say ---- */

typedef enum { TRY_NOW, TRY_LATER, TRY_NEVER } Try;

static Try may_try(const HaCore *core, const char *vm)
{
    const HaAttempts *attempts = ha_memory_attempts(core->memory, vm);
    if (!attempts || !attempts->attempts)
        return TRY_NOW;
    if (attempts->attempts >= core->settings.attempts)
        return TRY_NEVER;
    return core->view->now_ms >= attempts->retry_at_ms ? TRY_NOW : TRY_LATER;
}

/* ---- one wish ---- */

#define OVER "the deadline has passed"

typedef struct {
    HaPlan *plan;       /* owned */
    GPtrArray *ready;   /* HaPlanMove*, borrowed from the plan, of one wave */
    GPtrArray *due;     /* char*, borrowed from the plan's stops: to be shut down when nothing moves any more */
    gboolean stopping;  /* some VM is being shut down */
    gboolean waiting;   /* some VM is tried again later */
    gboolean under_way; /* some VM of this wish has a pin or a failure that is being dealt with */
    GString *stays;     /* "vm1: reason; vm2: reason" */
} Wish;

static void wish_clear(Wish *wish)
{
    ha_plan_free(wish->plan);
    g_ptr_array_unref(wish->ready);
    g_ptr_array_unref(wish->due);
    g_string_free(wish->stays, TRUE);
}

static void add_stay(Wish *wish, const char *vm, const char *why)
{
    g_string_append_printf(wish->stays, "%s%s: %s", wish->stays->len ? "; " : "", vm, why);
}

/* Tried as often as allowed: a stop and start, where the admin permits it, else it stays. */
static gboolean last_resort(const HaCore *core, Wish *wish, HaPlanMove *move, gboolean restart)
{
    if (ha_plan_may_restart(core->view, move->vm, restart)) {
        move->mode = HA_MOVE_RESTART;
        return TRUE;
    }
    const HaAttempts *attempts = ha_memory_attempts(core->memory, move->vm);
    g_autofree char *why = g_strdup_printf("its migration failed %u times, last: %s", attempts->attempts,
        attempts->last_error ? attempts->last_error : "no reason given");
    add_stay(wish, move->vm, why);
    return FALSE;
}

static gboolean is_ready(const HaCore *core, Wish *wish, HaPlanMove *move, gboolean restart)
{
    if (move->block != HA_BLOCK_NONE) {
        add_stay(wish, move->vm, move->detail);
        return FALSE;
    }
    gboolean tool = g_strcmp0(core->tool_vm, move->vm) == 0;
    if (tool || ha_move_state(core->view, ha_config_find_vm(core->view->config, move->vm)) != HA_MOVE_NONE) {
        wish->under_way = TRUE; /* its history is being cleaned up, or has to be: a pin now would race with that */
        return FALSE;
    }
    switch (may_try(core, move->vm)) {
    case TRY_NOW:
        return TRUE;
    case TRY_LATER:
        wish->waiting = TRUE;
        return FALSE;
    case TRY_NEVER:
        return last_resort(core, wish, move, restart);
    }
    g_assert_not_reached();
}

/* VMs whose pin belongs to this wish, or whose failed migration is being cleaned up where the wish looks for them. */
static gboolean belongs(const HaView *view, const HaConfigNode *node, const HaConfigVm *vm)
{
    if (node->wish.kind == HA_WISH_RETURN)
        return vm->pin_reason == HA_REASON_RETURN && g_strcmp0(vm->pin, node->node) == 0;
    return g_strcmp0(ha_move_source(view, vm), node->node) == 0;
}

static gboolean any_under_way(const HaCore *core, const HaConfigNode *node)
{
    const HaConfig *config = core->view->config;
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        HaMoveState state = ha_move_state(core->view, vm);
        if (node->wish.kind == HA_WISH_RETURN && vm->pin && g_strcmp0(vm->home, node->node) == 0)
            return TRUE; /* the pin of the move away has not gone yet; then it comes home */
        if (state != HA_MOVE_NONE && state != HA_MOVE_LANDED && belongs(core->view, node, vm))
            return TRUE;
    }
    return FALSE;
}

/* Is @move's group one that moves as one, and another of it not ready now? */
static gboolean lacks_companion(const HaCore *core, const Wish *wish, const HaPlanMove *move)
{
    const HaGroup *group = ha_plan_bound(core->view, move->vm);
    for (guint i = 0; group && i < wish->plan->moves->len; i++) {
        const HaPlanMove *other = wish->plan->moves->pdata[i];
        if (ha_plan_bound(core->view, other->vm) == group && !g_ptr_array_find(wish->ready, other, NULL))
            return TRUE;
    }
    return FALSE;
}

/* Without the other Pacemaker would draw it back, or the other after it. */
static void keep_together(const HaCore *core, Wish *wish)
{
    g_autoptr(GPtrArray) parted = g_ptr_array_new();
    for (guint i = 0; i < wish->ready->len; i++)
        if (lacks_companion(core, wish, wish->ready->pdata[i]))
            g_ptr_array_add(parted, wish->ready->pdata[i]);
    for (guint i = 0; i < parted->len; i++) {
        const HaPlanMove *move = parted->pdata[i];
        g_ptr_array_remove(wish->ready, (gpointer)move);
        if (!wish->waiting && !wish->under_way)
            add_stay(wish, move->vm, ha_block_text(HA_BLOCK_TOGETHER, NULL));
    }
}

/* The first one of those that are left; they lie in its order. */
static void keep_wave(Wish *wish)
{
    const HaPlanMove *first = wish->ready->len ? wish->ready->pdata[0] : NULL;
    guint n = 0;
    while (n < wish->ready->len && ((const HaPlanMove *)wish->ready->pdata[n])->wave == first->wave)
        n++;
    g_ptr_array_set_size(wish->ready, (gint)n);
}

static void read_stop(const HaCore *core, const HaConfigNode *node, const char *vm, gboolean over, Wish *wish)
{
    const HaConfigVm *known = ha_config_find_vm(core->view->config, vm);
    if (!ha_park_due(known, node->node))
        wish->stopping = TRUE;
    else if (over)
        add_stay(wish, vm, OVER);
    else if (g_strcmp0(core->tool_vm, vm) == 0 || ha_move_state(core->view, known) != HA_MOVE_NONE)
        wish->under_way = TRUE;
    else
        g_ptr_array_add(wish->due, (char *)vm);
}

static Wish read_wish(const HaCore *core, const HaConfigNode *node)
{
    gboolean draining = node->wish.kind == HA_WISH_DRAIN;
    gboolean over = node->wish.deadline_s && core->view->now_s >= node->wish.deadline_s;
    Wish wish = {
        .plan =
            draining ? ha_core_plan_drain(core, node->node, node->wish.restart) : ha_core_plan_return(core, node->node),
        .ready = g_ptr_array_new(),
        .due = g_ptr_array_new(),
        .stays = g_string_new(NULL),
        .under_way = any_under_way(core, node),
    };
    for (guint i = 0; i < wish.plan->moves->len; i++) {
        HaPlanMove *move = wish.plan->moves->pdata[i];
        if (over) {
            add_stay(&wish, move->vm, OVER);
            continue;
        }
        if (is_ready(core, &wish, move, node->wish.restart))
            g_ptr_array_add(wish.ready, move);
    }
    keep_together(core, &wish);
    keep_wave(&wish);
    for (guint i = 0; i < wish.plan->stops->len; i++)
        read_stop(core, node, wish.plan->stops->pdata[i], over, &wish);
    return wish;
}

/* ---- the wave ---- */

typedef struct {
    GPtrArray *changes, *notes;
    guint lanes, lanes_max;
    guint moves, moves_max;
    GPtrArray *park, *park_notes; /* VMs to be shut down: no moves */
} Wave;

static guint moves_at(const Wave *wave, const char *node)
{
    guint n = 0;
    for (guint i = 0; i < wave->notes->len; i++) {
        const HaNote *begun = wave->notes->pdata[i];
        n += strcmp(begun->from, node) == 0 || strcmp(begun->to, node) == 0;
    }
    return n;
}

/* Two wishes can ask for one VM: a drain of where it runs, a return to its home. The first gets it. */
static gboolean wave_has_vm(const Wave *wave, const char *vm)
{
    for (guint i = 0; i < wave->notes->len; i++)
        if (strcmp(((const HaNote *)wave->notes->pdata[i])->vm, vm) == 0)
            return TRUE;
    return FALSE;
}

/* A VM of the same hard-together group is in the wave: Pacemaker will move this one too, pinned or not. */
static gboolean wave_has_companion(const HaCore *core, const Wave *wave, const HaPlanMove *move)
{
    const HaConfig *config = core->view->config;
    const char *group = ha_config_find_vm(config, move->vm)->group;
    if (!ha_rules_bound(ha_config_find_group(config, group)))
        return FALSE;
    for (guint i = 0; i < wave->notes->len; i++) {
        const HaConfigVm *other = ha_config_find_vm(config, ((const HaNote *)wave->notes->pdata[i])->vm);
        if (g_strcmp0(other->group, group) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Each wish was planned by itself: does the move still fit beside those of the others? */
static gboolean wave_suits(const HaCore *core, const Wave *wave, const HaPlanMove *move)
{
    g_autoptr(HaPromises) promises = ha_promises_new();
    ha_promises_obey(promises, core->view);
    for (guint i = 0; i < wave->notes->len; i++) {
        const HaNote *begun = wave->notes->pdata[i];
        ha_promises_add(promises, begun->to, ha_view_vm_mem_mib(core->view, begun->vm));
        ha_promises_move(promises, begun->vm, begun->to);
    }
    return ha_place_check(core->view, move->vm, move->to, promises, NULL, NULL) == HA_BLOCK_NONE;
}

/* Where Pacemaker has a migration-limit it keeps to it at both ends by itself. */
static gboolean wave_has_room(const HaCore *core, const Wave *wave, const HaPlanMove *move)
{
    guint limit = ha_core_limits(core).moves_per_node;
    if (wave_has_vm(wave, move->vm))
        return FALSE;
    if (wave_has_companion(core, wave, move))
        return TRUE;
    if (wave->moves >= wave->moves_max || (wave->lanes > 1 && !wave_suits(core, wave, move)))
        return FALSE;
    return core->view->config->moves_per_node ||
           (moves_at(wave, move->from) < limit && moves_at(wave, move->to) < limit);
}

static void wave_add(const HaCore *core, Wave *wave, const HaConfigNode *node, const HaPlanMove *move)
{
    const HaConfigVm *vm = ha_config_find_vm(core->view->config, move->vm);
    if (move->reason == HA_REASON_DRAIN && !vm->home)
        g_ptr_array_add(wave->changes, ha_change_new(HA_CHANGE_HOME_SET, move->vm, move->from, NULL));
    g_ptr_array_add(wave->changes, ha_pin_change(core, move->vm, move->to, move->mode, move->reason, node->wish.by));
    g_ptr_array_add(wave->notes, ha_begun_note(move));
    wave->moves++;
}

/* Each wish moves at most moves_per_node VMs at once (Pacemaker's migration-limit, or the wave's size), so lanes times
 * that is the cluster's cap. */
static void wave_fill(const HaCore *core, Wave *wave, const HaConfigNode *node, const Wish *wish)
{
    if (!wish->ready->len || wave->lanes == wave->lanes_max)
        return;
    wave->lanes++;
    for (guint i = 0; i < wish->ready->len; i++)
        if (wave_has_room(core, wave, wish->ready->pdata[i]))
            wave_add(core, wave, node, wish->ready->pdata[i]);
}

/* Last: each is down for as short as can be, and no later wave waits for its guest to shut down. */
static void wave_park(Wave *wave, const HaConfigNode *node, const Wish *wish)
{
    for (guint i = 0; i < wish->due->len; i++) {
        const char *vm = wish->due->pdata[i];
        g_ptr_array_add(wave->park, ha_change_new(HA_CHANGE_PARK, vm, node->node, NULL));
        g_ptr_array_add(wave->park_notes, ha_unpark_note(HA_NOTE_VM_PARKED, vm, node->node));
    }
}

/* ---- ends ---- */

static gboolean nothing_active(const HaCore *core, const char *node)
{
    const HaConfig *config = core->view->config;
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        const HaConfigPlace *place = ha_sorted_find(vm->places, node);
        if (place && (place->active || place->pending == HA_OP_START || place->pending == HA_OP_MIGRATE_FROM))
            return FALSE;
    }
    return TRUE;
}

/* A VM has left, and its pin has not gone yet: it goes when the scheduler says that nothing would move, if need be not
 * before the standby. */
static gboolean pins_left(const HaCore *core, const char *node)
{
    const HaConfig *config = core->view->config;
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        const HaNote *begun = ha_memory_begun(core->memory, vm->name);
        if (vm->pin && vm->pin_reason == HA_REASON_DRAIN && begun && g_strcmp0(begun->from, node) == 0)
            return TRUE;
    }
    return FALSE;
}

static HaNote *end_note(HaNoteKind kind, const char *node, const char *text)
{
    HaNote *note = ha_note_new(kind);
    note->node = g_strdup(node);
    note->text = text && *text ? g_strdup(text) : NULL;
    return note;
}

static gboolean last_said(const HaCore *core, const char *node, HaNoteKind kind)
{
    const HaNote *note = ha_memory_last_of_node(core->memory, node, HA_NOTE_DRAIN_BEGUN, HA_NOTE_RETURN_DONE);
    return note && note->kind == kind;
}

/* @note: (transfer full), nullable. */
static void write_list(HaCore *core, GPtrArray *effects, GPtrArray *changes, HaNote *note)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    if (note)
        g_ptr_array_add(notes, note);
    ha_write(core, effects, changes, FALSE, notes, 0, NULL);
}

static void write_standby(HaCore *core, GPtrArray *effects, const char *node, HaNote *note)
{
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_STANDBY_SET, NULL, node, NULL));
    write_list(core, effects, changes, note);
}

/* Has "nothing more can move" held for @patience_ms? */
static gboolean held_for(HaCore *core, HaMark *mark, gint64 patience_ms)
{
    if (!mark->partial_since_ms)
        mark->partial_since_ms = core->view->now_ms;
    if (core->view->now_ms - mark->partial_since_ms >= patience_ms)
        return TRUE;
    ha_wake_at(core, mark->partial_since_ms + patience_ms);
    return FALSE;
}

static gboolean is_named(const HaNote *note, const char *vm)
{
    g_autofree char *name = g_strdup_printf("%s: ", vm);
    return note->text && strstr(note->text, name);
}

/* Was the end of this drain told, with every VM that stays? One that was recovered onto the node since then is news. */
static gboolean partial_said(const HaCore *core, const char *node, const HaPlan *plan)
{
    if (!last_said(core, node, HA_NOTE_DRAIN_PARTIAL))
        return FALSE;
    const HaNote *note = ha_memory_last_of_node(core->memory, node, HA_NOTE_DRAIN_PARTIAL, HA_NOTE_DRAIN_PARTIAL);
    for (guint i = 0; i < plan->moves->len; i++)
        if (!is_named(note, ((const HaPlanMove *)plan->moves->pdata[i])->vm))
            return FALSE;
    for (guint i = 0; i < plan->stops->len; i++)
        if (!is_named(note, plan->stops->pdata[i]))
            return FALSE;
    return TRUE;
}

static void end_drain(HaCore *core, const HaConfigNode *node, const Wish *wish, HaMark *mark, GPtrArray *effects)
{
    if (wish->stays->len) {
        if (held_for(core, mark, HA_STABLE_MS) && !partial_said(core, node->node, wish->plan))
            ha_speak(core, effects, end_note(HA_NOTE_DRAIN_PARTIAL, node->node, wish->stays->str));
        return;
    }
    if (!nothing_active(core, node->node)) {
        mark->partial_since_ms = 0;
        return;
    }
    if (!node->standby && ha_view_recovering(core->view) && !held_for(core, mark, HA_RECOVERY_PATIENCE_MS))
        return;
    mark->partial_since_ms = 0;
    gboolean done = !pins_left(core, node->node);
    if (!node->standby && ha_write_ready(core))
        write_standby(core, effects, node->node, done ? end_note(HA_NOTE_DRAIN_DONE, node->node, NULL) : NULL);
    else if (node->standby && done && !last_said(core, node->node, HA_NOTE_DRAIN_DONE))
        ha_speak(core, effects, end_note(HA_NOTE_DRAIN_DONE, node->node, NULL));
}

/* A node that is down, or just coming up, keeps its wish: its VMs come home when it is there. */
static gboolean can_take(const HaCore *core, const HaConfigNode *node)
{
    const HaReport *report = ha_view_report(core->view, node->node);
    return node->state == HA_NODE_ONLINE && !node->standby && report && report->libvirt == HA_LIBVIRT_OK;
}

/* Who is home, or wanted nowhere, has no way left to go; who stays away keeps its home for a second `hactl undrain
 * --return`. */
static void forget_homes_reached(const HaCore *core, const char *node, GPtrArray *changes)
{
    const HaConfig *config = core->view->config;
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        gboolean at_home = g_strcmp0(ha_view_where(core->view, vm->name).node, node) == 0;
        if (g_strcmp0(vm->home, node) == 0 && (at_home || !vm->wanted_running))
            g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_CLEAR, vm->name, NULL, NULL));
    }
}

static void end_return(HaCore *core, const HaConfigNode *node, const Wish *wish, HaMark *mark, GPtrArray *effects)
{
    if (wish->plan->moves->len && !can_take(core, node)) {
        mark->partial_since_ms = 0;
        return;
    }
    if (wish->plan->moves->len && !held_for(core, mark, HA_RETURN_PATIENCE_MS))
        return;
    if (!ha_write_ready(core))
        return;
    mark->partial_since_ms = 0;
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_WISH_CLEAR, NULL, node->node, NULL));
    forget_homes_reached(core, node->node, changes);
    write_list(core, effects, changes, end_note(HA_NOTE_RETURN_DONE, node->node, wish->stays->str));
}

static void reconcile_wish(HaCore *core, const HaConfigNode *node, Wave *wave, GPtrArray *effects)
{
    HaMark *mark = ha_mark(core->node_marks, node->node);
    Wish wish = read_wish(core, node);
    if (node->wish.kind == HA_WISH_DRAIN)
        ha_aim_keep(core, node, wish.plan);
    if (mark->wish_since_s != node->wish.since_s)
        mark->partial_since_ms = 0;
    mark->wish_since_s = node->wish.since_s;
    if (node->wish.kind == HA_WISH_RETURN && !can_take(core, node))
        g_ptr_array_set_size(wish.ready, 0);
    if (wish.ready->len || wish.waiting || wish.under_way) {
        mark->partial_since_ms = 0;
        wave_fill(core, wave, node, &wish);
    } else if (wish.due->len || wish.stopping) {
        mark->partial_since_ms = 0;
        wave_park(wave, node, &wish);
    } else if (node->wish.kind == HA_WISH_DRAIN) {
        end_drain(core, node, &wish, mark, effects);
    } else {
        end_return(core, node, &wish, mark, effects);
    }
    if (node->wish.deadline_s > core->view->now_s)
        ha_wake_at(core, core->view->now_ms + (node->wish.deadline_s - core->view->now_s) * 1000);
    wish_clear(&wish);
}

/* Frees what @wave holds. */
static void wave_write(HaCore *core, Wave *wave, GPtrArray *effects)
{
    gboolean ready = (wave->changes->len || wave->park->len) && ha_write_ready(core);
    for (guint i = 0; ready && i < wave->notes->len; i++) {
        const HaNote *begun = wave->notes->pdata[i];
        ha_uncancel(core, effects, begun->vm, begun->from);
    }
    g_ptr_array_extend_and_steal(wave->changes, wave->park);
    g_ptr_array_extend_and_steal(wave->notes, wave->park_notes);
    if (ready) {
        ha_write(core, effects, wave->changes, FALSE, wave->notes, 0, NULL);
        return;
    }
    g_ptr_array_unref(wave->changes);
    g_ptr_array_unref(wave->notes);
}

void ha_drain_reconcile(HaCore *core, GPtrArray *effects)
{
    HaLimits limits = ha_core_limits(core);
    guint lanes_max = MAX(limits.moves_per_cluster / MAX(limits.moves_per_node, 1), 1);
    Wave wave = {
        .changes = ha_change_list_new(),
        .notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free),
        .park = ha_change_list_new(),
        .park_notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free),
        .lanes_max = lanes_max,
        .moves_max = MIN(lanes_max * limits.moves_per_wave, MAX(limits.moves_per_cluster, limits.moves_per_wave)),
    };
    for (guint i = 0; i < core->view->config->nodes->len; i++) {
        const HaConfigNode *node = core->view->config->nodes->pdata[i];
        if (node->wish.kind != HA_WISH_NONE)
            reconcile_wish(core, node, &wave, effects);
    }
    ha_wake_at(core, ha_memory_next_retry(core->memory, core->view->now_ms));
    wave_write(core, &wave, effects);
}

/* ---- what displays ask ---- */

HaDrainState ha_core_drain(const HaCore *core, const char *node)
{
    const HaConfigNode *known = ha_config_find_node(core->view->config, node);
    if (!known || known->wish.kind == HA_WISH_NONE)
        return HA_DRAIN_NONE;
    if (known->wish.kind == HA_WISH_RETURN)
        return HA_DRAIN_RETURNING;
    if (any_under_way(core, known))
        return HA_DRAIN_MOVING;
    Wish wish = read_wish(core, known);
    gboolean empty = wish.plan->moves->len + wish.plan->stops->len == 0;
    gboolean idle = !wish.ready->len && !wish.waiting && !wish.due->len && !wish.stopping;
    wish_clear(&wish);
    if (!empty)
        return idle && last_said(core, node, HA_NOTE_DRAIN_PARTIAL) ? HA_DRAIN_PARTIAL : HA_DRAIN_MOVING;
    return known->standby && nothing_active(core, node) && !pins_left(core, node) ? HA_DRAIN_DONE : HA_DRAIN_SETTLING;
}

/* What keeps an unpinned VM of a node that is to be emptied. */
static HaBlock queued_block(const HaCore *core, const char *vm, const HaAttempts *attempts)
{
    if (attempts && attempts->attempts >= core->settings.attempts)
        return HA_BLOCK_FAILED;
    if (ha_yield_to(core, NULL))
        return HA_BLOCK_RECOVERY;
    HaBlock block = ha_plan_movable(core->view, vm, NULL);
    const HaConfigVm *known = ha_config_find_vm(core->view->config, vm);
    if (known && ha_park_stops(core->view, known, ha_move_source(core->view, known)))
        return HA_BLOCK_NONE;
    const HaGroup *group = known ? ha_config_find_group(core->view->config, known->group) : NULL;
    if (block != HA_BLOCK_NONE)
        return block;
    if (group && group->evacuation == HA_EVACUATE_NEVER)
        return HA_BLOCK_EVACUATION;
    g_autoptr(HaPromises) none = ha_promises_new();
    return ha_place_any(core->view, vm, none) ? HA_BLOCK_NONE : HA_BLOCK_NO_TARGET;
}

HaMoveStatus ha_core_move(const HaCore *core, const char *vm)
{
    const HaView *view = core->view;
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    HaMoveStatus status = {0};
    if (!known)
        return status;
    const HaAttempts *attempts = ha_memory_attempts(core->memory, vm);
    status.state = ha_move_state(view, known);
    status.from = ha_move_source(view, known);
    status.to = known->pin;
    status.reason = known->pin_reason;
    status.mode = known->pin_mode;
    status.attempts = attempts ? attempts->attempts : 0;
    status.last_error = attempts ? attempts->last_error : NULL;
    status.retry_in_ms = attempts ? MAX(attempts->retry_at_ms - view->now_ms, 0) : 0;

    const HaConfigNode *node = status.from ? ha_config_find_node(view->config, status.from) : NULL;
    if (status.state == HA_MOVE_NONE && node && node->wish.kind == HA_WISH_DRAIN) {
        status.state = HA_MOVE_QUEUED;
        status.reason = HA_REASON_DRAIN;
        status.block = queued_block(core, vm, attempts);
    }
    return status;
}
