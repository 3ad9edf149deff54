/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans of drains, returns and single moves: who goes where, in which order, in which waves. */
#include "tests/unit/plan_fixture.h"

static void small_ones_go_first_in_waves_of_like_size(void **state)
{
    static const struct {
        const char *vm;
        guint64 mem_mib;
        guint32 wave;
    } rows[] = {
        {"b", 256, 1}, {"c", 256, 1}, {"a", 512, 2}, {"e", 1024, 2}, {"d", 4096, 3}, {"f", 4096, 3}, {"g", 8192, 4}};
    HaView *view = fixture_new(3);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        fixture_add(view, rows[i].vm, "node1", rows[i].mem_mib);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, G_N_ELEMENTS(rows));
    assert_int_equal(plan->n_blocked, 0);
    for (guint i = 0; i < plan->moves->len; i++) {
        assert_string_equal(at(plan, i)->vm, rows[i].vm);
        assert_int_equal(at(plan, i)->wave, rows[i].wave);
        assert_int_equal(at(plan, i)->reason, HA_REASON_DRAIN);
        assert_string_equal(at(plan, i)->from, "node1");
        assert_non_null(at(plan, i)->detail);
    }
    ha_view_free(view);
}

static void the_big_one_chooses_first(void **state)
{
    HaView *view = fixture_new(3);
    fixture_node(view, "node2")->mem_mib = 4096;
    fixture_node(view, "node3")->mem_mib = 2048;
    fixture_add(view, "big", "node1", 4096);
    fixture_add(view, "small", "node1", 512);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->n_blocked, 0);
    assert_string_equal(at(plan, 0)->vm, "small");
    assert_string_equal(at(plan, 0)->to, "node3");
    assert_string_equal(at(plan, 1)->to, "node2");
    ha_view_free(view);
}

/* Executes the plan wave by wave as the leader would, planning anew each time: it must be the rest of the first plan.
 */
static void a_plan_made_anew_is_the_rest_of_it(void **state)
{
    static const guint64 sizes_mib[] = {5120, 4096, 3072, 1024, 1024, 700, 512, 300, 256};
    HaView *view = fixture_new(4);
    fixture_add(view, "resident", "node3", 2500);
    for (guint i = 0; i < G_N_ELEMENTS(sizes_mib); i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i);
        fixture_add(view, name, "node1", sizes_mib[i]);
    }
    g_autoptr(HaPlan) first = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(first->n_blocked, 0);
    guint done = 0;
    while (done < first->moves->len) {
        g_autoptr(HaPlan) now = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
        assert_int_equal(now->moves->len, first->moves->len - done);
        for (guint i = 0; i < now->moves->len; i++) {
            assert_string_equal(at(now, i)->vm, at(first, done + i)->vm);
            assert_string_equal(at(now, i)->to, at(first, done + i)->to);
        }
        for (guint i = 0; i < now->moves->len && at(now, i)->wave == 1; i++, done++) {
            const HaPlanMove *move = at(now, i);
            HaConfigVm *vm = fixture_vm(view, move->vm);
            g_free(vm->home);
            vm->home = g_strdup("node1");
            carry_out(view, move);
        }
    }
    ha_view_free(view);
}

/* What was chosen when the drain began is kept while it holds, whatever has changed since. */
static void aims_are_kept_while_they_hold(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "a", "node1", 1024);
    g_autoptr(GHashTable) aims = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(aims, (gpointer) "a", (gpointer) "node3");
    g_autoptr(HaPlan) own = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_equal(at(own, 0)->to, "node2");
    g_autoptr(HaPlan) kept = ha_plan_drain_on(view, &limits, "node1", FALSE, NULL, aims);
    assert_string_equal(at(kept, 0)->to, "node3");
    fixture_node(view, "node3")->standby = TRUE;
    g_autoptr(HaPlan) other = ha_plan_drain_on(view, &limits, "node1", FALSE, NULL, aims);
    assert_string_equal(at(other, 0)->to, "node2");
    ha_view_free(view);
}

static void who_is_pinned_or_elsewhere_is_no_part_of_it(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512)->pin = g_strdup("node2");
    fixture_add(view, "vm2", "node2", 512);
    fixture_add(view, "vm3", NULL, 512);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, 0);
    assert_int_equal(plan->estimate_ms, 0);
    g_autoptr(HaPlan) unknown = ha_plan_drain(view, &limits, "node9", FALSE, NULL);
    assert_int_equal(unknown->moves->len, 0);
    ha_view_free(view);
}

static void return_brings_home_who_is_away(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "away", "node2", 512)->home = g_strdup("node1");
    fixture_add(view, "home", "node1", 512)->home = g_strdup("node1");
    fixture_add(view, "other", "node2", 512)->home = g_strdup("node3");
    fixture_add(view, "stranger", "node2", 512);
    g_autoptr(HaPlan) plan = ha_plan_return(view, &limits, "node1", NULL);
    assert_int_equal(plan->moves->len, 1);
    assert_string_equal(at(plan, 0)->vm, "away");
    assert_string_equal(at(plan, 0)->from, "node2");
    assert_string_equal(at(plan, 0)->to, "node1");
    assert_int_equal(at(plan, 0)->reason, HA_REASON_RETURN);
    ha_view_free(view);
}

static void migrate_goes_where_it_is_told_or_says_why_not(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    g_autoptr(HaPlan) told = ha_plan_migrate(view, &limits, "vm1", "node3", NULL);
    assert_string_equal(at(told, 0)->to, "node3");
    g_autoptr(HaPlan) free_choice = ha_plan_migrate(view, &limits, "vm1", NULL, NULL);
    assert_string_equal(at(free_choice, 0)->to, "node2");
    g_autoptr(HaPlan) self = ha_plan_migrate(view, &limits, "vm1", "node1", NULL);
    assert_int_equal(at(self, 0)->block, HA_BLOCK_NODE_SELF);
    g_autoptr(HaPlan) unknown = ha_plan_migrate(view, &limits, "vm9", NULL, NULL);
    assert_int_equal(at(unknown, 0)->block, HA_BLOCK_NOT_MANAGED);
    g_autoptr(HaPlan) nowhere = ha_plan_migrate(view, &limits, "vm1", "node9", NULL);
    assert_int_equal(at(nowhere, 0)->block, HA_BLOCK_UNKNOWN);
    ha_view_free(view);
}

static void an_estimate_grows_with_the_memory_and_never_overflows(void **state)
{
    HaLimits none = limits;
    none.bandwidth_bytes_per_s = 0;
    assert_int_equal(ha_plan_estimate_ms(&limits, 0), 1000);
    assert_int_equal(ha_plan_estimate_ms(&limits, 100), 2000);
    assert_int_equal(ha_plan_estimate_ms(&limits, 1000), 11000);
    assert_int_equal(ha_plan_estimate_ms(&none, 1ull << 20), G_MAXUINT32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_go_first_in_waves_of_like_size),
        cmocka_unit_test(the_big_one_chooses_first),
        cmocka_unit_test(a_plan_made_anew_is_the_rest_of_it),
        cmocka_unit_test(aims_are_kept_while_they_hold),
        cmocka_unit_test(who_is_pinned_or_elsewhere_is_no_part_of_it),
        cmocka_unit_test(return_brings_home_who_is_away),
        cmocka_unit_test(migrate_goes_where_it_is_told_or_says_why_not),
        cmocka_unit_test(an_estimate_grows_with_the_memory_and_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
