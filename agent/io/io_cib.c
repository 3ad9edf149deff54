/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib.h"

#include <crm_config.h>
#include <crm/crm.h>
#include <crm/cib.h>

#include <errno.h>

#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_xml.h"
#include "agent/io/io_simulate.h"
#include "agent/io/io_tool.h"

#define RECONNECT_S 1
#define DECODE_DELAY_MS 100
#define DECODE_SHARE 4                        /* of the time at most one part in so many goes into pictures */
#define CIB_UPDATE_RESULT "cib_update_result" /* libcib keeps the name to itself */
#define DIFF_EVENT "cib_diff_notify"

struct IoCib {
    IoCibHandler handler;
    gpointer data;
    cib_t *link;        /* NULL while away */
    gboolean inquorate; /* by corosync's word */
    gboolean told;      /* a configuration was handed on, and not yet withdrawn */
    gboolean querying;  /* a full query is under way: patches older than its answer are passed over */
    xmlDoc *doc;        /* the cached CIB; NULL until the first answer */
    guint decode_ms;    /* what the last picture took, with those whom it was told */
    guint reconnect_timer, decode_timer, lost; /* sources */
    GPtrArray *requests;                       /* Request*, owned */
    guint64 serial;
};

/* One effect under way. */
typedef struct {
    IoCib *cib;
    guint64 effect_id;
    guint64 serial; /* what libcib's callback knows it by: the request may be gone when that comes */
    guint32 timeout_ms;
    guint begin, timer; /* sources */
    IoCibWrite *write;  /* nullable */
    gboolean check_pins;
    gboolean removed; /* the removal is behind us */
    guint tools_done;
    IoTool *tool;             /* nullable: running */
    IoSimulation *simulation; /* nullable: running */
    HaOutcome refused;        /* not OK: it was refused before it began */
    char *text;               /* why */
} Request;

/* libcib's notifications carry no user data, so there is one IoCib a process. */
static IoCib *the_cib;

static void request_step(Request *request);
static void decode_now(IoCib *cib);

/* ---- requests ---- */

static void request_free(gpointer data)
{
    Request *request = data;
    g_clear_handle_id(&request->begin, g_source_remove);
    g_clear_handle_id(&request->timer, g_source_remove);
    g_clear_pointer(&request->tool, io_tool_cancel);
    g_clear_pointer(&request->simulation, io_simulate_cancel);
    g_clear_pointer(&request->write, io_cib_write_free);
    g_free(request->text);
    g_free(request);
}

static void request_finish(Request *request, HaOutcome outcome, const char *text)
{
    IoCib *cib = request->cib;
    guint64 effect_id = request->effect_id;
    g_autofree char *kept = g_strdup(text);
    g_ptr_array_remove(cib->requests, request);
    /* The CIB manager tells of a change before it answers who made it: so the answer finds a picture that shows the
     * change. */
    decode_now(cib);
    cib->handler.done(effect_id, outcome, kept, cib->data);
}

static gboolean on_request_deadline(gpointer data)
{
    Request *request = data;
    request->timer = 0;
    g_autofree char *text = g_strdup_printf(
        "Pacemaker did not answer within %u ms; the change may still be carried out", request->timeout_ms);
    request_finish(request, HA_DONE_TIMED_OUT, text);
    return G_SOURCE_REMOVE;
}

static gboolean on_request_begin(gpointer data)
{
    Request *request = data;
    request->begin = 0;
    if (request->refused != HA_DONE_OK)
        request_finish(request, request->refused, request->text);
    else
        request_step(request);
    return G_SOURCE_REMOVE;
}

/* Why nothing may be written now; NULL when it may. */
static const char *unwritable(const IoCib *cib)
{
    if (!cib->link || !cib->doc)
        return "Pacemaker is not reachable on this host; is pacemaker.service running?";
    if (cib->inquorate || !io_xml_true(io_xml_attr(xmlDocGetRootElement(cib->doc), "have-quorum")))
        return "this partition of the cluster has no quorum: a change made here would be lost, or undo the majority's";
    return NULL;
}

static void request_refuse(Request *request, HaOutcome outcome, const char *text)
{
    request->refused = outcome;
    request->text = g_strdup(text);
}

/* It begins from the main loop, so that nothing is answered from within the call that asks. */
static Request *request_new(IoCib *cib, guint64 effect_id, guint32 timeout_ms)
{
    g_assert(timeout_ms > 0);
    Request *request = g_new0(Request, 1);
    *request = (Request){.cib = cib, .effect_id = effect_id, .serial = ++cib->serial, .timeout_ms = timeout_ms};
    request->begin = g_idle_add(on_request_begin, request);
    request->timer = g_timeout_add(timeout_ms, on_request_deadline, request);
    g_ptr_array_add(cib->requests, request);
    const char *why = unwritable(cib);
    if (why)
        request_refuse(request, HA_DONE_REFUSED, why);
    return request;
}

static Request *request_find(const IoCib *cib, guint64 serial)
{
    for (guint i = 0; cib && i < cib->requests->len; i++) {
        Request *request = cib->requests->pdata[i];
        if (request->serial == serial)
            return request;
    }
    return NULL;
}

/* ---- steps of a write: simulate, remove, modify, tools ---- */

static void refresh_file(IoCib *cib);

static void on_written(Request *request, int rc)
{
    refresh_file(request->cib);
    if (rc == pcmk_ok) {
        request_step(request);
        return;
    }
    g_autofree char *text = NULL;
    if (rc == -ENXIO) {
        request_finish(request, HA_DONE_REFUSED,
            "meanwhile another leader was elected, or Pacemaker began to migrate one of these VMs; run the command "
            "again");
        return;
    }
    text = g_strdup_printf(
        "Pacemaker refused the change of its configuration: %s; its log says more (journalctl -u pacemaker)",
        pcmk_strerror(rc));
    request_finish(request, rc == -ETIME ? HA_DONE_TIMED_OUT : HA_DONE_FAILED, text);
}

static void on_write_answer(xmlNode *message, int call_id, int rc, xmlNode *output, void *data)
{
    const guint64 *serial = data;
    Request *request = request_find(the_cib, *serial);
    if (request)
        on_written(request, rc);
}

static int link_flags(const IoCib *cib)
{
    return cib->link->variant == cib_file ? cib_sync_call : cib_none;
}

/* A file (CIB_file: tests, rehearsals) answers at once; the CIB manager answers through on_write_answer(). */
static void on_write_sent(Request *request, int rc)
{
    if (rc < 0 || request->cib->link->variant == cib_file) {
        on_written(request, rc);
        return;
    }
    guint64 *serial = g_new(guint64, 1);
    *serial = request->serial;
    request->cib->link->cmds->register_callback_full(
        request->cib->link, rc, (int)(request->timeout_ms / 1000 + 1), FALSE, serial, "hactl", on_write_answer, g_free);
}

static void send_remove(Request *request)
{
    cib_t *link = request->cib->link;
    request->removed = TRUE;
    on_write_sent(request, link->cmds->remove(link, request->write->remove_path, NULL,
                               link_flags(request->cib) | cib_xpath | cib_multiple));
}

static void send_modify(Request *request)
{
    cib_t *link = request->cib->link;
    g_autofree char *path = g_steal_pointer(&request->write->modify_path);
    xmlNode *root = xmlDocGetRootElement(request->write->doc);
    int flags = link_flags(request->cib) | cib_xpath;
    on_write_sent(request, request->write->replaces ? link->cmds->replace(link, path, root, flags)
                                                    : link->cmds->modify(link, path, root, flags));
}

static void on_tool_done(const IoToolResult *result, gpointer data)
{
    Request *request = data;
    request->tool = NULL;
    if (!result->error)
        request_step(request);
    else
        request_finish(
            request, result->outcome == IO_TOOL_TIMED_OUT ? HA_DONE_TIMED_OUT : HA_DONE_FAILED, result->error);
}

static void run_tool(Request *request, char **argv)
{
    request->tool = io_tool_run((const char *const *)argv, NULL, request->timeout_ms, on_tool_done, request);
}

static void on_simulated(HaOutcome outcome, const char *text, gpointer data)
{
    Request *request = data;
    request->simulation = NULL;
    if (outcome == HA_DONE_OK)
        request_step(request);
    else
        request_finish(request, outcome, text);
}

static void simulate(Request *request)
{
    xmlDoc *preview = xmlCopyDoc(request->cib->doc, 1);
    request->check_pins = FALSE;
    io_cib_write_preview(request->write, preview);
    request->simulation =
        io_simulate_run(preview, request->write->undisturbed, request->timeout_ms, on_simulated, request);
    xmlFreeDoc(preview);
}

/* What comes next: the first of the steps that is not behind us. Each step comes back here. */
static void request_step(Request *request)
{
    IoCibWrite *write = request->write;
    const char *why = unwritable(request->cib);
    if (why)
        request_finish(request, HA_DONE_REFUSED, why);
    else if (request->check_pins && write->undisturbed->len > 0)
        simulate(request);
    else if (write->remove_path && !request->removed)
        send_remove(request);
    else if (write->modify_path)
        send_modify(request);
    else if (request->tools_done < write->tools->len)
        run_tool(request, write->tools->pdata[request->tools_done++]);
    else
        request_finish(request, HA_DONE_OK, NULL);
}

/* ---- the picture ---- */

static void decode(IoCib *cib)
{
    g_autoptr(GError) error = NULL;
    gint64 begun_us = g_get_monotonic_time();
    HaConfig *config = io_cib_decode(xmlDocGetRootElement(cib->doc), &error);
    if (!config) {
        g_debug("%s", error->message);
        return;
    }
    cib->told = TRUE;
    cib->handler.config(config, cib->data);
    cib->decode_ms = (guint)((g_get_monotonic_time() - begun_us) / 1000);
}

static gboolean on_decode(gpointer data)
{
    IoCib *cib = data;
    cib->decode_timer = 0;
    decode(cib);
    return G_SOURCE_REMOVE;
}

static void decode_now(IoCib *cib)
{
    if (!cib->decode_timer || !cib->doc)
        return;
    g_clear_handle_id(&cib->decode_timer, g_source_remove);
    decode(cib);
}

/* The first change starts the delay and the following do not prolong it: many changes make one picture, and none waits
 * longer. Where a picture of thousands of VMs takes long, the next waits in proportion. */
static void decode_soon(IoCib *cib)
{
    guint delay_ms = !cib->told ? 0 : MAX(DECODE_DELAY_MS, DECODE_SHARE * cib->decode_ms);
    if (!cib->decode_timer)
        cib->decode_timer = g_timeout_add(delay_ms, on_decode, cib);
}

static void set_doc(IoCib *cib, xmlDoc *doc)
{
    xmlFreeDoc(cib->doc);
    cib->doc = doc;
}

static gboolean on_lost(gpointer data);

static void lose(IoCib *cib)
{
    if (!cib->lost)
        cib->lost = g_idle_add(on_lost, cib);
}

static void on_query_answer(xmlNode *message, int call_id, int rc, xmlNode *output, void *data)
{
    IoCib *cib = the_cib;
    if (!cib)
        return;
    cib->querying = FALSE;
    if (rc != pcmk_ok || !output) {
        g_debug("the CIB can't be read: %s", pcmk_strerror(rc));
        lose(cib);
        return;
    }
    set_doc(cib, copy_xml(output)->doc); // libcib frees what it hands to a callback
    decode_soon(cib);
}

static void query(IoCib *cib)
{
    xmlNode *output = NULL;
    gboolean sync = cib->link->variant == cib_file;
    cib->querying = TRUE;
    int rc = cib->link->cmds->query(cib->link, NULL, sync ? &output : NULL, link_flags(cib));
    if (sync || rc < 0) {
        on_query_answer(NULL, 0, rc, output, NULL);
        if (output)
            xmlFreeDoc(output->doc);
        return;
    }
    cib->link->cmds->register_callback_full(
        cib->link, rc, cib->link->call_timeout, FALSE, NULL, "hactl", on_query_answer, NULL);
}

/* A file notifies nobody. */
static void refresh_file(IoCib *cib)
{
    if (cib->link && cib->link->variant == cib_file)
        query(cib);
}

/* Failed operations of other clients are notified too: they changed nothing. A patch that does not fit means that one
 * was missed. The picture is patched in place: with thousands of VMs a copy for each of the thousands of results that
 * follow a change would take all of a core. */
static void on_diff(const char *event, xmlNode *message)
{
    IoCib *cib = the_cib;
    if (!cib || cib->querying || !cib->doc || io_xml_attr_int(message, "cib_rc", 0) < 0)
        return;
    xmlNode *patch = get_message_xml(message, CIB_UPDATE_RESULT);
    if (!patch)
        return;
    int rc = xml_apply_patchset(xmlDocGetRootElement(cib->doc), patch, true);
    if (rc == pcmk_ok) {
        decode_soon(cib);
    } else if (rc != -pcmk_err_old_data) {
        g_debug("a change of the CIB does not fit (%s): reading it anew", pcmk_strerror(rc));
        query(cib);
    }
}

/* ---- the connection ---- */

static gboolean on_reconnect(gpointer data);

static void reconnect_later(IoCib *cib)
{
    if (!cib->reconnect_timer)
        cib->reconnect_timer = g_timeout_add_seconds(RECONNECT_S, on_reconnect, cib);
}

/* Called while libcib takes the connection apart, for our own sign-off too: so only note it. */
static void on_link_down(gpointer link)
{
    if (the_cib && the_cib->link == link)
        lose(the_cib);
}

static void disconnect_link(IoCib *cib)
{
    cib_t *link = g_steal_pointer(&cib->link);
    if (!link)
        return;
    link->cmds->signoff(link);
    cib_delete(link);
}

static void withdraw(IoCib *cib)
{
    g_clear_handle_id(&cib->decode_timer, g_source_remove);
    set_doc(cib, NULL);
    cib->querying = FALSE;
    if (!cib->told)
        return;
    cib->told = FALSE;
    cib->handler.config(NULL, cib->data);
}

static gboolean on_lost(gpointer data)
{
    IoCib *cib = data;
    cib->lost = 0;
    disconnect_link(cib);
    /* What they set off in their turn comes after them, and finds Pacemaker away. */
    for (guint left = cib->requests->len; left > 0; left--)
        request_finish(cib->requests->pdata[0], HA_DONE_FAILED,
            "Pacemaker went away on this host meanwhile; the change may or may not have been carried out");
    withdraw(cib);
    reconnect_later(cib);
    return G_SOURCE_REMOVE;
}

static gboolean sign_on(cib_t *link)
{
    if (link->cmds->signon(link, "hactl", cib_command) != pcmk_ok)
        return FALSE;
    if (link->variant == cib_file)
        return TRUE;
    return link->cmds->set_connection_dnotify(link, on_link_down) == pcmk_ok &&
           link->cmds->add_notify_callback(link, DIFF_EVENT, on_diff) == pcmk_ok;
}

static gboolean on_reconnect(gpointer data)
{
    IoCib *cib = data;
    cib_t *link = cib_new();
    cib->reconnect_timer = 0;
    if (link && sign_on(link)) {
        cib->link = link;
        query(cib);
        return G_SOURCE_REMOVE;
    }
    if (link) {
        link->cmds->signoff(link);
        cib_delete(link);
    }
    reconnect_later(cib);
    return G_SOURCE_REMOVE;
}

IoCib *io_cib_new(const IoCibHandler *handler, gpointer data)
{
    g_assert(!the_cib && handler->config && handler->done);
#ifndef HA_PCMK3
    crm_xml_init(); /* 2.1 keeps private data on every node, and aborts at the first patch without it */
#endif
    IoCib *cib = g_new0(IoCib, 1);
    *cib = (IoCib){.handler = *handler, .data = data};
    cib->requests = g_ptr_array_new_with_free_func(request_free);
    cib->reconnect_timer = g_idle_add(on_reconnect, cib);
    the_cib = cib;
    return cib;
}

void io_cib_free(IoCib *cib)
{
    if (!cib)
        return;
    the_cib = NULL;
    g_clear_handle_id(&cib->reconnect_timer, g_source_remove);
    g_clear_handle_id(&cib->decode_timer, g_source_remove);
    g_clear_handle_id(&cib->lost, g_source_remove);
    g_ptr_array_unref(cib->requests);
    disconnect_link(cib);
    set_doc(cib, NULL);
    g_free(cib);
}

void io_cib_set_quorate(IoCib *cib, gboolean quorate)
{
    cib->inquorate = !quorate;
}

/* ---- effects ---- */

static void request_take_write(Request *request, IoCibWrite *write, const GError *error)
{
    request->write = write;
    if (!write)
        request_refuse(request,
            g_error_matches(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_LOST) ? HA_DONE_REFUSED : HA_DONE_FAILED,
            error->message);
}

void io_cib_take_term(IoCib *cib, guint64 effect_id, guint64 old_term, const char *self, guint32 timeout_ms)
{
    g_autoptr(GError) error = NULL;
    Request *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    IoCibWrite *write = io_cib_write_term(xmlDocGetRootElement(cib->doc), old_term, self, &error);
    request_take_write(request, write, error);
}

void io_cib_change(
    IoCib *cib, guint64 effect_id, guint64 term, const GPtrArray *changes, gboolean check_pins, guint32 timeout_ms)
{
    g_autoptr(GError) error = NULL;
    Request *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->check_pins = check_pins;
    IoCibWrite *write = io_cib_write_changes(xmlDocGetRootElement(cib->doc), term, changes, &error);
    request_take_write(request, write, error);
}

/* Cleaning up takes away the VM's history on its node: no older migration onto that node may be left to be seen then.
 */
void io_cib_cleanup(IoCib *cib, guint64 effect_id, const char *vm, guint32 timeout_ms)
{
    const char *argv[] = {"crm_resource", "--cleanup", "--resource", vm, NULL};
    Request *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->write = io_cib_write_forget(xmlDocGetRootElement(cib->doc), vm, NULL);
    g_ptr_array_add(request->write->tools, g_strdupv((char **)argv));
}

void io_cib_probe(IoCib *cib, guint64 effect_id, const char *vm, const char *node, guint32 timeout_ms)
{
    const char *argv[] = {"crm_resource", "--refresh", "--resource", vm, "--node", node, NULL};
    Request *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->write = io_cib_write_forget(xmlDocGetRootElement(cib->doc), vm, NULL);
    g_ptr_array_add(request->write->tools, g_strdupv((char **)argv));
}

void io_cib_refresh(IoCib *cib, guint64 effect_id, const char *vm, const char *node, guint32 timeout_ms)
{
    const char *rests = NULL;
    Request *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->write = io_cib_write_forget(xmlDocGetRootElement(cib->doc), vm, &rests);
    if (g_strcmp0(rests, node) == 0)
        return;
    g_autofree char *text = g_strdup_printf("VM %s is not at rest on node %s; its history is left as it is", vm, node);
    request_refuse(request, HA_DONE_REFUSED, text);
}
