/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_plan.h"
#include "agent/core/ha_core.h"

CliExit cmd_balance(CliRun *run, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_BALANCE;
    g_autoptr(WireResult) plan = cli_client_plan(&request, "balance", error);
    if (!plan)
        return CLI_EXIT_FAILED;
    if (run->options.dry_run || plan->plan->n_moves == 0)
        return cli_plan_print_dry(run, "balance", plan->plan);
    cli_plan_print(run, "balance", plan->plan);
    g_autofree char *answer = cli_client_ask(&request, NULL, "balance", error);
    if (!answer)
        return CLI_EXIT_FAILED;
    cli_plan_print_text(run, "balance: begun; follow it: hactl status --watch\n");
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_json_plan(json, plan->plan);
        cli_json_print(json, TRUE);
    }
    return CLI_EXIT_DONE;
}
