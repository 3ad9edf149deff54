/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan_fixture - what the tests of plans share: limits, a plan's moves, a move carried out. */
#ifndef PLAN_FIXTURE_H
#define PLAN_FIXTURE_H

#include <string.h>

#include "agent/core/plan/ha_plan.h"
#include "tests/unit/core_fixture.h"

static const HaLimits limits = {
    .moves_per_node = 2,
    .moves_per_cluster = 4,
    .moves_per_wave = 2,
    .bandwidth_bytes_per_s = 100ull << 20,
    .overhead_ms = 1000,
};

static inline const HaPlanMove *at(const HaPlan *plan, guint index)
{
    assert_true(index < plan->moves->len);
    return plan->moves->pdata[index];
}

static inline const HaPlanMove *move_of(const HaPlan *plan, const char *vm)
{
    for (guint i = 0; i < plan->moves->len; i++)
        if (strcmp(at(plan, i)->vm, vm) == 0)
            return at(plan, i);
    fail_msg("no move of %s", vm);
    return NULL;
}

/* Carries out a move as Pacemaker and the hosts would show it. */
static inline void carry_out(HaView *view, const HaPlanMove *move)
{
    fixture_place(view, move->vm, move->from)->active = FALSE;
    fixture_place(view, move->vm, move->to)->active = TRUE;
    fixture_silent(view, move->from, move->vm);
    fixture_says(view, move->to, move->vm, HA_VM_RUNNING, move->mem_mib);
}

/* node2 is the least full, but only its hole takes what runs on node3 should that be lost. */
static inline HaView *one_hole(void)
{
    HaView *view = fixture_new(4);
    fixture_node(view, "node1")->mem_mib = 4096;
    fixture_node(view, "node2")->mem_mib = 14336;
    fixture_node(view, "node3")->mem_mib = 12288;
    fixture_node(view, "node4")->mem_mib = 8192;
    fixture_add(view, "leaver", "node1", 2048);
    fixture_add(view, "one", "node2", 2048);
    fixture_add(view, "two", "node2", 2048);
    fixture_add(view, "three", "node3", 9216);
    fixture_add(view, "four", "node4", 4096);
    return view;
}

#endif
