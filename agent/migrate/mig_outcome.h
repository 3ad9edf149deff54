/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_outcome - where a VM is after a migration, judged from both hosts.
 *
 * Pure. libvirt's answer to the migrate call is one witness among three: a call can fail although the VM has arrived
 * (the confirmation was lost), and a client can lose the call altogether.
 */
#pragma once

#include <glib.h>

/** What one host says of the VM. */
typedef enum {
    MIG_SIDE_UNKNOWN,  /* the host did not answer */
    MIG_SIDE_ABSENT,   /* no such domain, or it is shut off */
    MIG_SIDE_RUNNING,  /* it runs, and no migration job is active */
    MIG_SIDE_LEAVING,  /* an outgoing migration is active */
    MIG_SIDE_ARRIVING, /* an incoming migration is active: not running here */
    MIG_SIDE_HELD,     /* here, paused for a reason other than migration */
    MIG_SIDE_SPLIT,    /* post-copy, whole or broken: half of the VM's memory is elsewhere */
    MIG_SIDE_STRANGER  /* a domain of that name with another uuid */
} MigSide;

typedef enum {
    MIG_OUTCOME_ON_TARGET, /* it has arrived */
    MIG_OUTCOME_ON_SOURCE, /* it stayed, undisturbed */
    MIG_OUTCOME_NOWHERE,   /* both hosts answered, neither has it: the guest ended meanwhile */
    MIG_OUTCOME_BOTH,      /* both run it: an alarm, never to be resolved by stopping either */
    MIG_OUTCOME_SPLIT,     /* post-copy stands open: destroy neither */
    MIG_OUTCOME_UNCLEAR    /* look again; if time is up, an error */
} MigOutcome;

/**
 * mig_outcome_judge - decide from what both hosts say.
 * @call_succeeded: the migrate call returned success to us.
 * @source, @target: what each host says.
 *
 * Pure. MIG_OUTCOME_UNCLEAR may clear up: the caller asks again until its deadline.
 * Returns: the outcome.
 * Source: docs/states.md, "After a migration".
 */
MigOutcome mig_outcome_judge(gboolean call_succeeded, MigSide source, MigSide target);

/** mig_outcome_text - one short English clause for people; static. */
const char *mig_outcome_text(MigOutcome outcome);
