/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_list.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_view.h"

#include <stdio.h>

CliExit cmd_node_list(CliRun *run, GError **error)
{
    static const CliList list = {"nodes", cli_json_nodes, cli_show_nodes};
    return cli_list(run, &list, error);
}

CliExit cmd_node_show(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("node show", error);
    if (!result)
        return CLI_EXIT_FAILED;
    const Hactl__ViewNode *node = cli_view_check_node(result->view, run->options.args[0], error);
    if (!node) {
        g_prefix_error(error, "node show: ");
        return CLI_EXIT_UNKNOWN;
    }
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_json_node(json, node);
        cli_json_print(json, TRUE);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_node(&run->style, result->view, node, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}
