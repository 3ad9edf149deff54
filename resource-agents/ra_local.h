/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ra_local - what several actions need of this host: its libvirt, and the VM's identity and definition. */
#pragma once

#include "agent/migrate/mig_domain.h"
#include "agent/migrate/mig_host.h"
#include "resource-agents/ra_env.h"

#define RA_STEP_MS 200

/** ra_local_open - connect to libvirt here, again and again until @until_us (monotonic); NULL and @error then. */
MigHost *ra_local_open(const RaEnv *env, gint64 until_us, GError **error);

/** ra_local_look - mig_host_look with the usual deadline, cut at the operation's. */
gboolean ra_local_look(const RaEnv *env, MigHost *host, MigLook *ret_look, GError **error);

/** ra_local_uuid - the VM's uuid by its definition, owned by the caller; NULL when the definition is not here. */
char *ra_local_uuid(const RaEnv *env);

/**
 * ra_local_definition - the VM's definition, checked: hash, XML, this VM's name, a uuid.
 * @until_us: wait for it until then, monotonic.
 * @ret_xml: set on RA_OK, owned by the caller: to be started as it is, marked with its hash (io_definition_mark.h).
 * @ret_domain: set on RA_OK, owned by the caller; may be NULL.
 *
 * Returns: RA_OK, or the exit code, the reason having been printed: RA_ERR_INSTALLED when it is not on this node
 * (others may have it), RA_ERR_GENERIC when this node's copy is damaged, RA_ERR_ARGS when it cannot be this VM's
 * anywhere.
 */
RaExit ra_local_definition(const RaEnv *env, gint64 until_us, char **ret_xml, MigDomain **ret_domain);
