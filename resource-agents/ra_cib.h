/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ra_cib - the CIB, read by an action. An action never writes it. */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

/**
 * ra_cib_read - the local CIB (`cibadmin --query --local`), asked for at most @timeout_ms.
 * @scope: a section of the configuration, whose element is the root then; NULL: all of it.
 * Returns: a document, free with xmlFreeDoc; NULL when it can't be had.
 */
xmlDoc *ra_cib_read(const char *scope, gint64 timeout_ms);

/**
 * ra_cib_has_migration - does Pacemaker's history hold a migration of @vm, begun or ended, from or to @node?
 * @cib: borrowed, any document. @vm, @node: names without quotes, as XML ids have none; others count as TRUE.
 */
gboolean ra_cib_has_migration(xmlDoc *cib, const char *vm, const char *node);

/** ra_cib_node_memory - the utilization `memory` that an admin gave @node, in MiB; 0 for none. @nodes: of that scope. */
guint64 ra_cib_node_memory(xmlDoc *nodes, const char *node);
