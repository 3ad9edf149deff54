/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_json - the JSON that --json prints: one builder an object of docs/json.md. Keys are stable, in snake_case, with
 * their units last; a value that is not known is null; enumerations are the core's words.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "proto/hactl.pb-c.h"

#include <json-glib/json-glib.h>

/* Each adds one value to an open array, or after a member's name. */
void cli_json_problems(JsonBuilder *json, const Hactl__View *view);
void cli_json_node(JsonBuilder *json, const Hactl__ViewNode *node);
void cli_json_nodes(JsonBuilder *json, const Hactl__View *view);
void cli_json_vm(JsonBuilder *json, const Hactl__ViewVm *vm);
void cli_json_vms(JsonBuilder *json, const Hactl__View *view);
void cli_json_note(JsonBuilder *json, const Hactl__Note *note);
void cli_json_plan(JsonBuilder *json, const Hactl__Plan *plan);

/** cli_json_status - the object that `hactl status --json` prints. */
void cli_json_status(JsonBuilder *json, const Hactl__View *view);

/* A member: its name and its value. @text: nullable (null). */
void cli_json_text(JsonBuilder *json, const char *name, const char *text);
void cli_json_int(JsonBuilder *json, const char *name, gint64 value);
void cli_json_bool(JsonBuilder *json, const char *name, gboolean value);
/** cli_json_known - the value when @known, else null. */
void cli_json_known(JsonBuilder *json, const char *name, gboolean known, gint64 value);

/** cli_json_take - Returns: (transfer full) the finished text with a line end. @pretty: indented; FALSE: one line. */
char *cli_json_take(JsonBuilder *json, gboolean pretty);
/** cli_json_print - the finished text on standard output, flushed. */
void cli_json_print(JsonBuilder *json, gboolean pretty);

#endif
