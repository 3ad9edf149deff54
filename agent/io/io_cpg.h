/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cpg - corosync's closed process group: ordered multicast among the hactld of the cluster.
 *
 * Messages arrive in one order everywhere, the sender included; a member that leaves has delivered the same messages
 * as the rest (virtual synchrony). When corosync goes away, io_cpg tries again every second by itself; what was queued
 * is dropped with the connection. All callbacks run on the default main context, never inside io_cpg_new or
 * io_cpg_send.
 */
#ifndef IO_CPG_H
#define IO_CPG_H

#include <glib.h>

#define IO_CPG_GROUP "hactl"
#define IO_CPG_QUEUE_MESSAGES_MAX 1024u
#define IO_CPG_QUEUE_BYTES_MAX (8u * 1024u * 1024u)
#define IO_CPG_MESSAGE_BYTES_MAX (512u * 1024u) /* corosync cuts above 1 MiB */

typedef struct IoCpg IoCpg;

/* None of them may free the IoCpg. */
typedef struct {
    /* connected: this process is in the group (a members call follows). Not connected: alone, nothing can be sent. */
    void (*state)(gboolean connected, gpointer data);
    /* @node_ids: borrowed, ascending, no doubles, this node among them. @ring_seq: sequence number of the totem ring.
     */
    void (*members)(const guint32 *node_ids, guint n, guint64 ring_seq, gpointer data);
    /* @bytes: borrowed, @len in 1..IO_CPG_MESSAGE_BYTES_MAX (longer ones are dropped). Not yet checked by anybody. */
    void (*message)(guint32 from_node_id, const guint8 *bytes, gsize len, gpointer data);
} IoCpgHandler;

#define IO_CPG_ERROR io_cpg_error_quark()
GQuark io_cpg_error_quark(void);
typedef enum {
    IO_CPG_ERROR_AWAY, /* not connected to corosync */
    IO_CPG_ERROR_FULL, /* the queue is full: corosync does not take messages as fast as they come */
    IO_CPG_ERROR_SIZE, /* empty, or above IO_CPG_MESSAGE_BYTES_MAX */
} IoCpgError;

/**
 * io_cpg_new - join the group as soon as corosync is there.
 * @group: 1..127 bytes; IO_CPG_GROUP but in tests.
 * @handler: copied.
 */
IoCpg *io_cpg_new(const char *group, const IoCpgHandler *handler, gpointer data);

/** io_cpg_free - leave. @cpg: nullable. */
void io_cpg_free(IoCpg *cpg);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoCpg, io_cpg_free)

/**
 * io_cpg_send - multicast to every member, this one included.
 * @bytes: borrowed, copied when it has to wait.
 *
 * Never blocks. Messages are sent in order. TRUE means queued or sent, not delivered: a corosync that dies loses it.
 * Returns: FALSE and @error (IO_CPG_ERROR) when nothing was queued.
 */
gboolean io_cpg_send(IoCpg *cpg, const guint8 *bytes, gsize len, GError **error);

/** io_cpg_self_id - this node's corosync id; 0 when not connected. */
guint32 io_cpg_self_id(const IoCpg *cpg);

/** io_cpg_joined - when this process joined the group: the ring's sequence number above, Unix seconds in the lower 32
 * bits; 0 when not connected. Lower is older.
 */
guint64 io_cpg_joined(const IoCpg *cpg);

/** io_cpg_last_error - why it isn't connected. Returns: borrowed, NULL while connected. */
const char *io_cpg_last_error(const IoCpg *cpg);

#endif
