/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_libvirt_state - what libvirt's state, its reason and the running job mean to hactl. Pure.
 */
#ifndef IO_LIBVIRT_STATE_H
#define IO_LIBVIRT_STATE_H

#include "agent/core/model/ha_types.h"

typedef enum {
    IO_LIBVIRT_JOB_UNKNOWN, /* nobody asked, or no answer yet */
    IO_LIBVIRT_JOB_NONE,
    IO_LIBVIRT_JOB_OUTGOING, /* a migration away from here */
    IO_LIBVIRT_JOB_INCOMING,
    IO_LIBVIRT_JOB_OTHER, /* start, save, backup, snapshot, dump */
} IoLibvirtJob;

/**
 * io_libvirt_state - map.
 * @state: virDomainState. @reason: of that state.
 *
 * Returns: never UNKNOWN. ABSENT for a domain that is shut off. Anything that libvirt says of an active domain and we
 * don't know is RUNNING: to take a running VM for stopped is the worse error.
 */
HaVmState io_libvirt_state(int state, int reason, IoLibvirtJob job);

/** io_libvirt_state_needs_job - does the state by itself leave open whether the VM comes or goes? */
gboolean io_libvirt_state_needs_job(int state, int reason);

#endif
