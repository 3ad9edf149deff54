/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_room_rule.h"

#include <string.h>

#include "agent/core/ha_room.h"

RaRoomUse *ra_room_use_new(const char *vm, guint64 mem_mib)
{
    RaRoomUse *use = g_new0(RaRoomUse, 1);

    use->vm = g_strdup(vm);
    use->mem_mib = mem_mib;
    return use;
}

void ra_room_use_free(RaRoomUse *use)
{
    g_free(use->vm);
    g_free(use);
}

static gboolean has(const GPtrArray *uses, const char *vm)
{
    for (guint i = 0; i < uses->len; i++)
        if (strcmp(((const RaRoomUse *)g_ptr_array_index(uses, i))->vm, vm) == 0)
            return TRUE;
    return FALSE;
}

void ra_room_count(RaRoom *room, const char *vm, const GPtrArray *running, const GPtrArray *starting)
{
    room->running_mib = room->starting_mib = room->n_running = room->n_starting = 0;
    for (guint i = 0; i < running->len; i++) {
        const RaRoomUse *use = g_ptr_array_index(running, i);
        if (strcmp(use->vm, vm) == 0)
            continue;
        room->running_mib += use->mem_mib;
        room->n_running++;
    }
    for (guint i = 0; i < starting->len; i++) {
        const RaRoomUse *use = g_ptr_array_index(starting, i);
        if (strcmp(use->vm, vm) == 0 || has(running, use->vm))
            continue;
        room->starting_mib += use->mem_mib;
        room->n_starting++;
    }
}

static guint64 capacity_mib(const RaRoom *room)
{
    return room->permitted_mib ? room->permitted_mib : room->total_mib - MIN(room->reserve_mib, room->total_mib);
}

gboolean ra_room_fits(const RaRoom *room, guint64 needed_mib)
{
    return (room->total_mib == 0 && room->permitted_mib == 0) ||
           room->running_mib + room->starting_mib + needed_mib <= capacity_mib(room);
}

char *ra_room_reason(const RaRoom *room, guint64 needed_mib)
{
    guint64 capacity = capacity_mib(room), used = room->running_mib + room->starting_mib;

    return g_strdup_printf(HA_ROOM_REFUSAL
        "needs %" G_GUINT64_FORMAT " MiB, %" G_GUINT64_FORMAT " free of %" G_GUINT64_FORMAT
        " (%u VMs %" G_GUINT64_FORMAT ", %u starting %" G_GUINT64_FORMAT "); stop VMs, or raise utilization memory",
        needed_mib, capacity > used ? capacity - used : 0, capacity, room->n_running, room->running_mib,
        room->n_starting, room->starting_mib);
}
