/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_yield - live moves give way to the recovery of a lost host (docs/states.md, rule R13).
 *
 * Pacemaker computes nothing new while an action of its last transition runs: the fencing of a host, and the recovery
 * of its VMs, wait for the longest migration that is in flight anywhere in the cluster. So the leader ends those that
 * it may end, and begins none. A VM whose migration is ended runs on where it is; its pin stays until Pacemaker has the
 * migration on record as over, as after any cancellation.
 */
#ifndef HA_YIELD_H
#define HA_YIELD_H

#include "agent/core/ha_core.h"

/* From when the host was declared lost. Where fencing fails nothing can be recovered, and moves go on. */
#define HA_YIELD_MAX_MS 60000

/**
 * ha_yield_to - the lost host whose VMs are recovered first.
 * @ret_until_ms: nullable; set when there is one: view time at which nobody waits for it any more.
 * Returns: borrowed; NULL when no move has to give way. A host that ran no VM is none.
 */
const char *ha_yield_to(const HaCore *core, gint64 *ret_until_ms);

/** ha_yield_may_end - is @vm's move a live one, under way, whose source can be asked to end it? @vm: pinned. */
gboolean ha_yield_may_end(const HaView *view, const HaConfigVm *vm);

#endif
