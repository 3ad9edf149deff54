/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_watch - a stream of results that survives a restart of hactld.
 *
 * hactld carries nothing that a watcher needs: when the connection breaks, the watch connects again for up to a minute,
 * and the next view is as good as the one that was missed.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "agent/cli/cli_client.h"

#define CLI_WATCH_RECONNECT_MS 60000
#define CLI_WATCH_RETRY_MS 500

typedef struct CliWatch CliWatch;

typedef enum {
    CLI_WATCH_RESULT,
    CLI_WATCH_TIMEOUT,
    CLI_WATCH_INTERRUPTED,
    CLI_WATCH_LOST,   /* once a break; the next call connects again */
    CLI_WATCH_FAILED, /* error set */
} CliWatchOutcome;

/**
 * cli_watch_new - @kind: CALL_VIEW or CALL_EVENTS. Connects at the first cli_watch_next.
 * @reconnect_ms: how long a break may last: CLI_WATCH_RECONNECT_MS.
 */
CliWatch *cli_watch_new(Hactl__CallKind kind, gint64 reconnect_ms);
void cli_watch_free(CliWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliWatch, cli_watch_free)

/** cli_watch_next - @until_ms: monotonic. @ret_result: (transfer full), set only on CLI_WATCH_RESULT. */
CliWatchOutcome cli_watch_next(CliWatch *watch, gint64 until_ms, WireResult **ret_result, GError **error);

#endif
