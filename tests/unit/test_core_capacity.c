/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would find no place if hosts were lost. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/core/ha_capacity.h"
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
        cmocka_unit_test(it_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
