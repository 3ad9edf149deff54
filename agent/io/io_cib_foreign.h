/* SPDX-License-Identifier: GPL-2.0-or-later */
/* io_cib_foreign - what an administrator's own configuration says of a VM: hactl removes none of it. */
#ifndef IO_CIB_FOREIGN_H
#define IO_CIB_FOREIGN_H

#include <glib.h>
#include <libxml/tree.h>

/** io_cib_foreign_constraints - those that name @id. Returns: (transfer full) their ids, space separated, "" for none.
 */
char *io_cib_foreign_constraints(const xmlNode *cib, const char *id);

/**
 * io_cib_foreign_free - is the VM named by no constraint or tag but hactl's own?
 * @cib: borrowed, the root. @vm: its name.
 * Returns: FALSE and IO_CIB_CHANGE_IMPOSSIBLE, with the ids and the commands that remove them.
 */
gboolean io_cib_foreign_free(const xmlNode *cib, const char *vm, GError **error);

#endif
