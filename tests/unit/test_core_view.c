/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_view.h"

#include "agent/core/ha_leader.h"
#include "tests/unit/core_fixture.h"

static void check_where(const HaView *view, HaVmState state, const char *node, const char *incoming, guint copies)
{
    HaWhere where = ha_view_where(view, "vm1");
    assert_int_equal(where.state, state);
    assert_int_equal(g_strcmp0(where.node, node), 0);
    assert_int_equal(g_strcmp0(where.incoming, incoming), 0);
    assert_int_equal(where.copies, copies);
}

static void a_fresh_report_outranks_the_history(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    check_where(view, HA_VM_RUNNING, "node1", NULL, 1);
    fixture_silent(view, "node1", "vm1");
    fixture_says(view, "node3", "vm1", HA_VM_RUNNING, 512);
    check_where(view, HA_VM_RUNNING, "node3", NULL, 1);
    ha_view_free(view);
}

static void a_migrating_vm_runs_on_its_source(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node2", 512);
    fixture_says(view, "node2", "vm1", HA_VM_MIGRATING, 512);
    fixture_says(view, "node1", "vm1", HA_VM_INCOMING, 512);
    HaWhere where = ha_view_where(view, "vm1");
    assert_int_equal(where.state, HA_VM_MIGRATING);
    assert_string_equal(where.node, "node2");
    assert_string_equal(where.incoming, "node1");
    assert_string_equal(where.leaving, "node2");
    ha_view_free(view);
}

static void around_the_switch_over_there_is_one_copy(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    fixture_says(view, "node1", "vm1", HA_VM_MIGRATING, 512);
    fixture_says(view, "node2", "vm1", HA_VM_RUNNING, 512);
    check_where(view, HA_VM_RUNNING, "node2", NULL, 1);
    ha_view_free(view);
}

static void two_copies_are_counted(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    fixture_says(view, "node2", "vm1", HA_VM_RUNNING, 512);
    check_where(view, HA_VM_RUNNING, "node1", NULL, 2);
    fixture_says(view, "node1", "vm1", HA_VM_PAUSED, 512); /* the running one is believed */
    check_where(view, HA_VM_RUNNING, "node2", NULL, 1);
    ha_view_free(view);
}

static void unknown_is_never_not_running(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node2", 512);
    fixture_age(view, "node2", HA_REPORT_STALE_MS); /* just fresh enough */
    check_where(view, HA_VM_RUNNING, "node2", NULL, 1);
    fixture_age(view, "node2", HA_REPORT_STALE_MS + 1);
    check_where(view, HA_VM_UNKNOWN, "node2", NULL, 0);

    fixture_age(view, "node2", 0);
    fixture_report(view, "node2")->libvirt = HA_LIBVIRT_AWAY;
    fixture_silent(view, "node2", "vm1");
    check_where(view, HA_VM_UNKNOWN, "node2", NULL, 0);
    ha_view_free(view);
}

static void absent_needs_every_answer(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", NULL, 512);
    check_where(view, HA_VM_ABSENT, NULL, NULL, 0);
    fixture_report(view, "node3")->libvirt = HA_LIBVIRT_AWAY;
    check_where(view, HA_VM_UNKNOWN, NULL, NULL, 0);
    fixture_node(view, "node3")->state = HA_NODE_UNCLEAN; /* lost, and not yet fenced */
    check_where(view, HA_VM_UNKNOWN, NULL, NULL, 0);
    fixture_node(view, "node3")->state = HA_NODE_OFFLINE; /* certainly down */
    check_where(view, HA_VM_ABSENT, NULL, NULL, 0);
    ha_view_free(view);
}

static void a_vm_that_nobody_knows(void **state)
{
    HaView *view = fixture_new(2);
    check_where(view, HA_VM_UNKNOWN, NULL, NULL, 0);
    ha_view_put_config(view, NULL); /* Pacemaker is away */
    check_where(view, HA_VM_UNKNOWN, NULL, NULL, 0);
    fixture_says(view, "node1", "vm1", HA_VM_RUNNING, 512);
    check_where(view, HA_VM_RUNNING, "node1", NULL, 1);
    ha_view_free(view);
}

static void check_mem(const HaView *view, const char *node, guint64 capacity, guint64 used)
{
    guint64 got_capacity, got_used;
    ha_view_node_mem(view, node, &got_capacity, &got_used);
    assert_int_equal(got_capacity, capacity);
    assert_int_equal(got_used, used);
}

static void memory_counts_what_is_there_and_what_is_coming(void **state)
{
    HaView *view = fixture_new(2);
    check_mem(view, "node1", 16384, 0);
    fixture_add(view, "vm1", "node1", 512);
    fixture_add(view, "vm2", "node2", 1024)->pin = g_strdup("node1");
    check_mem(view, "node1", 16384, 1536);
    fixture_says(view, "node1", "vm2", HA_VM_INCOMING, 1024); /* pinned and arriving: once */
    check_mem(view, "node1", 16384, 1536);
    fixture_says(view, "node1", "foreign", HA_VM_RUNNING, 256); /* unknown to the cluster, and it takes memory */
    check_mem(view, "node1", 16384, 1792);
    fixture_says(view, "node1", "vm1", HA_VM_RUNNING, 600); /* libvirt knows better than the CIB */
    check_mem(view, "node1", 16384, 1880);
    ha_view_free(view);
}

static void memory_capacity_is_the_cibs_or_the_hosts(void **state)
{
    HaView *view = fixture_new(2);
    fixture_report(view, "node1")->mem_reserve_bytes = 1ull << 30;
    check_mem(view, "node1", 15360, 0);
    fixture_node(view, "node1")->mem_mib = 4096;
    check_mem(view, "node1", 4096, 0);
    fixture_report(view, "node2")->mem_reserve_bytes = 17ull << 30; /* more than there is */
    check_mem(view, "node2", 0, 0);
    check_mem(view, "nowhere", 0, 0);
    fixture_add(view, "vm1", "node2", 512);
    fixture_age(view, "node2", HA_REPORT_STALE_MS + 1); /* then Pacemaker's history counts */
    check_mem(view, "node2", 0, 512);
    ha_view_free(view);
}

static void reports_of_those_who_left_are_forgotten(void **state)
{
    HaView *view = fixture_new(3);
    g_ptr_array_remove_index(view->members, 1);
    ha_view_drop_absent(view);
    assert_non_null(ha_view_report(view, "node1"));
    assert_null(ha_view_report(view, "node2"));
    assert_non_null(ha_view_report(view, "node3"));
    ha_view_free(view);
}

/* ---- leader ---- */

static void the_oldest_leads(void **state)
{
    static const struct {
        guint64 joined[3]; /* 0: has not spoken */
        gboolean quorate;
        gint64 since_ms; /* the membership's age */
        const char *incumbent, *leader;
    } rows[] = {
        {{5, 3, 4}, TRUE, 99999, NULL, "node2"},
        {{3, 3, 4}, TRUE, 99999, NULL, "node1"},
        {{3, 3, 4}, FALSE, 99999, NULL, NULL},
        {{0, 3, 4}, TRUE, 100, NULL, NULL}, /* the silent one might be older */
        {{0, 3, 4}, TRUE, HA_LEADER_PATIENCE_MS - 1, NULL, NULL},
        {{0, 3, 4}, TRUE, HA_LEADER_PATIENCE_MS, NULL, "node2"},
        {{0, 3, 4}, TRUE, 100, "node3", "node3"}, /* who led goes on meanwhile */
        {{0, 3, 4}, TRUE, 100, "node1", NULL},    /* it is the silent one itself */
        {{0, 3, 4}, TRUE, 100, "node9", NULL},    /* it is gone */
        {{0, 0, 0}, TRUE, 99999, NULL, NULL},
        {{3, 4, 5}, TRUE, 100, "node3", "node1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = fixture_new(3);
        view->quorate = rows[i].quorate;
        for (guint j = 0; j < 3; j++) {
            HaMember *member = view->members->pdata[j];
            member->joined = rows[i].joined[j];
            if (!member->joined)
                g_clear_pointer(&member->node, g_free);
        }
        assert_int_equal(
            g_strcmp0(ha_leader_pick(view, view->now_ms - rows[i].since_ms, rows[i].incumbent), rows[i].leader), 0);
        ha_view_free(view);
    }
}

/* It agrees with ha_view_where, whoever says where a VM is. */
static void who_is_on_a_node_is_known_without_asking_all(void **state)
{
    HaView *view = fixture_new(3);
    const HaConfigVm *reported = fixture_add(view, "reported", "node1", 512);
    const HaConfigVm *history = fixture_add(view, "history", "node2", 512);
    const HaConfigVm *moving = fixture_add(view, "moving", "node1", 512);
    const HaConfigVm *nowhere = fixture_add(view, "nowhere", NULL, 512);
    fixture_says(view, "node3", "moving", HA_VM_INCOMING, 512);
    fixture_place(view, "reported", "node1")->active = FALSE; /* Pacemaker does not know it yet */
    fixture_age(view, "node2", HA_REPORT_STALE_MS + 1);
    assert_true(ha_view_is_on(view, reported, "node1"));
    assert_true(ha_view_is_on(view, history, "node2"));
    assert_true(ha_view_is_on(view, moving, "node1"));
    const HaConfigVm *const all[] = {reported, history, moving, nowhere};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        for (guint node = 1; node <= 3; node++) {
            g_autofree char *name = g_strdup_printf("node%u", node);
            gboolean there = g_strcmp0(ha_view_where(view, all[i]->name).node, name) == 0;
            assert_int_equal(ha_view_is_on(view, all[i], name), there);
        }
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_report_outranks_the_history),
        cmocka_unit_test(a_migrating_vm_runs_on_its_source),
        cmocka_unit_test(around_the_switch_over_there_is_one_copy),
        cmocka_unit_test(two_copies_are_counted),
        cmocka_unit_test(unknown_is_never_not_running),
        cmocka_unit_test(absent_needs_every_answer),
        cmocka_unit_test(a_vm_that_nobody_knows),
        cmocka_unit_test(memory_counts_what_is_there_and_what_is_coming),
        cmocka_unit_test(memory_capacity_is_the_cibs_or_the_hosts),
        cmocka_unit_test(reports_of_those_who_left_are_forgotten),
        cmocka_unit_test(the_oldest_leads),
        cmocka_unit_test(who_is_on_a_node_is_known_without_asking_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
