/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TEXT "<domain><name>web1</name></domain>\n"

typedef struct {
    char *dir;
    char *id;
    char *path;
} Store;

static int set_up(void **state)
{
    Store *store = g_new0(Store, 1);

    store->dir = g_dir_make_tmp("test_ra_store.XXXXXX", NULL);
    store->id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, TEXT, -1);
    store->path = g_strdup_printf("%s/%s.xml", store->dir, store->id);
    *state = store;
    return 0;
}

static int tear_down(void **state)
{
    Store *store = *state;
    g_autofree char *aside = g_build_filename(store->dir, "aside", NULL);

    g_remove(store->path);
    g_remove(aside);
    g_rmdir(store->dir);
    g_free(store->dir);
    g_free(store->id);
    g_free(store->path);
    g_free(store);
    return 0;
}

static void expect(const Store *store, const char *id, RaStore want, const char *want_why)
{
    g_autofree char *xml = NULL;
    g_autofree char *why = NULL;

    assert_int_equal(ra_store_read(store->dir, id, &xml, &why), want);
    if (want == RA_STORE_OK) {
        assert_string_equal(xml, TEXT);
        assert_null(why);
    } else {
        assert_null(xml);
        assert_non_null(why);
        if (!strstr(why, want_why))
            fail_msg("%s", why);
    }
}

static void good(void **state)
{
    Store *store = *state;

    g_file_set_contents(store->path, TEXT, -1, NULL);
    expect(store, store->id, RA_STORE_OK, NULL);
}

static void bad_ids(void **state)
{
    Store *store = *state;

    expect(store, NULL, RA_STORE_BAD_ID, "no sha256");
    expect(store, "", RA_STORE_BAD_ID, "no sha256");
    expect(store, "../../etc/passwd", RA_STORE_BAD_ID, "no sha256");
}

static void missing(void **state)
{
    Store *store = *state;
    Store nowhere = {.dir = (char *)"/nonexistent"};

    expect(store, store->id, RA_STORE_MISSING, "does not have the definition");
    expect(&nowhere, store->id, RA_STORE_MISSING, "does not have the definition");
}

static void wrong_hash(void **state)
{
    Store *store = *state;

    g_file_set_contents(store->path, TEXT " ", -1, NULL);
    expect(store, store->id, RA_STORE_WRONG_HASH, "is damaged");
}

static void truncated(void **state)
{
    Store *store = *state;

    g_file_set_contents(store->path, TEXT, strlen(TEXT) - 1, NULL);
    expect(store, store->id, RA_STORE_WRONG_HASH, "is damaged");
    g_file_set_contents(store->path, "", 0, NULL);
    expect(store, store->id, RA_STORE_WRONG_HASH, "is damaged");
}

static void symbolic_link(void **state)
{
    Store *store = *state;
    g_autofree char *aside = g_build_filename(store->dir, "aside", NULL);

    g_file_set_contents(aside, TEXT, -1, NULL);
    assert_return_code(symlink(aside, store->path), 0);
    expect(store, store->id, RA_STORE_UNREADABLE, "cannot open");
}

static void no_regular_file(void **state)
{
    Store *store = *state;

    assert_return_code(mkfifo(store->path, 0600), 0);
    expect(store, store->id, RA_STORE_UNREADABLE, "no regular file");
    g_remove(store->path);
    assert_return_code(g_mkdir(store->path, 0700), 0);
    expect(store, store->id, RA_STORE_UNREADABLE, "no regular file");
    g_rmdir(store->path);
}

static void unreadable(void **state)
{
    Store *store = *state;

    g_file_set_contents(store->path, TEXT, -1, NULL);
    assert_return_code(g_chmod(store->path, 0), 0);
    if (geteuid() == 0)
        skip(); /* root reads everything */
    expect(store, store->id, RA_STORE_UNREADABLE, "cannot open");
}

static void too_big(void **state)
{
    Store *store = *state;
    gsize len = MIG_DOMAIN_XML_MAX_BYTES + 1;
    g_autofree char *big = g_strnfill(len, ' ');

    g_file_set_contents(store->path, big, (gssize)len, NULL);
    expect(store, store->id, RA_STORE_UNREADABLE, "cannot read");
}

static void missing_is_given_up_in_time(void **state)
{
    Store *store = *state;
    g_autofree char *why = NULL;
    char *xml = NULL;
    gint64 until_us = g_get_monotonic_time() + 100000;

    assert_int_equal(ra_store_wait(store->dir, store->id, until_us, &xml, &why), RA_STORE_MISSING);
    assert_non_null(why);
    assert_true(g_get_monotonic_time() >= until_us);
}

static gpointer write_torn_then_whole(gpointer data)
{
    Store *store = data;
    FILE *file = fopen(store->path, "w");

    fwrite(TEXT, 1, 10, file);
    fflush(file);
    g_usleep(300000); /* a writer slower than one look */
    fwrite(TEXT + 10, 1, strlen(TEXT) - 10, file);
    fclose(file);
    return NULL;
}

static void late_arrival_is_waited_for(void **state)
{
    Store *store = *state;
    g_autofree char *xml = NULL;
    GThread *writer = g_thread_new("writer", write_torn_then_whole, store);

    assert_int_equal(ra_store_wait(store->dir, store->id, g_get_monotonic_time() + 10000000, &xml, NULL), RA_STORE_OK);
    assert_string_equal(xml, TEXT);
    g_thread_join(writer);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(good),
        STORE_TEST(bad_ids),
        STORE_TEST(missing),
        STORE_TEST(wrong_hash),
        STORE_TEST(truncated),
        STORE_TEST(symbolic_link),
        STORE_TEST(no_regular_file),
        STORE_TEST(unreadable),
        STORE_TEST(too_big),
        STORE_TEST(missing_is_given_up_in_time),
        STORE_TEST(late_arrival_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
