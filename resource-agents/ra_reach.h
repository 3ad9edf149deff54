/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ra_reach - is anybody at a libvirt URI's address? Asked of the kernel there, which answers however busy its machine
 * is. */
#pragma once

#include <glib.h>

typedef enum {
    RA_REACH_OPEN,    /* something listens; or the URI has no address on the network */
    RA_REACH_REFUSED, /* the machine answers, nothing listens */
    RA_REACH_NOBODY   /* no answer in time, no route, no such name */
} RaReach;

/** ra_reach - connect, and hang up at once. A name lookup may take longer than @timeout_ms. */
RaReach ra_reach(const char *uri, gint timeout_ms);

/**
 * ra_reach_address - what to connect to.
 * Returns: FALSE when @uri is a local one, or none; else @ret_host (owned by the caller) and @ret_port, libvirt's
 * default for the transport when the URI has none. Pure.
 */
gboolean ra_reach_address(const char *uri, char **ret_host, guint16 *ret_port);
