/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_watch.h"

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_interrupt.h"

struct CliWatch {
    Hactl__Call call;
    gint64 reconnect_ms;
    CliClient *client; /* NULL: not connected */
    gboolean ever;     /* a result has come */
    gint64 lost_ms;    /* when the break began; meaningful while broken */
    gboolean broken;   /* no result since the break */
};

CliWatch *cli_watch_new(Hactl__CallKind kind, gint64 reconnect_ms)
{
    CliWatch *watch = g_new0(CliWatch, 1);
    hactl__call__init(&watch->call);
    watch->call.kind = kind;
    watch->call.has_watch = TRUE;
    watch->call.watch = TRUE;
    watch->reconnect_ms = reconnect_ms;
    return watch;
}

void cli_watch_free(CliWatch *watch)
{
    if (!watch)
        return;
    cli_client_free(watch->client);
    g_free(watch);
}

/* The connection is of no use any more. Returns: LOST for the first break, else goes on trying (RESULT). */
static CliWatchOutcome drop(CliWatch *watch)
{
    g_clear_pointer(&watch->client, cli_client_free);
    if (watch->broken)
        return CLI_WATCH_RESULT;
    watch->broken = TRUE;
    watch->lost_ms = cli_interrupt_now_ms();
    return CLI_WATCH_LOST;
}

/* After a failed try. Returns: RESULT to try again. */
static CliWatchOutcome pause_or_give_up(CliWatch *watch, gint64 until_ms, GError *why, GError **error)
{
    gint64 now = cli_interrupt_now_ms();
    if (!watch->ever || now - watch->lost_ms >= watch->reconnect_ms) {
        g_propagate_error(error, why);
        return CLI_WATCH_FAILED;
    }
    g_error_free(why);
    if (!cli_interrupt_pause(MIN(now + CLI_WATCH_RETRY_MS, until_ms)))
        return CLI_WATCH_INTERRUPTED;
    return cli_interrupt_now_ms() >= until_ms ? CLI_WATCH_TIMEOUT : CLI_WATCH_RESULT;
}

/* A result came: is it what the watch is for? A refusal in mid-watch is a daemon that is starting or stopping. */
static CliWatchOutcome judge(CliWatch *watch, gint64 until_ms, WireResult **result, GError **error)
{
    g_autoptr(GError) why = NULL;
    gboolean good = cli_error_check_answer((*result)->answer, "watching the cluster", &why);
    if (good && watch->call.kind == HACTL__CALL_KIND__CALL_VIEW && !(*result)->view) {
        g_clear_pointer(result, wire_result_free);
        cli_client_set_mismatch("watching the cluster", error);
        return CLI_WATCH_FAILED;
    }
    if (good) {
        watch->ever = TRUE;
        watch->broken = FALSE;
        return CLI_WATCH_RESULT;
    }
    g_clear_pointer(result, wire_result_free);
    CliWatchOutcome outcome = drop(watch);
    if (watch->ever && outcome == CLI_WATCH_LOST)
        return CLI_WATCH_LOST;
    return pause_or_give_up(watch, until_ms, g_steal_pointer(&why), error);
}

/* One round. Returns: RESULT without a result to go round again. */
static CliWatchOutcome step(CliWatch *watch, gint64 until_ms, WireResult **ret_result, GError **error)
{
    GError *why = NULL;
    if (!watch->client && !(watch->client = cli_client_open(&watch->call, &why)))
        return pause_or_give_up(watch, until_ms, why, error);
    switch (cli_client_receive(watch->client, until_ms, ret_result, &why)) {
    case CLI_RECEIVE_RESULT:
        return judge(watch, until_ms, ret_result, error);
    case CLI_RECEIVE_TIMEOUT:
        return CLI_WATCH_TIMEOUT;
    case CLI_RECEIVE_INTERRUPTED:
        return CLI_WATCH_INTERRUPTED;
    case CLI_RECEIVE_LOST:
        if (watch->ever && drop(watch) == CLI_WATCH_LOST) {
            g_error_free(why);
            return CLI_WATCH_LOST;
        }
        g_clear_pointer(&watch->client, cli_client_free);
        return pause_or_give_up(watch, until_ms, why, error);
    case CLI_RECEIVE_BAD:
        g_propagate_error(error, why);
        return CLI_WATCH_FAILED;
    }
    g_return_val_if_reached(CLI_WATCH_FAILED);
}

CliWatchOutcome cli_watch_next(CliWatch *watch, gint64 until_ms, WireResult **ret_result, GError **error)
{
    for (;;) {
        WireResult *result = NULL;
        CliWatchOutcome outcome = step(watch, until_ms, &result, error);
        if (outcome == CLI_WATCH_RESULT && !result)
            continue;
        if (result)
            *ret_result = result;
        return outcome;
    }
}
