/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each VM bears its group's policy itself: carried out by Pacemaker's library, judged by crm_verify, and by what the
 * scheduler makes of it. by_template.xml is what hactl wrote before: three groups, whose VMs name a template.
 */
#include "tests/unit/cib_lab.h"

#define HASH "3333333333333333333333333333333333333333333333333333333333333333"
#define TEXT "bandwidth_mibps=50 downtime_ms=0 downtime_max_ms=0 deadline_s=0 auto_converge=1"

static int old_setup(void **state)
{
    g_autofree char *source = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", "by_template.xml", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(source, &text, NULL, NULL));
    *state = lab_new(text);
    return 0;
}

static HaChange *copy(void)
{
    return ha_change_new(HA_CHANGE_POLICY_COPY, NULL, NULL, NULL);
}

static IoCibWrite *prepare_one(const Lab *lab, HaChange *change)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, change);
    return prepare(lab, 4, changes);
}

/* As the leader does it: until nothing is left. */
static void convert(const Lab *lab)
{
    g_autoptr(HaConfig) first = apply(lab, copy());
    assert_true(first->by_template);
    g_autoptr(HaConfig) second = apply(lab, copy());
    assert_false(second->by_template);
}

static HaChange *add(const char *vm, const char *group)
{
    HaChange *change = ha_change_new(HA_CHANGE_VM_ADD, vm, NULL, HASH);
    change->group = g_strdup(group);
    change->mem_mib = change->vcpus = 1;
    return change;
}

static HaChange *join(const char *vm, const char *group)
{
    HaChange *change = ha_change_new(HA_CHANGE_VM_GROUP_SET, vm, NULL, NULL);
    change->group = g_strdup(group);
    return change;
}

static HaChange *policy(const char *name, guint32 tier, const char *migration)
{
    g_autoptr(HaGroup) group = ha_group_new(name);
    group->tier = tier;
    g_free(group->migration);
    group->migration = g_strdup(migration);
    return ha_change_group_set(group);
}

/* ---- what Pacemaker makes of it ---- */

/* Returns: (transfer full) what the command printed. */
static char *run(const Lab *lab, const char *const *argv)
{
    char *out = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CIB_file", lab->path, TRUE);
    if (!g_spawn_sync(NULL, (char **)argv, env, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out,
            NULL, NULL, &error))
        fail_msg("%s: %s", argv[0], error->message);
    return out;
}

/* Every action with its parameters, timeout, on-fail and meta attributes, in its order. */
static char *graph(const Lab *lab)
{
    xmlNode *cib = query(lab);
    g_autofree char *input = g_build_filename(lab->dir, "input.xml", NULL);
    g_autofree char *output = g_build_filename(lab->dir, "graph.xml", NULL);
    const char *argv[] = {"crm_simulate", "--run", "--xml-file", input, "--save-graph", output, NULL};
    char *text = NULL;
    assert_true(xmlSaveFile(input, cib->doc) > 0);
    xmlFreeDoc(cib->doc);
    g_free(run(lab, argv));
    assert_true(g_file_get_contents(output, &text, NULL, NULL));
    g_unlink(input);
    g_unlink(output);
    return text;
}

static const char *const vms[] = {"db1", "db2", "idle", "plain", "tuned", "web1", "web2", "web3"};

/* The meta attributes that hold for each VM, as crm_resource has them. */
static char *effective(const Lab *lab)
{
    static const char *const names[] = {
        "allow-migrate", "resource-stickiness", "priority", "migration-threshold", "failure-timeout"};
    GString *all = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(vms); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(names); j++) {
            const char *argv[] = {"crm_resource", "--resource", vms[i], "--meta", "--get-parameter", names[j], NULL};
            g_autofree char *value = run(lab, argv);
            g_string_append_printf(all, "%s %s %s", vms[i], names[j], value);
        }
    return g_string_free(all, FALSE);
}

static void the_effect_is_the_same(void **state)
{
    Lab *lab = *state;
    g_autofree char *graph_before = graph(lab), *values_before = effective(lab);
    /* The comparison sees what it is about: an order, a wait, a policy, a VM of its own mind. */
    const char *in_graph[] = {"db2_start_0", "CRM_meta_hactl_ready=\"tcp port=5432 delay=5\"", "db1_migrate_to_0",
        "CRM_meta_on_fail=\"block\"", "CRM_meta_hactl_migration=\"bandwidth_mibps=100", "CRM_meta_timeout=\"1800000\"",
        "CRM_meta_timeout=\"3600000\"", "idle_stop_0", "CRM_meta_timeout=\"300000\"", "CRM_meta_timeout=\"185000\""};
    for (gsize i = 0; i < G_N_ELEMENTS(in_graph); i++)
        if (!strstr(graph_before, in_graph[i]))
            fail_msg("no %s in the transition", in_graph[i]);
    assert_non_null(strstr(values_before, "tuned priority 77\n"));
    assert_non_null(strstr(values_before, "db1 migration-threshold 1\n"));
    ha_config_free(apply(lab, copy()));
    g_autofree char *graph_between = graph(lab);
    assert_string_equal(graph_between, graph_before);
    ha_config_free(apply(lab, copy()));
    assert_absent(lab, "//primitive[@template]");
    g_autofree char *graph_after = graph(lab), *values_after = effective(lab);
    assert_string_equal(graph_after, graph_before);
    assert_string_equal(values_after, values_before);
}

/* ---- from the earlier form ---- */

static void assert_same_groups(const HaConfig *a, const HaConfig *b)
{
    assert_int_equal(a->groups->len, b->groups->len);
    for (guint i = 0; i < a->groups->len; i++)
        assert_true(ha_group_equal(a->groups->pdata[i], b->groups->pdata[i]));
    assert_int_equal(a->vms->len, b->vms->len);
    for (guint i = 0; i < a->vms->len; i++) {
        const HaConfigVm *one = a->vms->pdata[i], *other = b->vms->pdata[i];
        assert_string_equal(one->name, other->name);
        assert_string_equal(one->group, other->group);
        assert_int_equal(one->priority, other->priority);
        assert_int_equal(one->live, other->live);
        assert_string_equal(one->definition, other->definition);
        assert_int_equal(one->mem_mib, other->mem_mib);
    }
}

static void the_earlier_form_is_read_and_left(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) before = decode(lab);
    assert_true(before->by_template);
    assert_string_equal(ha_config_find_vm(before, "db1")->group, "db");
    assert_int_equal(ha_config_find_vm(before, "tuned")->priority, 77);
    g_autoptr(HaConfig) between = apply(lab, copy());
    assert_same_groups(between, before);
    g_autoptr(HaConfig) after = apply(lab, copy());
    assert_false(after->by_template);
    assert_same_groups(after, before);
    g_autoptr(HaConfig) again = apply(lab, copy()); /* nothing is left to do */
    assert_int_equal(again->epoch, after->epoch);
}

/* Until then groups and their VMs change as they did. */
static void the_earlier_form_can_be_changed(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, policy("default", 1, "default")));
    ha_config_free(apply(lab, join("plain", "db")));
    g_autoptr(HaConfig) mixed = apply(lab, add("fresh", "db"));
    assert_int_equal(ha_config_find_vm(mixed, "idle")->priority, 50);
    assert_string_equal(ha_config_find_vm(mixed, "plain")->group, "db");
    assert_string_equal(ha_config_find_vm(mixed, "fresh")->group, "db");
    assert_present(lab, "//tag[@id='hactl-vms-db' and count(obj_ref)=4]");
    assert_present(lab, "//primitive[@id='plain' and @template='hactl-group-db']");
    assert_present(lab, "//primitive[@id='fresh' and @class='ocf']//op[@name='start' and @timeout='185s']");
    g_autoptr(HaConfig) rules = apply(lab, copy());
    assert_false(rules->by_template); /* the tags were there already */
    assert_same_groups(rules, mixed);
}

/* Somebody changed the configuration since it was read: to replace it would undo that. */
static void another_s_change_is_not_undone(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, copy()));
    g_autoptr(IoCibWrite) write = prepare_one(lab, copy());
    assert_true(write->replaces);
    ha_config_free(apply(lab, ha_change_new(HA_CHANGE_HOME_SET, "plain", "node1", NULL)));
    assert_int_equal(carry_out(lab, write), -ENXIO);
    g_autoptr(HaConfig) config = decode(lab);
    assert_string_equal(ha_config_find_vm(config, "plain")->home, "node1");
    assert_true(config->by_template);
}

static void the_preview_is_what_is_written(void **state)
{
    Lab *lab = *state;
    ha_config_free(apply(lab, copy()));
    g_autoptr(IoCibWrite) write = prepare_one(lab, copy());
    xmlNode *cib = query(lab);
    io_cib_write_preview(write, cib->doc);
    g_autoptr(HaConfig) preview = io_cib_decode(cib, NULL);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    g_autoptr(HaConfig) written = decode(lab);
    assert_false(preview->by_template);
    assert_same_groups(preview, written);
    assert_int_equal(write->undisturbed->len, G_N_ELEMENTS(vms)); /* each is to stay where it is */
    xmlFreeDoc(cib->doc);
}

/* base.xml: an administrator has a constraint on the template, which would no longer hold. */
static void a_template_that_is_named_stays(void **state)
{
    Lab *lab = *state;
    g_autoptr(HaConfig) config = apply(lab, add("vm3", "default"));
    assert_false(config->by_template);
    assert_present(lab, "//primitive[@id='vm3' and @template='hactl-group-default']");
    assert_int_equal(ha_config_find_vm(config, "vm3")->banned->len, 1);
    ha_config_free(apply(lab, policy("web", 3, "default")));
    ha_config_free(apply(lab, add("vm4", "web")));
    xmlNode *cib = query(lab);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(changes, join("vm4", "default"));
    assert_null(io_cib_write_changes(cib, 4, changes, &error));
    assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE));
    assert_non_null(strstr(error->message, "no-vm-on-node1"));
    assert_non_null(strstr(error->message, "hactl-vms-default"));
    xmlFreeDoc(cib->doc);
}

/* A constraint that names the tag holds for those that it lists. */
static void a_ban_of_the_tag_is_read(void **state)
{
    Lab *lab = *state;
    convert(lab);
    xmlDoc *ban = xmlReadDoc(
        BAD_CAST "<rsc_location id='no-web' rsc='hactl-vms-web' node='node2' score='-INFINITY'/>", NULL, NULL, 0);
    assert_int_equal(
        lab->cib->cmds->create(lab->cib, "constraints", xmlDocGetRootElement(ban), cib_sync_call), pcmk_ok);
    xmlFreeDoc(ban);
    g_autoptr(HaConfig) config = decode(lab);
    assert_int_equal(ha_config_find_vm(config, "web3")->banned->len, 1);
    assert_int_equal(ha_config_find_vm(config, "db1")->banned->len, 0);
}

/* ---- the form of today ---- */

/* One write, and in it nothing but what differs. */
static void a_group_s_change_reaches_its_vms(void **state)
{
    Lab *lab = *state;
    convert(lab);
    g_autoptr(HaConfig) before = decode(lab);
    g_autoptr(HaConfig) after = apply(lab, policy("default", 1, "default"));
    assert_int_equal(after->epoch, before->epoch + 1);
    assert_int_equal(ha_config_find_vm(after, "plain")->priority, 50);
    assert_int_equal(ha_config_find_vm(after, "tuned")->priority, 77); /* what it was given itself outranks the group */
    assert_int_equal(ha_config_find_vm(after, "web1")->priority, 10);
    g_autoptr(IoCibWrite) same = prepare_one(lab, policy("default", 1, "default"));
    assert_null(same->remove_path);
    assert_null(io_xml_child(io_xml_child(xmlDocGetRootElement(same->doc), "resources"), "primitive"));
}

/* Nobody sees it half done. */
static void who_leaves_default_does_so_in_one_operation(void **state)
{
    Lab *lab = *state;
    convert(lab);
    assert_absent(lab, "//tag[@id='hactl-vms-default']");
    g_autoptr(IoCibWrite) write = prepare_one(lab, join("plain", "db"));
    assert_null(write->remove_path);
    g_autoptr(HaConfig) joined = apply(lab, join("plain", "db"));
    assert_string_equal(ha_config_find_vm(joined, "plain")->group, "db");
    assert_string_equal(ha_config_find_vm(joined, "tuned")->group, "default");
}

static void default_has_a_tag_while_a_rule_names_it(void **state)
{
    Lab *lab = *state;
    convert(lab);
    HaChange *ruled = policy("default", 1, "default");
    g_ptr_array_add(ruled->policy->prefer, g_strdup("node1"));
    ha_config_free(apply(lab, ruled));
    assert_present(lab, "//tag[@id='hactl-vms-default']/obj_ref[@id='plain']");
    assert_present(lab, "//rsc_location[@rsc='hactl-vms-default']");
    g_autoptr(HaConfig) unlisted = apply(lab, policy("default", 1, "default"));
    assert_absent(lab, "//tag[@id='hactl-vms-default']");
    assert_string_equal(ha_config_find_vm(unlisted, "plain")->group, "default");
}

static void who_changes_groups_changes_policies(void **state)
{
    Lab *lab = *state;
    convert(lab);
    assert_present(lab, "//primitive[@id='db1']//op[@name='migrate_to']//nvpair[@name='hactl-migration']");
    ha_config_free(apply(lab, join("db1", "web")));
    assert_absent(lab, "//primitive[@id='db1']//nvpair[@name='hactl-migration']");
    assert_present(lab, "//primitive[@id='db1']//op[@name='start' and @timeout='120s']");
    assert_present(lab, "//tag[@id='hactl-vms-db' and count(obj_ref)=1]");
    assert_present(lab, "//tag[@id='hactl-vms-web']/obj_ref[@id='db1']");
    ha_config_free(apply(lab, join("db2", "web")));
    assert_absent(lab, "//tag[@id='hactl-vms-db']"); /* nobody is left in it */
    assert_absent(lab, "//rsc_order");
    g_autoptr(HaConfig) back = apply(lab, join("db2", "db"));
    assert_string_equal(ha_config_find_vm(back, "db2")->group, "db");
    assert_present(lab, "//rsc_order");
}

static void a_migration_policy_reaches_the_vms(void **state)
{
    Lab *lab = *state;
    convert(lab);
    HaChange *set = ha_change_new(HA_CHANGE_PROPERTY_SET, NULL, NULL, TEXT);
    set->name = g_strdup("hactl-migration-slow");
    ha_config_free(apply(lab, set));
    assert_present(lab, "//primitive[@id='db2']//op[@name='migrate_to']//nvpair[@value='" TEXT "']");
    HaChange *drop = ha_change_new(HA_CHANGE_PROPERTY_DROP, NULL, NULL, NULL);
    drop->name = g_strdup("hactl-migration-slow");
    ha_config_free(apply(lab, drop));
    assert_absent(lab, "//op//nvpair[@name='hactl-migration']");
}

/* What an administrator set on one VM's operation lasts as long as its group is left alone. */
static void other_changes_leave_the_copy_alone(void **state)
{
    Lab *lab = *state;
    convert(lab);
    xmlDoc *op = xmlReadDoc(BAD_CAST "<op id='hactl-vm-op.migrate_to.web1' timeout='12s'/>", NULL, NULL, 0);
    assert_int_equal(lab->cib->cmds->modify(lab->cib, "resources", xmlDocGetRootElement(op), cib_sync_call), pcmk_ok);
    xmlFreeDoc(op);
    ha_config_free(apply(lab, add("web4", "web")));
    ha_config_free(apply(lab, policy("db", 2, "slow")));
    assert_present(lab, "//op[@id='hactl-vm-op.migrate_to.web1' and @timeout='12s' and @on-fail='block']");
    ha_config_free(apply(lab, policy("web", 5, "default")));
    assert_present(lab, "//op[@id='hactl-vm-op.migrate_to.web1' and @timeout='1800s']");
}

static void who_goes_leaves_the_tag(void **state)
{
    Lab *lab = *state;
    convert(lab);
    const char *gone[] = {"db1", "db2"};
    for (gsize i = 0; i < G_N_ELEMENTS(gone); i++) {
        g_autoptr(IoCibWrite) write = prepare_one(lab, ha_change_new(HA_CHANGE_VM_REMOVE, gone[i], NULL, NULL));
        assert_int_equal(carry_out(lab, write), pcmk_ok);
    }
    assert_absent(lab, "//tag[@id='hactl-vms-db']");
    assert_absent(lab, "//obj_ref[@id='db1' or @id='db2']");
    g_autoptr(HaConfig) config = decode(lab);
    assert_non_null(ha_config_find_group(config, "db"));
}

#define OLD(test) cmocka_unit_test_setup_teardown(test, old_setup, lab_teardown)

int main(void)
{
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    const struct CMUnitTest tests[] = {
        OLD(the_effect_is_the_same),
        OLD(the_earlier_form_is_read_and_left),
        OLD(the_earlier_form_can_be_changed),
        OLD(another_s_change_is_not_undone),
        OLD(the_preview_is_what_is_written),
        cmocka_unit_test_setup_teardown(a_template_that_is_named_stays, lab_setup, lab_teardown),
        OLD(a_ban_of_the_tag_is_read),
        OLD(who_leaves_default_does_so_in_one_operation),
        OLD(default_has_a_tag_while_a_rule_names_it),
        OLD(a_group_s_change_reaches_its_vms),
        OLD(who_changes_groups_changes_policies),
        OLD(a_migration_policy_reaches_the_vms),
        OLD(other_changes_leave_the_copy_alone),
        OLD(who_goes_leaves_the_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
