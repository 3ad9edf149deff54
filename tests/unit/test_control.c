/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/control_server.h"

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
        if (server->kind == HACTL__CALL_KIND__CALL_DEFINITION)
            assert_string_equal(server->what, "web1");
    }
    assert_int_equal(server->calls, calls->len);
    assert_int_equal(server->kind, HACTL__CALL_KIND__CALL_CAPACITY);
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
        g_autoptr(GBytes) frame = wire_answer_build(i + 1, HA_ANSWER_OK, NULL, NULL);
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
    g_autoptr(GBytes) small = wire_answer_build(1, HA_ANSWER_OK, NULL, NULL);
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

int main(void)
{
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
