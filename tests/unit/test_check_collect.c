/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tools and files say, as the doctor's facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>

#include "agent/check/chk_collect.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_run.h"

static void corosyncs_map_and_links(void **state)
{
    g_autoptr(ChkFacts) facts = chk_facts_new("node1.example");
    chk_collect_cmap("nodelist.node.0.name (str) = node1\nnodelist.node.0.nodeid (u32) = 1\n"
                     "nodelist.node.1.name (str) = node2\nnodelist.node.1.nodeid (u32) = 2\n"
                     "nodelist.node.2.name (str) = node3\nnodelist.node.2.nodeid (u32) = 3\n"
                     "runtime.votequorum.this_node_id (u32) = 1\n"
                     "runtime.members.2.status (str) = joined\nruntime.members.3.status (str) = left\n"
                     "totem.interface.0.bindnetaddr (str) = 10.0.0.1\nodd line\n\nempty (str) = \n",
        facts);
    assert_string_equal(facts->node, "node1"); /* as the cluster calls it */
    assert_string_equal(facts->uname, "node1.example");
    assert_string_equal(chk_item_get(facts->cmap, "nodelist.node.1.name"), "node2");
    assert_int_equal(chk_item_number(facts->cmap, "nodelist.node.1.nodeid"), 2);
    assert_string_equal(chk_item_get(facts->cmap, "empty"), "");
    chk_collect_links("stats.knet.node2.link0.connected (u8) = 1\nstats.knet.node2.link1.connected (u8) = 0\n"
                      "stats.knet.node3.link0.connected (u8) = 0\nstats.knet.node2.link0.mtu (u32) = 1500\n",
        facts);
    assert_int_equal(facts->links->len, 2); /* node3 is off: its links are down for that reason */
    assert_int_equal(((ChkProbe *)ha_sorted_find(facts->links, "node2, link 0"))->answer, CHK_GOOD);
    assert_int_equal(((ChkProbe *)ha_sorted_find(facts->links, "node2, link 1"))->answer, CHK_BAD);
}

static ChkFacts *facts_of_cib(const char *resources, const char *constraints)
{
    ChkFacts *facts = chk_facts_new("node1");
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdup_printf(
        "<cib><configuration><crm_config/><nodes/><resources>%s</resources><constraints>%s</constraints>"
        "</configuration><status/></cib>",
        resources, constraints);
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), "cib", NULL, XML_PARSE_NONET);
    assert_true(chk_collect_cib(xmlDocGetRootElement(doc), facts, &error));
    xmlFreeDoc(doc);
    return facts;
}

#define DEVICE(type, name, value)                                                                                      \
    "<primitive id='f' class='stonith' type='" type "'><instance_attributes id='i'><nvpair id='n' name='" name         \
    "' value='" value "'/></instance_attributes></primitive>"

static void passwords_in_the_configuration(void **state)
{
    static const struct {
        const char *resources, *item, *script;
    } rows[] = {
        {DEVICE("fence_ipmilan", "password", "x"), "f password", "password_script"},
        {DEVICE("fence_ipmilan", "passwd", "x"), "f passwd", "passwd_script"},
        {DEVICE("external/ipmi", "passwd", "x"), "f passwd", NULL},
        {DEVICE("fence_ipmilan", "password", "lrm://"), NULL, NULL},
        {DEVICE("fence_ipmilan", "password_script", "/bin/x"), NULL, NULL},
        {DEVICE("fence_ipmilan", "username", "x"), NULL, NULL},
        {"<group id='g'>" DEVICE("fence_ipmilan", "password", "x") "</group>", "f password", "password_script"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(ChkFacts) facts = facts_of_cib(rows[i].resources, "");
        assert_int_equal(facts->clear_passwords->len, rows[i].item != NULL);
        if (rows[i].item) {
            const ChkItem *item = facts->clear_passwords->pdata[0];
            assert_string_equal(item->name, rows[i].item);
            assert_int_equal(g_strcmp0(item->value, rows[i].script), 0);
        }
    }
}

static void files_of_password_scripts(void **state)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("hactl-secret-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    g_close(fd, NULL);
    g_chmod(path, 0640);
    g_autofree char *resources =
        g_strdup_printf(DEVICE("fence_x", "password_script", "cat &apos;%s&apos; /nonexistent/x"), path);
    g_autoptr(ChkFacts) facts = facts_of_cib(resources, "");
    assert_int_equal(facts->secrets->len, 2);
    const ChkSecret *there = facts->secrets->pdata[0], *gone = facts->secrets->pdata[1];
    assert_string_equal(there->path, path);
    assert_int_equal(there->mode, 0640);
    assert_true(there->there);
    assert_false(gone->there);
    g_unlink(path);
    g_autoptr(ChkFacts) other = facts_of_cib(DEVICE("fence_x", "password_script", "/opt/vault get x"), "");
    assert_int_equal(other->secrets->len, 0);
}

static void constraints_and_foreign_vms(void **state)
{
    g_autoptr(ChkFacts) facts =
        facts_of_cib("<primitive id='old' class='ocf' provider='heartbeat' type='VirtualDomain'/>",
            "<rsc_location id='cli-prefer-old' rsc='old' node='n' score='INFINITY'/><rsc_order id='o'/>");
    assert_string_equal(facts->foreign->pdata[0], "old");
    assert_string_equal(chk_item_get(facts->constraints, "cli-prefer-old"), "old");
    assert_int_equal(facts->constraints->len, 2);
    g_autoptr(GError) error = NULL;
    g_autoptr(ChkFacts) none = chk_facts_new("node1");
    assert_false(chk_collect_cib(NULL, none, &error));
    assert_non_null(error);
}

static void the_history_of_fencing(void **state)
{
    g_autoptr(ChkFacts) facts = chk_facts_new("node1");
    chk_collect_history("<pacemaker-result><fence_history>"
                        "<fence_event target='node2' status='success' completed='2026-11-27 15:00:00Z'/>"
                        "<fence_event target='node2' status='success' completed='2026-11-27 14:00:00Z'/>"
                        "<fence_event target='node3' status='success' completed='2026-11-27 15:00:00 +01:00'/>"
                        "<fence_event target='node1' status='failed' completed='2026-11-27 15:00:00Z'/>"
                        "<fence_event target='node4' status='pending'/></fence_history></pacemaker-result>",
        facts);
    assert_true(facts->history_known);
    assert_int_equal(chk_item_number(facts->fenced, "node2"), 1795791600);
    assert_int_equal(chk_item_number(facts->fenced, "node3"), 1795791600 - 3600);
    assert_null(chk_item_get(facts->fenced, "node1"));
    assert_null(chk_item_get(facts->fenced, "node4"));
    g_autoptr(ChkFacts) none = chk_facts_new("node1");
    chk_collect_history("no XML", none);
    assert_false(none->history_known);
}

static void qemu_conf(void **state)
{
    static const struct {
        const char *text, *manager;
    } rows[] = {
        {"", NULL},
        {"#lock_manager = \"lockd\"\n", NULL},
        {"lock_manager = \"lockd\"\n", "lockd"},
        {"user = \"root\"\n  lock_manager=\"sanlock\" # here\n", "sanlock"},
        {"lock_manager = lockd\n", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(ChkFacts) facts = chk_facts_new("node1");
        chk_collect_qemu_conf(rows[i].text, facts);
        assert_true(facts->qemu_conf);
        assert_int_equal(g_strcmp0(facts->lock_manager, rows[i].manager), 0);
    }
}

static void definitions(void **state)
{
    static const char xml[] = "<domain type='qemu'><name>vm1</name><uuid>11111111-2222-3333-4444-555555555555</uuid>"
                              "<memory unit='MiB'>64</memory><cpu mode='host-passthrough'/></domain>";
    g_autoptr(ChkFacts) facts = chk_facts_new("node1");
    chk_collect_definition("vm1", xml, sizeof xml - 1, facts);
    chk_collect_definition("vm2", "rubbish", 7, facts);
    assert_int_equal(facts->definitions->len, 2);
    assert_string_equal(((ChkDefinition *)facts->definitions->pdata[0])->cpu, "host-passthrough");
    assert_null(((ChkDefinition *)facts->definitions->pdata[1])->cpu);
}

static void tools_are_run_and_waited_for(void **state)
{
    g_autoptr(IoRun) slow = io_run_start((const char *const[]){"sh", "-c", "cat; exit 3", NULL}, "in", 10000);
    g_autoptr(IoRun) quick = io_run((const char *const[]){"echo", "hello", NULL}, NULL, 10000);
    io_run_wait(slow);
    assert_string_equal(quick->out, "hello\n");
    assert_null(quick->error);
    assert_string_equal(slow->out, "in");
    assert_int_equal(slow->exit_code, 3);
    assert_non_null(slow->error);
    g_autoptr(IoRun) endless = io_run((const char *const[]){"sleep", "1000", NULL}, NULL, 50);
    assert_int_equal(endless->outcome, IO_TOOL_TIMED_OUT);
    g_autoptr(IoRun) none = io_run((const char *const[]){"/nonexistent/tool", NULL}, NULL, 1000);
    assert_int_equal(none->outcome, IO_TOOL_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corosyncs_map_and_links),
        cmocka_unit_test(passwords_in_the_configuration),
        cmocka_unit_test(files_of_password_scripts),
        cmocka_unit_test(constraints_and_foreign_vms),
        cmocka_unit_test(the_history_of_fencing),
        cmocka_unit_test(qemu_conf),
        cmocka_unit_test(definitions),
        cmocka_unit_test(tools_are_run_and_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
