/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_park - VMs that a drain shuts down and the end of the drain starts again: those of groups with evacuation=stop
 * (docs/states.md, rule R22).
 *
 * Such a VM is parked: target-role Stopped, and the meta attribute hactl-parked that names the drained node. The mark
 * is what starts it again, whoever leads by then; an admin's own `vm start` or `vm stop` removes it, and counts.
 */
#ifndef HA_PARK_H
#define HA_PARK_H

#include "agent/core/model/ha_view.h"

/**
 * ha_park_stops - does a drain of @node shut @vm down, where it runs?
 * @vm: borrowed, of the view's config; it is on @node.
 *
 * Also while it is being shut down. Not where Pacemaker can't stop it, or is in the middle of starting or moving it.
 */
gboolean ha_park_stops(const HaView *view, const HaConfigVm *vm, const char *node);

/** ha_park_due - is it yet to be parked by @node's drain? @vm: one that ha_park_stops names. */
gboolean ha_park_due(const HaConfigVm *vm, const char *node);

/** ha_park_wanted - is it to run, now or when it is parked no longer? What a manifest calls running. */
gboolean ha_park_wanted(const HaConfigVm *vm);

#endif
