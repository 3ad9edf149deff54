/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/cli/cli_server.h"

#include "agent/wire/wire_frame.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct CliServer {
    CliServe serve;
    gpointer data;
    char *dir, *path;
    int listener; /* -1: away */
    gint stop;    /* atomic */
    GMutex lock;  /* of the listener */
    GThread *thread;
};

static void listen_on(CliServer *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_assert(strlen(server->path) < sizeof address.sun_path);
    g_strlcpy(address.sun_path, server->path, sizeof address.sun_path);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0);
    g_assert(listen(server->listener, 8) == 0);
}

void cli_server_away(CliServer *server)
{
    g_mutex_lock(&server->lock);
    close(server->listener);
    server->listener = -1;
    g_unlink(server->path);
    g_mutex_unlock(&server->lock);
}

void cli_server_back(CliServer *server)
{
    g_mutex_lock(&server->lock);
    listen_on(server);
    g_mutex_unlock(&server->lock);
}

/* Read one call. Returns: FALSE when the client sent none. */
static gboolean read_call(int fd, WireCall *ret_call)
{
    g_autoptr(GByteArray) in = g_byte_array_new();
    guint8 buffer[65536];
    for (;;) {
        const guint8 *payload = NULL;
        gsize len = 0;
        switch (wire_frame_parse(in->data, in->len, WIRE_FRAME_MAX, &payload, &len, NULL)) {
        case WIRE_FRAME_OK:
            return wire_call_decode(payload, len, ret_call, NULL);
        case WIRE_FRAME_BAD:
            return FALSE;
        case WIRE_FRAME_NEED_MORE:
            break;
        }
        gssize n = read(fd, buffer, sizeof buffer);
        if (n <= 0)
            return FALSE;
        g_byte_array_append(in, buffer, (guint)n);
    }
}

static int accept_one(CliServer *server)
{
    g_mutex_lock(&server->lock);
    struct pollfd fd = {.fd = server->listener, .events = POLLIN};
    int client = poll(&fd, 1, 10) > 0 ? accept4(server->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
    g_mutex_unlock(&server->lock);
    return client;
}

static gpointer run(gpointer data)
{
    CliServer *server = data;
    while (!g_atomic_int_get(&server->stop)) {
        int client = accept_one(server);
        if (client < 0) {
            g_usleep(2000);
            continue;
        }
        g_auto(WireCall) call = {0};
        if (read_call(client, &call))
            server->serve(server, client, &call, server->data);
        close(client);
    }
    return NULL;
}

CliServer *cli_server_new(CliServe serve, gpointer data)
{
    CliServer *server = g_new0(CliServer, 1);
    server->serve = serve;
    server->data = data;
    server->dir = g_dir_make_tmp("hactl-test-XXXXXX", NULL);
    server->path = g_build_filename(server->dir, "hactld.sock", NULL);
    g_mutex_init(&server->lock);
    listen_on(server);
    server->thread = g_thread_new("server", run, server);
    return server;
}

static void remove_dir(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_unlink(file);
    }
    g_rmdir(path);
}

void cli_server_free(CliServer *server)
{
    g_atomic_int_set(&server->stop, TRUE);
    g_thread_join(server->thread);
    if (server->listener >= 0)
        close(server->listener);
    remove_dir(server->dir);
    g_mutex_clear(&server->lock);
    g_free(server->dir);
    g_free(server->path);
    g_free(server);
}

const char *cli_server_path(const CliServer *server)
{
    return server->path;
}

const char *cli_server_dir(const CliServer *server)
{
    return server->dir;
}

gboolean cli_server_send(int fd, const void *data, gsize len)
{
    const guint8 *at = data;
    while (len > 0) {
        gssize n = send(fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return FALSE;
        at += MAX(n, 0);
        len -= (gsize)MAX(n, 0);
    }
    return TRUE;
}

static gboolean send_result(int fd, const Hactl__Result *result)
{
    gsize len = hactl__result__get_packed_size(result);
    g_autofree guint8 *payload = g_malloc(len);
    hactl__result__pack(result, payload);
    g_autoptr(GBytes) frame = wire_frame_encode(payload, len);
    return cli_server_send(fd, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame));
}

gboolean cli_server_send_view(int fd, const CliFixture *fixture, gboolean last)
{
    Hactl__Result result = HACTL__RESULT__INIT;
    result.has_last = result.last = last;
    result.view = (Hactl__View *)&fixture->view;
    return send_result(fd, &result);
}

gboolean cli_server_send_plan(int fd, const CliFixture *fixture)
{
    Hactl__Result result = HACTL__RESULT__INIT;
    result.has_last = result.last = TRUE;
    result.plan = (Hactl__Plan *)&fixture->plan;
    return send_result(fd, &result);
}

gboolean cli_server_send_notes(int fd, const CliFixture *fixture, gboolean last)
{
    Hactl__Result result = HACTL__RESULT__INIT;
    result.has_last = result.last = last;
    result.notes = fixture->view.notes;
    result.n_notes = fixture->view.n_notes;
    return send_result(fd, &result);
}

gboolean cli_server_send_explanation(int fd, const char *vm, const char *node)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(lines, g_strdup_printf("%s on %s", vm ? vm : "-", node ? node : "-"));
    g_autoptr(GBytes) frame = wire_explanation_build(lines);
    return cli_server_send(fd, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame));
}

gboolean cli_server_send_answer(int fd, HaAnswer answer, const char *text)
{
    g_autoptr(GBytes) frame = wire_answer_build(1, answer, text, NULL);
    return cli_server_send(fd, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame));
}

gboolean cli_server_wait_gone(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&poll_fd, 1, 20000) > 0 && read(fd, &byte, 1) <= 0;
}
