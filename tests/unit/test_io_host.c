/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_host.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GIB (1024ull * 1024 * 1024)

/* A /proc and /sys of files, made anew for each test. */
typedef struct {
    char *root;
    IoHost *host;
    HaReport *report;
} Fake;

static void put(const Fake *fake, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(fake->root, path, NULL);
    g_autofree char *dir = g_path_get_dirname(full);

    assert_int_equal(g_mkdir_with_parents(dir, 0700), 0);
    assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void make_dir(const Fake *fake, const char *path)
{
    g_autofree char *full = g_build_filename(fake->root, path, NULL);

    assert_int_equal(g_mkdir_with_parents(full, 0700), 0);
}

static int setup(void **state)
{
    Fake *fake = g_new0(Fake, 1);

    fake->root = g_dir_make_tmp("hactl-host-XXXXXX", NULL);
    put(fake, "proc/stat", "cpu  1000 0 500 8000 500 0 0 0 0 0\ncpu0 1 2 3 4\nintr 99\n");
    put(fake, "proc/meminfo", "MemTotal:       33554432 kB\nMemFree:  1 kB\nMemAvailable:   16777216 kB\n");
    put(fake, "proc/loadavg", "1.25 0.50 0.10 2/300 4242\n");
    put(fake, "proc/pressure/cpu", "some avg10=12.34 avg60=1.00 avg300=0.00 total=5\n");
    put(fake, "proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=9.00\n");
    put(fake, "proc/pressure/io", "some avg10=100.00 avg60=0.00 avg300=0.00 total=0\n");
    put(fake, "sys/devices/system/cpu/online", "0-1,4,6-7\n");
    make_dir(fake, "sys/class/net/br0/bridge");
    make_dir(fake, "sys/class/net/br-guest/bridge");
    make_dir(fake, "sys/class/net/eth0");
    fake->host = io_host_new(fake->root, 0);
    fake->report = ha_report_new("node1", 1);
    *state = fake;
    return 0;
}

static int teardown(void **state)
{
    Fake *fake = *state;
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", fake->root);

    assert_int_equal(system(command), 0);
    io_host_free(fake->host);
    ha_report_free(fake->report);
    g_free(fake->root);
    g_free(fake);
    return 0;
}

static void test_all(void **state)
{
    Fake *fake = *state;
    HaReport *report = fake->report;
    GError *error = NULL;

    assert_true(io_host_fill(fake->host, report, &error));
    ha_report_sort(report);
    assert_int_equal(report->cores, 5);
    assert_int_equal(report->mem_total_bytes, 32 * GIB);
    assert_int_equal(report->mem_available_bytes, 16 * GIB);
    assert_int_equal(report->mem_reserve_bytes, 2 * GIB);
    assert_int_equal(report->load1_permille, 1250);
    assert_int_equal(report->psi_cpu_permille, 123);
    assert_int_equal(report->psi_memory_permille, 0);
    assert_int_equal(report->psi_io_permille, 1000);
    assert_int_equal(report->cpu_permille, 0); /* no interval yet */
    assert_int_equal(report->bridges->len, 2);
    assert_string_equal(g_ptr_array_index(report->bridges, 0), "br-guest");
    assert_string_equal(g_ptr_array_index(report->bridges, 1), "br0");
}

static guint32 cpu_after(Fake *fake, const char *stat)
{
    g_autoptr(HaReport) report = ha_report_new("node1", 1);

    put(fake, "proc/stat", stat);
    assert_true(io_host_fill(fake->host, report, NULL));
    return report->cpu_permille;
}

static void test_cpu(void **state)
{
    Fake *fake = *state;

    assert_int_equal(cpu_after(fake, "cpu  1000 0 500 8000 500 0 0 0 0 0\n"), 0);
    /* 2 s on five cores: 1000 ticks, of which 250 busy */
    assert_int_equal(cpu_after(fake, "cpu  1200 0 550 8700 550 0 0 0 0 0\n"), 250);
    /* too short an interval says nothing new, and is not lost */
    assert_int_equal(cpu_after(fake, "cpu  1300 0 550 8700 550 0 0 0 0 0\n"), 250);
    assert_int_equal(cpu_after(fake, "cpu  1300 0 550 9600 550 0 0 0 0 0\n"), 100);
    /* steal is not idle */
    assert_int_equal(cpu_after(fake, "cpu  1300 0 550 9600 550 0 0 1000 0 0\n"), 1000);
    /* counters that went back begin anew */
    assert_int_equal(cpu_after(fake, "cpu  100 0 50 900 50 0 0 0 0 0\n"), 1000);
    assert_int_equal(cpu_after(fake, "cpu  100 0 50 1900 50 0 0 0 0 0\n"), 0);
}

static void test_broken(void **state)
{
    static const struct {
        const char *path;
        const char *text;
        const char *named; /* in the error; NULL: no error */
    } table[] = {
        {"proc/stat", "", "proc/stat"},
        {"proc/stat", "cpu  none\n", "proc/stat"},
        {"proc/meminfo", "", "proc/meminfo"},
        {"proc/meminfo", "MemTotal: lots\n", "proc/meminfo"},
        {"proc/loadavg", "high\n", NULL},
        {"proc/pressure/cpu", "some avg10=-1\n", NULL},
        {"proc/pressure/cpu", "full avg10=1.00\n", NULL},
        {"sys/devices/system/cpu/online", "5-2\n", NULL},
        {"sys/devices/system/cpu/online", "0-99999999\n", NULL},
        {"sys/devices/system/cpu/online", "", NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        void *one = NULL;
        g_autoptr(GError) error = NULL;

        setup(&one);
        Fake *fake = one;
        put(fake, table[i].path, table[i].text);
        gboolean ok = io_host_fill(fake->host, fake->report, &error);
        assert_int_equal(ok, table[i].named == NULL);
        if (table[i].named)
            assert_non_null(strstr(error->message, table[i].named));
        assert_int_equal(fake->report->bridges->len, 2); /* the rest is there nevertheless */
        teardown(&one);
    }
}

static void test_missing_tree(void **state)
{
    g_autoptr(IoHost) host = io_host_new("/nonexistent", 0);
    g_autoptr(HaReport) report = ha_report_new("node1", 1);
    g_autoptr(GError) error = NULL;

    assert_false(io_host_fill(host, report, &error));
    assert_non_null(strstr(error->message, "/nonexistent/proc/stat"));
    assert_int_equal(report->mem_total_bytes, 0);
    assert_int_equal(report->bridges->len, 0);
}

static void test_reserve(void **state)
{
    static const struct {
        guint64 total, reserve;
    } table[] = {{0, 0}, {4 * GIB, GIB}, {8 * GIB, 2 * GIB}, {32 * GIB, 2 * GIB}, {40 * GIB, 2 * GIB},
        {200 * GIB, 10 * GIB}, {4000 * GIB, 200 * GIB}};

    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        assert_int_equal(ha_report_reserve_default(table[i].total), table[i].reserve);
}

static void test_reserve_set(void **state)
{
    Fake *fake = *state;
    g_autoptr(IoHost) host = io_host_new(fake->root, 5 * GIB);
    g_autoptr(IoHost) greedy = io_host_new(fake->root, 500 * GIB);

    assert_true(io_host_fill(host, fake->report, NULL));
    assert_int_equal(fake->report->mem_reserve_bytes, 5 * GIB);
    assert_true(io_host_fill(greedy, fake->report, NULL));
    assert_int_equal(fake->report->mem_reserve_bytes, 32 * GIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cpu, setup, teardown),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_missing_tree),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test_setup_teardown(test_reserve_set, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
