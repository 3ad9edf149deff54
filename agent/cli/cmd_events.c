/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_watch.h"

#include <stdio.h>

static gint64 now_s(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

static gsize first_of(const WireResult *result, gint lines)
{
    return result->n_notes - MIN(result->n_notes, (gsize)lines);
}

static void print_json_list(const WireResult *result, gsize first)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "events");
    json_builder_begin_array(json);
    for (gsize i = first; i < result->n_notes; i++)
        cli_json_note(json, result->notes[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

static void print_line(const CliRun *run, const Hactl__Note *note)
{
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_json_note(json, note);
        cli_json_print(json, FALSE);
        return;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_show_note(&run->style, note, now_s(), out);
    fputs(out->str, stdout);
}

static CliExit list(CliRun *run, GError **error)
{
    Hactl__Call call = HACTL__CALL__INIT;
    call.kind = HACTL__CALL_KIND__CALL_EVENTS;
    g_autoptr(WireResult) result = cli_client_call(&call, "events", CLI_CALL_TIMEOUT_MS, error);
    if (!result)
        return CLI_EXIT_FAILED;
    gsize first = first_of(result, run->options.lines);
    if (run->options.json) {
        print_json_list(result, first);
        return CLI_EXIT_DONE;
    }
    for (gsize i = first; i < result->n_notes; i++)
        print_line(run, result->notes[i]);
    return CLI_EXIT_DONE;
}

/* After a reconnect hactld tells all that it knows again: what was printed is passed over. */
static void print_new(const CliRun *run, const WireResult *result, gboolean begun, guint64 *last_id)
{
    for (gsize i = begun ? 0 : first_of(result, run->options.lines); i < result->n_notes; i++) {
        if (result->notes[i]->id > *last_id || !begun)
            print_line(run, result->notes[i]);
        *last_id = MAX(*last_id, result->notes[i]->id);
    }
    fflush(stdout);
}

static CliExit follow(CliRun *run, GError **error)
{
    g_autoptr(CliWatch) watch = cli_watch_new(HACTL__CALL_KIND__CALL_EVENTS, CLI_WATCH_RECONNECT_MS);
    guint64 last_id = 0;
    gboolean begun = FALSE;
    cli_interrupt_catch();
    for (;;) {
        g_autoptr(WireResult) result = NULL;
        switch (cli_watch_next(watch, G_MAXINT64, &result, error)) {
        case CLI_WATCH_RESULT:
            print_new(run, result, begun, &last_id);
            begun = TRUE;
            if (ferror(stdout))
                return CLI_EXIT_FAILED;
            break;
        case CLI_WATCH_LOST:
            fputs("hactl: events: hactld went away; connecting again for up to 60 s\n", stderr);
            break;
        case CLI_WATCH_INTERRUPTED:
            return CLI_EXIT_INTERRUPTED;
        case CLI_WATCH_TIMEOUT:
            break;
        case CLI_WATCH_FAILED:
            g_prefix_error(error, "events: ");
            return CLI_EXIT_FAILED;
        }
    }
}

CliExit cmd_events(CliRun *run, GError **error)
{
    return run->options.follow ? follow(run, error) : list(run, error);
}
