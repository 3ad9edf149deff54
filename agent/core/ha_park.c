/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_park.h"

#include "agent/core/ha_core_private.h"

gboolean ha_park_due(const HaConfigVm *vm, const char *node)
{
    return vm->wanted_running || g_strcmp0(vm->parked, node) != 0;
}

gboolean ha_park_wanted(const HaConfigVm *vm)
{
    return vm->wanted_running || vm->parked;
}

gboolean ha_park_stops(const HaView *view, const HaConfigVm *vm, const char *node)
{
    const HaGroup *group = ha_config_find_group(view->config, vm->group);
    HaBlock block = ha_plan_movable(view, vm->name, NULL);
    if (block == HA_BLOCK_UNMANAGED || block == HA_BLOCK_PACEMAKER)
        return FALSE;
    if (!ha_park_due(vm, node))
        return TRUE;
    return vm->wanted_running && block != HA_BLOCK_UNKNOWN && group && group->evacuation == HA_EVACUATE_STOP;
}

/* ---- the way back ---- */

/* Its node is drained no longer; or somebody has started it by other means than hactl's, and the mark alone is left. */
static gboolean is_over(const HaConfig *config, const HaConfigVm *vm)
{
    const HaConfigNode *node = ha_config_find_node(config, vm->parked);
    return vm->wanted_running || !node || node->wish.kind != HA_WISH_DRAIN;
}

void ha_park_reconcile(HaCore *core, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        if (!vm->parked || !is_over(config, vm))
            continue;
        g_ptr_array_add(changes, ha_change_new(HA_CHANGE_UNPARK, vm->name, NULL, NULL));
        if (!vm->wanted_running)
            g_ptr_array_add(notes, ha_park_note(HA_NOTE_VM_UNPARKED, vm->name, vm->parked));
    }
    if (changes->len)
        ha_write(core, effects, g_steal_pointer(&changes), FALSE, g_steal_pointer(&notes), 0, NULL);
}

HaNote *ha_park_note(HaNoteKind kind, const char *vm, const char *node)
{
    HaNote *note = ha_note_new(kind);
    note->vm = g_strdup(vm);
    note->node = g_strdup(node);
    return note;
}
