/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_park.h"

#include "agent/core/plan/ha_plan.h"

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
