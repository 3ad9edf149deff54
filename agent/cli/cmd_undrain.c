/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_plan.h"

CliExit cmd_undrain(CliRun *run, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_UNDRAIN;
    request.node = run->options.args[0];
    request.has_returning = request.returning = run->options.returning;
    g_autofree char *title = g_strdup_printf("undrain %s", request.node);
    g_autoptr(WireResult) plan = cli_client_plan(&request, title, error);
    if (!plan)
        return CLI_EXIT_FAILED;
    if (run->options.dry_run)
        return cli_plan_print_dry(run, title, plan->plan);
    if (run->options.returning)
        cli_plan_print(run, title, plan->plan);
    cli_interrupt_catch();
    if (!cli_client_request(&request, NULL, title, error))
        return CLI_EXIT_FAILED;
    if (!run->options.wait)
        return cli_plan_print_begun(run, "undrain", request.node, plan->plan);
    CliJobKind kind = run->options.returning ? CLI_JOB_RETURN : CLI_JOB_UNDRAIN;
    g_autoptr(CliJob) job =
        cli_job_new(kind, request.node, NULL, run->options.returning ? plan->plan : NULL, cli_interrupt_now_ms());
    return cli_follow(run, job, error);
}
