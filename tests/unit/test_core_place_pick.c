/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_busy.h"
#include "tests/unit/plan_fixture.h"

static void assert_picks(const HaView *view, const char *vm, const char *want)
{
    g_autoptr(HaPromises) promises = ha_promises_new();
    assert_string_equal(ha_place_pick(view, vm, promises, NULL, NULL), want);
    g_autoptr(HaPromises) kept = ha_promises_new(); /* what a plan asks once is the same */
    ha_promises_obey(kept, view);
    assert_string_equal(ha_place_pick(view, vm, kept, NULL, NULL), want);
    assert_true(ha_place_any(view, vm, kept));
}

static void ties_go_to_cpu_then_to_the_lowest_name(void **state)
{
    HaView *view = fixture_new(4);
    g_autoptr(HaPromises) promises = ha_promises_new();
    GPtrArray *candidates;
    fixture_add(view, "vm1", "node1", 512);
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, &candidates), "node2");
    assert_int_equal(candidates->len, 4);
    assert_int_equal(((HaCandidate *)candidates->pdata[0])->block, HA_BLOCK_NODE_SELF);
    g_ptr_array_unref(candidates);

    fixture_add(view, "vm2", "node2", 0); /* no memory to speak of, but a vcpu */
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, NULL), "node3");
    fixture_add(view, "vm3", "node3", 1024);
    fixture_add(view, "vm4", "node4", 2048); /* memory outranks the CPU */
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, NULL), "node2");
    ha_promises_add(promises, "node2", 4096);
    assert_string_equal(ha_place_pick(view, "vm1", promises, NULL, NULL), "node3");
    ha_view_free(view);
}

/* vm1 of node1 looks for a place; node2 and node3 hold as much memory each. */
static HaView *two_alike(void)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    fixture_add(view, "two", "node2", 1024);
    fixture_add(view, "three", "node3", 1024);
    return view;
}

static void of_two_as_full_the_less_busy_is_taken(void **state)
{
    HaView *view = two_alike();
    assert_picks(view, "vm1", "node2");
    fixture_busy(view, "two", 4000); /* half of its cores */
    fixture_busy(view, "three", 800);
    assert_picks(view, "vm1", "node3");
    fixture_add(view, "more", "node3", 16384 / 4); /* a quarter fuller, and 40 % less busy */
    assert_picks(view, "vm1", "node3");
    fixture_add(view, "most", "node3", 16384 / 4);
    assert_picks(view, "vm1", "node2");
    ha_view_free(view);
}

static void what_was_just_seen_does_not_count_yet(void **state)
{
    HaView *view = two_alike();
    for (gint64 ago_s = HA_BUSY_MIN_S - 1; ago_s >= 0; ago_s--)
        ha_load_put(view->load, "two", view->now_ms - ago_s * 1000, 8000);
    assert_picks(view, "vm1", "node2");
    view->now_ms += 10000;
    ha_load_put(view->load, "two", view->now_ms, 8000);
    assert_picks(view, "vm1", "node3");
    ha_view_free(view);
}

static void small_differences_do_not_count(void **state)
{
    HaView *view = two_alike();
    fixture_busy(view, "two", 8 * 260); /* 26 and 34 %: the same step */
    fixture_busy(view, "three", 8 * 340);
    assert_picks(view, "vm1", "node2");
    fixture_add(view, "bit", "node2", 128);
    assert_picks(view, "vm1", "node3");
    ha_view_free(view);
}

static void a_node_without_cpu_to_spare_comes_last(void **state)
{
    HaView *view = two_alike();
    fixture_busy(view, "vm1", 1000);
    fixture_busy(view, "two", 8 * 800); /* 92 % with vm1 */
    fixture_busy(view, "three", 8 * 760);
    fixture_add(view, "big", "node3", 8192);
    assert_picks(view, "vm1", "node3");
    fixture_busy(view, "vm1", 0);
    assert_picks(view, "vm1", "node2");
    ha_view_free(view);
}

static void who_is_on_the_way_counts(void **state)
{
    HaView *view = two_alike();
    fixture_add(view, "comes", "node1", 1);
    fixture_busy(view, "comes", 4000);
    fixture_vm(view, "comes")->pin = g_strdup("node2");
    assert_picks(view, "vm1", "node3");
    fixture_says(view, "node2", "comes", HA_VM_INCOMING, 1); /* once, not twice */
    fixture_busy(view, "three", 5000);
    assert_picks(view, "vm1", "node2");
    ha_view_free(view);
}

/* Four busy and four idle VMs leave: memory alone would not part the busy ones. */
static void a_drain_spreads_the_busy(void **state)
{
    HaView *view = fixture_new(3);
    static const struct {
        const char *vm;
        guint64 mem_mib;
        guint32 cpu_permille;
    } rows[] = {{"a", 1024, 2000}, {"b", 1024, 100}, {"c", 1024, 2000}, {"d", 1024, 100}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        fixture_add(view, rows[i].vm, "node1", rows[i].mem_mib);
        fixture_busy(view, rows[i].vm, rows[i].cpu_permille);
    }
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_not_equal(move_of(plan, "a")->to, move_of(plan, "c")->to);
    assert_string_equal(
        move_of(plan, "a")->detail, "the least loaded that fits, memory 6.2 % full and CPU 25 % busy after the move");
    ha_view_free(view);
}

/* A wave has landed: the plan made anew is the rest of the first one. */
static void half_way_the_plan_is_the_rest(void **state)
{
    HaView *view = fixture_new(4);
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        fixture_add(view, names[i], "node1", 512 + 256 * (i % 3));
        fixture_busy(view, names[i], 300 + 700 * (guint32)(i % 4));
    }
    g_autoptr(HaPlan) first = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    for (guint i = 0; i < 3; i++) {
        const HaPlanMove *move = first->moves->pdata[i];
        fixture_vm(view, move->vm)->home = g_strdup("node1");
        carry_out(view, move);
    }
    g_autoptr(HaPlan) rest = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(rest->moves->len, 3);
    for (guint i = 0; i < 3; i++) {
        const HaPlanMove *move = rest->moves->pdata[i];
        assert_string_equal(move->to, move_of(first, move->vm)->to);
    }
    ha_view_free(view);
}

/* ---- what is said of the others ---- */

static void the_others_are_noted_those_that_fit_first(void **state)
{
    HaView *view = fixture_new(4);
    fixture_add(view, "vm1", "node1", 512);
    fixture_node(view, "node2")->standby = TRUE;
    fixture_node(view, "node3")->mem_mib = 511;
    g_autoptr(HaPlan) only = ha_plan_migrate(view, &limits, "vm1", NULL, NULL);
    g_autofree char *refused = ha_candidates_others(move_of(only, "vm1")->candidates, "node4");
    assert_string_equal(refused, "node2: the node is in standby; node3: not enough free memory (needs 512 MiB, "
                                 "511 of 511 MiB free)");
    fixture_node(view, "node3")->mem_mib = 1024;
    g_autoptr(HaPlan) two = ha_plan_migrate(view, &limits, "vm1", NULL, NULL);
    g_autofree char *passed_over = ha_candidates_others(move_of(two, "vm1")->candidates, "node4");
    assert_string_equal(
        passed_over, "node3 could take it, memory 50.0 % full after the move; node2: the node is in standby");
    g_autoptr(HaPlan) asked = ha_plan_migrate(view, &limits, "vm1", "node4", NULL);
    assert_null(ha_candidates_others(move_of(asked, "vm1")->candidates, "node4"));
    ha_view_free(view);
}

static void of_many_others_a_few_are_noted(void **state)
{
    HaView *view = fixture_new(40);
    fixture_add(view, "vm1", "node1", 512);
    g_autoptr(HaPlan) plan = ha_plan_migrate(view, &limits, "vm1", NULL, NULL);
    const HaPlanMove *move = move_of(plan, "vm1");
    g_autofree char *text = ha_candidates_others(move->candidates, move->to);
    assert_true(g_str_has_suffix(text, "; and 32 more")); /* 40, less its own, the chosen one and those shown */
    assert_in_range(strlen(text), 100, 600);
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ties_go_to_cpu_then_to_the_lowest_name),
        cmocka_unit_test(of_two_as_full_the_less_busy_is_taken),
        cmocka_unit_test(what_was_just_seen_does_not_count_yet),
        cmocka_unit_test(small_differences_do_not_count),
        cmocka_unit_test(a_node_without_cpu_to_spare_comes_last),
        cmocka_unit_test(who_is_on_the_way_counts),
        cmocka_unit_test(a_drain_spreads_the_busy),
        cmocka_unit_test(half_way_the_plan_is_the_rest),
        cmocka_unit_test(the_others_are_noted_those_that_fit_first),
        cmocka_unit_test(of_many_others_a_few_are_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
