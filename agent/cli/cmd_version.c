/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_json.h"

#include <stdio.h>

static const char *version_of(const Hactl__ViewNode *node)
{
    return node->report ? node->report->version : NULL;
}

static void print_json(const Hactl__View *view)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "hactl", HACTL_VERSION);
    cli_json_text(json, "hactld", view ? view->version : NULL);
    json_builder_set_member_name(json, "nodes");
    json_builder_begin_array(json);
    for (gsize i = 0; view && i < view->n_nodes; i++) {
        json_builder_begin_object(json);
        cli_json_text(json, "node", view->nodes[i]->node);
        cli_json_text(json, "hactld", version_of(view->nodes[i]));
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

static void print_text(const Hactl__View *view)
{
    printf("hactl   %s\n", HACTL_VERSION);
    for (gsize i = 0; view && i < view->n_nodes; i++) {
        const char *version = version_of(view->nodes[i]);
        printf("hactld  %-8s on %s\n", version ? version : "unknown", view->nodes[i]->node);
    }
}

/* hactl's own version is always told; that of hactld when it can be asked, and why not when it can't. */
CliExit cmd_version(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("version of hactld", error);
    const Hactl__View *view = result ? result->view : NULL;
    if (run->options.json)
        print_json(view);
    else
        print_text(view);
    return CLI_EXIT_DONE;
}
