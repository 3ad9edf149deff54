/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_private.h"

#include "agent/io/io_cib_patch.h"
#include "agent/io/io_cib_xml.h"

/* ---- begin and end ---- */

void io_cib_request_free(gpointer data)
{
    IoCibRequest *request = data;
    g_clear_handle_id(&request->begin, g_source_remove);
    g_clear_handle_id(&request->timer, g_source_remove);
    g_clear_pointer(&request->tool, io_tool_cancel);
    g_clear_pointer(&request->simulation, io_simulate_cancel);
    g_clear_pointer(&request->write, io_cib_write_free);
    g_free(request->text);
    g_free(request);
}

void io_cib_request_finish(IoCibRequest *request, HaOutcome outcome, const char *text)
{
    IoCib *cib = request->cib;
    guint64 effect_id = request->effect_id;
    g_autofree char *kept = g_strdup(text);
    g_ptr_array_remove(cib->requests, request);
    /* The CIB manager tells of a change before it answers who made it: so the answer finds a picture that shows the
     * change. */
    io_cib_catch_up(cib);
    cib->handler.done(effect_id, outcome, kept, cib->data);
}

static gboolean on_request_deadline(gpointer data)
{
    IoCibRequest *request = data;
    request->timer = 0;
    g_autofree char *text = g_strdup_printf(
        "Pacemaker did not answer within %u ms; the change may still be carried out", request->timeout_ms);
    io_cib_request_finish(request, HA_DONE_TIMED_OUT, text);
    return G_SOURCE_REMOVE;
}

static gboolean on_request_begin(gpointer data)
{
    IoCibRequest *request = data;
    request->begin = 0;
    if (request->refused != HA_DONE_OK)
        io_cib_request_finish(request, request->refused, request->text);
    else
        io_cib_request_step(request);
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

static void request_refuse(IoCibRequest *request, HaOutcome outcome, const char *text)
{
    request->refused = outcome;
    request->text = g_strdup(text);
}

/* It begins from the main loop, so that nothing is answered from within the call that asks. */
static IoCibRequest *request_new(IoCib *cib, guint64 effect_id, guint32 timeout_ms)
{
    g_assert(timeout_ms > 0);
    IoCibRequest *request = g_new0(IoCibRequest, 1);
    *request = (IoCibRequest){
        .cib = cib, .effect_id = effect_id, .serial = ++cib->serial, .timeout_ms = timeout_ms, .epoch = -1};
    request->begin = g_idle_add(on_request_begin, request);
    request->timer = g_timeout_add(timeout_ms, on_request_deadline, request);
    g_ptr_array_add(cib->requests, request);
    const char *why = unwritable(cib);
    if (why)
        request_refuse(request, HA_DONE_REFUSED, why);
    return request;
}

IoCibRequest *io_cib_request_find(const IoCib *cib, guint64 serial)
{
    for (guint i = 0; cib && i < cib->requests->len; i++) {
        IoCibRequest *request = cib->requests->pdata[i];
        if (request->serial == serial)
            return request;
    }
    return NULL;
}

/* ---- steps: simulate, then the patch or the two operations, then tools ---- */

static void on_tool_failed(IoCibRequest *request, const IoToolResult *result)
{
    io_cib_request_finish(
        request, result->outcome == IO_TOOL_TIMED_OUT ? HA_DONE_TIMED_OUT : HA_DONE_FAILED, result->error);
}

static void on_tool_done(const IoToolResult *result, gpointer data)
{
    IoCibRequest *request = data;
    request->tool = NULL;
    if (!result->error)
        io_cib_request_step(request);
    else
        on_tool_failed(request, result);
}

static void run_tool(IoCibRequest *request, char **argv)
{
    request->tool = io_tool_run((const char *const *)argv, NULL, request->timeout_ms, on_tool_done, request);
}

static gint64 epoch_of(const IoCib *cib)
{
    return cib->doc ? io_xml_attr_int(xmlDocGetRootElement(cib->doc), "epoch", 0) : 0;
}

void io_cib_request_wake(IoCib *cib)
{
    for (guint i = 0; i < cib->requests->len; i++) {
        IoCibRequest *request = cib->requests->pdata[i];
        if (!request->waits || request->epoch == epoch_of(cib))
            continue;
        request->waits = FALSE;
        request->begin = g_idle_add(on_request_begin, request);
    }
}

/* After success, so that whoever hears of it has the picture that shows it; else to make the patch anew. */
static void await_picture(IoCibRequest *request)
{
    request->waits = TRUE;
    io_cib_request_wake(request->cib);
}

static void on_patched(const IoToolResult *result, gpointer data)
{
    IoCibRequest *request = data;
    request->tool = NULL;
    switch (io_cib_patch_judge(result)) {
    case IO_CIB_PATCH_DONE:
        request->removed = TRUE;
        g_clear_pointer(&request->write->modify_path, g_free);
        await_picture(request);
        return;
    case IO_CIB_PATCH_STALE:
        await_picture(request);
        return;
    case IO_CIB_PATCH_UNFIT:
        request->write->at_once = FALSE;
        io_cib_request_step(request);
        return;
    case IO_CIB_PATCH_FAILED:
        on_tool_failed(request, result);
        return;
    }
    g_assert_not_reached();
}

/* A file has no other readers, and libcib holds its own copy of it. */
static void send_patch(IoCibRequest *request)
{
    const IoCib *cib = request->cib;
    g_autoptr(GBytes) patch =
        io_cib_is_file(cib) ? NULL : io_cib_patch_make(request->write, xmlDocGetRootElement(cib->doc));
    request->epoch = epoch_of(cib);
    request->write->at_once = patch != NULL;
    if (patch)
        request->tool = io_tool_run(io_cib_patch_command, patch, request->timeout_ms, on_patched, request);
    else
        io_cib_request_step(request);
}

static void on_simulated(HaOutcome outcome, const char *text, gpointer data)
{
    IoCibRequest *request = data;
    request->simulation = NULL;
    if (outcome == HA_DONE_OK)
        io_cib_request_step(request);
    else
        io_cib_request_finish(request, outcome, text);
}

static void simulate(IoCibRequest *request)
{
    xmlDoc *preview = xmlCopyDoc(request->cib->doc, 1);
    request->check_pins = FALSE;
    io_cib_write_preview(request->write, preview);
    request->simulation =
        io_simulate_run(preview, request->write->undisturbed, request->timeout_ms, on_simulated, request);
    xmlFreeDoc(preview);
}

void io_cib_request_step(IoCibRequest *request)
{
    IoCibWrite *write = request->write;
    const char *why = unwritable(request->cib);
    if (why)
        io_cib_request_finish(request, HA_DONE_REFUSED, why);
    else if (request->check_pins && write->undisturbed->len > 0)
        simulate(request);
    else if (write->at_once && write->modify_path)
        send_patch(request);
    else if (write->remove_path && !request->removed)
        io_cib_send_remove(request);
    else if (write->modify_path)
        io_cib_send_modify(request);
    else if (request->tools_done < write->tools->len)
        run_tool(request, write->tools->pdata[request->tools_done++]);
    else if (request->cib->querying)
        request->waits = TRUE; /* the picture that shows the change is on its way */
    else
        io_cib_request_finish(request, HA_DONE_OK, NULL);
}

/* ---- effects ---- */

static void request_take_write(IoCibRequest *request, IoCibWrite *write, const GError *error)
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
    IoCibRequest *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    IoCibWrite *write = io_cib_write_term(xmlDocGetRootElement(cib->doc), old_term, self, &error);
    request_take_write(request, write, error);
}

void io_cib_change(
    IoCib *cib, guint64 effect_id, guint64 term, const GPtrArray *changes, gboolean check_pins, guint32 timeout_ms)
{
    g_autoptr(GError) error = NULL;
    IoCibRequest *request = request_new(cib, effect_id, timeout_ms);
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
    IoCibRequest *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->write = io_cib_write_forget(xmlDocGetRootElement(cib->doc), vm, NULL);
    g_ptr_array_add(request->write->tools, g_strdupv((char **)argv));
}

void io_cib_probe(IoCib *cib, guint64 effect_id, const char *vm, const char *node, guint32 timeout_ms)
{
    const char *argv[] = {"crm_resource", "--refresh", "--resource", vm, "--node", node, NULL};
    IoCibRequest *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->write = io_cib_write_forget(xmlDocGetRootElement(cib->doc), vm, NULL);
    g_ptr_array_add(request->write->tools, g_strdupv((char **)argv));
}

void io_cib_refresh(IoCib *cib, guint64 effect_id, const char *vm, const char *node, guint32 timeout_ms)
{
    const char *rests = NULL;
    IoCibRequest *request = request_new(cib, effect_id, timeout_ms);
    if (request->refused != HA_DONE_OK)
        return;
    request->write = io_cib_write_forget(xmlDocGetRootElement(cib->doc), vm, &rests);
    if (g_strcmp0(rests, node) == 0)
        return;
    g_autofree char *text = g_strdup_printf("VM %s is not at rest on node %s; its history is left as it is", vm, node);
    request_refuse(request, HA_DONE_REFUSED, text);
}
