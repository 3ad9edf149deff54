/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_spare - the spare capacity that an admin wants kept (property hactl-spare-hosts).
 */
#ifndef HA_SPARE_H
#define HA_SPARE_H

#include "agent/core/plan/ha_capacity.h"

#define HA_SPARE_HOSTS_DEFAULT 1u

/** ha_spare_hosts - how many hosts' loss the cluster is to survive: 0 (nobody looks) to HA_CAPACITY_LOSE_MAX. */
guint ha_spare_hosts(const HaConfig *config);

/**
 * ha_spare_breach - would it cost the spare capacity?
 * @view: as it is. @would_be: as it would be. @place_lacking: nullable: a VM that could not even be started now.
 *
 * Only what is there can be lost: nothing is breached when VMs would be down after a loss already, or nobody looks.
 * Returns: (transfer full) the sentence, with whose loss leaves which VMs down, and the remedy; NULL.
 */
char *ha_spare_breach(const HaView *view, const HaView *would_be, const char *place_lacking);

#endif
