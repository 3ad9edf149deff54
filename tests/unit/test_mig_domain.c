/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_check.h"
#include "agent/migrate/mig_domain.h"
#include "agent/migrate/mig_error.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static MigDomain *parse(const char *xml, GError **error)
{
    return mig_domain_parse(xml, strlen(xml), error);
}

static void a_full_domain(void **state)
{
    g_autoptr(MigDomain) domain = parse(
        "<domain type='kvm'>\n <metadata><x:name xmlns:x='urn:x'>not this</x:name></metadata>\n"
        " <name> web-1 </name>\n <uuid>AAAAAAAABBBBCCCCDDDDEEEEEEEEEEEE</uuid>\n"
        " <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>\n"
        " <cpu mode='custom'><model>Skylake</model><feature policy='require' name='vmx'/></cpu>\n"
        " <devices><disk type='network' device='disk'><source protocol='iscsi' name='iqn'/><target dev='vda'/></disk>\n"
        " <disk type='file' device='cdrom'><source file='/iso'/><target dev='sda'/></disk>"
        " <disk type='file'><source file='/img'/><target dev='vdb'/></disk>"
        " <disk type='file'><source file='/ro'/><target dev='vdc'/><readonly/></disk></devices></domain>",
        NULL);

    assert_non_null(domain);
    assert_string_equal(domain->name, "web-1");
    assert_string_equal(domain->uuid, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
    assert_string_equal(domain->arch, "x86_64");
    assert_string_equal(domain->machine, "pc-q35-7.2");
    assert_string_equal(domain->virt_type, "kvm");
    assert_non_null(strstr(domain->cpu_xml, "Skylake"));
    assert_int_equal(domain->disks->len, 4);
    const MigDisk *disk = g_ptr_array_index(domain->disks, 1);
    assert_false(disk->writable);
    disk = g_ptr_array_index(domain->disks, 2);
    assert_true(disk->writable);
    assert_string_equal(disk->file, "/img");
}

static void a_passthrough_cpu_is_not_compared(void **state)
{
    g_autoptr(MigDomain) domain = parse("<domain><name>a</name><cpu mode='host-passthrough'/></domain>", NULL);

    assert_non_null(domain);
    assert_null(domain->cpu_xml);
    assert_null(domain->uuid);
}

static void garbage_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "garbage",
        "<domain>",
        "<domain/>",
        "<domain><name/></domain>",
        "<domain><name> </name></domain>",
        "<network><name>a</name></network>",
        "<domain><name>a</name><uuid>xyz</uuid></domain>",
        "<domain><name>a</name><uuid>aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeeeff</uuid></domain>",
        "<domain><title><name>a</name></title></domain>",
        "<!DOCTYPE d [<!ENTITY a 'aaaa'>]><domain><name>&a;</name></domain>",
        "<!DOCTYPE d [<!ENTITY a SYSTEM '/etc/passwd'>]><domain><name>&a;</name></domain>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        if (parse(rows[i], &error) != NULL)
            fail_msg("accepted: %s", rows[i]);
        assert_true(g_error_matches(error, MIG_ERROR, MIG_ERROR_XML));
    }
}

static void too_big_is_refused(void **state)
{
    g_autofree char *xml = g_strnfill(MIG_DOMAIN_XML_MAX_BYTES + 1, ' ');

    assert_null(parse(xml, NULL));
}

static gboolean img_is_local(const char *path)
{
    return strcmp(path, "/local.img") == 0;
}

static void blockers(void **state)
{
    static const struct {
        const char *devices;
        const char *want; /* part of the sentence; NULL: none */
    } rows[] = {
        {"", NULL},
        {"<disk><source file='/shared.img'/><target dev='vda'/></disk>", NULL},
        {"<disk><source file='/local.img'/><target dev='vdb'/></disk>", "disk vdb is the file /local.img"},
        {"<disk><source file='/local.img'/><target dev='vdb'/><readonly/></disk>", NULL},
        {"<disk device='cdrom'><source file='/local.img'/></disk>", NULL},
        {"<disk device='cdrom'/>", NULL},
        {"<hostdev/>", "1 host device,"},
        {"<hostdev/><hostdev/>", "2 host devices,"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *xml = g_strdup_printf("<domain><name>a</name><devices>%s</devices></domain>", rows[i].devices);
        g_autoptr(MigDomain) domain = parse(xml, NULL);
        g_autofree char *got = mig_domain_blocker(domain, img_is_local);

        if ((got == NULL) != (rows[i].want == NULL) || (got && !strstr(got, rows[i].want)))
            fail_msg("%s: %s", rows[i].devices, got ? got : "(none)");
    }
}

static void filesystems(void **state)
{
    assert_true(mig_check_is_local_path("/dev/shm"));
    assert_false(mig_check_is_local_path("/proc"));
    assert_false(mig_check_is_local_path("/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_domain),
        cmocka_unit_test(a_passthrough_cpu_is_not_compared),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(too_big_is_refused),
        cmocka_unit_test(blockers),
        cmocka_unit_test(filesystems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
