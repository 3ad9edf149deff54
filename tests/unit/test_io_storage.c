/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_storage.h"

#include "agent/io/io_storage_probe.h"
#include "tests/unit/io_loop.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a server on 127.0.0.1 ---- */

static int listen_on(guint16 *port, int backlog)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(*port)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static guint16 free_port(void)
{
    guint16 port = 0;

    close(listen_on(&port, 1));
    return port;
}

/* ---- one probe ---- */

static guint n_verdicts;
static gboolean verdict;
static char *why;

static gboolean has_verdict(void)
{
    return n_verdicts > 0;
}

static void on_verdict(gboolean ok, const char *reason, gpointer data)
{
    n_verdicts++;
    verdict = ok;
    g_free(why);
    why = g_strdup(reason);
}

static void on_hang(const char *reason, gpointer data)
{
    fail_msg("hangs: %s", reason);
}

static void on_returned(gpointer data)
{
}

static const IoProbeHandler probe_handler = {on_verdict, on_hang, on_returned};

static gboolean probe(const char *key, guint timeout_ms)
{
    n_verdicts = 0;
    io_probe_begin(key, timeout_ms, &probe_handler, NULL);
    assert_int_equal(n_verdicts, 0); /* never from inside */
    assert_true(io_loop_until(has_verdict, timeout_ms + 5000));
    assert_int_equal(verdict, why == NULL);
    return verdict;
}

static void test_network(void **state)
{
    guint16 port = 0;
    int fd = listen_on(&port, 16);
    guint16 closed = free_port();
    g_autofree char *open_key = g_strdup_printf("iscsi://127.0.0.1:%u", port);
    g_autofree char *named = g_strdup_printf("nbd://localhost:%u", port);
    g_autofree char *closed_key = g_strdup_printf("iscsi://127.0.0.1:%u", closed);
    g_autofree char *one_of_two = g_strdup_printf("rbd://127.0.0.1:%u,127.0.0.1:%u", closed, port);
    g_autofree char *none_of_two = g_strdup_printf("rbd://127.0.0.1:%u,127.0.0.1:%u", closed, closed);

    assert_true(probe(open_key, 2000));
    assert_true(probe(named, 2000));
    assert_true(probe(one_of_two, 2000));
    assert_false(probe(closed_key, 2000));
    assert_non_null(strstr(why, "refused"));
    assert_false(probe(none_of_two, 2000));
    assert_false(probe("iscsi://127.0.0.1:99999", 2000));
    assert_false(probe("iscsi://:", 2000));
    close(fd);
}

/* A server whose queue is full takes no connection and refuses none: only the deadline ends the wait. */
static void test_network_silent(void **state)
{
    guint16 port = 0;
    int server = listen_on(&port, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fillers[8];
    g_autofree char *key = g_strdup_printf("iscsi://127.0.0.1:%u", port);

    for (guint i = 0; i < G_N_ELEMENTS(fillers); i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    gint64 begun_us = g_get_monotonic_time();
    assert_false(probe(key, 300));
    assert_non_null(strstr(why, "no connection within 300 ms"));
    assert_in_range(g_get_monotonic_time() - begun_us, 290000, 3000000);
    for (guint i = 0; i < G_N_ELEMENTS(fillers); i++)
        close(fillers[i]);
    close(server);
}

static void test_paths(void **state)
{
    g_autofree char *dir = g_dir_make_tmp("hactl-storage-XXXXXX", NULL);
    g_autofree char *good = g_strconcat("file:", dir, NULL);
    g_autofree char *gone = g_strconcat("file:", dir, "/gone", NULL);
    g_autofree char *no_block = g_strconcat("block:", dir, NULL);
    g_autofree char *no_socket = g_strconcat("unix:", dir, NULL);

    assert_true(probe(good, 2000));
    assert_false(probe(gone, 2000));
    assert_non_null(strstr(why, "No such file"));
    assert_false(probe("file:/dev/null", 2000));
    assert_non_null(strstr(why, "is no directory"));
    assert_false(probe(no_block, 2000));
    assert_non_null(strstr(why, "is no block device"));
    assert_false(probe(no_socket, 2000));
    assert_non_null(strstr(why, "is no socket"));
    assert_int_equal(g_rmdir(dir), 0);
}

static void test_not_understood(void **state)
{
    static const char *const keys[] = {"", "file", "tape:/x", "iscsi://host", "://", "pool:x"};

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        assert_false(probe(keys[i], 2000));
        assert_non_null(strstr(why, "not understood"));
    }
}

static void test_dropped(void **state)
{
    guint16 port = 0;
    int fd = listen_on(&port, 16);
    g_autofree char *key = g_strdup_printf("nbd://127.0.0.1:%u", port);

    n_verdicts = 0;
    io_probe_drop(io_probe_begin(key, 2000, &probe_handler, NULL));
    io_probe_drop(io_probe_begin("file:/", 2000, &probe_handler, NULL));
    io_probe_drop(io_probe_begin("nonsense", 2000, &probe_handler, NULL));
    io_probe_drop(NULL);
    io_loop_for(200);
    assert_int_equal(n_verdicts, 0);
    close(fd);
}

/* ---- the whole ---- */

static guint n_changes, changes_wanted;

static void on_changed(const char *key, gboolean ok, gpointer data)
{
    n_changes++;
}

static gboolean has_changes(void)
{
    return n_changes >= changes_wanted;
}

static char *summary(const IoStorage *storage)
{
    g_autoptr(HaReport) report = ha_report_new("node1", 1);
    g_autoptr(GString) line = g_string_new(NULL);

    io_storage_fill(storage, report);
    ha_report_sort(report);
    for (guint i = 0; i < report->storage->len; i++) {
        const HaReportStorage *one = g_ptr_array_index(report->storage, i);

        assert_int_equal(one->ok, one->reason == NULL);
        g_string_append_printf(line, "%s%s %s", i ? ", " : "", one->key, one->ok ? "ok" : "bad");
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static void set_keys(IoStorage *storage, const char *const *keys)
{
    g_autoptr(GPtrArray) array = g_ptr_array_new();

    for (; *keys; keys++)
        g_ptr_array_add(array, (gpointer)*keys);
    io_storage_set_keys(storage, array);
}

static void test_life(void **state)
{
    guint16 port = 0;
    int fd = listen_on(&port, 16);
    IoStorageHandler handler = {on_changed};
    IoStorage *storage = io_storage_new(100, &handler, NULL);
    g_autofree char *key = g_strdup_printf("iscsi://127.0.0.1:%u", port);
    g_autofree char *good = g_strconcat("file:/ ok, ", key, " ok", NULL);
    g_autofree char *bad = g_strconcat("file:/ ok, ", key, " bad", NULL);
    const char *both[] = {key, "file:/", key, NULL};
    const char *one[] = {"file:/", NULL};
    const char *none[] = {NULL};

    n_changes = 0;
    set_keys(storage, both);
    set_keys(storage, both);
    g_autofree char *at_first = summary(storage);
    assert_string_equal(at_first, ""); /* no verdict is no verdict */
    changes_wanted = 2;
    assert_true(io_loop_until(has_changes, 5000));
    g_autofree char *up = summary(storage);
    assert_string_equal(up, good);

    io_loop_for(500); /* several rounds that change nothing say nothing */
    assert_int_equal(n_changes, 2);

    close(fd);
    changes_wanted = 3;
    assert_true(io_loop_until(has_changes, 5000));
    g_autofree char *down = summary(storage);
    assert_string_equal(down, bad);

    fd = listen_on(&port, 16);
    changes_wanted = 4;
    assert_true(io_loop_until(has_changes, 5000));
    g_autofree char *again = summary(storage);
    assert_string_equal(again, good);

    set_keys(storage, one); /* keeps its verdict */
    g_autofree char *kept = summary(storage);
    assert_string_equal(kept, "file:/ ok");
    set_keys(storage, none);
    g_autofree char *empty = summary(storage);
    assert_string_equal(empty, "");
    set_keys(storage, both);
    io_storage_free(storage);
    io_loop_for(50);
    close(fd);
}

static void test_bounded(void **state)
{
    IoStorageHandler handler = {on_changed};
    IoStorage *storage = io_storage_new(100000, &handler, NULL);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < IO_STORAGE_KEYS_MAX + 5; i++)
        g_ptr_array_add(keys, g_strdup_printf("nonsense%05u", i));
    io_storage_set_keys(storage, keys);
    io_storage_set_keys(storage, keys);
    n_changes = 0;
    changes_wanted = 8;
    assert_true(io_loop_until(has_changes, 5000));
    assert_in_range(n_changes, 8, 16); /* a few at a time */
    io_storage_free(storage);
}

static int forget(void **state)
{
    g_clear_pointer(&why, g_free);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_network_silent),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
