/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_fence_device.h"

#include "agent/core/model/ha_sorted.h"

HaFenceDevice *ha_fence_device_new(const char *name)
{
    HaFenceDevice *device = g_new0(HaFenceDevice, 1);
    device->name = g_strdup(name);
    device->hosts = g_ptr_array_new_with_free_func(g_free);
    device->banned = g_ptr_array_new_with_free_func(g_free);
    return device;
}

void ha_fence_device_free(HaFenceDevice *device)
{
    if (!device)
        return;
    g_free(device->name);
    g_free(device->agent);
    g_ptr_array_unref(device->hosts);
    g_ptr_array_unref(device->banned);
    g_free(device->node);
    g_free(device->reason);
    g_free(device);
}

HaFenceLevel *ha_fence_level_new(const char *node, guint32 index)
{
    HaFenceLevel *level = g_new0(HaFenceLevel, 1);
    level->node = g_strdup(node);
    level->index = index;
    level->devices = g_ptr_array_new_with_free_func(g_free);
    return level;
}

void ha_fence_level_free(HaFenceLevel *level)
{
    if (!level)
        return;
    g_free(level->node);
    g_ptr_array_unref(level->devices);
    g_free(level);
}

static void parameter_free(HaFenceParameter *parameter)
{
    g_free(parameter->name);
    g_free(parameter->value);
    g_free(parameter);
}

HaFenceSpec *ha_fence_spec_new(const char *name, const char *agent)
{
    HaFenceSpec *spec = g_new0(HaFenceSpec, 1);
    spec->name = g_strdup(name);
    spec->agent = g_strdup(agent);
    spec->hosts = g_ptr_array_new_with_free_func(g_free);
    spec->parameters = g_ptr_array_new_with_free_func((GDestroyNotify)parameter_free);
    return spec;
}

void ha_fence_spec_put(HaFenceSpec *spec, const char *name, const char *value)
{
    HaFenceParameter *parameter = g_new0(HaFenceParameter, 1);
    parameter->name = g_strdup(name);
    parameter->value = g_strdup(value);
    ha_sorted_put(spec->parameters, parameter);
}

HaFenceSpec *ha_fence_spec_copy(const HaFenceSpec *spec)
{
    HaFenceSpec *copy = ha_fence_spec_new(spec->name, spec->agent);
    for (guint i = 0; i < spec->hosts->len; i++)
        g_ptr_array_add(copy->hosts, g_strdup(spec->hosts->pdata[i]));
    for (guint i = 0; i < spec->parameters->len; i++) {
        const HaFenceParameter *parameter = spec->parameters->pdata[i];
        ha_fence_spec_put(copy, parameter->name, parameter->value);
    }
    return copy;
}

void ha_fence_spec_free(HaFenceSpec *spec)
{
    if (!spec)
        return;
    g_free(spec->name);
    g_free(spec->agent);
    g_ptr_array_unref(spec->hosts);
    g_ptr_array_unref(spec->parameters);
    g_free(spec);
}

const char *ha_fence_state_word(HaFenceState state)
{
    static const char *const words[HA_FENCE_STATES] = {
        [HA_FENCE_STOPPED] = "stopped",
        [HA_FENCE_STARTED] = "started",
        [HA_FENCE_FAILED] = "failed",
        [HA_FENCE_DISABLED] = "disabled",
    };
    g_assert(state < HA_FENCE_STATES);
    return words[state];
}
