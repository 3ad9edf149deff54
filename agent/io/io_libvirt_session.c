/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt_event.h"
#include "agent/io/io_libvirt_sample.h"

#include <libvirt/virterror.h>

#define KEEPALIVE_S 5
#define KEEPALIVE_MISSES 3

/* ---- events ---- */

typedef struct {
    IoLibvirtHub *hub;
    char *vm;
    gboolean migrates;
} Event;

IoLibvirtHub *io_libvirt_hub_ref(IoLibvirtHub *hub)
{
    return g_atomic_rc_box_acquire(hub);
}

void io_libvirt_hub_unref(gpointer hub)
{
    g_atomic_rc_box_release(hub);
}

static void event_free(gpointer data)
{
    Event *event = data;

    io_libvirt_hub_unref(event->hub);
    g_free(event->vm);
    g_free(event);
}

static gboolean on_main(gpointer data)
{
    Event *event = data;

    if (event->hub->io)
        event->hub->event(event->hub->io, event->vm, event->migrates);
    return G_SOURCE_REMOVE;
}

static void post(IoLibvirtHub *hub, virDomainPtr domain, gboolean migrates)
{
    Event *event = g_new0(Event, 1);

    event->hub = io_libvirt_hub_ref(hub);
    event->vm = domain ? g_strdup(virDomainGetName(domain)) : NULL;
    event->migrates = migrates;
    g_idle_add_full(G_PRIORITY_DEFAULT, on_main, event, event_free);
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *hub)
{
    post(hub, domain, FALSE);
    return 0;
}

static void on_generic(virConnectPtr conn, virDomainPtr domain, void *hub)
{
    post(hub, domain, FALSE);
}

static void on_io_error(
    virConnectPtr conn, virDomainPtr domain, const char *path, const char *alias, int action, void *hub)
{
    post(hub, domain, FALSE);
}

static void on_iteration(virConnectPtr conn, virDomainPtr domain, int iteration, void *hub)
{
    post(hub, domain, TRUE);
}

static void on_job_completed(virConnectPtr conn, virDomainPtr domain, virTypedParameterPtr params, int n, void *hub)
{
    post(hub, domain, TRUE);
}

static void on_close(virConnectPtr conn, int reason, void *hub)
{
    post(hub, NULL, FALSE);
}

static void subscribe(IoLibvirtSession *session)
{
    const struct {
        int id;
        virConnectDomainEventGenericCallback callback;
    } events[] = {
        {VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle)},
        {VIR_DOMAIN_EVENT_ID_REBOOT, on_generic},
        {VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, on_generic},
        {VIR_DOMAIN_EVENT_ID_IO_ERROR, VIR_DOMAIN_EVENT_CALLBACK(on_io_error)},
        {VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, VIR_DOMAIN_EVENT_CALLBACK(on_iteration)},
        {VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK(on_job_completed)},
    };

    /* A driver without some event (the test driver) costs latency, nothing else: the 2 s sample sees everything. */
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        int id = virConnectDomainEventRegisterAny(session->conn, NULL, events[i].id, events[i].callback,
            io_libvirt_hub_ref(session->hub), io_libvirt_hub_unref);

        if (id >= 0)
            g_array_append_val(session->callbacks, id);
        else
            io_libvirt_hub_unref(session->hub);
    }
    /* Without a reference of its own: drivers that know no such callback accept it and never release anything. It is
     * taken back before the session's reference goes. */
    virConnectRegisterCloseCallback(session->conn, on_close, session->hub, NULL);
}

/* ---- connections ---- */

const char *io_libvirt_why(void)
{
    const char *text = virGetLastErrorMessage();

    return text ? text : "no reason given";
}

virConnectPtr io_libvirt_open(const char *uri, char **ret_error)
{
    io_libvirt_event_start();
    virConnectPtr conn = virConnectOpen(uri);

    if (conn == NULL)
        *ret_error = g_strdup_printf(
            "connecting to libvirt at %s failed: %s; is libvirtd (or virtqemud) running?", uri, io_libvirt_why());
    else
        virConnectSetKeepAlive(conn, KEEPALIVE_S, KEEPALIVE_MISSES); /* local drivers have none, and need none */
    return conn;
}

static void disconnect(IoLibvirtSession *session)
{
    if (session->conn == NULL)
        return;
    for (guint i = 0; i < session->callbacks->len; i++)
        virConnectDomainEventDeregisterAny(session->conn, g_array_index(session->callbacks, int, i));
    g_array_set_size(session->callbacks, 0);
    if (session->hub)
        virConnectUnregisterCloseCallback(session->conn, on_close);
    virConnectClose(session->conn);
    session->conn = NULL;
    g_hash_table_remove_all(session->facts);
}

static gboolean connect_session(IoLibvirtSession *session, char **ret_error)
{
    session->conn = io_libvirt_open(session->uri, ret_error);
    if (session->conn && session->hub)
        subscribe(session);
    return session->conn != NULL;
}

gboolean io_libvirt_session_run(IoLibvirtSession *session, gboolean (*ask)(IoLibvirtSession *session, gpointer data),
    gpointer data, gboolean *ret_reconnected, char **ret_error)
{
    *ret_reconnected = session->conn == NULL;
    for (guint attempt = 0; attempt < 2; attempt++) {
        if (session->conn == NULL && !connect_session(session, ret_error))
            return FALSE;
        if (ask(session, data))
            return TRUE;
        g_free(*ret_error);
        *ret_error =
            g_strdup_printf("asking libvirt at %s failed: %s; look at libvirtd's log", session->uri, io_libvirt_why());
        disconnect(session);
        if (*ret_reconnected) /* it was new */
            return FALSE;
        *ret_reconnected = TRUE; /* libvirtd was restarted, say: once more */
        g_clear_pointer(ret_error, g_free);
    }
    return FALSE;
}

IoLibvirtSession *io_libvirt_session_new(const char *uri, IoLibvirtHub *hub)
{
    IoLibvirtSession *session = g_atomic_rc_box_new0(IoLibvirtSession);

    session->uri = g_strdup(uri);
    session->hub = hub ? io_libvirt_hub_ref(hub) : NULL;
    session->callbacks = g_array_new(FALSE, FALSE, sizeof(int));
    session->facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return session;
}

IoLibvirtSession *io_libvirt_session_ref(IoLibvirtSession *session)
{
    return g_atomic_rc_box_acquire(session);
}

static void session_clear(gpointer data)
{
    IoLibvirtSession *session = data;

    disconnect(session);
    if (session->hub)
        io_libvirt_hub_unref(session->hub);
    g_free(session->uri);
    g_array_unref(session->callbacks);
    g_hash_table_unref(session->facts);
}

void io_libvirt_session_unref(gpointer session)
{
    g_atomic_rc_box_release_full(session, session_clear);
}

static gpointer unref_thread(gpointer session)
{
    io_libvirt_session_unref(session);
    return NULL;
}

void io_libvirt_session_drop(IoLibvirtSession *session)
{
    GThread *thread = session ? g_thread_try_new("libvirt-close", unref_thread, session, NULL) : NULL;

    if (thread) /* without one the connection stays open: better than a main loop that waits for libvirt */
        g_thread_unref(thread);
}
