/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_run.h"

#include <string.h>

static void on_done(const IoToolResult *result, gpointer data)
{
    IoRun *run = data;
    run->outcome = result->outcome;
    run->exit_code = result->exit_code;
    run->out = g_strdup(result->out);
    run->err = g_strdup(result->err);
    run->error = g_strdup(result->error);
    run->done = TRUE;
}

IoRun *io_run_start(const char *const *argv, const char *input, guint timeout_ms)
{
    IoRun *run = g_new0(IoRun, 1);
    g_autoptr(GBytes) bytes = input ? g_bytes_new(input, strlen(input)) : NULL;
    io_tool_run(argv, bytes, timeout_ms, on_done, run);
    return run;
}

void io_run_wait(IoRun *run)
{
    while (!run->done)
        g_main_context_iteration(NULL, TRUE);
}

void io_run_free(IoRun *run)
{
    if (!run)
        return;
    g_assert(run->done); /* else it would be written to later */
    g_free(run->out);
    g_free(run->err);
    g_free(run->error);
    g_free(run);
}

IoRun *io_run(const char *const *argv, const char *input, guint timeout_ms)
{
    IoRun *run = io_run_start(argv, input, timeout_ms);
    io_run_wait(run);
    return run;
}
