/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_fence.h"

#include "agent/core/model/ha_types.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_text.h"

static char **put_strings(WireArena *arena, const GPtrArray *strings)
{
    char **pointers = wire_arena_pointers(arena, strings->len);
    for (guint i = 0; i < strings->len; i++)
        pointers[i] = strings->pdata[i];
    return pointers;
}

/* ---- what an admin wants ---- */

Hactl__FenceDevice *wire_fence_put_spec(WireArena *arena, const HaFenceSpec *spec)
{
    Hactl__FenceDevice *message = wire_arena_array(arena, 1, sizeof *message);
    Hactl__FenceParameter *structs = wire_arena_array(arena, spec->parameters->len, sizeof *structs);
    hactl__fence_device__init(message);
    message->name = spec->name;
    message->agent = spec->agent;
    message->n_hosts = spec->hosts->len;
    message->hosts = put_strings(arena, spec->hosts);
    message->n_parameters = spec->parameters->len;
    message->parameters = wire_arena_pointers(arena, spec->parameters->len);
    for (guint i = 0; i < spec->parameters->len; i++) {
        const HaFenceParameter *parameter = spec->parameters->pdata[i];
        hactl__fence_parameter__init(&structs[i]);
        structs[i].name = parameter->name;
        structs[i].value = parameter->value;
        message->parameters[i] = &structs[i];
    }
    return message;
}

static gboolean id_check(const char *what, const char *text, GError **error)
{
    if (ha_name_check(text))
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_MISMATCH,
        "%s is not a name: it begins with a letter and has letters, digits, \"_\", \".\" and \"-\"", what);
    return FALSE;
}

static gboolean parameters_check(const Hactl__FenceDevice *message, GError **error)
{
    if (!wire_text_count("request.fence.parameters", message->n_parameters, HA_FENCE_PARAMETERS_MAX, error))
        return FALSE;
    for (gsize i = 0; i < message->n_parameters; i++)
        if (!id_check("request.fence.parameters.name", message->parameters[i]->name, error) ||
            !wire_text_label(
                "request.fence.parameters.value", message->parameters[i]->value, HA_FENCE_VALUE_MAX, error))
            return FALSE;
    return TRUE;
}

gboolean wire_fence_check_spec(const Hactl__FenceDevice *message, gboolean adding, GError **error)
{
    if (!id_check("request.fence.name", message->name, error) || !parameters_check(message, error) ||
        !wire_text_count("request.fence.hosts", message->n_hosts, HA_NODES_MAX, error))
        return FALSE;
    if (adding && message->agent == NULL) {
        g_set_error_literal(error, WIRE_ERROR, WIRE_ERROR_MISMATCH,
            "request.fence.agent is missing, and the adding of a device needs it");
        return FALSE;
    }
    if (message->agent != NULL && !wire_text_label("request.fence.agent", message->agent, HA_NAME_MAX, error))
        return FALSE;
    for (gsize i = 0; i < message->n_hosts; i++)
        if (!wire_text_node("request.fence.hosts", message->hosts[i], error))
            return FALSE;
    return TRUE;
}

HaFenceSpec *wire_fence_take_spec(const Hactl__FenceDevice *message)
{
    HaFenceSpec *spec = ha_fence_spec_new(message->name, message->agent);
    for (gsize i = 0; i < message->n_hosts; i++)
        g_ptr_array_add(spec->hosts, g_strdup(message->hosts[i]));
    for (gsize i = 0; i < message->n_parameters; i++)
        ha_fence_spec_put(spec, message->parameters[i]->name, message->parameters[i]->value);
    return spec;
}

/* ---- what there is ---- */

static void put_device(WireArena *arena, const HaFenceDevice *device, Hactl__ViewFence *message)
{
    hactl__view_fence__init(message);
    message->name = device->name;
    message->agent = device->agent;
    message->n_hosts = device->hosts->len;
    message->hosts = put_strings(arena, device->hosts);
    message->n_banned = device->banned->len;
    message->banned = put_strings(arena, device->banned);
    message->state = device->state;
    message->node = device->node;
    message->reason = wire_item_prose(arena, device->reason);
    WIRE_SET(message, asks, device->asks);
    WIRE_SET(message, since_s, device->since_s);
}

Hactl__ViewFence **wire_fence_put_devices(WireArena *arena, const GPtrArray *devices)
{
    Hactl__ViewFence *structs = wire_arena_array(arena, devices->len, sizeof *structs);
    Hactl__ViewFence **pointers = wire_arena_pointers(arena, devices->len);
    for (guint i = 0; i < devices->len; i++) {
        put_device(arena, devices->pdata[i], &structs[i]);
        pointers[i] = &structs[i];
    }
    return pointers;
}
