/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cmap - names: corosync's node list and the cluster's name, out of its configuration map.
 *
 * A snapshot. Read it again when a member appears that it doesn't know (the list can be changed at run time).
 */
#ifndef IO_CMAP_H
#define IO_CMAP_H

#include <glib.h>

typedef struct {
    guint32 node_id;
    char *name;
    gboolean member; /* of the present membership */
} IoCmapNode;

typedef struct {
    char *cluster; /* nullable: totem.cluster_name */
    guint32 self_id;
    GPtrArray *nodes; /* IoCmapNode*, ascending node_id */
} IoCmap;

/**
 * io_cmap_read - ask corosync. A few local round trips, about a millisecond.
 *
 * A node's name is what Pacemaker calls it: nodelist.node.N.name, else ring0_addr unless that is an IP address, else
 * (for this host) `uname -n`. A node without a name is left out. Returns: (transfer full); NULL and @error when
 * corosync is away or has no node list.
 */
IoCmap *io_cmap_read(GError **error);
void io_cmap_free(IoCmap *cmap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoCmap, io_cmap_free)

/** io_cmap_name - Returns: borrowed, NULL when the id isn't in the list. */
const char *io_cmap_name(const IoCmap *cmap, guint32 node_id);
/** io_cmap_self - this host's own name. Returns: borrowed, never NULL. */
const char *io_cmap_self(const IoCmap *cmap);

#endif
