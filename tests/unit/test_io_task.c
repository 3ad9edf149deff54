/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_task.h"

#include "tests/unit/io_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char *result_seen;
static guint n_overdue, n_returned, n_input_freed, n_result_freed;
static gint gate; /* atomic: the work waits for it */

static gboolean has_result(void)
{
    return result_seen != NULL;
}

static gboolean is_overdue(void)
{
    return n_overdue > 0;
}

static gboolean is_returned(void)
{
    return n_returned > 0;
}

static gboolean is_result_freed(void)
{
    return g_atomic_int_get(&n_result_freed) > 0;
}

static void on_done(gpointer result, gpointer data)
{
    result_seen = result;
}

static void on_overdue(gpointer data)
{
    n_overdue++;
}

static void on_returned(gpointer data)
{
    n_returned++;
}

static const IoTaskHandler handler = {on_done, on_overdue, on_returned};

static gpointer work(gpointer input)
{
    while (!g_atomic_int_get(&gate))
        g_usleep(1000);
    return g_strdup_printf("%s, done", (const char *)input);
}

static void free_input(gpointer input)
{
    g_atomic_int_inc((gint *)&n_input_freed);
    g_free(input);
}

static void free_result(gpointer result)
{
    g_atomic_int_inc((gint *)&n_result_freed);
    g_free(result);
}

static int setup(void **state)
{
    g_clear_pointer(&result_seen, g_free);
    n_overdue = n_returned = n_input_freed = n_result_freed = 0;
    g_atomic_int_set(&gate, 0);
    return 0;
}

static int teardown(void **state)
{
    g_clear_pointer(&result_seen, g_free);
    return 0;
}

static void test_in_time(void **state)
{
    g_atomic_int_set(&gate, 1);
    assert_non_null(io_task_run("t", work, g_strdup("stat"), free_input, free_result, 5000, &handler, NULL, NULL));
    assert_true(io_loop_until(has_result, 5000));
    assert_string_equal(result_seen, "stat, done");
    assert_int_equal(n_overdue, 0);
    assert_int_equal(n_input_freed, 1);
    assert_int_equal(n_result_freed, 0); /* it is ours */
}

static void test_overdue_then_returned(void **state)
{
    io_task_run("t", work, g_strdup("stat"), free_input, free_result, 30, &handler, NULL, NULL);
    assert_true(io_loop_until(is_overdue, 5000));
    assert_null(result_seen);
    g_atomic_int_set(&gate, 1);
    assert_true(io_loop_until(is_returned, 5000));
    assert_null(result_seen);
    assert_int_equal(n_overdue, 1);
    assert_int_equal(n_result_freed, 1);
    assert_int_equal(n_input_freed, 1);
}

static void test_dropped(void **state)
{
    IoTask *task = io_task_run("t", work, g_strdup("stat"), free_input, free_result, 30, &handler, NULL, NULL);

    io_task_drop(task);
    io_loop_for(60); /* the deadline passes unsaid */
    g_atomic_int_set(&gate, 1);
    assert_true(io_loop_until(is_result_freed, 5000));
    assert_null(result_seen);
    assert_int_equal(n_overdue + n_returned, 0);
    assert_int_equal(n_input_freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overdue_then_returned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
