/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_group - groups on the command line, in tables and in JSON. Keys and words are those of the manifest
 * (ha_field.h).
 */
#ifndef CLI_GROUP_H
#define CLI_GROUP_H

#include <json-glib/json-glib.h>

#include "agent/cli/cli_style.h"
#include "agent/core/model/ha_group.h"
#include "proto/hactl.pb-c.h"

/**
 * cli_group_settings - apply "key=value" words.
 * @words: NULL-terminated. A list's elements are separated by commas; "only_on=" empties it.
 * Returns: FALSE with CLI_EXIT_USAGE and the nearest key or the words that there are; @group is then of no use.
 */
gboolean cli_group_settings(HaGroup *group, char *const *words, GError **error);

/** cli_group_find - the group of that name. Returns: (transfer full); NULL with CLI_EXIT_UNKNOWN. */
HaGroup *cli_group_find(const Hactl__View *view, const char *name, GError **error);

/** cli_group_keys - the keys, one a line, with "=": for the completion. */
void cli_group_keys(GString *out);

void cli_group_show_list(const CliStyle *style, const Hactl__View *view, GString *out);
void cli_group_show(const CliStyle *style, const Hactl__View *view, const HaGroup *group, GString *out);
void cli_group_json(JsonBuilder *json, const Hactl__View *view, const HaGroup *group);
/** cli_group_json_all - an array of all of them. */
void cli_group_json_all(JsonBuilder *json, const Hactl__View *view);

#endif
