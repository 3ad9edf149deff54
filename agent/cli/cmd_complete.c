/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl __complete verbs|options VERB|nodes|vms|groups|group-keys: words, one a line, for packaging/completion/hactl.
 */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_group.h"

#include <stdio.h>

static CliExit print_verbs(void)
{
    guint n = 0;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++)
        if (verbs[i].summary)
            printf("%s\n", verbs[i].name);
    return CLI_EXIT_DONE;
}

static CliExit print_options(char *const *words, GError **error)
{
    guint n_words = 0;
    const CliVerb *verb = words[0] ? cli_verb_find(words, &n_words, error) : NULL;
    if (!verb)
        return CLI_EXIT_USAGE;
    g_autoptr(GString) out = g_string_new(NULL);
    cli_options_words(verb->options, out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}

static CliExit print_names(gboolean nodes, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("completion", error);
    if (!result)
        return CLI_EXIT_FAILED;
    const Hactl__View *view = result->view;
    for (gsize i = 0; nodes && i < view->n_nodes; i++)
        printf("%s\n", view->nodes[i]->node);
    for (gsize i = 0; !nodes && i < view->n_vms; i++)
        printf("%s\n", view->vms[i]->name);
    return CLI_EXIT_DONE;
}

static CliExit print_groups(GError **error)
{
    g_autoptr(WireResult) result = cli_client_view("completion", error);
    for (gsize i = 0; result && i < result->view->n_groups; i++)
        printf("%s\n", result->view->groups[i]->name);
    return result ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}

static CliExit print_group_keys(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    cli_group_keys(out);
    fputs(out->str, stdout);
    return CLI_EXIT_DONE;
}

CliExit cmd_complete(CliRun *run, GError **error)
{
    const char *what = run->options.args[0];
    if (g_str_equal(what, "verbs"))
        return print_verbs();
    if (g_str_equal(what, "options"))
        return print_options(run->options.args + 1, error);
    if (g_str_equal(what, "nodes") || g_str_equal(what, "vms"))
        return print_names(g_str_equal(what, "nodes"), error);
    if (g_str_equal(what, "groups"))
        return print_groups(error);
    if (g_str_equal(what, "group-keys"))
        return print_group_keys();
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE,
        "__complete: %s: not one of verbs, options, nodes, vms, groups, group-keys; see packaging/completion/hactl",
        what);
    return CLI_EXIT_USAGE;
}
