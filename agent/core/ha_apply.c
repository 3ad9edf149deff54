/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_apply.h"

#include <string.h>

#include "agent/core/ha_define.h"
#include "agent/core/model/ha_field.h"
#include "agent/core/ha_move.h"
#include "agent/core/plan/ha_park.h"
#include "agent/core/model/ha_rules.h"
#include "agent/core/model/ha_sorted.h"

/* A comparison under way. */
typedef struct {
    const HaView *view;
    const HaConfig *config;
    const HaManifest *manifest;
    HaApplyFlags flags;
    GPtrArray *policies; /* HaPolicy*, ascending: what the cluster has */
    GPtrArray *late;     /* HaChange*: what goes, after everything that is set */
    HaApply *apply;
} Pass;

static const char *const words[HA_APPLY_KINDS] = {"add", "change", "remove", "leave", "refuse"};

const char *ha_apply_word(HaApplyKind kind)
{
    g_assert(kind < HA_APPLY_KINDS);
    return words[kind];
}

static void line_free(gpointer data)
{
    HaApplyLine *line = data;
    g_free(line->subject);
    g_free(line->text);
    g_free(line);
}

void ha_apply_free(HaApply *apply)
{
    if (!apply)
        return;
    g_ptr_array_unref(apply->lines);
    g_ptr_array_unref(apply->changes);
    g_free(apply);
}

/* @name: NULL: it is about the whole section. @text: (transfer full). */
static void say(Pass *pass, HaApplyKind kind, const char *section, const char *name, char *text)
{
    HaApplyLine *line = g_new0(HaApplyLine, 1);
    line->kind = kind;
    line->subject = g_strconcat(section, name ? "." : NULL, name, NULL);
    line->text = text;
    g_ptr_array_add(pass->apply->lines, line);
    pass->apply->n_refusals += kind == HA_APPLY_REFUSE;
}

static void set(Pass *pass, HaChange *change)
{
    g_ptr_array_add(pass->apply->changes, change);
}

static gboolean is_removed(const Pass *pass, HaChangeKind kind, const char *name)
{
    for (guint i = 0; i < pass->late->len; i++) {
        const HaChange *change = pass->late->pdata[i];
        if (change->kind == kind && strcmp(kind == HA_CHANGE_VM_REMOVE ? change->vm : change->group, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* ---- migration policies ---- */

#define POLICIES "migration_policies"

static HaChange *property_change(HaChangeKind kind, const HaPolicy *policy)
{
    g_autofree char *text = kind == HA_CHANGE_PROPERTY_SET ? ha_policy_format(policy) : NULL;
    HaChange *change = ha_change_new(kind, NULL, NULL, text);
    change->name = g_strconcat(HA_POLICY_PROPERTY, policy->name, NULL);
    return change;
}

static void compare_policies(Pass *pass)
{
    const GPtrArray *wanted = pass->manifest->policies;
    for (guint i = 0; i < wanted->len; i++) {
        const HaPolicy *policy = wanted->pdata[i], *old = ha_sorted_find(pass->policies, policy->name);
        if (old && ha_policy_equal(old, policy))
            continue;
        g_autoptr(HaPolicy) fresh = ha_policy_new(policy->name);
        char *text = ha_field_changes(ha_policy_fields, old ? old : fresh, policy);
        say(pass, old ? HA_APPLY_CHANGE : HA_APPLY_ADD, POLICIES, policy->name, text);
        set(pass, property_change(HA_CHANGE_PROPERTY_SET, policy));
    }
}

static gboolean names_policy(const GPtrArray *groups, const char *policy)
{
    for (guint i = 0; i < groups->len; i++)
        if (strcmp(((const HaGroup *)groups->pdata[i])->migration, policy) == 0)
            return TRUE;
    return FALSE;
}

/* Of the groups as they will be. */
static void leave_policies(Pass *pass, const GPtrArray *groups)
{
    for (guint i = 0; i < pass->policies->len; i++) {
        const HaPolicy *policy = pass->policies->pdata[i];
        gboolean used = names_policy(groups, policy->name);
        if (ha_sorted_find(pass->manifest->policies, policy->name))
            continue;
        if (!pass->flags.prune || used) {
            say(pass, HA_APPLY_LEAVE, POLICIES, policy->name, g_strdup(used ? "in use" : "not in the manifest"));
            continue;
        }
        say(pass, HA_APPLY_REMOVE, POLICIES, policy->name, g_strdup("not in the manifest"));
        g_ptr_array_add(pass->late, property_change(HA_CHANGE_PROPERTY_DROP, policy));
    }
}

/* ---- groups ---- */

#define GROUPS "groups"

static void compare_groups(Pass *pass)
{
    for (guint i = 0; i < pass->manifest->groups->len; i++) {
        const HaGroup *group = pass->manifest->groups->pdata[i], *old = ha_config_find_group(pass->config, group->name);
        if (strcmp(group->migration, HA_POLICY_DEFAULT) != 0 && !ha_sorted_find(pass->policies, group->migration) &&
            !ha_sorted_find(pass->manifest->policies, group->migration))
            say(pass, HA_APPLY_REFUSE, GROUPS, group->name,
                g_strdup_printf("names the migration policy %s, which does not exist; add it to migration_policies",
                    group->migration));
        if (old && ha_group_equal(old, group))
            continue;
        g_autoptr(HaGroup) fresh = ha_group_new(group->name);
        char *text = ha_field_changes(ha_group_fields, old ? old : fresh, group);
        say(pass, old ? HA_APPLY_CHANGE : HA_APPLY_ADD, GROUPS, group->name, text);
        set(pass, ha_change_group_set(group));
    }
}

/* VMs leave a group with what is set, which comes after what goes: Pacemaker would find them without their template. */
static gboolean is_left_now(const Pass *pass, const char *group)
{
    for (guint i = 0; i < pass->config->vms->len; i++) {
        const HaConfigVm *vm = pass->config->vms->pdata[i];
        if (g_strcmp0(vm->group, group) == 0 && !is_removed(pass, HA_CHANGE_VM_REMOVE, vm->name))
            return TRUE;
    }
    return FALSE;
}

static void leave_groups(Pass *pass, const GPtrArray *used)
{
    for (guint i = 0; i < pass->config->groups->len; i++) {
        const HaGroup *group = pass->config->groups->pdata[i];
        gboolean keeps = ha_strings_find(used, group->name) || strcmp(group->name, HA_GROUP_DEFAULT) == 0;
        gboolean left_now = is_left_now(pass, group->name);
        if (ha_sorted_find(pass->manifest->groups, group->name))
            continue;
        if (!pass->flags.prune || keeps || left_now) {
            say(pass, HA_APPLY_LEAVE, GROUPS, group->name,
                g_strdup(keeps               ? "in use"
                         : pass->flags.prune ? "its VMs leave it with this change; apply once more to remove it"
                                             : "not in the manifest"));
            continue;
        }
        say(pass, HA_APPLY_REMOVE, GROUPS, group->name, g_strdup("not in the manifest"));
        HaChange *change = ha_change_new(HA_CHANGE_GROUP_DELETE, NULL, NULL, NULL);
        change->group = g_strdup(group->name);
        g_ptr_array_add(pass->late, change);
    }
}

/* ---- VMs ---- */

#define VMS "vms"

static void refuse_vm(Pass *pass, const char *vm, char *text)
{
    say(pass, HA_APPLY_REFUSE, VMS, vm, text);
}

/* Returns: borrowed; NULL, and a refusal, when the VM's new definition can't be had. */
static const HaNeeds *new_needs(Pass *pass, const HaManifestVm *vm)
{
    const HaNeeds *needs = vm->hash ? ha_view_needs(pass->view, vm->hash) : NULL;
    if (!vm->hash)
        refuse_vm(pass, vm->name, g_strdup("is new and has no definition; give its libvirt XML: xml: FILE"));
    else if (!needs)
        refuse_vm(pass, vm->name,
            g_strdup_printf(
                "has the definition %.12s..., which this host does not have; give its libvirt XML: xml: FILE",
                vm->hash));
    else if (strcmp(needs->name, vm->name) != 0)
        refuse_vm(pass, vm->name,
            g_strdup_printf(
                "has the definition of the domain %s; give its own, or name the VM %s", needs->name, needs->name));
    else
        return needs;
    return NULL;
}

static void add_vm(Pass *pass, const HaManifestVm *vm)
{
    const HaNeeds *needs = new_needs(pass, vm);
    if (!needs)
        return;
    if (needs->local_disk && !pass->flags.allow_local) {
        refuse_vm(pass, vm->name,
            g_strdup_printf("has a disk that only one host can reach: %s; put the image on shared storage, or accept "
                            "that it can't move or be recovered elsewhere with --allow-local-disk",
                needs->local_disk));
        return;
    }
    HaChange *change = ha_change_new(HA_CHANGE_VM_ADD, vm->name, NULL, vm->hash);
    change->mem_mib = needs->mem_mib;
    change->vcpus = needs->vcpus;
    change->group = g_strdup(vm->group);
    change->running = vm->role != HA_ROLE_STOPPED;
    set(pass, change);
    say(pass, HA_APPLY_ADD, VMS, vm->name,
        g_strdup_printf("to group %s, %s", vm->group, change->running ? "is started" : "stays stopped"));
}

static void change_group(Pass *pass, const HaManifestVm *vm, const HaConfigVm *old, GString *text)
{
    const char *group = old->group ? old->group : HA_GROUP_DEFAULT;
    if (strcmp(group, vm->group) == 0)
        return;
    HaChange *change = ha_change_new(HA_CHANGE_VM_GROUP_SET, vm->name, NULL, NULL);
    change->group = g_strdup(vm->group);
    set(pass, change);
    g_string_append_printf(text, "group %s to %s", group, vm->group);
}

static void change_definition(Pass *pass, const HaManifestVm *vm, const HaConfigVm *old, GString *text)
{
    if (!vm->hash || g_strcmp0(vm->hash, old->definition) == 0)
        return;
    const HaNeeds *needs = new_needs(pass, vm);
    char *refusal = needs ? ha_define_refusal(pass->view, old, needs, pass->flags.allow_local) : NULL;
    if (refusal)
        refuse_vm(pass, vm->name, refusal);
    if (!needs || refusal)
        return;
    const HaNeeds *present = old->definition ? ha_view_needs(pass->view, old->definition) : NULL;
    g_autofree char *summary = ha_define_summary(present, needs);
    set(pass, ha_define_change(pass->view, old, needs));
    g_string_append_printf(text, "%snew definition at its next start (%s)", text->len ? ", " : "", summary);
}

static void change_role(Pass *pass, const HaManifestVm *vm, const HaConfigVm *old, GString *text)
{
    gboolean running = vm->role == HA_ROLE_RUNNING;
    if (vm->role == HA_ROLE_KEEP || running == ha_park_wanted(old))
        return;
    if (old->wanted_running && !pass->flags.stop) {
        refuse_vm(pass, vm->name,
            g_strdup_printf("runs, and is to be stopped; permit it with --stop, or take \"running: no\" out"));
        return;
    }
    HaChange *change = ha_change_new(HA_CHANGE_ROLE_SET, vm->name, NULL, NULL);
    change->running = running;
    set(pass, change);
    g_string_append_printf(text, "%s%s", text->len ? ", " : "", running ? "is started" : "is shut down");
}

static void change_vm(Pass *pass, const HaManifestVm *vm, const HaConfigVm *old)
{
    g_autoptr(GString) text = g_string_new(NULL);
    change_group(pass, vm, old, text);
    change_definition(pass, vm, old, text);
    change_role(pass, vm, old, text);
    if (text->len)
        say(pass, HA_APPLY_CHANGE, VMS, vm->name, g_strdup(text->str));
}

static void compare_vms(Pass *pass)
{
    for (guint i = 0; i < pass->manifest->vms->len; i++) {
        const HaManifestVm *vm = pass->manifest->vms->pdata[i];
        const HaConfigVm *old = ha_config_find_vm(pass->config, vm->name);
        if (strcmp(vm->group, HA_GROUP_DEFAULT) != 0 && !ha_config_find_group(pass->config, vm->group) &&
            !ha_sorted_find(pass->manifest->groups, vm->group))
            refuse_vm(pass, vm->name,
                g_strdup_printf("is to be in the group %s, which does not exist; add it to groups", vm->group));
        else if (old)
            change_vm(pass, vm, old);
        else
            add_vm(pass, vm);
    }
}

static void leave_vms(Pass *pass)
{
    for (guint i = 0; i < pass->config->vms->len; i++) {
        const HaConfigVm *vm = pass->config->vms->pdata[i];
        HaVmState state = ha_view_where(pass->view, vm->name).state;
        gboolean stopped = state == HA_VM_ABSENT && !ha_park_wanted(vm);
        if (ha_sorted_find(pass->manifest->vms, vm->name))
            continue;
        if (!pass->flags.prune || !stopped) {
            say(pass, HA_APPLY_LEAVE, VMS, vm->name,
                g_strdup(pass->flags.prune ? "not stopped: a running VM is never removed" : "not in the manifest"));
            continue;
        }
        say(pass, HA_APPLY_REMOVE, VMS, vm->name, g_strdup("not in the manifest"));
        g_ptr_array_add(pass->late, ha_change_new(HA_CHANGE_VM_REMOVE, vm->name, NULL, NULL));
    }
}

/* ---- the cluster as it will be ---- */

/* One VM of it, sorted by its group, or by its uuid. */
typedef struct {
    const char *key; /* first */
    const char *vm;
} Keyed;

static void add_keyed(GPtrArray *array, const char *key, const char *vm)
{
    if (!key)
        return;
    Keyed *keyed = g_new0(Keyed, 1);
    *keyed = (Keyed){key, vm};
    g_ptr_array_add(array, keyed);
}

static const char *uuid_of(const HaView *view, const char *hash)
{
    const HaNeeds *needs = hash ? ha_view_needs(view, hash) : NULL;
    return needs ? needs->uuid : NULL;
}

/* Two VMs with one uuid would be one machine to libvirt. */
static void check_uuids(Pass *pass)
{
    g_autoptr(GPtrArray) uuids = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < pass->config->vms->len; i++) {
        const HaConfigVm *vm = pass->config->vms->pdata[i];
        const HaManifestVm *wanted = ha_sorted_find(pass->manifest->vms, vm->name);
        const char *hash = wanted && wanted->hash ? wanted->hash : vm->definition;
        add_keyed(uuids, uuid_of(pass->view, hash), vm->name);
    }
    for (guint i = 0; i < pass->manifest->vms->len; i++) {
        const HaManifestVm *vm = pass->manifest->vms->pdata[i];
        if (!ha_config_find_vm(pass->config, vm->name))
            add_keyed(uuids, uuid_of(pass->view, vm->hash), vm->name);
    }
    ha_sorted_sort(uuids);
    for (guint i = 1; i < uuids->len; i++) {
        const Keyed *a = uuids->pdata[i - 1], *b = uuids->pdata[i];
        if (strcmp(a->key, b->key) != 0)
            continue;
        const char *named = ha_sorted_find(pass->manifest->vms, b->vm) ? b->vm : a->vm;
        refuse_vm(pass, named,
            g_strdup_printf(
                "has the same uuid as %s, %s; give it one of its own", named == b->vm ? a->vm : b->vm, b->key));
    }
}

/* Returns: (transfer full) char*, ascending: groups with a VM. */
static GPtrArray *used_groups(const Pass *pass)
{
    GPtrArray *used = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < pass->config->vms->len; i++) {
        const HaConfigVm *vm = pass->config->vms->pdata[i];
        if (vm->group && !ha_sorted_find(pass->manifest->vms, vm->name) &&
            !is_removed(pass, HA_CHANGE_VM_REMOVE, vm->name))
            g_ptr_array_add(used, g_strdup(vm->group));
    }
    for (guint i = 0; i < pass->manifest->vms->len; i++)
        g_ptr_array_add(used, g_strdup(((const HaManifestVm *)pass->manifest->vms->pdata[i])->group));
    ha_strings_sort(used);
    return used;
}

/* Returns: (transfer full) borrowed HaGroup*, ascending name. */
static GPtrArray *groups_after(const Pass *pass)
{
    GPtrArray *groups = g_ptr_array_new();
    for (guint i = 0; i < pass->config->groups->len; i++) {
        HaGroup *group = pass->config->groups->pdata[i];
        if (!ha_sorted_find(pass->manifest->groups, group->name) &&
            !is_removed(pass, HA_CHANGE_GROUP_DELETE, group->name))
            g_ptr_array_add(groups, group);
    }
    for (guint i = 0; i < pass->manifest->groups->len; i++)
        g_ptr_array_add(groups, pass->manifest->groups->pdata[i]);
    ha_sorted_sort(groups);
    return groups;
}

/* Returns: (transfer full) HaRulesMember*, ascending vm: with the groups they will have, where they run now. */
static GPtrArray *members_after(const Pass *pass)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_rules_member_free);
    for (guint i = 0; i < pass->config->vms->len; i++) {
        const HaConfigVm *vm = pass->config->vms->pdata[i];
        const HaManifestVm *wanted = ha_sorted_find(pass->manifest->vms, vm->name);
        const char *group = wanted ? wanted->group : vm->group ? vm->group : HA_GROUP_DEFAULT;
        if (!is_removed(pass, HA_CHANGE_VM_REMOVE, vm->name))
            g_ptr_array_add(members, ha_rules_member_new(vm->name, group, ha_view_where(pass->view, vm->name).node));
    }
    for (guint i = 0; i < pass->manifest->vms->len; i++) {
        const HaManifestVm *vm = pass->manifest->vms->pdata[i];
        if (!ha_config_find_vm(pass->config, vm->name))
            g_ptr_array_add(members, ha_rules_member_new(vm->name, vm->group, NULL));
    }
    ha_sorted_sort(members);
    return members;
}

/* Does it get another policy, or VMs that were elsewhere? */
static gboolean is_touched(const Pass *pass, const char *group)
{
    for (guint i = 0; i < pass->apply->changes->len; i++) {
        const HaChange *change = pass->apply->changes->pdata[i];
        if ((change->kind == HA_CHANGE_GROUP_SET && strcmp(change->policy->name, group) == 0) ||
            (change->kind == HA_CHANGE_VM_GROUP_SET && strcmp(change->group, group) == 0))
            return TRUE;
    }
    return FALSE;
}

/* Of the groups, VMs and nodes together; and what runs lies already as the new rules ask. */
static void check_rules(Pass *pass, const GPtrArray *groups)
{
    g_autoptr(GPtrArray) members = members_after(pass), nodes = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < pass->config->nodes->len; i++)
        g_ptr_array_add(nodes, ((const HaConfigNode *)pass->config->nodes->pdata[i])->node);
    if (pass->apply->changes->len + pass->late->len && !ha_rules_check(groups, members, nodes, &error))
        say(pass, HA_APPLY_REFUSE, GROUPS, NULL, g_strdup(error->message));
    for (guint i = 0; i < groups->len; i++) {
        const HaGroup *group = groups->pdata[i];
        g_autoptr(GError) broken = NULL;
        if (is_touched(pass, group->name) && !ha_rules_check_running(group, members, &broken))
            say(pass, HA_APPLY_REFUSE, GROUPS, group->name, g_strdup(broken->message));
    }
}

/* A change of the configuration under a migration may end in a restart. */
static void check_moves(Pass *pass)
{
    for (guint i = 0; pass->apply->changes->len && i < pass->config->vms->len; i++) {
        const HaConfigVm *vm = pass->config->vms->pdata[i];
        HaMoveState state = ha_move_state(pass->view, vm);
        if (state != HA_MOVE_NONE)
            refuse_vm(pass, vm->name,
                g_strdup_printf(
                    "is being moved (%s); wait until 'hactl status' shows no move", ha_move_state_word(state)));
    }
}

static void move_late(Pass *pass)
{
    for (guint i = 0; i < pass->late->len; i++) {
        g_ptr_array_add(pass->apply->changes, pass->late->pdata[i]);
        pass->late->pdata[i] = NULL;
    }
}

HaApply *ha_apply_plan(const HaView *view, const HaManifest *manifest, HaApplyFlags flags)
{
    g_autoptr(GPtrArray) policies = ha_policies_read(view->config);
    g_autoptr(GPtrArray) late = g_ptr_array_new_with_free_func((GDestroyNotify)ha_change_free);
    HaApply *apply = g_new0(HaApply, 1);
    apply->lines = g_ptr_array_new_with_free_func(line_free);
    apply->changes = ha_change_list_new();
    Pass pass = {view, view->config, manifest, flags, policies, late, apply};
    compare_policies(&pass);
    compare_groups(&pass);
    compare_vms(&pass);
    leave_vms(&pass);
    g_autoptr(GPtrArray) used = used_groups(&pass);
    leave_groups(&pass, used);
    g_autoptr(GPtrArray) groups = groups_after(&pass);
    leave_policies(&pass, groups);
    check_rules(&pass, groups);
    move_late(&pass);
    check_uuids(&pass);
    check_moves(&pass);
    if (apply->n_refusals)
        g_ptr_array_set_size(apply->changes, 0);
    return apply;
}

/* ---- export ---- */

HaManifest *ha_apply_export(const HaConfig *config)
{
    HaManifest *manifest = ha_manifest_new();
    g_ptr_array_unref(manifest->policies);
    manifest->policies = ha_policies_read(config);
    for (guint i = 0; i < config->groups->len; i++)
        g_ptr_array_add(manifest->groups, ha_group_copy(config->groups->pdata[i]));
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        HaManifestVm *out = ha_manifest_vm_new(vm->name);
        if (vm->group) {
            g_free(out->group);
            out->group = g_strdup(vm->group);
        }
        out->hash = ha_hash_check(vm->definition) ? g_strdup(vm->definition) : NULL;
        out->role = ha_park_wanted(vm) ? HA_ROLE_RUNNING : HA_ROLE_STOPPED;
        g_ptr_array_add(manifest->vms, out);
    }
    ha_manifest_sort(manifest);
    return manifest;
}
