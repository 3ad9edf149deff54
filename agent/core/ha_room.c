/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_room.h"

#include "agent/core/ha_core_private.h"

#define LOOK_MS 5000   /* where there was no room */
#define RETRY_MS 10000 /* after a refusal, then twice as long, ... */
#define RETRY_MAX_MS 300000

/* Refused for lack of memory, and nothing of it runs or is being tried. */
static gboolean is_refused(const HaCore *core, const HaConfigVm *vm)
{
    gboolean refused = FALSE;
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->active || place->pending != HA_OP_NONE)
            return FALSE;
        refused |= place->failed && place->exit_reason && g_str_has_prefix(place->exit_reason, HA_ROOM_REFUSAL);
    }
    return refused && vm->wanted_running && vm->managed &&
           ha_view_where(core->view, vm->name).state == HA_VM_ABSENT; /* every host has answered */
}

static gboolean has_room(const HaView *view, const char *vm)
{
    g_autoptr(HaPromises) promises = ha_promises_new();
    ha_promises_obey(promises, view);
    return ha_place_pick(view, vm, promises, NULL, NULL) != NULL;
}

static gint64 pause_ms(guint tries)
{
    return MIN((gint64)RETRY_MS << MIN(tries, 8u), RETRY_MAX_MS);
}

static void try_again(HaCore *core, const char *vm, HaMark *mark, GPtrArray *effects)
{
    HaEffect *effect = ha_emit(core, effects, HA_EFFECT_CLEANUP, HA_TOOL_TIMEOUT_MS);
    effect->vm = g_strdup(vm);
    ha_tool_set(core, effect);
    mark->room_tries++;
    mark->room_next_ms = core->view->now_ms + pause_ms(mark->room_tries);
}

static void on_vm(HaCore *core, const HaConfigVm *vm, GPtrArray *effects)
{
    gint64 now_ms = core->view->now_ms;
    HaMark *mark = ha_mark(core->vm_marks, vm->name);
    if (!vm->wanted_running || ha_view_where(core->view, vm->name).node)
        mark->room_tries = 0, mark->room_next_ms = 0;
    if (!is_refused(core, vm))
        return;
    if (!mark->room_next_ms)
        mark->room_next_ms = now_ms + pause_ms(0);
    if (now_ms >= mark->room_next_ms && core->tool_effect)
        return; /* its end is an event */
    if (now_ms >= mark->room_next_ms && has_room(core->view, vm->name))
        try_again(core, vm->name, mark, effects);
    else if (now_ms >= mark->room_next_ms)
        mark->room_next_ms = now_ms + LOOK_MS;
    ha_wake_at(core, mark->room_next_ms);
}

void ha_room_reconcile(HaCore *core, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    for (guint i = 0; i < config->vms->len; i++)
        on_vm(core, config->vms->pdata[i], effects);
}
