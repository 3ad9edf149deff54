/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_balance_plan - a decision about balance as a plan: names, waves, and the numbers that decided each move. */
#ifndef HA_BALANCE_PLAN_H
#define HA_BALANCE_PLAN_H

#include "agent/core/plan/ha_balance.h"
#include "agent/core/plan/ha_cluster.h"

/**
 * ha_balance_plan_new - @solution's moves, in waves in which none waits for another's room.
 * Returns: (transfer full) reason balance; a candidate for each node says why not, or how full it would be.
 */
HaPlan *ha_balance_plan_new(const HaCluster *cluster, const HaSolution *solution, const HaLimits *limits);

/* Who decides: only groups with balance auto are moved automatically; an admin also moves those that only suggest. */
typedef enum { HA_BALANCE_BY_ITSELF, HA_BALANCE_BY_ADMIN } HaBalanceBy;

/**
 * ha_balance_hold - fix what policy says stays: groups' balance, and VMs in @resting.
 * @resting: nullable; a set of names (char *) of VMs that were moved lately.
 */
void ha_balance_hold(HaCluster *cluster, HaBalanceBy by, GHashTable *resting);

/**
 * ha_balance_spender - the VM whose move would cost what is kept for the loss of a host (ha_survive.h).
 * Returns: its number; HA_SOLVE_NONE when after @solution any one host may be lost as before, or nobody asks for that.
 */
guint32 ha_balance_spender(const HaCluster *cluster, const HaSolution *solution);

/** ha_balance_level_of - the property hactl-balance-level: a word or number of ha_balance_level(), or "off". Returns: 0
 * when off; the default when it is not set, or is nonsense. */
guint ha_balance_level_of(const HaConfig *config);
/** ha_balance_quiet_of - the property hactl-balance-quiet. Returns: FALSE when there are no quiet hours. */
gboolean ha_balance_quiet_of(const HaConfig *config, HaQuiet *ret_quiet);

#endif
