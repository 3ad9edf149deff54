/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_tool - run one of the cluster's command-line tools without waiting for it: bounded in time and in output.
 */
#ifndef IO_TOOL_H
#define IO_TOOL_H

#include <glib.h>

#define IO_TOOL_OUTPUT_BYTES_MAX (64u * 1024u * 1024u)

typedef enum {
    IO_TOOL_EXITED,    /* it ran to its end; exit_code says how */
    IO_TOOL_TIMED_OUT, /* killed at the deadline */
    IO_TOOL_BROKEN,    /* could not be started, was killed by a signal, or wrote more than IO_TOOL_OUTPUT_BYTES_MAX */
} IoToolOutcome;

typedef struct {
    IoToolOutcome outcome;
    int exit_code;     /* 0..255, on IO_TOOL_EXITED */
    const char *out;   /* standard output, a string */
    const char *err;   /* standard error, a string */
    const char *error; /* what went wrong, for an admin; NULL when it exited with 0 */
} IoToolResult;

/* Called once, from the main loop. @result: borrowed for the call. */
typedef void (*IoToolDone)(const IoToolResult *result, gpointer data);

typedef struct IoTool IoTool;

/**
 * io_tool_run - start a tool.
 * @argv: ended by NULL; argv[0] is looked for in PATH.
 * @input: nullable; its standard input, else empty.
 * @timeout_ms: above 0; at its end the tool is killed (SIGKILL, by its process id).
 *
 * Returns: borrowed handle, valid until @done was called.
 */
IoTool *io_tool_run(const char *const *argv, GBytes *input, guint timeout_ms, IoToolDone done, gpointer data);

/** io_tool_cancel - kill it; @done is not called any more. */
void io_tool_cancel(IoTool *tool);

#endif
