/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_change - turn a list of HaChange into the two operations that the CIB understands. Plain libxml2, no
 * Pacemaker, no I/O.
 *
 * Both are addressed by XPath with the leader's term as a predicate on <cib>. Pacemaker applies every change on every
 * node in one order, so that the predicate is a compare-and-swap for the whole cluster: a removal under a lost term
 * finds nothing, the modification answers ENXIO. A modification is always sent, if need be an empty one, since a
 * removal that finds nothing does not say so. A list that sets or clears pins bears one more predicate: none of those
 * VMs has a migrate_to pending.
 *
 * Two operations can be seen half done. Where that would show (a VM in no group, a group without its rules), the write
 * is sent as one patchset instead (io_cib_patch.h).
 *
 * A modification takes no attribute away. Where a VM is to bear its policy itself instead of the name of a template,
 * all of <resources> is replaced, on the condition that the configuration is still the one that was read; before that
 * the tags are there, and the constraints name them.
 *
 * What is written keeps to the objects of docs/architecture.md, "The cluster configuration": ids that begin with
 * hactl-, apart from VMs' own primitives and the node attribute `standby`, which bears the id that pcs gives it.
 */
#ifndef IO_CIB_CHANGE_H
#define IO_CIB_CHANGE_H

#include <libxml/tree.h>

#include "agent/core/model/ha_config.h"

typedef enum {
    IO_CIB_CHANGE_LOST,       /* the term no longer holds, as the cached CIB shows already */
    IO_CIB_CHANGE_IMPOSSIBLE, /* it names what is not there, or what is there already */
} IoCibChangeError;

#define IO_CIB_CHANGE_ERROR (io_cib_change_error_quark())
GQuark io_cib_change_error_quark(void);

typedef struct {
    char *remove_path; /* nullable: XPath of everything that goes; delete with cib_xpath | cib_multiple */
    char *modify_path; /* nullable: XPath of <configuration>; modify with cib_xpath */
    gboolean replaces; /* modify_path is that of <resources>: replace with cib_xpath */
    gboolean at_once;  /* what goes and what is set belong together: io_cib_patch.h */
    xmlDoc *doc;       /* its root is the <configuration> to merge, or the <resources> to put in place; owned */
    GPtrArray
        *undisturbed; /* char*: VMs whose pins go, and every VM when a definition changes: the simulation judges them */
    GPtrArray *tools; /* GStrv: to run after both, for what lies in the status section */
} IoCibWrite;

/**
 * io_cib_write_changes - @changes as operations.
 * @cib: borrowed; the cached <cib>: which ids attributes bear already, which template exists, what is set in the status
 * section.
 * @term: above 0.
 * @changes: HaChange*, borrowed, each complete (ha_config.h), names checked by ha_name_check.
 *
 * Returns: (transfer full); NULL with an IO_CIB_CHANGE_ERROR.
 */
IoCibWrite *io_cib_write_changes(const xmlNode *cib, guint64 term, const GPtrArray *changes, GError **error);

/**
 * io_cib_write_term - take the term after @old_term, if nobody has.
 * @old_term: 0 when the CIB has none.
 *
 * Returns: (transfer full), without a removal; NULL with IO_CIB_CHANGE_LOST when @cib shows a later term already.
 */
IoCibWrite *io_cib_write_term(const xmlNode *cib, guint64 old_term, const char *self, GError **error);

/**
 * io_cib_write_forget - delete the superseded migration records of @vm (io_cib_forget.h).
 *
 * @ret_node: nullable; borrowed from @cib: where the VM is at rest, NULL when it is not.
 *
 * Not conditional on a term: whoever deletes them, the outcome is the same. Every setting and clearing of a pin
 * contains it. Returns: (transfer full), without a modification; without a removal too when there is nothing to forget.
 */
IoCibWrite *io_cib_write_forget(const xmlNode *cib, const char *vm, const char **ret_node);

void io_cib_write_free(IoCibWrite *write);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoCibWrite, io_cib_write_free)

/** io_cib_write_preview - do to @doc, a copy of the CIB, what both operations would do. For the simulation. */
void io_cib_write_preview(const IoCibWrite *write, xmlDoc *doc);

#endif
