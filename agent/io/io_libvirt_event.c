/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt_event.h"

#include <glib-unix.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

/* A descriptor or a timeout that libvirt asked for. The table holds one reference, a source that may run it another. */
typedef struct {
    int id;
    int fd; /* -1: a timeout */
    virEventHandleCallback on_handle;
    virEventTimeoutCallback on_timeout;
    void *opaque;
    virFreeCallback free_opaque;
    GSource *source; /* NULL: disabled. Under the lock. */
} Watch;

static GMainContext *context;
static GMutex lock;
static GHashTable *watches; /* id -> Watch*; under the lock */
static int last_id;

static GIOCondition condition_of(int events)
{
    return ((events & VIR_EVENT_HANDLE_READABLE) ? G_IO_IN : 0) |
           ((events & VIR_EVENT_HANDLE_WRITABLE) ? G_IO_OUT : 0) | ((events & VIR_EVENT_HANDLE_ERROR) ? G_IO_ERR : 0) |
           ((events & VIR_EVENT_HANDLE_HANGUP) ? G_IO_HUP : 0);
}

static int events_of(GIOCondition condition)
{
    return ((condition & G_IO_IN) ? VIR_EVENT_HANDLE_READABLE : 0) |
           ((condition & G_IO_OUT) ? VIR_EVENT_HANDLE_WRITABLE : 0) |
           ((condition & (G_IO_ERR | G_IO_NVAL)) ? VIR_EVENT_HANDLE_ERROR : 0) |
           ((condition & G_IO_HUP) ? VIR_EVENT_HANDLE_HANGUP : 0);
}

static gboolean on_fd(int fd, GIOCondition condition, gpointer data)
{
    Watch *watch = data;

    watch->on_handle(watch->id, fd, events_of(condition), watch->opaque);
    return G_SOURCE_CONTINUE;
}

static gboolean on_time(gpointer data)
{
    Watch *watch = data;

    watch->on_timeout(watch->id, watch->opaque);
    return G_SOURCE_CONTINUE;
}

/* Under the lock. @source: (transfer full), nullable. */
static void set_source(Watch *watch, GSource *source)
{
    if (watch->source) {
        g_source_destroy(watch->source);
        g_source_unref(watch->source);
    }
    watch->source = source;
    if (source)
        g_source_attach(source, context);
}

static GSource *fd_source(Watch *watch, int events)
{
    if (events == 0)
        return NULL;
    GSource *source = g_unix_fd_source_new(watch->fd, condition_of(events));
    g_source_set_callback(source, G_SOURCE_FUNC(on_fd), g_atomic_rc_box_acquire(watch), g_atomic_rc_box_release);
    return source;
}

static GSource *time_source(Watch *watch, int interval_ms)
{
    if (interval_ms < 0)
        return NULL;
    GSource *source = g_timeout_source_new((guint)interval_ms);
    g_source_set_callback(source, on_time, g_atomic_rc_box_acquire(watch), g_atomic_rc_box_release);
    return source;
}

static int add(Watch watch, int argument)
{
    Watch *kept = g_atomic_rc_box_dup(sizeof watch, &watch);

    g_mutex_lock(&lock);
    kept->id = ++last_id;
    g_hash_table_insert(watches, GINT_TO_POINTER(kept->id), kept);
    set_source(kept, kept->fd >= 0 ? fd_source(kept, argument) : time_source(kept, argument));
    int id = kept->id;
    g_mutex_unlock(&lock);
    return id;
}

static void update(int id, int argument)
{
    g_mutex_lock(&lock);
    Watch *watch = g_hash_table_lookup(watches, GINT_TO_POINTER(id));
    if (watch)
        set_source(watch, watch->fd >= 0 ? fd_source(watch, argument) : time_source(watch, argument));
    g_mutex_unlock(&lock);
}

static gboolean on_removed(gpointer data)
{
    Watch *watch = data;

    if (watch->free_opaque)
        watch->free_opaque(watch->opaque);
    return G_SOURCE_REMOVE;
}

/* The opaque data is freed in the event thread, hence never while its callback runs, and never inside this call. */
static int drop(int id)
{
    g_mutex_lock(&lock);
    Watch *watch = g_hash_table_lookup(watches, GINT_TO_POINTER(id));
    if (watch) {
        g_hash_table_steal(watches, GINT_TO_POINTER(id));
        set_source(watch, NULL);
    }
    g_mutex_unlock(&lock);
    if (watch == NULL)
        return -1;

    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, on_removed, watch, g_atomic_rc_box_release);
    g_source_attach(source, context);
    g_source_unref(source);
    return 0;
}

static int add_handle(int fd, int events, virEventHandleCallback callback, void *opaque, virFreeCallback free_opaque)
{
    return add((Watch){.fd = fd, .on_handle = callback, .opaque = opaque, .free_opaque = free_opaque}, events);
}

static int add_timeout(int interval_ms, virEventTimeoutCallback callback, void *opaque, virFreeCallback free_opaque)
{
    return add((Watch){.fd = -1, .on_timeout = callback, .opaque = opaque, .free_opaque = free_opaque}, interval_ms);
}

static gpointer thread_main(gpointer data)
{
    g_main_context_push_thread_default(context);
    for (;;)
        g_main_context_iteration(context, TRUE);
    return NULL;
}

/* libvirt prints errors to stderr unless told otherwise; each is reported where it is handled. */
static void on_error(void *data, virErrorPtr error)
{
}

static gpointer start(gpointer data)
{
    context = g_main_context_new();
    watches = g_hash_table_new(NULL, NULL);
    virInitialize();
    virSetErrorFunc(NULL, on_error);
    virEventRegisterImpl(add_handle, update, drop, add_timeout, update, drop);
    g_thread_unref(g_thread_new("libvirt-events", thread_main, NULL));
    return NULL;
}

void io_libvirt_event_start(void)
{
    static GOnce once = G_ONCE_INIT;

    g_once(&once, start, NULL);
}
