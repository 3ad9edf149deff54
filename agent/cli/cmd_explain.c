/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"

static gboolean is_node(const Hactl__View *view, const char *name)
{
    for (gsize i = 0; i < view->n_nodes; i++)
        if (strcmp(view->nodes[i]->node, name) == 0)
            return TRUE;
    return FALSE;
}

static void print_json(const char *vm, const char *node, const Hactl__Explanation *explanation)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "vm", vm);
    cli_json_text(json, "node", node);
    json_builder_set_member_name(json, "lines");
    json_builder_begin_array(json);
    for (gsize i = 0; i < explanation->n_lines; i++)
        json_builder_add_string_value(json, explanation->lines[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

static void print_lines(const Hactl__Explanation *explanation)
{
    for (gsize i = 0; i < explanation->n_lines; i++) {
        g_autofree char *line = cli_format_clean(explanation->lines[i]);
        printf("%s%s\n", i ? "  " : "", line);
    }
}

/* A name is a node's if there is one, else a VM's; only VMs have moves. */
CliExit cmd_explain(CliRun *run, GError **error)
{
    const char *name = run->options.args[0];
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_EXPLAIN;
    call.node = run->options.node;
    if (run->options.moves && call.node) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "--moves and --node ask for different things; give one of them");
        return CLI_EXIT_FAILED;
    }
    g_autoptr(WireResult) view = cli_client_view("explain", error);
    if (!view)
        return CLI_EXIT_FAILED;
    call.has_moves = call.moves = run->options.moves;
    if (!call.node && !call.moves && is_node(view->view, name))
        call.node = (char *)name;
    else
        call.vm = (char *)name;
    g_autoptr(WireResult) result = cli_client_call(&call, "explain", CLI_CALL_TIMEOUT_MS, error);
    if (!result)
        return CLI_EXIT_FAILED;
    if (!result->explanation) {
        cli_client_set_mismatch("explain", error);
        return CLI_EXIT_FAILED;
    }
    if (run->options.json)
        print_json(call.vm, call.node, result->explanation);
    else
        print_lines(result->explanation);
    return CLI_EXIT_DONE;
}
