/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host with a VM is lost while another VM migrates elsewhere: the recovery does not wait for it. */
#include "tests/unit/core_bench.h"

#include "agent/core/ha_yield.h"

/* vm1 migrates from node1 to node2; vm3 runs on node3. */
static Bench migrating(void)
{
    Bench bench = bench_leading();
    fixture_add(bench.world, "vm3", "node3", 512);
    give_config(&bench);
    ask(&bench, HA_REQUEST_MIGRATE, "node2", "vm1");
    guint64 id = effect(&bench, HA_EFFECT_CHANGE)->id;
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    fixture_place(bench.world, "vm1", "node1")->pending = HA_OP_MIGRATE_TO;
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    assert_int_equal(ha_core_move(bench.core, "vm1").state, HA_MOVE_MOVING);
    return bench;
}

static void lose_node3(Bench *bench)
{
    bench->now_ms += 1500;
    give_members(bench, 2, TRUE);
    fixture_node(bench->world, "node3")->state = HA_NODE_UNCLEAN;
    bench->now_ms += 300;
    give_config(bench);
}

static void a_migration_is_ended_for_a_recovery(void **state)
{
    Bench bench = migrating();
    assert_null(effect(&bench, HA_EFFECT_CANCEL));
    lose_node3(&bench);
    assert_string_equal(ha_yield_to(bench.core, NULL), "node3");
    bench.now_ms += HA_REPEAT_MS; /* asked by the step that noticed, and asked again while it goes on */
    give_config(&bench);
    const HaEffect *cancel = effect(&bench, HA_EFFECT_CANCEL);
    assert_non_null(cancel);
    assert_string_equal(cancel->vm, "vm1");
    assert_string_equal(cancel->node, "node1");
    assert_null(effect(&bench, HA_EFFECT_CHANGE)); /* its pin stays while it migrates */
    bench_free(&bench);
}

static void who_can_not_be_asked_or_has_arrived_is_left_alone(void **state)
{
    Bench bench = migrating();
    HaConfigVm *vm1 = fixture_vm(bench.world, "vm1");
    assert_true(ha_yield_may_end(bench.world, vm1));
    fixture_node(bench.world, "node1")->state = HA_NODE_UNCLEAN;
    assert_false(ha_yield_may_end(bench.world, vm1));
    fixture_node(bench.world, "node1")->state = HA_NODE_ONLINE;
    vm1->pin_mode = HA_MOVE_RESTART;
    assert_false(ha_yield_may_end(bench.world, vm1));
    vm1->pin_mode = HA_MOVE_LIVE;
    fixture_place(bench.world, "vm1", "node1")->pending = HA_OP_NONE;
    fixture_place(bench.world, "vm1", "node1")->active = FALSE;
    fixture_silent(bench.world, "node1", "vm1");
    fixture_says(bench.world, "node2", "vm1", HA_VM_RUNNING, 512);
    assert_false(ha_yield_may_end(bench.world, vm1));
    bench_free(&bench);
}

static void a_host_without_vms_ends_nothing(void **state)
{
    Bench bench = migrating();
    fixture_place(bench.world, "vm3", "node3")->active = FALSE;
    give_config(&bench);
    lose_node3(&bench);
    bench.now_ms += HA_REPEAT_MS;
    give_config(&bench);
    assert_null(ha_yield_to(bench.core, NULL));
    assert_null(effect(&bench, HA_EFFECT_CANCEL));
    bench_free(&bench);
}

/* A drain waits for the recovery, and says so; where fencing fails, not for ever. */
static void no_move_begins_before_the_recovery_or_a_minute(void **state)
{
    Bench bench = bench_leading();
    gint64 until_ms = 0;
    fixture_add(bench.world, "vm3", "node3", 512);
    give_config(&bench);
    lose_node3(&bench);
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_config(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    assert_int_equal(ha_core_move(bench.core, "vm1").block, HA_BLOCK_RECOVERY);
    ask(&bench, HA_REQUEST_MIGRATE, "node2", "vm1");
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_REFUSED);
    assert_string_equal(ha_yield_to(bench.core, &until_ms), "node3");
    assert_true(ha_core_next_deadline(bench.core) <= until_ms);
    bench.now_ms = until_ms;
    give_report(&bench, "node1");
    give_report(&bench, "node2");
    give_config(&bench);
    assert_null(ha_yield_to(bench.core, NULL));
    assert_true(bench.core->write_id != 0); /* the drain's first wave */
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_migration_is_ended_for_a_recovery),
        cmocka_unit_test(who_can_not_be_asked_or_has_arrived_is_left_alone),
        cmocka_unit_test(a_host_without_vms_ends_nothing),
        cmocka_unit_test(no_move_begins_before_the_recovery_or_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
