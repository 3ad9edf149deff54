/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_proc - look for a VM's QEMU process without libvirt.
 *
 * When libvirt does not answer, this is what tells a VM that runs from one that does not; when libvirt answers that it
 * has no such domain, it finds the process that libvirt has lost.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef enum {
    RA_PROC_NONE,   /* certain: every process was seen, none is it */
    RA_PROC_FOUND,  /* ret_pid is set */
    RA_PROC_UNKNOWN /* some process could not be looked at */
} RaProc;

/**
 * ra_proc_find - search this PID namespace for a QEMU of that name or uuid.
 * @proc_dir: "/proc", or a stand-in.
 * @vm: as in libvirt's "-name guest=VM".
 * @uuid: as in "-uuid"; NULL: the name alone.
 *
 * A zombie has no command line and does not count.
 */
RaProc ra_proc_find(const char *proc_dir, const char *vm, const char *uuid, pid_t *ret_pid);

/**
 * ra_proc_is_vm - does this command line belong to that VM's QEMU?
 * @cmdline: @len bytes, arguments separated by NUL, as /proc/PID/cmdline has them.
 *
 * Pure.
 */
gboolean ra_proc_is_vm(const char *cmdline, gsize len, const char *vm, const char *uuid);

/**
 * ra_proc_kill - end the VM's QEMU process that libvirt cannot end: SIGTERM, then SIGKILL for the last third of the
 * time.
 * @until_us: monotonic.
 *
 * Returns: TRUE when no such process is left, FALSE otherwise.
 */
gboolean ra_proc_kill(const char *proc_dir, const char *vm, const char *uuid, gint64 until_us);
