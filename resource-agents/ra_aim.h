/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_aim - is a migration's target still where the cluster wants the VM?
 *
 * When a VM's place changes while migrate_to runs (the pin removed, the target put in standby), Pacemaker takes a
 * successful migrate_to for half a migration that can't go on: it stops the VM on both hosts and starts it anew. A
 * migrate_to that reports a failure is blocked instead (on-fail=block): the VM runs on where it is, hactl cleans up,
 * and Pacemaker moves it on, live. So the agent looks before it reports success. It reads the CIB; it never writes it.
 */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

typedef struct {
    char *pin;        /* nullable: the node of hactl-pin-VM */
    gboolean standby; /* the target's, permanent or until its reboot */
} RaAim;

void ra_aim_clear(RaAim *aim);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RaAim, ra_aim_clear)

/** ra_aim_parse - read it out of a CIB. @cib: borrowed document, any. */
void ra_aim_parse(xmlDoc *cib, const char *vm, const char *target, RaAim *ret_aim);

/**
 * ra_aim_read - ask the local CIB (`cibadmin --query --local`), for at most @timeout_ms.
 * Returns: FALSE when it can't be asked: then nothing is known to have changed.
 */
gboolean ra_aim_read(const char *vm, const char *target, gint64 timeout_ms, RaAim *ret_aim);

/** ra_aim_changed - Returns: NULL, or (static) what has changed, for the exit reason. */
const char *ra_aim_changed(const RaAim *before, const RaAim *now, const char *target);
