/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An admin's wishes about fencing: devices added and removed, and the word that a node is off. */
#include "agent/core/ha_core_private.h"

#define CONFIRM_TIMEOUT_MS 30000u

static const char *by_of(const HaRequest *request)
{
    return request->by ? request->by : "an administrator";
}

static GPtrArray *note_list(const char *node, char *text)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    HaNote *note = ha_note_new(HA_NOTE_FENCING);
    note->node = g_strdup(node);
    note->text = text;
    g_ptr_array_add(notes, note);
    return notes;
}

static char *resource_id(const HaFenceSpec *spec)
{
    return g_strconcat(HA_FENCE_PREFIX, spec->name, NULL);
}

/* ---- add ---- */

static const char *unknown_host(const HaConfig *config, const HaFenceSpec *spec)
{
    for (guint i = 0; i < spec->hosts->len; i++)
        if (!ha_config_find_node(config, spec->hosts->pdata[i]))
            return spec->hosts->pdata[i];
    return NULL;
}

static void do_add(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    const HaFenceSpec *spec = request->fence;
    g_autofree char *id = resource_id(spec);
    const char *stranger = unknown_host(core->view->config, spec);
    if (ha_fence_find(core->view->config, id)) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "fence device %s exists already; remove it first with 'hactl fence remove %s', or give the new one another "
            "name",
            spec->name, spec->name);
    } else if (stranger) {
        ha_answer(core, effects, request->id, HA_ANSWER_UNKNOWN, "no node %s; 'hactl node list' names them", stranger);
    } else {
        GPtrArray *changes = ha_change_list_new();
        HaChange *change = ha_change_new(HA_CHANGE_FENCE_ADD, NULL, NULL, NULL);
        change->fence = ha_fence_spec_copy(spec);
        g_ptr_array_add(changes, change);
        ha_write(core, effects, changes, FALSE,
            note_list(NULL, g_strdup_printf("device %s added by %s", id, by_of(request))), request->id,
            g_strdup_printf("fence device %s added", spec->name));
    }
}

/* ---- remove ---- */

/* Devices of other tools keep their names, and are theirs to remove. */
static const HaFenceDevice *own_device(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    g_autofree char *id = resource_id(request->fence);
    const char *name = request->fence->name;
    const HaFenceDevice *own = ha_fence_find(config, id);
    if (!own)
        own = ha_fence_find(config, name);
    if (!own)
        ha_answer(
            core, effects, request->id, HA_ANSWER_UNKNOWN, "no fence device %s; 'hactl fence list' names them", name);
    else if (!g_str_has_prefix(own->name, HA_FENCE_PREFIX))
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "fence device %s was not made by hactl; remove it with the tool that made it, e.g. pcs stonith delete %s",
            name, name);
    return own && g_str_has_prefix(own->name, HA_FENCE_PREFIX) ? own : NULL;
}

static void do_remove(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    const HaFenceDevice *device = own_device(core, request, effects);
    const char *node = device ? ha_fence_needed_by(core->view->config, device) : NULL;
    if (!device)
        return;
    if (node && !request->force) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "without %s nothing could fence %s; add another device for it first, or say --force", device->name, node);
        return;
    }
    GPtrArray *changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_FENCE_REMOVE, NULL, NULL, device->name));
    ha_write(core, effects, changes, FALSE,
        note_list(NULL, g_strdup_printf("device %s removed by %s", device->name, by_of(request))), request->id,
        g_strdup_printf("fence device %s removed", request->fence->name));
}

/* ---- confirm ---- */

static void do_confirm(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    g_autofree char *refusal = ha_fence_confirm_refusal(core->view, request->node);
    if (refusal || core->confirm_effect) {
        ha_answer(core, effects, request->id,
            ha_config_find_node(core->view->config, request->node) ? HA_ANSWER_REFUSED : HA_ANSWER_UNKNOWN, "%s",
            refusal ? refusal : "another confirmation is under way; try again in a few seconds");
        return;
    }
    HaEffect *effect = ha_emit(core, effects, HA_EFFECT_CONFIRM, CONFIRM_TIMEOUT_MS);
    effect->node = g_strdup(request->node);
    core->confirm_effect = effect->id;
    core->confirm_request = request->id;
    g_free(core->confirm_node);
    g_free(core->confirm_by);
    core->confirm_node = g_strdup(request->node);
    core->confirm_by = g_strdup(by_of(request));
}

void ha_fence_confirm_done(HaCore *core, const HaEvent *event, GPtrArray *effects)
{
    core->confirm_effect = 0;
    if (event->outcome != HA_DONE_OK) {
        g_autofree char *why = ha_outcome_text(event->outcome, event->text);
        ha_answer(core, effects, core->confirm_request, HA_ANSWER_FAILED, "%s", why);
        return;
    }
    HaNote *note = ha_note_new(HA_NOTE_FENCING);
    note->node = g_strdup(core->confirm_node);
    note->text = g_strdup_printf("confirmed to be off by %s: its VMs are recovered", core->confirm_by);
    ha_speak(core, effects, note);
    ha_answer(core, effects, core->confirm_request, HA_ANSWER_OK, "%s is taken to be off; its VMs are recovered",
        core->confirm_node);
}

void ha_fence_request_do(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    if (request->kind == HA_REQUEST_FENCE_ADD)
        do_add(core, request, effects);
    else if (request->kind == HA_REQUEST_FENCE_REMOVE)
        do_remove(core, request, effects);
    else
        do_confirm(core, request, effects);
}
