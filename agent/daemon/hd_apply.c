/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests: what one would change, the definitions that it brings, and what the cluster is. */
#include "agent/daemon/hd_apply.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_mount.h"
#include "agent/wire/wire_definition.h"
#include "agent/wire/wire_manifest.h"

/* Sorted, without doubles. */
static GPtrArray *configured_hashes(const HaConfig *config)
{
    GPtrArray *hashes = g_ptr_array_new();
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        if (vm->definition)
            g_ptr_array_add(hashes, vm->definition);
    }
    ha_strings_sort(hashes);
    return hashes;
}

/* What no VM of the cluster has yet, or this host lacks. Peers that lack one that a VM has ask for it by themselves. */
static GPtrArray *missing_hashes(const HdDaemon *daemon, const HaManifest *manifest)
{
    g_autoptr(GPtrArray) configured = configured_hashes(ha_core_view(daemon->core)->config);
    GPtrArray *missing = g_ptr_array_new();
    for (guint i = 0; i < manifest->vms->len; i++) {
        const HaManifestVm *vm = manifest->vms->pdata[i];
        if (vm->hash && (!ha_strings_find(configured, vm->hash) || !io_definition_store_has(daemon->store, vm->hash)))
            g_ptr_array_add(missing, vm->hash);
    }
    return missing;
}

GBytes *hd_apply_plan(HdDaemon *daemon, const HaRequest *request)
{
    HaApplyFlags flags = {.prune = request->prune, .stop = request->stop, .allow_local = request->allow_local};
    g_autoptr(HaApply) apply = ha_apply_plan(ha_core_view(daemon->core), request->manifest, flags);
    g_autoptr(GPtrArray) missing = missing_hashes(daemon, request->manifest);
    return wire_apply_build(apply, missing);
}

GBytes *hd_apply_export(HdDaemon *daemon)
{
    g_autoptr(HaManifest) manifest = ha_apply_export(ha_core_view(daemon->core)->config);
    return wire_manifest_build(manifest);
}

/* ---- definitions ---- */

/* hactld's own words for what libvirt would refuse, before anything is kept. */
static gboolean check(const WireDefinition *definition, GError **error)
{
    gsize len;
    const char *text = g_bytes_get_data(definition->xml, &len);
    g_autoptr(HaNeeds) needs = io_definition_parse(text, len, io_mount_is_shared, error);
    if (!needs)
        g_prefix_error(error, "definition %.12s...: ", definition->hash);
    return needs != NULL;
}

char *hd_apply_store(HdDaemon *daemon, const GPtrArray *definitions, gboolean cast, GError **error)
{
    for (guint i = 0; i < definitions->len; i++)
        if (!check(definitions->pdata[i], error))
            return NULL;
    if (!hd_definitions_learn_all(daemon, definitions, error))
        return NULL;
    if (cast)
        hd_cast(daemon, wire_cast_definitions(definitions));
    return g_strdup(((const WireDefinition *)definitions->pdata[definitions->len - 1])->hash);
}
