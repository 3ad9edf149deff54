/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_import - what it takes to put an ocf:heartbeat:VirtualDomain resource under hactl: read off the CIB. Pure.
 *
 * Pacemaker would restart a resource whose agent changes, and stop one that vanishes. So the old resource is set
 * unmanaged, removed while orphans are left alone, and forgotten (its history and its monitor); then the VM is added
 * under the domain's name, and Pacemaker's probes find it where it runs. Steps: cli_import_step.h.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "agent/cli/cli_view.h"

#include <libxml/tree.h>

typedef struct {
    char *resource;     /* the VirtualDomain resource's id */
    char *config;       /* nullable: path of its domain's XML */
    char *node;         /* nullable: where Pacemaker has it running */
    gboolean wanted;    /* it is to run */
    char *vm;           /* nullable until cli_import_define: the domain's name, and the VM's */
    GBytes *xml;        /* nullable until cli_import_define */
    GPtrArray *removed; /* char*: ids of the constraints that name it; they are removed with it */
    GPtrArray *carried; /* char*: the same constraints, as XML, for the VM */
    GPtrArray *left;    /* char*: what is not carried over, in words */
    xmlDoc *before;     /* nullable, owned: it was begun before, and this was the CIB then */
    char *problem;      /* nullable: why it can't be taken over; remedy */
} CliImport;

void cli_import_free(CliImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CliImport, cli_import_free)

/**
 * cli_import_find - the VirtualDomain resources of a CIB.
 * @cib: borrowed; the whole CIB.
 * @names: nullable, NULL-terminated: only these. Each that is no such resource is an import with that problem.
 * Returns: (transfer full) CliImport*, as they come in the CIB or in @names.
 */
GPtrArray *cli_import_find(xmlDoc *cib, char *const *names);

/**
 * cli_import_define - complete it by its domain's XML, and judge whether it can be taken over.
 * @file: borrowed; what @import->config holds. A missing <uuid> is taken from the running domain.
 * @view: borrowed; hactl's view, where the domain is not managed yet.
 * @resumed: it was begun before, and may be managed already.
 */
void cli_import_define(
    CliImport *import, xmlDoc *cib, GBytes *file, const Hactl__View *view, gboolean allow_local, gboolean resumed);

/**
 * cli_import_constraints - find anew what names the resource: @import->removed and carried.
 * @cib: as it is just before its first step. Another import may have changed a constraint that names both.
 */
void cli_import_constraints(CliImport *import, xmlDoc *cib);

#endif
