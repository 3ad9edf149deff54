/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_group_request - what the rules' check needs to know of the cluster as it is, for whoever asks it.
 */
#ifndef HA_GROUP_REQUEST_H
#define HA_GROUP_REQUEST_H

#include "agent/core/model/ha_rules.h"
#include "agent/core/model/ha_view.h"

/** ha_group_members - every VM of hactl's with its group and its node. Returns: (transfer full) HaRulesMember*,
 * ascending vm. */
GPtrArray *ha_group_members(const HaView *view);
/** ha_group_nodes - every node of the configuration. Returns: (transfer full) char*, ascending. */
GPtrArray *ha_group_nodes(const HaConfig *config);

#endif
