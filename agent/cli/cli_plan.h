/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_plan - what the verbs that move VMs print before they begin.
 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "agent/cli/cli_job.h"
#include "agent/cli/cli_verbs.h"

/** cli_plan_print_dry - the plan, as text or JSON. Returns: CLI_EXIT_PARTIAL when it has blockers, else CLI_EXIT_DONE.
 */
CliExit cli_plan_print_dry(const CliRun *run, const char *title, const Hactl__Plan *plan);

/** cli_plan_print - the plan as text; nothing with --json. */
void cli_plan_print(const CliRun *run, const char *title, const Hactl__Plan *plan);

/** cli_plan_print_begun - after a request with --wait=no: how to follow it; with --json the job as it stands. */
CliExit cli_plan_print_begun(const CliRun *run, const char *verb, const char *subject, const Hactl__Plan *plan);

/** cli_plan_print_text - printf; nothing with --json. */
void cli_plan_print_text(const CliRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** cli_plan_print_job - a job as JSON. */
void cli_plan_print_job(const CliJob *job);

#endif
