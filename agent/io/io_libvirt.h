/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_libvirt - what this host's hypervisor says of its VMs, and the few things hactld asks of it.
 *
 * The main loop makes no libvirt call: every call is an io_task with a deadline, events come from a thread of their own
 * (io_libvirt_event). A sample is one bulk call every 2 s that touches no QEMU monitor, so that a hung QEMU can't delay
 * it, and again 100 ms after an event (lifecycle, reboot, I/O error, migration pass). What needs a monitor (processor
 * time and memory every 10 s, the jobs of domains that migrate) is asked for separately. When libvirt does not answer
 * in time it is AWAY: VMs are then unknown, never stopped.
 */
#ifndef IO_LIBVIRT_H
#define IO_LIBVIRT_H

#include "agent/core/model/ha_report.h"

#define IO_LIBVIRT_URI "qemu:///system"
#define IO_LIBVIRT_URI_ENV "HACTL_LIBVIRT_URI" /* outranks the default: tests and rehearsals */
#define IO_LIBVIRT_CANCEL_DIR "/run/hactl/cancel"
#define IO_LIBVIRT_STUCK_MAX 4u /* threads left behind in calls that never returned; at that many, no new ones */

typedef struct IoLibvirt IoLibvirt;

typedef struct {
    /* Something other than numbers is different: libvirt's state, the set of VMs, a VM's state. On the default main
     * context. */
    void (*changed)(gpointer data);
} IoLibvirtHandler;

typedef struct {
    const char *uri;
    const char *cancel_dir;
    guint sample_ms;
    guint deadline_ms; /* of one call */
} IoLibvirtOptions;

/** io_libvirt_options_init - the defaults: URI from the environment or IO_LIBVIRT_URI, 2000 ms, 5000 ms. */
void io_libvirt_options_init(IoLibvirtOptions *options);

/** io_libvirt_new - begin to sample; reconnects by itself. @options, @handler: copied. */
IoLibvirt *io_libvirt_new(const IoLibvirtOptions *options, const IoLibvirtHandler *handler, gpointer data);
/** io_libvirt_free - @io: nullable. Calls under way get no callback any more. */
void io_libvirt_free(IoLibvirt *io);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoLibvirt, io_libvirt_free)

/** io_libvirt_fill - copy the last sample: libvirt, libvirt_error, hypervisor, vms (none while AWAY; sorted by the
 * caller's ha_report_sort). */
void io_libvirt_fill(const IoLibvirt *io, HaReport *report);

/** io_libvirt_look - sample soon, and ask for @vm's job: somebody says that it migrates. @vm: nullable. Costs nothing
 * when that is known already. */
void io_libvirt_look(IoLibvirt *io, const char *vm);

/** IoLibvirtDone - @error: borrowed, NULL on success. */
typedef void (*IoLibvirtDone)(const GError *error, gpointer data);
/** IoLibvirtXmlDone - @xml: borrowed, NULL with @error. */
typedef void (*IoLibvirtXmlDone)(const char *xml, const GError *error, gpointer data);

/**
 * io_libvirt_cancel - stop an outgoing migration of @vm, now and for the agent that may be about to begin one.
 * Writes the mark cancel_dir/VM at once (the agent looks at it before and while it migrates), then aborts the job if
 * there is one. Success: the mark is there, and no outgoing job, or its abort was accepted. @done: exactly once, on the
 * main context.
 */
void io_libvirt_cancel(IoLibvirt *io, const char *vm, IoLibvirtDone done, gpointer data);
/** io_libvirt_uncancel - remove the mark. A mark that isn't there is a success. */
gboolean io_libvirt_uncancel(IoLibvirt *io, const char *vm, GError **error);

/**
 * io_libvirt_check - would libvirt on this host understand this definition?
 * Nothing is defined. @done: exactly once; G_IO_ERROR_INVALID_DATA with libvirt's reason when it would not. Any other
 * error says that it could not be asked, or can't tell.
 */
void io_libvirt_check(IoLibvirt *io, const char *vm, const char *xml, IoLibvirtDone done, gpointer data);

/**
 * io_libvirt_check_cpu - could this host offer the processor that a running VM was given?
 * @text: io_cpu.h. libvirt compares, as it would when the VM arrives. @done: exactly once; G_IO_ERROR_INVALID_DATA with
 * libvirt's reason when it can't. Any other error says that nobody can tell.
 */
void io_libvirt_check_cpu(IoLibvirt *io, const char *text, IoLibvirtDone done, gpointer data);

/**
 * io_libvirt_mark - note in a running domain that it runs by this definition (io_definition_mark.h).
 * For one that was started before it was handed over, and whose definition was read from it. @done: exactly once.
 */
void io_libvirt_mark(IoLibvirt *io, const char *vm, const char *hash, IoLibvirtDone done, gpointer data);

/**
 * io_libvirt_domain_xml - the definition of a domain that libvirt has, for `vm add --from-libvirt`.
 * The inactive (next boot's) form with secrets: without ids, aliases and paths of the running process, so that it
 * defines anew anywhere; without a mark.
 */
void io_libvirt_domain_xml(IoLibvirt *io, const char *vm, IoLibvirtXmlDone done, gpointer data);

#endif
