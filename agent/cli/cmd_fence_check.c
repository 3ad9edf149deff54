/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl fence check: each host, and what of its fencing was proven from here. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_findings.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_table.h"
#include "agent/core/ha_fence.h"
#include "agent/core/model/ha_sorted.h"

#include <stdio.h>
#include <unistd.h>

/* "fence-n3 answers; fence-pdu is monitored by node2". */
static char *proof_of(const ChkFacts *facts, const char *node)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < facts->config->fences->len; i++) {
        const HaFenceDevice *device = facts->config->fences->pdata[i];
        const ChkProbe *probe = ha_sorted_find(facts->fence_devices, device->name);
        if (!device->asks && !ha_strings_find(device->hosts, node))
            continue;
        g_string_append_printf(text, "%s%s ", text->len ? "; " : "", device->name);
        if (probe && probe->answer != CHK_UNKNOWN)
            g_string_append_printf(text, "%s", probe->answer == CHK_GOOD ? "answers here" : "does not answer here");
        else if (device->state == HA_FENCE_STARTED)
            g_string_append_printf(text, "is not this host's to use; %s monitors it", device->node);
        else
            g_string_append_printf(text, "is %s", ha_fence_state_word(device->state));
    }
    return g_string_free(text, FALSE);
}

/* What this host can't be asked, the devices' monitors on the others answer: the gap knows them. */
static gboolean covered(const ChkFacts *facts, const char *node)
{
    const ChkProbe *target = ha_sorted_find(facts->fence_targets, node);
    return ha_fence_gap_of(facts->config, node) == HA_FENCE_GAP_NONE && target && target->answer != CHK_BAD;
}

static void show_hosts(const CliStyle *style, const ChkFacts *facts, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "HOST", CLI_COLUMN_LEFT);
    cli_table_column(table, "FENCED", CLI_COLUMN_LEFT);
    cli_table_column(table, "BY", CLI_COLUMN_WRAP);
    for (guint i = 0; facts->config && i < facts->config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)facts->config->nodes->pdata[i])->node;
        gboolean ok = covered(facts, node);
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, node);
        cli_table_cell(table, ok ? CLI_GOOD : CLI_BAD, ok ? "yes" : "NO");
        cli_table_take(table, CLI_PLAIN, proof_of(facts, node));
    }
    cli_table_append(table, out, 0);
}

static void print_json(const ChkFacts *facts, const GPtrArray *findings)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "node", facts->node);
    json_builder_set_member_name(json, "hosts");
    json_builder_begin_array(json);
    for (guint i = 0; facts->config && i < facts->config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)facts->config->nodes->pdata[i])->node;
        g_autofree char *proof = proof_of(facts, node);
        json_builder_begin_object(json);
        cli_json_text(json, "node", node);
        cli_json_bool(json, "fenced", covered(facts, node));
        cli_json_text(json, "by", proof);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_set_member_name(json, "findings");
    cli_findings_json(json, findings);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cmd_fence_check(CliRun *run, GError **error)
{
    if (geteuid() != 0) {
        g_set_error_literal(error, CLI_ERROR, CLI_EXIT_PERMISSION,
            "fence check: only root may ask the devices; run it as root: sudo hactl fence check");
        return CLI_EXIT_PERMISSION;
    }
    g_autoptr(ChkFacts) facts = cli_findings_collect(CHK_FENCING);
    if (!facts->config) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_NO_PACEMAKER,
            "fence check: Pacemaker's configuration can't be read: %s; is it running? systemctl status pacemaker",
            facts->cib_error);
        return CLI_EXIT_NO_PACEMAKER;
    }
    g_autoptr(GPtrArray) findings = chk_examine(facts, CHK_FENCING);
    if (run->options.json) {
        print_json(facts, findings);
    } else {
        g_autoptr(GString) out = g_string_new(NULL);
        show_hosts(&run->style, facts, out);
        g_string_append_c(out, '\n');
        cli_findings_show(&run->style, findings, out);
        fputs(out->str, stdout);
    }
    return cli_findings_exit(findings);
}
