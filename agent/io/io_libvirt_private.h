/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_libvirt_private - what io_libvirt.c (sampling) and io_libvirt_request.c (cancel, XML) share.
 */
#ifndef IO_LIBVIRT_PRIVATE_H
#define IO_LIBVIRT_PRIVATE_H

#include "agent/io/io_libvirt.h"
#include "agent/io/io_libvirt_sample.h"
#include "agent/io/io_task.h"

/* A kind of call of which one runs at a time, over one connection that is kept. */
typedef struct {
    IoLibvirt *io;
    IoLibvirtSession *session; /* nullable */
    gboolean busy;
    guint stuck;      /* calls left behind */
    GPtrArray *calls; /* every call whose thread has not returned */
    void (*done)(IoLibvirt *io, gpointer result);
    void (*overdue)(IoLibvirt *io);
} IoLibvirtLane;

struct IoLibvirt {
    char *uri;
    char *cancel_dir;
    guint deadline_ms;
    IoLibvirtHandler handler;
    gpointer data;
    IoLibvirtHub *hub;
    IoLibvirtLane sample;
    IoLibvirtLane detail;
    guint period_source;
    guint soon_source;
    gboolean detail_everything; /* libvirt is new to us: ask for every domain's job once */
    gboolean sample_again;      /* an event came while a sample was under way */
    gint64 numbers_due_us;
    char *error; /* NULL: libvirt answers */
    char *stuck_reason;
    char *hypervisor;     /* nullable */
    GPtrArray *domains;   /* IoLibvirtDomain*, ascending name */
    GHashTable *suspects; /* char*, a set: somebody said that it migrates */
    GPtrArray *requests;  /* io_libvirt_request.c's */
};

/** io_libvirt_drop_requests - no callback any more. */
void io_libvirt_drop_requests(IoLibvirt *io);

#endif
