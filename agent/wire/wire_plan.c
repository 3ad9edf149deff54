/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_item.h"

#include "agent/wire/wire_result.h"

static void put_candidates(WireArena *arena, const GPtrArray *candidates, Hactl__PlanMove *message)
{
    if (candidates == NULL)
        return;
    Hactl__Candidate *structs = wire_arena_array(arena, candidates->len, sizeof *structs);
    message->candidates = wire_arena_pointers(arena, candidates->len);
    message->n_candidates = candidates->len;
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = g_ptr_array_index(candidates, i);
        hactl__candidate__init(&structs[i]);
        structs[i].node = candidate->node;
        structs[i].block = candidate->block;
        structs[i].detail = wire_item_prose(arena, candidate->detail);
        message->candidates[i] = &structs[i];
    }
}

static void put_move(WireArena *arena, const HaPlanMove *move, Hactl__PlanMove *message)
{
    hactl__plan_move__init(message);
    message->vm = move->vm;
    message->from = move->from != NULL ? move->from : (char *)"";
    message->to = move->to;
    message->mode = move->mode;
    message->reason = move->reason;
    message->block = move->block;
    message->detail = wire_item_prose(arena, move->detail);
    message->remedy = wire_item_prose(arena, move->remedy);
    WIRE_SET(message, mem_mib, move->mem_mib);
    WIRE_SET(message, estimate_ms, move->estimate_ms);
    WIRE_SET(message, wave, move->wave);
    put_candidates(arena, move->candidates, message);
}

GBytes *wire_plan_build(const HaPlan *plan)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Plan message = HACTL__PLAN__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    Hactl__PlanMove *structs = wire_arena_array(arena, plan->moves->len, sizeof *structs);
    message.node = plan->node;
    message.why = wire_item_prose(arena, plan->why);
    WIRE_SET(&message, n_blocked, plan->n_blocked);
    WIRE_SET(&message, estimate_ms, plan->estimate_ms);
    message.n_stops = plan->stops->len;
    message.stops = (char **)plan->stops->pdata;
    message.n_moves = plan->moves->len;
    message.moves = wire_arena_pointers(arena, plan->moves->len);
    for (guint i = 0; i < plan->moves->len; i++) {
        put_move(arena, g_ptr_array_index(plan->moves, i), &structs[i]);
        message.moves[i] = &structs[i];
    }
    result.plan = &message;
    return wire_result_pack(&result, TRUE);
}
