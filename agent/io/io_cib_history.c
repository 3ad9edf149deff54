/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_history.h"

#include <string.h>

#include "agent/io/io_cib_xml.h"

/* Pacemaker's numbers: op-status, and OCF's exit codes. */
enum {
    STATUS_PENDING = -1,
    STATUS_DONE = 0,
    STATUS_CANCELLED = 1,
    STATUS_ERROR = 4,
};
enum {
    RC_OK = 0,
    RC_NOT_INSTALLED = 5,
    RC_NOT_RUNNING = 7,
    RC_RUNNING_PROMOTED = 8,
    RC_DEGRADED = 190,
};

typedef struct {
    HaOp op;
    gint64 call_id;
    gint64 status;
    gint64 rc;
    gint64 wanted_rc;
    gint64 interval_ms;
    const char *key;    /* e.g. "vm1_monitor_10000" */
    const char *source; /* of a migration */
    const char *exit_reason;
} Record;

static HaOp op_of(const char *task)
{
    static const struct {
        const char *task;
        HaOp op;
    } table[] = {
        {"start", HA_OP_START},
        {"stop", HA_OP_STOP},
        {"migrate_to", HA_OP_MIGRATE_TO},
        {"migrate_from", HA_OP_MIGRATE_FROM},
        {"monitor", HA_OP_MONITOR},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(task, table[i].task) == 0)
            return table[i].op;
    }
    return HA_OP_OTHER;
}

/* The result that was expected is the third field of "action:transition:rc:uuid". */
static gint64 wanted_rc_of(const char *transition_key)
{
    g_auto(GStrv) fields = g_strsplit(transition_key ? transition_key : "", ":", 4);
    gint64 rc = RC_OK;
    if (g_strv_length(fields) >= 3)
        g_ascii_string_to_signed(fields[2], 10, 0, G_MAXINT, &rc, NULL);
    return rc;
}

static gboolean record_read(const xmlNode *xml, Record *ret_record)
{
    const char *task = io_xml_attr(xml, "operation");
    gint64 status = io_xml_attr_int(xml, "op-status", G_MININT);
    if (!task || status < STATUS_PENDING || strcmp(task, "notify") == 0 || strcmp(task, "meta-data") == 0)
        return FALSE;
    gint64 rc = io_xml_attr_int(xml, "rc-code", -1);
    *ret_record = (Record){
        .op = op_of(task),
        .call_id = io_xml_attr_int(xml, "call-id", -1),
        .status = status,
        .rc = rc == RC_DEGRADED ? RC_OK : rc,
        .wanted_rc = wanted_rc_of(io_xml_attr(xml, "transition-key")),
        .interval_ms = io_xml_attr_int(xml, "interval", 0),
        .key = io_xml_attr(xml, "operation_key"),
        .source = io_xml_attr(xml, "migrate_source"),
        .exit_reason = io_xml_attr(xml, "exit-reason"),
    };
    return TRUE;
}

/* By call-id; what is pending has none yet and is the newest. */
static gint record_compare(gconstpointer a, gconstpointer b)
{
    const Record *left = a, *right = b;
    gboolean left_pending = left->status == STATUS_PENDING, right_pending = right->status == STATUS_PENDING;
    if (left_pending != right_pending)
        return left_pending ? 1 : -1;
    return (left->call_id > right->call_id) - (left->call_id < right->call_id);
}

static gboolean record_is_probe(const Record *record)
{
    return record->op == HA_OP_MONITOR && record->interval_ms == 0;
}

static gboolean record_failed(const Record *record)
{
    if (record->status == STATUS_PENDING || record->status == STATUS_CANCELLED)
        return FALSE;
    if (record->status != STATUS_DONE && record->status != STATUS_ERROR)
        return TRUE;
    if (record_is_probe(record) && (record->rc == RC_OK || record->rc == RC_NOT_RUNNING))
        return FALSE;
    return record->rc != record->wanted_rc;
}

/* What a finished operation leaves behind. */
static gboolean active_after(const Record *record, gboolean before)
{
    gboolean failed = record_failed(record);
    switch (record->op) {
    case HA_OP_START:
    case HA_OP_MIGRATE_FROM:
        return !failed || (record->rc != RC_NOT_RUNNING && record->rc != RC_NOT_INSTALLED);
    case HA_OP_MONITOR:
        return record->rc == RC_OK || (failed && record->rc != RC_NOT_RUNNING && record->rc != RC_NOT_INSTALLED);
    case HA_OP_STOP:
    case HA_OP_MIGRATE_TO:
        return failed;
    case HA_OP_NONE:
    case HA_OP_OTHER:
        return before;
    }
    g_assert_not_reached();
}

/* The failures that stand: those that no later success has superseded (unpack.c, update_resource_state). */
typedef struct {
    const Record *migrate_to;
    const Record *other;
    const Record *start; /* stands longer: until it is started there, or the failure is cleaned up */
} Failures;

static void failures_add(Failures *failures, const Record *record)
{
    if (record_failed(record)) {
        if (record->op == HA_OP_MIGRATE_TO)
            failures->migrate_to = record;
        else
            failures->other = record;
        if (record->op == HA_OP_START)
            failures->start = record;
        return;
    }
    switch (record->op) {
    case HA_OP_START:
    case HA_OP_MIGRATE_FROM:
        *failures = (Failures){0};
        break;
    case HA_OP_STOP:
        *failures = (Failures){.start = failures->start};
        break;
    case HA_OP_MIGRATE_TO:
        failures->migrate_to = NULL;
        break;
    case HA_OP_MONITOR:
        if (failures->other && g_strcmp0(failures->other->key, record->key) == 0)
            failures->other = NULL;
        break;
    case HA_OP_NONE:
    case HA_OP_OTHER:
        break;
    }
}

static GArray *records_read(const xmlNode *resource)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(Record));
    for (const xmlNode *xml = io_xml_child(resource, "lrm_rsc_op"); xml; xml = io_xml_next(xml, "lrm_rsc_op")) {
        Record record;
        if (record_read(xml, &record))
            g_array_append_val(records, record);
    }
    g_array_sort(records, record_compare);
    return records;
}

/* A pending stop or start has overwritten the finished one it shares an id with, so that what is left may be older than
 * it: what Pacemaker was about to do says more. */
static void take_pending(IoCibHistory *history, const Record *record, Failures *failures)
{
    HaConfigPlace *place = history->place;
    /* A monitor is the least of what can be pending. */
    if (place->pending == HA_OP_NONE || place->pending == HA_OP_MONITOR)
        place->pending = record->op;
    switch (record->op) {
    case HA_OP_START:
    case HA_OP_MIGRATE_FROM:
        place->active = FALSE;
        break;
    case HA_OP_MIGRATE_TO:
        failures->migrate_to = NULL;
        place->active = history->presumed = TRUE;
        break;
    case HA_OP_STOP:
        place->active = history->presumed = TRUE;
        break;
    case HA_OP_NONE:
    case HA_OP_MONITOR:
    case HA_OP_OTHER:
        break;
    }
}

static void take_finished(IoCibHistory *history, const Record *record, Failures *failures)
{
    history->place->active = active_after(record, history->place->active);
    failures_add(failures, record);
}

/* Where it came from, if nothing but recurring monitors happened since. */
static const char *arrived_after(const Record *record, const char *before)
{
    if (record->interval_ms != 0 || record->op == HA_OP_OTHER)
        return before;
    gboolean arrived = record->op == HA_OP_MIGRATE_FROM && record->status == STATUS_DONE && !record_failed(record);
    return arrived ? record->source : NULL;
}

gboolean io_cib_history_read(const xmlNode *resource, const char *node, IoCibHistory *ret_history)
{
    g_autoptr(GArray) records = records_read(resource);
    if (records->len == 0)
        return FALSE;

    IoCibHistory history = {.place = ha_config_place_new(node)};
    Failures failures = {0};
    for (guint i = 0; i < records->len; i++) {
        const Record *record = &g_array_index(records, Record, i);
        if (record->status == STATUS_PENDING)
            take_pending(&history, record, &failures);
        else if (record->status != STATUS_CANCELLED)
            take_finished(&history, record, &failures);
        history.arrived_from = arrived_after(record, history.arrived_from);
    }
    history.place->failed_migrate_to = failures.migrate_to != NULL;
    history.place->failed = failures.other != NULL;
    const Record *failure = failures.migrate_to ? failures.migrate_to : failures.other;
    history.place->exit_reason = failure ? g_strdup(failure->exit_reason) : NULL;
    history.place->start_refusal = failures.start ? g_strdup(failures.start->exit_reason) : NULL;
    *ret_history = history;
    return TRUE;
}
