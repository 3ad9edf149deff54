/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_plan.h"
#include "agent/cli/cli_view.h"

#include <stdio.h>

static Hactl__Request drain_request(const CliRun *run)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_DRAIN;
    request.node = run->options.args[0];
    request.has_restart = request.restart = run->options.restart;
    if (run->options.deadline_s > 0) {
        request.has_deadline_s = TRUE;
        request.deadline_s = g_get_real_time() / G_USEC_PER_SEC + run->options.deadline_s;
    }
    return request;
}

/* Under way, and nothing new is asked of it: only watch. A partial drain is asked for again, so that it is tried again.
 */
static gboolean is_rejoin(const CliRun *run, const Hactl__ViewNode *node)
{
    gboolean under_way =
        node->drain == HA_DRAIN_MOVING || node->drain == HA_DRAIN_SETTLING || node->drain == HA_DRAIN_DONE;
    return under_way && !run->options.restart && run->options.deadline_s == 0;
}

/* Which VMs have left already; without the events the display merely counts fewer. */
static void learn_past(CliJob *job, gint64 since_s)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_EVENTS;
    g_autoptr(GError) ignored = NULL;
    g_autoptr(WireResult) result = cli_client_call(&call, "events", CLI_CALL_TIMEOUT_MS, &ignored);
    if (result)
        cli_job_rejoin(job, result->notes, result->n_notes, since_s);
    else
        g_debug("rejoining without the events: %s", ignored->message);
}

static CliExit rejoin(CliRun *run, const Hactl__ViewNode *node, GError **error)
{
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_DRAIN, node->node, NULL, NULL, cli_interrupt_now_ms());
    learn_past(job, node->drain_since_s);
    if (!run->options.json)
        printf("%s is being drained already, asked by %s: rejoining\n", node->node,
            node->drain_by ? node->drain_by : "an administrator");
    fflush(stdout);
    if (!run->options.wait)
        return CLI_EXIT_DONE;
    return cli_follow(run, job, error);
}

static CliExit begin(CliRun *run, const char *title, GError **error)
{
    Hactl__Request request = drain_request(run);
    g_autoptr(WireResult) plan = cli_client_plan(&request, title, error);
    if (!plan)
        return CLI_EXIT_FAILED;
    if (run->options.dry_run)
        return cli_plan_print_dry(run, title, plan->plan);
    cli_plan_print(run, title, plan->plan);
    cli_interrupt_catch();
    if (!cli_client_request(&request, NULL, title, error))
        return CLI_EXIT_FAILED;
    if (!run->options.wait)
        return cli_plan_print_begun(run, "drain", request.node, plan->plan);
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_DRAIN, request.node, NULL, plan->plan, cli_interrupt_now_ms());
    return cli_follow(run, job, error);
}

CliExit cmd_drain(CliRun *run, GError **error)
{
    const char *name = run->options.args[0];
    g_autofree char *title = g_strdup_printf("drain %s", name);
    g_autoptr(WireResult) result = cli_client_view(title, error);
    if (!result)
        return CLI_EXIT_FAILED;
    const Hactl__ViewNode *node = cli_view_check_node(result->view, name, error);
    if (!node) {
        g_prefix_error(error, "drain: ");
        return CLI_EXIT_UNKNOWN;
    }
    if (!run->options.dry_run && is_rejoin(run, node)) {
        cli_interrupt_catch();
        return rejoin(run, node, error);
    }
    return begin(run, title, error);
}
