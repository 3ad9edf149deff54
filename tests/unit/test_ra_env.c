/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_env.h"
#include "resource-agents/ra_progress.h"

#include <glib/gstdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int fresh(void **state)
{
    g_auto(GStrv) names = g_listenv();

    for (char **name = names; *name; name++) {
        if (g_str_has_prefix(*name, "OCF_") || g_str_has_prefix(*name, "HACTL_"))
            g_unsetenv(*name);
    }
    g_setenv("HACTL_CONFIG", "/nonexistent/hactl.conf", TRUE);
    g_setenv("OCF_RESOURCE_INSTANCE", "web1", TRUE);
    g_setenv("OCF_RESKEY_definition", HASH, TRUE);
    return 0;
}

static void presets(void **state)
{
    g_auto(RaEnv) env = {0};

    assert_true(ra_env_read(&env, 1000, NULL));
    assert_string_equal(env.vm, "web1");
    assert_null(env.problem);
    assert_true(env.probe);
    assert_int_equal(env.on_io_error, RA_IO_RESUME);
    assert_int_equal(env.end_us, 1000 + 20000000);
    assert_string_equal(env.libvirt_uri, "qemu:///system");
    assert_string_equal(env.migration_uri, RA_MIGRATION_URI_DEFAULT);
    assert_int_equal(env.downtime_ms, 300);
    assert_int_equal(env.downtime_max_ms, 4000);
    assert_int_equal(env.deadline_ms, 0);
    assert_true(env.auto_converge);
    assert_null(env.migrate_target);
}

static void everything_given(void **state)
{
    g_auto(RaEnv) env = {0};

    g_setenv("OCF_RESKEY_CRM_meta_timeout", "120000", TRUE);
    g_setenv("OCF_RESKEY_CRM_meta_interval", "10000", TRUE);
    g_setenv("OCF_RESKEY_CRM_meta_migrate_target", "node2", TRUE);
    g_setenv("OCF_RESKEY_migration_uri", "qemu+tls://%s-mig/system", TRUE);
    g_setenv("OCF_RESKEY_on_io_error", "restart", TRUE);
    assert_true(ra_env_read(&env, 0, NULL));
    assert_null(env.problem);
    assert_false(env.probe);
    assert_int_equal(env.end_us, 120000000);
    assert_int_equal(env.on_io_error, RA_IO_RESTART);
    g_autofree char *uri = ra_env_target_uri(&env, env.migrate_target);
    assert_string_equal(uri, "qemu+tls://node2-mig/system");
}

static void names(void **state)
{
    static const struct {
        const char *name;
        gboolean good;
    } rows[] = {
        {"web1", TRUE},
        {"_a", TRUE},
        {"a.b-c_d", TRUE},
        {"a'b\"c$(d);e", TRUE},
        {"\xc3\xa4", TRUE},
        {"", FALSE},
        {"a/b", FALSE},
        {"..", FALSE},
        {".a", FALSE},
        {"-a", FALSE},
        {"a b", FALSE},
        {"a\nb", FALSE},
        {"\xff", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaEnv) env = {0};
        g_autoptr(GError) error = NULL;

        g_setenv("OCF_RESOURCE_INSTANCE", rows[i].name, TRUE);
        if (ra_env_read(&env, 0, &error) != rows[i].good)
            fail_msg("'%s'", rows[i].name);
    }
}

static void problems_are_noted(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } rows[] = {
        {"OCF_RESKEY_definition", "", "definition is ''"},
        {"OCF_RESKEY_definition", "abc", "definition is 'abc'"},
        {"OCF_RESKEY_definition", "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "definition"},
        {"OCF_RESKEY_definition", HASH "0", "definition"},
        {"OCF_RESKEY_definition", "../../../../etc/passwd", "definition"},
        {"OCF_RESKEY_on_io_error", "explode", "on_io_error is 'explode'"},
        {"OCF_RESKEY_migration_uri", "qemu+tcp://node/system", "exactly one %s"},
        {"OCF_RESKEY_migration_uri", "qemu+tcp://%s/%s", "exactly one %s"},
        {"OCF_RESKEY_migration_uri", "qemu+tcp://%n/system", "exactly one %s"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaEnv) env = {0};

        fresh(state);
        g_setenv(rows[i].name, rows[i].value, TRUE);
        assert_true(ra_env_read(&env, 0, NULL));
        if (env.problem == NULL || !strstr(env.problem, rows[i].want))
            fail_msg("%s=%s: %s", rows[i].name, rows[i].value, env.problem);
        assert_true(ra_env_is_uri_template(env.migration_uri));
    }
}

static void odd_numbers_fall_back(void **state)
{
    static const char *const rows[] = {"", "-1", "abc", "99999999999999999999", "20s"};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(RaEnv) env = {0};

        g_setenv("OCF_RESKEY_CRM_meta_timeout", rows[i], TRUE);
        assert_true(ra_env_read(&env, 0, NULL));
        assert_int_equal(env.end_us, 20000000);
    }
}

static char *write_config(const char *text)
{
    char *path = g_strdup("/tmp/test_ra_env.XXXXXX");
    int fd = g_mkstemp(path);

    assert_true(fd >= 0);
    g_close(fd, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_setenv("HACTL_CONFIG", path, TRUE);
    return path;
}

static void config_file(void **state)
{
    g_auto(RaEnv) env = {0};
    g_autofree char *path =
        write_config("[migration]\nuri=qemu+tls://%s/system\ndowntime_ms=500\nbandwidth_mibps=100\n[other]\nx=y\n");

    assert_true(ra_env_read(&env, 0, NULL));
    remove(path);
    assert_null(env.problem);
    assert_string_equal(env.migration_uri, "qemu+tls://%s/system");
    assert_int_equal(env.downtime_ms, 500);
    assert_int_equal(env.bandwidth_mibps, 100);
}

static void config_file_garbage(void **state)
{
    g_auto(RaEnv) env = {0};
    g_autofree char *path = write_config("this is no key file");

    assert_true(ra_env_read(&env, 0, NULL));
    remove(path);
    assert_non_null(strstr(env.problem, "cannot read"));
    assert_string_equal(env.migration_uri, RA_MIGRATION_URI_DEFAULT);
}

static void the_parameter_beats_the_config_file(void **state)
{
    g_auto(RaEnv) env = {0};
    g_autofree char *path = write_config("[migration]\nuri=qemu+tls://%s/system\ndowntime_ms=999999\n");

    g_setenv("OCF_RESKEY_migration_uri", "qemu+ssh://%s/system", TRUE);
    assert_true(ra_env_read(&env, 0, NULL));
    remove(path);
    assert_string_equal(env.migration_uri, "qemu+ssh://%s/system");
    assert_true(env.downtime_ms <= 4000);
}

static void a_group_s_policy_beats_the_config_file(void **state)
{
    g_auto(RaEnv) env = {0};
    g_autofree char *path = write_config("[migration]\ndowntime_ms=500\nbandwidth_mibps=100\n");

    g_setenv("OCF_RESKEY_CRM_meta_hactl_migration",
        "bandwidth_mibps=0 downtime_ms=900 downtime_max_ms=700 deadline_s=60 auto_converge=0", TRUE);
    assert_true(ra_env_read(&env, 0, NULL));
    remove(path);
    assert_null(env.problem);
    assert_int_equal(env.bandwidth_mibps, 100);
    assert_int_equal(env.downtime_ms, 900);
    assert_int_equal(env.downtime_max_ms, 900); /* never below the first */
    assert_int_equal(env.deadline_ms, 60000);
    assert_false(env.auto_converge);
}

static void progress_lines(void **state)
{
    const MigSample sample = {100, 60, 40, 7, 9, 300, 1500, 2};
    g_autofree char *running = ra_progress_line("web1", "running", &sample, NULL);
    g_autofree char *failed = ra_progress_line("web1", "failed", &sample, "a \"b\"\nc");

    assert_string_equal(running,
        "vm=web1 phase=running total=100 remaining=60 processed=40 dirty_bps=7 bandwidth_bps=9 downtime_ms=300 "
        "iteration=2 elapsed_ms=1500\n");
    assert_non_null(strstr(failed, " elapsed_ms=1500 reason=\"a \\\"b\\\"\\nc\"\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(presets, fresh),
        cmocka_unit_test_setup(everything_given, fresh),
        cmocka_unit_test_setup(names, fresh),
        cmocka_unit_test_setup(problems_are_noted, fresh),
        cmocka_unit_test_setup(odd_numbers_fall_back, fresh),
        cmocka_unit_test_setup(config_file, fresh),
        cmocka_unit_test_setup(config_file_garbage, fresh),
        cmocka_unit_test_setup(the_parameter_beats_the_config_file, fresh),
        cmocka_unit_test_setup(a_group_s_policy_beats_the_config_file, fresh),
        cmocka_unit_test(progress_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
