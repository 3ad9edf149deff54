/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/wire/wire_frame.h"

static void the_header_is_as_documented(void **state)
{
    static const guint8 expected[] = {'H', 'A', 'C', 'T', 0, 1, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'};
    g_autoptr(GBytes) frame = wire_frame_encode((const guint8 *)"abc", 3);
    assert_int_equal(g_bytes_get_size(frame), sizeof expected);
    assert_memory_equal(g_bytes_get_data(frame, NULL), expected, sizeof expected);

    guint8 header[WIRE_FRAME_HEADER_BYTES];
    wire_frame_header(header, 0x00abcdef);
    assert_int_equal(header[8], 0);
    assert_int_equal(header[9], 0xab);
    assert_int_equal(header[10], 0xcd);
    assert_int_equal(header[11], 0xef);
}

static void every_prefix_needs_more(void **state)
{
    g_autoptr(GBytes) frame = wire_frame_encode((const guint8 *)"hello", 5);
    gsize len = 0;
    const guint8 *data = g_bytes_get_data(frame, &len);
    for (gsize n = 0; n < len; n++) {
        g_autoptr(GError) error = NULL;
        const guint8 *payload = NULL;
        gsize payload_len = 99;
        assert_int_equal(
            wire_frame_parse(data, n, WIRE_FRAME_MAX, &payload, &payload_len, &error), WIRE_FRAME_NEED_MORE);
        assert_null(error);
        assert_null(payload);
        assert_int_equal(payload_len, 99);
    }
}

static void a_frame_is_found_at_the_front_of_a_stream(void **state)
{
    g_autoptr(GBytes) frame = wire_frame_encode((const guint8 *)"hello", 5);
    g_autoptr(GByteArray) stream = g_byte_array_new();
    g_byte_array_append(stream, g_bytes_get_data(frame, NULL), (guint)g_bytes_get_size(frame));
    g_byte_array_append(stream, (const guint8 *)"HAC", 3);
    const guint8 *payload = NULL;
    gsize len = 0;
    assert_int_equal(wire_frame_parse(stream->data, stream->len, WIRE_FRAME_MAX, &payload, &len, NULL), WIRE_FRAME_OK);
    assert_int_equal(len, 5);
    assert_memory_equal(payload, "hello", 5);
}

static void an_empty_payload_is_a_frame(void **state)
{
    g_autoptr(GBytes) frame = wire_frame_encode(NULL, 0);
    const guint8 *payload = NULL;
    gsize len = 9;
    assert_true(
        wire_frame_whole(g_bytes_get_data(frame, NULL), g_bytes_get_size(frame), WIRE_FRAME_MAX, &payload, &len, NULL));
    assert_int_equal(len, 0);
}

static void what_is_no_frame_is_refused_at_once(void **state)
{
    static const struct {
        const char *name;
        guint8 bytes[WIRE_FRAME_HEADER_BYTES];
        gsize len; /* as soon as so many bytes are there */
        const char *says;
    } cases[] = {
        {"garbage from the first byte", "G", 1, "HACT"},
        {"a wrong last letter", "HACX", 4, "HACT"},
        {"another version", {'H', 'A', 'C', 'T', 0, 2}, 6, "version 2"},
        {"version 0", {'H', 'A', 'C', 'T', 0, 0}, 6, "version 0"},
        {"flags", {'H', 'A', 'C', 'T', 0, 1, 0x80, 1}, 8, "0x8001"},
        {"one byte too long", {'H', 'A', 'C', 'T', 0, 1, 0, 0, 0, 0x10, 0, 1}, 12, "1048577"},
        {"4 GiB", {'H', 'A', 'C', 'T', 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff}, 12, "4294967295"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        const guint8 *payload = NULL;
        gsize len = 0;
        assert_int_equal(wire_frame_parse(cases[i].bytes, cases[i].len - 1, WIRE_FRAME_MAX, &payload, &len, NULL),
            WIRE_FRAME_NEED_MORE);
        assert_int_equal(
            wire_frame_parse(cases[i].bytes, cases[i].len, WIRE_FRAME_MAX, &payload, &len, &error), WIRE_FRAME_BAD);
        assert_true(g_error_matches(error, WIRE_ERROR, WIRE_ERROR_FRAME));
        if (strstr(error->message, cases[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].name, error->message, cases[i].says);
        assert_null(payload);
    }
}

static void the_limit_itself_is_allowed(void **state)
{
    static const guint8 payload[WIRE_FRAME_MAX];
    g_autoptr(GBytes) frame = wire_frame_encode(payload, WIRE_FRAME_MAX);
    const guint8 *found = NULL;
    gsize len = 0;
    assert_true(
        wire_frame_whole(g_bytes_get_data(frame, NULL), g_bytes_get_size(frame), WIRE_FRAME_MAX, &found, &len, NULL));
    assert_int_equal(len, WIRE_FRAME_MAX);
}

static void a_datagram_is_one_whole_frame(void **state)
{
    static const guint8 bytes[] = {'H', 'A', 'C', 'T', 0, 1, 0, 0, 0, 0, 0, 2, 'x', 'y', 'z'};
    for (gsize n = 0; n <= sizeof bytes; n++) {
        g_autoptr(GError) error = NULL;
        const guint8 *payload = NULL;
        gsize len = 0;
        gboolean whole = wire_frame_whole(bytes, n, WIRE_FRAME_MAX, &payload, &len, &error);
        assert_int_equal(whole, n == 14);
        assert_int_equal(error == NULL, whole);
        assert_int_equal(payload != NULL, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_as_documented),
        cmocka_unit_test(every_prefix_needs_more),
        cmocka_unit_test(a_frame_is_found_at_the_front_of_a_stream),
        cmocka_unit_test(an_empty_payload_is_a_frame),
        cmocka_unit_test(what_is_no_frame_is_refused_at_once),
        cmocka_unit_test(the_limit_itself_is_allowed),
        cmocka_unit_test(a_datagram_is_one_whole_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
