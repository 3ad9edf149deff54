/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts that run side by side, each a process of its own, share what another host says. */
#include "resource-agents/ra_share.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NODE "node2"
#define STARTS 8
#define WAIT_MS 60000 /* on a busy machine too */
#define REACH_MS 1000

/* A directory of its own, and a file that grows by a byte with each asking. */
typedef struct {
    char *dir, *asked;
} World;

static int setup(void **state)
{
    World *world = g_new0(World, 1);
    world->dir = g_dir_make_tmp("hactl-share-XXXXXX", NULL);
    world->asked = g_build_filename(world->dir, "asked", NULL);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    World *world = *state;
    g_autoptr(GDir) entries = g_dir_open(world->dir, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(entries))) {
        g_autofree char *path = g_build_filename(world->dir, name, NULL);
        g_unlink(path);
    }
    g_rmdir(world->dir);
    g_free(world->asked);
    g_free(world->dir);
    g_free(world);
    return 0;
}

static void count_asking(const World *world)
{
    int fd = open(world->asked, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (write(fd, "x", 1) != 1)
        _exit(9);
    close(fd);
}

static gsize askings(const World *world)
{
    GStatBuf status;

    return g_stat(world->asked, &status) == 0 ? (gsize)status.st_size : 0;
}

static RaShare *ask(gpointer data)
{
    RaShare *share = ra_share_new(RA_GUARD_ABSENT);

    count_asking(data);
    g_ptr_array_add(share->names, g_strdup("web1"));
    g_ptr_array_add(share->names, g_strdup("end")); /* a name like any other */
    return share;
}

static RaShare *get(World *world, gint64 since_us, gint wait_ms)
{
    return ra_share_get(world->dir, NODE, since_us, REACH_MS, wait_ms, ask, world);
}

static char *path_of(const World *world)
{
    return g_build_filename(world->dir, NODE, NULL);
}

static int lock(const World *world)
{
    g_autofree char *path = g_build_filename(world->dir, "." NODE, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_return_code(flock(fd, LOCK_EX | LOCK_NB), errno);
    return fd;
}

/* ---- one process ---- */

static void an_answer_is_used_by_those_that_began_before_it(void **state)
{
    World *world = *state;
    gint64 since_us = g_get_monotonic_time();
    g_autoptr(RaShare) asked = get(world, since_us, WAIT_MS);
    g_autoptr(RaShare) shared = get(world, since_us, WAIT_MS);

    assert_int_equal(askings(world), 1);
    assert_true(shared->began_us >= since_us && shared->began_us == asked->began_us);
    assert_true(ra_share_has(shared, "web1") && ra_share_has(shared, "end"));
    assert_false(ra_share_has(shared, "web2"));
    /* Who begins after the asking began asks anew. */
    g_autoptr(RaShare) later = get(world, asked->began_us + 1, WAIT_MS);
    assert_int_equal(askings(world), 2);
    assert_true(later->began_us > asked->began_us);
}

static void what_is_not_whole_is_no_answer(void **state)
{
    World *world = *state;
    g_autofree char *path = path_of(world);
    gint64 since_us = g_get_monotonic_time();
    g_autofree char *whole = NULL;

    ra_share_free(get(world, since_us, WAIT_MS));
    assert_true(g_file_get_contents(path, &whole, NULL, NULL));
    for (gsize length = 0; length < strlen(whole); length++) {
        gsize before = askings(world);

        assert_true(g_file_set_contents(path, whole, (gssize)length, NULL));
        g_autoptr(RaShare) share = get(world, since_us, WAIT_MS);
        assert_int_equal(askings(world), before + 1);
        assert_true(ra_share_has(share, "web1"));
    }
}

static void what_does_not_suit_is_no_answer(void **state)
{
    gint64 now_us = g_get_monotonic_time();
    g_autofree char *boot = NULL;
    static const struct {
        const char *what;
        gint64 began_us; /* less the question's */
        gint reach_ms;
        RaGuardAnswer answer;
        const char *boot; /* NULL: this one */
        gsize asks;
    } rows[] = {
        {"older", -1, REACH_MS, RA_GUARD_ABSENT, NULL, 1},
        {"just as old", 0, REACH_MS, RA_GUARD_ABSENT, NULL, 0},
        {"from the future", G_MAXINT32, REACH_MS, RA_GUARD_ABSENT, NULL, 1},
        {"of another boot", 0, REACH_MS, RA_GUARD_ABSENT, "00000000-0000-0000-0000-000000000000", 1},
        {"silent, as patiently asked", 0, REACH_MS, RA_GUARD_SILENT, NULL, 0},
        {"unreachable, as patiently asked", 0, REACH_MS, RA_GUARD_UNREACHABLE, NULL, 0},
        {"unreachable, less patiently asked", 0, REACH_MS - 1, RA_GUARD_UNREACHABLE, NULL, 1},
        {"an answer, less patiently asked", 0, 1, RA_GUARD_ABSENT, NULL, 0},
    };

    assert_true(g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL));
    g_strstrip(boot);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        World *world = *state;
        g_autofree char *path = path_of(world);
        g_autoptr(RaShare) there = ra_share_new(rows[i].answer);
        there->began_us = now_us + rows[i].began_us;
        there->reach_ms = rows[i].reach_ms;
        g_autofree char *text = ra_share_format(there, rows[i].boot ? rows[i].boot : boot);
        gsize before = askings(world);

        assert_true(g_file_set_contents(path, text, -1, NULL));
        g_autoptr(RaShare) share = get(world, now_us, WAIT_MS);
        if (askings(world) - before != rows[i].asks)
            fail_msg("%s: asked %zu times", rows[i].what, askings(world) - before);
        assert_int_equal(share->answer, rows[i].asks ? RA_GUARD_ABSENT : rows[i].answer);
    }
}

static void a_name_that_can_t_be_written_is_not_shared(void **state)
{
    g_autoptr(RaShare) share = ra_share_new(RA_GUARD_ABSENT);

    g_ptr_array_add(share->names, g_strdup("two\nlines"));
    assert_null(ra_share_format(share, "boot"));
}

static void where_nothing_can_be_shared_each_asks(void **state)
{
    World *world = *state;
    g_autofree char *under_a_file = g_build_filename(world->asked, "dir", NULL);
    gint64 since_us = g_get_monotonic_time();

    count_asking(world);
    for (gsize i = 0; i < 2; i++) {
        g_autoptr(RaShare) share = ra_share_get(under_a_file, NODE, since_us, REACH_MS, WAIT_MS, ask, world);
        assert_true(ra_share_has(share, "web1"));
    }
    assert_int_equal(askings(world), 3);
}

/* An asker that does not come back holds nobody up for longer, and is not overwritten. */
static void a_lock_that_is_not_given_back_is_not_waited_for(void **state)
{
    World *world = *state;
    g_autofree char *path = path_of(world);
    int held = lock(world);
    g_autoptr(RaShare) share = get(world, g_get_monotonic_time(), 20);

    assert_true(ra_share_has(share, "web1"));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    close(held);
}

/* ---- several ---- */

static void expect_success(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* It says when its question stands, and is content with no older answer. @held: the lock, -1 none: not its own. */
static pid_t fork_start(World *world, int ready, int held)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    close(held);
    gint64 since_us = g_get_monotonic_time();
    if (write(ready, "x", 1) != 1)
        _exit(2);
    RaShare *share = get(world, since_us, WAIT_MS);
    _exit(share->began_us >= since_us && ra_share_has(share, "web1") ? 0 : 3);
}

static void await_bytes(int fd, gsize n)
{
    char byte;

    for (gsize i = 0; i < n; i++)
        assert_int_equal(read(fd, &byte, 1), 1);
}

/* While somebody asks they come: his answer is too old for them, one of them asks for all. */
static void those_that_waited_are_answered_together(void **state)
{
    World *world = *state;
    pid_t pids[STARTS];
    int ready[2];
    int held = lock(world);

    assert_return_code(pipe(ready), errno);
    for (gsize i = 0; i < STARTS; i++)
        pids[i] = fork_start(world, ready[1], held);
    await_bytes(ready[0], STARTS);
    close(held);
    for (gsize i = 0; i < STARTS; i++)
        expect_success(pids[i]);
    assert_int_equal(askings(world), 1);
    close(ready[0]);
    close(ready[1]);
}

static RaShare *hang(gpointer data)
{
    if (write(*(int *)data, "x", 1) != 1)
        _exit(2);
    for (;;)
        pause();
}

/* Its lock goes with it. */
static void a_killed_asker_is_replaced(void **state)
{
    World *world = *state;
    int asking[2];

    assert_return_code(pipe(asking), errno);
    pid_t asker = fork();
    if (asker == 0) {
        ra_share_get(world->dir, NODE, 0, REACH_MS, WAIT_MS, hang, &asking[1]);
        _exit(4);
    }
    await_bytes(asking[0], 1);
    pid_t waiter = fork_start(world, asking[1], -1);
    await_bytes(asking[0], 1);
    assert_int_equal(askings(world), 0);
    assert_return_code(kill(asker, SIGKILL), errno);
    expect_success(waiter);
    assert_int_equal(askings(world), 1);
    assert_int_equal(waitpid(asker, NULL, 0), asker);
    close(asking[0]);
    close(asking[1]);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_is_used_by_those_that_began_before_it),
        CASE(what_is_not_whole_is_no_answer),
        CASE(what_does_not_suit_is_no_answer),
        CASE(a_name_that_can_t_be_written_is_not_shared),
        CASE(where_nothing_can_be_shared_each_asks),
        CASE(a_lock_that_is_not_given_back_is_not_waited_for),
        CASE(those_that_waited_are_answered_together),
        CASE(a_killed_asker_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
