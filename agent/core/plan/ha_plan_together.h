/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_plan_together - places for all VMs of a plan at once, where some find none when each chooses for itself. */
#ifndef HA_PLAN_TOGETHER_H
#define HA_PLAN_TOGETHER_H

#include "agent/core/plan/ha_plan.h"

/**
 * ha_plan_together - a node for each VM of @plan that can be moved: all fit, and no node is fuller than need be, as far
 * as the engine finds. Every hard limit counts; VMs of other nodes stay. What moves as one (ha_plan_bound) is left out.
 * @tried: nullable, vm -> GPtrArray of nodes to pass over; a VM that failed everywhere may go anywhere.
 * Returns: (transfer full) vm -> node; NULL when not all fit.
 */
GHashTable *ha_plan_together(const HaView *view, const HaPlan *plan, GHashTable *tried);

#endif
