/* SPDX-License-Identifier: GPL-2.0-or-later */
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
    IoControlClient *clients[8]; /* in order of their calls; NULL when gone */
    gboolean answer_at_once;
} Server;

static void on_call(IoControlClient *client, WireCall *call, guint uid, gpointer data)
{
    Server *server = data;
    server->kind = call->kind;
    server->uid = uid;
    g_free(server->what);
    server->what = g_strdup(call->request != NULL ? call->request->node : call->vm);
    g_assert_cmpuint(server->calls, <, G_N_ELEMENTS(server->clients));
    server->clients[server->calls++] = client;
    if (server->answer_at_once) {
        g_autoptr(GBytes) frame = wire_answer_build(server->calls, HA_ANSWER_OK, "done");
        io_control_send(client, frame);
        io_control_finish(client);
    }
}

static void on_gone(IoControlClient *client, gpointer data)
{
    Server *server = data;
    server->gone++;
    server->gone_while_sending |= server->sending;
    for (guint i = 0; i < G_N_ELEMENTS(server->clients); i++)
        if (server->clients[i] == client)
            server->clients[i] = NULL;
}

static const IoControlHandler handler = {on_call, on_gone};

static void server_start(Server *server)
{
    g_autoptr(GError) error = NULL;
    server->control = io_control_new(server->path, &handler, server, &error);
    if (server->control == NULL)
        fail_msg("%s", error->message);
}

static int setup(void **state)
{
    Server *server = g_new0(Server, 1);
    server->directory = g_dir_make_tmp("hactl-control-XXXXXX", NULL);
    server->path = g_build_filename(server->directory, "run", "hactld.sock", NULL);
    server->answer_at_once = TRUE;
    server_start(server);
    *state = server;
    return 0;
}

static void remove_tree(const char *directory)
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

static int teardown(void **state)
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

static void pump(gint64 since_us)
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

static void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static Client connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    Client client = {socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), g_byte_array_new()};
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static void hang_up(Client *client)
{
    close(client->fd);
    g_byte_array_unref(client->in);
}

/* Returns: FALSE when the server has cut the connection. */
static gboolean say(Client *client, const void *bytes, gsize len)
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

static gboolean say_frame(Client *client, GBytes *frame)
{
    return say(client, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame));
}

/* Returns: FALSE at the end of the stream. */
static gboolean hear_some(Client *client)
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
static WireResult *hear(Client *client)
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

static void assert_hears_refusal(Client *client, const char *says)
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

static void assert_hears_ok(Client *client)
{
    g_autoptr(WireResult) result = hear(client);
    assert_non_null(result);
    assert_non_null(result->answer);
    assert_int_equal(result->answer->answer, HA_ANSWER_OK);
}

static GBytes *sample_call(guint i)
{
    g_autoptr(GPtrArray) calls = sample_calls();
    return g_bytes_ref(calls->pdata[i]);
}

static void ask(Client *client)
{
    g_autoptr(GBytes) frame = sample_call(1); /* plan a drain of node3 */
    assert_true(say_frame(client, frame));
}

/* What every refusal leaves: the handler has heard nothing, and the next client is served. */
static void assert_undisturbed(Server *server)
{
    assert_int_equal(server->calls, 0);
    assert_int_equal(server->gone, 0);
    Client next = connect_to(server->path);
    ask(&next);
    assert_hears_ok(&next);
    hang_up(&next);
    assert_int_equal(server->calls, 1);
}

/* A frame that may be of any size. */
static GBytes *result_of(gsize bytes)
{
    g_autofree guint8 *xml = g_malloc(bytes);
    memset(xml, 'x', bytes);
    g_autoptr(GBytes) content = g_bytes_new_take(g_steal_pointer(&xml), bytes);
    return wire_definition_build("0", content);
}

/* ---- calls ---- */

static void a_call_is_answered(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    ask(&client);
    assert_hears_ok(&client);
    assert_null(hear(&client));
    hang_up(&client);
    settle();
    assert_int_equal(server->calls, 1);
    assert_int_equal(server->gone, 0);
    assert_int_equal(server->kind, HACTL__CALL_KIND__CALL_PLAN);
    assert_string_equal(server->what, "node3");
    assert_int_equal(server->uid, geteuid());
}

static void every_kind_of_call_arrives(void **state)
{
    Server *server = *state;
    g_autoptr(GPtrArray) calls = sample_calls();
    for (guint i = 0; i < calls->len; i++) {
        Client client = connect_to(server->path);
        assert_true(say_frame(&client, calls->pdata[i]));
        assert_hears_ok(&client);
        hang_up(&client);
    }
    assert_int_equal(server->calls, calls->len);
    assert_int_equal(server->kind, HACTL__CALL_KIND__CALL_DEFINITION);
    assert_string_equal(server->what, "web1");
}

static void a_call_may_come_byte_by_byte(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    g_autoptr(GBytes) frame = sample_call(1);
    gsize len = 0;
    const guint8 *bytes = g_bytes_get_data(frame, &len);
    for (gsize i = 0; i < len; i++) {
        assert_int_equal(server->calls, 0);
        assert_true(say(&client, bytes + i, 1));
        settle();
    }
    assert_hears_ok(&client);
    hang_up(&client);
}

static void a_large_definition_arrives(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    g_autofree char *xml = g_strnfill(HA_DEFINITION_BYTES_MAX, 'x');
    Hactl__Request request = HACTL__REQUEST__INIT;
    Hactl__Call call = HACTL__CALL__INIT;
    request.kind = HA_REQUEST_VM_ADD;
    call.kind = HACTL__CALL_KIND__CALL_REQUEST;
    call.request = &request;
    call.has_xml = TRUE;
    call.xml.data = (guint8 *)xml;
    call.xml.len = HA_DEFINITION_BYTES_MAX;
    g_autoptr(GBytes) frame = wire_call_encode(&call, NULL);
    assert_true(say_frame(&client, frame));
    assert_hears_ok(&client);
    hang_up(&client);
}

static void two_clients_are_answered_each_its_own(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client first = connect_to(server->path), second = connect_to(server->path);
    ask(&first);
    PUMP_UNTIL(server->calls == 1);
    ask(&second);
    PUMP_UNTIL(server->calls == 2);
    for (guint i = 2; i-- > 0;) {
        g_autoptr(GBytes) frame = wire_answer_build(i + 1, HA_ANSWER_OK, NULL);
        io_control_send(server->clients[i], frame);
        io_control_finish(server->clients[i]);
    }
    g_autoptr(WireResult) to_first = hear(&first);
    g_autoptr(WireResult) to_second = hear(&second);
    assert_int_equal(to_first->answer->request_id, 1);
    assert_int_equal(to_second->answer->request_id, 2);
    hang_up(&first);
    hang_up(&second);
    settle();
    assert_int_equal(server->gone, 0);
}

static void a_watch_streams_until_the_client_hangs_up(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client watcher = connect_to(server->path), other = connect_to(server->path);
    ask(&watcher);
    PUMP_UNTIL(server->calls == 1);
    HaNote *note = sample_note();
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_ptr_array_add(notes, note);
    for (guint i = 0; i < 3; i++) {
        note->id = i + 1;
        g_autoptr(GBytes) frame = wire_notes_build(notes, 0, FALSE);
        io_control_send(server->clients[0], frame);
        g_autoptr(WireResult) result = hear(&watcher);
        assert_false(result->last);
        assert_int_equal(result->n_notes, 1);
        assert_int_equal(result->notes[0]->id, i + 1);
        assert_int_equal(io_control_queued(server->clients[0]), 0);
    }
    ha_note_free(note);
    ask(&other);
    PUMP_UNTIL(server->calls == 2);
    hang_up(&watcher);
    PUMP_UNTIL(server->gone == 1);
    assert_null(server->clients[0]);
    assert_non_null(server->clients[1]);
    hang_up(&other);
    PUMP_UNTIL(server->gone == 2);
}

static void results_keep_their_order(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client client = connect_to(server->path);
    ask(&client);
    PUMP_UNTIL(server->calls == 1);
    for (guint i = 0; i < 30; i++) {
        g_autoptr(GBytes) frame = result_of(100000 + i);
        io_control_send(server->clients[0], frame);
    }
    assert_true(io_control_queued(server->clients[0]) >= 3000000);
    io_control_finish(server->clients[0]);
    for (guint i = 0; i < 30; i++) {
        g_autoptr(WireResult) result = hear(&client);
        assert_int_equal(result->definition->xml.len, 100000 + i);
    }
    assert_null(hear(&client));
    hang_up(&client);
    settle();
    assert_int_equal(server->gone, 0);
}

static void one_large_result_is_not_too_much(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client client = connect_to(server->path);
    ask(&client);
    PUMP_UNTIL(server->calls == 1);
    g_autoptr(GBytes) frame = result_of(2 * IO_CONTROL_OUTPUT_MAX);
    io_control_send(server->clients[0], frame);
    io_control_finish(server->clients[0]);
    g_autoptr(WireResult) result = hear(&client);
    assert_int_equal(result->definition->xml.len, 2 * IO_CONTROL_OUTPUT_MAX);
    hang_up(&client);
}

static void a_slow_reader_is_cut_off(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client slow = connect_to(server->path);
    ask(&slow);
    PUMP_UNTIL(server->calls == 1);
    IoControlClient *handle = server->clients[0];
    g_autoptr(GBytes) frame = result_of(1024 * 1024);
    server->sending = TRUE;
    for (guint i = 0; i < 10; i++)
        io_control_send(handle, frame);
    server->sending = FALSE;
    gsize queued = io_control_queued(handle);
    g_autoptr(GBytes) small = wire_answer_build(1, HA_ANSWER_OK, NULL);
    io_control_send(handle, small); /* a stream with a gap is no stream: nothing follows what was left out */
    assert_int_equal(io_control_queued(handle), queued);
    assert_true(io_control_queued(handle) <= IO_CONTROL_OUTPUT_MAX + g_bytes_get_size(frame));
    PUMP_UNTIL(server->gone == 1);
    assert_false(server->gone_while_sending);
    hang_up(&slow);

    Client next = connect_to(server->path);
    server->answer_at_once = TRUE;
    ask(&next);
    assert_hears_ok(&next);
    hang_up(&next);
}

static void who_never_reads_does_not_stay(void **state)
{
    Server *server = *state;
    const IoControlLimits limits = {.flush_ms = 30};
    io_control_set_limits(server->control, &limits);
    server->answer_at_once = FALSE;
    Client stuck = connect_to(server->path);
    ask(&stuck);
    PUMP_UNTIL(server->calls == 1);
    g_autoptr(GBytes) frame = result_of(3 * 1024 * 1024);
    io_control_send(server->clients[0], frame);
    io_control_finish(server->clients[0]);
    gint64 since_us = g_get_monotonic_time();
    while (g_get_monotonic_time() - since_us < 100000)
        pump(since_us);
    assert_null(hear(&stuck)); /* the connection ends before the result is whole */
    hang_up(&stuck);
    assert_int_equal(server->gone, 0);
}

static void a_second_call_on_a_connection_ends_it(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client client = connect_to(server->path);
    ask(&client);
    PUMP_UNTIL(server->calls == 1);
    ask(&client);
    PUMP_UNTIL(server->gone == 1);
    assert_int_equal(server->calls, 1);
    assert_null(hear(&client));
    hang_up(&client);
}

static void a_client_may_close_its_side_after_the_call_and_is_gone(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client client = connect_to(server->path);
    ask(&client);
    PUMP_UNTIL(server->calls == 1);
    shutdown(client.fd, SHUT_WR);
    PUMP_UNTIL(server->gone == 1);
    hang_up(&client);
}

/* ---- bad input: one clear answer, the daemon undisturbed ---- */

static void garbage_is_refused(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    assert_true(say(&client, "GET / HTTP/1.1\r\n\r\n", 18));
    assert_hears_refusal(&client, "not a hactl message");
    hang_up(&client);
    assert_undisturbed(server);
}

static void an_oversized_call_is_refused_by_its_header(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    guint8 header[WIRE_FRAME_HEADER_BYTES];
    wire_frame_header(header, WIRE_FRAME_MAX + 1);
    assert_true(say(&client, header, sizeof header));
    assert_hears_refusal(&client, "message of 1048577 bytes");
    hang_up(&client);
    assert_undisturbed(server);
}

/* It goes on sending, and reads only then: the reason is still there to be read. */
static void a_stubborn_oversized_sender_still_hears_why(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    g_autofree guint8 *junk = g_malloc0(WIRE_FRAME_MAX);
    wire_frame_header(junk, WIRE_FRAME_MAX + 1);
    for (guint i = 0; i < 4; i++)
        assert_true(say(&client, junk, WIRE_FRAME_MAX));
    assert_hears_refusal(&client, "message of 1048577 bytes");
    hang_up(&client);
    assert_undisturbed(server);
}

static void a_truncated_call_is_refused_when_its_sender_ends(void **state)
{
    Server *server = *state;
    g_autoptr(GBytes) frame = sample_call(1);
    for (gsize n = 1; n < g_bytes_get_size(frame); n += 7) {
        Client client = connect_to(server->path);
        assert_true(say(&client, g_bytes_get_data(frame, NULL), n));
        shutdown(client.fd, SHUT_WR);
        assert_hears_refusal(&client, "cut short");
        hang_up(&client);
    }
    assert_undisturbed(server);
}

static void a_truncated_call_is_refused_when_time_is_up(void **state)
{
    Server *server = *state;
    const IoControlLimits limits = {.frame_ms = 30};
    io_control_set_limits(server->control, &limits);
    Client silent = connect_to(server->path), half = connect_to(server->path);
    g_autoptr(GBytes) frame = sample_call(1);
    assert_true(say(&half, g_bytes_get_data(frame, NULL), g_bytes_get_size(frame) - 1));
    assert_hears_refusal(&half, "cut short");
    assert_hears_refusal(&silent, "in time");
    hang_up(&half);
    hang_up(&silent);
    assert_undisturbed(server);
}

static void a_call_that_is_no_protobuf_is_refused(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    g_autoptr(GBytes) frame = wire_frame_encode((const guint8 *)"\xff\xff\xff", 3);
    assert_true(say_frame(&client, frame));
    assert_hears_refusal(&client, "not a hactl Call");
    hang_up(&client);
    assert_undisturbed(server);
}

static void more_bytes_after_the_call_are_refused(void **state)
{
    Server *server = *state;
    Client client = connect_to(server->path);
    g_autoptr(GBytes) frame = sample_call(1);
    g_autoptr(GByteArray) twice = g_byte_array_new();
    for (guint i = 0; i < 2; i++)
        g_byte_array_append(twice, g_bytes_get_data(frame, NULL), (guint)g_bytes_get_size(frame));
    assert_true(say(&client, twice->data, twice->len));
    assert_hears_refusal(&client, "one connection carries one call");
    hang_up(&client);
    assert_undisturbed(server);
}

static void who_hangs_up_without_a_word_is_forgotten(void **state)
{
    Server *server = *state;
    for (guint i = 0; i < 2 * IO_CONTROL_CLIENTS_MAX; i++) {
        Client client = connect_to(server->path);
        settle();
        hang_up(&client);
        settle();
    }
    assert_undisturbed(server);
}

static void one_client_too_many_is_told_so(void **state)
{
    Server *server = *state;
    const IoControlLimits limits = {.clients = 2};
    io_control_set_limits(server->control, &limits);
    Client first = connect_to(server->path), second = connect_to(server->path);
    settle();
    Client third = connect_to(server->path);
    assert_hears_refusal(&third, "as many clients as it can");
    hang_up(&third);
    hang_up(&first);
    settle();
    assert_undisturbed(server);
    hang_up(&second);
}

static int child_status(pid_t child)
{
    int status = 0;
    gint64 since_us = g_get_monotonic_time();
    while (waitpid(child, &status, WNOHANG) == 0)
        pump(since_us);
    return status;
}

static void another_user_is_refused(void **state)
{
    Server *server = *state;
    if (geteuid() != 0)
        skip(); /* only root can become another user */
    g_autofree char *run = g_path_get_dirname(server->path);
    chmod(server->directory, 0755);
    chmod(run, 0755);
    chmod(server->path, 0666); /* past the mode, which would stop it first */
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char text[4096] = "";
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        g_strlcpy(address.sun_path, server->path, sizeof address.sun_path);
        if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(2);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
            _exit(3);
        ssize_t n = recv(fd, text, sizeof text - 1, MSG_WAITALL);
        _exit(n > 0 && memmem(text, (size_t)n, "run as root", 11) != NULL ? 0 : 4);
    }
    int status = child_status(child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_undisturbed(server);
}

/* ---- the socket's file ---- */

static void the_socket_is_roots_alone_whatever_the_umask(void **state)
{
    Server *server = *state;
    mode_t before = umask(0);
    const mode_t masks[] = {0, 022, 077};
    for (guint i = 0; i < G_N_ELEMENTS(masks); i++) {
        g_clear_pointer(&server->control, io_control_free);
        g_autofree char *run = g_path_get_dirname(server->path);
        remove_tree(run);
        umask(masks[i]);
        server_start(server);
        struct stat file, directory;
        assert_int_equal(stat(server->path, &file), 0);
        assert_int_equal(stat(run, &directory), 0);
        assert_true(S_ISSOCK(file.st_mode));
        assert_int_equal(file.st_mode & 07777, 0600);
        assert_int_equal(directory.st_mode & 07777, 0755);
    }
    umask(before);
}

static void the_socket_goes_with_its_server(void **state)
{
    Server *server = *state;
    server->answer_at_once = FALSE;
    Client client = connect_to(server->path);
    ask(&client);
    PUMP_UNTIL(server->calls == 1);
    g_clear_pointer(&server->control, io_control_free);
    assert_false(g_file_test(server->path, G_FILE_TEST_EXISTS));
    assert_int_equal(server->gone, 0);
    assert_null(hear(&client));
    hang_up(&client);
    server_start(server);
    server->calls = 0;
    server->answer_at_once = TRUE;
    assert_undisturbed(server);
}

static void the_socket_of_a_killed_daemon_is_replaced(void **state)
{
    Server *server = *state;
    g_clear_pointer(&server->control, io_control_free);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (io_control_new(server->path, &handler, server, NULL) == NULL)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status = child_status(child);
    assert_true(WIFSIGNALED(status));
    assert_true(g_file_test(server->path, G_FILE_TEST_EXISTS)); /* it left its socket */
    server_start(server);
    assert_undisturbed(server);
}

static void assert_not_started(Server *server, const char *path, gint code, const char *says)
{
    g_autoptr(GError) error = NULL;
    assert_null(io_control_new(path, &handler, server, &error));
    if (!g_error_matches(error, G_IO_ERROR, code) || strstr(error->message, says) == NULL)
        fail_msg("code %d \"%s\", and %d \"%s\" was expected", error->code, error->message, code, says);
    assert_non_null(strstr(error->message, path));
}

static void a_living_daemon_keeps_its_socket(void **state)
{
    Server *server = *state;
    assert_not_started(server, server->path, G_IO_ERROR_ADDRESS_IN_USE, "another hactld is running");
    assert_undisturbed(server);
}

/* The lock still says so when somebody has removed the socket. */
static void a_living_daemon_keeps_its_place_without_its_socket(void **state)
{
    Server *server = *state;
    assert_int_equal(g_unlink(server->path), 0);
    assert_not_started(server, server->path, G_IO_ERROR_ADDRESS_IN_USE, "another hactld is running");
    assert_false(g_file_test(server->path, G_FILE_TEST_EXISTS));
}

static void a_socket_that_somebody_else_serves_is_left_alone(void **state)
{
    Server *server = *state;
    g_autofree char *path = g_build_filename(server->directory, "other.sock", NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_not_started(server, path, G_IO_ERROR_ADDRESS_IN_USE, "another hactld is running");
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    close(fd);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    Server *server = *state;
    g_autofree char *path = g_build_filename(server->directory, "file", NULL);
    assert_true(g_file_set_contents(path, "precious", -1, NULL));
    assert_not_started(server, path, G_IO_ERROR_EXISTS, "something else is there");
    g_autofree char *content = NULL;
    assert_true(g_file_get_contents(path, &content, NULL, NULL));
    assert_string_equal(content, "precious");
}

static void impossible_paths_are_errors(void **state)
{
    Server *server = *state;
    g_autofree char *blocker = g_build_filename(server->directory, "blocker", NULL);
    g_autofree char *below = g_build_filename(blocker, "hactld.sock", NULL);
    g_autofree char *filler = g_strnfill(150, 'x');
    g_autofree char *too_long = g_build_filename(server->directory, filler, NULL);
    assert_true(g_file_set_contents(blocker, "", -1, NULL));
    assert_not_started(server, below, G_IO_ERROR_NOT_DIRECTORY, "can't make its directory");
    assert_not_started(server, too_long, G_IO_ERROR_FILENAME_TOO_LONG, "path is too long");
}

int main(void)
{
#define SERVER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        SERVER_TEST(a_call_is_answered),
        SERVER_TEST(every_kind_of_call_arrives),
        SERVER_TEST(a_call_may_come_byte_by_byte),
        SERVER_TEST(a_large_definition_arrives),
        SERVER_TEST(two_clients_are_answered_each_its_own),
        SERVER_TEST(a_watch_streams_until_the_client_hangs_up),
        SERVER_TEST(results_keep_their_order),
        SERVER_TEST(one_large_result_is_not_too_much),
        SERVER_TEST(a_slow_reader_is_cut_off),
        SERVER_TEST(who_never_reads_does_not_stay),
        SERVER_TEST(a_second_call_on_a_connection_ends_it),
        SERVER_TEST(a_client_may_close_its_side_after_the_call_and_is_gone),
        SERVER_TEST(garbage_is_refused),
        SERVER_TEST(an_oversized_call_is_refused_by_its_header),
        SERVER_TEST(a_stubborn_oversized_sender_still_hears_why),
        SERVER_TEST(a_truncated_call_is_refused_when_its_sender_ends),
        SERVER_TEST(a_truncated_call_is_refused_when_time_is_up),
        SERVER_TEST(a_call_that_is_no_protobuf_is_refused),
        SERVER_TEST(more_bytes_after_the_call_are_refused),
        SERVER_TEST(who_hangs_up_without_a_word_is_forgotten),
        SERVER_TEST(one_client_too_many_is_told_so),
        SERVER_TEST(another_user_is_refused),
        SERVER_TEST(the_socket_is_roots_alone_whatever_the_umask),
        SERVER_TEST(the_socket_goes_with_its_server),
        SERVER_TEST(the_socket_of_a_killed_daemon_is_replaced),
        SERVER_TEST(a_living_daemon_keeps_its_socket),
        SERVER_TEST(a_living_daemon_keeps_its_place_without_its_socket),
        SERVER_TEST(a_socket_that_somebody_else_serves_is_left_alone),
        SERVER_TEST(what_is_no_socket_is_left_alone),
        SERVER_TEST(impossible_paths_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
