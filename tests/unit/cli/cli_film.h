/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_film - the real hactl as a child process, and the hactld that it talks to: what the cluster shows, what the
 * leader answers, how a watch goes on.
 */
#ifndef CLI_FILM_H
#define CLI_FILM_H

#include "tests/unit/cli/cli_server.h"

#include <gio/gio.h>

typedef struct Film Film;
struct Film {
    CliFixture *cluster; /* changes as the film goes on; the server's thread only, until the child has ended */
    CliFixture *plan;
    HaAnswer answer;
    const char *answer_text;
    const char *warning;                                  /* nullable */
    void (*watch)(Film *film, CliServer *server, int fd); /* after the first view; NULL: silence */
    const void *raw;                                      /* sent instead of any answer */
    gsize raw_len;
    guint n_watches, n_requests;  /* calls of this kind */
    HaRequest *request;           /* the last one */
    GBytes *xml;                  /* nullable: that came with it */
    const char *wanted, *running; /* nullable: the definitions that a call gets */
    guint lose;                   /* of the last call for the capacity */
    GAsyncQueue *watched;         /* a push when a watch has begun */
};

/** film_init - three nodes, six VMs, an empty plan, OK to every request. */
void film_init(Film *film);
void film_clear(Film *film);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Film, film_clear)

/** film_play - the CliServe; its data is the film. */
void film_play(CliServer *server, int fd, const WireCall *call, gpointer data);

typedef struct {
    int exit; /* status; -signal when it was killed */
    char *out, *err;
} Run;

void run_clear(Run *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/** run_spawn - start hactl against a socket. @arguments: NULL-terminated. */
GSubprocess *run_spawn(const char *socket, const char *const *arguments);
/** run_finish - wait for it. Fails the test when it wrote an escape sequence: this is no terminal. */
Run run_finish(GSubprocess *child);
/** run_hactl - both. */
Run run_hactl(const char *socket, const char *const *arguments);
#define HACTL(server, ...) run_hactl(cli_server_path(server), (const char *const[]){__VA_ARGS__, NULL})

/** run_assert_error - exactly one line on standard error: the program's name, @named, a remedy; and this exit status.
 */
void run_assert_error(const Run *run, int exit, const char *named);

#endif
