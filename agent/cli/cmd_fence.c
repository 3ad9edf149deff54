/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl fence list, fence remove */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_fence_end.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_table.h"
#include "agent/core/ha_fence.h"
#include "agent/io/io_fence_history.h"
#include "agent/io/io_run.h"

#include <stdio.h>
#include <string.h>

#define HISTORY_MS 10000u

/* ---- what was fenced: Pacemaker keeps that apart from its configuration ---- */

/* Returns: (transfer full) nullable. */
static GPtrArray *read_history(void)
{
    const char *argv[] = {"stonith_admin", "--history", "*", "--verbose", "--output-as=xml", NULL};
    g_autoptr(IoRun) run = io_run(argv, NULL, HISTORY_MS);
    return run->error ? NULL : io_fence_history_read(run->out, NULL);
}

static const IoFenceEvent *last_of(const GPtrArray *history, const char *node)
{
    for (guint i = 0; history && i < history->len; i++) {
        const IoFenceEvent *event = history->pdata[i];
        if (g_strcmp0(event->target, node) == 0)
            return event;
    }
    return NULL;
}

/* ---- list ---- */

static char *hosts_of(const Hactl__ViewFence *device)
{
    GString *text = g_string_new(device->asks ? "(asked of the device)" : NULL);
    for (gsize i = 0; i < device->n_hosts; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", device->hosts[i]);
    return g_string_free(text, FALSE);
}

static char *age_of(gint64 when_s, gint64 now_s)
{
    if (when_s <= 0)
        return NULL;
    g_autofree char *age = cli_format_duration(MAX(now_s - when_s, 0) * 1000);
    return g_strdup_printf("%s ago", age);
}

static void show_devices(const CliStyle *style, const Hactl__View *view, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    static const char *const headings[] = {"DEVICE", "AGENT", "FENCES", "STATE", "ON", "RESULT", "REASON"};
    for (guint i = 0; i < G_N_ELEMENTS(headings); i++)
        cli_table_column(table, headings[i], i == 6 ? CLI_COLUMN_WRAP : CLI_COLUMN_LEFT);
    for (gsize i = 0; i < view->n_fences; i++) {
        const Hactl__ViewFence *device = view->fences[i];
        gboolean bad = device->state == HA_FENCE_FAILED || device->state == HA_FENCE_DISABLED;
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, device->name);
        cli_table_cell(table, CLI_PLAIN, device->agent);
        cli_table_take(table, CLI_PLAIN, hosts_of(device));
        cli_table_cell(table, bad ? CLI_BAD : CLI_PLAIN, ha_fence_state_word((HaFenceState)device->state));
        cli_table_cell(table, CLI_PLAIN, device->node);
        cli_table_take(table, CLI_PLAIN, age_of(device->since_s, view->time_s));
        cli_table_cell(table, CLI_PLAIN, device->reason);
    }
    cli_table_append(table, out, 0);
    if (view->n_fences == 0)
        g_string_append(out, "no fence device; add one: hactl fence add NAME --agent=AGENT --host=NODE\n");
}

static void show_hosts(const CliStyle *style, const Hactl__View *view, const GPtrArray *history, GString *out)
{
    g_autoptr(CliTable) table = cli_table_new(style);
    cli_table_column(table, "HOST", CLI_COLUMN_LEFT);
    cli_table_column(table, "CAN BE FENCED", CLI_COLUMN_WRAP);
    cli_table_column(table, "LAST FENCED", CLI_COLUMN_WRAP);
    for (gsize i = 0; i < view->n_nodes; i++) {
        const Hactl__ViewNode *node = view->nodes[i];
        const IoFenceEvent *event = last_of(history, node->node);
        HaFenceGap gap = (HaFenceGap)node->fence_gap;
        g_autofree char *age = event ? age_of(event->when_s, view->time_s) : NULL;
        cli_table_row(table);
        cli_table_cell(table, CLI_PLAIN, node->node);
        cli_table_cell(table, gap == HA_FENCE_GAP_NONE ? CLI_PLAIN : CLI_BAD,
            gap == HA_FENCE_GAP_NONE ? "yes" : ha_fence_gap_text(gap, NULL));
        cli_table_take(table, event && strcmp(event->status ? event->status : "", "failed") == 0 ? CLI_BAD : CLI_PLAIN,
            event ? g_strdup_printf("%s %s %s%s%s", event->action, event->status, age ? age : "",
                        event->reason ? ": " : "", event->reason ? event->reason : "")
                  : g_strdup(history ? "never" : NULL));
    }
    g_string_append_c(out, '\n');
    cli_table_append(table, out, 0);
}

static void add_strings(JsonBuilder *json, const char *name, char *const *strings, gsize n)
{
    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
    for (gsize i = 0; i < n; i++)
        json_builder_add_string_value(json, strings[i]);
    json_builder_end_array(json);
}

static void add_device(JsonBuilder *json, const Hactl__ViewFence *device)
{
    json_builder_begin_object(json);
    cli_json_text(json, "name", device->name);
    cli_json_text(json, "agent", device->agent);
    cli_json_bool(json, "ours", g_str_has_prefix(device->name, HA_FENCE_PREFIX));
    add_strings(json, "hosts", device->hosts, device->n_hosts);
    cli_json_bool(json, "asks", device->asks);
    add_strings(json, "banned", device->banned, device->n_banned);
    cli_json_text(json, "state", ha_fence_state_word((HaFenceState)device->state));
    cli_json_text(json, "node", device->node);
    cli_json_text(json, "reason", device->reason);
    cli_json_known(json, "since_s", device->since_s > 0, device->since_s);
    json_builder_end_object(json);
}

static void add_host(JsonBuilder *json, const Hactl__ViewNode *node, const GPtrArray *history)
{
    const IoFenceEvent *event = last_of(history, node->node);
    json_builder_begin_object(json);
    cli_json_text(json, "node", node->node);
    cli_json_text(json, "fence_gap", ha_fence_gap_word((HaFenceGap)node->fence_gap));
    cli_json_text(json, "last_action", event ? event->action : NULL);
    cli_json_text(json, "last_status", event ? event->status : NULL);
    cli_json_text(json, "last_reason", event ? event->reason : NULL);
    cli_json_known(json, "last_s", event && event->when_s > 0, event ? event->when_s : 0);
    json_builder_end_object(json);
}

static void print_json(const Hactl__View *view, const GPtrArray *history)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "devices");
    json_builder_begin_array(json);
    for (gsize i = 0; i < view->n_fences; i++)
        add_device(json, view->fences[i]);
    json_builder_end_array(json);
    json_builder_set_member_name(json, "hosts");
    json_builder_begin_array(json);
    for (gsize i = 0; i < view->n_nodes; i++)
        add_host(json, view->nodes[i], history);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

CliExit cmd_fence_list(CliRun *run, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("fence list", error);
    if (!result)
        return CLI_EXIT_FAILED;
    g_autoptr(GPtrArray) history = read_history();
    if (run->options.json) {
        print_json(result->view, history);
        return CLI_EXIT_DONE;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    show_devices(&run->style, result->view, out);
    show_hosts(&run->style, result->view, history, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}

/* ---- remove ---- */

CliExit cmd_fence_remove(CliRun *run, GError **error)
{
    const char *name = run->options.args[0];
    g_autofree char *title = g_strdup_printf("fence remove %s", name);
    Hactl__Request request = HACTL__REQUEST__INIT;
    Hactl__FenceDevice device = HACTL__FENCE_DEVICE__INIT;
    device.name = (char *)(g_str_has_prefix(name, HA_FENCE_PREFIX) ? name + strlen(HA_FENCE_PREFIX) : name);
    request.kind = HA_REQUEST_FENCE_REMOVE;
    request.fence = &device;
    request.has_force = request.force = run->options.force;
    if (!cli_client_request(&request, NULL, title, error))
        return CLI_EXIT_FAILED;
    g_autofree char *text = g_strdup_printf("fence device %s removed", device.name);
    cli_fence_print_end(run, device.name, text);
    return CLI_EXIT_DONE;
}
