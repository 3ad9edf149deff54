/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt_state.h"

#include <libvirt/libvirt.h>

static HaVmState running(int reason, IoLibvirtJob job)
{
    if (reason == VIR_DOMAIN_RUNNING_POSTCOPY_FAILED)
        return HA_VM_POSTCOPY_BROKEN;
    return job == IO_LIBVIRT_JOB_OUTGOING ? HA_VM_MIGRATING : HA_VM_RUNNING;
}

static HaVmState paused(int reason, IoLibvirtJob job)
{
    switch (reason) {
    case VIR_DOMAIN_PAUSED_IOERROR:
        return HA_VM_IO_ERROR;
    case VIR_DOMAIN_PAUSED_CRASHED:
        return HA_VM_CRASHED;
    case VIR_DOMAIN_PAUSED_POSTCOPY_FAILED:
        return HA_VM_POSTCOPY_BROKEN;
    case VIR_DOMAIN_PAUSED_POSTCOPY: /* the source, whose guest runs on the target already */
        return HA_VM_MIGRATING;
    case VIR_DOMAIN_PAUSED_MIGRATION: /* the source in its last moments, or the target */
        return job == IO_LIBVIRT_JOB_OUTGOING ? HA_VM_MIGRATING : HA_VM_INCOMING;
    case VIR_DOMAIN_PAUSED_STARTING_UP: /* a target, or a start of our own that lets it run in a moment */
        return job == IO_LIBVIRT_JOB_NONE || job == IO_LIBVIRT_JOB_OTHER ? HA_VM_RUNNING : HA_VM_INCOMING;
    default: /* by a user, a snapshot, a save, a watchdog, ... */
        return job == IO_LIBVIRT_JOB_OUTGOING ? HA_VM_MIGRATING : HA_VM_PAUSED;
    }
}

HaVmState io_libvirt_state(int state, int reason, IoLibvirtJob job)
{
    switch (state) {
    case VIR_DOMAIN_SHUTOFF:
        return HA_VM_ABSENT;
    case VIR_DOMAIN_CRASHED:
        return HA_VM_CRASHED;
    case VIR_DOMAIN_PAUSED:
        return paused(reason, job);
    case VIR_DOMAIN_PMSUSPENDED:
        return job == IO_LIBVIRT_JOB_OUTGOING ? HA_VM_MIGRATING : HA_VM_PAUSED;
    case VIR_DOMAIN_RUNNING:
        return running(reason, job);
    default: /* blocked, being shut down, or not known to us: QEMU is there */
        return job == IO_LIBVIRT_JOB_OUTGOING ? HA_VM_MIGRATING : HA_VM_RUNNING;
    }
}

gboolean io_libvirt_state_needs_job(int state, int reason)
{
    return state == VIR_DOMAIN_PAUSED &&
           (reason == VIR_DOMAIN_PAUSED_MIGRATION || reason == VIR_DOMAIN_PAUSED_STARTING_UP);
}
