/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_list.h"

#include "agent/cli/cli_client.h"

#include <stdio.h>

static void print_json(const CliList *list, const Hactl__View *view)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, list->member);
    list->json(json, view);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cli_list(const CliRun *run, const CliList *list, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view(run->verb->name, error);
    if (!result)
        return CLI_EXIT_FAILED;
    if (run->options.json) {
        print_json(list, result->view);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    list->show(&run->style, result->view, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}
