/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_findings - the doctor's findings for people and programs.
 */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include "agent/check/chk_report.h"
#include "agent/cli/cli_verbs.h"

#include <json-glib/json-glib.h>

/** cli_findings_collect - all facts of these areas (ChkArea), hactld's view among them. Returns: (transfer full). */
ChkFacts *cli_findings_collect(guint areas);

/** cli_findings_show - findings, worst first, each with its fix; a line that counts them last. */
void cli_findings_show(const CliStyle *style, const GPtrArray *findings, GString *out);
/** cli_findings_json - an array. */
void cli_findings_json(JsonBuilder *json, const GPtrArray *findings);

/** cli_findings_exit - CLI_EXIT_DONE (none, or notes alone), CLI_EXIT_WARNINGS or CLI_EXIT_ERRORS. */
CliExit cli_findings_exit(const GPtrArray *findings);

#endif
