/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fence devices out of the CIB, and into it: written by Pacemaker's own library on a file, judged by crm_verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>

#include "agent/core/ha_fence.h"
#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_fence.h"

/* A CIB of two nodes with these properties, resources, constraints (and more of <configuration>), and status. */
static char *cib_text(const char *properties, const char *resources, const char *rest, const char *status)
{
    return g_strdup_printf(
        "<cib validate-with='pacemaker-3.8' have-quorum='1'><configuration><crm_config><cluster_property_set "
        "id='cib-bootstrap-options'>%s</cluster_property_set></crm_config><nodes><node id='1' uname='node1'>"
        "<instance_attributes id='r'><nvpair id='rack' name='rack' value='7'/></instance_attributes></node>"
        "<node id='2' uname='node2'/></nodes><resources>%s</resources>%s</configuration><status>%s</status></cib>",
        properties, resources, rest, status);
}

static HaConfig *decode(const char *properties, const char *resources, const char *rest, const char *status)
{
    g_autofree char *text = cib_text(properties, resources, rest, status);
    g_autoptr(GError) error = NULL;
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), "cib", NULL, XML_PARSE_NONET);
    HaConfig *config = io_cib_decode(xmlDocGetRootElement(doc), &error);
    xmlFreeDoc(doc);
    if (error)
        fail_msg("%s", error->message);
    return config;
}

/* "a,b" of an array of strings. */
static char *join(const GPtrArray *strings)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < strings->len; i++)
        g_string_append_printf(text, "%s%s", i ? "," : "", (const char *)strings->pdata[i]);
    return g_string_free(text, FALSE);
}

#define DEVICE(params)                                                                                                 \
    "<primitive id='f' class='stonith' type='fence_x'><instance_attributes id='i'>" params                             \
    "</instance_attributes></primitive>"
#define LIST(value) "<nvpair id='l' name='pcmk_host_list' value='" value "'/>"
#define MAP(value) "<nvpair id='m' name='pcmk_host_map' value='" value "'/>"
#define CHECK(value) "<nvpair id='c' name='pcmk_host_check' value='" value "'/>"

static void whom_a_device_fences(void **state)
{
    static const struct {
        const char *resources;
        gboolean asks;
        const char *hosts;
    } rows[] = {
        {DEVICE(LIST("node1")), FALSE, "node1"},
        {DEVICE(LIST("node2, node1")), FALSE, "node1,node2"},
        {DEVICE(LIST("node2 node1 node2")), FALSE, "node1,node2"},
        {DEVICE(MAP("node1:7;node2:8,9")), FALSE, "node1,node2"},
        {DEVICE(MAP("node2=8 node1=7")), FALSE, "node1,node2"},
        {DEVICE(LIST("node1") MAP("node1:7;node2:8")), FALSE, "node1"},
        {DEVICE(""), TRUE, ""},
        {DEVICE(LIST("node1") CHECK("dynamic-list")), TRUE, ""},
        {DEVICE(CHECK("none")), TRUE, ""},
        {DEVICE(CHECK("static-list")), FALSE, ""},
        {"<group id='g'>" DEVICE(LIST("node1")) "</group>", FALSE, "node1"},
        {"<clone id='g'>" DEVICE(LIST("node1")) "</clone>", FALSE, "node1"},
        {"<template id='t' class='stonith' type='fence_x'><instance_attributes id='i'>" LIST(
             "node2") "</instance_attributes></template><primitive id='f' template='t'/>",
            FALSE, "node2"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HaConfig) config = decode("", rows[i].resources, "", "");
        const HaFenceDevice *device = ha_fence_find(config, "f");
        assert_non_null(device);
        g_autofree char *hosts = join(device->hosts);
        assert_string_equal(hosts, rows[i].hosts);
        assert_int_equal(device->asks, rows[i].asks);
        assert_string_equal(device->agent, "fence_x");
        assert_true(config->fencing);
    }
}

static void properties_of_fencing(void **state)
{
    static const struct {
        const char *properties, *resources;
        gboolean enabled, watchdog, allowed, fencing;
    } rows[] = {
        {"", "", TRUE, FALSE, FALSE, FALSE},
        {"", DEVICE(""), TRUE, FALSE, FALSE, TRUE},
        {"<nvpair id='a' name='stonith-enabled' value='false'/>", DEVICE(""), FALSE, FALSE, FALSE, FALSE},
        {"<nvpair id='a' name='hactl-allow-unfenced' value='true'/>", "", TRUE, FALSE, TRUE, FALSE},
        {"<nvpair id='a' name='have-watchdog' value='true'/>", "", TRUE, FALSE, FALSE, FALSE},
        {"<nvpair id='a' name='have-watchdog' value='true'/><nvpair id='b' name='stonith-watchdog-timeout' "
         "value='10s'/>",
            "", TRUE, TRUE, FALSE, TRUE},
        {"<nvpair id='a' name='have-watchdog' value='false'/><nvpair id='b' name='stonith-watchdog-timeout' "
         "value='10s'/>",
            "", TRUE, FALSE, FALSE, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HaConfig) config = decode(rows[i].properties, rows[i].resources, "", "");
        assert_int_equal(config->stonith_enabled, rows[i].enabled);
        assert_int_equal(config->fence_watchdog, rows[i].watchdog);
        assert_int_equal(config->allow_unfenced, rows[i].allowed);
        assert_int_equal(config->fencing, rows[i].fencing);
    }
}

#define STATE(id, member, ops)                                                                                         \
    "<node_state id='" id "' uname='node" id "' in_ccm='" member "' crmd='online' join='member' expected='member'>"    \
    "<lrm id='" id "'><lrm_resources><lrm_resource id='f'>" ops "</lrm_resource></lrm_resources></lrm></node_state>"
#define OP(name, call, rc, more)                                                                                       \
    "<lrm_rsc_op id='f_" name call "' operation_key='f_" name "' operation='" name "' call-id='" call "' rc-code='" rc \
    "' op-status='" more "' last-rc-change='17" call "'/>"
#define GOOD_START OP("start", "11", "0", "0' interval='0' transition-key='1:1:0:x")
#define BAD_START OP("start", "12", "1", "0' interval='0' exit-reason='no route' transition-key='1:1:0:x")
#define BAD_MONITOR OP("monitor", "13", "1", "0' interval='60000' exit-reason='password' transition-key='1:1:0:x")
#define STOP OP("stop", "14", "0", "0' interval='0' transition-key='1:1:0:x")
#define STOPPED_META "<meta_attributes id='q'><nvpair id='w' name='target-role' value='Stopped'/></meta_attributes>"

static void how_a_device_is(void **state)
{
    static const struct {
        const char *meta, *status;
        HaFenceState is;
        const char *node, *reason;
    } rows[] = {
        {"", "", HA_FENCE_STOPPED, NULL, NULL},
        {"", STATE("1", "true", GOOD_START), HA_FENCE_STARTED, "node1", NULL},
        {"", STATE("1", "true", BAD_START STOP), HA_FENCE_FAILED, "node1", "no route"},
        {"", STATE("1", "true", BAD_START), HA_FENCE_FAILED, "node1", "no route"},
        {"", STATE("1", "true", GOOD_START BAD_MONITOR), HA_FENCE_FAILED, "node1", "password"},
        {"", STATE("1", "true", BAD_START) STATE("2", "true", GOOD_START), HA_FENCE_STARTED, "node2", NULL},
        {"", STATE("1", "true", GOOD_START) STATE("2", "true", BAD_START), HA_FENCE_STARTED, "node1", NULL},
        {"", STATE("1", "false", GOOD_START), HA_FENCE_STOPPED, NULL, NULL}, /* of a node that is gone */
        {STOPPED_META, STATE("1", "true", GOOD_START STOP), HA_FENCE_DISABLED, NULL, NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *resources =
            g_strdup_printf("<primitive id='f' class='stonith' type='fence_x'>%s</primitive>", rows[i].meta);
        g_autoptr(HaConfig) config = decode("", resources, "", rows[i].status);
        const HaFenceDevice *device = ha_fence_find(config, "f");
        if (device->state != rows[i].is)
            fail_msg("row %u: %s", i, ha_fence_state_word(device->state));
        assert_int_equal(g_strcmp0(device->node, rows[i].node), 0);
        assert_int_equal(g_strcmp0(device->reason, rows[i].reason), 0);
    }
    g_autoptr(HaConfig) config = decode("", DEVICE(""), "", STATE("1", "true", GOOD_START BAD_MONITOR));
    assert_int_equal(ha_fence_find(config, "f")->since_s, 1713);
}

static void who_may_use_it_and_topology(void **state)
{
    g_autoptr(HaConfig) config = decode("", DEVICE(LIST("node1")),
        "<constraints><rsc_location id='b' rsc='f' node='node1' score='-INFINITY'/><rsc_location id='d' rsc='f' "
        "node='node2' score='-500'/></constraints><fencing-topology><fencing-level id='1' target='node2' index='2' "
        "devices='f,g'/><fencing-level id='2' target-pattern='^node[12]$' index='1' devices='h'/><fencing-level id='3' "
        "target-attribute='rack' target-value='7' index='3' devices='f'/></fencing-topology>",
        "");
    g_autofree char *banned = join(ha_fence_find(config, "f")->banned);
    assert_string_equal(banned, "node1");
    g_autoptr(GString) levels = g_string_new(NULL);
    for (guint i = 0; i < config->fence_levels->len; i++) {
        const HaFenceLevel *level = config->fence_levels->pdata[i];
        g_autofree char *devices = join(level->devices);
        g_string_append_printf(levels, "%s/%u=%s ", level->node, level->index, devices);
    }
    assert_string_equal(levels->str, "node2/2=f,g node1/1=h node2/1=h node1/3=f ");
}

/* ---- written ---- */

static char *base_path(void)
{
    return g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", "base.xml", NULL);
}

static void run(const char *dir, const char *const *argv)
{
    g_autofree char *err = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *file = g_build_filename(dir, "cib.xml", NULL);
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "CIB_file", file, TRUE);
    int status = -1;
    if (!g_spawn_sync(NULL, (char **)argv, env, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &err, &status, &error))
        fail_msg("%s: %s", argv[0], error->message);
    if (status != 0)
        fail_msg("%s: %s", argv[0], err);
}

static xmlDoc *read_cib(const char *dir)
{
    g_autofree char *file = g_build_filename(dir, "cib.xml", NULL);
    xmlDoc *doc = xmlReadFile(file, NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    return doc;
}

/* Carry the changes out on the file; Returns: (transfer full) what it says then. */
static HaConfig *apply(const char *dir, HaChange *change)
{
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(changes, change);
    xmlDoc *before = read_cib(dir);
    g_autoptr(IoCibWrite) write = io_cib_write_changes(xmlDocGetRootElement(before), 4, changes, &error);
    if (error)
        fail_msg("%s", error->message);
    if (write->remove_path)
        run(dir, (const char *const[]){"cibadmin", "--delete-all", "--force", "--xpath", write->remove_path, NULL});
    g_autofree char *part = g_build_filename(dir, "part.xml", NULL);
    assert_true(xmlSaveFile(part, write->doc) > 0);
    run(dir, (const char *const[]){
                 "cibadmin", "--modify", "--allow-create", "--scope", "configuration", "--xml-file", part, NULL});
    g_autofree char *file = g_build_filename(dir, "cib.xml", NULL);
    run(dir, (const char *const[]){"crm_verify", "--xml-file", file, NULL});
    xmlFreeDoc(before);
    xmlDoc *after = read_cib(dir);
    HaConfig *config = io_cib_decode(xmlDocGetRootElement(after), &error);
    xmlFreeDoc(after);
    assert_non_null(config);
    return config;
}

static void a_device_is_written_and_removed(void **state)
{
    g_autofree char *dir = g_dir_make_tmp("hactl-fence-XXXXXX", NULL);
    g_autofree char *source = base_path();
    g_autofree char *copy = g_build_filename(dir, "cib.xml", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(source, &text, NULL, NULL));
    assert_true(g_file_set_contents(copy, text, -1, NULL));

    HaChange *add = ha_change_new(HA_CHANGE_FENCE_ADD, NULL, NULL, NULL);
    add->fence = ha_fence_spec_new("rack", "fence_ipmilan");
    ha_fence_spec_put(add->fence, "ip", "10.0.0.9");
    ha_fence_spec_put(add->fence, "password", "<&'\">");
    g_ptr_array_add(add->fence->hosts, g_strdup("node2"));
    g_autoptr(HaConfig) added = apply(dir, add);
    const HaFenceDevice *device = ha_fence_find(added, "hactl-fence-rack");
    assert_non_null(device);
    g_autofree char *hosts = join(device->hosts), *banned = join(device->banned);
    assert_string_equal(hosts, "node2");
    assert_string_equal(banned, "node2");
    g_autofree char *now = NULL;
    assert_true(g_file_get_contents(copy, &now, NULL, NULL));
    assert_non_null(strstr(now, "name=\"password\" value=\"&lt;&amp;"));

    g_autoptr(HaConfig) removed = apply(dir, ha_change_new(HA_CHANGE_FENCE_REMOVE, NULL, NULL, "hactl-fence-rack"));
    assert_null(ha_fence_find(removed, "hactl-fence-rack"));
    g_autofree char *end = NULL;
    assert_true(g_file_get_contents(copy, &end, NULL, NULL));
    assert_null(strstr(end, "hactl-fence-rack"));

    static const char *const left[] = {"cib.xml", "cib.xml.sig", "cib.last", "part.xml"};
    for (guint i = 0; i < G_N_ELEMENTS(left); i++) {
        g_autofree char *path = g_build_filename(dir, left[i], NULL);
        g_unlink(path);
    }
    g_rmdir(dir);
}

/* One device for several hosts is everybody's to use: a ban for each would leave nobody. */
static void a_shared_device_bans_nobody(void **state)
{
    xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
    xmlDocSetRootElement(doc, xmlNewNode(NULL, BAD_CAST "configuration"));
    g_autoptr(HaFenceSpec) spec = ha_fence_spec_new("pdu", "fence_apc");
    g_ptr_array_add(spec->hosts, g_strdup("node1"));
    g_ptr_array_add(spec->hosts, g_strdup("node2"));
    io_cib_fence_write(xmlDocGetRootElement(doc), spec);
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemory(doc, &text, &size);
    assert_non_null(strstr((const char *)text, "value=\"node1,node2\""));
    assert_null(strstr((const char *)text, "rsc_location"));
    xmlFree(text);
    xmlFreeDoc(doc);
}

static void a_name_in_use_is_refused(void **state)
{
    g_autofree char *path = base_path();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
    xmlNode *resources = xmlDocGetRootElement(doc)->children;
    while (resources && !xmlStrEqual(resources->name, BAD_CAST "configuration"))
        resources = resources->next;
    for (resources = resources->children; !xmlStrEqual(resources->name, BAD_CAST "resources");)
        resources = resources->next;
    xmlSetProp(xmlNewChild(resources, NULL, BAD_CAST "primitive", NULL), BAD_CAST "id", BAD_CAST "hactl-fence-rack");
    HaChange *add = ha_change_new(HA_CHANGE_FENCE_ADD, NULL, NULL, NULL);
    add->fence = ha_fence_spec_new("rack", "fence_ipmilan");
    g_ptr_array_add(changes, add);
    assert_null(io_cib_write_changes(xmlDocGetRootElement(doc), 4, changes, &error));
    assert_true(g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE));
    xmlFreeDoc(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whom_a_device_fences),
        cmocka_unit_test(properties_of_fencing),
        cmocka_unit_test(how_a_device_is),
        cmocka_unit_test(who_may_use_it_and_topology),
        cmocka_unit_test(a_device_is_written_and_removed),
        cmocka_unit_test(a_shared_device_bans_nobody),
        cmocka_unit_test(a_name_in_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
