/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_fence_history - what Pacemaker's fencers remember: `stonith_admin --history '*' --output-as=xml`. It is lost when
 * the whole cluster stops.
 */
#ifndef IO_FENCE_HISTORY_H
#define IO_FENCE_HISTORY_H

#include <glib.h>

typedef struct {
    char *target, *action, *status; /* "reboot"; "success", "failed", "pending" */
    char *reason;                   /* nullable: of a failure */
    gint64 when_s;                  /* Unix time of its end; 0 when it has none yet */
    gboolean succeeded;
} IoFenceEvent;

/** io_fence_history_read - Returns: (transfer full) IoFenceEvent*, the newest first; NULL with @error when it is no
 * such text. */
GPtrArray *io_fence_history_read(const char *xml, GError **error);

#endif
