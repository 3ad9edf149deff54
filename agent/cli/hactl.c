/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hactl - the admin's command. It talks to the hactld of its own host, and to nothing else.
 */
#include "agent/cli/cli_verbs.h"

#include <locale.h>
#include <stdio.h>

static int help(FILE *stream, CliExit exit)
{
    g_autoptr(GString) page = g_string_new(NULL);
    cli_help(page);
    fputs(page->str, stream);
    return (int)exit;
}

/* "hactl vm --help" */
static gboolean help_family(const char *word, const char *option)
{
    g_autoptr(GString) page = g_string_new(NULL);
    if (!option || !(g_str_equal(option, "--help") || g_str_equal(option, "-h")) || !cli_help_family(word, page))
        return FALSE;
    fputs(page->str, stdout);
    return TRUE;
}

/* Options in front of the verb; they are only these. */
static const char *verb_alias(const char *word)
{
    if (g_str_equal(word, "--version") || g_str_equal(word, "-V"))
        return "version";
    return word;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* "1.9 GiB" in every language */
    if (argc < 2)
        return help(stderr, CLI_EXIT_USAGE);
    if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h"))
        return help(stdout, CLI_EXIT_DONE);
    if (help_family(argv[1], argv[2]))
        return CLI_EXIT_DONE;
    argv[1] = (char *)verb_alias(argv[1]);

    g_autoptr(GError) error = NULL;
    guint words = 0;
    const CliVerb *verb = cli_verb_find(argv + 1, &words, &error);
    if (!verb)
        return (int)cli_error_print(error);
    return (int)cli_verb_run(verb, argv + 1 + words);
}
