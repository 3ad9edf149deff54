/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can this node take this VM? Each refusal with its reason. */
#include "tests/unit/plan_fixture.h"

typedef struct {
    const char *what;
    void (*spoil)(HaView *view);
    HaBlock want;
} PlaceRow;

static void nothing(HaView *view)
{
}

static void it_runs_there(HaView *view)
{
    fixture_silent(view, "node1", "vm1");
    fixture_says(view, "node2", "vm1", HA_VM_RUNNING, 512);
}

static void offline(HaView *view)
{
    fixture_node(view, "node2")->state = HA_NODE_OFFLINE;
}

static void unclean(HaView *view)
{
    fixture_node(view, "node2")->state = HA_NODE_UNCLEAN;
}

static void standby(HaView *view)
{
    fixture_node(view, "node2")->standby = TRUE;
}

static void maintenance(HaView *view)
{
    fixture_node(view, "node2")->maintenance = TRUE;
}

static void draining(HaView *view)
{
    fixture_node(view, "node2")->wish.kind = HA_WISH_DRAIN;
}

static void draining_in_standby(HaView *view)
{
    draining(view);
    standby(view);
}

static void returning(HaView *view)
{
    fixture_node(view, "node2")->wish.kind = HA_WISH_RETURN;
}

static void no_agent(HaView *view)
{
    fixture_age(view, "node2", HA_REPORT_STALE_MS + 1);
}

static void libvirt_away(HaView *view)
{
    fixture_report(view, "node2")->libvirt = HA_LIBVIRT_AWAY;
}

static void banned(HaView *view)
{
    g_ptr_array_add(fixture_vm(view, "vm1")->banned, g_strdup("node2"));
}

static void storage_not_probed(HaView *view)
{
    g_ptr_array_add(fixture_needs(view, "vm1")->storage, g_strdup("nbd://s:1"));
}

static void storage_bad(HaView *view)
{
    storage_not_probed(view);
    g_ptr_array_add(fixture_report(view, "node2")->storage, ha_report_storage_new("nbd://s:1", FALSE, "refused"));
}

static void storage_good(HaView *view)
{
    storage_not_probed(view);
    g_ptr_array_add(fixture_report(view, "node2")->storage, ha_report_storage_new("nbd://s:1", TRUE, NULL));
}

static void no_bridge(HaView *view)
{
    g_ptr_array_set_size(fixture_report(view, "node2")->bridges, 0);
}

static void just_fits(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 512;
}

static void too_small(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 511;
}

static void full(HaView *view)
{
    fixture_node(view, "node2")->mem_mib = 1024;
    fixture_add(view, "vm2", "node2", 600);
}

static void given(HaView *view, const char *cpu)
{
    ((HaReportVm *)ha_report_find_vm(fixture_report(view, "node1"), "vm1"))->cpu = g_strdup(cpu);
}

static void lacks(HaView *view, const char *node, const char *cpu)
{
    g_ptr_array_add(fixture_report(view, node)->cpu_lacks, ha_report_cpu_new(cpu, "missing features: avx2"));
}

static void cpu_known_nowhere(HaView *view)
{
    given(view, "skylake");
}

static void cpu_not_given(HaView *view)
{
    lacks(view, "node2", "skylake");
}

static void cpu_lacking(HaView *view)
{
    given(view, "skylake");
    lacks(view, "node2", "skylake");
}

static void another_cpu_lacking(HaView *view)
{
    given(view, "skylake");
    lacks(view, "node2", "zen");
}

/* Where the host that runs it says that it can't offer it, what libvirt compares is worth nothing. */
static void cpu_lacking_at_home_too(HaView *view)
{
    cpu_lacking(view);
    lacks(view, "node1", "skylake");
}

static void no_definition(HaView *view)
{
    g_ptr_array_set_size(view->needs, 0);
}

static void each_refusal_has_its_reason(void **state)
{
    static const PlaceRow rows[] = {
        {"nothing", nothing, HA_BLOCK_NONE},
        {"self", it_runs_there, HA_BLOCK_NODE_SELF},
        {"offline", offline, HA_BLOCK_NODE_OFFLINE},
        {"unclean", unclean, HA_BLOCK_NODE_OFFLINE},
        {"standby", standby, HA_BLOCK_NODE_STANDBY},
        {"maintenance", maintenance, HA_BLOCK_NODE_MAINTENANCE},
        {"draining", draining, HA_BLOCK_NODE_DRAINING},
        {"draining in standby", draining_in_standby, HA_BLOCK_NODE_DRAINING},
        {"returning", returning, HA_BLOCK_NONE},
        {"no agent", no_agent, HA_BLOCK_NODE_NO_AGENT},
        {"libvirt", libvirt_away, HA_BLOCK_NODE_LIBVIRT},
        {"banned", banned, HA_BLOCK_NODE_BANNED},
        {"storage not probed", storage_not_probed, HA_BLOCK_NODE_STORAGE},
        {"storage bad", storage_bad, HA_BLOCK_NODE_STORAGE},
        {"storage good", storage_good, HA_BLOCK_NONE},
        {"bridge", no_bridge, HA_BLOCK_NODE_BRIDGE},
        {"cpu known nowhere", cpu_known_nowhere, HA_BLOCK_NONE},
        {"cpu not given", cpu_not_given, HA_BLOCK_NONE},
        {"cpu", cpu_lacking, HA_BLOCK_NODE_CPU},
        {"another cpu", another_cpu_lacking, HA_BLOCK_NONE},
        {"cpu lacking at home too", cpu_lacking_at_home_too, HA_BLOCK_NONE},
        {"just fits", just_fits, HA_BLOCK_NONE},
        {"too small", too_small, HA_BLOCK_NODE_MEMORY},
        {"full", full, HA_BLOCK_NODE_MEMORY},
        {"no definition", no_definition, HA_BLOCK_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = fixture_new(3);
        g_autoptr(HaPromises) promises = ha_promises_new();
        g_autofree char *detail = NULL;
        fixture_add(view, "vm1", "node1", 512);
        rows[i].spoil(view);
        HaBlock got = ha_place_check(view, "vm1", "node2", promises, NULL, &detail);
        if (got != rows[i].want)
            fail_msg("%s: got %s, not %s", rows[i].what, ha_block_word(got), ha_block_word(rows[i].want));
        assert_int_equal(ha_place_check(view, "vm1", "node2", promises, NULL, NULL), got); /* the detail is nullable */
        ha_view_free(view);
    }
}

static void tried_promised_and_unknown_are_refused(void **state)
{
    HaView *view = fixture_new(2);
    g_autoptr(HaPromises) promises = ha_promises_new();
    g_autoptr(GPtrArray) tried = g_ptr_array_new();
    fixture_add(view, "vm1", "node1", 512);
    g_ptr_array_add(tried, (gpointer) "node2");
    assert_int_equal(ha_place_check(view, "vm1", "node2", promises, tried, NULL), HA_BLOCK_NODE_TRIED);
    ha_promises_add(promises, "node2", 16384 - 511);
    assert_int_equal(ha_place_check(view, "vm1", "node2", promises, NULL, NULL), HA_BLOCK_NODE_MEMORY);
    assert_int_equal(ha_place_check(view, "vm1", "node9", promises, NULL, NULL), HA_BLOCK_UNKNOWN);
    assert_int_equal(ha_place_check(view, "vm9", "node2", promises, NULL, NULL), HA_BLOCK_UNKNOWN);
    ha_view_free(view);
}

static void home_looks_past_the_drain_that_ends(void **state)
{
    HaView *view = fixture_new(2);
    g_autoptr(HaPromises) promises = ha_promises_new();
    fixture_add(view, "vm1", "node1", 512);
    draining_in_standby(view);
    assert_int_equal(ha_place_check_home(view, "vm1", "node2", promises, NULL), HA_BLOCK_NONE);
    offline(view);
    assert_int_equal(ha_place_check_home(view, "vm1", "node2", promises, NULL), HA_BLOCK_NODE_OFFLINE);
    ha_view_free(view);
}

/* Pacemaker starts a VM anew with whatever the host has; only a live move needs what it was given. */
static void a_processor_stands_in_the_way_of_live_moves_alone(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 512);
    cpu_lacking(view);
    g_autoptr(HaPlan) live = ha_plan_drain(view, &limits, "node1", FALSE, NULL);
    assert_int_equal(at(live, 0)->block, HA_BLOCK_NO_TARGET);
    assert_non_null(strstr(at(live, 0)->detail, "node2: its processor lacks"));
    assert_non_null(strstr(at(live, 0)->detail, "avx2"));
    assert_false(ha_place_allows(view, "vm1", "node2"));
    assert_int_equal(ha_place_check_fixed(view, "vm1", "node2", NULL), HA_BLOCK_NONE);
    g_autoptr(HaPlan) restart = ha_plan_drain(view, &limits, "node1", TRUE, NULL);
    assert_int_equal(at(restart, 0)->block, HA_BLOCK_NONE);
    assert_int_equal(at(restart, 0)->mode, HA_MOVE_RESTART);
    assert_string_equal(at(restart, 0)->to, "node2");
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_has_its_reason),
        cmocka_unit_test(tried_promised_and_unknown_are_refused),
        cmocka_unit_test(home_looks_past_the_drain_that_ends),
        cmocka_unit_test(a_processor_stands_in_the_way_of_live_moves_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
