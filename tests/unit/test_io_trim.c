/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_trim.h"

#include "agent/io/io_definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static gulong rss_file_kib(void)
{
    g_autofree char *text = NULL;
    gulong kib = 0;

    assert_true(g_file_get_contents("/proc/self/status", &text, NULL, NULL));
    assert_int_equal(sscanf(strstr(text, "RssFile:"), "RssFile: %lu", &kib), 1);
    return kib;
}

static gboolean nowhere(const char *path)
{
    return FALSE;
}

/* The process goes on as before, constants and all. */
static void test_goes_on(void **state)
{
    static const char xml[] =
        "<domain><name>a</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><memory>1</memory></domain>";

    g_autoptr(HaNeeds) before = io_definition_parse(xml, strlen(xml), nowhere, NULL);
    gulong rss = rss_file_kib();
    gsize dropped = io_trim_text();

    assert_true(dropped > 0);
    assert_true(rss_file_kib() < rss);
    g_autoptr(HaNeeds) after = io_definition_parse(xml, strlen(xml), nowhere, NULL);
    assert_string_equal(before->hash, after->hash);
    io_trim_text(); /* again is harmless */
}

/* A page that was written to is kept: a private, now read-only mapping of a file with a change of ours. */
static void test_keeps_changes(void **state)
{
    gsize page = (gsize)sysconf(_SC_PAGESIZE);
    FILE *file = tmpfile();

    assert_int_equal(ftruncate(fileno(file), (off_t)page), 0);
    char *map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
    assert_true(map != MAP_FAILED);
    map[0] = 'x';
    assert_int_equal(mprotect(map, page, PROT_READ), 0);
    io_trim_text();
    assert_int_equal(map[0], 'x');
    assert_int_equal(munmap(map, page), 0);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_keeps_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
