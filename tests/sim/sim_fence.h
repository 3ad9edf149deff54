/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_fence - Pacemaker's membership: who is lost is fenced, who came joins, and one is the DC. */
#ifndef SIM_FENCE_H
#define SIM_FENCE_H

#include "tests/sim/sim_world.h"

/** sim_fence_members - a new ring: who is lost is fenced, who came joins. */
void sim_fence_members(Sim *sim);
/** sim_fence_forget - the node's part of the status section goes. */
void sim_fence_forget(Sim *sim, guint node);
/** sim_fence_lose_dc - the DC's controller dies; another is elected. */
void sim_fence_lose_dc(Sim *sim);
/** sim_fence_confirm - an admin vouches that @node is off. */
void sim_fence_confirm(Sim *sim, guint node);

#endif
