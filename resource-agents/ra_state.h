/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_state - what a domain's state means to the cluster: one table. Pure.
 *
 * "Running" means: this host has the VM, it must not be started elsewhere. It covers a paused one, since its memory and
 * its disks are in use. An incoming migration is not running here: it still runs on its source.
 * Source: docs/states.md, "What monitor reports".
 */
#pragma once

#include "agent/migrate/mig_host.h"
#include "resource-agents/ra_env.h"

typedef enum {
    RA_STATE_RUNNING,
    RA_STATE_ARRIVING,    /* an incoming migration: not running here yet */
    RA_STATE_NOT_RUNNING, /* certain */
    RA_STATE_IO_ERROR,    /* paused by QEMU, its storage failed: the policy decides */
    RA_STATE_SPLIT,       /* post-copy: never stop either half */
    RA_STATE_FAILED       /* crashed, or in no state to rely on */
} RaState;

/**
 * ra_state_judge - look a state up in the table.
 * @look: borrowed.
 * @ret_note: a static clause for the admin, or NULL where there is nothing to remark; may be NULL.
 */
RaState ra_state_judge(const MigLook *look, const char **ret_note);

/** ra_state_exit - what monitor returns for it. */
RaExit ra_state_exit(RaState state, RaIoPolicy on_io_error);

/**
 * ra_state_is_ours - is the domain that bears our name the VM that is meant?
 * @uuid: by the definition; NULL: not known.
 *
 * hactl starts transient domains. One that is persistent and has another uuid is somebody else's, and is left alone. A
 * transient one with another uuid was started from an older definition: it is ours, and counting it as absent would let
 * a second one start elsewhere.
 */
gboolean ra_state_is_ours(const MigLook *look, const char *uuid);
