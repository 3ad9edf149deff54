/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_error - hactl's exit codes, and its one way of printing an error.
 *
 * Every failure that reaches main is a GError of domain CLI_ERROR whose code is the exit code and whose message reads
 * "WHAT: WHY; REMEDY": what was tried and on what, why it failed, what the admin can do.
 */
#ifndef CLI_ERROR_H
#define CLI_ERROR_H

#include "proto/hactl.pb-c.h"

#include <glib.h>

/* The exit codes of hactl(8), section EXIT STATUS. Part of the interface: never renumbered. */
typedef enum {
    CLI_EXIT_DONE = 0,
    CLI_EXIT_FAILED = 1,
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_PARTIAL = 3,     /* done as far as possible; what is left was named with its remedy */
    CLI_EXIT_UNKNOWN = 4,     /* no such node or VM */
    CLI_EXIT_REFUSED = 5,     /* understood and not done; the blocker was named */
    CLI_EXIT_UNREACHABLE = 6, /* hactld on this host can't be reached */
    CLI_EXIT_PERMISSION = 7,
    CLI_EXIT_NOT_QUORATE = 8,
    CLI_EXIT_NO_PACEMAKER = 9,  /* Pacemaker's configuration can't be read */
    CLI_EXIT_TIMEOUT = 10,      /* it was asked for, and was not so in time */
    CLI_EXIT_WARNINGS = 11,     /* check: warnings were found */
    CLI_EXIT_ERRORS = 12,       /* check: errors were found */
    CLI_EXIT_DIFFERENT = 13,    /* diff: the cluster is not as the manifest says */
    CLI_EXIT_INTERRUPTED = 130, /* Ctrl-C; the work goes on in the cluster */
} CliExit;

#define CLI_ERROR cli_error_quark()
GQuark cli_error_quark(void);

/** cli_error_exit - the exit code of an error. @error: of any domain; foreign ones are CLI_EXIT_FAILED. */
CliExit cli_error_exit(const GError *error);

/** cli_error_print - "hactl: MESSAGE" on standard error, on one line. Returns: the exit code. */
CliExit cli_error_print(const GError *error);

/** cli_error_warn - "hactl: warning: WHAT: WARNING" on standard error, for what was done all the same. */
void cli_error_warn(const char *what, const char *warning);

/**
 * cli_error_check_answer - turn hactld's answer into an error.
 * @answer: nullable; NULL is good.
 * @what: what was asked for, e.g. "drain node3".
 *
 * A text that brings no remedy of its own ("; ...") gets that of its class.
 * Returns: TRUE on HA_ANSWER_OK.
 */
gboolean cli_error_check_answer(const Hactl__Answer *answer, const char *what, GError **error);

#endif
