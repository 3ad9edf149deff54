/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_core.h"

#include <string.h>

#include "agent/core/ha_core_private.h"

#include "agent/core/ha_aim.h"
#include "agent/core/ha_leader.h"
#include "agent/core/ha_move.h"
#include "agent/core/model/ha_sorted.h"

#define BANDWIDTH_DEFAULT (100ull << 20) /* bytes/s, until one was measured */
#define OVERHEAD_DEFAULT_MS 1000u
#define WAVE_FACTOR 4u

void ha_settings_init(HaSettings *settings)
{
    *settings = (HaSettings){.moves_per_node = 2, .moves_per_cluster = 4, .attempts = 3, .retry_delay_ms = 10000};
}

/* ---- requests ---- */

HaRequest *ha_request_new(HaRequestKind kind, guint64 id)
{
    HaRequest *request = g_new0(HaRequest, 1);
    request->kind = kind;
    request->id = id;
    return request;
}

void ha_request_free(HaRequest *request)
{
    if (!request)
        return;
    g_free(request->node);
    g_free(request->vm);
    g_free(request->by);
    g_free(request->expected);
    ha_needs_free(request->needs);
    ha_fence_spec_free(request->fence);
    ha_group_free(request->group);
    g_free(request->group_name);
    g_free(request->from_group);
    g_clear_pointer(&request->vms, g_ptr_array_unref);
    ha_manifest_free(request->manifest);
    g_free(request);
}

gboolean ha_request_has_definition(HaRequestKind kind)
{
    return kind == HA_REQUEST_VM_ADD || kind == HA_REQUEST_VM_DEFINE;
}

/* ---- marks ---- */

static void mark_free(HaMark *mark)
{
    g_free(mark->name);
    g_free(mark->refresh_node);
    g_free(mark->cancel_node);
    g_free(mark->aim);
    g_free(mark->aim_from);
    g_free(mark);
}

HaMark *ha_mark(GPtrArray *marks, const char *name)
{
    HaMark *mark = ha_sorted_find(marks, name);
    if (mark)
        return mark;
    mark = g_new0(HaMark, 1);
    mark->name = g_strdup(name);
    ha_sorted_put(marks, mark);
    return mark;
}

/* ---- life ---- */

HaCore *ha_core_new(const HaSettings *settings, const char *self, guint32 self_id)
{
    HaCore *core = g_new0(HaCore, 1);
    core->settings = *settings;
    core->view = ha_view_new(self, self_id);
    core->memory = ha_memory_new(settings);
    core->failovers = ha_failovers_new();
    core->next_effect_id = 1;
    core->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)ha_request_free);
    core->vm_marks = g_ptr_array_new_with_free_func((GDestroyNotify)mark_free);
    core->node_marks = g_ptr_array_new_with_free_func((GDestroyNotify)mark_free);
    core->next_deadline_ms = G_MAXINT64;
    return core;
}

void ha_core_free(HaCore *core)
{
    if (!core)
        return;
    ha_view_free(core->view);
    ha_memory_free(core->memory);
    ha_failovers_free(core->failovers);
    ha_capacity_free(core->capacity);
    g_ptr_array_unref(core->waiting);
    g_ptr_array_unref(core->vm_marks);
    g_ptr_array_unref(core->node_marks);
    g_clear_pointer(&core->write_notes, g_ptr_array_unref);
    g_free(core->write_text);
    g_free(core->write_warning);
    g_free(core->tool_vm);
    g_free(core->confirm_node);
    g_free(core->confirm_by);
    g_free(core->incumbent);
    ha_plan_free(core->round);
    g_free(core->round_by);
    g_free(core);
}

/* ---- effects ---- */

void ha_effect_free(HaEffect *effect)
{
    if (!effect)
        return;
    if (effect->changes)
        g_ptr_array_unref(effect->changes);
    g_free(effect->vm);
    g_free(effect->node);
    ha_note_free(effect->note);
    g_free(effect->text);
    g_free(effect->warning);
    g_free(effect);
}

HaEffect *ha_emit(HaCore *core, GPtrArray *effects, HaEffectKind kind, guint32 timeout_ms)
{
    HaEffect *effect = g_new0(HaEffect, 1);
    effect->kind = kind;
    effect->id = core->next_effect_id++;
    effect->timeout_ms = timeout_ms;
    effect->term = core->my_term;
    g_ptr_array_add(effects, effect);
    return effect;
}

void ha_speak(HaCore *core, GPtrArray *effects, HaNote *note)
{
    note->id = (core->my_term << 32) + ++core->note_counter;
    note->time_s = core->view->now_s;
    ha_memory_learn(core->memory, note, core->view->now_ms);
    ha_failovers_learn(core->failovers, note);
    ha_emit(core, effects, HA_EFFECT_NOTE, 0)->note = note;
}

HaEffect *ha_answer(HaCore *core, GPtrArray *effects, guint64 request_id, HaAnswer answer, const char *format, ...)
{
    HaEffect *effect = ha_emit(core, effects, HA_EFFECT_ANSWER, 0);
    va_list args;
    va_start(args, format);
    effect->request_id = request_id;
    effect->answer = answer;
    effect->text = g_strdup_vprintf(format, args);
    va_end(args);
    return effect;
}

void ha_write(HaCore *core, GPtrArray *effects, GPtrArray *changes, gboolean check_pins, GPtrArray *notes,
    guint64 request_id, char *text)
{
    HaEffect *effect = ha_emit(core, effects, HA_EFFECT_CHANGE, HA_WRITE_TIMEOUT_MS);
    effect->changes = changes;
    effect->check_pins = check_pins;
    core->write_id = effect->id;
    core->write_request = request_id;
    core->write_checked = check_pins;
    core->write_epoch = core->view->config->epoch;
    core->write_done_ms = 0;
    core->write_notes = notes;
    core->write_text = text;
}

void ha_tool_set(HaCore *core, const HaEffect *effect)
{
    core->tool_effect = effect ? effect->id : 0;
    g_free(core->tool_vm);
    core->tool_vm = effect ? g_strdup(effect->vm) : NULL;
}

void ha_uncancel(HaCore *core, GPtrArray *effects, const char *vm, const char *node)
{
    HaEffect *effect = ha_emit(core, effects, HA_EFFECT_UNCANCEL, 0);
    effect->vm = g_strdup(vm);
    effect->node = g_strdup(node);
}

void ha_wake_at(HaCore *core, gint64 ms)
{
    core->next_deadline_ms = MIN(core->next_deadline_ms, ms);
}

gboolean ha_write_ready(HaCore *core)
{
    if (core->write_id)
        return FALSE;
    if (!core->write_done_ms || core->view->config->epoch > core->write_epoch)
        return TRUE;
    if (core->view->now_ms - core->write_done_ms >= HA_REPEAT_MS)
        return TRUE; /* the CIB had it so already */
    ha_wake_at(core, core->write_done_ms + HA_REPEAT_MS);
    return FALSE;
}

/* ---- completions ---- */

/* The pins whose removal would move their VM: they stay, and are tried again later. */
static void hold_pins(HaCore *core, const char *text)
{
    g_auto(GStrv) names = g_strsplit(text ? text : "", " ", -1);
    for (char **name = names; *name; name++) {
        if (!**name)
            continue;
        HaMark *mark = ha_mark(core->vm_marks, *name);
        gint64 pause_ms = HA_HELD_PAUSE_MS << MIN(mark->held, 8u);
        mark->held++;
        mark->held_until_ms = core->view->now_ms + MIN(pause_ms, HA_HELD_PAUSE_MAX_MS);
    }
}

static HaAnswer answer_for(HaOutcome outcome)
{
    if (outcome == HA_DONE_OK)
        return HA_ANSWER_OK;
    return outcome == HA_DONE_WOULD_MOVE ? HA_ANSWER_REFUSED : HA_ANSWER_FAILED;
}

char *ha_outcome_text(HaOutcome outcome, const char *text)
{
    if (outcome == HA_DONE_WOULD_MOVE)
        return g_strdup_printf("with this change Pacemaker would move, stop or restart %s, as crm_simulate shows; make "
                               "room on the node first, or let the cluster come to rest, and run the command again",
            text ? text : "other VMs");
    if (text && *text)
        return g_strdup(text);
    switch (outcome) {
    case HA_DONE_OK:
        return g_strdup("done");
    case HA_DONE_REFUSED:
        return g_strdup("the cluster configuration changed meanwhile; run the command again");
    case HA_DONE_WOULD_MOVE:
        break;
    case HA_DONE_FAILED:
        return g_strdup("the cluster configuration did not accept the change");
    case HA_DONE_TIMED_OUT:
        return g_strdup("the cluster configuration did not answer in time; run the command again");
    }
    g_assert_not_reached();
}

static void write_done(HaCore *core, const HaEvent *event, GPtrArray *effects)
{
    GPtrArray *notes = g_steal_pointer(&core->write_notes);
    g_autofree char *text = g_steal_pointer(&core->write_text);
    core->write_id = 0;
    core->write_done_ms = event->outcome == HA_DONE_WOULD_MOVE ? 0 : core->view->now_ms; /* nothing was written */
    if (event->outcome == HA_DONE_WOULD_MOVE && !core->write_request) /* an admin's request holds no pins */
        hold_pins(core, event->text);
    for (guint i = 0; notes && event->outcome == HA_DONE_OK && i < notes->len; i++)
        ha_speak(core, effects, ha_note_copy(notes->pdata[i]));
    g_autofree char *said =
        event->outcome == HA_DONE_OK && text ? g_strdup(text) : ha_outcome_text(event->outcome, event->text);
    g_autofree char *warning = g_steal_pointer(&core->write_warning);
    if (core->write_request)
        ha_answer(core, effects, core->write_request, answer_for(event->outcome), "%s", said)->warning =
            event->outcome == HA_DONE_OK ? g_steal_pointer(&warning) : NULL;
    core->write_request = 0;
    if (notes)
        g_ptr_array_unref(notes);
}

/* A failure that shows after a clean-up that succeeded is a new one. */
static void tool_done(HaCore *core, const HaEvent *event)
{
    HaMark *mark = ha_mark(core->vm_marks, core->tool_vm);
    if (event->outcome == HA_DONE_OK)
        mark->foreign = mark->own_failure = FALSE;
    ha_tool_set(core, NULL);
}

static void effect_done(HaCore *core, const HaEvent *event, GPtrArray *effects)
{
    if (event->effect_id == core->write_id)
        write_done(core, event, effects);
    else if (event->effect_id == core->term_effect)
        ha_term_done(core, event, effects);
    else if (event->effect_id == core->tool_effect)
        tool_done(core, event);
    else if (event->effect_id == core->confirm_effect)
        ha_fence_confirm_done(core, event, effects);
}

/* ---- requests that wait ---- */

static void do_waiting(HaCore *core, GPtrArray *effects)
{
    while (core->waiting->len && ha_write_ready(core)) {
        const HaRequest *first = core->waiting->pdata[0];
        if (first->vm && g_strcmp0(first->vm, core->tool_vm) == 0)
            return;
        HaRequest *request = g_ptr_array_steal_index(core->waiting, 0);
        ha_request_do(core, request, effects);
        ha_request_free(request);
    }
}

static void take_request(HaCore *core, HaRequest *request, GPtrArray *effects)
{
    if (!ha_core_is_leader(core)) {
        ha_request_free(request);
    } else if (!core->view->config) { /* it would be done when nobody expects it any more */
        ha_answer(core, effects, request->id, HA_ANSWER_NO_PACEMAKER,
            "the leader, %s, can't read the cluster configuration; start Pacemaker there and run the command again",
            core->view->self);
        ha_request_free(request);
    } else if (core->waiting->len >= HA_REQUESTS_WAITING_MAX) {
        ha_answer(
            core, effects, request->id, HA_ANSWER_REFUSED, "too many requests wait at the leader; try again shortly");
        ha_request_free(request);
    } else {
        g_ptr_array_add(core->waiting, request);
    }
}

/* ---- events ---- */

static gboolean same_members(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++)
        if (((const HaMember *)a->pdata[i])->node_id != ((const HaMember *)b->pdata[i])->node_id)
            return FALSE;
    return TRUE;
}

static void take_members(HaCore *core, HaEvent *event)
{
    if (!same_members(core->view->members, event->members))
        core->members_since_ms = event->now_ms;
    ha_failover_members(core, event->members);
    g_ptr_array_unref(core->view->members);
    core->view->members = g_steal_pointer(&event->members);
    core->view->quorate = event->quorate;
    ha_view_drop_absent(core->view);
}

/* Marks are kept while the thing exists. */
static void forget_removed(HaCore *core)
{
    const HaConfig *config = core->view->config;
    for (guint i = core->vm_marks->len; config && i-- > 0;)
        if (!ha_config_find_vm(config, ((const HaMark *)core->vm_marks->pdata[i])->name))
            g_ptr_array_remove_index(core->vm_marks, i);
    for (guint i = core->node_marks->len; config && i-- > 0;)
        if (!ha_config_find_node(config, ((const HaMark *)core->node_marks->pdata[i])->name))
            g_ptr_array_remove_index(core->node_marks, i);
}

static void apply_event(HaCore *core, HaEvent *event, GPtrArray *effects)
{
    switch (event->kind) {
    case HA_EVENT_TICK:
        break;
    case HA_EVENT_MEMBERS:
        take_members(core, event);
        break;
    case HA_EVENT_REPORT:
        ha_view_put_report(core->view, g_steal_pointer(&event->report));
        break;
    case HA_EVENT_CONFIG:
        ha_view_put_config(core->view, g_steal_pointer(&event->config));
        forget_removed(core);
        break;
    case HA_EVENT_NEEDS:
        ha_view_put_needs(core->view, g_steal_pointer(&event->needs));
        break;
    case HA_EVENT_REQUEST:
        take_request(core, g_steal_pointer(&event->request), effects);
        break;
    case HA_EVENT_DONE:
        effect_done(core, event, effects);
        break;
    case HA_EVENT_NOTE:
        core->term_seen = MAX(core->term_seen, event->note->id >> 32);
        if (ha_memory_learn(core->memory, event->note, event->now_ms))
            ha_failovers_learn(core->failovers, event->note);
        g_clear_pointer(&event->note, ha_note_free);
        break;
    case HA_EVENT_NEEDS_GONE:
        ha_view_drop_needs(core->view, event->text);
        break;
    }
}

static gboolean newcomers(const HaView *view)
{
    for (guint i = 0; i < view->members->len; i++)
        if (!((const HaMember *)view->members->pdata[i])->node)
            return TRUE;
    return FALSE;
}

static void remember_leader(HaCore *core)
{
    char *leader = g_strdup(ha_core_leader(core));
    g_free(core->incumbent);
    core->incumbent = leader;
}

void ha_core_step(HaCore *core, HaEvent *event, GPtrArray *effects)
{
    core->view->now_ms = event->now_ms;
    core->view->now_s = event->now_s;
    core->view->now_unix_ms = event->now_s * 1000 + event->now_part_ms;
    core->next_deadline_ms = G_MAXINT64;
    apply_event(core, event, effects);
    gboolean leads = ha_term_lead(core, effects);
    if (event->kind == HA_EVENT_MEMBERS && ha_core_is_leader(core) &&
        newcomers(core->view)) /* with a term or not: it is no write */
        ha_term_repeat_notes(core, effects);
    if (leads) {
        ha_say_unsaid(core, effects);
        do_waiting(core, effects);
    }
    ha_watch(core, leads ? effects : NULL);
    ha_failover_watch(core, leads ? effects : NULL);
    ha_capacity_watch(core, leads ? effects : NULL);
    if (leads)
        ha_reconcile(core, effects);
    remember_leader(core);
    if (core->view->now_ms - core->members_since_ms < HA_LEADER_PATIENCE_MS)
        ha_wake_at(core, core->members_since_ms + HA_LEADER_PATIENCE_MS);
}

gint64 ha_core_next_deadline(const HaCore *core)
{
    return core->next_deadline_ms;
}

/* ---- what others ask ---- */

const HaView *ha_core_view(const HaCore *core)
{
    return core->view;
}

const char *ha_core_leader(const HaCore *core)
{
    return ha_leader_pick(core->view, core->members_since_ms, core->incumbent);
}

gboolean ha_core_is_leader(const HaCore *core)
{
    return g_strcmp0(ha_core_leader(core), core->view->self) == 0;
}

const GPtrArray *ha_core_notes(const HaCore *core)
{
    return ha_memory_notes(core->memory);
}

const HaFailovers *ha_core_failovers(const HaCore *core)
{
    return core->failovers;
}

/* The bandwidth of a migration that runs now is the best guess for the next. */
static guint64 measured_bandwidth(const HaView *view)
{
    guint64 best = 0;
    for (guint i = 0; view->config && i < view->config->nodes->len; i++) {
        const HaReport *report = ha_view_report(view, ((const HaConfigNode *)view->config->nodes->pdata[i])->node);
        for (guint j = 0; report && j < report->vms->len; j++)
            best = MAX(best, ((const HaReportVm *)report->vms->pdata[j])->migration.bandwidth_bytes_per_s);
    }
    return best;
}

HaLimits ha_core_limits(const HaCore *core)
{
    const HaConfig *config = core->view->config;
    guint64 bandwidth = measured_bandwidth(core->view);
    HaLimits limits = {
        .moves_per_node = core->settings.moves_per_node,
        .moves_per_cluster = core->settings.moves_per_cluster,
        .moves_per_wave = core->settings.moves_per_node,
        .bandwidth_bytes_per_s = bandwidth ? bandwidth : BANDWIDTH_DEFAULT,
        .overhead_ms = OVERHEAD_DEFAULT_MS,
    };
    if (config && config->moves_per_cluster)
        limits.moves_per_cluster = config->moves_per_cluster;
    if (config && config->moves_per_node) {
        limits.moves_per_node = config->moves_per_node;
        limits.moves_per_wave = config->moves_per_node * WAVE_FACTOR; /* Pacemaker itself keeps to migration-limit */
    }
    if (limits.moves_per_cluster < limits.moves_per_node)
        limits.moves_per_node = limits.moves_per_wave = limits.moves_per_cluster;
    return limits;
}

HaPlan *ha_core_plan_drain(const HaCore *core, const char *node, gboolean restart)
{
    HaLimits limits = ha_core_limits(core);
    g_autoptr(GHashTable) aims = ha_aim_list(core, node);
    return ha_plan_drain_on(core->view, &limits, node, restart, ha_memory_tried(core->memory), aims);
}

HaPlan *ha_core_plan_return(const HaCore *core, const char *node)
{
    HaLimits limits = ha_core_limits(core);
    return ha_plan_return(core->view, &limits, node, ha_memory_tried(core->memory));
}

HaPlan *ha_core_plan_migrate(const HaCore *core, const char *vm, const char *to)
{
    HaLimits limits = ha_core_limits(core);
    return ha_plan_migrate(core->view, &limits, vm, to, ha_memory_tried(core->memory));
}
