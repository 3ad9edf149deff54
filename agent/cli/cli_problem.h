/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_problem - what in a view needs an admin, the worst first, each with its remedy. Pure.
 */
#ifndef CLI_PROBLEM_H
#define CLI_PROBLEM_H

#include "proto/hactl.pb-c.h"

#include <glib.h>

typedef enum {
    CLI_SEVERITY_CRITICAL, /* VMs are down or in danger, or protection is off */
    CLI_SEVERITY_WARNING,  /* works, and should be looked at */
} CliSeverity;

typedef struct {
    CliSeverity severity;
    char *subject; /* "cluster", a node's or a VM's name */
    char *text;    /* what is wrong: one sentence, lower case, no full stop */
    char *remedy;  /* what to do */
} CliProblem;

const char *cli_severity_word(CliSeverity severity);

/** cli_problem_list - Returns: (transfer full) CliProblem*: critical ones first, then cluster, nodes, VMs in the view's
 * order. */
GPtrArray *cli_problem_list(const Hactl__View *view);

#endif
