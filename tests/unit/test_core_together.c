/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group that is hard together begins its drain as one. */
#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "tests/unit/core_bench.h"

/* vm1 and vm2 of node1, which is to be drained; the migration of vm1 has failed already. */
static Bench bench_failed(gboolean bound)
{
    Bench bench = bench_leading();
    HaGroup *pair = ha_group_new("pair");
    pair->affinity = HA_AFFINITY_TOGETHER;
    pair->affinity_strength = bound ? HA_RULE_HARD : HA_RULE_SOFT;
    ha_sorted_put(bench.world->config->groups, pair);
    fixture_vm(bench.world, "vm1")->group = g_strdup("pair");
    fixture_vm(bench.world, "vm2")->group = g_strdup("pair");
    HaConfigPlace *place = fixture_place(bench.world, "vm1", "node1");
    place->failed_migrate_to = TRUE;
    place->exit_reason = g_strdup("refused");
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_config(&bench);
    return bench;
}

static guint pins(const Bench *bench)
{
    const HaEffect *write = effect(bench, HA_EFFECT_CHANGE);
    guint n = 0;
    for (guint i = 0; write && i < write->changes->len; i++)
        n += ((const HaChange *)write->changes->pdata[i])->kind == HA_CHANGE_PIN_SET;
    return n;
}

static void one_that_is_cleaned_up_is_waited_for(void **state)
{
    Bench bench = bench_failed(TRUE);
    assert_int_equal(pins(&bench), 0);
    bench_free(&bench);
}

static void without_the_rule_it_is_not(void **state)
{
    Bench bench = bench_failed(FALSE);
    assert_int_equal(pins(&bench), 1);
    bench_free(&bench);
}

/* Time passes, every host reports, until there is such an effect. */
static const HaEffect *await(Bench *bench, HaEffectKind kind)
{
    for (guint i = 0; i < 30; i++) {
        g_autofree char *name = g_strdup_printf("node%u", 1 + i % 3);
        bench->now_ms += 2000;
        give_report(bench, name);
        if (effect(bench, kind))
            return effect(bench, kind);
    }
    fail_msg("no effect of kind %d within a minute", (int)kind);
    return NULL;
}

static void then_they_go_together(void **state)
{
    Bench bench = bench_failed(TRUE);
    guint64 id = await(&bench, HA_EFFECT_CLEANUP)->id;
    fixture_place(bench.world, "vm1", "node1")->failed_migrate_to = FALSE;
    give_config(&bench);
    assert_int_equal(pins(&bench), 0); /* the tool still runs */
    give_done(&bench, id, HA_DONE_OK);
    if (pins(&bench) == 0)
        await(&bench, HA_EFFECT_CHANGE);
    assert_int_equal(pins(&bench), 2);
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_cleaned_up_is_waited_for),
        cmocka_unit_test(without_the_rule_it_is_not),
        cmocka_unit_test(then_they_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
