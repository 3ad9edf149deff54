/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves under way: each step looks at every VM's move state and gathers what it asks for. A pin is removed only in
 * states where Pacemaker has nothing of that VM in flight (docs/states.md, rule R4); everything else waits.
 */
#include "agent/core/ha_core_private.h"

#include <string.h>

#include "agent/core/ha_copy.h"
#include "agent/core/ha_group_request.h"
#include "agent/core/ha_move.h"
#include "agent/core/ha_room.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/core/ha_yield.h"

#define CANCELLED_PREFIX "cancelled" /* how the agent's exit reason begins when it ended a migration on our word */

typedef struct {
    HaCore *core;
    GPtrArray *effects;
    gboolean in_flight;               /* some move is */
    gboolean acting;                  /* Pacemaker has an action on some VM running */
    GPtrArray *revoke, *revoke_notes; /* pins that go at once: failed or lost moves */
    GPtrArray *landed, *landed_notes; /* pins that go when nothing is in flight any more */
} Pass;

HaChange *ha_pin_change(
    const HaCore *core, const char *vm, const char *to, HaMoveMode mode, HaReason reason, const char *by)
{
    g_autofree char *text = ha_move_note_format(mode, reason, core->view->now_s, by);
    HaChange *change = ha_change_new(HA_CHANGE_PIN_SET, vm, to, text);
    change->mode = mode;
    return change;
}

HaNote *ha_begun_note(const HaPlanMove *move)
{
    HaNote *note = ha_note_new(HA_NOTE_MOVE_BEGUN);
    note->vm = g_strdup(move->vm);
    note->from = g_strdup(move->from);
    note->to = g_strdup(move->to);
    note->reason = move->reason;
    note->text = g_strdup(move->detail);
    note->others = ha_candidates_others(move->candidates, move->to);
    return note;
}

static HaNote *move_note(const Pass *pass, HaNoteKind kind, const HaConfigVm *vm, const char *text)
{
    HaNote *note = ha_note_new(kind);
    note->vm = g_strdup(vm->name);
    const HaNote *begun =
        ha_memory_begun(pass->core->memory, vm->name); /* after the landing nothing else says where from */
    note->from = g_strdup(begun && begun->from ? begun->from : ha_move_source(pass->core->view, vm));
    note->to = g_strdup(vm->pin);
    note->reason = vm->pin_reason;
    note->text = g_strdup(text);
    return note;
}

static guint64 move_ms(const HaCore *core, const HaMark *mark, const HaConfigVm *vm)
{
    if (mark->pinned_ms)
        return (guint64)(core->view->now_ms - mark->pinned_ms);
    return (guint64)MAX(core->view->now_s - vm->pin_since_s, 0) * 1000;
}

/* ---- asking for a migration's end ---- */

static void cancel(const Pass *pass, const char *vm, const char *node, HaMark *mark)
{
    HaCore *core = pass->core;
    if (!node)
        return; /* nobody can be asked while nobody knows where it runs */
    if (mark->cancel_sent_ms && core->view->now_ms - mark->cancel_sent_ms < HA_REPEAT_MS) {
        ha_wake_at(core, mark->cancel_sent_ms + HA_REPEAT_MS);
        return;
    }
    mark->cancel_sent_ms = core->view->now_ms;
    g_free(mark->cancel_node);
    mark->cancel_node = g_strdup(node);
    HaEffect *effect = ha_emit(core, pass->effects, HA_EFFECT_CANCEL, 0);
    effect->vm = g_strdup(vm);
    effect->node = g_strdup(node);
    ha_wake_at(core, core->view->now_ms + HA_REPEAT_MS);
}

/* The mark lies where the migration began: that is no longer where the VM runs when the word came too late. */
static void uncancel(const Pass *pass, const char *vm, const char *node, HaMark *mark)
{
    g_autofree char *at = g_steal_pointer(&mark->cancel_node);
    mark->cancel_sent_ms = 0;
    if (at || node)
        ha_uncancel(pass->core, pass->effects, vm, at ? at : node);
}

/* The wish that began this move is gone: an admin changed his mind. */
static gboolean unwanted(const HaView *view, const HaConfigVm *vm)
{
    const char *source = ha_move_source(view, vm);
    const HaConfigNode *from = source ? ha_config_find_node(view->config, source) : NULL;
    const HaConfigNode *to = ha_config_find_node(view->config, vm->pin);
    if (vm->pin_mode != HA_MOVE_LIVE || g_strcmp0(source, vm->pin) == 0)
        return FALSE; /* also when it has arrived: there is nothing left to end */
    if (vm->pin_reason == HA_REASON_DRAIN)
        return from && from->wish.kind != HA_WISH_DRAIN;
    if (vm->pin_reason == HA_REASON_RETURN)
        return to && to->wish.kind != HA_WISH_RETURN;
    return FALSE;
}

/* By Pacemaker's account it is on @node, and so may leave it. Half-way through a migration it is nowhere: a cancel mark
 * would stay where it has arrived. */
static gboolean may_leave(const HaConfigVm *vm, const char *node)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (g_strcmp0(place->node, node) == 0)
            return place->active || place->pending == HA_OP_MIGRATE_TO;
    }
    return FALSE;
}

/* The recovery of a lost host would wait for its end. */
static gboolean gives_way(const HaCore *core, const HaConfigVm *vm)
{
    return ha_yield_to(core, NULL) && ha_yield_may_end(core->view, vm);
}

static void cancel_unwanted(const Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    const char *source = ha_move_source(pass->core->view, vm);
    gboolean ends = vm->pin && (unwanted(pass->core->view, vm) || gives_way(pass->core, vm));
    if (ends && may_leave(vm, source))
        cancel(pass, vm->name, source, mark);
}

/* ---- one state each ---- */

static void revoke_pin(Pass *pass, const HaConfigVm *vm, HaNoteKind kind, const char *text)
{
    g_ptr_array_add(pass->revoke, ha_change_new(HA_CHANGE_PIN_CLEAR, vm->name, NULL, NULL));
    g_ptr_array_add(pass->revoke_notes, move_note(pass, kind, vm, text));
}

/* The action failed, yet a job may still run in libvirt (the agent was killed): first that job ends, then the pin goes.
 */
static gboolean wait_for_job(const Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    HaWhere where = ha_view_where(pass->core->view, vm->name);
    if (ha_move_settled(pass->core->view, vm->name))
        return FALSE;
    if (where.leaving)
        cancel(pass, vm->name, where.leaving, mark);
    return TRUE;
}

static const char *error_text(const HaView *view, const HaConfigVm *vm)
{
    const char *error = ha_move_error(view, vm);
    return error ? error : "the migration failed, and nobody could say why; the log of the agent on the source may";
}

/* The source's hactld tells the reason in its next report; who is not there can't tell. */
static gboolean wait_for_reason(const Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    gint64 now_ms = pass->core->view->now_ms;
    if (!mark->blocked_since_ms)
        mark->blocked_since_ms = now_ms;
    if (ha_move_error(pass->core->view, vm) || now_ms - mark->blocked_since_ms >= HA_REASON_PATIENCE_MS)
        return FALSE;
    ha_wake_at(pass->core, mark->blocked_since_ms + HA_REASON_PATIENCE_MS);
    return TRUE;
}

static void on_blocked(Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    mark->own_failure = TRUE;
    if (wait_for_job(pass, vm, mark) || wait_for_reason(pass, vm, mark))
        return;
    const char *error = error_text(pass->core->view, vm);
    HaWhere where = ha_view_where(pass->core->view, vm->name);
    if (g_strcmp0(where.node, vm->pin) == 0) {
        HaNote *note = move_note(pass, HA_NOTE_MOVE_LANDED, vm, error);
        note->value = move_ms(pass->core, mark, vm);
        g_ptr_array_add(pass->revoke, ha_change_new(HA_CHANGE_PIN_CLEAR, vm->name, NULL, NULL));
        g_ptr_array_add(pass->revoke_notes, note);
    } else if (!g_str_has_prefix(error, CANCELLED_PREFIX)) {
        revoke_pin(pass, vm, HA_NOTE_MOVE_FAILED, error);
    } else {
        const char *lost = unwanted(pass->core->view, vm) ? NULL : ha_yield_to(pass->core, NULL);
        g_autofree char *why = lost ? g_strdup_printf("the VMs of %s are recovered first", lost) : NULL;
        revoke_pin(pass, vm, HA_NOTE_MOVE_CANCELLED, why);
    }
}

/* Is this failure somebody else's (a standby, a constraint of an admin's)? Ours passed through "blocked"; what a new
 * leader finds after a failure that was said is the old leader's. */
static gboolean is_foreign(const HaCore *core, const HaMark *mark, const char *vm, const char *error)
{
    if (mark->own_failure || g_str_has_prefix(error, CANCELLED_PREFIX))
        return FALSE;
    return mark->cleanup_sent_ms || !ha_memory_attempts(core->memory, vm);
}

/* A stranger's failure is cleaned up too, or Pacemaker would no longer watch the VM; with a growing delay, since
 * Pacemaker tries again at once. */
static gboolean foreign_waits(const Pass *pass, const HaConfigVm *vm, HaMark *mark, const char *error)
{
    HaCore *core = pass->core;
    if (g_strcmp0(ha_view_where(core->view, vm->name).node, ha_move_source(core->view, vm)) != 0)
        return FALSE; /* it arrived all the same (ra_aim.h): nothing is tried again */
    if (!mark->foreign && is_foreign(core, mark, vm->name, error)) {
        mark->foreign = TRUE;
        ha_speak(core, pass->effects, move_note(pass, HA_NOTE_MOVE_FAILED, vm, error));
    }
    const HaAttempts *attempts = ha_memory_attempts(core->memory, vm->name);
    if (!mark->foreign || !attempts)
        return FALSE;
    ha_wake_at(core, attempts->retry_at_ms);
    return core->view->now_ms < attempts->retry_at_ms;
}

static void run_tool(const Pass *pass, HaEffectKind kind, const char *vm, const char *node)
{
    HaEffect *effect = ha_emit(pass->core, pass->effects, kind, HA_TOOL_TIMEOUT_MS);
    effect->vm = g_strdup(vm);
    effect->node = g_strdup(node);
    ha_tool_set(pass->core, effect);
}

/* It arrived, and Pacemaker does not know: a clean-up of the source alone would have it started a second time, wherever
 * the scores say. */
static const char *unknown_arrival(const HaView *view, const HaConfigVm *vm)
{
    const char *node = ha_view_where(view, vm->name).node;
    const HaConfigPlace *place = node ? ha_sorted_find(vm->places, node) : NULL;
    return node && (!place || !place->active) ? node : NULL;
}

static void make_known(const Pass *pass, const HaConfigVm *vm, const char *node, HaMark *mark)
{
    HaCore *core = pass->core;
    if (mark->probe_sent_ms && core->view->now_ms - mark->probe_sent_ms < HA_REPEAT_MS) {
        ha_wake_at(core, mark->probe_sent_ms + HA_REPEAT_MS);
        return;
    }
    mark->probe_sent_ms = core->view->now_ms;
    run_tool(pass, HA_EFFECT_PROBE, vm->name, node);
}

static void on_revoked(Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    HaCore *core = pass->core;
    const char *error = error_text(core->view, vm);
    if (core->write_id)
        return; /* the write that revoked its pin has not been answered: its note comes first */
    if (core->tool_effect || wait_for_job(pass, vm, mark))
        return;
    if (mark->cleanup_sent_ms && core->view->now_ms - mark->cleanup_sent_ms < HA_REPEAT_MS) {
        ha_wake_at(core, mark->cleanup_sent_ms + HA_REPEAT_MS);
        return;
    }
    if (wait_for_reason(pass, vm, mark) || foreign_waits(pass, vm, mark, error))
        return;
    const char *arrived = unknown_arrival(core->view, vm);
    if (arrived) {
        make_known(pass, vm, arrived, mark);
        return;
    }
    uncancel(pass, vm->name, ha_move_source(core->view, vm), mark);
    mark->cleanup_sent_ms = core->view->now_ms;
    run_tool(pass, HA_EFFECT_CLEANUP, vm->name, NULL);
}

/* Another of its group was recovered where it landed, or elsewhere than where they are to be together: without the pin
 * Pacemaker moves it, live, as the rule asks. So the pin needs not wait until that would move nothing. */
static gboolean breaks_rule(const HaView *view, const HaConfigVm *vm)
{
    g_autoptr(HaRules) rules = ha_rules_new(view->config->groups);
    g_autoptr(GPtrArray) members = ha_group_members(view);
    for (guint i = 0; i < members->len; i++) {
        const HaRulesMember *member = members->pdata[i];
        ha_rules_put(rules, member->vm, member->group, member->node);
    }
    return ha_rules_forbid(rules, vm->name, vm->group, vm->pin, NULL);
}

static void on_landed(Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    HaCore *core = pass->core;
    if (core->view->now_ms < mark->held_until_ms) {
        ha_wake_at(core, mark->held_until_ms);
        return;
    }
    if (mark->cancel_node)
        uncancel(pass, vm->name, NULL, mark);
    if (vm->pin_mode == HA_MOVE_LIVE) {
        g_free(mark->refresh_node);
        mark->refresh_node = g_strdup(vm->pin);
    }
    HaNote *note = move_note(pass, HA_NOTE_MOVE_LANDED, vm, NULL);
    note->value = move_ms(core, mark, vm);
    gboolean yields = mark->held && breaks_rule(core->view, vm);
    GPtrArray *changes = yields ? pass->revoke : pass->landed;
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, vm->name, NULL, NULL));
    if (vm->pin_reason == HA_REASON_RETURN && vm->home)
        g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_CLEAR, vm->name, NULL, NULL));
    g_ptr_array_add(yields ? pass->revoke_notes : pass->landed_notes, note);
}

static void on_pinned(Pass *pass, const HaConfigVm *vm, HaMark *mark)
{
    HaCore *core = pass->core;
    if (pass->acting) {
        mark->idle_pin_since_ms = 0;
        return;
    }
    if (!mark->idle_pin_since_ms)
        mark->idle_pin_since_ms = core->view->now_ms;
    const char *arrived = unknown_arrival(core->view, vm);
    if (core->view->now_ms - mark->idle_pin_since_ms < HA_PIN_PATIENCE_MS)
        ha_wake_at(core, mark->idle_pin_since_ms + HA_PIN_PATIENCE_MS);
    else if (arrived &&
             !core->tool_effect) /* its source died before it could say so; Pacemaker has waited with the start */
        make_known(pass, vm, arrived, mark);
    else if (!arrived)
        revoke_pin(pass, vm, unwanted(core->view, vm) ? HA_NOTE_MOVE_CANCELLED : HA_NOTE_MOVE_FAILED,
            "Pacemaker did not begin the move within a minute; 'crm_mon -1' and 'pcs constraint' show what keeps it");
}

static const char *lost_text(const HaConfigVm *vm)
{
    return vm->wanted_running ? "the target is gone" : "the VM is to be stopped";
}

/* How a move without a pin ended whose end nobody said. */
static HaNoteKind unsaid_end(const HaCore *core, const HaConfigVm *vm, const HaNote *begun)
{
    const char *error = ha_move_error(core->view, vm), *node = ha_view_where(core->view, vm->name).node;
    if (error && g_str_has_prefix(error, CANCELLED_PREFIX))
        return HA_NOTE_MOVE_CANCELLED;
    if (g_strcmp0(node, begun->to) == 0)
        return HA_NOTE_MOVE_LANDED;
    return node ? HA_NOTE_MOVE_FAILED : HA_NOTE_MOVE_LOST;
}

/* A leader that died, or a write whose answer was lost, left a move without its note: every move has a beginning and
 * one end. */
static void say_what_was_not_said(Pass *pass, const HaConfigVm *vm)
{
    HaCore *core = pass->core;
    const HaNote *begun = ha_memory_begun(core->memory, vm->name);
    if ((vm->pin != NULL) == (begun != NULL))
        return;
    if (vm->pin) {
        HaNote *found = move_note(pass, HA_NOTE_MOVE_BEGUN, vm, "found under way");
        if (g_strcmp0(found->from, found->to) == 0)
            g_clear_pointer(&found->from, g_free); /* it is there already: nobody knows where it came from */
        ha_speak(core, pass->effects, found);
        return;
    }
    HaNote *end = move_note(pass, unsaid_end(core, vm, begun), vm,
        ha_move_error(core->view, vm) ? ha_move_error(core->view, vm) : "its end was not seen");
    g_free(end->from);
    end->from = g_strdup(begun->from);
    end->to = g_strdup(begun->to);
    end->reason = begun->reason;
    ha_speak(core, pass->effects, end);
}

void ha_say_unsaid(HaCore *core, GPtrArray *effects)
{
    Pass pass = {.core = core, .effects = effects};
    for (guint i = 0; !core->write_id && i < core->view->config->vms->len; i++)
        say_what_was_not_said(&pass, core->view->config->vms->pdata[i]);
}

static void on_vm(Pass *pass, const HaConfigVm *vm)
{
    HaCore *core = pass->core;
    HaMark *mark = ha_mark(core->vm_marks, vm->name);
    HaMoveState state = ha_move_state(core->view, vm);
    if (state != HA_MOVE_LANDED)
        mark->held = 0, mark->held_until_ms = 0;
    if (!vm->pin)
        mark->pinned_ms = 0;
    else if (!mark->pinned_ms)
        mark->pinned_ms = core->view->now_ms;
    if (state != HA_MOVE_PINNED)
        mark->idle_pin_since_ms = 0;
    if (state != HA_MOVE_BLOCKED && state != HA_MOVE_REVOKED)
        mark->blocked_since_ms = 0;

    switch (state) {
    case HA_MOVE_PINNED:
    case HA_MOVE_MOVING:
        cancel_unwanted(pass, vm, mark);
        if (state == HA_MOVE_PINNED)
            on_pinned(pass, vm, mark);
        break;
    case HA_MOVE_LANDED:
        on_landed(pass, vm, mark);
        break;
    case HA_MOVE_BLOCKED:
        on_blocked(pass, vm, mark);
        break;
    case HA_MOVE_REVOKED:
        on_revoked(pass, vm, mark);
        break;
    case HA_MOVE_LOST:
        revoke_pin(pass, vm, HA_NOTE_MOVE_LOST, lost_text(vm));
        break;
    case HA_MOVE_NONE:
        mark->foreign = mark->own_failure = FALSE;
        if (mark->cancel_node)
            uncancel(pass, vm->name, NULL, mark);
        break;
    case HA_MOVE_LANDING:
    case HA_MOVE_QUEUED:
    case HA_MOVE_STATES:
        break;
    }
}

/* ---- chores: history refreshed, one VM at a time, when nothing moves and every hypervisor answers ---- */

static gboolean all_hypervisors_answer(const HaView *view)
{
    for (guint i = 0; i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        const HaReport *report = ha_view_report(view, node->node);
        if (node->state == HA_NODE_UNCLEAN ||
            (node->state == HA_NODE_ONLINE && (!report || report->libvirt != HA_LIBVIRT_OK)))
            return FALSE;
    }
    return TRUE;
}

static void refresh_one(Pass *pass)
{
    HaCore *core = pass->core;
    if (core->tool_effect || !all_hypervisors_answer(core->view))
        return;
    for (guint i = 0; i < core->vm_marks->len; i++) {
        HaMark *mark = core->vm_marks->pdata[i];
        const HaConfigVm *vm = ha_config_find_vm(core->view->config, mark->name);
        if (!mark->refresh_node || !vm || ha_move_state(core->view, vm) != HA_MOVE_NONE)
            continue;
        g_autofree char *node = g_steal_pointer(&mark->refresh_node);
        run_tool(pass, HA_EFFECT_REFRESH, mark->name, node);
        return;
    }
}

/* ---- the pass ---- */

/* A start that waits for its guest, a guest that takes its time to shut down: what was pinned since has to wait. */
static gboolean is_busy(const HaConfig *config, const HaConfigVm *vm)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        const HaConfigNode *node = ha_config_find_node(config, place->node);
        if ((place->pending == HA_OP_START || place->pending == HA_OP_STOP) && node && node->state == HA_NODE_ONLINE)
            return TRUE;
    }
    return FALSE;
}

static void survey(Pass *pass)
{
    const HaConfig *config = pass->core->view->config;
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        HaMoveState state = ha_move_state(pass->core->view, vm);
        pass->in_flight |= ha_move_in_flight(state);
        pass->acting |= state == HA_MOVE_MOVING || state == HA_MOVE_LANDING || is_busy(config, vm);
    }
}

static void write_list(Pass *pass, GPtrArray **changes, GPtrArray **notes, gboolean check_pins)
{
    ha_write(pass->core, pass->effects, g_steal_pointer(changes), check_pins, g_steal_pointer(notes), 0, NULL);
}

/* Whoever asked for a migration's end may not have lived to take that back: with the pin goes the mark. */
static void write_revoked(Pass *pass)
{
    for (guint i = 0; i < pass->revoke->len; i++) {
        const HaChange *change = pass->revoke->pdata[i];
        if (change->kind == HA_CHANGE_PIN_CLEAR)
            uncancel(pass, change->vm, ha_view_where(pass->core->view, change->vm).node,
                ha_mark(pass->core->vm_marks, change->vm));
    }
    write_list(pass, &pass->revoke, &pass->revoke_notes, FALSE);
}

static void write_what_is_due(Pass *pass)
{
    if (!ha_write_ready(pass->core))
        return;
    gint64 until_ms = 0;
    gboolean yields = ha_yield_to(pass->core, &until_ms) != NULL;
    if (yields)
        ha_wake_at(pass->core, until_ms);
    if (pass->revoke->len)
        write_revoked(pass);
    else if (pass->landed->len && !pass->in_flight)
        write_list(pass, &pass->landed, &pass->landed_notes, TRUE);
    else if (!pass->in_flight && !yields) {
        ha_unpark(pass->core, pass->effects);
        if (!pass->core->write_id)
            ha_drain_reconcile(pass->core, pass->effects);
        if (!pass->core->write_id)
            ha_balance_reconcile(pass->core, pass->effects);
    }
}

void ha_reconcile(HaCore *core, GPtrArray *effects)
{
    Pass pass = {
        .core = core,
        .effects = effects,
        .revoke = ha_change_list_new(),
        .revoke_notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free),
        .landed = ha_change_list_new(),
        .landed_notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free),
    };
    survey(&pass);
    for (guint i = 0; i < core->view->config->vms->len; i++)
        on_vm(&pass, core->view->config->vms->pdata[i]);
    write_what_is_due(&pass);
    if (!pass.in_flight && ha_write_ready(core))
        ha_define_settle(core, effects);
    if (!pass.in_flight && !ha_yield_to(core, NULL) && ha_write_ready(core))
        ha_copy_settle(core, effects);
    if (!pass.in_flight && !core->write_id) {
        refresh_one(&pass);
        ha_room_reconcile(core, effects);
    }
    g_clear_pointer(&pass.revoke, g_ptr_array_unref);
    g_clear_pointer(&pass.revoke_notes, g_ptr_array_unref);
    g_clear_pointer(&pass.landed, g_ptr_array_unref);
    g_clear_pointer(&pass.landed_notes, g_ptr_array_unref);
}
