/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_room.h"

#include "agent/core/ha_core_private.h"
#include "agent/core/ha_move.h"

#define LOOK_MS 5000   /* where there was no room */
#define RETRY_MS 10000 /* after a refusal, then twice as long, ... */
#define RETRY_MAX_MS 300000

static gboolean refused_by(const HaConfigPlace *place)
{
    return place->start_refusal && g_str_has_prefix(place->start_refusal, HA_ROOM_REFUSAL);
}

static gboolean is_refused(const HaConfigVm *vm)
{
    for (guint i = 0; i < vm->places->len; i++)
        if (refused_by(vm->places->pdata[i]))
            return TRUE;
    return FALSE;
}

/* Nothing of it is being done, and where it is, if anywhere, is certain (R9). */
static gboolean at_rest(const HaCore *core, const HaConfigVm *vm, const HaWhere *where)
{
    for (guint i = 0; i < vm->places->len; i++)
        if (((const HaConfigPlace *)vm->places->pdata[i])->pending != HA_OP_NONE)
            return FALSE;
    return vm->wanted_running && vm->managed && !vm->pin && ha_move_state(core->view, vm) == HA_MOVE_NONE &&
           (where->state == HA_VM_ABSENT || (where->state == HA_VM_RUNNING && where->copies == 1));
}

/* For a VM that runs nowhere any host will do; one that runs elsewhere may go to those that refused it, once they can
 * take it: until then Pacemaker's bar is right. */
static gboolean has_room(const HaView *view, const HaConfigVm *vm, const HaWhere *where)
{
    g_autoptr(HaPromises) promises = ha_promises_new();
    ha_promises_obey(promises, view);
    if (where->state == HA_VM_ABSENT)
        return ha_place_any(view, vm->name, promises);
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (refused_by(place) && ha_place_check(view, vm->name, place->node, promises, NULL, NULL) == HA_BLOCK_NONE)
            return TRUE;
    }
    return FALSE;
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
    gboolean refused = is_refused(vm);
    if (!refused && !mark->room_next_ms)
        return;
    HaWhere where = ha_view_where(core->view, vm->name);
    if (!vm->wanted_running || (!refused && where.node))
        mark->room_tries = 0, mark->room_next_ms = 0;
    if (!refused || !at_rest(core, vm, &where))
        return;
    if (!mark->room_next_ms)
        mark->room_next_ms = now_ms + pause_ms(0);
    if (now_ms >= mark->room_next_ms && core->tool_effect)
        return; /* its end is an event */
    if (now_ms >= mark->room_next_ms && has_room(core->view, vm, &where))
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
