/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define UUID "<uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
#define HEAD "<name>web</name>" UUID "<memory unit='MiB'>128</memory><vcpu>2</vcpu>"

static gboolean is_shared(const char *path)
{
    return g_str_has_prefix(path, "/shared/");
}

static HaNeeds *parse(const char *xml, GError **error)
{
    return io_definition_parse(xml, strlen(xml), is_shared, error);
}

static HaNeeds *parse_body(const char *body, GError **error)
{
    g_autofree char *xml = g_strdup_printf("<domain type='kvm'>%s</domain>", body);

    return parse(xml, error);
}

static char *join(GPtrArray *texts)
{
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < texts->len; i++)
        g_string_append_printf(line, "%s%s", i ? " " : "", (const char *)g_ptr_array_index(texts, i));
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static void test_head(void **state)
{
    const char *xml = "<domain><name>web</name><uuid>6695EB01F6A4830479AA97F2502E193F</uuid>"
                      "<memory>1000</memory><vcpu current='2'>8</vcpu></domain>";
    g_autoptr(HaNeeds) needs = parse(xml, NULL);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, xml, -1);

    assert_string_equal(needs->name, "web");
    assert_string_equal(needs->uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
    assert_string_equal(needs->hash, hash);
    assert_int_equal(needs->mem_mib, 1); /* 1000 KiB, rounded up */
    assert_int_equal(needs->vcpus, 2);
    assert_int_equal(needs->bridges->len + needs->storage->len, 0);
    assert_null(needs->local_disk);
    assert_null(needs->host_device);
}

static void test_memory(void **state)
{
    static const struct {
        const char *element;
        guint64 mib; /* 0: refused */
    } rows[] = {
        {"<memory>131072</memory>", 128},
        {"<memory unit='KiB'>131072</memory>", 128},
        {"<memory unit='k'>131073</memory>", 129},
        {"<memory unit='b'>1048576</memory>", 1},
        {"<memory unit='MB'>1</memory>", 1},
        {"<memory unit='MiB'> 96 </memory>", 96},
        {"<memory unit='G'>2</memory>", 2048},
        {"<memory unit='GB'>1</memory>", 954},
        {"<memory unit='TiB'>64</memory>", 64ull << 20},
        {"<memory unit='TiB'>65</memory>", 0},
        {"<memory unit='TiB'>99999999999999</memory>", 0},
        {"<memory>0</memory>", 0},
        {"<memory>-1</memory>", 0},
        {"<memory></memory>", 0},
        {"<memory>much</memory>", 0},
        {"<memory unit='parsec'>1</memory>", 0},
        {"", 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *body = g_strconcat("<name>web</name>" UUID, rows[i].element, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(HaNeeds) needs = parse_body(body, &error);

        if (rows[i].mib == 0) {
            assert_null(needs);
            assert_non_null(strstr(error->message, "line 1: "));
            assert_non_null(strstr(error->message, "<memory>"));
        } else {
            assert_int_equal(needs->mem_mib, rows[i].mib);
            assert_int_equal(needs->vcpus, 1);
        }
    }
}

static void test_disks(void **state)
{
    static const struct {
        const char *disk;
        const char *storage; /* NULL: refused */
        const char *local;
        const char *device;
    } rows[] = {
        {"<disk type='file'><source file='/shared/vm/a.qcow2'/></disk>", "file:/shared/vm", NULL, NULL},
        {"<disk type='file'><source file='/var/a.qcow2'/></disk>", "file:/var", "/var/a.qcow2", NULL},
        {"<disk><source file='/var/a.qcow2'/></disk>", "file:/var", "/var/a.qcow2", NULL},
        {"<disk type='file' device='cdrom'><source file='/iso/x.iso'/><readonly/></disk>", "file:/iso", "/iso/x.iso",
            NULL},
        {"<disk type='file' device='floppy'><source file='/a.img'/></disk>", "file:/", "/a.img", NULL},
        {"<disk type='file' device='cdrom'/>", "", NULL, NULL},
        {"<disk type='file' device='cdrom'><source file=''/></disk>", "", NULL, NULL},
        {"<disk type='file'><source file='relative.img'/></disk>", NULL, NULL, NULL},
        {"<disk type='file'><source file='/shared/a'/></disk><disk type='file'><source file='/x/b'/></disk>"
         "<disk type='file'><source file='/y/c'/></disk>",
            "file:/shared file:/x file:/y", "/x/b", NULL},
        {"<disk type='dir' device='floppy'><source dir='/shared/d'/></disk>", "file:/shared/d", NULL, NULL},
        {"<disk type='dir' device='floppy'><source dir='/d'/></disk>", "file:/d", "/d", NULL},
        {"<disk type='block'><source dev='/dev/vg/web'/></disk>", "block:/dev/vg/web", NULL, NULL},
        {"<disk type='block'><source dev='vg'/></disk>", NULL, NULL, NULL},
        {"<disk type='network'><source protocol='iscsi' name='iqn.x/1'><host name='10.0.0.1' "
         "port='3261'/></source></disk>",
            "iscsi://10.0.0.1:3261", NULL, NULL},
        {"<disk type='network'><source protocol='iscsi' name='iqn.x/1'><host name='san'/></source></disk>",
            "iscsi://san:3260", NULL, NULL},
        {"<disk type='network'><source protocol='nbd'><host name='fd00::1'/></source></disk>", "nbd://[fd00::1]:10809",
            NULL, NULL},
        {"<disk type='network'><source protocol='nbd'><host transport='unix' socket='/run/n.sock'/></source></disk>",
            "unix:/run/n.sock", NULL, NULL},
        {"<disk type='network'><source protocol='nbd'><host transport='unix'/></source></disk>", NULL, NULL, NULL},
        {"<disk type='network'><source protocol='rbd' name='p/i'><host name='m2'/><host name='m1' "
         "port='3300'/></source></disk>",
            "rbd://m1:3300,m2:6789", NULL, NULL},
        {"<disk type='network'><source protocol='rbd' name='pool/image'/></disk>", "rbd://pool", NULL, NULL},
        {"<disk type='network'><source protocol='gluster' name='v/i'><host name='g'/></source></disk>",
            "gluster://g:24007", NULL, NULL},
        {"<disk type='network'><source protocol='newfs'><host name='g'/></source></disk>", NULL, NULL, NULL},
        {"<disk type='network'><source protocol='iscsi' name='x'/></disk>", NULL, NULL, NULL},
        {"<disk type='network'><source protocol='iscsi'><host name='a b'/></source></disk>", NULL, NULL, NULL},
        {"<disk type='network'><source protocol='iscsi'><host name='a' port='70000'/></source></disk>", NULL, NULL,
            NULL},
        {"<disk type='network'><source><host name='a'/></source></disk>", NULL, NULL, NULL},
        {"<disk type='volume'><source pool='p' volume='v'/></disk>", NULL, NULL, NULL},
        {"<disk type='hologram'><source/></disk>", NULL, NULL, NULL},
        {"<disk type='nvme'><source type='pci'/></disk>", "", NULL, "a disk of type nvme, served by this host"},
        {"<disk type='vhostuser'><source type='unix' path='/x'/></disk>", "", NULL,
            "a disk of type vhostuser, served by this host"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *body = g_strdup_printf(HEAD "\n<devices>\n%s</devices>", rows[i].disk);
        g_autoptr(GError) error = NULL;
        g_autoptr(HaNeeds) needs = parse_body(body, &error);

        if (rows[i].storage == NULL) {
            if (needs)
                fail_msg("accepted: %s", rows[i].disk);
            assert_non_null(strstr(error->message, "line 3: "));
            continue;
        }
        if (needs == NULL)
            fail_msg("%s: %s", rows[i].disk, error->message);
        g_autofree char *storage = join(needs->storage);
        assert_string_equal(storage, rows[i].storage);
        assert_int_equal(g_strcmp0(needs->local_disk, rows[i].local), 0);
        assert_int_equal(g_strcmp0(needs->host_device, rows[i].device), 0);
    }
}

static void test_devices(void **state)
{
    static const struct {
        const char *xml;
        const char *bridges;
        gboolean host_device;
    } rows[] = {
        {"<interface type='bridge'><source bridge='br1'/></interface><interface type='bridge'><source "
         "bridge='br0'/></interface>"
         "<interface type='bridge'><source bridge='br1'/></interface>",
            "br0 br1", FALSE},
        {"<interface type='network'><source network='default'/></interface>", "", FALSE},
        {"<interface type='direct'><source dev='eth0' mode='bridge'/></interface>", "", FALSE},
        {"<interface type='bridge'/>", "", FALSE},
        {"<interface type='hostdev'/>", "", TRUE},
        {"<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>", "", TRUE},
        {"<hostdev mode='subsystem' type='pci'/>", "", TRUE},
        {"<hostdev mode='subsystem' type='mdev' model='vfio-pci'/>", "", TRUE},
        {"<serial type='dev'><source path='/dev/ttyS0'/></serial>", "", TRUE},
        {"<serial type='pty'/><console type='pty'/>", "", FALSE},
        {"<filesystem type='mount'><source dir='/srv'/><target dir='t'/></filesystem>", "", TRUE},
        {"<input type='evdev'><source dev='/dev/input/e'/></input>", "", TRUE},
        {"<input type='tablet' bus='usb'/>", "", FALSE},
        {"<tpm model='tpm-crb'><backend type='passthrough'/></tpm>", "", TRUE},
        {"<tpm model='tpm-crb'><backend type='emulator'/></tpm>", "", FALSE},
        {"<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", "", FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *body = g_strdup_printf(HEAD "<devices>%s</devices>", rows[i].xml);
        g_autoptr(HaNeeds) needs = parse_body(body, NULL);
        g_autofree char *bridges = join(needs->bridges);

        assert_string_equal(bridges, rows[i].bridges);
        if ((needs->host_device != NULL) != rows[i].host_device)
            fail_msg("%s: %s", rows[i].xml, needs->host_device ? needs->host_device : "no host device");
    }
}

static void test_boot_files(void **state)
{
    g_autoptr(HaNeeds) needs =
        parse_body(HEAD "<os><type>hvm</type><kernel>/boot/k/vmlinuz</kernel><initrd>/boot/i/initrd</initrd>"
                        "<loader type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader></os>",
            NULL);
    g_autofree char *storage = join(needs->storage);

    assert_string_equal(storage, "file:/boot/i file:/boot/k file:/usr/share/OVMF");
    assert_null(needs->local_disk); /* every host has its own */
}

static void test_refused(void **state)
{
    static const struct {
        const char *xml;
        IoDefinitionError code;
        const char *named;
    } rows[] = {
        {"no xml at all", IO_DEFINITION_ERROR_XML, "line 1"},
        {"<domain>\n<name>web</nam></domain>", IO_DEFINITION_ERROR_XML, "line 2"},
        {"<domain>" HEAD, IO_DEFINITION_ERROR_XML, "not well-formed"},
        {"<network>" HEAD "</network>", IO_DEFINITION_ERROR_XML, "<network>"},
        {"<!DOCTYPE domain><domain>" HEAD "</domain>", IO_DEFINITION_ERROR_XML, "DOCTYPE"},
        {"<!DOCTYPE domain [<!ENTITY a 'b'>]><domain>" HEAD "&a;</domain>", IO_DEFINITION_ERROR_XML, "DOCTYPE"},
        {"<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><domain><name>&a;</name></domain>",
            IO_DEFINITION_ERROR_XML, "DOCTYPE"},
        {"<domain>" UUID "<memory>1</memory></domain>", IO_DEFINITION_ERROR_CONTENT, "<name>"},
        {"<domain><name>a b</name>" UUID "<memory>1</memory></domain>", IO_DEFINITION_ERROR_CONTENT, "\"a b\""},
        {"<domain><name/>" UUID "<memory>1</memory></domain>", IO_DEFINITION_ERROR_CONTENT, "name"},
        {"<domain>\n<name>../x</name>" UUID "<memory>1</memory></domain>", IO_DEFINITION_ERROR_CONTENT, "line 2"},
        {"<domain><name>a</name><memory>1</memory></domain>", IO_DEFINITION_ERROR_CONTENT, "uuidgen"},
        {"<domain><name>a</name><uuid>123</uuid><memory>1</memory></domain>", IO_DEFINITION_ERROR_CONTENT, "uuidgen"},
        {"<domain><name>a</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193fff</uuid><memory>1</memory></domain>",
            IO_DEFINITION_ERROR_CONTENT, "uuid"},
        {"<domain><name>a</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193g</uuid><memory>1</memory></domain>",
            IO_DEFINITION_ERROR_CONTENT, "uuid"},
        {"<domain><name>a</name>" UUID "<memory>1</memory><vcpu>0</vcpu></domain>", IO_DEFINITION_ERROR_CONTENT,
            "<vcpu>"},
        {"<domain><name>a</name>" UUID "<memory>1</memory><vcpu>many</vcpu></domain>", IO_DEFINITION_ERROR_CONTENT,
            "<vcpu>"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        if (parse(rows[i].xml, &error))
            fail_msg("accepted: %s", rows[i].xml);
        assert_true(error->domain == IO_DEFINITION_ERROR);
        assert_int_equal(error->code, rows[i].code);
        if (!strstr(error->message, rows[i].named))
            fail_msg("%s: %s", rows[i].xml, error->message);
    }
}

static void test_sizes(void **state)
{
    g_autofree char *blanks = g_strnfill(HA_DEFINITION_BYTES_MAX, ' ');
    g_autofree char *big = g_strconcat("<domain>" HEAD "</domain>", blanks, NULL);
    g_autoptr(GError) error = NULL;

    assert_null(parse(big, &error));
    assert_non_null(strstr(error->message, "bytes"));
    big[HA_DEFINITION_BYTES_MAX] = '\0';
    g_autoptr(HaNeeds) needs = parse(big, NULL);
    assert_non_null(needs);
    g_clear_error(&error);
    assert_null(io_definition_parse("", 0, is_shared, &error));
    assert_non_null(error);
    /* not terminated: only len counts */
    const char *xml = "<domain>" HEAD "</domain>garbage";
    g_autoptr(HaNeeds) cut = io_definition_parse(xml, strlen(xml) - strlen("garbage"), is_shared, NULL);
    assert_non_null(cut);
}

/* Every truncation and many single-byte changes of a good definition: a struct or an error, nothing else. */
static void test_damage(void **state)
{
    static const char xml[] =
        "<domain>" HEAD "<devices><disk type='network'><source protocol='iscsi' name='x'><host name='a'/>"
        "</source></disk><interface type='bridge'><source bridge='b'/></interface></devices></domain>";
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    for (gsize len = 1; len < sizeof xml - 1; len++) {
        g_autoptr(GError) error = NULL;
        assert_null(io_definition_parse(xml, len, is_shared, &error));
        assert_non_null(error);
    }
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *copy = g_strdup(xml);
        g_autoptr(GError) error = NULL;

        copy[g_rand_int_range(random, 0, sizeof xml - 1)] = (char)g_rand_int_range(random, 1, 256);
        g_autoptr(HaNeeds) needs = parse(copy, &error);
        assert_true((needs != NULL) != (error != NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_disks),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_boot_files),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
