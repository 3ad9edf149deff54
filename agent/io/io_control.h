/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_control - the control socket: accepts clients, frames, checks who they are, hands over their Calls.
 *
 * It runs on the thread-default GMainContext of the thread that made it, and decides nothing: the protocol is in
 * agent/wire/wire_control.h, what a Call means is the handler's matter. Every client is bounded: its input, its output,
 * its time.
 */
#ifndef IO_CONTROL_H
#define IO_CONTROL_H

#include "agent/wire/wire_control.h"

#define IO_CONTROL_PATH "/run/hactl/hactld.sock"
#define IO_CONTROL_CLIENTS_MAX 64u
#define IO_CONTROL_OUTPUT_MAX (4u * 1024u * 1024u) /* bytes waiting for one client; a single frame may be larger */

typedef struct IoControl IoControl;
typedef struct IoControlClient IoControlClient;

typedef struct {
    /**
     * call - a client asks. Answer now or later, by io_control_send and then io_control_finish.
     * @client: valid until `gone` is called for it, or the handler calls io_control_finish.
     * @call: borrowed; members may be taken over (g_steal_pointer).
     * @uid: the caller's, by SO_PEERCRED: 0 or this process's own.
     */
    void (*call)(IoControlClient *client, WireCall *call, guint uid, gpointer data);
    /** gone - a client that was not finished yet has hung up or was cut off. Never called from within io_control_send.
     */
    void (*gone)(IoControlClient *client, gpointer data);
} IoControlHandler;

typedef struct {
    guint frame_ms;  /* from accept to a complete frame; default 10000 */
    guint flush_ms;  /* from io_control_finish to the last byte taken by the client; default 10000 */
    guint linger_ms; /* from the last byte to the client's hanging up; default 1000 */
    guint clients;   /* default IO_CONTROL_CLIENTS_MAX */
} IoControlLimits;

/**
 * io_control_new - listen.
 * @path: of the socket; its directory is made (0755) when missing. A lock file "PATH.lock" beside it is held while this
 * process lives.
 * @handler: borrowed, outlives the socket; both members set.
 *
 * A socket left by a killed daemon is replaced; one that a living daemon serves is refused (G_IO_ERROR_ADDRESS_IN_USE).
 * Returns: (transfer full) NULL on failure.
 */
IoControl *io_control_new(const char *path, const IoControlHandler *handler, gpointer data, GError **error);

/** io_control_free - cut every client off (without `gone`), remove the socket. @control: nullable. */
void io_control_free(IoControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoControl, io_control_free)

/** io_control_set_limits - for clients accepted from now on. Members 0 keep their value. */
void io_control_set_limits(IoControl *control, const IoControlLimits *limits);

/**
 * io_control_send - queue one frame.
 * @frame: borrowed (a reference is taken): as the wire_*_build functions return it.
 *
 * A client with more than IO_CONTROL_OUTPUT_MAX waiting is cut off: its `gone` comes from the main loop.
 */
void io_control_send(IoControlClient *client, GBytes *frame);

/** io_control_queued - bytes that the client has not taken yet: a watch may skip a turn while it is not 0. */
gsize io_control_queued(const IoControlClient *client);

/** io_control_finish - close when everything queued is out. @client is not to be used any more; no `gone` follows. */
void io_control_finish(IoControlClient *client);

#endif
