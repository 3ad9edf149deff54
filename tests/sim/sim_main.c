/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl-sim - rehearse a cluster on a laptop: the real core, everything else faked, one seed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tests/sim/sim_cmd.h"

static const SimCmd commands[] = {
    {"run", "SCENARIO...", "run scenarios and compare what happens with what they expect", sim_cmd_run},
    {"search", "", "run seeds, each a cluster with faults, until a promise is broken", sim_cmd_search},
    {"whatif", "--from EXPORT COMMAND...", "what would happen in a live cluster, from its own state", sim_cmd_whatif},
    {"replay", "--traces FILE...", "give recorded load to the balancer, and measure it", sim_cmd_replay},
};

static void print_help(void)
{
    printf("Usage: hactl-sim COMMAND [OPTION...]\n\n"
           "A whole cluster in one process: hactl's own core, and fakes of everything around it.\n\n");
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        printf("  %-7s %-25s %s\n", commands[i].verb, commands[i].arguments, commands[i].summary);
    printf("\n'hactl-sim COMMAND --help' shows a command's options; hactl-sim(1) explains them.\n");
}

/* For completion. */
static void print_verbs(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        puts(commands[i].verb);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 || strcmp(verb, "help") == 0) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (strcmp(verb, "--version") == 0) {
        puts("hactl-sim " HACTL_VERSION);
        return EXIT_SUCCESS;
    }
    if (strcmp(verb, "__complete") == 0) {
        print_verbs();
        return EXIT_SUCCESS;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(verb, commands[i].verb) == 0)
            return commands[i].fn(argc - 1, argv + 1);
    fprintf(stderr, "hactl-sim: %s%s; 'hactl-sim --help' lists the commands\n",
        *verb ? "no command is called " : "no command", verb);
    return EX_USAGE;
}
