/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_fence_secret.h"

#include "agent/cli/cli_error.h"
#include "agent/core/model/ha_types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static gboolean check_file(const char *path, GError **error)
{
    struct stat status;
    const char *why = NULL;
    if (!g_path_is_absolute(path))
        why = "give the whole path, since every host reads it";
    else if (stat(path, &status) != 0)
        why = g_strerror(errno);
    else if (status.st_mode & 077)
        why = "others than its owner can read it; chmod 600 it first";
    if (why)
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED, "password file %s: %s", path, why);
    return why == NULL;
}

static char *first_line(char *text)
{
    text[strcspn(text, "\r\n")] = '\0';
    return text;
}

static char *read_file(const char *path, GError **error)
{
    char *text = NULL;
    g_autoptr(GError) wrong = NULL;
    if (g_file_get_contents(path, &text, NULL, &wrong))
        return first_line(text);
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED, "%s; give the path of a file with the value", wrong->message);
    return NULL;
}

static char *read_stdin(const char *name, GError **error)
{
    char line[HA_FENCE_VALUE_MAX + 2] = "";
    if (fgets(line, sizeof line, stdin))
        return g_strdup(first_line(line));
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s=-: standard input is empty; pipe the value into hactl", name);
    return NULL;
}

static void note_in_cib(const char *name, const char *why, GString *notes)
{
    g_string_append_printf(
        notes, "note: %s is kept in the cluster's configuration, which the group haclient can read%s\n", name, why);
}

/* A file, whose content stays out of the CIB if the agent can fetch it. */
static gboolean put_file(
    const CliFenceAgent *agent, const char *name, const char *path, HaFenceSpec *spec, GString *notes, GError **error)
{
    g_autofree char *script = g_strconcat(name, "_script", NULL);
    gboolean secret = cli_fence_secret(name);
    if (secret && !check_file(path, error))
        return FALSE;
    if (secret && cli_fence_agent_has(agent, script)) {
        g_autofree char *quoted = g_shell_quote(path);
        g_autofree char *command = g_strconcat("cat ", quoted, NULL);
        ha_fence_spec_put(spec, script, command);
        g_string_append_printf(notes, "note: %s has to be on every host, owner root, mode 600\n", path);
        return TRUE;
    }
    g_autofree char *value = read_file(path, error);
    if (!value)
        return FALSE;
    ha_fence_spec_put(spec, name, value);
    if (secret)
        note_in_cib(name, ": this agent can't fetch it from a file", notes);
    return TRUE;
}

static gboolean put_typed(
    const char *name, const char *value, gboolean in_clear, HaFenceSpec *spec, GString *notes, GError **error)
{
    if (cli_fence_secret(name) && !in_clear) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE,
            "%s in clear: everybody on this host can see a command line; put it into a file: %s=@FILE, or pipe it: "
            "%s=-, or say --force",
            name, name, name);
        return FALSE;
    }
    if (cli_fence_secret(name))
        note_in_cib(name, "", notes);
    ha_fence_spec_put(spec, name, value);
    return TRUE;
}

gboolean cli_fence_parameter_put(
    const CliFenceAgent *agent, const char *typed, gboolean in_clear, HaFenceSpec *spec, GString *notes, GError **error)
{
    const char *equals = strchr(typed, '=');
    g_autofree char *name = equals ? g_strndup(typed, (gsize)(equals - typed)) : NULL;
    if (!name || !ha_name_check(name) || !equals[1]) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "\"%s\" is no parameter; write NAME=VALUE", typed);
        return FALSE;
    }
    const char *value = equals + 1;
    if (*value == '@')
        return put_file(agent, name, value + 1, spec, notes, error);
    if (strcmp(value, "-") != 0)
        return put_typed(name, value, in_clear, spec, notes, error);
    g_autofree char *line = read_stdin(name, error);
    return line && put_typed(name, line, TRUE, spec, notes, error);
}
