/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_cib.h"

#include <libxml/parser.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char history[] =
    "<cib><status><node_state uname='node1'><lrm><lrm_resources>"
    "<lrm_resource id='vm1'><lrm_rsc_op operation='migrate_to' migrate_source='node1' migrate_target='node2'/>"
    "</lrm_resource>"
    "<lrm_resource id='vm2'><lrm_rsc_op operation='monitor' migrate_source='node1' migrate_target='node2'/>"
    "</lrm_resource></lrm_resources></lrm></node_state>"
    "<node_state uname='node2'><lrm><lrm_resources>"
    "<lrm_resource id='vm3'><lrm_rsc_op operation='migrate_from' migrate_source='node3' migrate_target='node2'/>"
    "</lrm_resource></lrm_resources></lrm></node_state></status></cib>";

static void migrations_on_record(void **state G_GNUC_UNUSED)
{
    const struct {
        const char *vm, *node;
        gboolean want;
    } rows[] = {
        {"vm1", "node2", TRUE}, {"vm1", "node1", TRUE}, {"vm1", "node3", FALSE}, {"vm2", "node2", FALSE},
        {"vm3", "node3", TRUE}, {"vm4", "node2", FALSE},
        {"vm'4", "node2", TRUE}, /* can't be asked for: unknown is never "no" */
    };
    xmlDoc *cib = xmlReadMemory(history, (int)strlen(history), "cib", NULL, 0);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(ra_cib_has_migration(cib, rows[i].vm, rows[i].node), rows[i].want);
    xmlFreeDoc(cib);
}

static void memory_by_an_admins_word(void **state G_GNUC_UNUSED)
{
    static const char nodes[] =
        "<nodes><node id='1' uname='node1'><utilization id='u'><nvpair id='u1' name='vcpu' "
        "value='4'/><nvpair id='u2' name='memory' value='65536'/></utilization></node><node id='2' uname='node2'/>"
        "<node id='3' uname='node3'><utilization id='v'><nvpair id='v1' name='memory' value='much'/></utilization>"
        "</node></nodes>";
    xmlDoc *cib = xmlReadMemory(nodes, (int)strlen(nodes), "cib", NULL, 0);

    assert_int_equal(ra_cib_node_memory(cib, "node1"), 65536);
    assert_int_equal(ra_cib_node_memory(cib, "node2"), 0);
    assert_int_equal(ra_cib_node_memory(cib, "node3"), 0);
    assert_int_equal(ra_cib_node_memory(cib, "node'1"), 0);
    xmlFreeDoc(cib);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_on_record), cmocka_unit_test(memory_by_an_admins_word)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
