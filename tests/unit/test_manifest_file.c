/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/manifest/mf_document.h"
#include "agent/manifest/mf_file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIFTY_MIB (50 * 1024 * 1024)

static char *dir;

static int make_dir(void **state)
{
    dir = g_dir_make_tmp("hactl-manifest-XXXXXX", NULL);
    return dir ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"c.yaml", "web1.xml", "big.xml", "latin1.xml", NULL};
    for (const char *const *name = names; *name; name++) {
        g_autofree char *path = g_build_filename(dir, *name, NULL);
        g_unlink(path);
    }
    g_rmdir(dir);
    g_free(dir);
    return 0;
}

static char *write_file(const char *name, const char *text)
{
    char *path = g_build_filename(dir, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void definitions_come_with_it(void **state)
{
    g_autofree char *xml = write_file("web1.xml", "<domain><name>web1</name></domain>\n");
    g_autofree char *path = write_file("c.yaml", "version: 1\n"
                                                 "vms:\n"
                                                 "  web1: {xml: web1.xml}\n"
                                                 "  web2: {definition: \"<domain/>\"}\n"
                                                 "  web3: {definition: \"<domain/>\"}\n"
                                                 "  web4: {}\n");
    g_autoptr(MfProblems) problems = mf_problems_new();
    g_autoptr(MfFile) file = mf_file_read(path, problems);
    assert_int_equal(problems->n, 0);
    assert_int_equal(file->definitions->len, 2);
    const GPtrArray *vms = file->text->manifest->vms;
    const HaManifestVm *web1 = vms->pdata[0], *web2 = vms->pdata[1], *web3 = vms->pdata[2], *web4 = vms->pdata[3];
    g_autofree char *hash =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, "<domain><name>web1</name></domain>\n", -1);
    assert_string_equal(web1->hash, hash);
    assert_string_equal(web2->hash, web3->hash);
    assert_null(web4->hash);
    assert_non_null(ha_sorted_find(file->definitions, hash));
}

/* @what: into the problem's text, after the file's name. */
static void assert_problem(const char *path, const char *what)
{
    g_autoptr(MfProblems) problems = mf_problems_new();
    assert_null(mf_file_read(path, problems));
    g_autofree char *text = mf_problems_text(problems, path);
    g_autofree char *expected = g_strconcat(path, what, NULL);
    if (!g_str_has_prefix(text, expected))
        fail_msg("\"%s\" does not begin with \"%s\"", text, expected);
}

static void what_cant_be_read_is_named_where_it_is_named(void **state)
{
    g_autofree char *big = write_file("big.xml", "");
    assert_int_equal(truncate(big, HA_DEFINITION_BYTES_MAX + 1), 0);
    g_autofree char *latin1 = write_file("latin1.xml", "<domain>\xfc</domain>");
    static const struct {
        const char *name, *what;
    } rows[] = {
        {"nowhere.xml", ":3:15: VM web1: nowhere.xml can't be read: No such file or directory; "},
        {"big.xml", ":3:15: VM web1: big.xml can't be read: it is too large; "},
        {"latin1.xml", ":3:15: VM web1: latin1.xml can't be read: it is no UTF-8 text; "},
        {"/", ":3:15: VM web1: / can't be read: Is a directory; "},
        {"/dev/null", ":3:15: VM web1: /dev/null can't be read: it is empty; "},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml = g_strdup_printf("version: 1\nvms:\n  web1: {xml: %s}\n", rows[i].name);
        g_autofree char *path = write_file("c.yaml", yaml);
        assert_problem(path, rows[i].what);
    }
    assert_problem(
        "/nowhere/c.yaml", ": it can't be read: No such file or directory; give a manifest of at most 32 MiB");
}

/* Memory that this process has ever held at once. */
static glong peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void a_huge_file_is_refused_unread(void **state)
{
    g_autofree char *path = write_file("c.yaml", "version: 1\n");
    assert_int_equal(truncate(path, FIFTY_MIB), 0);
    glong before_kib = peak_kib();
    assert_problem(path, ": it can't be read: it is too large; ");
    assert_true(peak_kib() - before_kib < 4096);
}

/* /dev/zero never ends: a stream is read up to the limit, and no further. */
static void an_endless_stream_is_refused(void **state)
{
    assert_problem("/dev/zero", ": it can't be read: it is too large; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_huge_file_is_refused_unread),
        cmocka_unit_test(definitions_come_with_it),
        cmocka_unit_test(what_cant_be_read_is_named_where_it_is_named),
        cmocka_unit_test(an_endless_stream_is_refused),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
