/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/setup/su_host.h"

static int set_up(void **state)
{
    *state = g_dir_make_tmp("hactl-su-XXXXXX", NULL);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"file", "file.before-hactl"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(*state, names[i], NULL);
        g_unlink(path);
    }
    int status = g_rmdir(*state);
    g_free(*state);
    return status;
}

static char *text_of(const char *path)
{
    char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_write_keeps_what_was_there(void **state)
{
    g_autofree char *path = g_build_filename(*state, "file", NULL), *kept = g_strconcat(path, ".before-hactl", NULL);
    struct stat about;
    assert_true(g_file_set_contents(path, "old", -1, NULL));
    assert_true(su_host_write(path, "new", 3, 0400, NULL));
    assert_int_equal(g_stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0400);
    assert_true(su_host_write(path, "newer", 5, 0400, NULL));
    g_autofree char *now = text_of(path), *before = text_of(kept);
    assert_string_equal(now, "newer");
    assert_string_equal(before, "old"); /* the first one, not what hactl itself wrote */
}

static void test_variable(void **state)
{
    g_autofree char *path = g_build_filename(*state, "file", NULL);
    assert_true(su_host_set_variable(path, "PCMK_ipc_buffer", "1", NULL));
    assert_true(su_host_set_variable(path, "PCMK_ipc_buffer", "2", NULL));
    g_autofree char *made = text_of(path);
    assert_string_equal(made, "PCMK_ipc_buffer=2\n");
    assert_true(g_file_set_contents(path, "# PCMK_ipc_buffer=9\n\nPCMK_debug=no\nPCMK_ipc_buffer=1\n", -1, NULL));
    assert_true(su_host_set_variable(path, "PCMK_ipc_buffer", "2", NULL));
    g_autofree char *changed = text_of(path);
    assert_string_equal(changed, "# PCMK_ipc_buffer=9\n\nPCMK_debug=no\nPCMK_ipc_buffer=2\n");
}

static void test_write_where_nobody_can(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(*state, "no", "such", "file", NULL);
    assert_false(su_host_write(path, "x", 1, 0644, &error));
    assert_true(g_error_matches(error, SU_ERROR, SU_ERROR_HOST));
    assert_non_null(strstr(error->message, "file"));
}

static void test_addresses(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(su_host_is_own_address("192.0.2.77", NULL, NULL, &error)); /* an address for documentation alone */
    assert_null(error);
    assert_false(su_host_is_own_address("127.0.0.1", NULL, NULL, &error)); /* the loopback is nobody's own */
    assert_null(error);
    assert_false(su_host_is_own_address("no.such.host.invalid", NULL, NULL, &error));
    assert_true(g_error_matches(error, SU_ERROR, SU_ERROR_HOST));
}

static void test_run(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) out = su_host_run((const char *[]){"sh", "-c", "printf said", NULL}, &error);
    assert_memory_equal(g_bytes_get_data(out, NULL), "said", 4);
    assert_null(su_host_run((const char *[]){"sh", "-c", "echo why >&2; exit 3", NULL}, &error));
    assert_non_null(strstr(error->message, "why"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_keeps_what_was_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_variable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_write_where_nobody_can, set_up, tear_down),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
