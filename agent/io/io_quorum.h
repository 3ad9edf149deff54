/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_quorum - is this side of the cluster quorate? corosync's word, as it changes.
 *
 * Not connected is not quorate. Tries again every second by itself.
 */
#ifndef IO_QUORUM_H
#define IO_QUORUM_H

#include <glib.h>

typedef struct IoQuorum IoQuorum;

typedef struct {
    /* On the default main context, on every change; the first word comes when corosync has spoken, or is away. */
    void (*quorate)(gboolean quorate, gpointer data);
} IoQuorumHandler;

/** io_quorum_new - begin to follow. @handler: copied. */
IoQuorum *io_quorum_new(const IoQuorumHandler *handler, gpointer data);
/** io_quorum_free - @quorum: nullable. */
void io_quorum_free(IoQuorum *quorum);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoQuorum, io_quorum_free)

/** io_quorum_quorate - the last word; FALSE before the first, and while corosync is away. */
gboolean io_quorum_quorate(const IoQuorum *quorum);

/** io_quorum_last_error - why corosync can't be asked. Returns: borrowed, NULL while connected. */
const char *io_quorum_last_error(const IoQuorum *quorum);

#endif
