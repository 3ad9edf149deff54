/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_apply - what a manifest would change, and what speaks against it. Pure: manifest and view in, changes and words
 * out.
 *
 * All or nothing: with one refusal there are no changes. It starts and stops VMs and gives them groups and definitions;
 * it moves none: a rule that a running VM breaks is refused, and before the write the scheduler is asked whether any
 * VM would move (docs/states.md, R12).
 */
#ifndef HA_APPLY_H
#define HA_APPLY_H

#include "agent/core/model/ha_manifest.h"
#include "agent/core/model/ha_view.h"

typedef enum {
    HA_APPLY_ADD,
    HA_APPLY_CHANGE,
    HA_APPLY_REMOVE,
    HA_APPLY_LEAVE,  /* in the cluster, not in the manifest, and left alone */
    HA_APPLY_REFUSE, /* speaks against the whole */
    HA_APPLY_KINDS
} HaApplyKind;

typedef struct {
    HaApplyKind kind;
    char *subject; /* "migration_policies.slow", "groups.db", "vms.web1"; "groups": all of them */
    char *text;    /* what becomes of it; of a refusal: why, and what to do */
} HaApplyLine;

typedef struct {
    GPtrArray *lines;   /* HaApplyLine*: policies, groups, VMs; refusals where they belong */
    GPtrArray *changes; /* HaChange*: one write; empty when there is nothing to do, or a refusal */
    guint n_refusals;
} HaApply;

/* What the admin permits besides. */
typedef struct {
    gboolean prune;       /* groups, policies and stopped VMs that the manifest does not name are removed */
    gboolean stop;        /* running VMs that it wants stopped are shut down */
    gboolean allow_local; /* new VMs may have a disk that only one host has */
} HaApplyFlags;

const char *ha_apply_word(HaApplyKind kind);

/**
 * ha_apply_plan - compare.
 * @view: borrowed; its config is there.
 * @manifest: borrowed, sorted.
 *
 * Returns: (transfer full).
 */
HaApply *ha_apply_plan(const HaView *view, const HaManifest *manifest, HaApplyFlags flags);
void ha_apply_free(HaApply *apply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaApply, ha_apply_free)

/** ha_apply_export - the manifest of what the cluster is: applying it changes nothing. Returns: (transfer full). */
HaManifest *ha_apply_export(const HaConfig *config);

#endif
