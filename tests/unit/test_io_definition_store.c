/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_definition_store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OTHER "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

typedef struct {
    char *top;
    char *dir;
    IoDefinitionStore *store;
} Fixture;

static int setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    f->top = g_dir_make_tmp("hactl-store-XXXXXX", NULL);
    f->dir = g_build_filename(f->top, "lib", "definitions", NULL);
    f->store = io_definition_store_new(f->dir, NULL);
    assert_non_null(f->store);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->top);

    assert_int_equal(system(command), 0);
    io_definition_store_free(f->store);
    g_free(f->dir);
    g_free(f->top);
    g_free(f);
    return 0;
}

static char *file_of(const Fixture *f, const char *hash)
{
    return g_strdup_printf("%s/%s.xml", f->dir, hash);
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void test_round_trip(void **state)
{
    Fixture *f = *state;
    g_autofree char *hash = NULL, *again = NULL;
    gsize len = 0;

    assert_int_equal(mode_of(f->dir), 0700);
    assert_true(io_definition_store_put(f->store, "<domain/>", 9, NULL, &hash, NULL));
    assert_true(ha_hash_check(hash));
    assert_true(io_definition_store_has(f->store, hash));
    g_autofree char *path = file_of(f, hash);
    assert_int_equal(mode_of(path), 0600);
    g_autofree char *text = io_definition_store_get(f->store, hash, &len, NULL);
    assert_string_equal(text, "<domain/>");
    assert_int_equal(len, 9);
    /* twice is once */
    assert_true(io_definition_store_put(f->store, "<domain/>", 9, hash, &again, NULL));
    assert_string_equal(hash, again);
    g_autoptr(GPtrArray) list = io_definition_store_list(f->store);
    assert_int_equal(list->len, 1);
    /* removed is gone, and twice is once */
    assert_true(io_definition_store_remove(f->store, hash, NULL));
    assert_true(io_definition_store_remove(f->store, hash, NULL));
    assert_false(io_definition_store_has(f->store, hash));
}

static void test_reopened(void **state)
{
    Fixture *f = *state;
    g_autofree char *a = NULL, *b = NULL;

    assert_true(io_definition_store_put(f->store, "<a/>", 4, NULL, &a, NULL));
    assert_true(io_definition_store_put(f->store, "<b/>", 4, NULL, &b, NULL));
    g_autofree char *left = g_strdup_printf("%s/.new-%s", f->dir, a);
    g_autofree char *foreign = g_build_filename(f->dir, "notes.txt", NULL);
    g_autofree char *bad_name = g_build_filename(f->dir, "ABC.xml", NULL);
    assert_true(g_file_set_contents(left, "half", -1, NULL));
    assert_true(g_file_set_contents(foreign, "mine", -1, NULL));
    assert_true(g_file_set_contents(bad_name, "x", -1, NULL));
    assert_int_equal(chmod(f->dir, 0755), 0);

    g_autoptr(IoDefinitionStore) again = io_definition_store_new(f->dir, NULL);
    g_autoptr(GPtrArray) list = io_definition_store_list(again);
    assert_int_equal(list->len, 2);
    assert_true(strcmp(g_ptr_array_index(list, 0), g_ptr_array_index(list, 1)) < 0);
    assert_int_equal(mode_of(f->dir), 0700);
    assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
    assert_true(g_file_test(foreign, G_FILE_TEST_EXISTS));
}

static void set_referred(const Fixture *f, const char *hash, time_t when_s)
{
    g_autofree char *path = file_of(f, hash);
    const struct timespec times[] = {{.tv_sec = when_s}, {.tv_sec = when_s}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_last_reference(void **state)
{
    Fixture *f = *state;
    g_autofree char *hash = NULL;
    gint64 now_s = g_get_real_time() / G_USEC_PER_SEC;

    assert_int_equal(io_definition_store_referred_s(f->store, OTHER), 0);
    assert_false(io_definition_store_touch(f->store, OTHER, NULL));
    assert_true(io_definition_store_put(f->store, "<a/>", 4, NULL, &hash, NULL));
    assert_true(io_definition_store_referred_s(f->store, hash) >= now_s - 1);
    set_referred(f, hash, 1000);
    assert_int_equal(io_definition_store_referred_s(f->store, hash), 1000);
    assert_true(io_definition_store_touch(f->store, hash, NULL));
    assert_true(io_definition_store_referred_s(f->store, hash) >= now_s - 1);
    /* who puts it again means to refer to it: it must not be swept away before that */
    set_referred(f, hash, 1000);
    assert_true(io_definition_store_put(f->store, "<a/>", 4, hash, NULL, NULL));
    assert_true(io_definition_store_referred_s(f->store, hash) >= now_s - 1);
}

/* The resource agent's way: no store opened, nothing remembered. */
static void test_read_without_store(void **state)
{
    Fixture *f = *state;
    g_autofree char *hash = NULL;
    g_autoptr(GError) error = NULL;

    assert_true(io_definition_store_put(f->store, "<a/>", 4, NULL, &hash, NULL));
    g_autofree char *text = io_definition_store_read(f->dir, hash, NULL, NULL);
    assert_string_equal(text, "<a/>");
    g_autofree char *path = file_of(f, hash);
    assert_null(io_definition_store_read(path, hash, NULL, &error)); /* a file where the directory should be */
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_MISSING));
}

static void test_wrong_hash_sent(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    char *hash = NULL;

    assert_false(io_definition_store_put(f->store, "<a/>", 4, OTHER, &hash, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_HASH));
    assert_null(hash);
    g_autoptr(GPtrArray) list = io_definition_store_list(f->store);
    assert_int_equal(list->len, 0);
}

static void test_damaged_file(void **state)
{
    Fixture *f = *state;
    g_autofree char *hash = NULL;
    g_autoptr(GError) error = NULL;

    assert_true(io_definition_store_put(f->store, "<domain/>", 9, NULL, &hash, NULL));
    g_autofree char *path = file_of(f, hash);
    assert_true(g_file_set_contents(path, "<domain>", -1, NULL)); /* a byte short */
    assert_null(io_definition_store_get(f->store, hash, NULL, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_HASH));
    assert_non_null(strstr(error->message, path));
    /* putting it again heals */
    assert_true(io_definition_store_put(f->store, "<domain/>", 9, NULL, NULL, NULL));
    g_autofree char *text = io_definition_store_get(f->store, hash, NULL, NULL);
    assert_string_equal(text, "<domain/>");
}

static void test_missing(void **state)
{
    static const char *const hashes[] = {OTHER, "abc", "", "../../../etc/passwd", NULL};
    Fixture *f = *state;

    for (guint i = 0; i < G_N_ELEMENTS(hashes); i++) {
        g_autoptr(GError) error = NULL;

        assert_null(io_definition_store_get(f->store, hashes[i], NULL, &error));
        assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_MISSING));
        assert_false(io_definition_store_has(f->store, hashes[i]));
        assert_true(io_definition_store_remove(f->store, hashes[i], NULL));
    }
}

/* Neither a link nor a fifo nor a huge file is read, whatever its name. */
static void test_not_regular(void **state)
{
    Fixture *f = *state;
    g_autofree char *path = file_of(f, OTHER);
    g_autoptr(GError) error = NULL;
    g_autofree char *huge = g_strnfill(HA_DEFINITION_BYTES_MAX + 1, 'x');

    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_null(io_definition_store_get(f->store, OTHER, NULL, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO));
    g_clear_error(&error);
    assert_int_equal(g_unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(io_definition_store_get(f->store, OTHER, NULL, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO));
    g_clear_error(&error);
    assert_int_equal(g_unlink(path), 0);
    assert_true(g_file_set_contents(path, huge, -1, NULL));
    assert_null(io_definition_store_get(f->store, OTHER, NULL, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO));
}

static void test_sizes(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = g_strnfill(HA_DEFINITION_BYTES_MAX + 1, 'x');
    g_autoptr(GError) error = NULL;
    g_autofree char *hash = NULL;
    gsize len = 0;

    assert_false(io_definition_store_put(f->store, text, HA_DEFINITION_BYTES_MAX + 1, NULL, NULL, &error));
    assert_non_null(error);
    assert_false(io_definition_store_put(f->store, text, 0, NULL, NULL, NULL));
    assert_true(io_definition_store_put(f->store, text, HA_DEFINITION_BYTES_MAX, NULL, &hash, NULL));
    g_autofree char *back = io_definition_store_get(f->store, hash, &len, NULL);
    assert_int_equal(len, HA_DEFINITION_BYTES_MAX);
    assert_int_equal(strlen(back), len);
}

static void test_unusable_directory(void **state)
{
    Fixture *f = *state;
    g_autofree char *file = g_build_filename(f->top, "file", NULL);
    g_autofree char *below = g_build_filename(file, "store", NULL);
    g_autoptr(GError) error = NULL;

    assert_true(g_file_set_contents(file, "x", -1, NULL));
    assert_null(io_definition_store_new(below, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO));
    g_clear_error(&error);
    /* taken away while open */
    assert_int_equal(g_rmdir(f->dir), 0);
    assert_false(io_definition_store_put(f->store, "<a/>", 4, NULL, NULL, &error));
    assert_true(g_error_matches(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_IO));
    g_autofree char *hash = io_definition_hash("<a/>", 4);
    assert_false(io_definition_store_has(f->store, hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reopened, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_reference, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_without_store, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_hash_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_regular, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unusable_directory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
