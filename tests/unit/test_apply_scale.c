/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest of 1,000 VMs, from its text to the CIB: one change, read back, nothing left to do. Prints what each step
 * took; docs/measurements.md has a run. HACTL_SCALE sets another number of VMs.
 */
#include "tests/unit/cib_lab.h"

#include <stdio.h>

#include "agent/core/ha_apply.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_definition_store.h"
#include "agent/manifest/mf_file.h"
#include "agent/manifest/mf_write.h"

#define GROUPS 40u
#define BATCH 64u /* cli_manifest.c */

static guint n_vms = 1000;
static gint64 began_us;

static void begin(void)
{
    began_us = g_get_monotonic_time();
}

static void end(const char *what)
{
    printf("    %-56s %8.1f ms\n", what, (double)(g_get_monotonic_time() - began_us) / 1000.0);
    fflush(stdout);
}

static gboolean is_shared(const char *path)
{
    return TRUE;
}

/* A definition of some 4 KiB, as virsh dumpxml writes them. */
static void append_definition(GString *yaml, guint i)
{
    g_string_append_printf(yaml,
        "    definition: |\n      <domain type='kvm'>\n        <name>vm%04u</name>\n"
        "        <uuid>11111111-2222-3333-4444-%012u</uuid>\n        <memory unit='MiB'>512</memory>\n"
        "        <vcpu>1</vcpu>\n        <devices>\n",
        i, i);
    for (guint j = 0; j < 40; j++)
        g_string_append_printf(
            yaml, "          <controller type='pci' index='%u' model='pcie-root-port' note='%u.%u'/>\n", j + 1, i, j);
    g_string_append(yaml, "        </devices>\n      </domain>\n");
}

static char *make_yaml(void)
{
    GString *yaml = g_string_new("version: 1\ngroups:\n");
    for (guint i = 0; i < GROUPS; i++)
        g_string_append_printf(yaml, "  g%02u: {tier: %u, affinity: apart}\n", i, i % 5 + 1);
    g_string_append(yaml, "vms:\n");
    for (guint i = 0; i < n_vms; i++) {
        g_string_append_printf(yaml, "  vm%04u:\n    group: g%02u\n    running: yes\n", i, i % GROUPS);
        append_definition(yaml, i);
    }
    return g_string_free(yaml, FALSE);
}

static void keep_batch(IoDefinitionStore *store, GPtrArray *hashes, GPtrArray *xmls, HaView *view)
{
    g_autoptr(GError) error = NULL;
    if (!io_definition_store_put_all(store, hashes, xmls, &error))
        fail_msg("%s", error->message);
    for (guint i = 0; i < xmls->len; i++) {
        gsize len = 0;
        const char *xml = g_bytes_get_data(xmls->pdata[i], &len);
        HaNeeds *needs = io_definition_parse(xml, len, is_shared, &error);
        if (!needs)
            fail_msg("%s", error->message);
        ha_view_put_needs(view, needs);
    }
    g_ptr_array_set_size(hashes, 0);
    g_ptr_array_set_size(xmls, 0);
}

/* What hactld does with the definitions, here and on every peer. */
static void keep_definitions(const Lab *lab, const MfFile *file, HaView *view)
{
    g_autofree char *dir = g_build_filename(lab->dir, "definitions", NULL);
    g_autoptr(IoDefinitionStore) store = io_definition_store_new(dir, NULL);
    assert_non_null(store);
    g_autoptr(GPtrArray) hashes = g_ptr_array_new(), xmls = g_ptr_array_new();
    for (guint i = 0; i < file->definitions->len; i++) {
        const MfDefinition *definition = file->definitions->pdata[i];
        g_ptr_array_add(hashes, definition->hash);
        g_ptr_array_add(xmls, definition->xml);
        if (hashes->len == BATCH || i + 1 == file->definitions->len)
            keep_batch(store, hashes, xmls, view);
    }
    for (guint i = 0; i < file->definitions->len; i++)
        assert_true(io_definition_store_remove(store, ((const MfDefinition *)file->definitions->pdata[i])->hash, NULL));
    g_rmdir(dir);
}

static void write_once(Lab *lab, GPtrArray *changes)
{
    g_autoptr(HaConfig) before = decode(lab);
    begin();
    g_autoptr(IoCibWrite) write = prepare(lab, 4, changes);
    end("changes to one modification of the CIB");
    xmlNode *copy = query(lab);
    begin();
    io_cib_write_preview(write, copy->doc);
    end("a copy of the CIB for the scheduler to judge");
    xmlFreeDoc(copy->doc);
    begin();
    assert_int_equal(carry_out(lab, write), pcmk_ok);
    end("Pacemaker's library takes it");
    g_autoptr(HaConfig) after = decode(lab);
    assert_int_equal(after->epoch, before->epoch + 1);
}

/* The fixture's VM is being moved, which would hold up every manifest. */
static void drop_pin(Lab *lab)
{
    HaConfig *config = apply(lab, ha_change_new(HA_CHANGE_PIN_CLEAR, "vm1", NULL, NULL));
    ha_config_free(config);
}

static void from_the_file_to_the_cib(void **state)
{
    Lab *lab = *state;
    drop_pin(lab);
    g_autofree char *yaml = make_yaml();
    g_autofree char *path = g_build_filename(lab->dir, "verify.xml", NULL); /* a name that the fixture removes */
    assert_true(g_file_set_contents(path, yaml, -1, NULL));
    HaView *view = ha_view_new("node1", 1);
    ha_view_put_config(view, decode(lab));
    guint old = view->config->vms->len;
    printf("    %u VMs in %u groups, a file of %.1f MiB\n", n_vms, GROUPS, (double)strlen(yaml) / 1048576.0);
    begin();
    g_autoptr(MfProblems) problems = mf_problems_new();
    g_autoptr(MfFile) file = mf_file_read(path, problems);
    end("read and checked, definitions hashed");
    g_unlink(path);
    assert_non_null(file);
    begin();
    keep_definitions(lab, file, view);
    end("definitions kept on this host's disk, and removed");
    begin();
    g_autoptr(HaApply) apply = ha_apply_plan(view, file->text->manifest, (HaApplyFlags){0});
    end("compared with the cluster");
    assert_int_equal(apply->n_refusals, 0);
    assert_int_equal(apply->changes->len, n_vms + GROUPS);
    write_once(lab, apply->changes);
    begin();
    ha_view_put_config(view, decode(lab));
    end("the CIB read back");
    assert_int_equal(view->config->vms->len, old + n_vms);
    begin();
    g_autoptr(HaApply) again = ha_apply_plan(view, file->text->manifest, (HaApplyFlags){0});
    end("compared again");
    assert_int_equal(again->changes->len, 0);
    assert_int_equal(again->n_refusals, 0);
    ha_view_free(view);
    g_autoptr(GPtrArray) policies = ha_change_list_new();
    for (guint i = 0; i < GROUPS; i++) {
        g_autofree char *name = g_strdup_printf("g%02u", i);
        g_autoptr(HaGroup) group = ha_group_new(name);
        group->affinity = HA_AFFINITY_APART;
        group->tier = (i + 1) % 5 + 1;
        g_ptr_array_add(policies, ha_change_group_set(group));
    }
    printf("    every group's policy changed\n");
    write_once(lab, policies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_the_file_to_the_cib, lab_setup, lab_teardown),
    };
    const char *scale = g_getenv("HACTL_SCALE");
    if (scale)
        n_vms = (guint)CLAMP(atoi(scale), 1, 9999);
#ifndef HA_PCMK3
    crm_xml_init();
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
