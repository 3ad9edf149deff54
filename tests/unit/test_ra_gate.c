/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_gate.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NAME ".gate"

static gint64 in_ms(gint64 ms)
{
    return g_get_monotonic_time() + ms * 1000;
}

static char *new_dir(void)
{
    g_autofree char *top = g_dir_make_tmp("ra-gate-XXXXXX", NULL);

    return g_build_filename(top, "made", NULL);
}

static void forget(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, NAME, NULL);
    g_autofree char *top = g_path_get_dirname(dir);

    assert_int_equal(g_unlink(path), 0);
    assert_int_equal(g_rmdir(dir), 0);
    assert_int_equal(g_rmdir(top), 0);
}

static void one_at_a_time(void **state G_GNUC_UNUSED)
{
    g_autofree char *dir = new_dir();
    const gint stop = 1;
    int held = ra_gate_enter(dir, NAME, in_ms(0), NULL);

    assert_true(held >= 0);
    assert_int_equal(ra_gate_enter(dir, NAME, in_ms(30), NULL), -1);
    assert_int_equal(ra_gate_enter(dir, NAME, in_ms(600000), &stop), -1);
    close(held);
    held = ra_gate_enter(dir, NAME, in_ms(0), &stop);
    assert_true(held >= 0);
    close(held);
    forget(dir);
}

/* Another process holds it, and is killed while we wait. */
static void a_dead_holder_opens_it(void **state G_GNUC_UNUSED)
{
    g_autofree char *dir = new_dir();
    int ready[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0) {
        byte = ra_gate_enter(dir, NAME, in_ms(0), NULL) >= 0;
        _exit(write(ready[1], &byte, 1) == 1 ? pause() : 1);
    }
    assert_true(holder > 0);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 1);
    assert_int_equal(ra_gate_enter(dir, NAME, in_ms(0), NULL), -1);
    kill(holder, SIGKILL);
    int held = ra_gate_enter(dir, NAME, in_ms(60000), NULL);
    assert_true(held >= 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    close(held);
    close(ready[0]);
    close(ready[1]);
    forget(dir);
}

static void nowhere(void **state G_GNUC_UNUSED)
{
    assert_int_equal(ra_gate_enter("/proc/self/no", NAME, in_ms(600000), NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(a_dead_holder_opens_it),
        cmocka_unit_test(nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
