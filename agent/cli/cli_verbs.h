/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_verbs - the table of verbs: what hactl can do, in the words of its help.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_options.h"
#include "agent/cli/cli_style.h"

typedef struct CliVerb CliVerb;

/* One command line being carried out. */
typedef struct {
    const CliVerb *verb;
    CliOptions options;
    CliStyle style; /* of standard output */
} CliRun;

/**
 * CliVerbFunc - carry it out; standard output gets the result, errors travel up.
 * Returns: the exit code; @error set when that is to be explained on standard error.
 */
typedef CliExit (*CliVerbFunc)(CliRun *run, GError **error);

struct CliVerb {
    const char *name;      /* one or two words */
    const char *arguments; /* in the admin's words; "" for none */
    guint args_min, args_max;
    CliOptionSet options;
    const char *summary;  /* one line */
    const char *about;    /* nullable: a few lines more */
    const char *examples; /* lines of "command   # what for" */
    CliVerbFunc run;
};

/** cli_verbs - the table. @ret_n: its length. Static. */
const CliVerb *cli_verbs(guint *ret_n);

/**
 * cli_verb_find - the verb at the front of a command line.
 * @argv: NULL-terminated.
 * @ret_words: how many words its name takes.
 *
 * Returns: NULL with CLI_EXIT_USAGE and the nearest verb otherwise.
 */
const CliVerb *cli_verb_find(char *const *argv, guint *ret_words, GError **error);

/** cli_verb_help - a verb's help page. */
void cli_verb_help(const CliVerb *verb, GString *out);
/** cli_help_family - the page of a first word alone: the verbs that begin with it. Returns: there are any. */
gboolean cli_help_family(const char *word, GString *out);
/** cli_help - the first page: every verb, and the way to begin. */
void cli_help(GString *out);

/**
 * cli_verb_run - parse a verb's command line and carry it out.
 * @argv: the words after the verb.
 * Returns: the exit code, after the error was printed.
 */
CliExit cli_verb_run(const CliVerb *verb, char *const *argv);

#endif
