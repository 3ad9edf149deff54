/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An admin's wishes: each is checked against the view, written as one change, and answered when the change is in. */
#include "agent/core/ha_core_private.h"

#include "agent/core/ha_apply.h"
#include "agent/core/ha_move.h"
#include "agent/core/ha_yield.h"
#include "agent/core/model/ha_recommended.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/core/ha_strict.h"

static const char *by_of(const HaRequest *request)
{
    return request->by ? request->by : "admin";
}

static GPtrArray *note_list(HaNote *note)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    g_ptr_array_add(notes, note);
    return notes;
}

static HaNote *node_note(HaNoteKind kind, const HaRequest *request)
{
    HaNote *note = ha_note_new(kind);
    note->node = g_strdup(request->node);
    note->text = g_strdup(by_of(request));
    return note;
}

static HaNote *vm_note(HaNoteKind kind, const char *vm)
{
    HaNote *note = ha_note_new(kind);
    note->vm = g_strdup(vm);
    return note;
}

/* ---- drain, undrain ---- */

static void do_drain(HaCore *core, const HaRequest *request, const HaConfigNode *node, GPtrArray *effects)
{
    HaWish wish = {.kind = HA_WISH_DRAIN,
        .restart = request->restart,
        .since_s = core->view->now_s,
        .deadline_s = request->deadline_s,
        .by = (char *)by_of(request)};
    if (node->wish.kind == HA_WISH_DRAIN && node->wish.restart == request->restart &&
        node->wish.deadline_s == request->deadline_s) {
        ha_speak(core, effects, node_note(HA_NOTE_DRAIN_BEGUN, request)); /* what failed before may be tried afresh */
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "%s is being drained already, asked by %s", request->node,
            node->wish.by ? node->wish.by : "hactl");
        return;
    }
    g_autofree char *text = ha_wish_format(&wish);
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_WISH_SET, NULL, request->node, text));
    ha_write(core, effects, changes, FALSE, note_list(node_note(HA_NOTE_DRAIN_BEGUN, request)), request->id,
        g_strdup_printf("drain of %s begun", request->node));
}

static gboolean has_homes(const HaConfig *config, const char *node)
{
    for (guint i = 0; i < config->vms->len; i++)
        if (g_strcmp0(((const HaConfigVm *)config->vms->pdata[i])->home, node) == 0)
            return TRUE;
    return FALSE;
}

static void forget_homes(const HaConfig *config, const char *node, GPtrArray *changes)
{
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        if (g_strcmp0(vm->home, node) == 0)
            g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_CLEAR, vm->name, NULL, NULL));
    }
}

/* "; vm4, vm5 start again". Returns: (transfer full), empty when none was stopped with the drain. */
static char *parked_text(const HaConfig *config, const char *node)
{
    guint n = 0;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        if (g_strcmp0(vm->parked, node) == 0 && !vm->wanted_running)
            g_string_append_printf(text, "%s%s", n++ ? ", " : "; ", vm->name);
    }
    if (n)
        g_string_append(text, n == 1 ? " starts again" : " start again");
    return g_string_free(text, FALSE);
}

static void do_undrain(HaCore *core, const HaRequest *request, const HaConfigNode *node, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    gboolean homes = has_homes(config, request->node);
    if (node->wish.kind == HA_WISH_NONE && !node->standby && !homes) {
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "%s is in service, nothing to do", request->node);
        return;
    }
    gboolean returning = request->returning && homes;
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_STANDBY_CLEAR, NULL, request->node, NULL));
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_WISH_CLEAR, NULL, request->node, NULL));
    if (returning) {
        HaWish wish = {.kind = HA_WISH_RETURN, .since_s = core->view->now_s, .by = (char *)by_of(request)};
        g_autofree char *text = ha_wish_format(&wish);
        g_ptr_array_add(changes, ha_change_new(HA_CHANGE_WISH_SET, NULL, request->node, text));
    } else {
        forget_homes(config, request->node, changes);
    }
    g_autofree char *parked = parked_text(config, request->node);
    ha_write(core, effects, changes, FALSE,
        note_list(node_note(returning ? HA_NOTE_RETURN_BEGUN : HA_NOTE_DRAIN_CANCELLED, request)), request->id,
        g_strdup_printf("%s is in service%s%s", request->node, returning ? ", its VMs return" : "", parked));
}

/* ---- one VM ---- */

static void do_migrate(HaCore *core, const HaRequest *request, const HaConfigVm *vm, GPtrArray *effects)
{
    HaMoveState state = ha_move_state(core->view, vm);
    if (state != HA_MOVE_NONE) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "%s is being moved already (%s); wait until 'hactl vm show %s' shows no move", vm->name,
            ha_move_state_word(state), vm->name);
        return;
    }
    const char *lost = ha_yield_to(core, NULL);
    if (lost) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "the VMs of %s are being recovered, which would wait for the end of this migration; try again when "
            "'hactl failover list' shows it done",
            lost);
        return;
    }
    ha_memory_forget(core->memory, vm->name);
    g_autoptr(HaPlan) plan = ha_core_plan_migrate(core, vm->name, request->node);
    const HaPlanMove *move = plan->moves->pdata[0];
    if (move->block != HA_BLOCK_NONE) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED, "%s can't be moved%s%s: %s%s%s", vm->name,
            request->node ? " to " : "", request->node ? request->node : "", move->detail, move->remedy ? "; " : "",
            move->remedy ? move->remedy : "");
        return;
    }
    GPtrArray *changes = ha_change_list_new();
    if (vm->home)
        g_ptr_array_add(changes, ha_change_new(HA_CHANGE_HOME_CLEAR, vm->name, NULL, NULL));
    g_ptr_array_add(changes, ha_pin_change(core, vm->name, move->to, HA_MOVE_LIVE, HA_REASON_ADMIN, by_of(request)));
    ha_uncancel(core, effects, vm->name, move->from);
    ha_write(core, effects, changes, FALSE, note_list(ha_begun_note(move)), request->id,
        g_strdup_printf("%s moves from %s to %s", vm->name, move->from, move->to));
}

static const HaConfigVm *find_uuid(const HaView *view, const char *uuid)
{
    for (guint i = 0; i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        const HaNeeds *needs = vm->definition ? ha_view_needs(view, vm->definition) : NULL;
        if (needs && g_strcmp0(needs->uuid, uuid) == 0)
            return vm;
    }
    return NULL;
}

/* @group: of a VM that is new; else nullable. */
static gboolean spares_start(
    HaCore *core, const HaRequest *request, const char *vm, const char *group, GPtrArray *effects)
{
    g_autoptr(HaSuppose) suppose = ha_suppose_new(core->view);
    if (group)
        ha_suppose_add(suppose, request->needs, group);
    const char *lacking = ha_suppose_start(suppose, vm) ? NULL : vm;
    return ha_strict_permits(core, request, suppose, lacking, effects);
}

static void do_add(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    const HaNeeds *needs = request->needs;
    const HaConfigVm *twin = find_uuid(core->view, needs->uuid);
    const char *group = request->group_name ? request->group_name : HA_GROUP_DEFAULT;
    if (ha_config_find_vm(core->view->config, needs->name)) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "VM %s exists already; remove it first, or give the new one another name", needs->name);
    } else if (twin) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "VM %s has the same uuid %s; give the new one a uuid of its own", twin->name, needs->uuid);
    } else if (needs->local_disk && !request->allow_local) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "%s has a disk that only one host can reach: %s; put the image on shared storage, or accept that it can't "
            "move or be recovered "
            "elsewhere with --allow-local-disk",
            needs->name, needs->local_disk);
    } else if ((!request->group_name || ha_group_admits(core, request, needs->name, group, effects)) &&
               (!request->running || spares_start(core, request, needs->name, group, effects))) {
        GPtrArray *changes = ha_change_list_new();
        HaChange *change = ha_change_new(HA_CHANGE_VM_ADD, needs->name, NULL, needs->hash);
        change->mem_mib = needs->mem_mib;
        change->vcpus = needs->vcpus;
        change->group = g_strdup(group);
        change->running = request->running;
        g_ptr_array_add(changes, change);
        ha_write(core, effects, changes, FALSE, note_list(vm_note(HA_NOTE_VM_ADDED, needs->name)), request->id,
            g_strdup_printf("VM %s added to group %s", needs->name, group));
    }
}

static void do_remove(HaCore *core, const HaRequest *request, const HaConfigVm *vm, GPtrArray *effects)
{
    HaWhere where = ha_view_where(core->view, vm->name);
    if (where.state != HA_VM_ABSENT || vm->wanted_running) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED, "%s is %s%s%s; stop it first with 'hactl vm stop %s'",
            vm->name, where.state == HA_VM_ABSENT ? "wanted running" : ha_vm_state_word(where.state),
            where.node ? " on " : "", where.node ? where.node : "", vm->name);
        return;
    }
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_VM_REMOVE, vm->name, NULL, NULL));
    ha_write(core, effects, changes, FALSE, note_list(vm_note(HA_NOTE_VM_REMOVED, vm->name)), request->id,
        g_strdup_printf("VM %s removed", vm->name));
}

static void do_role(HaCore *core, const HaRequest *request, const HaConfigVm *vm, gboolean running, GPtrArray *effects)
{
    if (vm->wanted_running == running && !vm->parked) {
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "%s is wanted %s already", vm->name,
            running ? "running" : "stopped");
        return;
    }
    if (running && !spares_start(core, request, vm->name, NULL, effects))
        return;
    GPtrArray *changes = ha_change_list_new();
    HaChange *change = ha_change_new(HA_CHANGE_ROLE_SET, vm->name, NULL, NULL);
    change->running = running;
    g_ptr_array_add(changes, change);
    HaNote *note = vm_note(HA_NOTE_VM_STATE, vm->name);
    note->text = g_strdup_printf("%s asked by %s", running ? "start" : "stop", by_of(request));
    ha_write(core, effects, changes, FALSE, note_list(note), request->id,
        g_strdup_printf("%s %s", vm->name, running ? "starts" : "stops"));
}

/* ---- the cluster's settings ---- */

static char *settings_text(const GPtrArray *changes)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        g_string_append_printf(text, "%s%s=%s", i ? ", " : "", change->name, change->value);
    }
    return g_string_free(text, FALSE);
}

static void do_tune(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    g_autofree char *other = NULL;
    g_autoptr(GPtrArray) changes = ha_recommended_missing(core->view->config, &other);
    if (changes->len == 0) {
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "every recommended setting is there%s%s",
            other ? ", apart from " : "", other ? other : "");
        return;
    }
    HaNote *note = ha_note_new(HA_NOTE_TUNED);
    note->text = settings_text(changes);
    char *answer = g_strdup_printf("set: %s%s%s", note->text, other ? "; left as they are: " : "", other ? other : "");
    ha_write(core, effects, g_steal_pointer(&changes), FALSE, note_list(note), request->id, answer);
}

/* ---- a manifest ---- */

/* One of them names the blocker; all of them were printed where it was typed, unless the cluster changed meanwhile. */
static const HaApplyLine *first_refusal(const HaApply *apply)
{
    for (guint i = 0; i < apply->lines->len; i++) {
        const HaApplyLine *line = apply->lines->pdata[i];
        if (line->kind == HA_APPLY_REFUSE)
            return line;
    }
    g_assert_not_reached();
}

static void do_apply(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    HaApplyFlags flags = {.prune = request->prune, .stop = request->stop, .allow_local = request->allow_local};
    g_autoptr(HaApply) apply = ha_apply_plan(core->view, request->manifest, flags);
    guint n = apply->changes->len;
    if (apply->n_refusals) {
        const HaApplyLine *line = first_refusal(apply);
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED, "%s: %s", line->subject, line->text);
    } else if (n == 0) {
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "nothing to change");
    } else {
        HaNote *note = ha_note_new(HA_NOTE_APPLIED);
        note->value = n;
        note->text = g_strdup(by_of(request));
        ha_write(core, effects, g_ptr_array_ref(apply->changes), TRUE, note_list(note), request->id,
            g_strdup_printf("%u changes written", n));
    }
}

/* ---- the table ---- */

static void do_node(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    const HaConfigNode *node = ha_config_find_node(core->view->config, request->node);
    if (!node)
        ha_answer(
            core, effects, request->id, HA_ANSWER_UNKNOWN, "no node %s; 'hactl node list' names them", request->node);
    else if (request->kind == HA_REQUEST_DRAIN)
        do_drain(core, request, node, effects);
    else
        do_undrain(core, request, node, effects);
}

static void do_vm(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    const HaConfigVm *vm = ha_config_find_vm(core->view->config, request->vm);
    if (!vm) {
        ha_answer(core, effects, request->id, HA_ANSWER_UNKNOWN, "no VM %s; 'hactl vm list' names them", request->vm);
        return;
    }
    if (request->kind == HA_REQUEST_MIGRATE && request->node && !ha_config_find_node(core->view->config, request->node))
        ha_answer(
            core, effects, request->id, HA_ANSWER_UNKNOWN, "no node %s; 'hactl node list' names them", request->node);
    else if (request->kind == HA_REQUEST_MIGRATE)
        do_migrate(core, request, vm, effects);
    else if (request->kind == HA_REQUEST_VM_REMOVE)
        do_remove(core, request, vm, effects);
    else if (request->kind == HA_REQUEST_VM_DEFINE)
        ha_define_do(core, request, vm, effects);
    else
        do_role(core, request, vm, request->kind == HA_REQUEST_VM_START, effects);
}

void ha_request_do(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    switch (request->kind) {
    case HA_REQUEST_DRAIN:
    case HA_REQUEST_UNDRAIN:
        do_node(core, request, effects);
        break;
    case HA_REQUEST_VM_ADD:
        do_add(core, request, effects);
        break;
    case HA_REQUEST_MIGRATE:
    case HA_REQUEST_VM_REMOVE:
    case HA_REQUEST_VM_START:
    case HA_REQUEST_VM_STOP:
    case HA_REQUEST_VM_DEFINE:
        do_vm(core, request, effects);
        break;
    case HA_REQUEST_TUNE:
        do_tune(core, request, effects);
        break;
    case HA_REQUEST_FENCE_ADD:
    case HA_REQUEST_FENCE_REMOVE:
    case HA_REQUEST_FENCE_CONFIRM:
        ha_fence_request_do(core, request, effects);
        break;
    case HA_REQUEST_GROUP_SET:
    case HA_REQUEST_GROUP_DELETE:
    case HA_REQUEST_GROUP_VMS:
        ha_group_request_do(core, request, effects);
        break;
    case HA_REQUEST_BALANCE:
        ha_balance_request(core, request, effects);
        break;
    case HA_REQUEST_APPLY:
        do_apply(core, request, effects);
        break;
    case HA_REQUESTS:
        g_assert_not_reached();
    }
}
