/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Pacemaker's real scheduler makes of the rules that hactl writes: what moves, what starts, what is left alone. */
#include "tests/unit/cib_lab.h"

#define HASH "3333333333333333333333333333333333333333333333333333333333333333"
#define NO_PARAMETERS "f2317cad3d54cec5d7d7aa7d0bf35cf8" /* Pacemaker's digest of none */
#define KEY "1:0:0:aaaaaaaa-0000-0000-0000-000000000000"
#define GONE 1u
#define SCHEDULER_MAX_S "100" /* on a busy machine; it takes far less than one */

/* ---- a cluster in a line: "web1=node1 web2=node2 db1=-"; VMs are in the group of their letters ---- */

static char *group_of(const char *vm)
{
    return g_strndup(vm, strcspn(vm, "0123456789"));
}

static void add_history(GString *cib, const char *vm, const char *at, const char *node)
{
    gboolean here = g_strcmp0(at, node) == 0;
    g_string_append_printf(cib,
        "<lrm_resource id='%s' type='vm' class='ocf' provider='hactl'><lrm_rsc_op id='%s_last_0' "
        "operation_key='%s_%s_0' operation='%s' transition-key='" KEY "' transition-magic='0:%d;" KEY
        "' call-id='1' rc-code='%d' op-status='0' interval='0' crm_feature_set='3.16.1' op-digest='" NO_PARAMETERS
        "'/></lrm_resource>",
        vm, vm, vm, here ? "start" : "monitor", here ? "start" : "monitor", here ? 0 : 7, here ? 0 : 7);
}

static void add_state(GString *cib, guint i, gboolean gone, char *const *vms)
{
    g_autofree char *node = g_strdup_printf("node%u", i);
    g_string_append_printf(cib,
        "<node_state id='%u' uname='%s' in_ccm='%s' crmd='%s' join='%s' expected='member'><lrm id='%u'><lrm_resources>",
        i, node, gone ? "false" : "true", gone ? "offline" : "online", gone ? "down" : "member", i);
    for (; *vms; vms++) {
        g_auto(GStrv) parts = g_strsplit(*vms, "=", 2);
        add_history(cib, parts[0], parts[1], node);
    }
    g_string_append(cib, "</lrm_resources></lrm></node_state>");
}

/* @gone: the number of a node that is lost, 0 none. Fencing is off, so that a lost node's VMs are recovered at once. */
static Lab *cluster(guint n_nodes, const char *line, guint gone, GPtrArray *groups)
{
    g_auto(GStrv) vms = g_strsplit(line, " ", -1);
    g_autoptr(GString) cib = g_string_new(
        "<cib crm_feature_set='3.16.1' validate-with='pacemaker-3.9' epoch='1' num_updates='0' admin_epoch='0' "
        "have-quorum='1'><configuration><crm_config><cluster_property_set id='o'>"
        "<nvpair id='o-f' name='stonith-enabled' value='false'/>"
        "<nvpair id='hactl-term' name='hactl-term' value='4:node1'/></cluster_property_set></crm_config><nodes>");
    for (guint i = 1; i <= n_nodes; i++)
        g_string_append_printf(cib, "<node id='%u' uname='node%u'/>", i, i);
    g_string_append(cib, "</nodes><resources/><constraints/></configuration><status>");
    for (guint i = 1; i <= n_nodes; i++)
        add_state(cib, i, i == gone, vms);
    g_string_append(cib, "</status></cib>");

    Lab *lab = lab_new(cib->str);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    for (guint i = 0; i < groups->len; i++)
        g_ptr_array_add(changes, ha_change_group_set(groups->pdata[i]));
    for (char **vm = vms; *vm; vm++) {
        g_auto(GStrv) parts = g_strsplit(*vm, "=", 2);
        HaChange *add = ha_change_new(HA_CHANGE_VM_ADD, parts[0], NULL, HASH);
        add->group = group_of(parts[0]);
        add->running = TRUE;
        add->mem_mib = add->vcpus = 1;
        g_ptr_array_add(changes, add);
    }
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    /* The histories know no parameter: neither does the configuration. */
    assert_int_equal(lab->cib->cmds->remove(
                         lab->cib, "//primitive/instance_attributes", NULL, cib_sync_call | cib_xpath | cib_multiple),
        pcmk_ok);
    return lab;
}

static void pin(const Lab *lab, const char *vm, const char *node)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_SET, vm, node, NULL));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
}

static void stop(const Lab *lab, const char *vm)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_ROLE_SET, vm, NULL, NULL));
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    assert_int_equal(carry_out(lab, write), pcmk_ok);
}

/* "Migrate web1 ( node1 -> node2 )", a line each, without what the scheduler says besides. */
static char *summary(const char *output)
{
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    GString *text = g_string_new(NULL);
    gboolean in_summary = FALSE;
    for (char **line = lines; *line; line++) {
        if (strstr(*line, "Transition Summary"))
            in_summary = TRUE;
        else if (strstr(*line, "Executing Cluster Transition"))
            break;
        char *words = in_summary ? strstr(*line, "* ") : NULL;
        if (!words)
            continue;
        char *why = strstr(words, " due to ");
        if (why)
            *why = '\0';
        g_auto(GStrv) parts = g_strsplit_set(g_strstrip(words + 2), " ", -1);
        for (char **part = parts; *part; part++)
            if (**part)
                g_string_append_printf(text, "%s%s", part == parts ? "" : " ", *part);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

/* Frees @lab. */
static void expect(Lab *lab, const char *want)
{
    xmlNode *cib = query(lab);
    g_autofree char *path = g_build_filename(lab->dir, "verify.xml", NULL);
    g_autofree char *out = NULL;
    const char *argv[] = {"timeout", SCHEDULER_MAX_S, "crm_simulate", "--xml-file", path, "--simulate", NULL};
    assert_true(xmlSaveFile(path, cib->doc) > 0);
    xmlFreeDoc(cib->doc);
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
        &out, NULL, NULL, NULL));
    g_unlink(path);
    g_autofree char *got = summary(out);
    void *state = lab;
    lab_teardown(&state);
    assert_string_equal(got, want);
}

/* ---- groups ---- */

static GPtrArray *groups_new(void)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free);
    g_ptr_array_add(groups, ha_group_new("db"));
    g_ptr_array_add(groups, ha_group_new("web"));
    return groups;
}

static HaGroup *db(GPtrArray *groups)
{
    return groups->pdata[0];
}

static HaGroup *web(GPtrArray *groups)
{
    return groups->pdata[1];
}

static void affinity(GPtrArray *groups, HaAffinity kind, HaRuleStrength strength)
{
    web(groups)->affinity = kind;
    web(groups)->affinity_strength = strength;
}

/* ---- what was found out ---- */

static void tiers_begin_in_their_order(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    db(groups)->tier = 1;
    web(groups)->tier = 5;
    expect(cluster(2, "web1=- db1=-", 0, groups), "Start db1 ( node1 )\nStart web1 ( node2 )\n");
    db(groups)->tier = 5;
    web(groups)->tier = 1;
    expect(cluster(2, "db1=- web1=-", 0, groups), "Start web1 ( node1 )\nStart db1 ( node2 )\n");
}

/* Whatever they ask for together: a running VM stays. */
static void soft_rules_move_nothing(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    affinity(groups, HA_AFFINITY_APART, HA_RULE_SOFT);
    g_ptr_array_add(web(groups)->only_on, g_strdup("node2"));
    g_ptr_array_add(web(groups)->prefer, g_strdup("node2"));
    web(groups)->prefer_strength = HA_RULE_HARD;
    expect(cluster(3, "web1=node1 web2=node1 web3=node1 web4=node1 web5=node1", 0, groups), "");
    affinity(groups, HA_AFFINITY_TOGETHER, HA_RULE_SOFT);
    expect(cluster(3, "web1=node1 web2=node2 web3=node3", 0, groups), "");
}

/* Seven are on their way to node2; each asks for it as much as the rule itself does. */
static void what_others_want_moves_nobody_softly_together(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    affinity(groups, HA_AFFINITY_TOGETHER, HA_RULE_SOFT);
    Lab *lab = cluster(
        3, "web1=node1 web2=node2 web3=node2 web4=node2 web5=node2 web6=node2 web7=node2 web8=node2", 0, groups);
    for (char vm[] = "web2"; vm[3] <= '8'; vm[3]++)
        pin(lab, vm, "node2");
    expect(lab, "");
}

static void soft_rules_choose_and_yield(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    g_ptr_array_add(web(groups)->prefer, g_strdup("node3"));
    expect(cluster(3, "web1=-", 0, groups), "Start web1 ( node3 )\n");
    expect(cluster(3, "web1=-", 3, groups), "Start web1 ( node1 )\n"); /* node3 is lost */
    affinity(groups, HA_AFFINITY_APART, HA_RULE_SOFT);
    g_ptr_array_set_size(web(groups)->prefer, 0);
    expect(cluster(2, "web1=- web2=- web3=-", 0, groups),
        "Start web1 ( node1 )\nStart web2 ( node2 )\nStart web3 ( node1 )\n");
}

static void hard_only_on_holds(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    g_ptr_array_add(web(groups)->only_on, g_strdup("node1"));
    web(groups)->only_on_strength = HA_RULE_HARD;
    expect(cluster(3, "web1=- web2=-", 0, groups), "Start web1 ( node1 )\nStart web2 ( node1 )\n");
    expect(cluster(3, "web1=-", GONE, groups), ""); /* it rather stays stopped */
}

/* A running VM is never stopped in favour of one that was lost, and they part, live, when a node is free again. */
static void hard_apart_parts_and_stops_nobody(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    affinity(groups, HA_AFFINITY_APART, HA_RULE_HARD);
    expect(cluster(3, "web1=- web2=- web3=-", 0, groups),
        "Start web1 ( node1 )\nStart web2 ( node2 )\nStart web3 ( node3 )\n");
    expect(cluster(3, "web1=- web2=node2 web3=node3", GONE, groups), "Start web1 ( node3 )\n");
    expect(cluster(3, "web1=node3 web2=node2 web3=node3", 0, groups), "Migrate web3 ( node3 -> node1 )\n");
    expect(cluster(3, "web1=node1 web2=node2 web3=node3", 0, groups), "");
}

/* Pacemaker's time doubled with every VM of the group: 40 would have taken years. */
static void a_large_group_apart_is_scheduled(void **state)
{
    static const HaRuleStrength strengths[] = {HA_RULE_SOFT, HA_RULE_HARD};
    g_autoptr(GPtrArray) groups = groups_new();
    g_autoptr(GString) vms = g_string_new("web1=-");
    for (guint i = 2; i <= 40; i++)
        g_string_append_printf(vms, " web%u=node%u", i, i);
    for (gsize i = 0; i < G_N_ELEMENTS(strengths); i++) {
        affinity(groups, HA_AFFINITY_APART, strengths[i]);
        expect(cluster(40, vms->str, 0, groups), "Start web1 ( node1 )\n");
    }
}

static void hard_together_moves_as_one_and_stops_alone(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    affinity(groups, HA_AFFINITY_TOGETHER, HA_RULE_HARD);
    Lab *pinned = cluster(2, "web1=node1 web2=node1", 0, groups);
    pin(pinned, "web2", "node2");
    expect(pinned, "Migrate web1 ( node1 -> node2 )\nMigrate web2 ( node1 -> node2 )\n");
    Lab *stopped = cluster(2, "web1=node1 web2=node1", 0, groups);
    stop(stopped, "web1");
    expect(stopped, "Stop web1 ( node1 )\n");
    expect(cluster(3, "web1=- web2=- web3=-", 0, groups),
        "Start web1 ( node1 )\nStart web2 ( node1 )\nStart web3 ( node1 )\n");
}

/* A drain under an order is live, those that wait are not restarted with those that they wait for. */
static void an_order_costs_no_running_vm(void **state)
{
    g_autoptr(GPtrArray) groups = groups_new();
    g_ptr_array_add(web(groups)->after, g_strdup("db"));
    Lab *drained = cluster(3, "db1=node1 web1=node1 web2=node2", 0, groups);
    pin(drained, "db1", "node2");
    pin(drained, "web1", "node3");
    expect(drained, "Migrate db1 ( node1 -> node2 )\nMigrate web1 ( node1 -> node3 )\n");
    Lab *stopped = cluster(3, "db1=node1 web1=node1 web2=node2", 0, groups);
    stop(stopped, "db1");
    pin(stopped, "web1", "node3");
    expect(stopped, "Stop db1 ( node1 )\nMigrate web1 ( node1 -> node3 )\n");
    expect(cluster(2, "db1=- web1=node2", 0, groups), "Start db1 ( node1 )\n"); /* web1 runs on */
    expect(cluster(2, "db1=- web1=-", 0, groups), "Start db1 ( node1 )\nStart web1 ( node2 )\n");
}

int main(void)
{
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiers_begin_in_their_order),
        cmocka_unit_test(soft_rules_move_nothing),
        cmocka_unit_test(what_others_want_moves_nobody_softly_together),
        cmocka_unit_test(soft_rules_choose_and_yield),
        cmocka_unit_test(hard_only_on_holds),
        cmocka_unit_test(hard_apart_parts_and_stops_nobody),
        cmocka_unit_test(a_large_group_apart_is_scheduled),
        cmocka_unit_test(hard_together_moves_as_one_and_stops_alone),
        cmocka_unit_test(an_order_costs_no_running_vm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
