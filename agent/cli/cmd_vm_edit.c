/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm edit: the definition in the admin's editor, again and again until it is accepted or given up. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_definition.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *editor(void)
{
    static const char *const names[] = {"VISUAL", "EDITOR"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value && *value)
            return value;
    }
    return "vi";
}

/* Through the shell, since $EDITOR may have arguments of its own. */
static gboolean run_editor(const char *path, GError **error)
{
    g_autofree char *command = g_strdup_printf("%s \"$1\"", editor());
    const char *argv[] = {"/bin/sh", "-c", command, "sh", path, NULL};
    g_autoptr(GError) why = NULL;
    int status = 0;
    if (g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL, &status, &why) &&
        g_spawn_check_wait_status(status, &why))
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "the editor '%s' failed: %s; set VISUAL or EDITOR to one that works",
        editor(), why->message);
    return FALSE;
}

/* Only root reads it: g_file_open_tmp makes it 0600. Returns: (transfer full) its path. */
static char *write_temporary(const char *vm, GBytes *xml, GError **error)
{
    g_autofree char *template = g_strdup_printf("hactl-%s-XXXXXX.xml", vm), *path = NULL;
    g_autoptr(GError) why = NULL;
    gsize len = 0;
    const char *data = g_bytes_get_data(xml, &len);
    int fd = g_file_open_tmp(template, &path, &why);
    gboolean written = fd >= 0 && write(fd, data, len) == (gssize)len;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    if (written)
        return g_steal_pointer(&path);
    if (path)
        g_unlink(path);
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "a file to edit can't be made: %s; has %s space left?",
        why ? why->message : g_strerror(saved), g_get_tmp_dir());
    return NULL;
}

static gboolean wants_again(const GError *error)
{
    char answer[16] = "";
    cli_error_print(error);
    if (!isatty(STDIN_FILENO))
        return FALSE;
    fputs("Edit it again? [Y/n] ", stderr);
    return fgets(answer, sizeof answer, stdin) && g_ascii_tolower(*answer) != 'n';
}

/* One round. Returns: FALSE with @error; *ret_changed tells whether there was a change at all. */
static gboolean edit_once(CliRun *run, const char *path, const char *hash, GBytes *old, const char *title,
    gboolean *ret_changed, GError **error)
{
    g_autoptr(GBytes) new = run_editor(path, error) ? cli_definition_read(path, error) : NULL;
    if (!new) {
        g_prefix_error(error, "%s: ", title);
        return FALSE;
    }
    *ret_changed = !g_bytes_equal(old, new);
    return !*ret_changed ||
           cli_definition_change(run->options.args[0], hash, new, run->options.allow_local, title, error);
}

static gboolean edit(CliRun *run, const char *path, const char *hash, GBytes *old, const char *title,
    gboolean *ret_changed, GError **error)
{
    for (;;) {
        g_autoptr(GError) reason = NULL;
        if (edit_once(run, path, hash, old, title, ret_changed, &reason))
            return TRUE;
        if (!wants_again(reason)) {
            g_set_error(error, CLI_ERROR, (gint)cli_error_exit(reason),
                "%s: nothing was changed; your text is kept in %s, use it or remove it", title, path);
            return FALSE;
        }
    }
}

CliExit cmd_vm_edit(CliRun *run, GError **error)
{
    const char *vm = run->options.args[0];
    g_autofree char *title = g_strdup_printf("vm edit %s", vm), *hash = NULL;
    g_autoptr(GBytes) old = cli_definition_fetch(vm, CLI_DEFINITION_WANTED, title, &hash, error);
    if (!old)
        return CLI_EXIT_FAILED;
    g_autofree char *path = write_temporary(vm, old, error);
    if (!path) {
        g_prefix_error(error, "%s: ", title);
        return CLI_EXIT_FAILED;
    }
    gboolean changed = FALSE;
    if (!edit(run, path, hash, old, title, &changed, error))
        return CLI_EXIT_FAILED;
    g_unlink(path);
    g_autofree char *text = changed ? g_strdup_printf("%s is changed; it takes effect at its next start", vm)
                                    : g_strdup_printf("%s was not changed", vm);
    cli_definition_print(run, vm, text);
    return CLI_EXIT_DONE;
}
