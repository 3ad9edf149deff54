/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_forget - which records of past migrations Pacemaker has to forget, so that they are not taken for present
 * ones.
 *
 * Pacemaker keeps the last migrate_to and migrate_from of a VM on every node until something overwrites them, and reads
 * them again at every pass. Old ones mislead it, each time into a stop and a start of a running VM:
 * - a migrate_from left by an earlier move over the same pair makes a migration that is under way look finished;
 * - a migrate_to whose target has lost its history (a cleanup, a refresh) makes the VM look half migrated, or running
 * twice. Refreshing the resource is no remedy: it takes the history away node by node, which is the second case. So
 * exactly the superseded records are deleted, in one operation.
 */
#ifndef IO_CIB_FORGET_H
#define IO_CIB_FORGET_H

#include <glib.h>
#include <libxml/tree.h>

/**
 * io_cib_forget_paths - the superseded migration records of a VM.
 * @cib: borrowed; the cached <cib>.
 * @paths: appended to: char*, XPaths relative to <cib>, each of one record by its node, id and call-id.
 *
 * Only when the VM is active on exactly one node and nothing but a monitor is pending anywhere. There its successful
 * migrate_to goes, and its arrival stays; on every other node that is not unclean both go, if they succeeded. Failures
 * stay: they are cleaned up, not forgotten. Returns: borrowed; the node where the VM is at rest, NULL when it is at
 * rest on none (then nothing is appended).
 */
const char *io_cib_forget_paths(const xmlNode *cib, const char *vm, GPtrArray *paths);

#endif
