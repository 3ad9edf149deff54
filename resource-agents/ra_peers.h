/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ra_peers - the other hosts of the cluster, and which of them are members now. */
#pragma once

#include "resource-agents/ra_env.h"
#include "resource-agents/ra_guard_rule.h"

/**
 * ra_peers_read - ask corosync, or take env->peers where it is set.
 * Returns: (transfer full) RaGuardPeer*, possibly none, silent as yet; NULL and @error when corosync does not answer.
 */
GPtrArray *ra_peers_read(const RaEnv *env, GError **error);
