/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_control.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/io/io_control_socket.h"
#include "agent/wire/wire_frame.h"

#define IO_CONTROL_READ_BYTES 65536u
#define IO_CONTROL_ACCEPT_PAUSE_MS 1000u /* no more files or memory: new clients wait so long */

/* Where a client is in its life. */
typedef enum {
    CLIENT_ASKING,    /* its frame is not complete */
    CLIENT_SERVED,    /* the handler has it */
    CLIENT_FLUSHING,  /* finished or refused; its output is not out yet */
    CLIENT_LINGERING, /* all is out and our side shut; it has still to hang up */
    CLIENT_GONE,      /* its socket is closed */
} ClientState;

struct IoControlClient {
    guint refs;
    IoControl *control; /* borrowed; NULL once it is gone */
    ClientState state;
    int fd;
    uid_t uid;
    GByteArray *in;
    GQueue out;                              /* GBytes* */
    gsize out_bytes;                         /* in all of them, less out_offset */
    gsize out_offset;                        /* into the first */
    gboolean doomed;                         /* too much waits for it: to be cut off */
    GSource *readable, *writable, *deadline; /* nullable */
};

struct IoControl {
    IoControlSocket *socket;
    GMainContext *context;
    GSource *acceptable; /* the listening socket's, or the pause after which it is looked at again */
    const IoControlHandler *handler;
    gpointer data;
    IoControlLimits limits;
    GPtrArray *clients; /* IoControlClient*, a reference each */
};

static gboolean on_writable(int fd, GIOCondition condition, gpointer data);

/* ---- a client's life ---- */

static IoControlClient *client_ref(IoControlClient *client)
{
    client->refs++;
    return client;
}

static void client_unref(IoControlClient *client)
{
    if (--client->refs > 0)
        return;
    g_byte_array_unref(client->in);
    g_queue_clear_full(&client->out, (GDestroyNotify)g_bytes_unref);
    g_free(client);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoControlClient, client_unref)

static void source_drop(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

/* @source: (transfer full). Returns: it. */
static GSource *source_start(GMainContext *context, GSource *source, GSourceFunc call, gpointer data)
{
    g_source_set_callback(source, call, data, NULL);
    g_source_attach(source, context);
    return source;
}

static void client_close(IoControlClient *client)
{
    if (client->state == CLIENT_GONE)
        return;
    g_autoptr(IoControlClient) held = client_ref(client);
    IoControl *control = client->control;
    gboolean served = client->state == CLIENT_SERVED;
    client->state = CLIENT_GONE;
    client->control = NULL;
    source_drop(&client->readable);
    source_drop(&client->writable);
    source_drop(&client->deadline);
    close(client->fd);
    g_ptr_array_remove_fast(control->clients, client);
    if (served)
        control->handler->gone(client, control->data);
}

static void client_want_write(IoControlClient *client)
{
    if (client->writable == NULL)
        client->writable = source_start(
            client->control->context, g_unix_fd_source_new(client->fd, G_IO_OUT), G_SOURCE_FUNC(on_writable), client);
}

static gboolean on_deadline(gpointer data);

static void client_deadline(IoControlClient *client, guint in_ms)
{
    source_drop(&client->deadline);
    client->deadline = source_start(client->control->context, g_timeout_source_new(in_ms), on_deadline, client);
}

/* From CLIENT_ASKING: from now on its input is thrown away, and no `gone` follows. */
static void client_refuse(IoControlClient *client, const char *why)
{
    g_autoptr(GBytes) frame = wire_answer_build(0, HA_ANSWER_REFUSED, why, NULL);
    io_control_send(client, frame);
    io_control_finish(client);
}

static gboolean on_deadline(gpointer data)
{
    IoControlClient *client = data;
    source_drop(&client->deadline);
    if (client->state == CLIENT_ASKING)
        client_refuse(client, "no complete call arrived in time: the message is cut short");
    else
        client_close(client);
    return G_SOURCE_REMOVE;
}

/* ---- output ---- */

void io_control_send(IoControlClient *client, GBytes *frame)
{
    gsize size = g_bytes_get_size(frame);
    if (client->state == CLIENT_GONE || client->doomed)
        return;
    if (client->out_bytes > 0 && client->out_bytes + size > IO_CONTROL_OUTPUT_MAX) {
        client->doomed = TRUE;
        client_deadline(client, 0);
        return;
    }
    g_queue_push_tail(&client->out, g_bytes_ref(frame));
    client->out_bytes += size;
    client_want_write(client);
}

gsize io_control_queued(const IoControlClient *client)
{
    return client->out_bytes;
}

void io_control_finish(IoControlClient *client)
{
    if (client->state == CLIENT_GONE)
        return;
    client->state = CLIENT_FLUSHING;
    client_deadline(client, client->doomed ? 0 : client->control->limits.flush_ms);
    client_want_write(client);
}

/* Everything is out: say so, and wait for the client to hang up, so that what it still sends can't reset the
 * connection. */
static void client_linger(IoControlClient *client)
{
    if (client->readable == NULL) {
        client_close(client);
        return;
    }
    client->state = CLIENT_LINGERING;
    shutdown(client->fd, SHUT_WR);
    client_deadline(client, client->control->limits.linger_ms);
}

/* Returns: FALSE when the socket takes no more for now, or not ever (errno). */
static gboolean write_some(IoControlClient *client)
{
    GBytes *first = g_queue_peek_head(&client->out);
    gsize size = 0;
    const guint8 *bytes = g_bytes_get_data(first, &size);
    ssize_t n = send(client->fd, bytes + client->out_offset, size - client->out_offset, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR;
    client->out_offset += (gsize)n;
    client->out_bytes -= (gsize)n;
    if (client->out_offset == size) {
        g_bytes_unref(g_queue_pop_head(&client->out));
        client->out_offset = 0;
    }
    return TRUE;
}

static gboolean on_writable(int fd, GIOCondition condition, gpointer data)
{
    IoControlClient *client = data;
    while (client->out_bytes > 0)
        if (!write_some(client)) {
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                return G_SOURCE_CONTINUE;
            client_close(client);
            return G_SOURCE_REMOVE;
        }
    source_drop(&client->writable);
    if (client->state == CLIENT_FLUSHING)
        client_linger(client);
    return G_SOURCE_REMOVE;
}

/* ---- input ---- */

static void client_serve(IoControlClient *client, const guint8 *payload, gsize len)
{
    IoControl *control = client->control;
    g_autoptr(GError) error = NULL;
    g_auto(WireCall) call = {0};
    if (!wire_call_decode(payload, len, &call, &error)) {
        client_refuse(client, error->message);
        return;
    }
    source_drop(&client->deadline);
    client->state = CLIENT_SERVED;
    control->handler->call(client, &call, client->uid, control->data);
}

static void client_parse(IoControlClient *client)
{
    g_autoptr(GError) error = NULL;
    const guint8 *payload = NULL;
    gsize len = 0;
    switch (wire_frame_parse(client->in->data, client->in->len, WIRE_FRAME_MAX, &payload, &len, &error)) {
    case WIRE_FRAME_NEED_MORE:
        return;
    case WIRE_FRAME_BAD:
        client_refuse(client, error->message);
        return;
    case WIRE_FRAME_OK:
        if (client->in->len > WIRE_FRAME_HEADER_BYTES + len)
            client_refuse(client, "more bytes follow the call: one connection carries one call");
        else
            client_serve(client, payload, len);
    }
}

static void client_take(IoControlClient *client, const guint8 *bytes, gsize n)
{
    switch (client->state) {
    case CLIENT_ASKING:
        g_byte_array_append(client->in, bytes, (guint)n);
        client_parse(client);
        if (client->state != CLIENT_ASKING)
            g_byte_array_set_size(client->in, 0);
        return;
    case CLIENT_SERVED: /* a second call: it does not speak the protocol */
        client_close(client);
        return;
    case CLIENT_FLUSHING:
    case CLIENT_LINGERING:
    case CLIENT_GONE:
        return;
    }
}

static void client_ended(IoControlClient *client)
{
    switch (client->state) {
    case CLIENT_ASKING:
        if (client->in->len == 0) {
            client_close(client);
            return;
        }
        client_refuse(client, "the message is cut short: the sender ended it before its length");
        G_GNUC_FALLTHROUGH;
    case CLIENT_FLUSHING: /* it may still read */
        source_drop(&client->readable);
        return;
    case CLIENT_SERVED:
    case CLIENT_LINGERING:
        client_close(client);
        return;
    case CLIENT_GONE:
        return;
    }
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
    g_autoptr(IoControlClient) client = client_ref(data);
    guint8 bytes[IO_CONTROL_READ_BYTES];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0)
        client_take(client, bytes, (gsize)n);
    else if (n == 0)
        client_ended(client);
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        client_close(client);
    return client->readable != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* ---- new clients ---- */

static gboolean peer_uid(int fd, uid_t *ret_uid)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return FALSE;
    *ret_uid = peer.uid;
    return TRUE;
}

/* One too many: told so at once, with what its empty socket buffer takes. */
static void turn_away(int fd)
{
    g_autoptr(GBytes) frame = wire_answer_build(
        0, HA_ANSWER_REFUSED, "hactld serves as many clients as it can at once; end some, or try again later",
        NULL);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(frame, &size);
    if (send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        g_debug("control socket: a client too many hung up before it was told: %s", g_strerror(errno));
    close(fd);
}

static void welcome(IoControl *control, int fd)
{
    IoControlClient *client = g_new0(IoControlClient, 1);
    client->refs = 1;
    client->control = control;
    client->fd = fd;
    client->in = g_byte_array_new();
    g_queue_init(&client->out);
    g_ptr_array_add(control->clients, client);
    client->readable =
        source_start(control->context, g_unix_fd_source_new(fd, G_IO_IN), G_SOURCE_FUNC(on_readable), client);
    client_deadline(client, control->limits.frame_ms);
    if (!peer_uid(fd, &client->uid))
        client_refuse(client, "the kernel does not say who is calling");
    else if (client->uid != 0 && client->uid != geteuid())
        client_refuse(client, "only root may talk to hactld: run as root (sudo hactl ...)");
}

static void accept_pause(IoControl *control);

static gboolean on_acceptable(int fd, GIOCondition condition, gpointer data)
{
    IoControl *control = data;
    int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client_fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            accept_pause(control);
        return control->acceptable != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }
    if (control->clients->len >= control->limits.clients)
        turn_away(client_fd);
    else
        welcome(control, client_fd);
    return G_SOURCE_CONTINUE;
}

static void accept_start(IoControl *control)
{
    source_drop(&control->acceptable);
    control->acceptable = source_start(control->context,
        g_unix_fd_source_new(io_control_socket_fd(control->socket), G_IO_IN), G_SOURCE_FUNC(on_acceptable), control);
}

static gboolean on_accept_again(gpointer data)
{
    accept_start(data);
    return G_SOURCE_REMOVE;
}

/* The listening socket stays readable: without the pause the loop would spin. */
static void accept_pause(IoControl *control)
{
    source_drop(&control->acceptable);
    control->acceptable =
        source_start(control->context, g_timeout_source_new(IO_CONTROL_ACCEPT_PAUSE_MS), on_accept_again, control);
}

/* ---- the server ---- */

IoControl *io_control_new(const char *path, const IoControlHandler *handler, gpointer data, GError **error)
{
    IoControlSocket *listening = io_control_socket_open(path, error);
    if (listening == NULL)
        return NULL;
    IoControl *control = g_new0(IoControl, 1);
    control->socket = listening;
    control->context = g_main_context_ref_thread_default();
    control->handler = handler;
    control->data = data;
    control->limits = (IoControlLimits){10000, 10000, 1000, IO_CONTROL_CLIENTS_MAX};
    control->clients = g_ptr_array_new_with_free_func((GDestroyNotify)client_unref);
    accept_start(control);
    return control;
}

void io_control_set_limits(IoControl *control, const IoControlLimits *limits)
{
    IoControlLimits *own = &control->limits;
    own->frame_ms = limits->frame_ms ? limits->frame_ms : own->frame_ms;
    own->flush_ms = limits->flush_ms ? limits->flush_ms : own->flush_ms;
    own->linger_ms = limits->linger_ms ? limits->linger_ms : own->linger_ms;
    own->clients = limits->clients ? limits->clients : own->clients;
}

void io_control_free(IoControl *control)
{
    if (control == NULL)
        return;
    while (control->clients->len > 0) {
        IoControlClient *client = g_ptr_array_index(control->clients, control->clients->len - 1);
        client->state = CLIENT_FLUSHING; /* no `gone` */
        client_close(client);
    }
    g_ptr_array_unref(control->clients);
    source_drop(&control->acceptable);
    io_control_socket_close(control->socket);
    g_main_context_unref(control->context);
    g_free(control);
}
