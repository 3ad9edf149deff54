/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_verbs - the commands of scenarios and of "hactl-sim whatif": what admins type, what goes wrong, and time that
 * passes. sim_verbs_help() lists them.
 */
#ifndef SIM_VERBS_H
#define SIM_VERBS_H

#include "tests/sim/sim_world.h"

typedef struct {
    Sim *sim; /* owned; NULL until "nodes" */
    gboolean verbose;
    gboolean started;
    char **words; /* of the line at hand */
} SimVerbs;

/** sim_verbs_do - carry out one line. Returns: FALSE when it makes no sense. */
gboolean sim_verbs_do(SimVerbs *verbs, const char *line);

/** sim_verbs_help - a line a command. Returns: (transfer full). */
char *sim_verbs_help(void);

#endif
