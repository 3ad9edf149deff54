/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_ask.h"

#include "agent/cli/cli_error.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 512

gboolean cli_ask_name(const char *what, const char *stake, const char *name, GError **error)
{
    char line[LINE_MAX_BYTES] = "";
    fprintf(stderr, "%sType the host's name to go on: ", stake);
    fflush(stderr);
    if (fgets(line, sizeof line, stdin) && strcmp(g_strstrip(line), name) == 0)
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
        "%s: nothing was done: the name was not typed; type %s, or say --yes", what, name);
    return FALSE;
}
