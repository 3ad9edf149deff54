/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_list.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_view.h"

#include <stdio.h>

CliExit cmd_vm_list(CliRun *run, GError **error)
{
    static const CliList list = {"vms", cli_json_vms, cli_show_vms};
    return cli_list(run, &list, error);
}

CliExit cmd_vm_show(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("vm show", error);
    if (!result)
        return CLI_EXIT_FAILED;
    const Hactl__ViewVm *vm = cli_view_check_vm(result->view, run->options.args[0], error);
    if (!vm) {
        g_prefix_error(error, "vm show: ");
        return CLI_EXIT_UNKNOWN;
    }
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_json_vm(json, vm);
        cli_json_print(json, TRUE);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_vm(&run->style, result->view, vm, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}
