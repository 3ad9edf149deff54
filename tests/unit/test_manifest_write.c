/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/manifest/mf_read.h"
#include "agent/manifest/mf_write.h"

#include <string.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static HaManifest *sample(void)
{
    HaManifest *manifest = ha_manifest_new();
    HaPolicy *policy = ha_policy_new("slow");
    policy->bandwidth_mibps = 100;
    policy->auto_converge = FALSE;
    g_ptr_array_add(manifest->policies, policy);
    HaGroup *db = ha_group_new("db"), *web = ha_group_new("web");
    db->tier = 1;
    db->affinity = HA_AFFINITY_APART;
    g_ptr_array_add(db->only_on, g_strdup("node1"));
    g_ptr_array_add(db->only_on, g_strdup("node2"));
    db->ready = HA_READY_TCP;
    db->ready_port = 5432;
    g_ptr_array_add(web->after, g_strdup("db"));
    g_ptr_array_add(manifest->groups, db);
    g_ptr_array_add(manifest->groups, web);
    HaManifestVm *db1 = ha_manifest_vm_new("db1"), *no = ha_manifest_vm_new("no");
    db1->hash = g_strdup(HASH);
    db1->role = HA_ROLE_RUNNING;
    g_ptr_array_add(manifest->vms, db1);
    g_ptr_array_add(manifest->vms, no);
    ha_manifest_sort(manifest);
    return manifest;
}

static void what_differs_is_written(void **state)
{
    g_autoptr(HaManifest) manifest = sample();
    g_autofree char *text = mf_write(manifest, NULL);
    assert_string_equal(text, "version: 1\n"
                              "migration_policies:\n"
                              "  slow:\n"
                              "    bandwidth_mibps: 100\n"
                              "    auto_converge: no\n"
                              "groups:\n"
                              "  db:\n"
                              "    tier: 1\n"
                              "    affinity: apart\n"
                              "    only_on: [node1, node2]\n"
                              "    ready: tcp\n"
                              "    ready_port: 5432\n"
                              "  web:\n"
                              "    after: [db]\n"
                              "vms:\n"
                              "  db1:\n"
                              "    group: default\n"
                              "    running: yes\n"
                              "    sha256: " HASH "\n"
                              "  no:\n"
                              "    group: default\n");
}

static void what_is_written_is_read_again(void **state)
{
    g_autoptr(HaManifest) manifest = sample();
    g_autofree char *yaml = mf_write(manifest, NULL);
    g_autoptr(MfProblems) problems = mf_problems_new();
    g_autoptr(MfText) text = mf_read(yaml, strlen(yaml), problems);
    g_autofree char *said = mf_problems_text(problems, "c.yaml");
    assert_string_equal(said, "");
    assert_true(ha_manifest_equal(text->manifest, manifest));
}

static void definitions_in_files(void **state)
{
    g_autoptr(HaManifest) manifest = sample();
    g_autofree char *yaml = mf_write(manifest, "xml");
    assert_non_null(strstr(yaml, "    xml: xml/db1.xml\n"));
    assert_null(strstr(yaml, HASH));
}

static void nothing_is_a_manifest_too(void **state)
{
    g_autoptr(HaManifest) manifest = ha_manifest_new();
    g_autofree char *yaml = mf_write(manifest, NULL);
    assert_string_equal(yaml, "version: 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_written),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(definitions_in_files),
        cmocka_unit_test(nothing_is_a_manifest_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
