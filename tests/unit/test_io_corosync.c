/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of io_cpg, io_quorum and io_cmap, against a real corosync: one node, in a network and mount namespace of
 * its own, so that it meets no other. Needs root. The child dies with the test.
 */
#include "agent/io/io_cmap.h"
#include "agent/io/io_cpg.h"
#include "agent/io/io_quorum.h"
#include "tests/unit/io_loop.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CONF "/run/corosync.conf"

static const char conf[] =
    "totem {\n  version: 2\n  cluster_name: unit\n  transport: udpu\n  crypto_cipher: none\n  crypto_hash: none\n}\n"
    "nodelist {\n"
    "  node {\n    ring0_addr: 127.0.0.1\n    nodeid: 7\n    name: solo\n  }\n}\n"
    "quorum {\n  provider: corosync_votequorum\n  expected_votes: 1\n}\n"
    "logging {\n  to_stderr: no\n  to_syslog: no\n  to_logfile: yes\n  logfile: /run/corosync.log\n}\n";

static pid_t daemon_pid;

/* ---- the place ---- */

static void must(int result, const char *what)
{
    if (result < 0)
        fail_msg("%s: %s (this test needs root)", what, strerror(errno));
}

static void raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    must(ioctl(fd, SIOCGIFFLAGS, &request), "reading lo's flags");
    request.ifr_flags |= IFF_UP;
    must(ioctl(fd, SIOCSIFFLAGS, &request), "raising lo");
    close(fd);
}

static void start_corosync(void)
{
    daemon_pid = fork();
    must(daemon_pid, "fork");
    if (daemon_pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("corosync", "corosync", "-f", "-c", CONF, (char *)NULL);
        _exit(127);
    }
}

static void kill_corosync(void)
{
    int status;

    assert_int_equal(kill(daemon_pid, SIGKILL), 0);
    assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
    assert_true(WIFSIGNALED(status)); /* it ran until now */
}

static int group_setup(void **state)
{
    must(unshare(CLONE_NEWNET | CLONE_NEWNS), "namespaces of our own");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
    must(mount("tmpfs", "/run", "tmpfs", 0, NULL), "a /run of our own");
    must(mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL), "a /dev/shm of our own");
    must(mount("tmpfs", "/var/lib/corosync", "tmpfs", 0, NULL), "a /var/lib/corosync of our own");
    raise_loopback();
    assert_true(g_file_set_contents(CONF, conf, -1, NULL));
    start_corosync();
    return 0;
}

static int group_teardown(void **state)
{
    kill_corosync();
    return 0;
}

/* ---- what is heard ---- */

static IoCpg *cpg;
static IoQuorum *quorum;
static gboolean connected;
static GArray *members; /* guint32 */
static guint64 ring;
static guint n_messages, n_wanted;
static gboolean in_order;
static guint n_quorum_words;

static void on_state(gboolean is_connected, gpointer data)
{
    assert_int_not_equal(connected, is_connected);
    connected = is_connected;
    assert_int_equal(io_cpg_joined(cpg) != 0, is_connected);
}

static void on_members(const guint32 *ids, guint n, guint64 ring_seq, gpointer data)
{
    assert_true(connected);
    g_array_set_size(members, 0);
    g_array_append_vals(members, ids, n);
    ring = ring_seq;
}

static void on_message(guint32 from, const guint8 *bytes, gsize len, gpointer data)
{
    guint32 number;

    assert_int_equal(from, 7);
    assert_true(len >= sizeof number);
    memcpy(&number, bytes, sizeof number);
    in_order = in_order && number == n_messages;
    n_messages++;
}

static void on_quorate(gboolean quorate, gpointer data)
{
    n_quorum_words++;
}

static gboolean is_up(void)
{
    return connected && members->len == 1 && io_quorum_quorate(quorum);
}

static gboolean is_down(void)
{
    return !connected && !io_quorum_quorate(quorum);
}

static gboolean has_messages(void)
{
    return n_messages >= n_wanted;
}

static int setup(void **state)
{
    IoCpgHandler cpg_handler = {on_state, on_members, on_message};
    IoQuorumHandler quorum_handler = {on_quorate};

    connected = FALSE;
    members = g_array_new(FALSE, FALSE, sizeof(guint32));
    n_messages = 0;
    in_order = TRUE;
    n_quorum_words = 0;
    cpg = io_cpg_new("hactl-unit", &cpg_handler, NULL);
    quorum = io_quorum_new(&quorum_handler, NULL);
    assert_non_null(io_cpg_last_error(cpg)); /* nothing happens inside new */
    assert_false(io_quorum_quorate(quorum));
    assert_true(io_loop_until(is_up, 30000));
    return 0;
}

static int teardown(void **state)
{
    io_cpg_free(cpg);
    io_quorum_free(quorum);
    g_array_unref(members);
    return 0;
}

static void test_joined(void **state)
{
    assert_int_equal(io_cpg_self_id(cpg), 7);
    assert_int_equal(g_array_index(members, guint32, 0), 7);
    assert_true(ring > 0);
    assert_int_equal(io_cpg_joined(cpg) >> 32, ring);
    assert_null(io_cpg_last_error(cpg));
    assert_null(io_quorum_last_error(quorum));
}

static void test_names(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(IoCmap) cmap = io_cmap_read(&error);

    assert_null(error);
    assert_string_equal(cmap->cluster, "unit");
    assert_int_equal(cmap->self_id, 7);
    assert_int_equal(cmap->nodes->len, 1);
    assert_string_equal(io_cmap_name(cmap, 7), "solo");
    assert_string_equal(io_cmap_self(cmap), "solo");
    assert_null(io_cmap_name(cmap, 1));
}

static gboolean send_number(guint32 number, gsize len, GError **error)
{
    g_autofree guint8 *bytes = g_malloc0(len);

    memcpy(bytes, &number, sizeof number);
    return io_cpg_send(cpg, bytes, len, error);
}

static void test_messages(void **state)
{
    g_autoptr(GError) error = NULL;

    for (guint32 i = 0; i < 100; i++)
        assert_true(send_number(i, i % 2 ? 8 : 20000, &error));
    n_wanted = 100;
    assert_true(io_loop_until(has_messages, 10000));
    assert_true(in_order);
    assert_false(io_cpg_send(cpg, (const guint8 *)"", 0, &error));
    assert_true(g_error_matches(error, IO_CPG_ERROR, IO_CPG_ERROR_SIZE));
    g_clear_error(&error);
    assert_false(send_number(0, IO_CPG_MESSAGE_BYTES_MAX + 1, &error));
    assert_true(g_error_matches(error, IO_CPG_ERROR, IO_CPG_ERROR_SIZE));
}

/* More than corosync takes at once: queued to the bound, then refused; nothing that was accepted is lost or changes
 * places. */
static void test_overflow(void **state)
{
    g_autoptr(GError) error = NULL;
    guint32 accepted = 0;
    gint64 begun_us = g_get_monotonic_time();

    while (send_number(accepted, 64 * 1024, &error))
        assert_true(++accepted < 100000);
    assert_true(g_get_monotonic_time() - begun_us < 5 * G_USEC_PER_SEC); /* and none of them blocked */
    assert_true(g_error_matches(error, IO_CPG_ERROR, IO_CPG_ERROR_FULL));
    assert_true(accepted >= IO_CPG_QUEUE_BYTES_MAX / (64 * 1024));
    n_wanted = accepted;
    assert_true(io_loop_until(has_messages, 30000));
    assert_true(in_order);
    io_loop_for(100);
    assert_int_equal(n_messages, accepted);
    assert_true(send_number(accepted, 8, NULL)); /* and it goes on */
    n_wanted = accepted + 1;
    assert_true(io_loop_until(has_messages, 10000));
}

static void test_restart(void **state)
{
    guint64 joined = io_cpg_joined(cpg);
    g_autoptr(GError) error = NULL;

    kill_corosync();
    assert_true(io_loop_until(is_down, 10000));
    assert_int_equal(io_cpg_self_id(cpg), 0);
    assert_non_null(strstr(io_cpg_last_error(cpg), "corosync"));
    assert_non_null(strstr(io_quorum_last_error(quorum), "corosync"));
    assert_false(send_number(0, 8, &error));
    assert_true(g_error_matches(error, IO_CPG_ERROR, IO_CPG_ERROR_AWAY));
    g_clear_error(&error);
    assert_null(io_cmap_read(&error));
    assert_non_null(strstr(error->message, "is corosync running?"));
    io_loop_for(1500); /* it tries, in vain, and stays down */
    assert_true(is_down());

    start_corosync();
    assert_true(io_loop_until(is_up, 30000));
    assert_true(io_cpg_joined(cpg) > joined); /* younger than before */
    assert_true(send_number(0, 8, NULL));
    n_wanted = 1;
    assert_true(io_loop_until(has_messages, 10000));
    assert_int_equal(n_quorum_words, 3); /* yes, no, yes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overflow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
