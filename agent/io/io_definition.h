/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_definition - read a VM's definition (libvirt domain XML): what it is called and what it asks of a host.
 *
 * Strict about what hactl stands on (name, uuid, memory), silent about the rest, which is libvirt's. No document type
 * declaration, hence no entities; no network.
 */
#ifndef IO_DEFINITION_H
#define IO_DEFINITION_H

#include "agent/core/model/ha_needs.h"

#define IO_DEFINITION_ERROR io_definition_error_quark()
GQuark io_definition_error_quark(void);
typedef enum {
    IO_DEFINITION_ERROR_XML,     /* not XML, not a <domain>, too big, has a DTD */
    IO_DEFINITION_ERROR_CONTENT, /* something hactl needs is missing, malformed or out of range */
    IO_DEFINITION_ERROR_HASH,    /* the store: the file's content is not what its name says */
    IO_DEFINITION_ERROR_MISSING, /* the store: no such definition */
    IO_DEFINITION_ERROR_IO,      /* the store: the filesystem said no */
} IoDefinitionError;

/** IoDefinitionShared - does @path lie on a filesystem that other hosts have too? io_mount_is_shared but in tests. */
typedef gboolean (*IoDefinitionShared)(const char *path);

/** io_definition_hash - the identity of a definition: sha256 of its bytes, lower-case hex. Returns: (transfer full). */
char *io_definition_hash(const void *xml, gsize len);

/**
 * io_definition_parse - read it.
 * @xml: @len bytes in 1..HA_DEFINITION_BYTES_MAX, not necessarily terminated.
 * @is_shared: asked for every image file, CD-ROM and floppy media included.
 *
 * storage keys: network disks "PROTOCOL://HOST:PORT" with libvirt's default port filled in ("iscsi://10.0.0.1:3260";
 * several hosts, as RBD and Gluster have, sorted and joined by commas; RBD without hosts "rbd://POOL"),
 * "file:DIRECTORY" for image files, kernel, initrd and firmware, "block:PATH", "unix:PATH" for a disk behind a local
 * socket. bridges: only <interface type="bridge">; libvirt networks and macvtap are looked up nowhere. host_device:
 * hostdev, mdev, vDPA, NVMe and vhost-user disks, host serial ports, TPM pass-through, evdev, shared directories.
 *
 * Returns: (transfer full); NULL and @error (IO_DEFINITION_ERROR), whose message names the line, the reason and the
 * remedy.
 */
HaNeeds *io_definition_parse(const char *xml, gsize len, IoDefinitionShared is_shared, GError **error);

#endif
