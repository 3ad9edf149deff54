/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_quorum.h"

#include <corosync/corotypes.h>
#include <corosync/quorum.h>
#include <glib-unix.h>

#define RECONNECT_MS 1000

typedef enum {
    WORD_NONE, /* nothing said yet */
    WORD_NO,
    WORD_YES,
} Word;

struct IoQuorum {
    IoQuorumHandler handler;
    gpointer data;
    quorum_handle_t handle;
    gboolean open;
    guint fd_source;
    guint reconnect_source;
    Word word;
    char *last_error;
};

static gboolean on_reconnect(gpointer data);

static void say(IoQuorum *quorum, gboolean quorate)
{
    Word word = quorate ? WORD_YES : WORD_NO;

    if (quorum->word == word)
        return;
    quorum->word = word;
    quorum->handler.quorate(quorate, quorum->data);
}

static void hang_up(IoQuorum *quorum)
{
    g_clear_handle_id(&quorum->fd_source, g_source_remove);
    if (quorum->open)
        quorum_finalize(quorum->handle);
    quorum->open = FALSE;
}

static void retry_later(IoQuorum *quorum)
{
    if (quorum->reconnect_source == 0)
        quorum->reconnect_source = g_timeout_add(RECONNECT_MS, on_reconnect, quorum);
}

static void lose(IoQuorum *quorum, const char *what, cs_error_t code)
{
    g_free(quorum->last_error);
    quorum->last_error =
        g_strdup_printf("%s corosync's quorum service failed: %s; is corosync running?", what, cs_strerror(code));
    hang_up(quorum);
    retry_later(quorum);
    say(quorum, FALSE);
}

static void on_quorum(
    quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring, uint32_t n, const uint32_t *members)
{
    const void *context = NULL;

    if (quorum_context_get(handle, &context) == CS_OK && context)
        say((IoQuorum *)context, quorate != 0);
}

/* The nodelist callback is not optional in model v1. */
static void on_nodes(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t n_members, const uint32_t *members,
    uint32_t n_joined, const uint32_t *joined, uint32_t n_left, const uint32_t *left)
{
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
    IoQuorum *quorum = data;
    cs_error_t code = quorum_dispatch(quorum->handle, CS_DISPATCH_ALL);

    if (code == CS_OK || code == CS_ERR_TRY_AGAIN) {
        if (!(condition & (G_IO_HUP | G_IO_ERR)))
            return G_SOURCE_CONTINUE;
        code = CS_ERR_LIBRARY;
    }
    quorum->fd_source = 0;
    lose(quorum, "Reading", code);
    return G_SOURCE_REMOVE;
}

static cs_error_t open_and_track(IoQuorum *quorum)
{
    quorum_model_v1_data_t model = {
        .model = QUORUM_MODEL_V1, .quorum_notify_fn = on_quorum, .nodelist_notify_fn = on_nodes};
    uint32_t type;
    int fd = -1;
    cs_error_t code =
        quorum_model_initialize(&quorum->handle, QUORUM_MODEL_V1, (quorum_model_data_t *)&model, &type, quorum);

    if (code != CS_OK)
        return code;
    quorum->open = TRUE;
    /* Without a provider nothing is ever said, and corosync's own answer is "quorate": that is no word to act on. */
    if (type != QUORUM_SET)
        return CS_ERR_NOT_EXIST;
    code = quorum_fd_get(quorum->handle, &fd);
    if (code == CS_OK)
        code = quorum_trackstart(quorum->handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES);
    if (code == CS_OK)
        quorum->fd_source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, quorum);
    return code;
}

static gboolean on_reconnect(gpointer data)
{
    IoQuorum *quorum = data;

    quorum->reconnect_source = 0;
    cs_error_t code = open_and_track(quorum);
    if (code == CS_OK)
        g_clear_pointer(&quorum->last_error, g_free);
    else
        lose(quorum, "Following", code);
    return G_SOURCE_REMOVE;
}

IoQuorum *io_quorum_new(const IoQuorumHandler *handler, gpointer data)
{
    IoQuorum *quorum = g_new0(IoQuorum, 1);

    quorum->handler = *handler;
    quorum->data = data;
    quorum->last_error = g_strdup("not connected to corosync yet");
    quorum->reconnect_source = g_idle_add(on_reconnect, quorum);
    return quorum;
}

void io_quorum_free(IoQuorum *quorum)
{
    if (quorum == NULL)
        return;
    g_clear_handle_id(&quorum->reconnect_source, g_source_remove);
    hang_up(quorum);
    g_free(quorum->last_error);
    g_free(quorum);
}

gboolean io_quorum_quorate(const IoQuorum *quorum)
{
    return quorum->word == WORD_YES;
}

const char *io_quorum_last_error(const IoQuorum *quorum)
{
    return quorum->last_error;
}
