/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups and their rules: written by hactl, carried out by Pacemaker's library, judged by crm_verify, read back. */
#include "tests/unit/cib_lab.h"

#define HASH "3333333333333333333333333333333333333333333333333333333333333333"

static HaGroup *group_new(const char *name, const char *only_on, const char *prefer, const char *after)
{
    HaGroup *group = ha_group_new(name);
    g_auto(GStrv) nodes = g_strsplit(only_on, " ", -1), liked = g_strsplit(prefer, " ", -1),
                  first = g_strsplit(after, " ", -1);
    for (char **word = nodes; *word; word++)
        g_ptr_array_add(group->only_on, g_strdup(*word));
    for (char **word = liked; *word; word++)
        g_ptr_array_add(group->prefer, g_strdup(*word));
    for (char **word = first; *word; word++)
        g_ptr_array_add(group->after, g_strdup(*word));
    return group;
}

static HaChange *set(HaGroup *group)
{
    HaChange *change = ha_change_group_set(group);
    ha_group_free(group);
    return change;
}

static HaChange *join(const char *vm, const char *group)
{
    HaChange *change = ha_change_new(HA_CHANGE_VM_GROUP_SET, vm, NULL, NULL);
    change->group = g_strdup(group);
    return change;
}

static HaGroup *everything(const char *name)
{
    HaGroup *group = group_new(name, "node1 node2", "node2", "db");
    group->tier = 1;
    group->restarts = 0;
    group->restart_window_s = 60;
    group->evacuation = HA_EVACUATE_LIVE_RESTART;
    group->affinity = HA_AFFINITY_APART;
    group->affinity_strength = group->only_on_strength = group->prefer_strength = HA_RULE_HARD;
    group->ready = HA_READY_TCP;
    group->ready_port = 443;
    group->ready_delay_s = 5;
    group->alert = HA_ALERT_REPORT;
    group->balance = HA_BALANCE_SUGGEST;
    g_free(group->migration);
    group->migration = g_strdup("careful");
    return group;
}

static void there_and_back(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaGroup) full = everything("web"), plain = ha_group_new("db"), again = group_new("web", "node3", "", "");
    const HaGroup *table[] = {full, plain, again, full};
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(HaConfig) config = apply(lab, ha_change_group_set(table[i]));
        const HaGroup *back = ha_config_find_group(config, table[i]->name);
        assert_non_null(back);
        assert_true(ha_group_equal(back, table[i]));
    }
    assert_present(lab, "//template[@id='hactl-group-web']//op[@name='start' and @timeout='185s']");
    assert_present(lab, "//op[@name='start']//nvpair[@name='hactl-ready' and @value='tcp port=443 delay=5']");
}

/* The template of base.xml was made before groups: it is a group with what it says. */
static void an_older_template_is_a_group(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) config = decode(lab);
    const HaGroup *found = ha_config_find_group(config, "default");
    assert_int_equal(found->tier, HA_TIER_MAX); /* priority 5 */
    assert_int_equal(found->evacuation, HA_EVACUATE_LIVE);
    g_autoptr(HaGroup) fresh = ha_group_new("default");
    g_autoptr(HaConfig) written = apply(lab, ha_change_group_set(fresh));
    assert_true(ha_group_equal(ha_config_find_group(written, "default"), fresh));
    assert_absent(lab, "//template[@id='hactl-group-default']//nvpair[@name='priority'][2]");
}

/* A group without VMs has no constraints: Pacemaker complains of a template that nothing is derived from. */
static void rules_follow_members(void **state)
{
    Lab *lab = *state;
    HaChange *stays = ha_change_new(HA_CHANGE_VM_ADD, "stays", NULL, HASH); /* an admin has a constraint on default */
    ha_config_free(apply(lab, stays));
    ha_config_free(apply(lab, set(everything("web"))));
    ha_config_free(apply(lab, set(ha_group_new("db"))));
    assert_absent(lab, "//constraints/*[starts-with(@id, 'hactl-rule-')]");
    ha_config_free(apply(lab, join("vm1", "web")));
    assert_present(lab, "//rsc_location[@id='hactl-rule-only-web']/rule[@score='-INFINITY' and count(expression)=2]");
    assert_present(lab, "//rsc_location[@id='hactl-rule-prefer-web']/rule[@score='200']");
    assert_absent(lab, "//rsc_colocation"); /* one VM is apart from nothing */
    assert_absent(lab, "//rsc_order");
    g_autoptr(HaConfig) both = apply(lab, join("vm2", "web"));
    assert_string_equal(ha_config_find_vm(both, "vm2")->group, "web");
    assert_present(lab, "//rsc_colocation[@id='hactl-rule-apart-web' and @score='-2000' and not(@influence)]");
    ha_config_free(apply(lab, join("vm2", "db")));
    assert_absent(lab, "//rsc_colocation");
    assert_present(lab, "//rsc_order[@id='hactl-rule-after1-web' and @kind='Optional']");
    ha_config_free(apply(lab, join("vm1", "default")));
    assert_absent(lab, "//constraints/*[starts-with(@id, 'hactl-rule-')]");
    ha_config_free(apply(lab, set(ha_group_new("web"))));
    HaChange *gone = ha_change_new(HA_CHANGE_GROUP_DELETE, NULL, NULL, NULL);
    gone->group = g_strdup("web");
    g_autoptr(HaConfig) left = apply(lab, gone);
    assert_null(ha_config_find_group(left, "web"));
    assert_absent(lab, "//*[contains(@id, 'hactl') and contains(@id, '-web')]");
}

static void a_changed_rule_replaces_its_constraint(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, set(everything("web"))));
    ha_config_free(apply(lab, join("vm1", "web")));
    HaGroup *changed = everything("web");
    g_ptr_array_remove_index(changed->only_on, 0);
    changed->prefer_strength = HA_RULE_SOFT;
    ha_config_free(apply(lab, set(changed)));
    assert_present(
        lab, "//rsc_location[@id='hactl-rule-only-web']/rule[count(expression)=1]/expression[@value='node2']");
    assert_present(lab, "//rsc_location[@id='hactl-rule-prefer-web']/rule[@score='100']");
}

/* Nothing is removed or written that is right already, and other changes leave the rules alone. */
static void what_is_right_is_left_alone(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, set(everything("web"))));
    ha_config_free(apply(lab, join("vm1", "web")));
    assert_present(
        lab, "//tag[@id='hactl-vms-default']/obj_ref[@id='vm2']"); /* an admin's constraint names its template */
    g_autoptr(GPtrArray) same = ha_change_list_new(), other = ha_change_list_new();
    g_ptr_array_add(same, set(everything("web")));
    g_ptr_array_add(other, ha_change_new(HA_CHANGE_HOME_SET, "vm1", "node1", NULL));
    g_autoptr(IoCibWrite) again = prepare(lab, 4, same), home = prepare(lab, 4, other);
    assert_null(again->remove_path);
    assert_null(io_xml_child(xmlDocGetRootElement(again->doc), "constraints"));
    assert_null(io_xml_child(xmlDocGetRootElement(home->doc), "constraints"));
}

static void one_list_makes_group_and_vms(void **state)
{
    Lab *lab = *state;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, set(ha_group_new("db")));
    g_ptr_array_add(changes, set(everything("web")));
    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("new%u", i);
        HaChange *add = ha_change_new(HA_CHANGE_VM_ADD, name, NULL, HASH);
        add->mem_mib = add->vcpus = 1;
        add->group = g_strdup(i ? "web" : "db");
        g_ptr_array_add(changes, add);
    }
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    verify(lab);
    assert_present(lab, "//rsc_order[@id='hactl-rule-after1-web']");
    assert_present(lab, "//rsc_colocation[@id='hactl-rule-apart-web']");
}

static void impossible_lists_are_refused(void **state)
{
    Lab *lab = *state;
    HaChange *gone = ha_change_new(HA_CHANGE_GROUP_DELETE, NULL, NULL, NULL);
    gone->group = g_strdup("default");
    HaChange *table[] = {gone, join("vm1", "nowhere"), join("ghost", "default")};
    const char *says[] = {"VM vm1 is in group default", "group nowhere is not", "VM ghost is not"};
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        xmlNode *cib = query(lab);
        g_autoptr(GPtrArray) changes = ha_change_list_new();
        g_autoptr(GError) error = NULL;
        g_ptr_array_add(changes, table[i]);
        assert_null(io_cib_write_changes(cib, 4, changes, &error));
        assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE));
        assert_non_null(strstr(error->message, says[i]));
        xmlFreeDoc(cib->doc);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, lab_setup, lab_teardown)

int main(void)
{
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    const struct CMUnitTest tests[] = {
        CASE(there_and_back),
        CASE(an_older_template_is_a_group),
        CASE(rules_follow_members),
        CASE(a_changed_rule_replaces_its_constraint),
        CASE(what_is_right_is_left_alone),
        CASE(one_list_makes_group_and_vms),
        CASE(impossible_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
