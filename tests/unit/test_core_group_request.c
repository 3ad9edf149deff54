/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups by request: what is refused, with whose name, and what is written. */
#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "tests/unit/core_bench.h"

/* vm1 and vm2 run on node1, in group default; group db has no VMs. */
static Bench bench_groups(void)
{
    Bench bench = bench_leading();
    ha_sorted_put(bench.world->config->groups, ha_group_new(HA_GROUP_DEFAULT));
    ha_sorted_put(bench.world->config->groups, ha_group_new("db"));
    fixture_vm(bench.world, "vm1")->group = g_strdup(HA_GROUP_DEFAULT);
    fixture_vm(bench.world, "vm2")->group = g_strdup(HA_GROUP_DEFAULT);
    give_config(&bench);
    return bench;
}

static void request(Bench *bench, HaRequest *request)
{
    step(bench, (HaEvent){.kind = HA_EVENT_REQUEST, .request = request});
}

static void set(Bench *bench, HaGroup *group, gboolean creating)
{
    HaRequest *wish = ha_request_new(HA_REQUEST_GROUP_SET, 7);
    wish->group = group;
    wish->creating = creating;
    request(bench, wish);
}

static void put(Bench *bench, const char *group, const char *from, const char *vms)
{
    HaRequest *wish = ha_request_new(HA_REQUEST_GROUP_VMS, 7);
    g_auto(GStrv) names = g_strsplit(vms, " ", -1);
    wish->group_name = g_strdup(group);
    wish->from_group = g_strdup(from);
    wish->vms = g_ptr_array_new_with_free_func(g_free);
    for (char **name = names; *name; name++)
        g_ptr_array_add(wish->vms, g_strdup(*name));
    request(bench, wish);
}

static void assert_answer(const Bench *bench, HaAnswer answer, const char *says)
{
    const HaEffect *given = effect(bench, HA_EFFECT_ANSWER);
    assert_non_null(given);
    assert_int_equal(given->answer, answer);
    if (!strstr(given->text, says))
        fail_msg("\"%s\" does not say \"%s\"", given->text, says);
    assert_null(effect(bench, HA_EFFECT_CHANGE));
}

static const HaChange *only_change(const Bench *bench, HaChangeKind kind)
{
    const HaEffect *written = effect(bench, HA_EFFECT_CHANGE);
    assert_non_null(written);
    assert_int_equal(written->changes->len, 1);
    const HaChange *change = written->changes->pdata[0];
    assert_int_equal(change->kind, kind);
    return change;
}

static HaGroup *apart(const char *name)
{
    HaGroup *group = ha_group_new(name);
    group->affinity = HA_AFFINITY_APART;
    group->affinity_strength = HA_RULE_HARD;
    return group;
}

static void a_group_is_created_once(void **state)
{
    Bench bench = bench_groups();
    set(&bench, ha_group_new("db"), TRUE);
    assert_answer(&bench, HA_ANSWER_REFUSED, "group db exists already");
    set(&bench, ha_group_new("web"), FALSE);
    assert_answer(&bench, HA_ANSWER_UNKNOWN, "no group web");
    set(&bench, ha_group_new("db"), FALSE);
    assert_answer(&bench, HA_ANSWER_OK, "is so already");
    set(&bench, apart("web"), TRUE);
    assert_string_equal(only_change(&bench, HA_CHANGE_GROUP_SET)->policy->name, "web");
    guint64 id = effect(&bench, HA_EFFECT_CHANGE)->id;
    ha_sorted_put(bench.world->config->groups, apart("web"));
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    assert_string_equal(effect(&bench, HA_EFFECT_ANSWER)->text, "group web created");
    assert_int_equal(notes_of(&bench, HA_NOTE_GROUP), 1);
    bench_free(&bench);
}

static void an_unsound_group_is_refused(void **state)
{
    Bench bench = bench_groups();
    HaGroup *nowhere = ha_group_new("web"), *later = ha_group_new("web");
    g_ptr_array_add(nowhere->only_on, g_strdup("node9"));
    g_ptr_array_add(later->after, g_strdup("web"));
    set(&bench, nowhere, TRUE);
    assert_answer(&bench, HA_ANSWER_REFUSED, "names node node9");
    set(&bench, later, TRUE);
    assert_answer(&bench, HA_ANSWER_REFUSED, "wait for each other");
    bench_free(&bench);
}

/* Pacemaker would move a running VM as soon as the rule is written. */
static void a_hard_rule_waits_for_the_vms_to_obey_it(void **state)
{
    Bench bench = bench_groups();
    HaGroup *soft = apart(HA_GROUP_DEFAULT);
    soft->affinity_strength = HA_RULE_SOFT;
    set(&bench, apart(HA_GROUP_DEFAULT), FALSE);
    assert_answer(&bench, HA_ANSWER_REFUSED, "(vm1 on node1, vm2 on node1); migrate them first");
    set(&bench, soft, FALSE);
    only_change(&bench, HA_CHANGE_GROUP_SET);
    bench_free(&bench);
}

static void vms_join_when_the_rules_allow(void **state)
{
    Bench bench = bench_groups();
    ha_sorted_put(bench.world->config->groups, apart("db"));
    give_config(&bench);
    put(&bench, "nothing", NULL, "vm1");
    assert_answer(&bench, HA_ANSWER_UNKNOWN, "no group nothing");
    put(&bench, "db", NULL, "vm1 vm9");
    assert_answer(&bench, HA_ANSWER_UNKNOWN, "no VM vm9");
    put(&bench, "db", "db", "vm1");
    assert_answer(&bench, HA_ANSWER_REFUSED, "vm1 is in group default, not in db");
    put(&bench, "db", NULL, "vm1 vm2");
    assert_answer(&bench, HA_ANSWER_REFUSED, "vm1 on node1, vm2 on node1");
    put(&bench, HA_GROUP_DEFAULT, NULL, "vm1");
    assert_answer(&bench, HA_ANSWER_OK, "already");
    put(&bench, "db", HA_GROUP_DEFAULT, "vm1");
    assert_string_equal(only_change(&bench, HA_CHANGE_VM_GROUP_SET)->group, "db");
    bench_free(&bench);
}

/* A rule written while a VM is on its way could change its target, which costs a reboot. */
static void nothing_changes_for_a_vm_on_its_way(void **state)
{
    Bench bench = bench_groups();
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    give_config(&bench);
    HaGroup *liked = ha_group_new(HA_GROUP_DEFAULT);
    g_ptr_array_add(liked->prefer, g_strdup("node3"));
    put(&bench, "db", NULL, "vm1");
    assert_answer(&bench, HA_ANSWER_REFUSED, "vm1 is being moved");
    put(&bench, "db", NULL, "vm2");
    guint64 id = effect(&bench, HA_EFFECT_CHANGE)->id;
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    set(&bench, liked, FALSE);
    assert_answer(&bench, HA_ANSWER_REFUSED, "vm1 is being moved");
    bench_free(&bench);
}

static void a_group_in_use_stays(void **state)
{
    Bench bench = bench_groups();
    static const struct {
        const char *name, *says;
        HaAnswer answer;
    } table[] = {
        {"nothing", "no group nothing", HA_ANSWER_UNKNOWN},
        {HA_GROUP_DEFAULT, "always exists", HA_ANSWER_REFUSED},
        {"db", NULL, HA_ANSWER_OK},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        HaRequest *wish = ha_request_new(HA_REQUEST_GROUP_DELETE, 7);
        wish->group_name = g_strdup(table[i].name);
        request(&bench, wish);
        if (table[i].says)
            assert_answer(&bench, table[i].answer, table[i].says);
        else
            assert_string_equal(only_change(&bench, HA_CHANGE_GROUP_DELETE)->group, "db");
    }
    bench_free(&bench);
}

static void add(Bench *bench, const char *vm, const char *group)
{
    HaRequest *wish = ha_request_new(HA_REQUEST_VM_ADD, 7);
    wish->needs = ha_needs_new();
    wish->needs->name = g_strdup(vm);
    wish->needs->uuid = g_strdup_printf("uuid-of-%s", vm);
    wish->needs->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, vm, -1);
    wish->needs->mem_mib = 512;
    wish->group_name = g_strdup(group);
    request(bench, wish);
}

static void a_new_vm_goes_into_its_group(void **state)
{
    Bench bench = bench_groups();
    add(&bench, "vm3", "db");
    assert_string_equal(only_change(&bench, HA_CHANGE_VM_ADD)->group, "db");
    bench_free(&bench);
    bench = bench_groups();
    add(&bench, "vm3", NULL);
    assert_string_equal(only_change(&bench, HA_CHANGE_VM_ADD)->group, HA_GROUP_DEFAULT);
    bench_free(&bench);
}

static void a_new_vm_of_no_group_is_refused(void **state)
{
    Bench bench = bench_groups();
    add(&bench, "vm3", "dbs");
    assert_answer(&bench, HA_ANSWER_UNKNOWN, "no group dbs; there are: db, default. Make it first");
    bench_free(&bench);
}

/* Three nodes, three VMs hard apart: a fourth has no node. */
static void a_new_vm_that_breaks_its_groups_rule_is_refused(void **state)
{
    Bench bench = bench_groups();
    ha_sorted_put(bench.world->config->groups, apart("db"));
    for (guint i = 3; i <= 5; i++) {
        g_autofree char *vm = g_strdup_printf("vm%u", i);
        fixture_add(bench.world, vm, NULL, 512)->wanted_running = FALSE;
        fixture_vm(bench.world, vm)->group = g_strdup("db");
    }
    give_config(&bench);
    add(&bench, "vm6", "db");
    assert_answer(&bench, HA_ANSWER_REFUSED, "db");
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_created_once),
        cmocka_unit_test(an_unsound_group_is_refused),
        cmocka_unit_test(a_hard_rule_waits_for_the_vms_to_obey_it),
        cmocka_unit_test(vms_join_when_the_rules_allow),
        cmocka_unit_test(nothing_changes_for_a_vm_on_its_way),
        cmocka_unit_test(a_new_vm_goes_into_its_group),
        cmocka_unit_test(a_new_vm_of_no_group_is_refused),
        cmocka_unit_test(a_new_vm_that_breaks_its_groups_rule_is_refused),
        cmocka_unit_test(a_group_in_use_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
