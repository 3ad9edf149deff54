/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_plan.h"

#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_show.h"

#include <stdio.h>

void cli_plan_print_text(const CliRun *run, const char *format, ...)
{
    if (run->options.json)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fputs(text, stdout);
    fflush(stdout);
}

void cli_plan_print(const CliRun *run, const char *title, const Hactl__Plan *plan)
{
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_plan(&run->style, title, plan, out);
    cli_plan_print_text(run, "%s\n", out->str);
}

CliExit cli_plan_print_dry(const CliRun *run, const char *title, const Hactl__Plan *plan)
{
    cli_plan_print(run, title, plan);
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_json_plan(json, plan);
        cli_json_print(json, TRUE);
    }
    return plan->n_blocked > 0 ? CLI_EXIT_PARTIAL : CLI_EXIT_DONE;
}

void cli_plan_print_job(const CliJob *job)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_job_json(json, job);
    cli_json_print(json, TRUE);
}

static CliJobKind kind_of(const char *verb)
{
    return g_str_equal(verb, "drain") ? CLI_JOB_DRAIN : g_str_equal(verb, "migrate") ? CLI_JOB_MIGRATE : CLI_JOB_RETURN;
}

CliExit cli_plan_print_begun(const CliRun *run, const char *verb, const char *subject, const Hactl__Plan *plan)
{
    gboolean drain = g_str_equal(verb, "drain");
    cli_plan_print_text(run, "%s %s: begun; follow it: %s%s\n", verb, subject,
        drain ? "hactl drain " : "hactl status --watch", drain ? subject : "");
    if (run->options.json) {
        g_autoptr(CliJob) job = cli_job_new(kind_of(verb), subject, NULL, plan, cli_interrupt_now_ms());
        cli_plan_print_job(job);
    }
    return CLI_EXIT_DONE;
}
