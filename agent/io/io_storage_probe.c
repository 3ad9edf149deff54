/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_storage_probe.h"

#include "agent/io/io_task.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

#define CEPH_CONFIGURATION "/etc/ceph/ceph.conf"

struct IoProbe {
    const IoProbeHandler *handler; /* NULL once dropped */
    gpointer data;
    char *key;
    guint timeout_ms;
    /* a path */
    IoTask *task;
    /* network */
    GCancellable *cancellable;
    guint pending; /* connections being tried */
    guint timeout_source;
    gboolean answered;
    char *last_reason;
    /* answered at once */
    guint idle_source;
};

static void probe_free(IoProbe *probe)
{
    g_clear_handle_id(&probe->timeout_source, g_source_remove);
    g_clear_handle_id(&probe->idle_source, g_source_remove);
    g_clear_object(&probe->cancellable);
    g_free(probe->last_reason);
    g_free(probe->key);
    g_free(probe);
}

/* ---- paths ---- */

typedef struct {
    char *path;
    mode_t type; /* S_IFDIR, S_IFBLK, S_IFSOCK, S_IFREG */
} Look;

static void look_free(gpointer data)
{
    Look *look = data;

    g_free(look->path);
    g_free(look);
}

static const char *type_word(mode_t type)
{
    switch (type) {
    case S_IFDIR:
        return "directory";
    case S_IFBLK:
        return "block device";
    case S_IFSOCK:
        return "socket";
    default:
        return "file";
    }
}

/* Returns the reason against it; NULL when it is there. */
static gpointer look_work(gpointer data)
{
    const Look *look = data;
    struct stat st;

    if (stat(look->path, &st) < 0)
        return g_strdup_printf("%s: %s", look->path, g_strerror(errno));
    if ((st.st_mode & S_IFMT) != look->type)
        return g_strdup_printf("%s is no %s", look->path, type_word(look->type));
    return NULL;
}

static void on_looked(gpointer reason, gpointer data)
{
    IoProbe *probe = data;

    probe->handler->verdict(reason == NULL, reason, probe->data);
    g_free(reason);
    probe_free(probe);
}

static void on_look_overdue(gpointer data)
{
    IoProbe *probe = data;
    g_autofree char *reason = g_strdup_printf("no answer within %u ms: the filesystem hangs", probe->timeout_ms);

    probe->handler->hang(reason, probe->data);
}

static void on_look_returned(gpointer data)
{
    IoProbe *probe = data;

    probe->handler->returned(probe->data);
    probe_free(probe);
}

/* ---- verdicts without a look ---- */

static gboolean on_idle(gpointer data)
{
    IoProbe *probe = data;

    probe->idle_source = 0;
    probe->handler->verdict(FALSE, probe->last_reason, probe->data);
    probe_free(probe);
    return G_SOURCE_REMOVE;
}

static void refuse(IoProbe *probe, char *reason)
{
    probe->last_reason = reason;
    probe->idle_source = g_idle_add(on_idle, probe);
}

static void begin_look(IoProbe *probe, const char *path, mode_t type)
{
    static const IoTaskHandler handler = {on_looked, on_look_overdue, on_look_returned};
    g_autoptr(GError) error = NULL;
    Look *look = g_new0(Look, 1);

    look->path = g_strdup(path);
    look->type = type;
    probe->task =
        io_task_run("storage-probe", look_work, look, look_free, g_free, probe->timeout_ms, &handler, probe, &error);
    if (probe->task == NULL)
        refuse(probe, g_strdup(error->message));
}

/* ---- network ---- */

static void tell(IoProbe *probe, gboolean ok)
{
    probe->answered = TRUE;
    g_clear_handle_id(&probe->timeout_source, g_source_remove);
    if (probe->handler)
        probe->handler->verdict(ok, ok ? NULL : probe->last_reason, probe->data);
    g_cancellable_cancel(probe->cancellable); /* last: the probe is freed when every connection has come back */
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer data)
{
    IoProbe *probe = data;
    g_autoptr(GError) error = NULL;
    GSocketConnection *connection = g_socket_client_connect_to_host_finish(G_SOCKET_CLIENT(source), result, &error);

    if (!probe->answered && connection)
        tell(probe, TRUE);
    else if (!probe->answered) {
        g_free(probe->last_reason);
        probe->last_reason = g_strdup(error->message);
        if (probe->pending == 1)
            tell(probe, FALSE);
    }
    g_clear_object(&connection);
    if (--probe->pending == 0)
        probe_free(probe);
}

static gboolean on_timeout(gpointer data)
{
    IoProbe *probe = data;

    probe->timeout_source = 0;
    g_free(probe->last_reason);
    probe->last_reason = g_strdup_printf("no connection within %u ms", probe->timeout_ms);
    tell(probe, FALSE);
    return G_SOURCE_REMOVE;
}

static void begin_connect(IoProbe *probe, const char *addresses)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_auto(GStrv) list = g_strsplit(addresses, ",", -1);

    g_socket_client_set_enable_proxy(client, FALSE);
    probe->cancellable = g_cancellable_new();
    probe->timeout_source = g_timeout_add(probe->timeout_ms, on_timeout, probe);
    for (guint i = 0; list[i]; i++) {
        probe->pending++;
        g_socket_client_connect_to_host_async(client, list[i], 0, probe->cancellable, on_connected, probe);
    }
}

/* ---- outside ---- */

static void begin(IoProbe *probe)
{
    const char *key = probe->key;
    const char *network = strstr(key, "://");

    if (g_str_has_prefix(key, "file:"))
        begin_look(probe, key + 5, S_IFDIR);
    else if (g_str_has_prefix(key, "block:"))
        begin_look(probe, key + 6, S_IFBLK);
    else if (g_str_has_prefix(key, "unix:"))
        begin_look(probe, key + 5, S_IFSOCK);
    else if (g_str_has_prefix(key, "rbd://") && strchr(network + 3, ':') == NULL)
        begin_look(probe, CEPH_CONFIGURATION, S_IFREG);
    else if (network && strchr(network + 3, ':'))
        begin_connect(probe, network + 3);
    else
        refuse(probe, g_strdup("this kind of storage is not understood by this version of hactld"));
}

IoProbe *io_probe_begin(const char *key, guint timeout_ms, const IoProbeHandler *handler, gpointer data)
{
    IoProbe *probe = g_new0(IoProbe, 1);

    probe->handler = handler;
    probe->data = data;
    probe->key = g_strdup(key);
    probe->timeout_ms = timeout_ms;
    begin(probe);
    return probe;
}

void io_probe_drop(IoProbe *probe)
{
    if (probe == NULL)
        return;
    if (probe->cancellable) { /* its connections still have to come back; the last one frees it */
        probe->handler = NULL;
        if (!probe->answered)
            tell(probe, FALSE);
        return;
    }
    io_task_drop(probe->task);
    probe_free(probe);
}
