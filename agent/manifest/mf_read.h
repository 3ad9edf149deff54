/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mf_read - a manifest out of its YAML text, every key checked. Pure: no file is opened.
 *
 *   version: 1
 *   migration_policies: {NAME: {...}}
 *   groups: {NAME: {...}}
 *   vms: {NAME: {group: NAME, running: yes, xml: PATH | definition: TEXT | sha256: HASH}}
 *
 * docs/manifest.md says what each key means.
 */
#ifndef MF_READ_H
#define MF_READ_H

#include "agent/core/model/ha_manifest.h"
#include "agent/manifest/mf_problem.h"

#define MF_VERSION 1u

/* Where a VM's definition comes from. */
typedef struct {
    char *vm;         /* first: sorted by it */
    char *path;       /* nullable: of a file, as it was written */
    char *inline_xml; /* nullable */
    MfMark mark;      /* of the value */
} MfSource;

/* Where a policy, group or VM was named. */
typedef struct {
    char *subject; /* first: "vms.web1", "groups.db", "migration_policies.slow"; a section: "groups" */
    MfMark mark;
} MfPlace;

typedef struct {
    HaManifest *manifest; /* sorted */
    GPtrArray *sources;   /* MfSource*, ascending vm: those with a path or an inline text; the others have a hash, or
                             keep what they have */
    GPtrArray *places;    /* MfPlace*, ascending subject */
} MfText;

void mf_text_free(MfText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MfText, mf_text_free)

/**
 * mf_read - read and check.
 * @data: borrowed, @len bytes of any content.
 * @problems: every problem found is added.
 *
 * What takes more than the text (the rules of groups against each other and against the nodes) is checked
 * by the core. Returns: (transfer full); NULL when a problem was added.
 */
MfText *mf_read(const char *data, gsize len, MfProblems *problems);

/** mf_text_place - where @subject was named. Returns: line 0 when it is not in the text. */
MfMark mf_text_place(const MfText *text, const char *subject);

#endif
