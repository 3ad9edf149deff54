/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_file - a manifest from the disk, with the definitions that it names.
 */
#ifndef MF_FILE_H
#define MF_FILE_H

#include "agent/manifest/mf_read.h"

typedef struct {
    char *hash; /* first: sorted by it */
    char *vm;   /* the first VM that has it */
    GBytes *xml;
} MfDefinition;

typedef struct {
    char *name;             /* as problems call it: the path, or "standard input" */
    MfText *text;           /* every VM that has a source has its hash now */
    GPtrArray *definitions; /* MfDefinition*, ascending hash, no doubles */
} MfFile;

void mf_file_free(MfFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MfFile, mf_file_free)

/**
 * mf_file_read - read @path and what it names; paths in it are relative to its directory.
 * @path: "-" is standard input, whose paths are relative to the working directory.
 *
 * Of a file that is too large nothing is read. The definitions' XML is not parsed here: hactld does it. Returns:
 * (transfer full); NULL when a problem was added.
 */
MfFile *mf_file_read(const char *path, MfProblems *problems);

/** mf_file_name - how problems call the file at @path. Returns: @path, or "standard input". */
const char *mf_file_name(const char *path);

#endif
