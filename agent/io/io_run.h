/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_run - run tools and wait for them, several at once: for programs without a main loop of their own. On io_tool.
 */
#ifndef IO_RUN_H
#define IO_RUN_H

#include "agent/io/io_tool.h"

/* What became of a tool; its members count once io_run_wait has returned. */
typedef struct {
    gboolean done;
    IoToolOutcome outcome;
    int exit_code; /* on IO_TOOL_EXITED */
    char *out, *err;
    char *error; /* what went wrong, for an admin; NULL when it exited with 0 */
} IoRun;

/** io_run_start - as io_tool_run. Returns: (transfer full) release with io_run_free, after io_run_wait. */
IoRun *io_run_start(const char *const *argv, const char *input, guint timeout_ms);
/** io_run_wait - iterate the default main context until it has ended. */
void io_run_wait(IoRun *run);
void io_run_free(IoRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IoRun, io_run_free)

/** io_run - both. @input: nullable. Returns: (transfer full). */
IoRun *io_run(const char *const *argv, const char *input, guint timeout_ms);

#endif
