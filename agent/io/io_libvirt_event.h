/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_libvirt_event - libvirt's event loop, in a thread and a GMainContext of its own.
 *
 * libvirt's default implementation is no choice here: it iterates the default GMainContext, which is hactld's main
 * loop, and so would run libvirt's callbacks there, or hactld's in the wrong thread. The loop is libvirt's for the
 * whole process and never ends.
 */
#ifndef IO_LIBVIRT_EVENT_H
#define IO_LIBVIRT_EVENT_H

/** io_libvirt_event_start - once a process, before the first connection; further calls do nothing. Any thread. */
void io_libvirt_event_start(void);

#endif
