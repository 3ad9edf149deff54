/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a VM on a node that is drained, and what is said of it. */
#include "tests/unit/plan_fixture.h"

typedef struct {
    const char *what;
    void (*spoil)(HaView *view);
    HaBlock want, want_with_restart;
} BlockRow;

static void no_definition(HaView *view)
{
    g_ptr_array_set_size(view->needs, 0);
}

static void local_disk(HaView *view)
{
    fixture_needs(view, "vm1")->local_disk = g_strdup("/srv/a.img");
}

static void host_device(HaView *view)
{
    fixture_needs(view, "vm1")->host_device = g_strdup("PCI 0000:01:00.0");
}

static void paused(HaView *view)
{
    fixture_says(view, "node1", "vm1", HA_VM_PAUSED, 512);
}

static void io_error(HaView *view)
{
    fixture_says(view, "node1", "vm1", HA_VM_IO_ERROR, 512);
}

static void unmanaged(HaView *view)
{
    fixture_vm(view, "vm1")->managed = FALSE;
}

static void cluster_maintenance(HaView *view)
{
    view->config->maintenance = TRUE;
}

static void failed_action(HaView *view)
{
    fixture_place(view, "vm1", "node1")->failed = TRUE;
}

static void two_copies(HaView *view)
{
    fixture_says(view, "node2", "vm1", HA_VM_RUNNING, 512);
}

static void half_way(HaView *view)
{
    fixture_place(view, "vm1", "node1")->active = FALSE; /* migrate_to succeeded, migrate_from has not begun */
}

/* Pacemaker has not stopped it yet, or does not know that it runs: a pin would be taken back at once, for ever. */
static void to_be_stopped(HaView *view)
{
    fixture_vm(view, "vm1")->wanted_running = FALSE;
}

static void no_room(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 100;
    fixture_node(view, "node3")->standby = TRUE;
}

static void hactld_down_there(HaView *view)
{
    fixture_age(view, "node1", HA_REPORT_STALE_MS + 1);
}

static void blocked_ones_come_last_with_reason_and_remedy(void **state)
{
    static const BlockRow rows[] = {
        {"local disk", local_disk, HA_BLOCK_LOCAL_DISK, HA_BLOCK_LOCAL_DISK},
        {"host device", host_device, HA_BLOCK_HOST_DEVICE, HA_BLOCK_NONE},
        {"paused", paused, HA_BLOCK_NOT_RUNNING, HA_BLOCK_NONE},
        {"I/O error", io_error, HA_BLOCK_NOT_RUNNING, HA_BLOCK_NONE},
        {"unmanaged", unmanaged, HA_BLOCK_UNMANAGED, HA_BLOCK_UNMANAGED},
        {"maintenance", cluster_maintenance, HA_BLOCK_UNMANAGED, HA_BLOCK_UNMANAGED},
        {"failed action", failed_action, HA_BLOCK_PACEMAKER, HA_BLOCK_PACEMAKER},
        {"two copies", two_copies, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"half-way elsewhere", half_way, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"to be stopped", to_be_stopped, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"no definition", no_definition, HA_BLOCK_UNKNOWN, HA_BLOCK_UNKNOWN},
        {"no room", no_room, HA_BLOCK_NO_TARGET, HA_BLOCK_NO_TARGET},
        {"hactld down", hactld_down_there, HA_BLOCK_NONE, HA_BLOCK_NONE}, /* Pacemaker and the agent are there */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (guint restart = 0; restart < 2; restart++) {
            HaView *view = fixture_new(3);
            fixture_add(view, "vm1", "node1", 512);
            rows[i].spoil(view);
            g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", (gboolean)restart, NULL);
            const HaPlanMove *move = at(plan, 0);
            HaBlock want = restart ? rows[i].want_with_restart : rows[i].want;
            if (move->block != want)
                fail_msg("%s: got %s, not %s", rows[i].what, ha_block_word(move->block), ha_block_word(want));
            assert_int_equal(plan->n_blocked, want != HA_BLOCK_NONE);
            assert_int_equal(move->wave, want == HA_BLOCK_NONE);
            assert_non_null(move->detail);
            if (want != HA_BLOCK_NONE) {
                assert_null(move->to);
                assert_non_null(move->remedy);
            } else {
                assert_int_equal(move->mode, rows[i].want == HA_BLOCK_NONE ? HA_MOVE_LIVE : HA_MOVE_RESTART);
            }
            ha_view_free(view);
        }
    }
}

static void who_cannot_move_is_named_after_who_can(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 128);
    local_disk(view);
    fixture_add(view, "vm2", "node1", 2048);
    fixture_says(view, "node1", "guest", HA_VM_RUNNING, 256);
    fixture_says(view, "node1", "arriving", HA_VM_INCOMING, 256); /* not there yet */
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(plan->moves->len, 3);
    assert_int_equal(plan->n_blocked, 2);
    assert_string_equal(at(plan, 0)->vm, "vm2");
    assert_string_equal(at(plan, 1)->vm, "guest");
    assert_int_equal(at(plan, 1)->block, HA_BLOCK_NOT_MANAGED);
    assert_string_equal(at(plan, 2)->vm, "vm1");
    assert_non_null(strstr(at(plan, 2)->detail, "/srv/a.img"));
    ha_view_free(view);
}

static void no_target_names_each_candidate(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "vm1", "node1", 512);
    no_room(view);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    const char *detail = at(plan, 0)->detail;
    assert_non_null(strstr(detail, "node2: not enough free memory (needs 512 MiB, 100 of 100 MiB free)"));
    assert_non_null(strstr(detail, "node3: the node is in standby"));
    assert_null(strstr(detail, "node1"));
    ha_view_free(view);
}

static void a_tried_node_is_passed_over_while_there_is_another(void **state)
{
    HaView *view = fixture_new(3);
    g_autoptr(GHashTable) tried = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    fixture_add(view, "vm1", "node1", 512);
    g_ptr_array_add(nodes, (gpointer) "node2");
    g_hash_table_insert(tried, (gpointer) "vm1", nodes);
    g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", FALSE, tried);
    assert_string_equal(at(plan, 0)->to, "node3");
    g_ptr_array_add(nodes, (gpointer) "node3"); /* all were tried: then again any */
    g_autoptr(HaPlan) again = ha_plan_drain(view, &limits, "node1", FALSE, tried);
    assert_string_equal(at(again, 0)->to, "node2");
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocked_ones_come_last_with_reason_and_remedy),
        cmocka_unit_test(who_cannot_move_is_named_after_who_can),
        cmocka_unit_test(no_target_names_each_candidate),
        cmocka_unit_test(a_tried_node_is_passed_over_while_there_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
