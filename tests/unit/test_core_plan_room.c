/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drains where memory is scarce: others make room, places are sought together, the loss of hosts is kept in mind. */
#include "tests/unit/plan_fixture.h"

static HaView *crowded(void)
{
    HaView *view = fixture_new(3);
    fixture_node(view, "node2")->mem_mib = 8192;
    fixture_node(view, "node3")->mem_mib = 4096;
    fixture_add(view, "big", "node1", 6144); /* fits nowhere until other has left node2 */
    fixture_add(view, "small", "node1", 512);
    fixture_add(view, "other", "node2", 3072);
    return view;
}

static void others_make_room_where_a_vm_fits_nowhere(void **state)
{
    HaView *view = crowded();
    g_autoptr(HaPlan) first = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(first->n_blocked, 0);
    assert_int_equal(first->moves->len, 3);
    assert_string_equal(at(first, 0)->vm, "other");
    assert_string_equal(at(first, 0)->to, "node3");
    assert_int_equal(at(first, 0)->wave, 1);
    assert_int_equal(at(first, 0)->reason, HA_REASON_BALANCE);
    assert_non_null(strstr(at(first, 0)->detail, "for what leaves node1"));
    for (guint i = 1; i < 3; i++) {
        assert_int_equal(at(first, i)->wave, i + 1);
        assert_int_equal(at(first, i)->reason, HA_REASON_DRAIN);
    }
    carry_out(view, at(first, 0));
    g_autoptr(HaPlan) rest = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(rest->moves->len, 2); /* made anew, it is the rest of the first */
    for (guint i = 0; i < 2; i++) {
        assert_string_equal(at(rest, i)->vm, at(first, i + 1)->vm);
        assert_string_equal(at(rest, i)->to, at(first, i + 1)->to);
    }
    ha_view_free(view);
}

/* Each for itself the big ones would take the emptier node one after the other, and leave no hole for the last. */
static void places_are_sought_together_where_one_by_one_fails(void **state)
{
    HaView *view = fixture_new(3);
    fixture_node(view, "node2")->mem_mib = 8192;
    fixture_node(view, "node3")->mem_mib = 6144;
    fixture_add(view, "a", "node1", 4096);
    fixture_add(view, "b", "node1", 4096);
    fixture_add(view, "c", "node1", 3072);
    fixture_add(view, "d", "node1", 3072);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->n_blocked, 0);
    assert_int_equal(plan->moves->len, 4);
    for (guint i = 0; i < 4; i++) {
        assert_string_equal(at(plan, i)->to, at(plan, i)->mem_mib == 4096 ? "node2" : "node3");
        assert_int_equal(at(plan, i)->reason, HA_REASON_DRAIN);
        assert_non_null(at(plan, i)->detail);
    }
    assert_non_null(strstr(at(plan, 3)->detail, "chosen together with the others that leave"));
    ha_view_free(view);
}

/* Chosen together, and one failed where it was to go: the others keep what was chosen, it has to look elsewhere. */
static void together_heeds_apart_and_failures(void **state)
{
    HaView *view = fixture_new(4);
    HaGroup *group = ha_group_new("apart");
    group->affinity = HA_AFFINITY_APART;
    group->affinity_strength = HA_RULE_HARD;
    g_ptr_array_add(view->config->groups, group);
    g_autoptr(GHashTable) tried = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) failed = g_ptr_array_new();
    fixture_node(view, "node2")->mem_mib = 8192;
    fixture_node(view, "node3")->mem_mib = 6144;
    fixture_node(view, "node4")->mem_mib = 3072;
    static const struct {
        const char *vm;
        guint64 mem_mib;
    } rows[] = {{"a", 4096}, {"b", 4096}, {"c", 3072}, {"d", 3072}, {"e", 3072}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        fixture_add(view, rows[i].vm, "node1", rows[i].mem_mib);
    fixture_vm(view, "c")->group = g_strdup("apart");
    fixture_vm(view, "d")->group = g_strdup("apart");
    g_ptr_array_add(failed, (gpointer) "node4");
    g_hash_table_insert(tried, (gpointer) "e", failed);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, tried);
    assert_int_equal(plan->n_blocked, 0);
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = at(plan, i);
        const char *want = move->mem_mib == 4096 ? "node2" : strcmp(move->vm, "e") == 0 ? "node3" : NULL;
        if (want)
            assert_string_equal(move->to, want);
    }
    ha_view_free(view);
}

static void a_target_keeps_the_loss_of_any_host_survivable(void **state)
{
    HaView *view = one_hole();
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    const HaPlanMove *move = at(plan, 0);
    assert_string_equal(move->to, "node4"); /* on node2 three would find no place if node3 were lost */
    assert_non_null(strstr(move->detail, "the loss of any one host can be made up for"));
    assert_true(((HaCandidate *)move->candidates->pdata[1])->spends);
    assert_non_null(strstr(((HaCandidate *)move->candidates->pdata[1])->detail, "without memory"));
    ha_config_add_setting(view->config->properties, "hactl-spare-hosts", "0");
    g_autoptr(HaPlan) careless = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_equal(at(careless, 0)->to, "node2");
    ha_view_free(view);
}

static void what_cannot_be_kept_is_not_asked_for(void **state)
{
    HaView *view = one_hole();
    fixture_node(view, "node3")->mem_mib = 16384;
    fixture_add(view, "huge", "node3", 5120); /* lost with node3, it finds no place beside three */
    fixture_add(view, "more", "node2", 1024);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_string_equal(at(plan, 0)->to, "node2");
    assert_false(((HaCandidate *)at(plan, 0)->candidates->pdata[1])->spends);
    ha_view_free(view);
}

static void nobody_makes_room_whose_group_is_never_balanced(void **state)
{
    HaView *view = crowded();
    HaGroup *group = ha_group_new("still");
    group->balance = HA_BALANCE_NEVER;
    g_ptr_array_add(view->config->groups, group);
    fixture_vm(view, "other")->group = g_strdup("still");
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, 2);
    assert_int_equal(plan->n_blocked, 1);
    assert_int_equal(at(plan, 1)->block, HA_BLOCK_NO_TARGET);
    assert_string_equal(at(plan, 1)->vm, "big");
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_make_room_where_a_vm_fits_nowhere),
        cmocka_unit_test(places_are_sought_together_where_one_by_one_fails),
        cmocka_unit_test(together_heeds_apart_and_failures),
        cmocka_unit_test(a_target_keeps_the_loss_of_any_host_survivable),
        cmocka_unit_test(what_cannot_be_kept_is_not_asked_for),
        cmocka_unit_test(nobody_makes_room_whose_group_is_never_balanced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
