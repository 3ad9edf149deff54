/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_setup - the steps that init, invite and join share. Each says what it did, a line a step.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "agent/cli/cli_error.h"
#include "agent/setup/su_host.h"

/** cli_setup_root - Returns: FALSE with CLI_EXIT_PERMISSION when not root. */
gboolean cli_setup_root(const char *verb, GError **error);

/** cli_setup_exit - turn an SU_ERROR into one with hactl's exit code. @error: set, of any domain. Returns: the code. */
CliExit cli_setup_exit(GError **error);

/**
 * cli_setup_check_taken - may this host get @conf? A host that has it already may.
 * Returns: FALSE with SU_ERROR_TAKEN.
 */
gboolean cli_setup_check_taken(const char *conf, GError **error);

/** cli_setup_files - write corosync's configuration and key, and Pacemaker's buffer size. */
gboolean cli_setup_files(const char *conf, GBytes *key, GError **error);

/**
 * cli_setup_services - start corosync, Pacemaker and hactld, or say that they are to be started.
 * @ret_started: FALSE when there is no systemd here.
 */
gboolean cli_setup_services(gboolean *ret_started, GError **error);

/**
 * cli_setup_wait - until hactld here is in a quorate cluster with a leader.
 * @timeout_s: above 0.
 * Returns: FALSE with CLI_EXIT_TIMEOUT, and what is still missing.
 */
gboolean cli_setup_wait(const char *verb, gint64 timeout_s, GError **error);

/** cli_setup_tune - have the leader write the recommended settings that are missing; prints its answer. */
gboolean cli_setup_tune(const char *verb, GError **error);

#endif
