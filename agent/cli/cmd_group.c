/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group list, group show: what there is. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_group.h"
#include "agent/cli/cli_list.h"

#include <stdio.h>

CliExit cmd_group_list(CliRun *run, GError **error)
{
    static const CliList list = {"groups", cli_group_json_all, cli_group_show_list};
    return cli_list(run, &list, error);
}

CliExit cmd_group_show(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("group show", error);
    if (!result)
        return CLI_EXIT_FAILED;
    g_autoptr(HaGroup) group = cli_group_find(result->view, run->options.args[0], error);
    if (!group) {
        g_prefix_error(error, "group show: ");
        return CLI_EXIT_UNKNOWN;
    }
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_group_json(json, result->view, group);
        cli_json_print(json, TRUE);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_group_show(&run->style, result->view, group, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}
