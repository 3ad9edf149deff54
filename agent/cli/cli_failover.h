/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_failover - the records of hosts' losses, folded out of the events that hactld keeps, for people and for programs.
 */
#ifndef CLI_FAILOVER_H
#define CLI_FAILOVER_H

#include "agent/cli/cli_json.h"
#include "agent/cli/cli_style.h"
#include "agent/core/ha_failover.h"

/** cli_failover_fold - @notes: oldest first, in range as wire_result_decode leaves them. Returns: (transfer full). */
HaFailovers *cli_failover_fold(Hactl__Note *const *notes, gsize n);

/** cli_failover_id - "TERM.NUMBER", as `hactl failover list` shows it. Returns: (transfer full). */
char *cli_failover_id(const HaFailover *failover);

/** cli_failover_find - by id, or the newest one of a node of that name. @name: NULL for the newest of all. Returns:
 * borrowed, NULL for none. */
const HaFailover *cli_failover_find(const HaFailovers *failovers, const char *name);

/** cli_failover_json - one object (docs/schema/failover.json), into an open array or as the whole. */
void cli_failover_json(JsonBuilder *json, const HaFailover *failover);

/** cli_failover_table - a line each, the oldest first. @now_s: decides whether dates are shown. */
void cli_failover_table(const CliStyle *style, const HaFailovers *failovers, gint64 now_s, GString *out);

/** cli_failover_show - the timeline of one. */
void cli_failover_show(const CliStyle *style, const HaFailover *failover, gint64 now_s, GString *out);

#endif
