/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/wire/wire_manifest.h"

#include <string.h>

#include "agent/wire/wire_group.h"
#include "agent/wire/wire_item.h"
#include "agent/wire/wire_result.h"
#include "agent/wire/wire_text.h"

/* ---- encoding ---- */

static Hactl__Policy *put_policy(WireArena *arena, const HaPolicy *policy)
{
    Hactl__Policy *message = wire_arena_array(arena, 1, sizeof *message);
    hactl__policy__init(message);
    message->name = policy->name;
    WIRE_SET(message, bandwidth_mibps, policy->bandwidth_mibps);
    WIRE_SET(message, downtime_ms, policy->downtime_ms);
    WIRE_SET(message, downtime_max_ms, policy->downtime_max_ms);
    WIRE_SET(message, deadline_s, policy->deadline_s);
    WIRE_SET(message, auto_converge, policy->auto_converge);
    return message;
}

static Hactl__ManifestVm *put_vm(WireArena *arena, const HaManifestVm *vm)
{
    Hactl__ManifestVm *message = wire_arena_array(arena, 1, sizeof *message);
    hactl__manifest_vm__init(message);
    message->name = vm->name;
    message->group = vm->group;
    message->hash = vm->hash;
    message->role = vm->role;
    return message;
}

Hactl__Manifest *wire_manifest_put(WireArena *arena, const HaManifest *manifest)
{
    Hactl__Manifest *message = wire_arena_array(arena, 1, sizeof *message);
    hactl__manifest__init(message);
    message->n_policies = manifest->policies->len;
    message->policies = wire_arena_pointers(arena, message->n_policies);
    for (guint i = 0; i < manifest->policies->len; i++)
        message->policies[i] = put_policy(arena, manifest->policies->pdata[i]);
    message->n_groups = manifest->groups->len;
    message->groups = wire_groups_put(arena, manifest->groups);
    message->n_vms = manifest->vms->len;
    message->vms = wire_arena_pointers(arena, message->n_vms);
    for (guint i = 0; i < manifest->vms->len; i++)
        message->vms[i] = put_vm(arena, manifest->vms->pdata[i]);
    return message;
}

/* ---- decoding ---- */

static gboolean name_check(const char *what, const char *name, GError **error)
{
    if (ha_name_check(name))
        return TRUE;
    g_set_error(error, WIRE_ERROR, WIRE_ERROR_TEXT, "%s is not a name", what);
    return FALSE;
}

static gboolean take_policy(const Hactl__Policy *message, HaManifest *manifest, GError **error)
{
    if (!name_check("name", message->name, error) ||
        !wire_text_at_most("bandwidth_mibps", message->bandwidth_mibps, HA_POLICY_BANDWIDTH_MAX_MIBPS, error) ||
        !wire_text_at_most("downtime_ms", message->downtime_ms, HA_POLICY_DOWNTIME_MAX_MS, error) ||
        !wire_text_at_most("downtime_max_ms", message->downtime_max_ms, HA_POLICY_DOWNTIME_MAX_MS, error) ||
        !wire_text_at_most("deadline_s", message->deadline_s, HA_POLICY_DEADLINE_MAX_S, error))
        return FALSE;
    HaPolicy *policy = ha_policy_new(message->name);
    policy->bandwidth_mibps = message->bandwidth_mibps;
    policy->downtime_ms = message->downtime_ms;
    policy->downtime_max_ms = message->downtime_max_ms;
    policy->deadline_s = message->deadline_s;
    policy->auto_converge = message->auto_converge;
    g_ptr_array_add(manifest->policies, policy);
    return TRUE;
}

static gboolean take_group(const Hactl__Group *message, HaManifest *manifest, GError **error)
{
    HaGroup *group = wire_group_take(message, error);
    if (group)
        g_ptr_array_add(manifest->groups, group);
    return group != NULL;
}

static gboolean take_vm(const Hactl__ManifestVm *message, HaManifest *manifest, GError **error)
{
    if (!name_check("name", message->name, error) || !name_check("group", message->group, error) ||
        (message->hash && !wire_text_hash("hash", message->hash, error)) ||
        !wire_text_below("role", message->role, HA_ROLES, error))
        return FALSE;
    HaManifestVm *vm = ha_manifest_vm_new(message->name);
    g_free(vm->group);
    vm->group = g_strdup(message->group);
    vm->hash = g_strdup(message->hash);
    vm->role = (HaRole)message->role;
    g_ptr_array_add(manifest->vms, vm);
    return TRUE;
}

static gboolean take_all(const Hactl__Manifest *message, HaManifest *manifest, GError **error)
{
    if (!wire_text_count("policies", message->n_policies, HA_POLICIES_MAX, error) ||
        !wire_text_count("groups", message->n_groups, HA_GROUPS_MAX, error) ||
        !wire_text_count("vms", message->n_vms, HA_VMS_MAX, error))
        return FALSE;
    gboolean ok = TRUE;
    for (gsize i = 0; ok && i < message->n_policies; i++)
        ok = take_policy(message->policies[i], manifest, error);
    for (gsize i = 0; ok && i < message->n_groups; i++)
        ok = take_group(message->groups[i], manifest, error);
    for (gsize i = 0; ok && i < message->n_vms; i++)
        ok = take_vm(message->vms[i], manifest, error);
    return ok;
}

/* Of policies, groups and VMs alike: the name comes first. */
static gboolean no_doubles(const char *what, const GPtrArray *sorted, GError **error)
{
    for (guint i = 1; i < sorted->len; i++) {
        const char *name = *(char *const *)sorted->pdata[i];
        if (strcmp(*(char *const *)sorted->pdata[i - 1], name) != 0)
            continue;
        g_set_error(error, WIRE_ERROR, WIRE_ERROR_DOUBLE, "%s has \"%s\" twice", what, name);
        return FALSE;
    }
    return TRUE;
}

HaManifest *wire_manifest_take(const Hactl__Manifest *message, GError **error)
{
    g_autoptr(HaManifest) manifest = ha_manifest_new();
    gboolean ok = take_all(message, manifest, error);
    ha_manifest_sort(manifest);
    if (ok && no_doubles("policies", manifest->policies, error) && no_doubles("groups", manifest->groups, error) &&
        no_doubles("vms", manifest->vms, error))
        return g_steal_pointer(&manifest);
    g_prefix_error(error, "manifest: ");
    return NULL;
}

/* ---- results ---- */

GBytes *wire_manifest_build(const HaManifest *manifest)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Result result = HACTL__RESULT__INIT;
    result.manifest = wire_manifest_put(arena, manifest);
    return wire_result_pack(&result, TRUE);
}

static Hactl__ApplyLine *put_line(WireArena *arena, const HaApplyLine *line)
{
    Hactl__ApplyLine *message = wire_arena_array(arena, 1, sizeof *message);
    hactl__apply_line__init(message);
    message->kind = line->kind;
    message->subject = line->subject;
    message->text = wire_item_prose(arena, line->text);
    return message;
}

GBytes *wire_apply_build(const HaApply *apply, const GPtrArray *missing)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Apply message = HACTL__APPLY__INIT;
    Hactl__Result result = HACTL__RESULT__INIT;
    message.n_lines = apply->lines->len;
    message.lines = wire_arena_pointers(arena, message.n_lines);
    for (guint i = 0; i < apply->lines->len; i++)
        message.lines[i] = put_line(arena, apply->lines->pdata[i]);
    message.n_missing = missing->len;
    message.missing = (char **)missing->pdata;
    result.apply = &message;
    return wire_result_pack(&result, TRUE);
}
