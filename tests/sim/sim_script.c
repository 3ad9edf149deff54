/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_script.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim_verbs.h"

#define SEPARATOR "\n----\n"

static gboolean do_lines(SimVerbs *verbs, const char *path, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] && !(verbs->sim && verbs->sim->failed); i++) {
        g_strstrip(lines[i]);
        if (!*lines[i] || lines[i][0] == '#' || sim_verbs_do(verbs, lines[i]))
            continue;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "%s, line %u: \"%s\" is no command, or names what is not there; 'hactl-sim run --help' lists the commands",
            path, i + 1, lines[i]);
        return FALSE;
    }
    return TRUE;
}

static char *story_text(const Sim *sim)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sim->story->len; i++)
        g_string_append_printf(text, "%s\n", (char *)sim->story->pdata[i]);
    return g_string_free(text, FALSE);
}

static gboolean compare(const char *path, const char *commands, const char *expected, const char *story,
    gboolean rewrite, SimClass *ret_class, GError **error)
{
    if (strcmp(expected, story) == 0)
        return TRUE;
    if (rewrite) {
        g_autofree char *whole = g_strconcat(commands, SEPARATOR, story, NULL);
        return g_file_set_contents(path, whole, -1, error);
    }
    printf("%s: expected:\n%s\nhappened (hactl-sim run --rewrite puts it there):\n%s", path, expected, story);
    *ret_class = SIM_TRACE_DIFFERS;
    return TRUE;
}

gboolean sim_script_run(const char *path, gboolean verbose, gboolean rewrite, SimClass *ret_class, GError **error)
{
    g_autofree char *whole = NULL;
    if (!g_file_get_contents(path, &whole, NULL, error))
        return FALSE;
    char *separator = strstr(whole, SEPARATOR);
    const char *expected = separator ? separator + strlen(SEPARATOR) : "";
    if (separator)
        *separator = '\0';
    SimVerbs verbs = {.verbose = verbose};
    gboolean ok = do_lines(&verbs, path, whole, error);
    g_autoptr(Sim) sim = verbs.sim;
    if (!ok || !sim)
        return ok;
    if (sim->failed) {
        printf("%s: %s\n", path, sim->failure);
        *ret_class = sim->failed;
        return TRUE;
    }
    g_autofree char *story = story_text(sim);
    return compare(path, whole, expected, story, rewrite, ret_class, error);
}
