/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_change_list - what follows for a write from its changes taken together: its condition, whom it must not
 * disturb, whether it may be seen half done. For io_cib_change.c alone.
 */
#ifndef IO_CIB_CHANGE_LIST_H
#define IO_CIB_CHANGE_LIST_H

#include <libxml/tree.h>

#include "agent/core/model/ha_config.h"

/** io_cib_change_list_has - is there one of @kind? @changes: HaChange*, here and below. */
gboolean io_cib_change_list_has(const GPtrArray *changes, HaChangeKind kind);

/**
 * io_cib_change_list_at_rest - @condition, and that no VM whose pin is set or cleared has a migrate_to pending.
 * @condition: XPath of <cib>.
 * Returns: (transfer full).
 */
char *io_cib_change_list_at_rest(const GPtrArray *changes, const char *condition);

/** io_cib_change_list_neighbours - the VMs of @cib that @changes could push off, put into @names (char*, owned). */
void io_cib_change_list_neighbours(const GPtrArray *changes, const xmlNode *cib, GPtrArray *names);

/**
 * io_cib_change_list_at_once - they concern groups, and are not to be seen half done.
 * With a pin they are two operations: its condition is one on Pacemaker's status, which a patchset does not look at.
 */
gboolean io_cib_change_list_at_once(const GPtrArray *changes);

#endif
