/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_fence_secret - parameters as they are typed, and where a password is kept.
 *
 * The CIB can be read by the group haclient and lies in every backup. So a password in a file stays there when the
 * agent can be told to run a script for it: NAME_script=cat FILE. The file has to be on every host.
 */
#ifndef CLI_FENCE_SECRET_H
#define CLI_FENCE_SECRET_H

#include "agent/cli/cli_fence_agent.h"

/**
 * cli_fence_parameter_put - take "NAME=VALUE" into the device.
 * @typed: VALUE may be @FILE, or - for a line of standard input.
 * @in_clear: the admin asked for passwords as they are typed.
 * @notes: what the admin should know, a line each, is appended.
 *
 * Returns: FALSE with CLI_EXIT_USAGE (no "=", an empty value, a password in clear) or CLI_EXIT_REFUSED (a file that
 * can't be read, or that others can).
 */
gboolean cli_fence_parameter_put(const CliFenceAgent *agent, const char *typed, gboolean in_clear, HaFenceSpec *spec,
    GString *notes, GError **error);

#endif
