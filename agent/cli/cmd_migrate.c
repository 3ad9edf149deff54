/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_plan.h"
#include "agent/core/ha_core.h"

static void set_refused(const char *title, const Hactl__PlanMove *move, GError **error)
{
    const char *remedy = NULL;
    const char *text = ha_block_text((HaBlock)move->block, &remedy);
    remedy = move->remedy ? move->remedy : remedy;
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED, "%s: %s; %s", title, move->detail ? move->detail : text,
        remedy ? remedy : "see where it could go: hactl migrate --dry-run");
}

/* The wish is fulfilled already. */
static gboolean is_there(const CliRun *run, const Hactl__PlanMove *move)
{
    return run->options.to && g_str_equal(move->from, run->options.to);
}

static CliExit already_there(CliRun *run, const Hactl__PlanMove *move)
{
    gint64 now = cli_interrupt_now_ms();
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_MIGRATE, move->vm, run->options.to, NULL, now);
    cli_job_end(job, CLI_JOB_DONE, now);
    cli_plan_print_text(run, "%s runs on %s already\n", move->vm, move->from);
    if (run->options.json)
        cli_plan_print_job(job);
    return CLI_EXIT_DONE;
}

CliExit cmd_migrate(CliRun *run, GError **error)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_MIGRATE;
    request.vm = run->options.args[0];
    request.node = run->options.to;
    g_autofree char *title = g_strdup_printf("migrate %s", request.vm);
    g_autoptr(WireResult) plan = cli_client_plan(&request, title, error);
    if (!plan)
        return CLI_EXIT_FAILED;
    if (run->options.dry_run)
        return cli_plan_print_dry(run, title, plan->plan);
    const Hactl__PlanMove *move = plan->plan->n_moves > 0 ? plan->plan->moves[0] : NULL;
    if (move && is_there(run, move))
        return already_there(run, move);
    if (move && move->block != HA_BLOCK_NONE) {
        set_refused(title, move, error);
        return CLI_EXIT_REFUSED;
    }
    cli_interrupt_catch();
    if (!cli_client_request(&request, NULL, title, error))
        return CLI_EXIT_FAILED;
    if (!run->options.wait)
        return cli_plan_print_begun(run, "migrate", request.vm, plan->plan);
    g_autoptr(CliJob) job =
        cli_job_new(CLI_JOB_MIGRATE, request.vm, run->options.to, plan->plan, cli_interrupt_now_ms());
    return cli_follow(run, job, error);
}
