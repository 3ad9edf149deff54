/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_view.h"

#include <stdio.h>

static void print_list_json(const Hactl__View *view)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "nodes");
    cli_json_nodes(json, view);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cmd_node_list(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("node list", error);
    if (!result)
        return CLI_EXIT_FAILED;
    if (run->options.json) {
        print_list_json(result->view);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_nodes(&run->style, result->view, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
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
