/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group create, set, delete, add, remove: one request each; the leader checks, writes and answers. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_group.h"
#include "agent/cli/cli_json.h"
#include "agent/wire/wire_group.h"

#include <stdio.h>

static CliExit report(const CliRun *run, const char *group, const char *done)
{
    if (!run->options.json) {
        printf("group %s: %s\n", group, done);
        return CLI_EXIT_DONE;
    }
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    cli_json_text(json, "group", group);
    cli_json_text(json, "text", done);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
    return CLI_EXIT_DONE;
}

static CliExit ask(const CliRun *run, Hactl__Request *request, const char *done, GError **error)
{
    const char *group = run->options.args[0];
    request->has_strict = request->strict = run->options.strict;
    g_autofree char *title = g_strdup_printf("%s %s", run->verb->name, group);
    if (!cli_client_request(request, NULL, title, error))
        return CLI_EXIT_FAILED;
    return report(run, group, done);
}

static CliExit send_policy(const CliRun *run, const HaGroup *group, gboolean creating, GError **error)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Request request = HACTL__REQUEST__INIT;
    Hactl__Group message;
    wire_group_put(arena, group, &message);
    request.kind = HA_REQUEST_GROUP_SET;
    request.group = &message;
    request.has_creating = request.creating = creating;
    return ask(run, &request, creating ? "created" : "changed", error);
}

CliExit cmd_group_create(CliRun *run, GError **error)
{
    g_autoptr(HaGroup) group = ha_group_new(run->options.args[0]);
    if (!cli_group_settings(group, run->options.args + 1, error)) {
        g_prefix_error(error, "group create %s: ", group->name);
        return CLI_EXIT_USAGE;
    }
    return send_policy(run, group, TRUE, error);
}

CliExit cmd_group_set(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("group set", error);
    if (!result)
        return CLI_EXIT_FAILED;
    g_autoptr(HaGroup) group = cli_group_find(result->view, run->options.args[0], error);
    if (!group || !cli_group_settings(group, run->options.args + 1, error)) {
        g_prefix_error(error, "group set %s: ", run->options.args[0]);
        return CLI_EXIT_USAGE;
    }
    return send_policy(run, group, FALSE, error);
}

CliExit cmd_group_delete(CliRun *run, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_GROUP_DELETE;
    request.group_name = run->options.args[0];
    return ask(run, &request, "deleted", error);
}

static CliExit move_vms(const CliRun *run, const char *to, const char *from, const char *done, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_GROUP_VMS;
    request.group_name = (char *)to;
    request.from_group = (char *)from;
    request.vms = run->options.args + 1;
    request.n_vms = run->options.n_args - 1;
    return ask(run, &request, done, error);
}

CliExit cmd_group_add(CliRun *run, GError **error)
{
    return move_vms(run, run->options.args[0], NULL, "has them now", error);
}

CliExit cmd_group_remove(CliRun *run, GError **error)
{
    return move_vms(run, HA_GROUP_DEFAULT, run->options.args[0], "they are in group " HA_GROUP_DEFAULT " now", error);
}
