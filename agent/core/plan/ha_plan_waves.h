/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_plan_waves - in which order a plan's moves are handed to Pacemaker, and which of them in one write (rule R5). */
#ifndef HA_PLAN_WAVES_H
#define HA_PLAN_WAVES_H

#include "agent/core/plan/ha_plan.h"

/**
 * ha_plan_waves - sort @plan's moves, number their waves from 1, and reckon the time they take.
 *
 * Small VMs first, a wave's VMs of like size, at most limits->moves_per_wave of them; blocked ones come last and are
 * counted. A group that is hard together is in one wave, the one of its largest VM; if it is more than a wave holds, it
 * has one to itself: Pacemaker moves it as one, whatever is asked.
 */
void ha_plan_waves(HaPlan *plan, const HaView *view, const HaLimits *limits);

/** ha_plan_bound - the group of @vm, when it goes to one node, all or none (hard together); else NULL. */
const HaGroup *ha_plan_bound(const HaView *view, const char *vm);

#endif
