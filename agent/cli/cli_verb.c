/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a command line to its verb, its help, and what it does. */
#include "agent/cli/cli_verbs.h"

#include "agent/core/model/ha_nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Does the command line begin with this verb's name? Returns: how many words matched, 0 for no. */
static guint words_of(const CliVerb *verb, char *const *argv)
{
    g_auto(GStrv) words = g_strsplit(verb->name, " ", -1);
    guint n = g_strv_length(words);
    for (guint i = 0; i < n; i++)
        if (!argv[i] || !g_str_equal(argv[i], words[i]))
            return 0;
    return n;
}

/* How far a verb is from what was typed: the whole name, or one word of two ("list" for "vm list", "nod" for "node
 * list"). */
static guint verb_distance(const CliVerb *verb, const char *one, const char *two)
{
    guint best = MIN(ha_word_distance(one, verb->name), ha_word_distance(two, verb->name));
    g_auto(GStrv) words = g_strsplit(verb->name, " ", -1);
    for (guint i = 0; words[1] && words[i]; i++)
        if (!g_str_equal(one, words[i])) /* the family was right, the second word is wrong */
            best = MIN(best, ha_word_distance(one, words[i]) + 1);
    return best;
}

static const CliVerb *nearest(const char *one, const char *two)
{
    const CliVerb *best = NULL;
    guint best_distance = 3;
    guint n;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++) {
        guint d = verbs[i].summary ? verb_distance(&verbs[i], one, two) : G_MAXUINT;
        if (d < best_distance) {
            best_distance = d;
            best = &verbs[i];
        }
    }
    return best;
}

/* "node" alone, or "vm" with a wrong second word: name those that begin so. */
static char *family(const char *word)
{
    g_autofree char *prefix = g_strconcat(word, " ", NULL);
    GString *names = g_string_new(NULL);
    guint n;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++)
        if (g_str_has_prefix(verbs[i].name, prefix))
            g_string_append_printf(names, "%shactl %s", names->len ? ", " : "", verbs[i].name);
    return g_string_free(names, FALSE);
}

static void set_unknown_verb(char *const *argv, GError **error)
{
    g_autofree char *relatives = family(argv[0]);
    g_autofree char *two = g_strjoin(" ", argv[0], argv[1], NULL);
    const CliVerb *near = nearest(argv[0], two);
    gboolean half = *relatives != '\0';
    const char *typed = half && argv[1] ? two : argv[0];
    if (half && !argv[1])
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: half a command; there are: %s", typed, relatives);
    else if (near)
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: no such command; did you mean: hactl %s", typed, near->name);
    else if (half)
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: no such command; there are: %s", typed, relatives);
    else
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: no such command; see them all: hactl help", typed);
}

const CliVerb *cli_verb_find(char *const *argv, guint *ret_words, GError **error)
{
    guint n;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++) {
        guint words = words_of(&verbs[i], argv);
        if (words > 0) {
            *ret_words = words;
            return &verbs[i];
        }
    }
    set_unknown_verb(argv, error);
    return NULL;
}

static void append_examples(const char *examples, GString *out)
{
    g_auto(GStrv) lines = g_strsplit(examples, "\n", -1);
    for (guint i = 0; lines[i] && *lines[i]; i++)
        g_string_append_printf(out, "  %s\n", lines[i]);
}

void cli_verb_help(const CliVerb *verb, GString *out)
{
    g_string_append_printf(out, "Usage: hactl %s%s%s%s\n\n%s.\n", verb->name, *verb->arguments ? " " : "",
        verb->arguments, verb->options ? " [OPTION...]" : "", verb->summary);
    if (verb->about)
        g_string_append_printf(out, "%s\n", verb->about);
    g_string_append(out, "\nOptions:\n");
    cli_options_help(verb->options, out);
    g_string_append(out, "\nExamples:\n");
    append_examples(verb->examples, out);
}

static void append_verb(const CliVerb *verb, GString *out)
{
    g_autofree char *usage = g_strjoin(" ", verb->name, verb->arguments, NULL);
    g_string_append_printf(out, "  %-16s %s\n", usage, verb->summary);
}

gboolean cli_help_family(const char *word, GString *out)
{
    g_autofree char *prefix = g_strconcat(word, " ", NULL);
    gboolean any = FALSE;
    guint n;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++) {
        if (!verbs[i].summary || !g_str_has_prefix(verbs[i].name, prefix))
            continue;
        if (!any)
            g_string_append_printf(out, "Usage: hactl %s COMMAND [OPTION...]\n\n", word);
        append_verb(&verbs[i], out);
        any = TRUE;
    }
    if (any)
        g_string_append_printf(out, "\nA command's options and examples: hactl help %s COMMAND\n", word);
    return any;
}

void cli_help(GString *out)
{
    g_string_append(out,
        "hactl: high availability for virtual machines on plain Linux hosts.\n\nUsage: hactl VERB [OPTION...]\n\n");
    guint n;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++) {
        if (verbs[i].summary)
            append_verb(&verbs[i], out);
    }
    g_string_append(out, "\nExamples:\n"
                         "  hactl status                     # what runs where, and what needs a hand\n"
                         "  hactl vm add --xml web1.xml      # hand a VM to the cluster\n"
                         "  hactl drain node3 --dry-run      # what would a drain do?\n"
                         "  hactl drain node3                # empty node3 live, then work on it\n"
                         "  hactl undrain node3 --return     # bring its VMs home\n"
                         "\nA verb's options and examples: hactl help VERB. The manual: man hactl.\n");
}

static gboolean check_arguments(const CliVerb *verb, const CliOptions *options, GError **error)
{
    if (options->help || (options->n_args >= verb->args_min && options->n_args <= verb->args_max))
        return TRUE;
    const char *why = options->n_args < verb->args_min ? "an argument is missing" : "too many arguments";
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: %s; usage: hactl %s%s%s", verb->name, why, verb->name,
        *verb->arguments ? " " : "", verb->arguments);
    return FALSE;
}

static CliExit run_parsed(CliRun *run, GError **error)
{
    if (!run->options.help)
        return run->verb->run(run, error);
    g_autoptr(GString) help = g_string_new(NULL);
    cli_verb_help(run->verb, help);
    fputs(help->str, stdout);
    return CLI_EXIT_DONE;
}

/* A complaint of the option parser has no remedy of its own. */
static GError *with_help(GError *error, const CliVerb *verb)
{
    if (!strstr(error->message, "; ")) {
        char *message = g_strdup_printf("%s; see: hactl help %s", error->message, verb->name);
        g_free(error->message);
        error->message = message;
    }
    return error;
}

CliExit cli_verb_run(const CliVerb *verb, char *const *argv)
{
    g_autoptr(GError) error = NULL;
    g_auto(CliOptions) options = {0};
    if (!cli_options_parse(verb->options, argv, &options, &error)) {
        g_prefix_error(&error, "%s: ", verb->name);
        return cli_error_print(with_help(error, verb));
    }
    if (!check_arguments(verb, &options, &error))
        return cli_error_print(error);
    CliRun run = {.verb = verb, .options = options};
    cli_style_detect(STDOUT_FILENO, &run.style);
    run.style.no_headings = options.no_headings;
    CliExit exit = run_parsed(&run, &error);
    if (!error && (fflush(stdout) != 0 || ferror(stdout)))
        g_set_error(&error, CLI_ERROR, CLI_EXIT_FAILED,
            "%s: standard output can't be written: %s; is its disk full, or its reader gone?", verb->name,
            g_strerror(errno));
    return error ? cli_error_print(error) : exit;
}
