/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_findings.h"

#include "agent/check/chk_collect.h"
#include "agent/cli/cli_client.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"

/* ---- what hactld knows of the hosts ---- */

static void take_node(const Hactl__ViewNode *node, ChkFacts *facts)
{
    ChkHost *host = chk_host_put(facts, node->node);
    host->online = node->state == HA_NODE_ONLINE;
    host->reports = node->agent && node->report;
    host->skew_s = node->clock_skew_s;
    if (!host->reports)
        return;
    host->version = g_strdup(node->report->version);
    host->ipc_buffer_bytes = node->report->ipc_buffer_bytes;
    host->missing = node->report->definitions_missing;
}

static void collect_hosts(ChkFacts *facts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WireResult) result = cli_client_view("check", &error);
    facts->hactld = result != NULL;
    if (error)
        facts->hactld_error = g_strdup(error->message);
    for (gsize i = 0; result && i < result->view->n_nodes; i++)
        take_node(result->view->nodes[i], facts);
}

ChkFacts *cli_findings_collect(guint areas)
{
    ChkFacts *facts = chk_facts_new(g_get_host_name());
    collect_hosts(facts);
    chk_collect(facts, areas);
    return facts;
}

/* ---- shown ---- */

static CliColour colour_of(ChkSeverity severity)
{
    return severity == CHK_ERROR ? CLI_BAD : severity == CHK_WARNING ? CLI_WARN : CLI_PLAIN;
}

static guint count(const GPtrArray *findings, ChkSeverity severity)
{
    guint n = 0;
    for (guint i = 0; i < findings->len; i++)
        n += ((const ChkFinding *)findings->pdata[i])->severity == severity;
    return n;
}

void cli_findings_show(const CliStyle *style, const GPtrArray *findings, GString *out)
{
    for (guint i = 0; i < findings->len; i++) {
        const ChkFinding *finding = findings->pdata[i];
        g_autofree char *subject = cli_format_clean(finding->subject);
        g_autofree char *detail = cli_format_clean(finding->detail);
        g_autofree char *fix = cli_format_clean(finding->fix);
        cli_style_append(style, out, colour_of(finding->severity), "%-8s", chk_severity_word(finding->severity));
        g_string_append_printf(
            out, "%s: %s: %s  [%s]\n        -> %s\n", finding->title, subject, detail, finding->id, fix);
    }
    if (findings->len == 0)
        g_string_append(out, "nothing found: all is as it should be\n");
    else
        g_string_append_printf(out, "%u errors, %u warnings, %u notes\n", count(findings, CHK_ERROR),
            count(findings, CHK_WARNING), count(findings, CHK_NOTE));
}

void cli_findings_json(JsonBuilder *json, const GPtrArray *findings)
{
    json_builder_begin_array(json);
    for (guint i = 0; i < findings->len; i++) {
        const ChkFinding *finding = findings->pdata[i];
        json_builder_begin_object(json);
        cli_json_text(json, "id", finding->id);
        cli_json_text(json, "severity", chk_severity_word(finding->severity));
        cli_json_text(json, "title", finding->title);
        cli_json_text(json, "subject", finding->subject);
        cli_json_text(json, "detail", finding->detail);
        cli_json_text(json, "fix", finding->fix);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

CliExit cli_findings_exit(const GPtrArray *findings)
{
    ChkSeverity worst = chk_worst(findings);
    return worst == CHK_ERROR ? CLI_EXIT_ERRORS : worst == CHK_WARNING ? CLI_EXIT_WARNINGS : CLI_EXIT_DONE;
}
