/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_findings.h"
#include "agent/cli/cli_json.h"

#include <stdio.h>
#include <unistd.h>

static void print_json(const ChkFacts *facts, const GPtrArray *findings)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "node", facts->node);
    json_builder_set_member_name(json, "findings");
    cli_findings_json(json, findings);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cmd_check(CliRun *run, GError **error)
{
    if (geteuid() != 0) {
        g_set_error_literal(error, CLI_ERROR, CLI_EXIT_PERMISSION,
            "check: most of what there is to see is root's alone; run it as root: sudo hactl check");
        return CLI_EXIT_PERMISSION;
    }
    g_autoptr(ChkFacts) facts = cli_findings_collect(CHK_ALL);
    g_autoptr(GPtrArray) findings = chk_examine(facts, CHK_ALL);
    if (run->options.json) {
        print_json(facts, findings);
    } else {
        g_autoptr(GString) out = g_string_new(NULL);
        cli_findings_show(&run->style, findings, out);
        fputs(out->str, stdout);
    }
    return cli_findings_exit(findings);
}
