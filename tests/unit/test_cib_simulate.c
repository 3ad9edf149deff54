/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Pacemaker's real scheduler does with CIBs before and after hactl's changes: would a pin's removal move a VM, and
 * do the records of past migrations mislead it?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_forget.h"
#include "agent/io/io_cib_xml.h"
#include "agent/io/io_simulate.h"

static xmlDoc *load(const char *name)
{
    g_autofree char *path = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", name, NULL);
    xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
    assert_non_null(doc);
    return doc;
}

static xmlNode *find(xmlDoc *doc, const char *xpath)
{
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST xpath, context);
    assert_non_null(found);
    xmlNode *node = found->nodesetval && found->nodesetval->nodeNr == 1 ? found->nodesetval->nodeTab[0] : NULL;
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return node;
}

static void remove_one(xmlDoc *doc, const char *xpath)
{
    xmlNode *node = find(doc, xpath);
    if (!node)
        fail_msg("not once there: %s", xpath);
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

static void add_to(xmlDoc *doc, const char *xpath, const char *xml)
{
    xmlNode *parent = find(doc, xpath);
    assert_non_null(parent);
    xmlDoc *part = xmlReadDoc(BAD_CAST xml, NULL, NULL, 0);
    assert_non_null(part);
    xmlAddChild(parent, xmlDocCopyNode(xmlDocGetRootElement(part), doc, 1));
    xmlFreeDoc(part);
}

/* ---- io_simulate ---- */

typedef struct {
    GMainLoop *loop;
    guint calls;
    HaOutcome outcome;
    char *text;
} Answer;

static void on_simulated(HaOutcome outcome, const char *text, gpointer data)
{
    Answer *answer = data;
    answer->calls++;
    answer->outcome = outcome;
    answer->text = g_strdup(text);
    g_main_loop_quit(answer->loop);
}

static HaOutcome simulate(xmlDoc *doc, const char *names, guint timeout_ms, char **ret_text)
{
    Answer answer = {.loop = g_main_loop_new(NULL, FALSE)};
    g_auto(GStrv) parts = g_strsplit(names, " ", -1);
    g_autoptr(GPtrArray) vms = g_ptr_array_new();
    for (char **part = parts; *part; part++)
        g_ptr_array_add(vms, *part);
    io_simulate_run(doc, vms, timeout_ms, on_simulated, &answer);
    g_main_loop_run(answer.loop);
    g_main_loop_unref(answer.loop);
    assert_int_equal(answer.calls, 1);
    *ret_text = answer.text;
    return answer.outcome;
}

/* The CIB after the removal of vm1's pin, as io_cib would have it simulated. */
static xmlDoc *unpinned(const char *file, guint64 term)
{
    xmlDoc *doc = load(file);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_ptr_array_add(changes, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    g_autoptr(IoCibWrite) write = io_cib_write_changes(xmlDocGetRootElement(doc), term, changes, NULL);
    assert_non_null(write);
    io_cib_write_preview(write, doc);
    assert_null(find(doc, "//rsc_location[@id='hactl-pin-vm1']"));
    return doc;
}

static void test_stickiness_holds(void **state)
{
    static const struct {
        const char *file;
        guint64 term;
    } table[] = {{"base.xml", 4}, {"landed.xml", 1}};
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = NULL;
        xmlDoc *doc = unpinned(table[i].file, table[i].term);
        assert_int_equal(simulate(doc, "vm1", 60000, &text), HA_DONE_OK);
        assert_null(text);
        xmlFreeDoc(doc);
    }
}

/* An administrator prefers another node more than stickiness holds: the VM would go back at once. */
static void test_preference_pulls_back(void **state)
{
    g_autofree char *text = NULL;
    xmlDoc *doc = unpinned("landed.xml", 1);
    add_to(doc, "//constraints", "<rsc_location id='rather' rsc='vm1' node='node1' score='2000'/>");
    assert_int_equal(simulate(doc, "vm2 vm1", 60000, &text), HA_DONE_WOULD_MOVE);
    assert_string_equal(text, "vm1"); /* not vm2, which stays */
    xmlFreeDoc(doc);
}

/* Both go, and both are named in order; a VM that nobody asked about is not. */
static void test_several_named(void **state)
{
    g_autofree char *both = NULL, *one = NULL;
    xmlDoc *doc = unpinned("landed.xml", 1);
    add_to(doc, "//constraints", "<rsc_location id='a' rsc='vm1' node='node1' score='-INFINITY'/>");
    add_to(doc, "//constraints", "<rsc_location id='b' rsc='vm1' node='node3' score='-INFINITY'/>");
    add_to(doc, "//constraints", "<rsc_location id='c' rsc='vm2' node='node2' score='-INFINITY'/>");
    assert_int_equal(simulate(doc, "vm2 vm1", 60000, &both), HA_DONE_WOULD_MOVE);
    assert_string_equal(both, "vm1 vm2");
    assert_int_equal(simulate(doc, "vm2", 60000, &one), HA_DONE_WOULD_MOVE);
    assert_string_equal(one, "vm2");
    xmlFreeDoc(doc);
}

/* vm1 at rest on node3, and as it would be after a new definition of @mem_mib. */
static xmlDoc *defined(guint64 mem_mib)
{
    xmlDoc *doc = unpinned("landed.xml", 1);
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    HaChange *define = ha_change_new(
        HA_CHANGE_VM_DEFINE, "vm1", NULL, "7777777777777777777777777777777777777777777777777777777777777777");
    define->mem_mib = mem_mib;
    define->vcpus = 2;
    g_ptr_array_add(changes, define);
    g_autoptr(IoCibWrite) write = io_cib_write_changes(xmlDocGetRootElement(doc), 1, changes, NULL);
    assert_non_null(write);
    assert_int_equal(write->undisturbed->len, 2);
    io_cib_write_preview(write, doc);
    assert_non_null(find(doc, "//nvpair[@id='hactl-definition-vm1' and starts-with(@value, '7777')]"));
    return doc;
}

/* Pacemaker reloads the agent's parameters and restarts nothing; an agent without that would be restarted. */
static void test_definition_changes_in_place(void **state)
{
    g_autofree char *none = NULL, *restarted = NULL;
    xmlDoc *doc = defined(1024);
    assert_int_equal(simulate(doc, "vm1 vm2", 60000, &none), HA_DONE_OK);
    xmlDoc *naive = xmlCopyDoc(doc, 1);
    xmlNode *start = find(naive, "//node_state[@uname='node3']//lrm_rsc_op[@id='vm1_migrate_from_0']");
    assert_non_null(start);
    xmlUnsetProp(start, BAD_CAST "op-force-restart");
    xmlUnsetProp(start, BAD_CAST "op-restart-digest");
    assert_int_equal(simulate(naive, "vm1 vm2", 60000, &restarted), HA_DONE_WOULD_MOVE);
    assert_string_equal(restarted, "vm1");
    xmlFreeDoc(naive);
    xmlFreeDoc(doc);
}

/* Where Pacemaker places by size, a VM that outgrows its host pushes somebody off: that is seen before it is written.
 */
static void test_definition_too_large_for_its_host(void **state)
{
    g_autofree char *none = NULL, *pushed = NULL;
    for (guint i = 0; i < 2; i++) {
        xmlDoc *doc = defined(i == 0 ? 1024 : 1025);
        xmlNode *placement = find(doc, "//nvpair[@name='placement-strategy']");
        assert_non_null(placement);
        xmlSetProp(placement, BAD_CAST "value", BAD_CAST "utilization");
        for (guint node = 1; node <= 3; node++) {
            g_autofree char *path = g_strdup_printf("//configuration/nodes/node[@uname='node%u']", node);
            g_autofree char *xml = g_strdup_printf("<utilization id='size-%u'><nvpair id='memory-%u' name='memory' "
                                                   "value='%u'/><nvpair id='vcpu-%u' name='vcpu' "
                                                   "value='8'/></utilization>",
                node, node, node == 2 ? 2048 : 1024, node);
            add_to(doc, path, xml);
        }
        if (i == 0)
            assert_int_equal(simulate(doc, "vm1 vm2", 60000, &none), HA_DONE_OK);
        else
            assert_int_equal(simulate(doc, "vm1 vm2", 60000, &pushed), HA_DONE_WOULD_MOVE);
        xmlFreeDoc(doc);
    }
    assert_string_equal(pushed, "vm1");
}

static void test_simulation_fails(void **state)
{
    g_autofree char *text = NULL;
    xmlDoc *doc = xmlReadDoc(BAD_CAST "<nonsense/>", NULL, NULL, 0);
    assert_int_equal(simulate(doc, "vm1", 60000, &text), HA_DONE_FAILED);
    assert_non_null(text);
    xmlFreeDoc(doc);
}

static void test_simulation_times_out(void **state)
{
    g_autofree char *text = NULL;
    xmlDoc *doc = load("landed.xml");
    assert_int_equal(simulate(doc, "vm1", 1, &text), HA_DONE_TIMED_OUT);
    assert_string_equal(text, "crm_simulate did not answer within 1 ms");
    xmlFreeDoc(doc);
}

static void test_read(void **state)
{
    static const struct {
        const char *xml, *names;
    } table[] = {
        {"<r><cluster_status/><actions/><status code='0'/></r>", ""},
        {"<r><cluster_status/><status code='0'/></r>", ""},
        {"<r><cluster_status/><actions><rsc_action action='migrate' resource='a'/></actions><status code='0'/></r>",
            "a"},
        {"<r><cluster_status/><actions><rsc_action action='reload' resource='a'/></actions><status code='0'/></r>", ""},
        {"<r><cluster_status/><actions><rsc_action action='stop' resource='a' blocked='true'/></actions><status "
         "code='0'/></r>",
            ""},
        {"<r><cluster_status/><actions><rsc_action action='stop' resource='b'/></actions><status code='0'/></r>", ""},
        {"<r><cluster_status/><actions/><status code='70'/></r>", NULL},
        {"<r><actions/><status code='0'/></r>", NULL},
        {"<r><cluster_status/>", NULL},
        {"", NULL},
    };
    g_autoptr(GPtrArray) vms = g_ptr_array_new();
    g_ptr_array_add(vms, (char *)"a");
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *names = io_simulate_read(table[i].xml, vms, &error);
        if (g_strcmp0(names, table[i].names) != 0 || !names != (error != NULL))
            fail_msg("%s: %s", table[i].xml, names);
    }
}

/* ---- the history of past migrations ---- */

/* What the scheduler plans for a VM: "restart", "migrate", ..., "" for nothing. */
static char *planned(xmlDoc *doc, const char *vm)
{
    g_autofree char *path = NULL;
    g_autofree char *out = NULL;
    int fd = g_file_open_tmp("hactl-simulate-XXXXXX", &path, NULL);
    assert_true(fd >= 0 && g_close(fd, NULL));
    assert_true(xmlSaveFile(path, doc) > 0);
    const char *argv[] = {"crm_simulate", "--xml-file", path, "--run", "--output-as=xml", NULL};
    int status = -1;
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, NULL));
    assert_int_equal(status, 0);
    g_unlink(path);
    xmlDoc *answer = xmlReadDoc(BAD_CAST out, NULL, NULL, 0);
    assert_non_null(answer);
    g_autofree char *xpath = g_strdup_printf("/*/actions/rsc_action[@resource='%s']", vm);
    char *action = g_strdup(io_xml_attr(find(answer, xpath), "action"));
    xmlFreeDoc(answer);
    return action ? action : g_strdup("");
}

static void assert_planned(xmlDoc *doc, const char *vm, const char *expected)
{
    g_autofree char *action = planned(doc, vm);
    assert_string_equal(action, expected);
}

static void forget(xmlDoc *doc, const char *expected_node)
{
    const char *node = NULL;
    g_autoptr(IoCibWrite) write = io_cib_write_forget(xmlDocGetRootElement(doc), "vm1", &node);
    assert_int_equal(g_strcmp0(node, expected_node), 0);
    assert_null(write->modify_path);
    g_autofree char *kept = g_strdup(node);
    io_cib_write_preview(write, doc);
}

#define HISTORY(node) "//node_state[@uname='" node "']/lrm/lrm_resources/lrm_resource[@id='vm1']"
#define DIGEST "op-digest='92a49fee8e7ed081bdca857e67e04093'"

/* What a cleanup or refresh leaves on node3 once Pacemaker has probed it: nothing but the probe that found the VM
 * there. */
static void wipe_node3(xmlDoc *doc)
{
    xmlNode *resource = find(doc, HISTORY("node3"));
    assert_non_null(resource);
    for (xmlNode *child = resource->children; child; child = resource->children) {
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    add_to(doc, HISTORY("node3"),
        "<lrm_rsc_op id='vm1_last_0' operation_key='vm1_monitor_0' operation='monitor' crm_feature_set='3.16.1' "
        "transition-key='5:31:7:152cfd67' transition-magic='0:0;5:31:7:152cfd67' on_node='node3' call-id='61' "
        "rc-code='0' "
        "op-status='0' interval='0' last-rc-change='1795398929' " DIGEST "/>");
}

/*
 * Recorded: vm1 went from node1 to node3, then failed to go on to node2. Once the pin is gone the failure is cleaned
 * up. With the first migration still on record on node1, Pacemaker takes it for half done and restarts the VM.
 */
static void test_cleanup_after_migration(void **state)
{
    xmlDoc *naive = load("blocked.xml");
    remove_one(naive, "//rsc_location[@id='hactl-pin-vm1']");
    wipe_node3(naive);
    assert_planned(naive, "vm1", "restart");
    xmlFreeDoc(naive);

    xmlDoc *ours = unpinned("blocked.xml", 1);
    assert_null(find(ours, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']"));
    assert_non_null(find(ours, HISTORY("node3") "/lrm_rsc_op[@operation='migrate_to' and @rc-code='1']"));
    wipe_node3(ours);
    assert_planned(ours, "vm1", "");
    xmlFreeDoc(ours);
}

/* The same after a successful move, when somebody refreshes the VM where it runs. */
static void test_refresh_after_landing(void **state)
{
    xmlDoc *naive = load("landed.xml");
    wipe_node3(naive);
    assert_planned(naive, "vm1", "restart");
    xmlFreeDoc(naive);

    xmlDoc *ours = load("landed.xml");
    forget(ours, "node3");
    assert_planned(ours, "vm1", "");
    wipe_node3(ours);
    assert_planned(ours, "vm1", "");
    xmlFreeDoc(ours);
}

#define OLD_ARRIVAL                                                                                                    \
    "<lrm_rsc_op id='vm1_migrate_from_0' operation_key='vm1_migrate_from_0' operation='migrate_from' "                 \
    "crm_feature_set='3.16.1' transition-key='16:5:0:152cfd67' transition-magic='0:0;16:5:0:152cfd67' "                \
    "on_node='node3' "                                                                                                 \
    "call-id='23' rc-code='0' op-status='0' interval='0' last-rc-change='1795398700' migrate_source='node1' "          \
    "migrate_target='node3' " DIGEST "/>"
#define STOPPED                                                                                                        \
    "<lrm_rsc_op id='vm1_last_0' operation_key='vm1_stop_0' operation='stop' crm_feature_set='3.16.1' "                \
    "transition-key='12:6:0:152cfd67' transition-magic='0:0;12:6:0:152cfd67' on_node='node3' call-id='25' "            \
    "rc-code='0' "                                                                                                     \
    "op-status='0' interval='0' last-rc-change='1795398720' " DIGEST "/>"
#define DEPARTED                                                                                                       \
    "<lrm_rsc_op id='vm1_migrate_to_0' operation_key='vm1_migrate_to_0' operation='migrate_to' "                       \
    "crm_feature_set='3.16.1' "                                                                                        \
    "transition-key='15:7:0:152cfd67' transition-magic='0:0;15:7:0:152cfd67' on_node='node1' call-id='27' "            \
    "rc-code='0' "                                                                                                     \
    "op-status='0' interval='0' last-rc-change='1795398770' migrate_source='node1' migrate_target='node3' " DIGEST     \
    "/>"

/*
 * The second migration over the same pair, migrate_to done, and another change of the CIB made Pacemaker plan anew
 * before migrate_from: the first one's migrate_from is taken for it, and the VM is stopped and started.
 */
static void test_second_migration_over_a_pair(void **state)
{
    xmlDoc *naive = load("migrating.xml");
    remove_one(naive, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']");
    remove_one(naive, HISTORY("node3") "/lrm_rsc_op[@id='vm1_last_0']");
    add_to(naive, HISTORY("node3"), OLD_ARRIVAL);
    add_to(naive, HISTORY("node3"), STOPPED);
    xmlDoc *ours = xmlCopyDoc(naive, 1);
    forget(ours, "node1"); /* as setting the pin does */
    add_to(naive, HISTORY("node1"), DEPARTED);
    add_to(ours, HISTORY("node1"), DEPARTED);
    assert_planned(naive, "vm1", "restart");
    assert_planned(ours, "vm1", "migrate");
    xmlFreeDoc(naive);
    xmlFreeDoc(ours);
}

/* While it moves nothing is forgotten: those records are the present. */
static void test_forget_nothing_in_flight(void **state)
{
    xmlDoc *doc = load("migrating.xml");
    add_to(doc, HISTORY("node3"), OLD_ARRIVAL);
    forget(doc, NULL);
    assert_non_null(find(doc, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']"));
    assert_non_null(find(doc, HISTORY("node3") "/lrm_rsc_op[@operation='migrate_from']"));
    /* Half-way: it has left and not arrived, so it is active nowhere. */
    remove_one(doc, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']");
    remove_one(doc, HISTORY("node3") "/lrm_rsc_op[@operation='migrate_from']");
    add_to(doc, HISTORY("node1"), DEPARTED);
    forget(doc, NULL);
    assert_non_null(find(doc, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']"));
    xmlFreeDoc(doc);
}

/* An unclean node's history is what Pacemaker goes by: it stays. */
static void test_forget_spares_unclean(void **state)
{
    xmlDoc *doc = load("landed.xml");
    xmlNode *node = find(doc, "//node_state[@uname='node1']");
    xmlSetProp(node, BAD_CAST "in_ccm", BAD_CAST "false");
    forget(doc, "node3");
    assert_non_null(find(doc, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']"));
    xmlFreeDoc(doc);
}

/* Its arrival stays where it is: the proof that it runs there. */
static void test_forget_keeps_arrival(void **state)
{
    xmlDoc *doc = load("landed.xml");
    forget(doc, "node3");
    assert_non_null(find(doc, HISTORY("node3") "/lrm_rsc_op[@operation='migrate_from']"));
    assert_null(find(doc, HISTORY("node1") "/lrm_rsc_op[@operation='migrate_to']"));
    g_autoptr(HaConfig) config = io_cib_decode(xmlDocGetRootElement(doc), NULL);
    const HaConfigVm *vm1 = ha_config_find_vm(config, "vm1");
    assert_true(((HaConfigPlace *)vm1->places->pdata[2])->active);
    forget(doc, "node3"); /* nothing left to forget */
    xmlFreeDoc(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stickiness_holds),
        cmocka_unit_test(test_preference_pulls_back),
        cmocka_unit_test(test_several_named),
        cmocka_unit_test(test_definition_changes_in_place),
        cmocka_unit_test(test_definition_too_large_for_its_host),
        cmocka_unit_test(test_simulation_fails),
        cmocka_unit_test(test_simulation_times_out),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_cleanup_after_migration),
        cmocka_unit_test(test_refresh_after_landing),
        cmocka_unit_test(test_second_migration_over_a_pair),
        cmocka_unit_test(test_forget_nothing_in_flight),
        cmocka_unit_test(test_forget_spares_unclean),
        cmocka_unit_test(test_forget_keeps_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
