/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of an earlier hactl is brought to the form of today, when nothing is under way. */
#include "tests/unit/core_bench.h"

static gboolean copies(const Bench *bench)
{
    const HaEffect *change = effect(bench, HA_EFFECT_CHANGE);
    const HaChange *first = change ? change->changes->pdata[0] : NULL;
    return first && first->kind == HA_CHANGE_POLICY_COPY;
}

static void in_as_many_writes_as_it_takes(void **state)
{
    Bench bench = bench_leading();
    assert_false(copies(&bench));
    bench.world->config->by_template = TRUE;
    give_config(&bench);
    assert_true(copies(&bench));
    assert_true(effect(&bench, HA_EFFECT_CHANGE)->check_pins); /* the scheduler is asked first */
    give_done(&bench, effect(&bench, HA_EFFECT_CHANGE)->id, HA_DONE_OK);
    give_config(&bench);
    assert_false(copies(&bench)); /* not again at once, whatever came of it */
    bench.now_ms = ha_core_next_deadline(bench.core);
    for (guint i = 0; i < 100 && !copies(&bench); i++) {
        step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
        bench.now_ms += 1000;
    }
    assert_true(copies(&bench));
    give_done(&bench, effect(&bench, HA_EFFECT_CHANGE)->id, HA_DONE_OK);
    bench.world->config->by_template = FALSE;
    bench.now_ms += 100000;
    give_config(&bench);
    assert_false(copies(&bench));
    bench_free(&bench);
}

static void a_move_goes_first(void **state)
{
    Bench bench = bench_leading();
    bench.world->config->by_template = TRUE;
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    fixture_place(bench.world, "vm1", "node1")->pending = HA_OP_MIGRATE_TO;
    give_config(&bench);
    assert_false(copies(&bench));
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_as_many_writes_as_it_takes),
        cmocka_unit_test(a_move_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
