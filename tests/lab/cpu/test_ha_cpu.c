/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lab/cpu/ha_cpu.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct ha_cpu cpu;

static int set_up(void **state)
{
    (void)state;
    memset(&cpu, 0, sizeof cpu);
    return 0;
}

static void look(uint64_t elapsed, uint64_t ticks1, uint64_t ticks7, uint64_t start7)
{
    const struct ha_cpu_process seen[] = {{1, 10, ticks1}, {7, start7, ticks7}};

    ha_cpu_look(&cpu, seen, ticks7 > 0 ? 2 : 1, elapsed, 2);
}

static void test_parse(void **state)
{
    struct ha_cpu_process process;

    (void)state;
    assert_int_equal(ha_cpu_parse("42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 100", &process), 0);
    assert_int_equal(process.pid, 42);
    assert_int_equal(process.ticks, 11 + 12);
    assert_int_equal(process.start, 99);
    assert_int_equal(ha_cpu_parse("42 (cut) S 1 2", &process), -1);
    assert_int_equal(ha_cpu_parse("", &process), -1);
}

static void test_first_look_counts_nothing(void **state)
{
    (void)state;
    look(0, 500, 300, 20);
    assert_int_equal(cpu.busy, 0);
    look(100, 530, 350, 20);
    assert_int_equal(cpu.busy, 80);
    assert_int_equal(cpu.idle, 120);
}

static void test_processes_come_and_go(void **state)
{
    (void)state;
    look(0, 500, 300, 20);
    look(100, 500, 0, 0);
    assert_int_equal(cpu.busy, 0);
    look(200, 500, 40, 150); /* the pid is used again */
    assert_int_equal(cpu.busy, 40);
}

static void test_nothing_goes_back(void **state)
{
    (void)state;
    look(0, 0, 0, 0);
    look(100, 0, 0, 0);
    assert_int_equal(cpu.idle, 200);
    look(101, 50, 0, 0); /* accounted late */
    assert_int_equal(cpu.busy, 50);
    assert_int_equal(cpu.idle, 200);
}

static void test_text(void **state)
{
    char text[256];
    const char *machine = "cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 5 6\nctxt 7\n";

    (void)state;
    look(0, 0, 0, 0);
    look(100, 60, 0, 0);
    size_t length = ha_cpu_text(&cpu, 2, machine, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_string_equal(text, "cpu  60 0 0 140 0 0 0 0 0 0\ncpu0 30 0 0 70 0 0 0 0 0 0\ncpu1 30 0 0 70 0 0 0 0 0 0\n"
                              "intr 5 6\nctxt 7\n");
    assert_int_equal(ha_cpu_text(&cpu, 2, machine, text, 40), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_parse, set_up),
        cmocka_unit_test_setup(test_first_look_counts_nothing, set_up),
        cmocka_unit_test_setup(test_processes_come_and_go, set_up),
        cmocka_unit_test_setup(test_nothing_goes_back, set_up),
        cmocka_unit_test_setup(test_text, set_up),
    };

    return cmocka_run_group_tests_name("ha_cpu", tests, NULL, NULL);
}
