/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_control.h"

#include "agent/wire/wire_item.h"
#include "agent/wire/wire_result.h"

static void put_down(WireArena *arena, const GPtrArray *down, Hactl__Loss *message)
{
    Hactl__LossVm *structs = wire_arena_array(arena, down->len, sizeof *structs);
    message->n_down = down->len;
    message->down = wire_arena_pointers(arena, down->len);
    for (guint i = 0; i < down->len; i++) {
        const HaCapacityVm *vm = g_ptr_array_index(down, i);
        hactl__loss_vm__init(&structs[i]);
        structs[i].vm = vm->vm;
        structs[i].why = wire_item_prose(arena, vm->why);
        WIRE_SET(&structs[i], mem_mib, vm->mem_mib);
        message->down[i] = &structs[i];
    }
}

static void put_loss(WireArena *arena, const HaCapacityLoss *loss, Hactl__Loss *message)
{
    hactl__loss__init(message);
    message->n_hosts = loss->hosts->len;
    message->hosts = (char **)loss->hosts->pdata;
    WIRE_SET(message, n_vms, loss->n_vms);
    WIRE_SET(message, mem_mib, loss->mem_mib);
    WIRE_SET(message, could_fit, loss->could_fit);
    put_down(arena, loss->down, message);
}

GBytes *wire_capacity_build(const HaCapacity *capacity)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    g_autofree char *text = ha_capacity_sentence(capacity);
    Hactl__Capacity message = HACTL__CAPACITY__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    guint n = MIN(capacity->losses->len, HA_CAPACITY_LISTED);
    Hactl__Loss *structs = wire_arena_array(arena, n, sizeof *structs);
    message.lose = capacity->lose;
    message.text = text;
    WIRE_SET(&message, n_sets, capacity->n_sets);
    WIRE_SET(&message, n_bad, capacity->n_bad);
    WIRE_SET(&message, exhaustive, capacity->exhaustive);
    message.n_losses = n;
    message.losses = wire_arena_pointers(arena, n);
    for (guint i = 0; i < n; i++) {
        put_loss(arena, g_ptr_array_index(capacity->losses, i), &structs[i]);
        message.losses[i] = &structs[i];
    }
    result.capacity = &message;
    return wire_result_pack(&result, TRUE);
}
