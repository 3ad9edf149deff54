/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_forget.h"

#include "agent/io/io_cib_history.h"
#include "agent/io/io_cib_xml.h"

static const xmlNode *resource_of(const xmlNode *state, const char *vm)
{
    return io_xml_find(io_xml_path(state, "lrm", "lrm_resources", NULL), "lrm_resource", "id", vm);
}

/* Is the VM active according to this history, and at rest? */
static gboolean read_place(const xmlNode *resource, gboolean *ret_active, gboolean *ret_busy)
{
    IoCibHistory history;
    if (!resource || !io_cib_history_read(resource, "", &history))
        return FALSE;
    *ret_active = history.place->active;
    *ret_busy = history.place->pending != HA_OP_NONE && history.place->pending != HA_OP_MONITOR;
    ha_config_place_free(history.place);
    return TRUE;
}

static gboolean succeeded(const xmlNode *record)
{
    return io_xml_attr_is(record, "op-status", "0") && io_xml_attr_is(record, "rc-code", "0");
}

static void add_record(const xmlNode *state, const xmlNode *record, const char *vm, GPtrArray *paths)
{
    g_autofree char *node = io_xml_quote(io_xml_attr(state, "uname"));
    g_autofree char *resource = io_xml_quote(vm);
    g_autofree char *operation = io_xml_quote(io_xml_attr(record, "operation"));
    g_autofree char *call_id = io_xml_quote(io_xml_attr(record, "call-id"));
    g_ptr_array_add(paths, g_strdup_printf("status/node_state[@uname=%s]/lrm/lrm_resources/lrm_resource[@id=%s]"
                                           "/lrm_rsc_op[@operation=%s and @call-id=%s and @op-status='0']",
                               node, resource, operation, call_id));
}

static void add_records(const xmlNode *state, const char *vm, gboolean active, GPtrArray *paths)
{
    const xmlNode *record = io_xml_child(resource_of(state, vm), "lrm_rsc_op");
    for (; record; record = io_xml_next(record, "lrm_rsc_op")) {
        gboolean left = io_xml_attr_is(record, "operation", "migrate_to");
        gboolean arrived = io_xml_attr_is(record, "operation", "migrate_from");
        if ((left || (arrived && !active)) && succeeded(record) && io_xml_attr(record, "call-id"))
            add_record(state, record, vm, paths);
    }
}

/* Lost and not yet fenced: what runs there is not known, and its history is what Pacemaker goes by. */
static gboolean is_unclean(const xmlNode *state)
{
    const char *member = io_xml_attr(state, "in_ccm");
    gboolean gone = io_xml_attr_is(state, "in_ccm", "false") || io_xml_attr_is(state, "in_ccm", "0");
    return !member || (gone && io_xml_attr_is(state, "expected", "member"));
}

const char *io_cib_forget_paths(const xmlNode *cib, const char *vm, GPtrArray *paths)
{
    const xmlNode *status = io_xml_child(cib, "status");
    const xmlNode *home = NULL;
    guint n_active = 0;
    for (const xmlNode *state = io_xml_child(status, "node_state"); state; state = io_xml_next(state, "node_state")) {
        gboolean active = FALSE, busy = FALSE;
        if (!read_place(resource_of(state, vm), &active, &busy))
            continue;
        if (busy)
            return NULL;
        n_active += active;
        home = active ? state : home;
    }
    if (n_active != 1)
        return NULL;
    for (const xmlNode *state = io_xml_child(status, "node_state"); state; state = io_xml_next(state, "node_state")) {
        if (io_xml_attr(state, "uname") && !is_unclean(state))
            add_records(state, vm, state == home, paths);
    }
    return io_xml_attr(home, "uname");
}
