/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM that hosts refused for lack of memory is tried again when there is room. */
#include <string.h>

#include "agent/core/ha_room.h"
#include "tests/unit/core_bench.h"

/* vm1 is to run and runs nowhere: node1 to node3 refused it. Strangers take @mem_mib of each. */
static Bench bench_refused(guint64 mem_mib, const char *reason)
{
    Bench bench = bench_leading();
    fixture_silent(bench.world, "node1", "vm1");
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *node = g_strdup_printf("node%u", i);
        HaConfigPlace *place = fixture_place(bench.world, "vm1", node);
        place->active = FALSE;
        place->start_refusal = g_strdup(reason);
        fixture_says(bench.world, node, "stranger", HA_VM_RUNNING, mem_mib);
    }
    return bench;
}

/* Everybody reports, the CIB is read. Returns: clean-ups of vm1, each of which is done at once. */
static guint live(Bench *bench, guint seconds)
{
    guint n = 0;
    for (guint s = 0; s < seconds; s++) {
        bench->now_ms += 1000;
        for (guint i = 1; i <= 3; i++) {
            g_autofree char *node = g_strdup_printf("node%u", i);
            give_report(bench, node);
            const HaEffect *cleanup = effect(bench, HA_EFFECT_CLEANUP);
            if (!cleanup)
                continue;
            assert_string_equal(cleanup->vm, "vm1");
            n++;
            give_done(bench, cleanup->id, HA_DONE_OK);
        }
        give_config(bench);
        assert_null(effect(bench, HA_EFFECT_CLEANUP));
    }
    return n;
}

static void it_waits_for_room(void **state)
{
    Bench bench = bench_refused(16000, HA_ROOM_REFUSAL "needs 512 MiB");
    assert_int_equal(live(&bench, 120), 0);
    fixture_says(bench.world, "node2", "stranger", HA_VM_RUNNING, 15000);
    assert_int_equal(live(&bench, 8), 1);
    bench_free(&bench);
}

/* The planner sees room, the hosts do not: 10 s, 20 s, 40 s, ... between tries. */
static void the_delay_grows(void **state)
{
    Bench bench = bench_refused(1000, HA_ROOM_REFUSAL "needs 512 MiB");
    assert_int_equal(live(&bench, 8), 0);
    assert_int_equal(live(&bench, 4), 1);
    assert_int_equal(live(&bench, 16), 0);
    assert_int_equal(live(&bench, 6), 1);
    assert_int_equal(live(&bench, 34), 0);
    assert_int_equal(live(&bench, 8), 1);
    assert_true(live(&bench, 3600) <= 14);
    bench_free(&bench);
}

static void other_failures_are_left_alone(void **state)
{
    Bench bench = bench_refused(1000, "its QEMU process 17 is alive");
    assert_int_equal(live(&bench, 60), 0);
    bench_free(&bench);
}

/* It runs on node3; node1 and node2 refused it. */
static void a_bar_goes_when_the_host_could_take_it(void **state)
{
    Bench bench = bench_refused(16000, HA_ROOM_REFUSAL "needs 512 MiB");
    HaConfigPlace *place = fixture_place(bench.world, "vm1", "node3");
    fixture_says(bench.world, "node3", "stranger", HA_VM_RUNNING, 100);
    fixture_says(bench.world, "node3", "vm1", HA_VM_RUNNING, 512);
    place->active = TRUE;
    place->failed = FALSE;
    assert_int_equal(live(&bench, 60), 0); /* node1 and node2 are as full as they were */
    fixture_says(bench.world, "node2", "stranger", HA_VM_RUNNING, 1000);
    assert_int_equal(live(&bench, 8), 1);
    bench_free(&bench);
}

static void what_is_being_started_is_left_alone(void **state)
{
    Bench bench = bench_refused(1000, HA_ROOM_REFUSAL "needs 512 MiB");
    fixture_place(bench.world, "vm1", "node2")->pending = HA_OP_START;
    assert_int_equal(live(&bench, 60), 0);
    bench_free(&bench);
}

static void what_is_stopped_is_left_alone(void **state)
{
    Bench bench = bench_refused(1000, HA_ROOM_REFUSAL "needs 512 MiB");
    fixture_vm(bench.world, "vm1")->wanted_running = FALSE;
    assert_int_equal(live(&bench, 60), 0);
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_for_room),
        cmocka_unit_test(the_delay_grows),
        cmocka_unit_test(other_failures_are_left_alone),
        cmocka_unit_test(a_bar_goes_when_the_host_could_take_it),
        cmocka_unit_test(what_is_being_started_is_left_alone),
        cmocka_unit_test(what_is_stopped_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
