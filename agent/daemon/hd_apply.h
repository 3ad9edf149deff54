/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hd_apply - the parts of `hactl apply`, `diff` and `export` that the host they are typed on does. A part of hd_call.c.
 */
#ifndef HD_APPLY_H
#define HD_APPLY_H

#include "agent/daemon/hd_daemon.h"

/** hd_apply_plan - what applying would do, as far as this host sees. @request: an APPLY. Returns: (transfer full) a
 * frame. */
GBytes *hd_apply_plan(HdDaemon *daemon, const HaRequest *request);

/** hd_apply_export - the manifest of what the cluster is. Returns: (transfer full) a frame. */
GBytes *hd_apply_export(HdDaemon *daemon);

/**
 * hd_apply_store - keep definitions here, and have the peers keep them.
 * @definitions: WireDefinition*, borrowed, at least one.
 * @cast: FALSE: for a dry run; here only.
 *
 * All are read before any is sent. Returns: (transfer full) the last one's hash: when its multicast comes back, all are
 * everywhere; NULL and @error.
 */
char *hd_apply_store(HdDaemon *daemon, const GPtrArray *definitions, gboolean cast, GError **error);

#endif
