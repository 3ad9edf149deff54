/* SPDX-License-Identifier: GPL-2.0-or-later */
/* failover list, failover show: what the loss of a host cost, measured. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_failover.h"

#include <stdio.h>

static HaFailovers *fetch(const char *what, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_EVENTS;
    g_autoptr(WireResult) result = cli_client_call(&call, what, CLI_CALL_TIMEOUT_MS, error);
    return result ? cli_failover_fold(result->notes, result->n_notes) : NULL;
}

static gint64 now_s(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static void print_json_list(const HaFailovers *failovers)
{
    const GPtrArray *list = ha_failovers_list(failovers);
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "failovers");
    json_builder_begin_array(json);
    for (guint i = 0; i < list->len; i++)
        cli_failover_json(json, list->pdata[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cmd_failover_list(CliRun *run, GError **error)
{
    g_autoptr(HaFailovers) failovers = fetch("failover list", error);
    if (!failovers)
        return CLI_EXIT_FAILED;
    if (run->options.json) {
        print_json_list(failovers);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_failover_table(&run->style, failovers, now_s(), out);
    fputs(out->len ? out->str : "no host was lost, as far as the events of this cluster go back\n", stdout);
    return CLI_EXIT_DONE;
}

CliExit cmd_failover_show(CliRun *run, GError **error)
{
    const char *name = run->options.n_args ? run->options.args[0] : NULL;
    g_autoptr(HaFailovers) failovers = fetch("failover show", error);
    if (!failovers)
        return CLI_EXIT_FAILED;
    const HaFailover *failover = cli_failover_find(failovers, name);
    if (!failover) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_UNKNOWN,
            "failover show: no failover %s is on record; 'hactl failover list' names them", name ? name : "at all");
        return CLI_EXIT_UNKNOWN;
    }
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_failover_json(json, failover);
        cli_json_print(json, TRUE);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_failover_show(&run->style, failover, now_s(), out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}
