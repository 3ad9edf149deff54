/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_server - a control socket in a temporary directory, what its handler saw, and clients in the same thread.
 */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/io/io_control.h"
#include "tests/unit/wire_samples.h"

#define PATIENCE_US (20 * G_USEC_PER_SEC) /* a test that waits longer has failed */

/* ---- the server under test, and what its handler saw ---- */

typedef struct {
    char *directory, *path;
    IoControl *control;
    guint calls, gone;
    guint uid;
    gboolean sending; /* inside io_control_send */
    gboolean gone_while_sending;
    Hactl__CallKind kind;
    char *what;                  /* of the last call: its node or VM */
    IoControlClient *clients[16]; /* in order of their calls; NULL when gone */
    gboolean answer_at_once;
} Server;

static inline void on_call(IoControlClient *client, WireCall *call, guint uid, gpointer data)
{
    Server *server = data;
    server->kind = call->kind;
    server->uid = uid;
    g_free(server->what);
    server->what = g_strdup(call->request != NULL ? call->request->node : call->vm);
    g_assert_cmpuint(server->calls, <, G_N_ELEMENTS(server->clients));
    server->clients[server->calls++] = client;
    if (server->answer_at_once) {
        g_autoptr(GBytes) frame = wire_answer_build(server->calls, HA_ANSWER_OK, "done", NULL);
        io_control_send(client, frame);
        io_control_finish(client);
    }
}

static inline void on_gone(IoControlClient *client, gpointer data)
{
    Server *server = data;
    server->gone++;
    server->gone_while_sending |= server->sending;
    for (guint i = 0; i < G_N_ELEMENTS(server->clients); i++)
        if (server->clients[i] == client)
            server->clients[i] = NULL;
}

static const IoControlHandler handler = {on_call, on_gone};

static inline void server_start(Server *server)
{
    g_autoptr(GError) error = NULL;
    server->control = io_control_new(server->path, &handler, server, &error);
    if (server->control == NULL)
        fail_msg("%s", error->message);
}

static inline int setup(void **state)
{
    Server *server = g_new0(Server, 1);
    server->directory = g_dir_make_tmp("hactl-control-XXXXXX", NULL);
    server->path = g_build_filename(server->directory, "run", "hactld.sock", NULL);
    server->answer_at_once = TRUE;
    server_start(server);
    *state = server;
    return 0;
}

static inline void remove_tree(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_tree(path);
        else
            g_unlink(path);
    }
    g_rmdir(directory);
}

static inline int teardown(void **state)
{
    Server *server = *state;
    io_control_free(server->control);
    remove_tree(server->directory);
    g_free(server->directory);
    g_free(server->path);
    g_free(server->what);
    g_free(server);
    return 0;
}

/* ---- a client in the same thread: whenever it would wait, the server runs ---- */

typedef struct {
    int fd;
    GByteArray *in;
} Client;

static inline void pump(gint64 since_us)
{
    if (!g_main_context_iteration(NULL, FALSE))
        g_usleep(500);
    if (g_get_monotonic_time() - since_us > PATIENCE_US)
        fail_msg("waited for the server in vain");
}

#define PUMP_UNTIL(condition)                                                                                          \
    do {                                                                                                               \
        gint64 since_us = g_get_monotonic_time();                                                                      \
        while (!(condition))                                                                                           \
            pump(since_us);                                                                                            \
    } while (0)

static inline void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static inline Client connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    Client client = {socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), g_byte_array_new()};
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static inline void hang_up(Client *client)
{
    close(client->fd);
    g_byte_array_unref(client->in);
}

/* Returns: FALSE when the server has cut the connection. */
static inline gboolean say(Client *client, const void *bytes, gsize len)
{
    gint64 since_us = g_get_monotonic_time();
    for (gsize done = 0; done < len;) {
        ssize_t n = send(client->fd, (const guint8 *)bytes + done, len - done, MSG_NOSIGNAL);
        if (n >= 0)
            done += (gsize)n;
        else if (errno == EAGAIN)
            pump(since_us);
        else
            return FALSE;
    }
    return TRUE;
}

static inline gboolean say_frame(Client *client, GBytes *frame)
{
    return say(client, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame));
}

/* Returns: FALSE at the end of the stream. */
static inline gboolean hear_some(Client *client)
{
    guint8 bytes[16384];
    gint64 since_us = g_get_monotonic_time();
    for (;;) {
        ssize_t n = recv(client->fd, bytes, sizeof bytes, 0);
        if (n > 0)
            g_byte_array_append(client->in, bytes, (guint)n);
        if (n >= 0 || errno != EAGAIN)
            return n > 0;
        pump(since_us);
    }
}

/* The next Result; NULL at the end of the stream. */
static inline WireResult *hear(Client *client)
{
    const guint8 *payload = NULL;
    gsize len = 0;
    WireFrameState found;
    while ((found = wire_frame_parse(client->in->data, client->in->len, WIRE_RESULT_MAX, &payload, &len, NULL)) ==
           WIRE_FRAME_NEED_MORE)
        if (!hear_some(client))
            return NULL;
    assert_int_equal(found, WIRE_FRAME_OK);
    WireResult *result = wire_result_decode(payload, len, NULL);
    assert_non_null(result);
    g_byte_array_remove_range(client->in, 0, (guint)(WIRE_FRAME_HEADER_BYTES + len));
    return result;
}

static inline void assert_hears_refusal(Client *client, const char *says)
{
    g_autoptr(WireResult) result = hear(client);
    if (result == NULL || result->answer == NULL) {
        fail_msg("no refusal that says \"%s\"", says);
        return;
    }
    assert_true(result->last);
    assert_int_equal(result->answer->answer, HA_ANSWER_REFUSED);
    if (strstr(result->answer->text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", result->answer->text, says);
    assert_null(hear(client)); /* and that was the last */
}

static inline void assert_hears_ok(Client *client)
{
    g_autoptr(WireResult) result = hear(client);
    assert_non_null(result);
    assert_non_null(result->answer);
    assert_int_equal(result->answer->answer, HA_ANSWER_OK);
}

static inline GBytes *sample_call(guint i)
{
    g_autoptr(GPtrArray) calls = sample_calls();
    return g_bytes_ref(calls->pdata[i]);
}

static inline void ask(Client *client)
{
    g_autoptr(GBytes) frame = sample_call(1); /* plan a drain of node3 */
    assert_true(say_frame(client, frame));
}

/* What every refusal leaves: the handler has heard nothing, and the next client is served. */
static inline void assert_undisturbed(Server *server)
{
    assert_int_equal(server->calls, 0);
    assert_int_equal(server->gone, 0);
    Client next = connect_to(server->path);
    ask(&next);
    assert_hears_ok(&next);
    hang_up(&next);
    assert_int_equal(server->calls, 1);
}

static inline int child_status(pid_t child)
{
    int status = 0;
    gint64 since_us = g_get_monotonic_time();
    while (waitpid(child, &status, WNOHANG) == 0)
        pump(since_us);
    return status;
}

#define SERVER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
