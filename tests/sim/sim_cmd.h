/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_cmd - the verbs of hactl-sim, one a file (sim_cmd_VERB.c). Each parses its own options and returns an exit code.
 */
#ifndef SIM_CMD_H
#define SIM_CMD_H

#include <glib.h>

typedef struct {
    const char *verb, *arguments, *summary;
    int (*fn)(int argc, char **argv); /* argv[0]: the verb */
} SimCmd;

int sim_cmd_run(int argc, char **argv);
int sim_cmd_search(int argc, char **argv);
int sim_cmd_whatif(int argc, char **argv);
int sim_cmd_replay(int argc, char **argv);

/**
 * sim_cmd_parse - @argv's options; what is left stays in @argv.
 * @description: nullable; printed after the options by --help.
 * Returns: FALSE after it has said on standard error what is wrong.
 */
gboolean sim_cmd_parse(
    int *argc, char ***argv, const GOptionEntry *entries, const char *arguments, const char *description);

#endif
