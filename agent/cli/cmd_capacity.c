/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capacity: which VMs would find no place if hosts were lost. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_table.h"

#include <stdio.h>

static void add_loss_json(JsonBuilder *json, const Hactl__Loss *loss)
{
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "hosts");
    json_builder_begin_array(json);
    for (gsize i = 0; i < loss->n_hosts; i++)
        json_builder_add_string_value(json, loss->hosts[i]);
    json_builder_end_array(json);
    cli_json_int(json, "vms", loss->n_vms);
    cli_json_int(json, "mem_mib", (gint64)loss->mem_mib);
    json_builder_set_member_name(json, "down");
    json_builder_begin_array(json);
    for (gsize i = 0; i < loss->n_down; i++) {
        json_builder_begin_object(json);
        cli_json_text(json, "vm", loss->down[i]->vm);
        cli_json_int(json, "mem_mib", (gint64)loss->down[i]->mem_mib);
        cli_json_text(json, "reason", loss->down[i]->why);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    cli_json_bool(json, "could_fit", loss->could_fit);
    json_builder_end_object(json);
}

static void print_json(const Hactl__Capacity *capacity)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_int(json, "lose", capacity->lose);
    cli_json_bool(json, "survives", capacity->n_bad == 0 && capacity->n_sets > 0);
    cli_json_text(json, "text", capacity->text);
    cli_json_int(json, "sets_tried", capacity->n_sets);
    cli_json_int(json, "sets_bad", capacity->n_bad);
    cli_json_bool(json, "exhaustive", capacity->exhaustive);
    json_builder_set_member_name(json, "losses");
    json_builder_begin_array(json);
    for (gsize i = 0; i < capacity->n_losses; i++)
        add_loss_json(json, capacity->losses[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

static char *hosts_words(const Hactl__Loss *loss)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < loss->n_hosts; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", loss->hosts[i]);
    return g_string_free(text, FALSE);
}

static void add_rows(CliTable *table, const Hactl__Loss *loss)
{
    cli_table_row(table);
    cli_table_take(table, CLI_PLAIN, hosts_words(loss));
    cli_table_take(table, CLI_PLAIN, g_strdup_printf("%u", loss->n_vms));
    cli_table_take(table, CLI_PLAIN, cli_format_mib(loss->mem_mib));
    cli_table_take(table, loss->n_down ? CLI_BAD : CLI_GOOD, g_strdup_printf("%" G_GSIZE_FORMAT, (gsize)loss->n_down));
    if (!loss->n_down)
        cli_table_cell(table, CLI_PLAIN, NULL);
    for (gsize i = 0; i < loss->n_down; i++) {
        if (i > 0) {
            cli_table_row(table);
            for (guint column = 0; column < 4; column++)
                cli_table_cell(table, CLI_PLAIN, "");
        }
        cli_table_take(table, CLI_PLAIN, g_strdup_printf("%s: %s", loss->down[i]->vm, loss->down[i]->why));
    }
}

static void print_text(const CliRun *run, const Hactl__Capacity *capacity)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(CliTable) table = cli_table_new(&run->style);
    g_autofree char *text = cli_format_clean(capacity->text ? capacity->text : "");
    cli_style_append(&run->style, out, capacity->n_bad ? CLI_BAD : CLI_GOOD, "%s", text);
    g_string_append(out, "\n");
    cli_table_column(table, "LOST", CLI_COLUMN_LEFT);
    cli_table_column(table, "VMS", CLI_COLUMN_RIGHT);
    cli_table_column(table, "MEMORY", CLI_COLUMN_RIGHT);
    cli_table_column(table, "DOWN", CLI_COLUMN_RIGHT);
    cli_table_column(table, "WHICH, AND WHY", CLI_COLUMN_WRAP);
    for (gsize i = 0; i < capacity->n_losses; i++)
        add_rows(table, capacity->losses[i]);
    cli_table_append(table, out, 0);
    fputs(out->str, stdout);
}

/* Exit code 3 (partial): some loss leaves VMs down. */
CliExit cmd_capacity(CliRun *run, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_CAPACITY;
    call.has_lose = run->options.lose > 0;
    call.lose = run->options.lose;
    g_autoptr(WireResult) result = cli_client_call(&call, "capacity", CLI_CALL_TIMEOUT_MS, error);
    if (!result)
        return CLI_EXIT_FAILED;
    if (!result->capacity) {
        cli_client_set_mismatch("capacity", error);
        return CLI_EXIT_FAILED;
    }
    if (run->options.json)
        print_json(result->capacity);
    else
        print_text(run, result->capacity);
    return result->capacity->n_bad ? CLI_EXIT_PARTIAL : CLI_EXIT_DONE;
}
