/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would find no place if hosts were lost. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/core/plan/ha_capacity.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/core/plan/ha_spare.h"
#include "agent/core/plan/ha_suppose.h"
#include "tests/unit/core_fixture.h"

static const HaCapacityLoss *loss_of(const HaCapacity *capacity, const char *host)
{
    for (guint i = 0; i < capacity->losses->len; i++) {
        const HaCapacityLoss *loss = capacity->losses->pdata[i];
        if (g_strcmp0(loss->hosts->pdata[0], host) == 0)
            return loss;
    }
    fail_msg("no loss of %s", host);
    return NULL;
}

static gboolean is_down(const HaCapacityLoss *loss, const char *vm)
{
    for (guint i = 0; i < loss->down->len; i++)
        if (strcmp(((const HaCapacityVm *)loss->down->pdata[i])->vm, vm) == 0)
            return TRUE;
    return FALSE;
}

/* Three hosts of 16 GiB, each with two VMs of 4 GiB: any one can be lost. */
static HaView *half_full(void)
{
    HaView *view = fixture_new(3);
    for (guint i = 0; i < 6; i++) {
        g_autofree char *vm = g_strdup_printf("vm%u", i + 1), *node = g_strdup_printf("node%u", i % 3 + 1);
        fixture_add(view, vm, node, 4096);
    }
    return view;
}

static void a_half_full_cluster_survives(void **state)
{
    HaView *view = half_full();
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(capacity->n_sets, 3);
    assert_int_equal(capacity->n_bad, 0);
    assert_true(capacity->exhaustive);
    assert_null(ha_capacity_worst(capacity));
    assert_int_equal(loss_of(capacity, "node2")->n_vms, 2);
    assert_int_equal(loss_of(capacity, "node2")->mem_mib, 8192);
    ha_view_free(view);
}

static void two_at_once_are_too_many(void **state)
{
    HaView *view = half_full();
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 2);
    assert_int_equal(capacity->n_sets, 3);
    assert_int_equal(capacity->n_bad, 3);
    const HaCapacityLoss *worst = ha_capacity_worst(capacity);
    assert_int_equal(worst->hosts->len, 2);
    assert_int_equal(worst->down->len, 2); /* 8 of 16 GiB are free, 16 are needed */
    assert_false(worst->could_fit);
    g_autofree char *text = ha_capacity_sentence(capacity);
    assert_non_null(strstr(text, "the loss of node1 and node2 would leave 2 of 4 VMs without a place"));
    ha_view_free(view);
}

static void what_hactl_does_not_manage_takes_memory_too(void **state)
{
    HaView *view = half_full();
    fixture_says(view, "node1", "stranger", HA_VM_RUNNING, 7000);
    fixture_says(view, "node2", "stranger2", HA_VM_RUNNING, 7000);
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    const HaCapacityLoss *loss = loss_of(capacity, "node3");
    assert_int_equal(loss->down->len, 2);
    assert_non_null(strstr(((const HaCapacityVm *)loss->down->pdata[0])->why, "needs 4096 MiB"));
    assert_int_equal(loss_of(capacity, "node1")->down->len, 0); /* node3 takes both; the stranger is not recovered */
    ha_view_free(view);
}

static void hard_limits_count(void **state)
{
    HaView *view = half_full();
    g_ptr_array_add(fixture_vm(view, "vm1")->banned, g_strdup("node2"));
    g_ptr_array_add(fixture_vm(view, "vm1")->banned, g_strdup("node3"));
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_true(is_down(loss_of(capacity, "node1"), "vm1"));
    assert_int_equal(loss_of(capacity, "node1")->down->len, 1);
    ha_view_free(view);
}

static void a_host_that_takes_nothing_is_no_refuge(void **state)
{
    HaView *view = half_full();
    fixture_node(view, "node2")->standby = TRUE;
    fixture_says(view, "node3", "stranger", HA_VM_RUNNING, 4096);
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(capacity, "node1")->down->len, 1);
    ha_view_free(view);
}

static void what_is_not_wanted_is_not_recovered(void **state)
{
    HaView *view = half_full();
    fixture_vm(view, "vm1")->wanted_running = FALSE;
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(capacity, "node1")->n_vms, 1);
    ha_view_free(view);
}

/* The emptiest host first leaves 6 GiB and 5 GiB for an 8 GiB VM that comes later in no packing: only the tight one
 * fits. */
static void a_tighter_packing_is_tried(void **state)
{
    HaView *view = fixture_new(4);
    fixture_says(view, "node2", "stranger2", HA_VM_RUNNING, 6 * 1024);  /* 10 GiB free */
    fixture_says(view, "node3", "stranger3", HA_VM_RUNNING, 10 * 1024); /* 6 GiB free */
    fixture_says(view, "node4", "stranger4", HA_VM_RUNNING, 16 * 1024); /* full */
    fixture_add(view, "big1", "node1", 6 * 1024); /* emptiest first: on node2; tightly: on node3 */
    fixture_add(view, "mid1", "node1", 5 * 1024);
    fixture_add(view, "mid2", "node1", 5 * 1024);
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(capacity, "node1")->down->len, 0);
    ha_view_free(view);
}

static void memory_in_pieces_is_said(void **state)
{
    HaView *view = fixture_new(3);
    fixture_says(view, "node2", "stranger2", HA_VM_RUNNING, 10 * 1024);
    fixture_says(view, "node3", "stranger3", HA_VM_RUNNING, 10 * 1024);
    fixture_add(view, "big", "node1", 8 * 1024);
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(capacity, "node1")->down->len, 1);
    assert_true(loss_of(capacity, "node1")->could_fit); /* 6 GiB here, 6 GiB there */
    ha_view_free(view);
}

/* ---- rules of groups ---- */

static HaGroup *group_with(HaView *view, const char *name, HaAffinity affinity)
{
    HaGroup *group = ha_group_new(name);
    group->affinity = affinity;
    group->affinity_strength = group->only_on_strength = HA_RULE_HARD;
    ha_sorted_put(view->config->groups, group);
    return group;
}

static void member(HaView *view, const char *vm, const char *group)
{
    HaConfigVm *known = fixture_vm(view, vm);
    g_free(known->group);
    known->group = g_strdup(group);
}

static void hard_rules_count(void **state)
{
    HaView *view = half_full(); /* vm1, vm4 on node1; vm2, vm5 on node2; vm3, vm6 on node3 */
    HaGroup *group = group_with(view, "web", HA_AFFINITY_NONE);
    g_ptr_array_add(group->only_on, g_strdup("node1"));
    member(view, "vm1", "web");
    g_autoptr(HaCapacity) only = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(only, "node1")->down->len, 1);
    assert_true(is_down(loss_of(only, "node1"), "vm1"));
    assert_non_null(strstr(((const HaCapacityVm *)loss_of(only, "node1")->down->pdata[0])->why, "only on node1"));
    group->only_on_strength = HA_RULE_SOFT;
    g_autoptr(HaCapacity) soft = ha_capacity_check(view, 1);
    assert_int_equal(soft->n_bad, 0);
    ha_view_free(view);
}

/* Three VMs apart on three hosts: whichever host is lost, its one has no place, though there is memory. */
static void apart_is_kept_when_hosts_are_lost(void **state)
{
    HaView *view = half_full();
    group_with(view, "db", HA_AFFINITY_APART);
    member(view, "vm1", "db");
    member(view, "vm2", "db");
    g_autoptr(HaCapacity) two = ha_capacity_check(view, 1);
    assert_int_equal(two->n_bad, 0);
    member(view, "vm3", "db");
    g_autoptr(HaCapacity) three = ha_capacity_check(view, 1);
    assert_int_equal(three->n_bad, 3);
    assert_true(is_down(loss_of(three, "node2"), "vm2"));
    assert_non_null(strstr(((const HaCapacityVm *)loss_of(three, "node2")->down->pdata[0])->why, "apart from"));
    ha_view_free(view);
}

/* 4 GiB here, 8 GiB there: two of 4 GiB that go together need the second host, whatever is emptier for the first. */
static void together_is_placed_as_one(void **state)
{
    HaView *view = fixture_new(4);
    fixture_says(view, "node2", "stranger2", HA_VM_RUNNING, 11 * 1024);
    fixture_says(view, "node3", "stranger3", HA_VM_RUNNING, 8 * 1024);
    fixture_says(view, "node4", "stranger4", HA_VM_RUNNING, 16 * 1024);
    fixture_add(view, "lone", "node1", 5 * 1024);
    fixture_add(view, "pair1", "node1", 4 * 1024);
    fixture_add(view, "pair2", "node1", 4 * 1024);
    group_with(view, "pair", HA_AFFINITY_TOGETHER);
    member(view, "pair1", "pair");
    member(view, "pair2", "pair");
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(capacity, "node1")->down->len, 0); /* tightly: lone fills node2, the pair node3 */
    fixture_says(view, "node3", "stranger3", HA_VM_RUNNING, 9 * 1024);
    g_autoptr(HaCapacity) fuller = ha_capacity_check(view, 1);
    assert_true(is_down(loss_of(fuller, "node1"), "pair1") != is_down(loss_of(fuller, "node1"), "pair2"));
    ha_view_free(view);
}

/* vm1 moves from node1 to node2: it takes memory once, there. */
static void a_move_is_counted_once(void **state)
{
    HaView *view = half_full();
    fixture_vm(view, "vm1")->pin = g_strdup("node2");
    g_autoptr(HaCapacity) capacity = ha_capacity_check(view, 1);
    assert_int_equal(loss_of(capacity, "node1")->n_vms, 1);
    assert_int_equal(loss_of(capacity, "node2")->n_vms, 3); /* 12 GiB, and 12 + 8 are free */
    assert_int_equal(capacity->n_bad, 0);
    ha_view_free(view);
}

static void what_matters_changes_the_fingerprint(void **state)
{
    HaView *view = half_full();
    guint64 before = ha_capacity_fingerprint(view, 1);
    assert_true(before == ha_capacity_fingerprint(view, 1));
    assert_true(before != ha_capacity_fingerprint(view, 2));
    fixture_report(view, "node1")->cpu_permille++; /* does not matter */
    assert_true(before == ha_capacity_fingerprint(view, 1));
    fixture_says(view, "node1", "stranger", HA_VM_RUNNING, 1);
    guint64 fuller = ha_capacity_fingerprint(view, 1);
    assert_true(before != fuller);
    fixture_node(view, "node2")->standby = TRUE;
    guint64 standby = ha_capacity_fingerprint(view, 1);
    assert_true(fuller != standby);
    view->config->epoch++;
    assert_true(standby != ha_capacity_fingerprint(view, 1));
    ha_view_free(view);
}

/* ---- what would be ---- */

static void a_start_is_supposed_where_there_is_room(void **state)
{
    HaView *view = half_full();
    fixture_add(view, "vm7", NULL, 4096)->wanted_running = FALSE;
    g_autoptr(HaSuppose) one = ha_suppose_new(view);
    assert_true(ha_suppose_start(one, "vm7"));
    assert_null(ha_spare_breach(view, ha_suppose_view(one), NULL)); /* 24 + 4 of 32 GiB */
    assert_false(fixture_vm(view, "vm7")->wanted_running);
    assert_null(fixture_vm(view, "vm7")->pin);

    fixture_add(view, "vm8", NULL, 6144)->wanted_running = FALSE;
    g_autoptr(HaSuppose) two = ha_suppose_new(view);
    assert_true(ha_suppose_start(two, "vm7"));
    assert_true(ha_suppose_start(two, "vm8"));
    g_autofree char *breach = ha_spare_breach(view, ha_suppose_view(two), NULL);
    assert_non_null(breach);
    assert_non_null(strstr(breach, "with it the loss of node"));
    assert_non_null(strstr(breach, "hactl-spare-hosts"));
    ha_view_free(view);
}

/* Of the first VM on a storage no host has a word about it yet; of later ones it has. */
static void a_new_vm_may_bring_new_storage(void **state)
{
    HaView *view = half_full();
    HaNeeds *needs = ha_needs_new();
    needs->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "vm7", -1);
    needs->name = g_strdup("vm7");
    needs->mem_mib = 1024;
    g_ptr_array_add(needs->storage, g_strdup("iscsi://10.0.0.9:3260"));
    g_autoptr(HaSuppose) unknown = ha_suppose_new(view);
    ha_suppose_add(unknown, needs, HA_GROUP_DEFAULT);
    assert_true(ha_suppose_start(unknown, "vm7"));
    assert_null(ha_spare_breach(view, ha_suppose_view(unknown), NULL));

    g_ptr_array_add(fixture_report(view, "node1")->storage, ha_report_storage_new("iscsi://10.0.0.9:3260", TRUE, NULL));
    g_autoptr(HaSuppose) one_host = ha_suppose_new(view);
    ha_suppose_add(one_host, needs, HA_GROUP_DEFAULT);
    assert_true(ha_suppose_start(one_host, "vm7"));
    g_autofree char *breach = ha_spare_breach(view, ha_suppose_view(one_host), NULL);
    assert_non_null(strstr(breach, "the loss of node1"));
    ha_needs_free(needs);
    ha_view_free(view);
}

static void what_is_short_already_is_not_warned_of_again(void **state)
{
    HaView *view = half_full();
    fixture_says(view, "node1", "stranger", HA_VM_RUNNING, 7000);
    fixture_says(view, "node2", "stranger2", HA_VM_RUNNING, 7000);
    fixture_add(view, "vm7", NULL, 4096)->wanted_running = FALSE;
    g_autoptr(HaSuppose) suppose = ha_suppose_new(view);
    assert_true(ha_suppose_start(suppose, "vm7"));
    assert_null(ha_spare_breach(view, ha_suppose_view(suppose), NULL));
    ha_view_free(view);
}

static void a_vm_that_fits_nowhere_is_named(void **state)
{
    HaView *view = half_full();
    fixture_add(view, "huge", NULL, 20000)->wanted_running = FALSE;
    g_autoptr(HaSuppose) suppose = ha_suppose_new(view);
    assert_false(ha_suppose_start(suppose, "huge"));
    g_autofree char *breach = ha_spare_breach(view, ha_suppose_view(suppose), "huge");
    assert_non_null(strstr(breach, "no host has a place for huge even now"));
    ha_config_add_setting(view->config->properties, "hactl-spare-hosts", "0");
    assert_null(ha_spare_breach(view, ha_suppose_view(suppose), "huge"));
    ha_view_free(view);
}

static void the_setting_is_read(void **state)
{
    static const struct {
        const char *value;
        guint hosts;
    } rows[] = {{"0", 0}, {"1", 1}, {"2", 2}, {"3", 3}, {"17", 3}, {"-1", 1}, {"two", 1}, {"", 1}};
    HaConfig *none = ha_config_new();
    assert_int_equal(ha_spare_hosts(none), 1);
    ha_config_free(none);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaConfig *config = ha_config_new();
        ha_config_add_setting(config->properties, "hactl-spare-hosts", rows[i].value);
        assert_int_equal(ha_spare_hosts(config), rows[i].hosts);
        ha_config_free(config);
    }
}

/* 32 hosts with 1,000 VMs: cheap enough to be looked at every few seconds. */
static void it_is_cheap(void **state)
{
    HaView *view = fixture_new(32);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *vm = g_strdup_printf("vm%04u", i), *node = g_strdup_printf("node%u", i % 32 + 1);
        fixture_add(view, vm, node, 256 + 64 * (i % 5));
    }
    for (guint k = 1; k <= 3; k++) {
        clock_t begun = clock();
        g_autoptr(HaCapacity) capacity = ha_capacity_check(view, k);
        double ms = (double)(clock() - begun) * 1000 / CLOCKS_PER_SEC;
        print_message(
            "32 hosts, 1000 VMs, %u lost: %u sets, %u bad, %.0f ms\n", k, capacity->n_sets, capacity->n_bad, ms);
        assert_true(capacity->exhaustive);
        assert_true(ms < (k < 3 ? 2000 : 20000));
    }
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_half_full_cluster_survives),
        cmocka_unit_test(two_at_once_are_too_many),
        cmocka_unit_test(what_hactl_does_not_manage_takes_memory_too),
        cmocka_unit_test(hard_limits_count),
        cmocka_unit_test(a_host_that_takes_nothing_is_no_refuge),
        cmocka_unit_test(what_is_not_wanted_is_not_recovered),
        cmocka_unit_test(a_tighter_packing_is_tried),
        cmocka_unit_test(memory_in_pieces_is_said),
        cmocka_unit_test(hard_rules_count),
        cmocka_unit_test(apart_is_kept_when_hosts_are_lost),
        cmocka_unit_test(together_is_placed_as_one),
        cmocka_unit_test(a_move_is_counted_once),
        cmocka_unit_test(what_matters_changes_the_fingerprint),
        cmocka_unit_test(a_start_is_supposed_where_there_is_room),
        cmocka_unit_test(a_new_vm_may_bring_new_storage),
        cmocka_unit_test(what_is_short_already_is_not_warned_of_again),
        cmocka_unit_test(a_vm_that_fits_nowhere_is_named),
        cmocka_unit_test(the_setting_is_read),
        cmocka_unit_test(it_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
