/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_manifest - what an admin's file says the cluster should be: groups, migration policies, VMs. Plain data.
 *
 * agent/manifest/ reads it from YAML and writes it; what it would change is ha_apply.h's. A manifest is part of the
 * cluster only: what it does not name is left alone.
 */
#ifndef HA_MANIFEST_H
#define HA_MANIFEST_H

#include "agent/core/model/ha_group.h"
#include "agent/core/model/ha_policy.h"

typedef enum {
    HA_ROLE_KEEP,    /* as it is; a VM that is new is started */
    HA_ROLE_RUNNING, /* kept running */
    HA_ROLE_STOPPED, /* kept stopped */
    HA_ROLES
} HaRole;

typedef struct {
    char *name;  /* first: sorted by it */
    char *group; /* of the manifest or of the cluster; HA_GROUP_DEFAULT when none was named */
    char *hash;  /* nullable: the sha256 of its definition; NULL: the one it has */
    HaRole role;
} HaManifestVm;

typedef struct {
    GPtrArray *policies; /* HaPolicy*, ascending name */
    GPtrArray *groups;   /* HaGroup*, ascending name */
    GPtrArray *vms;      /* HaManifestVm*, ascending name */
} HaManifest;

HaManifest *ha_manifest_new(void);
void ha_manifest_free(HaManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaManifest, ha_manifest_free)

HaManifestVm *ha_manifest_vm_new(const char *name);
void ha_manifest_vm_free(HaManifestVm *vm);

/** ha_manifest_sort - put every array in its order. Whoever fills a manifest calls it once. */
void ha_manifest_sort(HaManifest *manifest);
gboolean ha_manifest_equal(const HaManifest *a, const HaManifest *b);

#endif
