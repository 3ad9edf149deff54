/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/core/model/ha_rules.h"
#include "agent/core/model/ha_sorted.h"

/* A small cluster: node1 to node4; groups web, db, cache; web1..web3 in web, db1 in db. */
typedef struct {
    GPtrArray *groups, *members, *nodes;
} World;

static int setup(void **state)
{
    World *world = g_new0(World, 1);
    world->groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free);
    world->members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_rules_member_free);
    world->nodes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 1; i <= 4; i++)
        g_ptr_array_add(world->nodes, g_strdup_printf("node%u", i));
    ha_sorted_put(world->groups, ha_group_new("web"));
    ha_sorted_put(world->groups, ha_group_new("db"));
    ha_sorted_put(world->groups, ha_group_new("cache"));
    g_ptr_array_add(world->members, ha_rules_member_new("db1", "db", "node1"));
    g_ptr_array_add(world->members, ha_rules_member_new("loose", HA_GROUP_DEFAULT, "node1"));
    g_ptr_array_add(world->members, ha_rules_member_new("web1", "web", "node1"));
    g_ptr_array_add(world->members, ha_rules_member_new("web2", "web", "node2"));
    g_ptr_array_add(world->members, ha_rules_member_new("web3", "web", NULL));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    World *world = *state;
    g_ptr_array_unref(world->groups);
    g_ptr_array_unref(world->members);
    g_ptr_array_unref(world->nodes);
    g_free(world);
    return 0;
}

static HaGroup *group(World *world, const char *name)
{
    return ha_sorted_find(world->groups, name);
}

static void add(GPtrArray *list, const char *words)
{
    g_auto(GStrv) parts = g_strsplit(words, " ", -1);
    for (char **part = parts; *part; part++)
        g_ptr_array_add(list, g_strdup(*part));
}

static void apart(World *world, HaRuleStrength strength)
{
    group(world, "web")->affinity = HA_AFFINITY_APART;
    group(world, "web")->affinity_strength = strength;
}

/* ---- a whole configuration ---- */

static void sound(World *world)
{
    add(group(world, "web")->after, "cache db");
    add(group(world, "cache")->after, "db");
    add(group(world, "db")->after, HA_GROUP_DEFAULT); /* which need not be among the groups */
    add(group(world, "web")->only_on, "node1 node2 node3");
    add(group(world, "web")->prefer, "node2");
    group(world, "web")->only_on_strength = HA_RULE_HARD;
    group(world, "db")->tier = 1;
    apart(world, HA_RULE_HARD);
}

static void soft_overlap(World *world)
{
    add(group(world, "web")->only_on, "node1");
    add(group(world, "web")->prefer, "node1 node2");
}

static void soft_crowd(World *world)
{
    apart(world, HA_RULE_SOFT);
    g_ptr_array_set_size(world->nodes, 2);
}

static void node_unknown(World *world)
{
    add(group(world, "web")->only_on, "node1 node9");
}

static void liked_unknown(World *world)
{
    add(group(world, "db")->prefer, "nodule");
}

static void after_unknown(World *world)
{
    add(group(world, "web")->after, "dbs");
}

static void after_itself(World *world)
{
    add(group(world, "web")->after, "web");
}

static void after_in_a_ring(World *world)
{
    add(group(world, "web")->after, "db");
    add(group(world, "db")->after, "cache");
    add(group(world, "cache")->after, "web");
}

static void tier_too_late(World *world)
{
    add(group(world, "web")->after, "db");
    group(world, "web")->tier = 1;
}

static void liked_and_kept_off(World *world)
{
    add(group(world, "web")->only_on, "node1 node2");
    add(group(world, "web")->prefer, "node2 node3");
    group(world, "web")->only_on_strength = HA_RULE_HARD;
}

static void soft_and_disjoint(World *world)
{
    add(group(world, "web")->only_on, "node1");
    add(group(world, "web")->prefer, "node3");
}

static void apart_on_too_few(World *world)
{
    apart(world, HA_RULE_HARD);
    add(group(world, "web")->only_on, "node1 node2");
    group(world, "web")->only_on_strength = HA_RULE_HARD;
}

static void apart_in_a_small_cluster(World *world)
{
    apart(world, HA_RULE_HARD);
    g_ptr_array_set_size(world->nodes, 2);
}

static void member_of_nothing(World *world)
{
    g_ptr_array_add(world->members, ha_rules_member_new("x", "gone", NULL));
}

static const struct {
    void (*make)(World *world);
    int code; /* -1: sound */
    const char *says, *also;
} table[] = {
    {sound, -1, NULL, NULL},
    {soft_overlap, -1, NULL, NULL},
    {soft_crowd, -1, NULL, NULL},
    {node_unknown, HA_RULES_UNKNOWN, "group web: only-on names node node9", "node4"},
    {liked_unknown, HA_RULES_UNKNOWN, "group db: prefer names node nodule", ""},
    {after_unknown, HA_RULES_UNKNOWN, "group web: after names group dbs", "create it"},
    {after_itself, HA_RULES_CYCLE, "web before web", ""},
    {after_in_a_ring, HA_RULES_CYCLE, "cache before db before web before cache", ""},
    {tier_too_late, HA_RULES_CONTRADICTION, "'after db' contradicts 'tier 1'", "db has tier 3"},
    {liked_and_kept_off, HA_RULES_CONTRADICTION, "'soft prefer node2, node3' contradicts",
        "'hard only-on node1, node2'"},
    {soft_and_disjoint, HA_RULES_CONTRADICTION, "'soft prefer node3' contradicts", "'soft only-on node1'"},
    {apart_on_too_few, HA_RULES_UNSATISFIABLE, "'hard apart' can't be met by its 3 VMs", "'hard only-on' node1, node2"},
    {apart_in_a_small_cluster, HA_RULES_UNSATISFIABLE, "'hard apart' can't be met by its 3 VMs", "node1, node2 (2)"},
    {member_of_nothing, HA_RULES_UNKNOWN, "VM x: group gone does not exist", ""},
};

static void configurations(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        assert_int_equal(setup(state), 0);
        World *world = *state;
        table[i].make(world);
        gboolean ok = ha_rules_check(world->groups, world->members, world->nodes, &error);
        assert_int_equal(ok, table[i].code < 0);
        if (!ok && (error->code != table[i].code || !strstr(error->message, table[i].says) ||
                       !strstr(error->message, table[i].also)))
            fail_msg("%zu: %d: %s", i, error->code, error->message);
        teardown(state);
    }
}

static void deleting(void **state)
{
    World *world = *state;
    g_autoptr(GError) has_vms = NULL, waited = NULL, always = NULL;
    add(group(world, "web")->after, "cache");
    assert_true(ha_rules_check_delete(world->groups, world->members, "nothing", NULL));
    assert_false(ha_rules_check_delete(world->groups, world->members, "web", &has_vms));
    assert_non_null(strstr(has_vms->message, "has 3 VMs, web1 among them"));
    assert_false(ha_rules_check_delete(world->groups, world->members, "cache", &waited));
    assert_non_null(strstr(waited->message, "group web waits for group cache"));
    assert_false(ha_rules_check_delete(world->groups, world->members, HA_GROUP_DEFAULT, &always));
}

/* A hard rule is written when the running VMs obey it already. */
static void running(void **state)
{
    World *world = *state;
    HaGroup *web = group(world, "web");
    g_autoptr(GError) off = NULL, near = NULL, far = NULL;
    apart(world, HA_RULE_HARD);
    assert_true(ha_rules_check_running(web, world->members, NULL)); /* node1, node2, and one that does not run */
    g_ptr_array_add(world->members, ha_rules_member_new("web4", "web", "node2"));
    assert_false(ha_rules_check_running(web, world->members, &near));
    assert_non_null(strstr(near->message, "web2 on node2, web4 on node2"));
    web->affinity_strength = HA_RULE_SOFT;
    assert_true(ha_rules_check_running(web, world->members, NULL));
    web->affinity = HA_AFFINITY_TOGETHER;
    web->affinity_strength = HA_RULE_HARD;
    assert_false(ha_rules_check_running(web, world->members, &far));
    assert_non_null(strstr(far->message, "web1 on node1, web2 on node2"));
    web->affinity = HA_AFFINITY_NONE;
    add(web->only_on, "node1");
    assert_true(ha_rules_check_running(web, world->members, NULL));
    web->only_on_strength = HA_RULE_HARD;
    assert_false(ha_rules_check_running(web, world->members, &off));
    assert_non_null(strstr(off->message, "web2 on node2, web4 on node2"));
}

/* ---- one VM on one node ---- */

static HaRules *placed(const World *world)
{
    HaRules *rules = ha_rules_new(world->groups);
    for (guint i = 0; i < world->members->len; i++) {
        const HaRulesMember *member = world->members->pdata[i];
        ha_rules_put(rules, member->vm, member->group, member->node);
    }
    return rules;
}

static void hard_rules_forbid(void **state)
{
    World *world = *state;
    g_autofree char *detail = NULL, *only = NULL;
    apart(world, HA_RULE_HARD);
    g_autoptr(HaRules) rules = placed(world);
    assert_true(ha_rules_forbid(rules, "web3", "web", "node2", &detail));
    assert_string_equal(detail, "group web: apart from web2");
    assert_false(ha_rules_forbid(rules, "web2", "web", "node2", NULL)); /* where it is */
    assert_false(ha_rules_forbid(rules, "web3", "web", "node3", NULL));
    assert_false(ha_rules_forbid(rules, "x", NULL, "node1", NULL));
    ha_rules_put(rules, "web2", "web", "node3"); /* moved by the plan */
    assert_false(ha_rules_forbid(rules, "web3", "web", "node2", NULL));
    assert_true(ha_rules_forbid(rules, "web3", "web", "node3", NULL));
    add(group(world, "web")->only_on, "node1");
    assert_false(ha_rules_forbid(rules, "web3", "web", "node2", NULL)); /* soft */
    group(world, "web")->only_on_strength = HA_RULE_HARD;
    assert_true(ha_rules_forbid(rules, "web3", "web", "node2", &only));
    assert_string_equal(only, "group web: only on node1");
}

static void hard_together_follows_the_others(void **state)
{
    World *world = *state;
    group(world, "web")->affinity = HA_AFFINITY_TOGETHER;
    group(world, "web")->affinity_strength = HA_RULE_HARD;
    g_autoptr(HaRules) rules = ha_rules_new(world->groups);
    assert_true(ha_rules_bound(group(world, "web")));
    assert_false(ha_rules_bound(group(world, "db")));
    assert_false(ha_rules_bound(NULL));
    assert_false(ha_rules_forbid(rules, "web1", "web", "node4", NULL)); /* the first chooses */
    ha_rules_put(rules, "web1", "web", "node4");
    assert_true(ha_rules_forbid(rules, "web2", "web", "node3", NULL));
    assert_false(ha_rules_forbid(rules, "web2", "web", "node4", NULL));
}

static void soft_rules_cost(void **state)
{
    World *world = *state;
    HaGroup *web = group(world, "web");
    apart(world, HA_RULE_SOFT);
    g_autoptr(HaRules) rules = placed(world);
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node3").soft, 0);
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node2").soft, HA_SCORE_AFFINITY);
    ha_rules_put(rules, "web1", "web", "node2");
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node2").soft, 2 * HA_SCORE_AFFINITY);
    web->affinity = HA_AFFINITY_TOGETHER;
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node2").soft, 0);
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node3").soft, HA_SCORE_AFFINITY);
    web->affinity = HA_AFFINITY_NONE;
    add(web->only_on, "node1 node2");
    add(web->prefer, "node1");
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node3").soft, HA_SCORE_ONLY_ON + HA_SCORE_PREFER);
    web->prefer_strength = HA_RULE_HARD;
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node2").hard, HA_SCORE_PREFER_HARD);
    assert_int_equal(ha_rules_cost(rules, "web3", "web", "node1").hard, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configurations),
        CASE(deleting),
        CASE(running),
        CASE(hard_rules_forbid),
        CASE(hard_together_follows_the_others),
        CASE(soft_rules_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
