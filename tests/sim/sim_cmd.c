/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_cmd.h"

#include <stdio.h>

gboolean sim_cmd_parse(
    int *argc, char ***argv, const GOptionEntry *entries, const char *arguments, const char *description)
{
    char *verb = (*argv)[0];
    g_autofree char *program = g_strdup_printf("hactl-sim %s", verb);
    g_autoptr(GOptionContext) context = g_option_context_new(arguments);
    g_autoptr(GError) error = NULL;
    (*argv)[0] = program;
    g_set_prgname(program);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, description);
    gboolean ok = g_option_context_parse(context, argc, argv, &error);
    (*argv)[0] = verb;
    if (!ok)
        fprintf(stderr, "hactl-sim: %s: %s; 'hactl-sim %s --help' shows its options\n", verb, error->message, verb);
    return ok;
}
