/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lab/watch/ha_watch.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MS 1000000U
#define COLD false
#define INCOMING true

static struct ha_watch *watch;

static int set_up(void **state)
{
    (void)state;
    watch = calloc(1, sizeof *watch);
    return watch == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    free(watch);
    return 0;
}

static bool is_double(int a, int b)
{
    return ha_watch_is_double(&watch->qemus[a], &watch->qemus[b]) &&
           ha_watch_is_double(&watch->qemus[b], &watch->qemus[a]);
}

static void test_restart_elsewhere_is_no_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b;

    (void)state;
    ha_watch_died(watch, a, 500);
    b = ha_watch_born(watch, "vm1", "node2", 20, COLD, 500);
    assert_false(is_double(a, b));
}

/* Even if the older one does nothing: it has the disks, and may go on. */
static void test_second_start_is_a_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, COLD, 480);
    int c = ha_watch_born(watch, "vm2", "node2", 21, COLD, 480);

    (void)state;
    assert_false(is_double(a, b));
    ha_watch_ran(watch, b, 20 * MS, 480, 500);
    ha_watch_ran(watch, c, 20 * MS, 480, 500);
    assert_true(is_double(a, b));
    assert_false(is_double(a, c));
    ha_watch_died(watch, a, 520);
    assert_true(is_double(a, b));
}

static void test_start_that_is_refused_is_no_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, COLD, 480);

    (void)state;
    ha_watch_ran(watch, a, 50 * MS, 480, 500);
    ha_watch_died(watch, b, 520);
    ha_watch_ran(watch, a, 90 * MS, 520, 540);
    assert_false(is_double(a, b));
}

/* Source and target exist side by side; the one stops in the window in which the other goes on. */
static void test_migration_is_no_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, INCOMING, 200);

    (void)state;
    ha_watch_ran(watch, a, 50 * MS, 100, 120);
    ha_watch_ran(watch, b, 2 * MS, 200, 220); /* set up, not executing */
    assert_false(is_double(a, b));
    ha_watch_ran(watch, a, 90 * MS, 300, 320);
    ha_watch_ran(watch, b, 25 * MS, 300, 320);
    ha_watch_ran(watch, b, 29 * MS, 320, 340);
    ha_watch_died(watch, a, 400);
    assert_false(is_double(a, b));
}

static void test_source_that_executes_after_its_target_is_a_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, INCOMING, 200);

    (void)state;
    ha_watch_ran(watch, b, 20 * MS, 300, 320);
    ha_watch_ran(watch, a, 90 * MS, 320, 340);
    assert_true(is_double(a, b));
}

static void test_failed_migration_is_no_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, INCOMING, 200);

    (void)state;
    ha_watch_ran(watch, b, 2 * MS, 200, 220);
    ha_watch_died(watch, b, 300);
    ha_watch_ran(watch, a, 90 * MS, 320, 340);
    assert_false(is_double(a, b));
}

/* Its process's end costs CPU time, and whichever of its threads ends last pays for it. */
static void test_an_end_is_no_execution(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, COLD, 480);
    int c = ha_watch_born(watch, "vm1", "node3", 30, INCOMING, 600);

    (void)state;
    ha_watch_ran(watch, a, 50 * MS, 480, 500);
    ha_watch_ran(watch, b, 29 * MS, 500, 520);
    assert_true(is_double(a, b));
    ha_watch_died(watch, b, 540); /* its lock was refused, and that was its end */
    assert_false(is_double(a, b));
    ha_watch_ran(watch, c, 29 * MS, 700, 720);
    ha_watch_ran(watch, a, 60 * MS, 900, 920);
    assert_true(is_double(a, c));
    ha_watch_died(watch, a, 930); /* the source is cleared away */
    assert_false(is_double(a, c));
}

static void test_who_executed_and_then_ended_is_a_double(void **state)
{
    int a = ha_watch_born(watch, "vm1", "node1", 10, COLD, 100);
    int b = ha_watch_born(watch, "vm1", "node2", 20, COLD, 480);

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        ha_watch_ran(watch, b, (i + 1) * 10 * MS, 500 + 20 * i, 520 + 20 * i);
    }
    ha_watch_died(watch, b, 600);
    assert_true(is_double(a, b));
}

static void test_full_is_said(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HA_WATCH_QEMUS_MAX; i++) {
        assert_int_equal(ha_watch_born(watch, "vm1", "node1", 10, COLD, 100), i);
        ha_watch_died(watch, (int)i, 100);
    }
    assert_int_equal(ha_watch_born(watch, "vm1", "node1", 10, COLD, 100), -1);
    assert_true(watch->full);
}

static void test_json_report(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    int a = ha_watch_born(watch, "vm\"1", "node1", 10, COLD, 100);

    (void)state;
    ha_watch_ran(watch, a, 25 * MS, 100, 120);
    ha_watch_born(watch, "vm\"1", "node2", 20, INCOMING, 110);
    ha_watch_died(watch, a, 900);
    ha_watch_print_json(watch, 1000, to);
    fclose(to);
    assert_string_equal(text,
        "{\"now_ms\":1000,\"full\":false,\"qemus\":["
        "{\"vm\":\"vm?1\",\"host\":\"node1\",\"pid\":10,\"incoming\":false,\"born_ms\":100,\"died_ms\":900,"
        "\"first_run_ms\":120,\"last_run_ms\":100},"
        "{\"vm\":\"vm?1\",\"host\":\"node2\",\"pid\":20,\"incoming\":true,\"born_ms\":110,\"died_ms\":null,"
        "\"first_run_ms\":0,\"last_run_ms\":0}],\"doubles\":[]}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_restart_elsewhere_is_no_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_second_start_is_a_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_start_that_is_refused_is_no_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_migration_is_no_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_source_that_executes_after_its_target_is_a_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_migration_is_no_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_end_is_no_execution, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_executed_and_then_ended_is_a_double, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_report, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
