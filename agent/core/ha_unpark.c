/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back of VMs that a drain shut down (ha_park.h), and what is said of either. */
#include "agent/core/ha_core_private.h"

/* Its node is drained no longer; or somebody has started it by other means than hactl's, and the mark alone is left. */
static gboolean is_over(const HaConfig *config, const HaConfigVm *vm)
{
    const HaConfigNode *node = ha_config_find_node(config, vm->parked);
    return vm->wanted_running || !node || node->wish.kind != HA_WISH_DRAIN;
}

void ha_unpark(HaCore *core, GPtrArray *effects)
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
            g_ptr_array_add(notes, ha_unpark_note(HA_NOTE_VM_UNPARKED, vm->name, vm->parked));
    }
    if (changes->len)
        ha_write(core, effects, g_steal_pointer(&changes), FALSE, g_steal_pointer(&notes), 0, NULL);
}

HaNote *ha_unpark_note(HaNoteKind kind, const char *vm, const char *node)
{
    HaNote *note = ha_note_new(kind);
    note->vm = g_strdup(vm);
    note->node = g_strdup(node);
    return note;
}
