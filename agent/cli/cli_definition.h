/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_definition - a VM's definition on its way between hactld, a file and the admin.
 */
#ifndef CLI_DEFINITION_H
#define CLI_DEFINITION_H

#include "agent/cli/cli_verbs.h"

/** cli_definition_read - a definition from a file, "-" for standard input: bounded, UTF-8, not empty. Returns:
 * (transfer full). */
GBytes *cli_definition_read(const char *path, GError **error);

typedef enum {
    CLI_DEFINITION_WANTED,  /* the one of the next start */
    CLI_DEFINITION_RUNNING, /* the one that the VM was started with */
} CliDefinitionWhich;

/**
 * cli_definition_fetch - ask hactld for it.
 * @ret_hash: nullable; (transfer full).
 * Returns: (transfer full).
 */
GBytes *cli_definition_fetch(
    const char *vm, CliDefinitionWhich which, const char *title, char **ret_hash, GError **error);

/** cli_definition_change - make @xml the VM's definition, if @expected still is. Returns: FALSE with the reason. */
gboolean cli_definition_change(
    const char *vm, const char *expected, GBytes *xml, gboolean allow_local, const char *title, GError **error);

/**
 * cli_definition_diff - what differs, as a unified diff (diff(1)).
 * Returns: (transfer full) "" when nothing does; NULL when diff can't be run.
 */
char *cli_definition_diff(GBytes *old, const char *old_label, GBytes *new, const char *new_label, GError **error);

/** cli_definition_print - the end of a verb that changed one VM: a line, or the JSON of vm-change.json. */
void cli_definition_print(const CliRun *run, const char *vm, const char *text);

#endif
