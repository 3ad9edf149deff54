/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_manifest.h"

#include "agent/core/model/ha_sorted.h"

#include <string.h>

HaManifest *ha_manifest_new(void)
{
    HaManifest *manifest = g_new0(HaManifest, 1);
    manifest->policies = g_ptr_array_new_with_free_func((GDestroyNotify)ha_policy_free);
    manifest->groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free);
    manifest->vms = g_ptr_array_new_with_free_func((GDestroyNotify)ha_manifest_vm_free);
    return manifest;
}

void ha_manifest_free(HaManifest *manifest)
{
    if (!manifest)
        return;
    g_ptr_array_unref(manifest->policies);
    g_ptr_array_unref(manifest->groups);
    g_ptr_array_unref(manifest->vms);
    g_free(manifest);
}

HaManifestVm *ha_manifest_vm_new(const char *name)
{
    HaManifestVm *vm = g_new0(HaManifestVm, 1);
    vm->name = g_strdup(name);
    vm->group = g_strdup(HA_GROUP_DEFAULT);
    return vm;
}

void ha_manifest_vm_free(HaManifestVm *vm)
{
    if (!vm)
        return;
    g_free(vm->name);
    g_free(vm->group);
    g_free(vm->hash);
    g_free(vm);
}

void ha_manifest_sort(HaManifest *manifest)
{
    ha_sorted_sort(manifest->policies);
    ha_sorted_sort(manifest->groups);
    ha_sorted_sort(manifest->vms);
}

static gboolean vm_equal(const HaManifestVm *a, const HaManifestVm *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->group, b->group) == 0 && g_strcmp0(a->hash, b->hash) == 0 &&
           a->role == b->role;
}

static gboolean arrays_equal(const GPtrArray *a, const GPtrArray *b, GEqualFunc equal)
{
    gboolean same = a->len == b->len;
    for (guint i = 0; same && i < a->len; i++)
        same = equal(a->pdata[i], b->pdata[i]);
    return same;
}

gboolean ha_manifest_equal(const HaManifest *a, const HaManifest *b)
{
    return arrays_equal(a->policies, b->policies, (GEqualFunc)ha_policy_equal) &&
           arrays_equal(a->groups, b->groups, (GEqualFunc)ha_group_equal) &&
           arrays_equal(a->vms, b->vms, (GEqualFunc)vm_equal);
}
