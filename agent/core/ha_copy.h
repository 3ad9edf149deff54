/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_copy - the configuration of an earlier hactl, whose VMs named their group's template: the leader has each VM bear
 * its policy itself (docs/groups.md, "In the CIB"), when nothing is under way.
 */
#ifndef HA_COPY_H
#define HA_COPY_H

#include "agent/core/ha_core.h"

/** ha_copy_settle - call while no move is in flight and a write may begin. Starts at most one. */
void ha_copy_settle(HaCore *core, GPtrArray *effects);

#endif
