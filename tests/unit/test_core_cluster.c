/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_balance_plan.h"

#include <string.h>

#include "tests/unit/plan_fixture.h"

static void takes_cpu(HaView *view, const char *vm, guint32 cpu_permille)
{
    ha_load_put(view->load, vm, view->now_ms, cpu_permille);
}

static HaGroup *group(HaView *view, const char *name)
{
    HaGroup *made = ha_group_new(name);
    g_ptr_array_add(view->config->groups, made);
    ha_config_sort(view->config);
    return made;
}

static const HaSolveVm *vm_of(const HaCluster *cluster, const char *name)
{
    guint32 vm = ha_cluster_find_vm(cluster, name);
    assert_int_not_equal(vm, HA_SOLVE_NONE);
    return &cluster->problem->vms[vm];
}

static void a_view_becomes_numbers(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    fixture_add(view, "vm2", "node2", 1024);
    fixture_add(view, "vm3", NULL, 1024);
    fixture_says(view, "node2", "guest", HA_VM_RUNNING, 256); /* outside hactl */
    takes_cpu(view, "vm1", 400);
    takes_cpu(view, "guest", 1000);
    fixture_node(view, "node3")->standby = TRUE;
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_MEASURED);
    assert_int_equal(cluster->vms->len, 2);
    assert_int_equal(vm_of(cluster, "vm1")->node, 0);
    assert_int_equal(vm_of(cluster, "vm1")->mem_mib, 512);
    assert_in_range(vm_of(cluster, "vm1")->load, 370000, 430000); /* four bits of it */
    assert_int_equal(vm_of(cluster, "vm2")->load, 0);
    assert_int_equal(cluster->problem->nodes[1].mem_fixed_mib, 256);
    assert_in_range(cluster->problem->nodes[1].load_fixed, 940000, 1060000);
    assert_int_equal(cluster->problem->nodes[1].mem_mib, 16384);
    assert_true(cluster->problem->nodes[1].takes);
    assert_false(cluster->problem->nodes[2].takes);
    g_autoptr(HaCluster) same = ha_cluster_new(view, HA_CLUSTER_STATIC);
    assert_int_equal(vm_of(same, "vm1")->load, 1000000); /* a vcpu */
    ha_view_free(view);
}

static void what_forbids_a_node_forbids_it_in_the_problem(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    fixture_add(view, "vm2", "node1", 512);
    g_ptr_array_add(fixture_vm(view, "vm1")->banned, g_strdup("node2"));
    fixture_vm(view, "vm2")->group = g_strdup("db");
    g_ptr_array_add(group(view, "db")->only_on, g_strdup("node2"));
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_MEASURED);
    guint32 vm1 = ha_cluster_find_vm(cluster, "vm1"), vm2 = ha_cluster_find_vm(cluster, "vm2");
    assert_false(ha_problem_allows(cluster->problem, vm1, 1));
    assert_true(ha_problem_allows(cluster->problem, vm1, 2));
    assert_true(ha_problem_allows(cluster->problem, vm2, 1));
    assert_false(ha_problem_allows(cluster->problem, vm2, 2));
    ha_view_free(view);
}

static void rules_of_groups_hold(void **state)
{
    HaView *view = fixture_new(3);
    static const char *const names[] = {"a1", "a2", "t1", "n1", "s1"}, *const groups[] = {
                                                                           "apart", "apart", "tight", "never", "soft"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        fixture_add(view, names[i], "node1", 512)->group = g_strdup(groups[i]);
    group(view, "apart")->affinity = HA_AFFINITY_APART;
    group(view, "tight")->affinity = HA_AFFINITY_TOGETHER;
    group(view, "never")->balance = HA_BALANCE_NEVER;
    group(view, "soft")->balance = HA_BALANCE_SUGGEST;
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_MEASURED);
    assert_int_not_equal(vm_of(cluster, "a1")->apart, HA_SOLVE_NONE);
    assert_int_equal(vm_of(cluster, "a1")->apart, vm_of(cluster, "a2")->apart);
    assert_int_equal(vm_of(cluster, "n1")->apart, HA_SOLVE_NONE);
    assert_true(vm_of(cluster, "t1")->fixed);
    assert_false(vm_of(cluster, "n1")->fixed);
    ha_balance_hold(cluster, HA_BALANCE_BY_ADMIN, NULL);
    assert_true(vm_of(cluster, "n1")->fixed);
    assert_false(vm_of(cluster, "s1")->fixed);
    ha_balance_hold(cluster, HA_BALANCE_BY_ITSELF, NULL);
    assert_true(vm_of(cluster, "s1")->fixed);
    assert_false(vm_of(cluster, "a1")->fixed);
    ha_view_free(view);
}

static void what_cannot_be_moved_is_fixed(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 512)->pin = g_strdup("node2");
    fixture_add(view, "vm2", "node1", 512);
    fixture_needs(view, "vm2")->local_disk = g_strdup("/srv/a.img");
    fixture_add(view, "vm3", "node1", 512);
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_MEASURED);
    assert_true(vm_of(cluster, "vm1")->fixed);
    assert_true(vm_of(cluster, "vm2")->fixed);
    assert_false(vm_of(cluster, "vm3")->fixed);
    assert_int_equal(cluster->problem->nodes[1].mem_fixed_mib, 512); /* promised to vm1 */
    ha_view_free(view);
}

static void waves_wait_for_room_and_for_like_size(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 8192);
    fixture_add(view, "vm2", "node2", 10240);
    fixture_add(view, "vm3", "node1", 128);
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_MEASURED);
    HaSolution solution = {.moves = g_array_new(FALSE, FALSE, sizeof(HaSolveMove))};
    HaSolveMove moves[] = {{2, 0, 2, HA_SOLVE_NONE}, {1, 1, 2, HA_SOLVE_NONE}, {0, 0, 1, HA_SOLVE_NONE}};
    g_array_append_vals(solution.moves, moves, 3);
    g_autoptr(HaPlan) plan = ha_balance_plan_new(cluster, &solution, &limits);
    assert_int_equal(plan->moves->len, 3);
    assert_int_equal(((HaPlanMove *)plan->moves->pdata[0])->wave, 1);
    assert_int_equal(((HaPlanMove *)plan->moves->pdata[1])->wave, 2); /* far bigger than the one before */
    assert_int_equal(((HaPlanMove *)plan->moves->pdata[2])->wave, 3); /* fits when vm2 has left node2 */
    g_array_unref(solution.moves);
    ha_view_free(view);
}

static void properties_are_read(void **state)
{
    static const struct {
        const char *text;
        guint level;
    } rows[] = {{"off", 0}, {"1", 1}, {"conservative", 1}, {"moderate", 3}, {"aggressive", 5}, {"5", 5},
        {"nonsense", 3}, {"9", 3}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HaConfig) config = ha_config_new();
        assert_int_equal(ha_balance_level_of(config), HA_BALANCE_LEVEL_DEFAULT);
        ha_config_add_setting(config->properties, "hactl-balance-level", rows[i].text);
        assert_int_equal(ha_balance_level_of(config), rows[i].level);
    }
}

static guint32 spender_of_move_to(HaView *view, guint32 to)
{
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_STATIC);
    g_autoptr(HaSolution) solution = g_new0(HaSolution, 1);
    HaSolveMove move = {.vm = ha_cluster_find_vm(cluster, "leaver"), .from = 0, .to = to, .hop = HA_SOLVE_NONE};
    solution->moves = g_array_new(FALSE, FALSE, sizeof move);
    g_array_append_val(solution->moves, move);
    guint32 spender = ha_balance_spender(cluster, solution);
    assert_true(spender == HA_SOLVE_NONE || spender == move.vm);
    return spender;
}

static void balance_spends_no_room_for_a_lost_host(void **state)
{
    HaView *view = one_hole();
    assert_int_not_equal(spender_of_move_to(view, 1), HA_SOLVE_NONE);
    assert_int_equal(spender_of_move_to(view, 2), HA_SOLVE_NONE);
    ha_config_add_setting(view->config->properties, "hactl-spare-hosts", "0");
    assert_int_equal(spender_of_move_to(view, 1), HA_SOLVE_NONE);
    ha_view_free(view);
}

/* What is not there can't be spent. */
static void balance_goes_on_where_no_host_may_be_lost_anyway(void **state)
{
    HaView *view = one_hole();
    fixture_add(view, "huge", "node2", 4096);
    assert_int_equal(spender_of_move_to(view, 1), HA_SOLVE_NONE);
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balance_spends_no_room_for_a_lost_host),
        cmocka_unit_test(balance_goes_on_where_no_host_may_be_lost_anyway),
        cmocka_unit_test(a_view_becomes_numbers),
        cmocka_unit_test(what_forbids_a_node_forbids_it_in_the_problem),
        cmocka_unit_test(rules_of_groups_hold),
        cmocka_unit_test(what_cannot_be_moved_is_fixed),
        cmocka_unit_test(waves_wait_for_room_and_for_like_size),
        cmocka_unit_test(properties_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
