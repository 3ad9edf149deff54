/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_follow - watch the cluster until a job has ended, with progress; then say how it went.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "agent/cli/cli_job.h"
#include "agent/cli/cli_verbs.h"

/**
 * cli_follow - watch @job to its end, or to the timeout, or to Ctrl-C.
 * @run: its style and --json, --timeout.
 *
 * Ctrl-C leaves the cluster at work. A lost hactld is waited for.
 * Prints the closing table or JSON. Returns: the exit code; @error says what is left to be done.
 */
CliExit cli_follow(CliRun *run, CliJob *job, GError **error);

/**
 * CliFollowTest - is it so? @ret_text: (transfer full), set when it is so, a line for the admin: where it runs.
 */
typedef gboolean (*CliFollowTest)(const Hactl__View *view, const char *vm, char **ret_text);

/**
 * cli_follow_vm - watch until @test holds for a VM.
 * @title: "vm start web1", for errors.
 * @timeout_s: of the whole wait.
 * @ret_text: (transfer full).
 *
 * Returns: FALSE with CLI_EXIT_TIMEOUT (what the view says of the VM is in the message), CLI_EXIT_FAILED or
 * CLI_EXIT_INTERRUPTED.
 */
gboolean cli_follow_vm(
    const char *title, const char *vm, CliFollowTest test, gint64 timeout_s, char **ret_text, GError **error);

#endif
