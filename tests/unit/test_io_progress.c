/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_progress.h"

#include "tests/unit/io_loop.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void test_good_line(void **state)
{
    const char text[] =
        "vm=web-1 phase=running total=134217728 remaining=1000 processed=134216728 dirty_bps=5 bandwidth_bps=6 "
        "downtime_ms=300 iteration=4 elapsed_ms=1500 reason=\"not kept\" colour=blue\n";
    IoProgressLine line;
    GError *error = NULL;

    assert_true(io_progress_parse(text, strlen(text), &line, &error));
    assert_string_equal(line.vm, "web-1");
    assert_int_equal(line.phase, IO_PROGRESS_RUNNING);
    assert_int_equal(line.migration.total_bytes, 134217728);
    assert_int_equal(line.migration.remaining_bytes, 1000);
    assert_int_equal(line.migration.processed_bytes, 134216728);
    assert_int_equal(line.migration.dirty_bytes_per_s, 5);
    assert_int_equal(line.migration.bandwidth_bytes_per_s, 6);
    assert_int_equal(line.migration.downtime_ms, 300);
    assert_int_equal(line.migration.iteration, 4);
    assert_int_equal(line.migration.elapsed_ms, 1500);
    assert_null(line.reason); /* only with failed */
    io_progress_line_clear(&line);
}

static void test_reason(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"vm=a phase=failed", NULL}, {"vm=a phase=failed reason=plain", "plain"}, {"vm=a phase=failed reason=\"\"", ""},
        {"vm=a phase=failed reason=\"it said \\\"no\\\"\\n twice\"", "it said \"no\"\n twice"},
        {"reason=\"first\" phase=failed vm=a", "first"}, {"vm=a phase=failed reason=\"a = b\" iteration=2", "a = b"},
        {"vm=a phase=failed reason=\"\\377\"", "\xef\xbf\xbd"}, /* made valid text */
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        IoProgressLine line;

        assert_true(io_progress_parse(rows[i].text, strlen(rows[i].text), &line, NULL));
        assert_int_equal(line.phase, IO_PROGRESS_FAILED);
        if (rows[i].reason)
            assert_string_equal(line.reason, rows[i].reason);
        else
            assert_null(line.reason);
        io_progress_line_clear(&line);
    }
}

static void test_bad_lines(void **state)
{
    static const char *const rows[] = {
        "",
        "\n",
        "hello",
        "vm=a",
        "phase=running",
        "vm= phase=running",
        "vm=../etc phase=running",
        "vm=a b phase=running",
        "vm=a phase=flying",
        "vm=a phase=running total=",
        "vm=a phase=running total=-1",
        "vm=a phase=running total=1x",
        "vm=a phase=running total=99999999999999999999",
        "vm=a phase=running iteration=4294967296",
        "vm=a phase=running total=1 total=2",
        "vm=a vm=b phase=running",
        "vm=a phase=failed reason=\"open",
        "vm=a phase=failed reason=\"closed\"x",
        "vm=a phase=failed reason=\"ends in a backslash\\",
        "vm=a phase=running =5",
        "vm=a phase=running\nvm=b phase=running",
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        IoProgressLine line = {0};
        g_autoptr(GError) error = NULL;

        if (io_progress_parse(rows[i], strlen(rows[i]), &line, &error))
            fail_msg("accepted: %s", rows[i]);
        assert_non_null(error);
        assert_null(line.vm); /* untouched */
    }
    IoProgressLine line;
    assert_false(io_progress_parse("vm=a\0phase=running", 18, &line, NULL));
    g_autofree char *big = g_strnfill(IO_PROGRESS_LINE_MAX + 1, 'x');
    assert_false(io_progress_parse(big, IO_PROGRESS_LINE_MAX + 1, &line, NULL));
}

/* No input, however odd, does more than be refused. */
static void test_noise(void **state)
{
    static const char alphabet[] = "vmphase=running \"\\\n\0total19-";
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    guint accepted = 0;

    for (guint i = 0; i < 20000; i++) {
        char text[64];
        gsize len = (gsize)g_rand_int_range(random, 0, sizeof text);
        IoProgressLine line;

        for (gsize j = 0; j < len; j++)
            text[j] = alphabet[g_rand_int_range(random, 0, sizeof alphabet - 1)];
        if (io_progress_parse(text, len, &line, NULL)) {
            assert_true(ha_name_check(line.vm));
            io_progress_line_clear(&line);
            accepted++;
        }
    }
    assert_true(accepted < 20000);
}

/* ---- the socket ---- */

typedef struct {
    char *dir;
    char *path;
    IoProgress *progress;
    int fd;
} Socket;

static guint n_changed;
static char *last_changed;
static guint changes_wanted;

static void on_changed(const char *vm, gpointer data)
{
    n_changed++;
    g_free(last_changed);
    last_changed = g_strdup(vm);
}

static gboolean has_changes(void)
{
    return n_changed >= changes_wanted;
}

static int setup(void **state)
{
    Socket *s = g_new0(Socket, 1);
    IoProgressHandler handler = {on_changed};

    n_changed = 0;
    s->dir = g_dir_make_tmp("hactl-progress-XXXXXX", NULL);
    s->path = g_build_filename(s->dir, "run", "progress.sock", NULL);
    s->progress = io_progress_new(s->path, &handler, NULL, NULL);
    assert_non_null(s->progress);
    s->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    Socket *s = *state;
    g_autofree char *run = g_path_get_dirname(s->path);

    io_progress_free(s->progress);
    assert_false(g_file_test(s->path, G_FILE_TEST_EXISTS));
    close(s->fd);
    g_rmdir(run);
    g_rmdir(s->dir);
    g_free(s->dir);
    g_free(s->path);
    g_free(s);
    g_clear_pointer(&last_changed, g_free);
    return 0;
}

static void say(const Socket *s, const char *text)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    g_strlcpy(address.sun_path, s->path, sizeof address.sun_path);
    assert_int_equal(
        sendto(s->fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address), (ssize_t)strlen(text));
}

static void test_socket(void **state)
{
    Socket *s = *state;
    g_autoptr(HaReport) report = ha_report_new("node1", 1);
    HaReportVm *vm = ha_report_vm_new("web");
    struct stat st;

    assert_int_equal(stat(s->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    g_ptr_array_add(report->vms, vm);
    g_ptr_array_add(report->vms, ha_report_vm_new("other"));

    say(s, "vm=web phase=running total=100 remaining=40\n");
    changes_wanted = 1;
    assert_true(io_loop_until(has_changes, 5000));
    assert_string_equal(last_changed, "web");
    io_progress_fill(s->progress, report);
    assert_int_equal(vm->migration.total_bytes, 100);
    assert_int_equal(vm->migration.remaining_bytes, 40);
    assert_int_equal(((HaReportVm *)g_ptr_array_index(report->vms, 1))->migration.total_bytes, 0);

    /* a failure keeps its reason, and is no migration any more */
    say(s, "rubbish");
    say(s, "vm=web phase=failed total=7 reason=\"target said no\"\n");
    changes_wanted = 2;
    assert_true(io_loop_until(has_changes, 5000));
    assert_int_equal(io_progress_rejected(s->progress), 1);
    assert_string_equal(io_progress_last(s->progress, "web")->reason, "target said no");
    memset(&vm->migration, 0, sizeof vm->migration);
    io_progress_fill(s->progress, report);
    assert_int_equal(vm->migration.total_bytes, 0);
    assert_string_equal(vm->failure, "target said no");

    /* and what is done is forgotten after a while */
    say(s, "vm=web phase=done total=7\n");
    changes_wanted = 4;
    assert_true(io_loop_until(has_changes, IO_PROGRESS_KEEP_MS + 3000));
    assert_null(io_progress_last(s->progress, "web"));
}

static void test_bounded(void **state)
{
    Socket *s = *state;

    for (guint i = 0; i < IO_PROGRESS_VMS_MAX + 10; i++) {
        g_autofree char *line = g_strdup_printf("vm=v%u phase=running", i);

        say(s, line);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    assert_int_equal(n_changed, IO_PROGRESS_VMS_MAX);
    assert_int_equal(io_progress_rejected(s->progress), 10);
    say(s, "vm=v0 phase=running total=3"); /* known ones still get through */
    changes_wanted = IO_PROGRESS_VMS_MAX + 1;
    assert_true(io_loop_until(has_changes, 5000));
    assert_int_equal(io_progress_last(s->progress, "v0")->migration.total_bytes, 3);
}

static void test_bind(void **state)
{
    Socket *s = *state;
    IoProgressHandler handler = {on_changed};
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strnfill(200, 'x');
    g_autofree char *deep = g_build_filename(s->dir, name, NULL);

    assert_null(io_progress_new(deep, &handler, NULL, &error));
    assert_non_null(strstr(error->message, "progress socket"));
    g_clear_error(&error);
    assert_null(io_progress_new("/proc/progress.sock", &handler, NULL, &error));
    assert_non_null(error);
    /* one that a killed daemon left is replaced; a file that is no socket is not */
    IoProgress *second = io_progress_new(s->path, &handler, NULL, NULL);
    assert_non_null(second);
    io_progress_free(second);
    assert_true(g_file_set_contents(s->path, "precious", -1, NULL));
    g_clear_error(&error);
    assert_null(io_progress_new(s->path, &handler, NULL, &error));
    assert_non_null(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_line),
        cmocka_unit_test(test_reason),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_noise),
        cmocka_unit_test_setup_teardown(test_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bind, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
