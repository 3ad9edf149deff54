/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_private.h"

#include <crm_config.h>
#include <crm/crm.h>
#include <crm/cib.h>

#include <errno.h>

#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_patch.h"
#include "agent/io/io_cib_xml.h"

#define RECONNECT_S 1
#define DECODE_DELAY_MS 100
#define DECODE_SHARE 4                        /* of the time at most one part in so many goes into pictures */
#define CIB_UPDATE_RESULT "cib_update_result" /* libcib keeps the name to itself */
#define DIFF_EVENT "cib_diff_notify"

/* libcib's notifications carry no user data, so there is one IoCib a process. */
static IoCib *the_cib;

/* ---- the two operations of a write ---- */

static void refresh_file(IoCib *cib);

static void on_written(IoCibRequest *request, int rc)
{
    refresh_file(request->cib);
    if (rc == pcmk_ok) {
        io_cib_request_step(request);
        return;
    }
    g_autofree char *text = NULL;
    if (rc == -ENXIO) {
        io_cib_request_finish(request, HA_DONE_REFUSED,
            "meanwhile another leader was elected, or Pacemaker began to migrate one of these VMs; run the command "
            "again");
        return;
    }
    text = g_strdup_printf(
        "Pacemaker refused the change of its configuration: %s; its log says more (journalctl -u pacemaker)",
        pcmk_strerror(rc));
    io_cib_request_finish(request, rc == -ETIME ? HA_DONE_TIMED_OUT : HA_DONE_FAILED, text);
}

static void on_write_answer(xmlNode *message, int call_id, int rc, xmlNode *output, void *data)
{
    const guint64 *serial = data;
    IoCibRequest *request = io_cib_request_find(the_cib, *serial);
    if (request)
        on_written(request, rc);
}

gboolean io_cib_is_file(const IoCib *cib)
{
    return cib->link->variant == cib_file;
}

static int link_flags(const IoCib *cib)
{
    return io_cib_is_file(cib) ? cib_sync_call : cib_none;
}

/* A file (CIB_file: tests, rehearsals) answers at once; the CIB manager answers through on_write_answer(). */
static void on_write_sent(IoCibRequest *request, int rc)
{
    if (rc < 0 || io_cib_is_file(request->cib)) {
        on_written(request, rc);
        return;
    }
    guint64 *serial = g_new(guint64, 1);
    *serial = request->serial;
    request->cib->link->cmds->register_callback_full(
        request->cib->link, rc, (int)(request->timeout_ms / 1000 + 1), FALSE, serial, "hactl", on_write_answer, g_free);
}

void io_cib_send_remove(IoCibRequest *request)
{
    cib_t *link = request->cib->link;
    request->removed = TRUE;
    on_write_sent(request, link->cmds->remove(link, request->write->remove_path, NULL,
                               link_flags(request->cib) | cib_xpath | cib_multiple));
}

void io_cib_send_modify(IoCibRequest *request)
{
    cib_t *link = request->cib->link;
    g_autofree char *path = g_steal_pointer(&request->write->modify_path);
    xmlNode *root = xmlDocGetRootElement(request->write->doc);
    int flags = link_flags(request->cib) | cib_xpath;
    on_write_sent(request, request->write->replaces ? link->cmds->replace(link, path, root, flags)
                                                    : link->cmds->modify(link, path, root, flags));
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

void io_cib_catch_up(IoCib *cib)
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
    io_cib_request_wake(cib);
    decode_soon(cib);
}

static void query(IoCib *cib)
{
    xmlNode *output = NULL;
    gboolean sync = io_cib_is_file(cib);
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
    if (cib->link && io_cib_is_file(cib))
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
    if (io_cib_patch_is_long(patch)) {
        query(cib);
        return;
    }
    int rc = xml_apply_patchset(xmlDocGetRootElement(cib->doc), patch, true);
    if (rc == pcmk_ok) {
        io_cib_request_wake(cib);
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
        io_cib_request_finish(cib->requests->pdata[0], HA_DONE_FAILED,
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
    cib->requests = g_ptr_array_new_with_free_func(io_cib_request_free);
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
