/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "tests/sim/sim_script.h"
#include "tests/sim/sim_verbs.h"

int sim_cmd_run(int argc, char **argv)
{
    gboolean verbose = FALSE, rewrite = FALSE;
    const GOptionEntry entries[] = {
        {"rewrite", 0, 0, G_OPTION_ARG_NONE, &rewrite, "Put what happened into the scenarios", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "Print the whole trace", NULL},
        {NULL},
    };
    g_autofree char *verbs = sim_verbs_help();
    g_autofree char *help = g_strconcat("Commands of a scenario:\n", verbs, NULL);
    if (!sim_cmd_parse(&argc, &argv, entries, "SCENARIO... - run scenarios", help))
        return EX_USAGE;
    if (argc < 2) {
        fprintf(stderr, "hactl-sim: run: name a scenario; tests/scenarios has some\n");
        return EX_USAGE;
    }
    int status = EXIT_SUCCESS;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        SimClass class = SIM_OK;
        if (!sim_script_run(argv[i], verbose, rewrite, &class, &error)) {
            fprintf(stderr, "hactl-sim: run: %s\n", error->message);
            return EX_DATAERR;
        }
        printf("%s: %s\n", argv[i], class == SIM_OK ? "as expected" : "FAILED");
        status = class == SIM_OK ? status : (int)class;
    }
    return status;
}
