/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_import_step - the steps that put a VirtualDomain resource under hactl, by Pacemaker's own tools: rehearsed on a
 * copy of the CIB first, with the scheduler asked after each what it would do, then carried out.
 */
#ifndef CLI_IMPORT_STEP_H
#define CLI_IMPORT_STEP_H

#include "agent/cli/cli_import.h"

/* In this order for each VM; the first and the last once for all. */
typedef enum {
    CLI_IMPORT_KEEP_ORPHANS, /* stop-orphan-resources=false: what vanishes from the configuration is not stopped */
    CLI_IMPORT_UNMANAGE,     /* is-managed=false of the old resource */
    CLI_IMPORT_REMOVE,       /* it, and the constraints that name it */
    CLI_IMPORT_FORGET,       /* its history, and the monitor that still runs */
    CLI_IMPORT_ADD,          /* the VM; Pacemaker's probes find it running */
    CLI_IMPORT_CONSTRAIN,    /* the constraints, for the VM */
    CLI_IMPORT_STOP_ORPHANS, /* stop-orphan-resources as it was */
    CLI_IMPORT_STEPS
} CliImportStep;

/** cli_import_sentence - what a step does. Returns: (transfer full). */
char *cli_import_sentence(CliImportStep step, const CliImport *import);

/** cli_import_read_cib - the live CIB. Returns: (transfer full); NULL with CLI_EXIT_NO_PACEMAKER. */
xmlDoc *cli_import_read_cib(GError **error);

/**
 * cli_import_is_done - does the CIB show this step's result already?
 * Not of the two that stand for all, which are done whenever they are asked for.
 */
gboolean cli_import_is_done(CliImportStep step, const CliImport *import, xmlDoc *cib);

/**
 * cli_import_rehearse - go through every step on a copy, and ask the scheduler (crm_simulate) before the first and
 * after each.
 * @cib: borrowed; the live one. @imports: CliImport*, without a problem; each gets its constraints as they are then.
 * @told: nullable; each step's sentence is appended, a line each.
 *
 * Returns: FALSE with CLI_EXIT_REFUSED when Pacemaker would start, stop or move anything after some step, or is not at
 * rest before the first.
 */
gboolean cli_import_rehearse(xmlDoc *cib, const GPtrArray *imports, GString *told, GError **error);

/**
 * cli_import_do - carry out a step in the cluster. CLI_IMPORT_ADD is the leader's (HA_REQUEST_VM_ADD), not for here.
 * @before: for STOP_ORPHANS alone: the CIB whose value it restores.
 */
gboolean cli_import_do(CliImportStep step, const CliImport *import, xmlDoc *before, GError **error);

/** cli_import_set_orphans - give @cib, a copy, the value of stop-orphan-resources that @before has. */
void cli_import_set_orphans(xmlDoc *cib, xmlDoc *before);

#endif
