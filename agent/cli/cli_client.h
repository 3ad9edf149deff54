/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_client - one call to the hactld of this host: connect, send, receive results (wire_control.h).
 *
 * The socket is CLI_SOCKET_DEFAULT, or what HACTL_SOCKET names. One connection a call, as the protocol has it.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "agent/wire/wire_control.h"

#define CLI_SOCKET_DEFAULT "/run/hactl/hactld.sock"
#define CLI_CALL_TIMEOUT_MS 15000    /* for what hactld answers by itself */
#define CLI_REQUEST_TIMEOUT_MS 60000 /* for what the leader answers after a change of the CIB */

typedef struct CliClient CliClient;

typedef enum {
    CLI_RECEIVE_RESULT,
    CLI_RECEIVE_TIMEOUT,
    CLI_RECEIVE_INTERRUPTED, /* Ctrl-C */
    CLI_RECEIVE_LOST,        /* hactld went away before its last result; error set */
    CLI_RECEIVE_BAD,         /* no result of ours; error set */
} CliReceive;

/**
 * cli_client_open - connect and send.
 * Returns: NULL with CLI_EXIT_UNREACHABLE, CLI_EXIT_PERMISSION, or CLI_EXIT_REFUSED for a call that hactld would
 * refuse.
 */
CliClient *cli_client_open(const Hactl__Call *call, GError **error);
void cli_client_free(CliClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliClient, cli_client_free)

/**
 * cli_client_receive - wait for the next result.
 * @until_ms: monotonic; G_MAXINT64 for ever.
 * @ret_result: (transfer full), set only on CLI_RECEIVE_RESULT.
 */
CliReceive cli_client_receive(CliClient *client, gint64 until_ms, WireResult **ret_result, GError **error);

/**
 * cli_client_call - a call with one result.
 * @what: what is being done, for errors: "drain node3".
 *
 * Returns: (transfer full); NULL with the exit code's error, also for an answer that is not OK.
 */
WireResult *cli_client_call(const Hactl__Call *call, const char *what, gint64 timeout_ms, GError **error);

/** cli_client_set_mismatch - hactld answered, and not what was asked for. */
void cli_client_set_mismatch(const char *what, GError **error);

/** cli_client_view - the whole view, once. Returns: (transfer full) a result that has a view. */
WireResult *cli_client_view(const char *what, GError **error);

/** cli_client_plan - what a request would do. @request: id 0. Returns: (transfer full) a result that has a plan. */
WireResult *cli_client_plan(Hactl__Request *request, const char *what, GError **error);

/**
 * cli_client_request - have the leader do it.
 * @request: its `by` is filled in during the call when it is NULL.
 * What it costs, where the leader warns of it, is said on standard error.
 * @xml: nullable.
 *
 * Returns: FALSE with the reason.
 */
gboolean cli_client_request(Hactl__Request *request, GBytes *xml, const char *what, GError **error);

/** cli_client_ask - the same. Returns: (transfer full) what the leader answered, "" for nothing; NULL with the reason.
 */
char *cli_client_ask(Hactl__Request *request, GBytes *xml, const char *what, GError **error);

#endif
