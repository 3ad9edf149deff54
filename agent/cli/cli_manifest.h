/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_manifest - a manifest between its file and hactld: what `hactl apply` and `hactl diff` have in common.
 */
#ifndef CLI_MANIFEST_H
#define CLI_MANIFEST_H

#include "agent/cli/cli_verbs.h"
#include "agent/manifest/mf_file.h"
#include "agent/wire/wire_control.h"

/**
 * cli_manifest_read - read the file that --file names.
 *
 * Each problem is printed on standard error, a line each, with its place. Returns: (transfer full); NULL with
 * CLI_EXIT_REFUSED.
 */
MfFile *cli_manifest_read(const CliRun *run, GError **error);

/**
 * cli_manifest_plan - have hactld compare the manifest with the cluster.
 * @keep: TRUE: definitions that the cluster lacks are kept by every host; FALSE: by this one, to be looked at.
 *
 * Returns: (transfer full) a result that has `apply`; NULL with an error.
 */
WireResult *cli_manifest_plan(const CliRun *run, const MfFile *file, gboolean keep, GError **error);

/** cli_manifest_apply - have the leader do it. Returns: FALSE with an error. */
gboolean cli_manifest_apply(const CliRun *run, const MfFile *file, GError **error);

/** cli_manifest_count - lines of one kind. */
guint cli_manifest_count(const Hactl__Apply *apply, guint kind);

/** cli_manifest_print - the changes, as text or JSON; refusals, on standard error, with their place in the file. */
void cli_manifest_print(const CliRun *run, const MfFile *file, const Hactl__Apply *apply);

/** cli_manifest_set_refused - the error of a plan with refusals. */
void cli_manifest_set_refused(const CliRun *run, const Hactl__Apply *apply, GError **error);

#endif
