/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans that obey the groups: evacuation modes, hard rules as limits, soft ones as preferences. */
#include <stdlib.h>
#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "tests/unit/plan_fixture.h"

/* node1 to node4; web1, web2, web3 on node1, of group web. */
static HaView *view_web(HaGroup **ret_web)
{
    HaView *view = fixture_new(4);
    HaGroup *web = ha_group_new("web");
    ha_sorted_put(view->config->groups, web);
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("web%u", i);
        fixture_add(view, name, "node1", 512)->group = g_strdup("web");
    }
    *ret_web = web;
    return view;
}

static HaView *view_apart(void)
{
    HaGroup *web;
    HaView *view = view_web(&web);
    web->affinity = HA_AFFINITY_APART;
    web->affinity_strength = HA_RULE_HARD;
    return view;
}

static HaPlan *drain(const HaView *view)
{
    return ha_plan_drain(view, &limits, "node1", FALSE, NULL);
}

static void hard_apart_spreads(void **state)
{
    HaView *view = view_apart();
    g_autoptr(HaPlan) plan = drain(view);
    assert_string_equal(move_of(plan, "web1")->to, "node2");
    assert_string_equal(move_of(plan, "web2")->to, "node3");
    assert_string_equal(move_of(plan, "web3")->to, "node4");
    ha_view_free(view);
}

/* One lies on node2 already, and node4 is away: one finds a place, one stays and its reasons name the rule. */
static void hard_apart_blocks_what_is_too_much(void **state)
{
    HaView *view = view_apart();
    fixture_silent(view, "node1", "web1");
    fixture_says(view, "node2", "web1", HA_VM_RUNNING, 512);
    fixture_node(view, "node4")->state = HA_NODE_OFFLINE;
    g_autoptr(HaPlan) plan = drain(view);
    assert_string_equal(move_of(plan, "web2")->to, "node3");
    const HaPlanMove *stays = move_of(plan, "web3");
    assert_int_equal(stays->block, HA_BLOCK_NO_TARGET);
    assert_non_null(strstr(stays->detail, "node2: a hard rule of its group forbids it (group web: apart from web1)"));
    assert_non_null(strstr(stays->detail, "node3: a hard rule of its group forbids it (group web: apart from web2)"));
    ha_view_free(view);
}

/* web1 crashed on node2, or was lost and is being started there: no report has it, and it will be there. */
static void hard_apart_reckons_with_who_comes(void **state)
{
    for (guint starting = 0; starting < 2; starting++) {
        HaView *view = view_apart();
        fixture_silent(view, "node1", "web1");
        fixture_place(view, "web1", "node1")->active = FALSE;
        fixture_place(view, "web1", "node2")->active = !starting;
        fixture_place(view, "web1", "node2")->pending = starting ? HA_OP_START : HA_OP_NONE;
        fixture_node(view, "node4")->state = HA_NODE_OFFLINE;
        g_autoptr(HaPlan) plan = drain(view);
        assert_string_equal(move_of(plan, "web2")->to, "node3");
        assert_int_equal(move_of(plan, "web3")->block, HA_BLOCK_NO_TARGET);
        ha_view_free(view);
    }
}

/* node2 was fenced a moment ago: its last report still has web1, which Pacemaker has started on node3 since. */
static void hard_apart_outlives_a_fenced_hosts_report(void **state)
{
    HaView *view = view_apart();
    fixture_silent(view, "node1", "web1");
    fixture_says(view, "node2", "web1", HA_VM_RUNNING, 512);
    fixture_place(view, "web1", "node1")->active = FALSE;
    fixture_place(view, "web1", "node3")->active = TRUE;
    fixture_node(view, "node2")->state = HA_NODE_OFFLINE;
    g_autoptr(HaPlan) plan = drain(view);
    assert_string_equal(move_of(plan, "web2")->to, "node4");
    assert_int_equal(move_of(plan, "web3")->block, HA_BLOCK_NO_TARGET);
    ha_view_free(view);
}

/* Pacemaker moves web1 from node2 to node3 by itself: should that fail it is on node2 still. */
static void hard_apart_counts_who_is_under_way_at_both_ends(void **state)
{
    HaView *view = view_apart();
    fixture_silent(view, "node1", "web1");
    fixture_place(view, "web1", "node1")->active = FALSE;
    fixture_says(view, "node2", "web1", HA_VM_RUNNING, 512);
    fixture_says(view, "node3", "web1", HA_VM_INCOMING, 512);
    fixture_place(view, "web1", "node2")->active = TRUE;
    g_autoptr(HaPlan) plan = drain(view);
    assert_string_equal(move_of(plan, "web2")->to, "node4");
    assert_int_equal(move_of(plan, "web3")->block, HA_BLOCK_NO_TARGET);
    ha_view_free(view);
}

static void hard_only_on_limits(void **state)
{
    HaGroup *web;
    HaView *view = view_web(&web);
    web->only_on_strength = HA_RULE_HARD;
    g_ptr_array_add(web->only_on, g_strdup("node1"));
    g_ptr_array_add(web->only_on, g_strdup("node4"));
    g_autoptr(HaPlan) plan = drain(view);
    for (guint i = 0; i < plan->moves->len; i++)
        assert_string_equal(((const HaPlanMove *)plan->moves->pdata[i])->to, "node4");
    g_autoptr(HaPlan) asked = ha_plan_migrate(view, &limits, "web1", "node2", NULL);
    assert_int_equal(((const HaPlanMove *)asked->moves->pdata[0])->block, HA_BLOCK_NODE_RULE);
    ha_view_free(view);
}

static void soft_rules_yield_to_memory(void **state)
{
    HaGroup *web;
    HaView *view = view_web(&web);
    g_ptr_array_add(web->prefer, g_strdup("node4"));
    fixture_add(view, "big", "node4", 1024);
    g_autoptr(HaPlan) liked = drain(view);
    assert_string_equal(move_of(liked, "web1")->to, "node4"); /* though node2 is emptier */
    fixture_says(view, "node4", "big", HA_VM_RUNNING, 8192);
    fixture_vm(view, "big")->mem_mib = 8192;
    g_autoptr(HaPlan) full = drain(view);
    assert_string_equal(move_of(full, "web1")->to, "node2"); /* half full weighs more */
    web->prefer_strength = HA_RULE_HARD;
    g_autoptr(HaPlan) hard = drain(view);
    assert_string_equal(move_of(hard, "web1")->to, "node4");
    assert_null(strstr(move_of(hard, "web1")->detail, "against"));
    ha_view_free(view);
}

static void soft_together_stays_together(void **state)
{
    HaGroup *web;
    HaView *view = view_web(&web);
    web->affinity = HA_AFFINITY_TOGETHER;
    g_autoptr(HaPlan) plan = drain(view);
    for (guint i = 0; i < plan->moves->len; i++)
        assert_string_equal(((const HaPlanMove *)plan->moves->pdata[i])->to, "node2");
    ha_view_free(view);
}

/* node2 has room for one of them, node3 for all three. */
static void hard_together_moves_as_one(void **state)
{
    HaGroup *web;
    HaView *view = view_web(&web);
    web->affinity = HA_AFFINITY_TOGETHER;
    web->affinity_strength = HA_RULE_HARD;
    fixture_node(view, "node2")->mem_mib = 600;
    fixture_node(view, "node4")->state = HA_NODE_OFFLINE;
    g_autoptr(HaPlan) plan = drain(view);
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = plan->moves->pdata[i];
        assert_string_equal(move->to, "node3");
        assert_int_equal(move->wave, 1); /* one wave, though a wave has two */
    }
    fixture_says(view, "node1", "web2", HA_VM_PAUSED, 512);
    g_autoptr(HaPlan) parted = drain(view);
    assert_int_equal(parted->n_blocked, 3);
    assert_int_equal(move_of(parted, "web2")->block, HA_BLOCK_NOT_RUNNING);
    assert_non_null(strstr(move_of(parted, "web1")->detail, "together with web2 on node1"));
    ha_view_free(view);
}

/* Nobody goes when one of them finds no place where the others would be. */
static void hard_together_is_not_parted(void **state)
{
    HaGroup *web;
    HaView *view = view_web(&web);
    web->affinity = HA_AFFINITY_TOGETHER;
    web->affinity_strength = HA_RULE_HARD;
    g_ptr_array_add(fixture_needs(view, "web3")->bridges, g_strdup("br9"));
    g_autoptr(HaPlan) plan = drain(view);
    assert_int_equal(plan->n_blocked, 3);
    assert_int_equal(move_of(plan, "web3")->block, HA_BLOCK_NO_TARGET);
    assert_int_equal(move_of(plan, "web1")->block, HA_BLOCK_TOGETHER);
    assert_non_null(strstr(move_of(plan, "web1")->detail, "web3: no other node can take it"));
    assert_null(move_of(plan, "web1")->to);
    ha_view_free(view);
}

static void evacuation_modes(void **state)
{
    static const struct {
        HaEvacuation mode;
        gboolean device; /* that only this host has: it can't be moved live */
        HaBlock block;
        HaMoveMode how;
    } table[] = {
        {HA_EVACUATE_LIVE, FALSE, HA_BLOCK_NONE, HA_MOVE_LIVE},
        {HA_EVACUATE_LIVE, TRUE, HA_BLOCK_HOST_DEVICE, HA_MOVE_LIVE},
        {HA_EVACUATE_LIVE_RESTART, FALSE, HA_BLOCK_NONE, HA_MOVE_LIVE},
        {HA_EVACUATE_LIVE_RESTART, TRUE, HA_BLOCK_NONE, HA_MOVE_RESTART},
        {HA_EVACUATE_NEVER, FALSE, HA_BLOCK_EVACUATION, HA_MOVE_LIVE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        HaGroup *web;
        HaView *view = view_web(&web);
        web->evacuation = table[i].mode;
        if (table[i].device)
            fixture_needs(view, "web1")->host_device = g_strdup("a graphics card");
        g_autoptr(HaPlan) plan = drain(view);
        assert_int_equal(move_of(plan, "web1")->block, table[i].block);
        if (table[i].block == HA_BLOCK_NONE)
            assert_int_equal(move_of(plan, "web1")->mode, table[i].how);
        /* An admin's own word is not an evacuation. */
        g_autoptr(HaPlan) asked = ha_plan_migrate(view, &limits, "web2", NULL, NULL);
        assert_int_equal(move_of(asked, "web2")->block, HA_BLOCK_NONE);
        assert_int_equal(move_of(asked, "web2")->mode, HA_MOVE_LIVE);
        ha_view_free(view);
    }
}

/* node1 to node3, of 16 GiB; a VM of 8 on node1 fits nowhere until one of node2's makes room. */
static HaView *view_full(void)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "big", "node1", 8192);
    fixture_add(view, "db1", "node2", 5120);
    fixture_add(view, "db2", "node2", 4096);
    fixture_add(view, "other", "node3", 10240);
    return view;
}

static HaGroup *join(HaView *view, const char *name, const char *const *vms)
{
    HaGroup *group = ha_group_new(name);
    ha_sorted_put(view->config->groups, group);
    for (guint i = 0; vms[i]; i++)
        fixture_vm(view, vms[i])->group = g_strdup(name);
    return group;
}

static const HaPlanMove *first_of(const HaPlan *plan)
{
    assert_int_not_equal(plan->moves->len, 0);
    return plan->moves->pdata[0];
}

static void room_is_made_within_the_rules(void **state)
{
    HaView *view = view_full();
    g_autoptr(HaPlan) free_to = drain(view);
    assert_string_equal(first_of(free_to)->vm, "db2"); /* the cheapest that helps */
    assert_string_equal(first_of(free_to)->to, "node3");
    assert_string_equal(move_of(free_to, "big")->to, "node2");
    assert_true(first_of(free_to)->wave < move_of(free_to, "big")->wave);

    HaGroup *db = join(view, "db", (const char *const[]){"db2", "other", NULL});
    db->affinity = HA_AFFINITY_APART;
    db->affinity_strength = HA_RULE_HARD;
    g_autoptr(HaPlan) apart = drain(view);
    assert_string_equal(first_of(apart)->vm, "db1"); /* db2 may not lie with other */
    assert_string_equal(move_of(apart, "big")->to, "node2");

    g_ptr_array_add(join(view, "bound", (const char *const[]){"db1", NULL})->only_on, g_strdup("node2"));
    g_autoptr(HaPlan) stuck = drain(view); /* and db1 may not leave: nobody can make room */
    assert_int_equal(stuck->moves->len, 1);
    assert_int_equal(move_of(stuck, "big")->block, HA_BLOCK_NO_TARGET);
    ha_view_free(view);
}

static void who_is_never_balanced_makes_no_room(void **state)
{
    HaView *view = view_full();
    join(view, "still", (const char *const[]){"db2", NULL})->balance = HA_BALANCE_NEVER;
    g_autoptr(HaPlan) plan = drain(view);
    assert_string_equal(first_of(plan)->vm, "db1");
    assert_string_equal(move_of(plan, "big")->to, "node2");
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_apart_spreads),
        cmocka_unit_test(hard_apart_blocks_what_is_too_much),
        cmocka_unit_test(hard_apart_reckons_with_who_comes),
        cmocka_unit_test(hard_apart_outlives_a_fenced_hosts_report),
        cmocka_unit_test(hard_apart_counts_who_is_under_way_at_both_ends),
        cmocka_unit_test(hard_only_on_limits),
        cmocka_unit_test(soft_rules_yield_to_memory),
        cmocka_unit_test(soft_together_stays_together),
        cmocka_unit_test(hard_together_moves_as_one),
        cmocka_unit_test(hard_together_is_not_parted),
        cmocka_unit_test(evacuation_modes),
        cmocka_unit_test(room_is_made_within_the_rules),
        cmocka_unit_test(who_is_never_balanced_makes_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
