/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_storage_probe - one look at one storage key. Internal to io_storage.
 */
#ifndef IO_STORAGE_PROBE_H
#define IO_STORAGE_PROBE_H

#include <glib.h>

typedef struct IoProbe IoProbe;

/* On the main context, never inside io_probe_begin. Either verdict, or hang and then (perhaps never) returned; after
 * verdict or returned the IoProbe is gone. */
typedef struct {
    void (*verdict)(gboolean ok, const char *reason, gpointer data); /* @reason: borrowed, NULL when ok */
    void (*hang)(const char *reason, gpointer data);
    void (*returned)(gpointer data);
} IoProbeHandler;

/**
 * io_probe_begin - look.
 * @key: "PROTOCOL://HOST:PORT[,HOST:PORT...]" (ok when one of them accepts a connection), "rbd://POOL" (ok when the
 * host has Ceph's configuration), "file:DIRECTORY", "block:PATH", "unix:PATH". Any other key's verdict is "not
 * understood".
 * @handler: borrowed, static.
 */
IoProbe *io_probe_begin(const char *key, guint timeout_ms, const IoProbeHandler *handler, gpointer data);
/** io_probe_drop - no callback any more. @probe: nullable. */
void io_probe_drop(IoProbe *probe);

#endif
