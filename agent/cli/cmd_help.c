/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include <stdio.h>

CliExit cmd_help(CliRun *run, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (run->options.n_args == 0) {
        cli_help(out);
    } else if (run->options.n_args > 1 || !cli_help_family(run->options.args[0], out)) {
        guint words = 0;
        const CliVerb *verb = cli_verb_find(run->options.args, &words, error);
        if (!verb)
            return CLI_EXIT_USAGE;
        cli_verb_help(verb, out);
    }
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}
