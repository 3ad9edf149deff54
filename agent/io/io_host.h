/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_host - the host's own part of a report: processors, memory, pressure, bridges. Out of /proc and /sys.
 */
#ifndef IO_HOST_H
#define IO_HOST_H

#include "agent/core/model/ha_report.h"

typedef struct IoHost IoHost;

/**
 * io_host_new - @root: "" for the real /proc and /sys, a directory that holds proc/ and sys/ in tests. Copied.
 * @reserve_bytes: memory kept for the host itself; 0 = ha_report_reserve_default.
 */
IoHost *io_host_new(const char *root, guint64 reserve_bytes);
/** io_host_free - @host: nullable. */
void io_host_free(IoHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoHost, io_host_free)

/**
 * io_host_fill - read, and set: cores, mem_*, cpu_permille, load1_permille, psi_*, bridges.
 * cpu_permille is over the time since the fill before, at least half a second (else the value before is given again).
 * What the kernel doesn't tell stays 0.
 * Returns: FALSE and @error when /proc/stat or /proc/meminfo can't be read or understood; the rest is set nevertheless.
 */
gboolean io_host_fill(IoHost *host, HaReport *report, GError **error);

/** io_host_ipc_buffer - PCMK_ipc_buffer of /etc/default/pacemaker or /etc/sysconfig/pacemaker, in bytes; 0 when it is
 * not set there. @root: as for io_host_new. */
guint64 io_host_ipc_buffer(const char *root);

#endif
