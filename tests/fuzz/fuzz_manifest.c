/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/manifest/mf_read.h"
#include "agent/manifest/mf_write.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

guint64 fuzz_accepted;

GPtrArray *fuzz_specimens(void)
{
    static const char *const texts[] = {
        "version: 1\n",
        "version: 1\ngroups:\n  db:\n    tier: 1\n    affinity: apart\n    only_on: [node1, node2]\n    ready: tcp\n"
        "    ready_port: 5432\n  web: {after: [db], migration: slow}\n",
        "version: 1\nmigration_policies: {slow: {bandwidth_mibps: 100, auto_converge: no}}\nvms:\n  web1:\n"
        "    group: web\n    running: yes\n    definition: |\n      <domain>\n        <name>web1</name>\n      "
        "</domain>\n"
        "  \"web2\": {xml: 'web2.xml', running: false}\n",
        "{version: 1, vms: {a: {sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}}}\n",
    };
    GPtrArray *specimens = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_ptr_array_add(specimens, g_bytes_new_static(texts[i], strlen(texts[i])));
    return specimens;
}

/* What was read can be written, and says the same when it is read again; only the texts of definitions stay behind. */
static void check_round_trip(const MfText *text)
{
    g_autofree char *yaml = mf_write(text->manifest, NULL);
    g_autoptr(MfProblems) problems = mf_problems_new();
    g_autoptr(MfText) again = mf_read(yaml, strlen(yaml), problems);
    g_assert(again != NULL && problems->n == 0);
    g_assert(ha_manifest_equal(text->manifest, again->manifest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(MfProblems) problems = mf_problems_new();
    g_autoptr(MfText) text = mf_read((const char *)data, size, problems);
    g_autofree char *said = mf_problems_text(problems, "c.yaml");
    g_assert((text != NULL) == (problems->n == 0));
    g_assert((text != NULL) == (*said == '\0'));
    if (text)
        check_round_trip(text);
    fuzz_accepted += text != NULL;
    return 0;
}
