/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_patch - a write as one patchset, which Pacemaker takes as a whole or not at all: what is removed and what is
 * set, in one change. Plain libxml2.
 *
 * A removal and a modification are two operations. Between them a VM that changes groups is in neither, and stays so if
 * the leader dies there. Transactions, which would join the two, came with Pacemaker 2.1.7. `cibadmin --patch` takes
 * the format in which the CIB manager itself tells of changes; the versions of before 3.0.2 hold it against those
 * parts of the version that it names: admin_epoch and epoch, so the configuration that was read, and with it the
 * leader's term. num_updates would be another with every result of an action.
 */
#ifndef IO_CIB_PATCH_H
#define IO_CIB_PATCH_H

#include "agent/io/io_cib_change.h"
#include "agent/io/io_tool.h"

/* The command that takes a patchset on its standard input. */
extern const char *const io_cib_patch_command[];

/**
 * io_cib_patch_make - @write's removal and modification as one.
 * @cib: the <cib> that it is made of, and that alone it can be applied to.
 *
 * Returns: (transfer full) the patchset's text; NULL: it would change nothing, or @write's condition does not hold in
 * @cib; the two operations then find the same, and say so.
 */
GBytes *io_cib_patch_make(const IoCibWrite *write, const xmlNode *cib);

typedef enum {
    IO_CIB_PATCH_DONE,
    IO_CIB_PATCH_STALE,  /* somebody has changed the configuration meanwhile; nothing was done: make it anew */
    IO_CIB_PATCH_UNFIT,  /* this Pacemaker wants all of the version; nothing was done: send the two operations */
    IO_CIB_PATCH_FAILED, /* the result's error says why */
} IoCibPatchOutcome;

/** io_cib_patch_judge - what became of it. */
IoCibPatchOutcome io_cib_patch_judge(const IoToolResult *result);

/**
 * io_cib_patch_is_long - is it quicker to read the CIB anew than to apply @patch to a copy of it?
 * @patch: the <diff> of a notification.
 *
 * Pacemaker up to 3.0 seeks the place of each new element by counting, for each of its siblings, those before it: with
 * 1,000 new VMs a second of CPU time, with 2,000 eight.
 */
gboolean io_cib_patch_is_long(const xmlNode *patch);

#endif
