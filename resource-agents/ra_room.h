/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_room - before a VM is started: has this host the memory for it? ra_room_rule.h decides.
 *
 * Starts run side by side, and libvirt shows a VM only when it is there. So each start claims its memory first: a file
 * in RUN_DIR/starts that bears the VM's name and holds the MiB, locked (flock) by the process as long as the start
 * lasts. A file that nobody holds locked is left over from an agent that was killed, and counts for nothing. Claims are
 * made one at a time, so that each start counts those made before it: of two that fit only singly the first one wins.
 */
#pragma once

#include "agent/migrate/mig_host.h"
#include "resource-agents/ra_env.h"

typedef struct RaRoomClaim RaRoomClaim;

/**
 * ra_room_claim - @needed_mib for the VM of @env, or why not.
 * @needed_mib: 0: not known, always granted.
 * @ret_claim: set on RA_OK, (transfer full), nullable: to be released when the domain is there, or is not going to be.
 * @ret_why: set on a refusal, (transfer full), for the admin.
 *
 * A host whose memory is not known refuses nobody.
 * Returns: RA_OK; RA_ERR_INSTALLED when the host has not the memory: it bars the host for this VM whatever
 * start-failure-is-fatal says, so that Pacemaker tries another at once; RA_ERR_GENERIC when libvirt can't be asked.
 */
RaExit ra_room_claim(const RaEnv *env, MigHost *host, guint64 needed_mib, RaRoomClaim **ret_claim, char **ret_why);

/** ra_room_release - @claim: nullable. */
void ra_room_release(RaRoomClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RaRoomClaim, ra_room_release)
