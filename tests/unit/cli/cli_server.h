/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_server - a hactld that the test plays: a unix socket in a directory of its own, one connection after the other,
 * each served by the test's function in a thread of the server.
 */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "agent/wire/wire_control.h"
#include "tests/unit/cli/cli_fixture.h"

typedef struct CliServer CliServer;

/** CliServe - answer one call. @fd: to write to; the server closes it afterwards. */
typedef void (*CliServe)(CliServer *server, int fd, const WireCall *call, gpointer data);

CliServer *cli_server_new(CliServe serve, gpointer data);
void cli_server_free(CliServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliServer, cli_server_free)

/** cli_server_path - of the socket. */
const char *cli_server_path(const CliServer *server);
/** cli_server_dir - the directory it is in; for other files of a test. */
const char *cli_server_dir(const CliServer *server);

/** cli_server_away - take the socket away (as when hactld is stopped), and put it back. */
void cli_server_away(CliServer *server);
void cli_server_back(CliServer *server);

/* What a CliServe sends. Returns: FALSE when the client has gone. */
gboolean cli_server_send(int fd, const void *data, gsize len);
gboolean cli_server_send_view(int fd, const CliFixture *fixture, gboolean last);
gboolean cli_server_send_plan(int fd, const CliFixture *fixture);
/** cli_server_send_explanation - one sentence with both names in it; "-" for none. */
gboolean cli_server_send_explanation(int fd, const char *vm, const char *node);
gboolean cli_server_send_notes(int fd, const CliFixture *fixture, gboolean last);
gboolean cli_server_send_answer(int fd, HaAnswer answer, const char *text);

/** cli_server_wait_gone - wait until the client closes, 20 s at most. Returns: FALSE after that time. */
gboolean cli_server_wait_gone(int fd);

#endif
