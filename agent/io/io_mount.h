/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_mount - on what kind of filesystem does a path lie? By the mount table, without touching the filesystem itself: a
 * network filesystem that hangs hangs everybody who asks it anything.
 */
#ifndef IO_MOUNT_H
#define IO_MOUNT_H

#include <glib.h>

#define IO_MOUNT_TABLE "/proc/self/mountinfo"

/**
 * io_mount_type - the type of the filesystem that a path lies on.
 * @table: mountinfo's text. @path: absolute, without symbolic links.
 * Returns: (transfer full) e.g. "ext4", "nfs4", "fuse.glusterfs"; NULL when the table has no mount above the path.
 */
char *io_mount_type(const char *table, const char *path);

/** io_mount_type_is_shared - can other hosts have the same filesystem mounted? As libvirt's own list has it, and
 * Lustre. */
gboolean io_mount_type_is_shared(const char *type);

/**
 * io_mount_is_shared - does the path lie on a filesystem that other hosts can have mounted?
 * Symbolic links are followed as long as they lie on local filesystems. A path that doesn't exist is judged by where it
 * would lie.
 */
gboolean io_mount_is_shared(const char *path);

#endif
