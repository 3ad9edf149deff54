/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_guard_rule - may a VM be started here, by what the other hosts say of it? Pure.
 *
 * Pacemaker starts a VM only where it believes that none runs. This rule catches where it believes wrongly: a migration
 * that arrived although its source died before it could say so, a host that was declared fenced and lives, an admin's
 * own `virsh start`.
 *
 *   answer                   member of the cluster                         lost host
 *   has it                   refuse                                        refuse: it was not fenced
 *   arriving                 ask again; at last refuse                     the same
 *   absent                   start                                         start
 *   silent, unreachable      ask again; then refuse if a migration         start: whether it is off is for Pacemaker's
 *                            between here and there is on record           fencing to know, silence proves nothing
 *
 * A member whose libvirt is silent cannot hold every recovery up. Pacemaker knows of its VMs all the same: monitor and
 * stop judge by the processes when libvirt does not answer (ra_monitor.c). What they cannot have seen is a VM that came
 * by migration since, and that leaves a record in Pacemaker's history, which hactl deletes when the move has landed.
 */
#pragma once

#include <glib.h>

typedef enum {
    RA_GUARD_ABSENT,      /* its libvirt answered: no such VM runs there */
    RA_GUARD_HAS_IT,      /* running, paused, leaving, half of a post-copy: its memory and disks are in use */
    RA_GUARD_ARRIVING,    /* an incoming migration; it does not run there yet */
    RA_GUARD_SILENT,      /* the machine answers, its libvirt does not */
    RA_GUARD_UNREACHABLE, /* nobody answers at its address */
} RaGuardAnswer;

typedef struct {
    char *node;
    gboolean member; /* of corosync's present membership */
    RaGuardAnswer answer;
    gboolean migration_on_record; /* one of this VM, from or to it; only asked for when RA_GUARD_RECORD was returned */
} RaGuardPeer;

typedef enum {
    RA_GUARD_START,  /* nothing known speaks against it */
    RA_GUARD_AGAIN,  /* ask the hosts once more */
    RA_GUARD_RECORD, /* read migration_on_record of every peer, then judge with recorded = TRUE */
    RA_GUARD_REFUSE
} RaGuardVerdict;

/**
 * ra_guard_judge - judge the answers.
 * @peers: n, of RaGuardPeer*; borrowed.
 * @patience_over: silent members were asked for long enough.
 * @time_over: there is no time left to ask an arriving VM's host again.
 * @recorded: migration_on_record is known.
 * @ret_peer: the peer that decided, borrowed; NULL with RA_GUARD_START.
 */
RaGuardVerdict ra_guard_judge(const GPtrArray *peers, gboolean patience_over, gboolean time_over, gboolean recorded,
    const RaGuardPeer **ret_peer);

/** ra_guard_reason - why this peer made the rule refuse, for the admin; owned by the caller. */
char *ra_guard_reason(const RaGuardPeer *peer);
