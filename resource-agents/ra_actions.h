/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_actions - the actions of ocf:hactl:vm.
 *
 * Each takes the environment, acts on this host alone (migrate_to asks the target's libvirt besides), never changes the
 * CIB, needs no hactld, and returns what Pacemaker is to be told; on anything but plain success it has printed a
 * reason.
 */
#pragma once

#include "resource-agents/ra_env.h"

/** ra_start - have the VM running here. A VM that runs already is a success; one that is arriving is waited for. */
RaExit ra_start(const RaEnv *env);

/**
 * ra_stop - have the VM not running here: shut down, at the latest destroyed before the operation's timeout.
 *
 * Touches the local domain alone. An outgoing migration is aborted first. An open post-copy migration is an error.
 */
RaExit ra_stop(const RaEnv *env);

/** ra_monitor - does the VM run here? See ra_state.h; when libvirt does not answer, the QEMU process decides. */
RaExit ra_monitor(const RaEnv *env);

/** ra_migrate_to - move the VM from here to env->migrate_target; may be run again (mig_run.h). */
RaExit ra_migrate_to(const RaEnv *env);

/** ra_migrate_from - wait until the VM runs here under its identity. */
RaExit ra_migrate_from(const RaEnv *env);

/** ra_reload_agent - accept changed reloadable parameters; a new definition takes effect at the next start. */
RaExit ra_reload_agent(const RaEnv *env);

/** ra_validate_all - do the parameters make sense? With OCF_CHECK_LEVEL 10: and is the definition here, and for this
 * VM? */
RaExit ra_validate_all(const RaEnv *env);
