/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_ask - have an admin type a name before something that can't be undone.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <glib.h>

/**
 * cli_ask_name - print what is at stake on standard error and read a line of standard input.
 * @stake: lines, each ended.
 * Returns: TRUE when the line is @name; FALSE with CLI_EXIT_REFUSED.
 */
gboolean cli_ask_name(const char *what, const char *stake, const char *name, GError **error);

#endif
