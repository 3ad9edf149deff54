/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cpg.h"

#include <corosync/corotypes.h>
#include <corosync/cpg.h>
#include <glib-unix.h>
#include <string.h>

#define RECONNECT_MS 1000
#define RESEND_MS 10 /* a ring under load frees a slot within a token's rotation, about a millisecond */

G_DEFINE_QUARK(io - cpg - error - quark, io_cpg_error)

struct IoCpg {
    struct cpg_name group;
    IoCpgHandler handler;
    gpointer data;
    cpg_handle_t handle;
    gboolean open; /* handle is valid */
    guint fd_source;
    guint reconnect_source;
    guint resend_source;
    GQueue queue; /* GBytes* */
    gsize queued_bytes;
    guint32 self_id;
    guint64 ring_seq; /* 0 until corosync has told it */
    guint64 joined;
    guint32 members[CPG_MEMBERS_MAX];
    guint n_members;
    char *last_error;
};

static gboolean on_reconnect(gpointer data);

static gboolean is_joined(const IoCpg *cpg)
{
    return cpg->joined != 0;
}

static void note_error(IoCpg *cpg, const char *what, cs_error_t code)
{
    g_free(cpg->last_error);
    cpg->last_error =
        g_strdup_printf("%s of corosync's process groups failed: %s; is corosync running?", what, cs_strerror(code));
}

static void drop_queue(IoCpg *cpg)
{
    g_queue_clear_full(&cpg->queue, (GDestroyNotify)g_bytes_unref);
    cpg->queued_bytes = 0;
    g_clear_handle_id(&cpg->resend_source, g_source_remove);
}

static void hang_up(IoCpg *cpg)
{
    g_clear_handle_id(&cpg->fd_source, g_source_remove);
    if (cpg->open)
        cpg_finalize(cpg->handle);
    cpg->open = FALSE;
    cpg->self_id = 0;
    cpg->ring_seq = 0;
    cpg->joined = 0;
    cpg->n_members = 0;
    drop_queue(cpg);
}

static void lose(IoCpg *cpg, const char *what, cs_error_t code)
{
    gboolean was_joined = is_joined(cpg);

    note_error(cpg, what, code);
    hang_up(cpg);
    if (cpg->reconnect_source == 0)
        cpg->reconnect_source = g_timeout_add(RECONNECT_MS, on_reconnect, cpg);
    if (was_joined)
        cpg->handler.state(FALSE, cpg->data);
}

static int compare_ids(const void *a, const void *b)
{
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

    return x < y ? -1 : x > y;
}

/* A daemon that restarts quickly can be in the list twice, with two process ids. */
static void take_members(IoCpg *cpg, const struct cpg_address *list, gsize n)
{
    guint32 ids[CPG_MEMBERS_MAX];

    n = MIN(n, CPG_MEMBERS_MAX);
    for (gsize i = 0; i < n; i++)
        ids[i] = list[i].nodeid;
    qsort(ids, n, sizeof ids[0], compare_ids);
    cpg->n_members = 0;
    for (gsize i = 0; i < n; i++) {
        if (i == 0 || ids[i] != ids[i - 1])
            cpg->members[cpg->n_members++] = ids[i];
    }
}

static gboolean has_self(const IoCpg *cpg)
{
    for (guint i = 0; i < cpg->n_members; i++) {
        if (cpg->members[i] == cpg->self_id)
            return TRUE;
    }
    return FALSE;
}

/* The members come first, the ring's number right behind: only both together say something. */
static void tell_members(IoCpg *cpg)
{
    if (cpg->ring_seq == 0 || !has_self(cpg))
        return;
    if (!is_joined(cpg)) {
        /* Within one ring the clock orders the joins: a daemon restarted in it is younger than all that stayed. */
        cpg->joined = (cpg->ring_seq << 32) | (guint32)(g_get_real_time() / G_USEC_PER_SEC);
        g_clear_pointer(&cpg->last_error, g_free);
        cpg->handler.state(TRUE, cpg->data);
    }
    cpg->handler.members(cpg->members, cpg->n_members, cpg->ring_seq, cpg->data);
}

static IoCpg *from_handle(cpg_handle_t handle)
{
    void *context = NULL;

    return cpg_context_get(handle, &context) == CS_OK ? context : NULL;
}

static void on_members(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members,
    size_t n_members, const struct cpg_address *left, size_t n_left, const struct cpg_address *joined, size_t n_joined)
{
    IoCpg *cpg = from_handle(handle);

    if (cpg) {
        take_members(cpg, members, n_members);
        tell_members(cpg);
    }
}

static void on_ring(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t n_members, const uint32_t *members)
{
    IoCpg *cpg = from_handle(handle);

    if (cpg) {
        cpg->ring_seq = ring.seq;
        tell_members(cpg);
    }
}

static void on_message(
    cpg_handle_t handle, const struct cpg_name *group, uint32_t from, uint32_t pid, void *bytes, size_t len)
{
    IoCpg *cpg = from_handle(handle);

    if (cpg && len > 0 && len <= IO_CPG_MESSAGE_BYTES_MAX)
        cpg->handler.message(from, bytes, len, cpg->data);
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
    IoCpg *cpg = data;
    cs_error_t code = cpg_dispatch(cpg->handle, CS_DISPATCH_ALL);

    if (code == CS_OK || code == CS_ERR_TRY_AGAIN) {
        if (!(condition & (G_IO_HUP | G_IO_ERR)))
            return G_SOURCE_CONTINUE;
        code = CS_ERR_LIBRARY;
    }
    cpg->fd_source = 0;
    lose(cpg, "Reading", code);
    return G_SOURCE_REMOVE;
}

static cs_error_t open_and_join(IoCpg *cpg, const char **ret_what)
{
    cpg_model_v1_data_t model = {.model = CPG_MODEL_V1,
        .cpg_deliver_fn = on_message,
        .cpg_confchg_fn = on_members,
        .cpg_totem_confchg_fn = on_ring,
        .flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF};
    int fd = -1;

    *ret_what = "Opening";
    cs_error_t code = cpg_model_initialize(&cpg->handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, cpg);
    if (code != CS_OK)
        return code;
    cpg->open = TRUE;
    code = cpg_local_get(cpg->handle, &cpg->self_id);
    if (code == CS_OK)
        code = cpg_fd_get(cpg->handle, &fd);
    if (code != CS_OK)
        return code;
    *ret_what = "Joining";
    code = cpg_join(cpg->handle, &cpg->group);
    if (code == CS_OK)
        cpg->fd_source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, cpg);
    return code;
}

static gboolean on_reconnect(gpointer data)
{
    IoCpg *cpg = data;
    const char *what;

    cpg->reconnect_source = 0;
    cs_error_t code = open_and_join(cpg, &what);
    if (code != CS_OK)
        lose(cpg, what, code);
    return G_SOURCE_REMOVE;
}

IoCpg *io_cpg_new(const char *group, const IoCpgHandler *handler, gpointer data)
{
    IoCpg *cpg = g_new0(IoCpg, 1);
    gsize len = strlen(group);

    g_assert(len > 0 && len < CPG_MAX_NAME_LENGTH);
    cpg->group.length = len;
    memcpy(cpg->group.value, group, len);
    cpg->handler = *handler;
    cpg->data = data;
    g_queue_init(&cpg->queue);
    cpg->last_error = g_strdup("not connected to corosync yet");
    cpg->reconnect_source = g_idle_add(on_reconnect, cpg);
    return cpg;
}

void io_cpg_free(IoCpg *cpg)
{
    if (cpg == NULL)
        return;
    g_clear_handle_id(&cpg->reconnect_source, g_source_remove);
    if (cpg->open)
        cpg_leave(cpg->handle, &cpg->group);
    hang_up(cpg);
    g_free(cpg->last_error);
    g_free(cpg);
}

static cs_error_t multicast(IoCpg *cpg, const void *bytes, gsize len)
{
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = len};

    return cpg_mcast_joined(cpg->handle, CPG_TYPE_AGREED, &part, 1);
}

/* Also when the error is for good: the descriptor tells that, in on_readable. Here it would pull the floor from under
 * the caller. */
static gboolean on_resend(gpointer data)
{
    IoCpg *cpg = data;

    while (!g_queue_is_empty(&cpg->queue)) {
        gsize len;
        GBytes *head = g_queue_peek_head(&cpg->queue);
        const void *bytes = g_bytes_get_data(head, &len);

        if (multicast(cpg, bytes, len) != CS_OK)
            return G_SOURCE_CONTINUE;
        cpg->queued_bytes -= len;
        g_bytes_unref(g_queue_pop_head(&cpg->queue));
    }
    cpg->resend_source = 0;
    return G_SOURCE_REMOVE;
}

static gboolean enqueue(IoCpg *cpg, const guint8 *bytes, gsize len, GError **error)
{
    if (cpg->queue.length >= IO_CPG_QUEUE_MESSAGES_MAX || cpg->queued_bytes + len > IO_CPG_QUEUE_BYTES_MAX) {
        g_set_error(error, IO_CPG_ERROR, IO_CPG_ERROR_FULL,
            "a message of %" G_GSIZE_FORMAT " bytes was not sent: %u wait already (%" G_GSIZE_FORMAT
            " bytes), since corosync takes none; look at corosync-cfgtool -s",
            len, cpg->queue.length, cpg->queued_bytes);
        return FALSE;
    }
    g_queue_push_tail(&cpg->queue, g_bytes_new(bytes, len));
    cpg->queued_bytes += len;
    if (cpg->resend_source == 0)
        cpg->resend_source = g_timeout_add(RESEND_MS, on_resend, cpg);
    return TRUE;
}

gboolean io_cpg_send(IoCpg *cpg, const guint8 *bytes, gsize len, GError **error)
{
    if (len == 0 || len > IO_CPG_MESSAGE_BYTES_MAX) {
        g_set_error(error, IO_CPG_ERROR, IO_CPG_ERROR_SIZE,
            "a message of %" G_GSIZE_FORMAT " bytes can't be sent; 1 to %u can", len, IO_CPG_MESSAGE_BYTES_MAX);
        return FALSE;
    }
    if (!is_joined(cpg)) {
        g_set_error(error, IO_CPG_ERROR, IO_CPG_ERROR_AWAY, "a message was not sent: %s",
            cpg->last_error ? cpg->last_error : "this process is not in the group yet");
        return FALSE;
    }
    if (g_queue_is_empty(&cpg->queue) && multicast(cpg, bytes, len) == CS_OK)
        return TRUE;
    return enqueue(cpg, bytes, len, error);
}

guint32 io_cpg_self_id(const IoCpg *cpg)
{
    return cpg->self_id;
}

guint64 io_cpg_joined(const IoCpg *cpg)
{
    return cpg->joined;
}

const char *io_cpg_last_error(const IoCpg *cpg)
{
    return is_joined(cpg) ? NULL : cpg->last_error;
}
