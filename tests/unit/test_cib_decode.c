/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CIB's XML against the HaConfig it becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <string.h>

#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_xml.h"

static xmlDoc *read_text(const char *text)
{
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), "cib", NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    return doc;
}

static HaConfig *decode_text(const char *text)
{
    g_autoptr(GError) error = NULL;
    xmlDoc *doc = read_text(text);
    HaConfig *config = io_cib_decode(xmlDocGetRootElement(doc), &error);
    xmlFreeDoc(doc);
    if (error)
        fail_msg("%s", error->message);
    return config;
}

static char *file_text(const char *name)
{
    g_autofree char *path = g_build_filename(HA_SOURCE_DIR, "tests", "unit", "cib", name, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail_msg("can't read %s", path);
    return text;
}

static HaConfig *decode_file(const char *name)
{
    g_autofree char *text = file_text(name);
    return decode_text(text);
}

/* base.xml with one text replaced by another, which must be there. */
static HaConfig *decode_edited(const char *from, const char *to)
{
    g_autofree char *text = file_text("base.xml");
    g_auto(GStrv) parts = g_strsplit(text, from, -1);
    if (g_strv_length(parts) < 2)
        fail_msg("base.xml does not contain %s", from);
    g_autofree char *edited = g_strjoinv(to, parts);
    return decode_text(edited);
}

static const HaConfigPlace *place_of(const HaConfigVm *vm, const char *node)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (strcmp(place->node, node) == 0)
            return place;
    }
    return NULL;
}

/* "node active pending failed_migrate_to failed reason", one a place. */
static char *places_text(const HaConfigVm *vm)
{
    static const char *const ops[] = {"-", "start", "stop", "migrate_to", "migrate_from", "monitor", "other"};
    GString *text = g_string_new(NULL);
    for (guint i = 0; vm && i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        g_string_append_printf(text, "%s%s %s %s%s%s", i ? ", " : "", place->node, place->active ? "active" : "idle",
            ops[place->pending], place->failed_migrate_to ? " blocked" : "", place->failed ? " failed" : "");
    }
    return g_string_free(text, FALSE);
}

static void assert_places(const HaConfig *config, const char *vm, const char *expected)
{
    g_autofree char *text = places_text(ha_config_find_vm(config, vm));
    assert_string_equal(text, expected);
}

static void test_properties(void **state)
{
    g_autoptr(HaConfig) config = decode_file("base.xml");
    assert_int_equal(config->admin_epoch, 0);
    assert_int_equal(config->epoch, 10);
    assert_int_equal(config->num_updates, 3);
    assert_true(config->quorate);
    assert_string_equal(config->dc, "node2");
    assert_int_equal(config->term, 4);
    assert_string_equal(config->term_owner, "node1");
    assert_int_equal(config->moves_per_node, 2);
    assert_int_equal(config->moves_per_cluster, 6);
    assert_true(config->fencing);
    assert_false(config->maintenance);
}

static void test_properties_edited(void **state)
{
    g_autoptr(HaConfig) no_quorum = decode_edited("have-quorum=\"1\"", "have-quorum=\"0\"");
    assert_false(no_quorum->quorate);
    g_autoptr(HaConfig) no_dc = decode_edited(" dc-uuid=\"2\"", "");
    assert_null(no_dc->dc);
    g_autoptr(HaConfig) no_fencing =
        decode_edited("name=\"stonith-enabled\" value=\"true\"", "name=\"stonith-enabled\" value=\"false\"");
    assert_false(no_fencing->fencing);
    g_autoptr(HaConfig) no_device = decode_edited("class=\"stonith\"", "class=\"systemd\"");
    assert_false(no_device->fencing);
    g_autoptr(HaConfig) unlimited =
        decode_edited("name=\"migration-limit\" value=\"2\"", "name=\"migration-limit\" value=\"-1\"");
    assert_int_equal(unlimited->moves_per_node, 0);
    g_autoptr(HaConfig) no_term = decode_edited("id=\"hactl-term\"", "id=\"someone-elses\"");
    assert_int_equal(no_term->term, 0);
    assert_null(no_term->term_owner);
    g_autoptr(HaConfig) bad_term = decode_edited("value=\"4:node1\"", "value=\"garbage\"");
    assert_int_equal(bad_term->term, 0);
    g_autoptr(HaConfig) maintenance =
        decode_edited("name=\"migration-limit\" value=\"2\"", "name=\"maintenance-mode\" value=\"true\"");
    assert_true(maintenance->maintenance);
    assert_false(ha_config_find_vm(maintenance, "vm1")->managed);
}

static void test_nodes(void **state)
{
    g_autoptr(HaConfig) config = decode_file("base.xml");
    assert_int_equal(config->nodes->len, 3);
    const HaConfigNode *node1 = ha_config_find_node(config, "node1");
    assert_int_equal(node1->node_id, 1);
    assert_int_equal(node1->state, HA_NODE_ONLINE);
    assert_false(node1->standby); /* permanently on, but transiently off, which outranks */
    assert_int_equal(node1->mem_mib, 4096);
    assert_false(node1->is_dc);
    assert_int_equal(node1->wish.kind, HA_WISH_NONE);
    assert_true(ha_config_find_node(config, "node2")->is_dc);
    const HaConfigNode *node3 = ha_config_find_node(config, "node3");
    assert_int_equal(node3->wish.kind, HA_WISH_DRAIN);
    assert_true(node3->wish.restart);
    assert_int_equal(node3->wish.since_s, 1700000000);
    assert_int_equal(node3->wish.deadline_s, 1700000600);
    assert_string_equal(node3->wish.by, "root@node1");
    assert_int_equal(node3->health, -500);
    assert_int_equal(node3->mem_mib, 0);
}

static void test_node_attributes(void **state)
{
    g_autoptr(HaConfig) standby = decode_edited("name=\"standby\" value=\"off\"", "name=\"standby\" value=\"on\"");
    assert_true(ha_config_find_node(standby, "node1")->standby);
    g_autoptr(HaConfig) permanent = decode_edited("name=\"standby\" value=\"off\"", "name=\"other\" value=\"off\"");
    assert_true(ha_config_find_node(permanent, "node1")->standby);
    g_autoptr(HaConfig) leaving =
        decode_edited("name=\"standby\" value=\"off\"", "name=\"shutdown\" value=\"1700000000\"");
    assert_true(ha_config_find_node(leaving, "node1")->standby);
    g_autoptr(HaConfig) maintained =
        decode_edited("name=\"standby\" value=\"on\"", "name=\"maintenance\" value=\"on\"");
    assert_true(ha_config_find_node(maintained, "node1")->maintenance);
    g_autoptr(HaConfig) back = decode_edited("value=\"drain since", "value=\"return since");
    assert_int_equal(ha_config_find_node(back, "node3")->wish.kind, HA_WISH_RETURN);
}

/* node1's membership as node_state says it, in the words of 2.1.5 and the times of 3.0. */
static void test_node_state(void **state)
{
    static const struct {
        const char *attributes;
        gboolean fencing;
        HaNodeState state;
    } table[] = {
        {"in_ccm='true' crmd='online' join='member' expected='member'", TRUE, HA_NODE_ONLINE},
        {"in_ccm='1732000000' crmd='1732000001' join='member' expected='member'", TRUE, HA_NODE_ONLINE},
        {"in_ccm='true' crmd='online' join='pending' expected='member'", TRUE, HA_NODE_ONLINE}, /* another DC */
        {"in_ccm='true' crmd='online' join='down' expected='member'", TRUE, HA_NODE_ONLINE},
        {"in_ccm='true' crmd='online' join='nack' expected='member'", TRUE, HA_NODE_OFFLINE},
        {"in_ccm='true' crmd='online' join='pending' expected='down'", TRUE, HA_NODE_OFFLINE}, /* coming up */
        {"in_ccm='true' crmd='online' join='member' expected='down'", TRUE, HA_NODE_OFFLINE},
        {"in_ccm='false' crmd='offline' join='down' expected='down'", TRUE, HA_NODE_OFFLINE},
        {"in_ccm='0' crmd='0' join='down' expected='down'", TRUE, HA_NODE_OFFLINE},
        {"in_ccm='false' crmd='offline' join='down' expected='member'", TRUE, HA_NODE_UNCLEAN},
        {"in_ccm='0' crmd='0' join='down' expected='member'", TRUE, HA_NODE_UNCLEAN},
        {"in_ccm='false' crmd='offline' join='down' expected='member'", FALSE, HA_NODE_OFFLINE},
        {"in_ccm='true' crmd='offline' join='member' expected='member'", TRUE, HA_NODE_UNCLEAN},
        {"in_ccm='true' crmd='offline' join='member' expected='member'", FALSE, HA_NODE_UNCLEAN},
        {"in_ccm='1732000000' crmd='0' join='member' expected='member'", TRUE, HA_NODE_UNCLEAN},
        {"crmd='offline'", TRUE, HA_NODE_OFFLINE},
        {"in_ccm='nonsense' crmd='nonsense' join='x' expected='y'", TRUE, HA_NODE_OFFLINE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text =
            g_strdup_printf("<cib><configuration><crm_config><cluster_property_set id='a'>"
                            "<nvpair id='b' name='stonith-enabled' value='%s'/></cluster_property_set></crm_config>"
                            "<nodes><node id='1' uname='node1'/></nodes></configuration>"
                            "<status><node_state id='1' uname='node1' %s/></status></cib>",
                table[i].fencing ? "true" : "false", table[i].attributes);
        g_autoptr(HaConfig) config = decode_text(text);
        if (ha_config_find_node(config, "node1")->state != table[i].state)
            fail_msg("%s: %s", table[i].attributes, ha_node_state_word(ha_config_find_node(config, "node1")->state));
    }
}

static void test_node_unknown_to_status(void **state)
{
    g_autoptr(HaConfig) config = decode_text(
        "<cib><configuration><nodes><node id='1' uname='node1'/><node id='far' uname='far' type='remote'/></nodes>"
        "</configuration></cib>");
    assert_int_equal(config->nodes->len, 1);
    assert_int_equal(ha_config_find_node(config, "node1")->state, HA_NODE_OFFLINE);
    assert_int_equal(config->vms->len, 0);
}

static void test_vms(void **state)
{
    g_autoptr(HaConfig) config = decode_file("base.xml");
    assert_int_equal(config->vms->len, 2); /* not the fence device */
    const HaConfigVm *vm1 = ha_config_find_vm(config, "vm1");
    assert_string_equal(vm1->group, "default");
    assert_int_equal(strspn(vm1->definition, "1"), 64);
    assert_int_equal(vm1->mem_mib, 512);
    assert_int_equal(vm1->vcpus, 2);
    assert_int_equal(vm1->priority, 5); /* the template's */
    assert_true(vm1->wanted_running);
    assert_true(vm1->managed);
    assert_true(vm1->live);
    assert_string_equal(vm1->home, "node3");
    assert_string_equal(vm1->pin, "node2");
    assert_int_equal(vm1->pin_reason, HA_REASON_DRAIN);
    assert_int_equal(vm1->pin_mode, HA_MOVE_LIVE);
    assert_int_equal(vm1->pin_since_s, 1700000001);
    assert_string_equal(vm1->pin_by, "root@node1");
    assert_int_equal(vm1->banned->len, 1); /* by the template */
    assert_string_equal(vm1->banned->pdata[0], "node1");

    const HaConfigVm *vm2 = ha_config_find_vm(config, "vm2");
    assert_false(vm2->wanted_running);
    assert_false(vm2->managed);
    assert_int_equal(vm2->priority, 7); /* its own over the template's */
    assert_null(vm2->home);
    assert_null(vm2->pin);
    assert_int_equal(vm2->banned->len, 2); /* the rule of the pool bars nothing by itself */
    assert_string_equal(vm2->banned->pdata[0], "node1");
    assert_string_equal(vm2->banned->pdata[1], "node3");
    assert_int_equal(vm2->places->len, 0);
}

static void test_meta_precedence(void **state)
{
    /* A set of a higher score outranks: so hactl forbids live migration for a move by restart. */
    g_autoptr(HaConfig) restart = decode_edited("<primitive id=\"vm1\" template=\"hactl-group-default\">",
        "<primitive id=\"vm1\" template=\"hactl-group-default\"><meta_attributes id=\"hactl-restart-vm1\" "
        "score=\"INFINITY\">"
        "<nvpair id=\"x\" name=\"allow-migrate\" value=\"false\"/></meta_attributes><meta_attributes id=\"y\">"
        "<nvpair id=\"z\" name=\"allow-migrate\" value=\"true\"/></meta_attributes>");
    assert_false(ha_config_find_vm(restart, "vm1")->live);
    /* At equal score the later set counts, and sets with a rule are passed over. */
    g_autoptr(HaConfig) later = decode_edited("</primitive>",
        "<meta_attributes id=\"a\"><nvpair id=\"b\" name=\"priority\" value=\"21\"/></meta_attributes>"
        "<meta_attributes id=\"c\"><rule id=\"r\" score=\"0\"/><nvpair id=\"d\" name=\"priority\" "
        "value=\"22\"/></meta_attributes>"
        "</primitive>");
    assert_int_equal(ha_config_find_vm(later, "vm2")->priority, 21);
    /* rsc_defaults come last. */
    g_autoptr(HaConfig) defaults =
        decode_edited("name=\"resource-stickiness\" value=\"1\"", "name=\"maintenance\" value=\"true\"");
    assert_false(ha_config_find_vm(defaults, "vm1")->managed);
}

static void test_places(void **state)
{
    g_autoptr(HaConfig) config = decode_file("base.xml");
    assert_places(config, "vm1", "node1 idle -, node2 active -, node3 idle -");
    /* The target's stop is pending again on the source: it has arrived, so it is not presumed on the source. */
    g_autoptr(HaConfig) stopping = decode_edited(
        "call-id=\"22\" rc-code=\"0\" op-status=\"0\"", "call-id=\"-1\" rc-code=\"193\" op-status=\"-1\"");
    assert_places(stopping, "vm1", "node1 idle -, node2 active -, node3 idle stop");
}

static void test_places_of_lost_nodes(void **state)
{
    static const char member[] = "uname=\"node2\" in_ccm=\"true\" crmd=\"online\" "
                                 "crm-debug-origin=\"do_update_resource\" join=\"member\" expected=\"member\"";
    g_autoptr(HaConfig) unclean =
        decode_edited(member, "uname=\"node2\" in_ccm=\"false\" crmd=\"offline\" join=\"down\" expected=\"member\"");
    assert_int_equal(ha_config_find_node(unclean, "node2")->state, HA_NODE_UNCLEAN);
    assert_true(place_of(ha_config_find_vm(unclean, "vm1"), "node2")->active);
    g_autoptr(HaConfig) fenced =
        decode_edited(member, "uname=\"node2\" in_ccm=\"false\" crmd=\"offline\" join=\"down\" expected=\"down\"");
    assert_int_equal(ha_config_find_node(fenced, "node2")->state, HA_NODE_OFFLINE);
    assert_places(fenced, "vm1", "node1 idle -, node3 idle -");
}

/* Taken from a running cluster (Pacemaker 2.1.5) at the moments that their names say. */
static void test_recorded(void **state)
{
    static const struct {
        const char *file, *vm1, *vm2, *pin;
        HaNodeState node2;
        gboolean standby1;
    } table[] = {
        {"migrating.xml", "node1 active migrate_to, node2 idle -, node3 idle -",
            "node1 idle -, node2 active -, node3 idle -", "node3", HA_NODE_ONLINE, FALSE},
        {"landed.xml", "node1 idle -, node2 idle -, node3 active -", "node1 idle -, node2 active -, node3 idle -",
            "node3", HA_NODE_ONLINE, FALSE},
        {"blocked.xml", "node1 idle -, node2 idle -, node3 active - blocked",
            "node1 idle -, node2 active -, node3 idle -", "node2", HA_NODE_ONLINE, FALSE},
        {"standby.xml", "node1 idle -, node2 idle -, node3 active -", "node1 idle -, node2 active -, node3 idle -",
            NULL, HA_NODE_ONLINE, TRUE},
        {"lost.xml", "node1 active -, node2 idle -, node3 idle -", "node1 idle -, node2 active -, node3 idle -", NULL,
            HA_NODE_UNCLEAN, FALSE},
        {"fenced.xml", "node1 active -, node3 idle -", "node1 idle -, node3 active -", NULL, HA_NODE_OFFLINE, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(HaConfig) config = decode_file(table[i].file);
        print_message("%s\n", table[i].file);
        assert_places(config, "vm1", table[i].vm1);
        assert_places(config, "vm2", table[i].vm2);
        assert_int_equal(g_strcmp0(ha_config_find_vm(config, "vm1")->pin, table[i].pin), 0);
        assert_int_equal(ha_config_find_node(config, "node2")->state, table[i].node2);
        assert_int_equal(ha_config_find_node(config, "node1")->standby, table[i].standby1);
        assert_true(config->fencing && config->quorate && config->term == 1 && config->dc);
    }
}

static void test_no_cib(void **state)
{
    static const char *const texts[] = {"<cib/>", "<nodes/>", "<xpath-query><cib/></xpath-query>", "<configuration/>"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        xmlDoc *doc = read_text(texts[i]);
        assert_null(io_cib_decode(xmlDocGetRootElement(doc), &error));
        assert_non_null(error);
        xmlFreeDoc(doc);
    }
    g_autoptr(GError) error = NULL;
    assert_null(io_cib_decode(NULL, &error));
    assert_non_null(error);
}

/* Half of what one expects is missing: it is read for what it says. */
static void test_sparse(void **state)
{
    g_autoptr(HaConfig) config =
        decode_text("<cib><configuration><nodes><node/><node id='1'/><node uname='x'/></nodes>"
                    "<resources><primitive/><primitive id='a' template='none'/><primitive id='b' class='ocf' "
                    "provider='hactl' type='vm'/>"
                    "<primitive id='b' class='ocf' provider='hactl' type='vm'/></resources>"
                    "<constraints><rsc_location/><rsc_location id='hactl-pin-b' rsc='b'/><rsc_location rsc='b' "
                    "node='n' score='-INFINITY'/>"
                    "<rsc_location rsc='b' node='n' "
                    "score='-2000000'/></constraints></configuration><status><node_state/></status></cib>");
    assert_int_equal(config->nodes->len, 0);
    assert_int_equal(config->vms->len, 1);
    const HaConfigVm *vm = config->vms->pdata[0];
    assert_null(vm->definition);
    assert_string_equal(vm->group, "default");
    assert_null(vm->pin);
    assert_false(vm->live);
    assert_true(vm->wanted_running);
    assert_int_equal(vm->banned->len, 1);
}

static void test_quote(void **state)
{
    static const struct {
        const char *text, *quoted;
    } table[] = {
        {"vm1", "'vm1'"},
        {"a'b", "\"a'b\""},
        {"a'b\"c", "concat('a',\"'\",'b\"c')"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *quoted = io_xml_quote(table[i].text);
        assert_string_equal(quoted, table[i].quoted);
    }
}

static void test_scores(void **state)
{
    static const struct {
        const char *text;
        int score;
    } table[] = {
        {NULL, 0},
        {"", 0},
        {"7", 7},
        {"-7", -7},
        {"+7", 7},
        {"INFINITY", 1000000},
        {"-INFINITY", -1000000},
        {"+infinity", 1000000},
        {"99999999999999999999", 1000000},
        {"-99999999999", -1000000},
        {"red", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        assert_int_equal(io_xml_score(table[i].text), table[i].score);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_properties_edited),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_node_attributes),
        cmocka_unit_test(test_node_state),
        cmocka_unit_test(test_node_unknown_to_status),
        cmocka_unit_test(test_vms),
        cmocka_unit_test(test_meta_precedence),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_places_of_lost_nodes),
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_no_cib),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
