/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire_group - a group's policy as message Group: in Views, and in the requests that set one.
 */
#ifndef WIRE_GROUP_H
#define WIRE_GROUP_H

#include "agent/core/ha_core.h"
#include "agent/wire/wire_pack.h"
#include "proto/hactl.pb-c.h"

/** wire_group_put - strings are borrowed from @group, lists from the arena. */
void wire_group_put(WireArena *arena, const HaGroup *group, Hactl__Group *ret_message);
/** wire_groups_put - @groups: HaGroup*. Returns: borrowed from the arena, as many. */
Hactl__Group **wire_groups_put(WireArena *arena, const GPtrArray *groups);
/** wire_group_put_names - @names: char*. Returns: borrowed from the arena, as many. */
char **wire_group_put_names(WireArena *arena, const GPtrArray *names, size_t *ret_n);
/** wire_group_take_request - the members of @request that groups' kinds have. Returns: FALSE with WIRE_ERROR. */
gboolean wire_group_take_request(const Hactl__Request *message, HaRequest *request, GError **error);
/** wire_group_take - a field that is not given is as in ha_group_new. Returns: (transfer full); NULL with WIRE_ERROR.
 */
HaGroup *wire_group_take(const Hactl__Group *message, GError **error);

#endif
