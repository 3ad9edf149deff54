/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One VM's operation history on one node: what is it taken to mean? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <string.h>

#include "agent/io/io_cib_history.h"
#include "agent/io/io_cib_xml.h"

/* A record: as Pacemaker 2.1.5 writes it, without the attributes that nobody reads. */
typedef struct {
    const char *id, *operation;
    int call_id, rc, wanted_rc, status, interval_ms;
    const char *source, *exit_reason;
} Op;

#define PROBE(call, rc)                                                                                                \
    {                                                                                                                  \
        "v_last_0", "monitor", call, rc, 7, 0, 0, NULL, NULL                                                           \
    }
#define START(call)                                                                                                    \
    {                                                                                                                  \
        "v_last_0", "start", call, 0, 0, 0, 0, NULL, NULL                                                              \
    }
#define STOP(call)                                                                                                     \
    {                                                                                                                  \
        "v_last_0", "stop", call, 0, 0, 0, 0, NULL, NULL                                                               \
    }
#define MONITOR(call, rc)                                                                                              \
    {                                                                                                                  \
        "v_monitor_10000", "monitor", call, rc, 0, 0, 10000, NULL, NULL                                                \
    }
#define MIGRATE_TO(call, rc, status, why)                                                                              \
    {                                                                                                                  \
        "v_migrate_to_0", "migrate_to", call, rc, 0, status, 0, "node1", why                                           \
    }
#define MIGRATE_FROM(call, rc)                                                                                         \
    {                                                                                                                  \
        "v_migrate_from_0", "migrate_from", call, rc, 0, 0, 0, "node1", NULL                                           \
    }
#define PENDING(id, op, interval)                                                                                      \
    {                                                                                                                  \
        id, op, -1, 193, 0, -1, interval, NULL, NULL                                                                   \
    }
#define FAILURE(op, call, rc, status, interval, why)                                                                   \
    {                                                                                                                  \
        "v_last_failure_0", op, call, rc, 0, status, interval, NULL, why                                               \
    }

typedef struct {
    const char *name;
    Op ops[6];
    gboolean active;
    HaOp pending;
    gboolean failed_migrate_to, failed;
    const char *exit_reason;
    const char *arrived_from;
    gboolean presumed;
    const char *start_refusal;
} Case;

static const Case cases[] = {
    {"probed, not there", {PROBE(5, 7)}},
    {"probed, found running", {PROBE(5, 0)}, .active = TRUE},
    {"probed, degraded counts as running", {PROBE(5, 190)}, .active = TRUE},
    {"probe failed: unknown is never not running", {PROBE(5, 1)}, .active = TRUE, .failed = TRUE},
    {"probe: agent not installed", {PROBE(5, 5)}, .failed = TRUE},
    {"started", {START(8), MONITOR(9, 0)}, .active = TRUE},
    {"started; records in any order", {MONITOR(9, 0), START(8)}, .active = TRUE},
    {"starting: the probe's record is overwritten", {PENDING("v_last_0", "start", 0)}, .pending = HA_OP_START},
    {"starting again after it had once arrived here", {MIGRATE_FROM(5, 0), PENDING("v_last_0", "start", 0)},
        .pending = HA_OP_START},
    {"stopping", {MONITOR(9, 0), PENDING("v_last_0", "stop", 0)}, .active = TRUE, .pending = HA_OP_STOP,
        .presumed = TRUE},
    {"stopped", {STOP(11)}},
    {"stop failed",
        {{"v_last_0", "stop", 11, 1, 0, 0, 0, NULL, "no answer"}, FAILURE("stop", 11, 1, 0, 0, "no answer")},
        .active = TRUE, .failed = TRUE, .exit_reason = "no answer"},
    {"stop timed out", {FAILURE("stop", 11, 1, 2, 0, NULL)}, .active = TRUE, .failed = TRUE},
    {"start timed out", {FAILURE("start", 11, 1, 2, 0, NULL)}, .active = TRUE, .failed = TRUE},
    {"start says not running", {FAILURE("start", 11, 7, 0, 0, NULL)}, .failed = TRUE},
    {"start refused", {PROBE(5, 7), FAILURE("start", 11, 5, 0, 0, "no room")}, .failed = TRUE, .exit_reason = "no room",
        .start_refusal = "no room"},
    {"start refused, then stopped: Pacemaker still bars the node", {FAILURE("start", 11, 5, 0, 0, "no room"), STOP(12)},
        .start_refusal = "no room"},
    {"start refused once, started since", {FAILURE("start", 11, 5, 0, 0, "no room"), STOP(12), START(14)},
        .active = TRUE},
    {"monitor finds it gone", {START(8), {"v_monitor_10000", "monitor", 9, 7, 0, 0, 10000, NULL, NULL}},
        .failed = TRUE},
    {"monitor timed out", {START(8), FAILURE("monitor", 9, 1, 2, 10000, NULL)}, .active = TRUE, .failed = TRUE},
    {"crashed, recovered in place: a start supersedes",
        {FAILURE("monitor", 9, 7, 0, 10000, "crashed"), START(12), MONITOR(13, 0)}, .active = TRUE},
    {"monitor well again: the same monitor supersedes",
        {START(8), FAILURE("monitor", 9, 1, 2, 10000, NULL), MONITOR(10, 0)}, .active = TRUE},
    {"leaving: migrate_to pending", {START(8), MONITOR(9, 0), PENDING("v_migrate_to_0", "migrate_to", 0)},
        .active = TRUE, .pending = HA_OP_MIGRATE_TO, .presumed = TRUE},
    {"left: migrate_to done, source not stopped yet", {START(8), MONITOR(9, 0), MIGRATE_TO(10, 0, 0, NULL)}},
    {"left, and stopped", {STOP(12), MIGRATE_TO(10, 0, 0, NULL)}},
    {"left once, came back by a start", {MIGRATE_TO(10, 0, 0, NULL), START(14), MONITOR(15, 0)}, .active = TRUE},
    {"arriving", {PROBE(5, 7), PENDING("v_migrate_from_0", "migrate_from", 0)}, .pending = HA_OP_MIGRATE_FROM},
    {"arrived", {PROBE(5, 7), MIGRATE_FROM(9, 0), MONITOR(10, 0)}, .active = TRUE, .arrived_from = "node1"},
    {"arrived; its monitor is pending", {PROBE(5, 7), MIGRATE_FROM(9, 0), PENDING("v_monitor_10000", "monitor", 10000)},
        .active = TRUE, .pending = HA_OP_MONITOR, .arrived_from = "node1"},
    {"arrived once, stopped since", {MIGRATE_FROM(9, 0), STOP(12)}},
    {"migrate_to failed: still here, blocked",
        {START(8), MIGRATE_TO(10, 1, 0, "no route"),
            {"v_last_failure_0", "migrate_to", 10, 1, 0, 0, 0, "node1", "no route"}},
        .active = TRUE, .failed_migrate_to = TRUE, .exit_reason = "no route"},
    {"migrate_to timed out", {START(8), MIGRATE_TO(10, 1, 2, NULL)}, .active = TRUE, .failed_migrate_to = TRUE},
    {"migrate_to failed, cleaned up, probed", {PROBE(12, 0)}, .active = TRUE},
    {"migrate_to failed, and is tried again",
        {START(8), {"v_last_failure_0", "migrate_to", 10, 1, 0, 0, 0, "node1", "no route"},
            PENDING("v_migrate_to_0", "migrate_to", 0)},
        .active = TRUE, .pending = HA_OP_MIGRATE_TO, .presumed = TRUE},
    {"migrate_to failed once, a later one did not",
        {{"v_last_failure_0", "migrate_to", 10, 1, 0, 0, 0, "node1", "no route"}, MIGRATE_TO(14, 0, 0, NULL)}},
    {"migrate_to failed, then stopped: no longer blocked",
        {{"v_last_failure_0", "migrate_to", 10, 1, 0, 0, 0, "node1", "no route"}, MIGRATE_TO(10, 1, 0, NULL),
            STOP(12)}},
    {"a cancelled monitor says nothing", {START(8), {"v_monitor_10000", "monitor", 9, 7, 0, 1, 10000, NULL, NULL}},
        .active = TRUE},
};

static void add_op(GString *xml, const Op *op)
{
    g_string_append_printf(xml,
        "<lrm_rsc_op id='%s' operation_key='v_%s_%d' operation='%s' transition-key='3:1:%d:0b1cd80c' call-id='%d' "
        "rc-code='%d' op-status='%d' interval='%d'",
        op->id, op->operation, op->interval_ms, op->operation, op->wanted_rc, op->call_id, op->rc, op->status,
        op->interval_ms);
    if (op->source)
        g_string_append_printf(xml, " migrate_source='%s' migrate_target='node2'", op->source);
    if (op->exit_reason)
        g_string_append_printf(xml, " exit-reason='%s'", op->exit_reason);
    g_string_append(xml, "/>");
}

static xmlDoc *resource_doc(const Op *ops, gsize n)
{
    g_autoptr(GString) xml = g_string_new("<lrm_resource id='v' class='ocf' provider='hactl' type='vm'>");
    for (gsize i = 0; i < n && ops[i].id; i++)
        add_op(xml, &ops[i]);
    g_string_append(xml, "</lrm_resource>");
    xmlDoc *doc = xmlReadMemory(xml->str, (int)xml->len, "history", NULL, 0);
    assert_non_null(doc);
    return doc;
}

static void check_case(const Case *one, const IoCibHistory *history)
{
    const HaConfigPlace *place = history->place;
    assert_string_equal(place->node, "node9");
    if (place->active != one->active || place->pending != one->pending || history->presumed != one->presumed ||
        place->failed != one->failed || place->failed_migrate_to != one->failed_migrate_to)
        fail_msg("%s: active %d pending %d presumed %d failed %d failed_migrate_to %d", one->name, place->active,
            place->pending, history->presumed, place->failed, place->failed_migrate_to);
    if (g_strcmp0(place->exit_reason, one->exit_reason) != 0)
        fail_msg("%s: exit reason %s", one->name, place->exit_reason);
    if (g_strcmp0(place->start_refusal, one->start_refusal) != 0)
        fail_msg("%s: start refused: %s", one->name, place->start_refusal);
    if (g_strcmp0(history->arrived_from, one->arrived_from) != 0)
        fail_msg("%s: arrived from %s", one->name, history->arrived_from);
}

static void test_cases(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        xmlDoc *doc = resource_doc(cases[i].ops, G_N_ELEMENTS(cases[i].ops));
        IoCibHistory history;
        if (!io_cib_history_read(xmlDocGetRootElement(doc), "node9", &history))
            fail_msg("%s: not read", cases[i].name);
        check_case(&cases[i], &history);
        ha_config_place_free(history.place);
        xmlFreeDoc(doc);
    }
}

/* What is no record of an operation is passed over; a history of nothing else is no history. */
static void test_malformed(void **state)
{
    static const char *const texts[] = {
        "<lrm_resource id='v'/>",
        "<lrm_resource id='v'><lrm_rsc_op/></lrm_resource>",
        "<lrm_resource id='v'><lrm_rsc_op operation='start'/></lrm_resource>",
        "<lrm_resource id='v'><lrm_rsc_op operation='start' op-status='x' rc-code='0'/></lrm_resource>",
        "<lrm_resource id='v'><lrm_rsc_op operation='start' op-status='-7' rc-code='0'/></lrm_resource>",
        "<lrm_resource id='v'><lrm_rsc_op operation='notify' op-status='0' rc-code='0'/></lrm_resource>",
        "<lrm_resource id='v'><other operation='start' op-status='0' rc-code='0'/></lrm_resource>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        xmlDoc *doc = xmlReadMemory(texts[i], (int)strlen(texts[i]), "history", NULL, 0);
        IoCibHistory history = {0};
        if (io_cib_history_read(xmlDocGetRootElement(doc), "node9", &history))
            fail_msg("was read: %s", texts[i]);
        assert_null(history.place);
        xmlFreeDoc(doc);
    }
}

/* A key without its third field, or none at all: success is what was expected. */
static void test_no_transition_key(void **state)
{
    static const char text[] = "<lrm_resource id='v'><lrm_rsc_op operation='start' op-status='0' rc-code='1' "
                               "call-id='3' transition-key='1:2'/>"
                               "</lrm_resource>";
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), "history", NULL, 0);
    IoCibHistory history;
    assert_true(io_cib_history_read(xmlDocGetRootElement(doc), "node9", &history));
    assert_true(history.place->failed);
    ha_config_place_free(history.place);
    xmlFreeDoc(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_no_transition_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
