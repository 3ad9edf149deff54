/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_progress - a job as it goes on: on a terminal a block that is drawn anew in place, below the news that last;
 * elsewhere a plain line for each change.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "agent/cli/cli_job.h"

#include <stdio.h>

typedef struct CliProgress CliProgress;

/** cli_progress_new - @style, @stream: borrowed. @stream NULL: silent (--json). */
CliProgress *cli_progress_new(CliStyle *style, FILE *stream);
/** cli_progress_free - takes the block off the terminal. */
void cli_progress_free(CliProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliProgress, cli_progress_free)

/** cli_progress_update - tell the job's news (and empty them), draw the block. */
void cli_progress_update(CliProgress *progress, CliJob *job, gint64 now_ms);

/** cli_progress_say - one line that is no news of a VM, e.g. that hactld is away. */
void cli_progress_say(CliProgress *progress, CliColour colour, const char *text);

/**
 * cli_progress_block - what the terminal shows of a job now; pure.
 * A line of counts, then a bar for each moving VM, then what is tried again; at most style->height - 2 lines, none
 * wider than style->width.
 */
void cli_progress_block(const CliStyle *style, const CliJob *job, gint64 now_ms, GString *out);

#endif
