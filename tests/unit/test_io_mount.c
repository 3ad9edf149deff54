/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_mount.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static const char table[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                            "30 22 0:5 / /proc rw shared:2 - proc proc rw\n"
                            "40 22 0:40 / /mnt/nfs rw shared:9 master:2 - nfs4 server:/export rw,vers=4.2\n"
                            "41 40 0:41 / /mnt/nfs/local rw - xfs /dev/sdb1 rw\n"
                            "42 22 0:42 / /mnt/with\\040blank rw - fuse.glusterfs g:/v rw\n"
                            "43 22 0:43 / /over rw - nfs server:/a rw\n"
                            "44 22 0:44 / /over rw - ext4 /dev/sdc1 rw\n"
                            "garbage\n"
                            "45 22 0:45 / /cut rw -\n";

static void test_type(void **state)
{
    static const struct {
        const char *path;
        const char *type;
    } rows[] = {
        {"/", "ext4"},
        {"/var/lib/libvirt/images/a.qcow2", "ext4"},
        {"/mnt/nfs", "nfs4"},
        {"/mnt/nfs/vm/a.qcow2", "nfs4"},
        {"/mnt/nfsx/a", "ext4"}, /* a name that only begins like the mount */
        {"/mnt/nfs/local/a", "xfs"},
        {"/mnt/with blank/a", "fuse.glusterfs"},
        {"/over/a", "ext4"}, /* the later mount hides the earlier */
        {"/cut/a", "ext4"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *type = io_mount_type(table, rows[i].path);
        assert_string_equal(type, rows[i].type);
    }
    assert_null(io_mount_type("", "/a"));
}

static void test_shared(void **state)
{
    static const char *const shared[] = {"nfs", "nfs4", "cifs", "ceph", "gfs2", "ocfs2", "lustre", "fuse.glusterfs"};
    static const char *const local[] = {
        "ext4", "xfs", "btrfs", "overlay", "tmpfs", "fuse.sshfs", "fuseblk", "", "nfsd"};

    for (guint i = 0; i < G_N_ELEMENTS(shared); i++)
        assert_true(io_mount_type_is_shared(shared[i]));
    for (guint i = 0; i < G_N_ELEMENTS(local); i++)
        assert_false(io_mount_type_is_shared(local[i]));
}

/* On the real table: what exists, what doesn't, and links that lead nowhere or in a ring are local, and end. */
static void test_real(void **state)
{
    g_autofree char *dir = g_dir_make_tmp("hactl-mount-XXXXXX", NULL);
    g_autofree char *ring = g_build_filename(dir, "ring", NULL);
    g_autofree char *inside = g_build_filename(ring, "a.img", NULL);

    assert_int_equal(symlink("ring", ring), 0);
    assert_false(io_mount_is_shared(inside));
    assert_false(io_mount_is_shared("/nonexistent/a.img"));
    assert_false(io_mount_is_shared("/"));
    assert_int_equal(g_unlink(ring), 0);
    assert_int_equal(g_rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_real),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
