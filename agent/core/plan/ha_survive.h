/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_survive - would every VM find memory again if any so many hosts were lost (hactl-spare-hosts)? Asked for each
 * target of a plan, so it looks at memory alone and is quick; ha_capacity is the exact look, with every rule, at how
 * things are.
 */
#ifndef HA_SURVIVE_H
#define HA_SURVIVE_H

#include "agent/core/model/ha_view.h"

typedef struct HaSurvive HaSurvive;

/** ha_survive_new - the VMs where they are, or are pinned to; hosts that take VMs (ha_place_in_service), without
 * @leaving (nullable), which is about to be empty. @view: borrowed, has a config; its node names must outlive the
 * result.
 */
HaSurvive *ha_survive_new(const HaView *view, const char *leaving);
void ha_survive_free(HaSurvive *survive);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaSurvive, ha_survive_free)

/** ha_survive_put - a VM of @mem_mib is on @node too. @node: nullable. Nothing for a host out of service. */
void ha_survive_put(HaSurvive *survive, const char *node, guint64 mem_mib);
/** ha_survive_take - one of @mem_mib is no longer there. Returns: FALSE when there is none. @node: nullable. */
gboolean ha_survive_take(HaSurvive *survive, const char *node, guint64 mem_mib);

/**
 * ha_survive_any - does every VM find a place, whichever ha_survive_lose hosts in service are lost?
 * The lost hosts' VMs go to the emptiest host each, the big ones first: what finds a place so has one; what doesn't
 * might if others moved. Where the sets of hosts are too many, those of the fullest hosts are tried.
 */
gboolean ha_survive_any(const HaSurvive *survive);

/** ha_survive_lose - how many hosts are lost at once: hactl-spare-hosts, or what ha_survive_lower left, and always
 * fewer than there are: the last has nobody to stand in for it. */
guint ha_survive_lose(const HaSurvive *survive);

/** ha_survive_lower - so many can't be kept: ask for one less. Returns: FALSE when that is none. */
gboolean ha_survive_lower(HaSurvive *survive);

#endif
