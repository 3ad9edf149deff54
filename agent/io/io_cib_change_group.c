/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_change_group.h"

#include <string.h>

#include "agent/core/model/ha_policy.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_cib_copy.h"
#include "agent/io/io_cib_foreign.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_policy.h"
#include "agent/io/io_cib_rules.h"
#include "agent/io/io_cib_tag.h"
#include "agent/io/io_cib_xml.h"

static xmlNode *template_element(const IoCibBuild *build, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    return io_cib_build_resource(build, "template", id);
}

static gboolean in_list(const IoCibBuild *build, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    return io_cib_build_wanted(build, "template", id) != NULL;
}

void io_cib_change_group_set(const IoCibBuild *build, const HaGroup *group)
{
    io_cib_group_write(io_cib_build_template(build, group->name), template_element(build, group->name), group);
}

void io_cib_change_group_delete(const IoCibBuild *build, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    g_autofree char *quoted = io_xml_quote(id);
    io_cib_build_remove(build, "resources/template[@id=%s]", quoted);
}

gboolean io_cib_change_group_need(const IoCibBuild *build, const char *group, GError **error)
{
    if (in_list(build, group) || io_cib_build_template(build, group))
        return TRUE;
    if (strcmp(group, HA_GROUP_DEFAULT) == 0) {
        g_autoptr(HaGroup) fresh = ha_group_new(group);
        io_cib_change_group_set(build, fresh);
        return TRUE;
    }
    g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
        "group %s is not in the cluster's configuration any more; was it deleted meanwhile?", group);
    return FALSE;
}

static void name_agent(xmlNode *primitive)
{
    io_cib_build_prop(primitive, "class", "ocf");
    io_cib_build_prop(primitive, "provider", "hactl");
    io_cib_build_prop(primitive, "type", "vm");
}

gboolean io_cib_change_group_join(const IoCibBuild *build, xmlNode *primitive, const char *group, GError **error)
{
    const char *vm = io_xml_attr(primitive, "id");
    const xmlNode *now = io_cib_build_vm(build, vm);
    gboolean by_template = io_xml_attr(now, "template") || io_xml_attr(primitive, "template");
    gboolean has_agent = io_xml_attr(now, "class") || io_xml_attr(primitive, "class");
    g_autofree char *template = io_cib_group_id(group), *tag = io_cib_tag_id(group);
    g_autofree char *named_by = io_cib_foreign_constraints(build->cib, template);
    if (*named_by && has_agent) {
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "%s can't join the group %s while constraints name its template, which hactl did not make: %s; have them "
            "name the tag %s, which stands for all its VMs",
            vm, group, named_by, tag);
        return FALSE;
    }
    if (*named_by || by_template)
        io_cib_build_prop(primitive, "template", template);
    else
        name_agent(primitive);
    return TRUE;
}

/* ---- the groups and their VMs as they will be ---- */

typedef struct {
    GPtrArray *groups;  /* HaGroup*, ascending name */
    GPtrArray *members; /* IoCibMember*, ascending vm */
} Outcome;

static void read_outcome(const IoCibBuild *build, Outcome *outcome)
{
    const xmlNode *resources = io_xml_path(build->cib, "configuration", "resources", NULL);
    g_autoptr(GHashTable) tagged = io_cib_tag_read(build->cib);
    for (const xmlNode *one = io_xml_child(resources, "template"); one; one = io_xml_next(one, "template"))
        if (io_cib_group_name(io_xml_attr(one, "id")))
            g_ptr_array_add(outcome->groups, io_cib_group_read(one));
    for (const xmlNode *one = io_xml_child(resources, "primitive"); one; one = io_xml_next(one, "primitive")) {
        const char *group = io_cib_tag_group_of(one, tagged);
        if (group)
            g_ptr_array_add(outcome->members, io_cib_member_new(io_xml_attr(one, "id"), group));
    }
    ha_sorted_sort(outcome->groups);
    ha_sorted_sort(outcome->members);
}

static void take_out(GPtrArray *sorted, const char *name)
{
    guint index;
    if (ha_sorted_index(sorted, name, &index))
        g_ptr_array_remove_index(sorted, index);
}

static void put_member(Outcome *outcome, const char *vm, const char *group)
{
    ha_sorted_put(outcome->members, io_cib_member_new(vm, group));
    if (strcmp(group, HA_GROUP_DEFAULT) == 0 && !ha_sorted_find(outcome->groups, group))
        ha_sorted_put(outcome->groups, ha_group_new(group));
}

/* Returns: does anything follow from it? */
static gboolean apply(Outcome *outcome, const HaChange *change)
{
    switch (change->kind) {
    case HA_CHANGE_VM_ADD:
        put_member(outcome, change->vm, change->group ? change->group : HA_GROUP_DEFAULT);
        return TRUE;
    case HA_CHANGE_VM_GROUP_SET:
        put_member(outcome, change->vm, change->group);
        return TRUE;
    case HA_CHANGE_VM_REMOVE:
        take_out(outcome->members, change->vm);
        return TRUE;
    case HA_CHANGE_GROUP_SET:
        ha_sorted_put(outcome->groups, ha_group_copy(change->policy));
        return TRUE;
    case HA_CHANGE_GROUP_DELETE:
        take_out(outcome->groups, change->group);
        return TRUE;
    case HA_CHANGE_PROPERTY_SET:
    case HA_CHANGE_PROPERTY_DROP:
        return g_str_has_prefix(change->name, HA_POLICY_PROPERTY);
    case HA_CHANGE_POLICY_COPY:
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean count_members(const Outcome *outcome, GArray *counts, GError **error)
{
    for (guint i = 0; i < outcome->groups->len; i++) {
        IoCibRulesGroup one = {.group = outcome->groups->pdata[i]};
        g_array_append_val(counts, one);
    }
    for (guint i = 0; i < outcome->members->len; i++) {
        const IoCibMember *member = outcome->members->pdata[i];
        guint index;
        if (!ha_sorted_index(outcome->groups, member->group, &index)) {
            g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
                "VM %s is in group %s, which would be gone; was it added meanwhile?", member->vm, member->group);
            return FALSE;
        }
        g_array_index(counts, IoCibRulesGroup, index).n_vms++;
    }
    return TRUE;
}

/* ---- the VMs' copies of their groups' templates ---- */

typedef struct {
    const IoCibBuild *build;
    const GPtrArray *changes;
    GHashTable *templates; /* group -> xmlNode*, as it will be; only looked up */
    GHashTable *joining;   /* VMs that these changes add, or put into another group */
    GHashTable *touched;   /* groups that these changes change */
} Copies;

static void free_node(gpointer node)
{
    xmlFreeNode(node);
}

static xmlNode *template_after(const Copies *copies, const char *group)
{
    const IoCibBuild *build = copies->build;
    xmlNode *template = g_hash_table_lookup(copies->templates, group);
    if (template)
        return template;
    const xmlNode *now = io_cib_build_template(build, group);
    g_autofree char *id = io_cib_group_id(group);
    const xmlNode *changed = io_cib_build_wanted(build, "template", id);
    template = xmlDocCopyNode((xmlNode *)(now ? now : changed), build->write->doc, 1);
    if (now && changed)
        io_xml_merge(template, changed);
    io_cib_policy_settle(build, copies->changes, template);
    g_hash_table_insert(copies->templates, g_strdup(group), template);
    return template;
}

static void note_change(const Copies *copies, const HaChange *change)
{
    if (change->kind == HA_CHANGE_VM_ADD || change->kind == HA_CHANGE_VM_GROUP_SET)
        g_hash_table_add(copies->joining, change->vm);
    if (change->kind == HA_CHANGE_GROUP_SET)
        g_hash_table_add(copies->touched, change->policy->name);
}

static gboolean policy_changes(const Copies *copies, const char *group)
{
    const xmlNode *template = template_after(copies, group);
    for (guint i = 0; i < copies->changes->len; i++)
        if (io_cib_policy_concerns(copies->changes->pdata[i], template))
            return TRUE;
    return FALSE;
}

static gboolean by_template(const IoCibBuild *build, const char *vm)
{
    return io_xml_attr(io_cib_build_vm(build, vm), "template") ||
           io_xml_attr(io_cib_build_wanted(build, "primitive", vm), "template");
}

static void put_copies(const IoCibBuild *build, const GPtrArray *changes, const Outcome *outcome)
{
    g_autoptr(GHashTable) templates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_node);
    g_autoptr(GHashTable) joining = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) touched = g_hash_table_new(g_str_hash, g_str_equal);
    Copies copies = {build, changes, templates, joining, touched};
    for (guint i = 0; i < changes->len; i++)
        note_change(&copies, changes->pdata[i]);
    for (guint i = 0; i < outcome->groups->len; i++) {
        HaGroup *group = outcome->groups->pdata[i];
        if (policy_changes(&copies, group->name))
            g_hash_table_add(touched, group->name);
    }
    for (guint i = 0; i < outcome->members->len; i++) {
        const IoCibMember *member = outcome->members->pdata[i];
        gboolean due = g_hash_table_contains(joining, member->vm) || g_hash_table_contains(touched, member->group);
        if (due && !by_template(build, member->vm))
            io_cib_copy_put(build, template_after(&copies, member->group), member->vm);
    }
}

gboolean io_cib_change_group_follow(const IoCibBuild *build, const GPtrArray *changes, GError **error)
{
    Outcome outcome = {.groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free),
        .members = g_ptr_array_new_with_free_func((GDestroyNotify)io_cib_member_free)};
    g_autoptr(GArray) counts = g_array_new(FALSE, FALSE, sizeof(IoCibRulesGroup));
    gboolean concerned = FALSE;
    read_outcome(build, &outcome);
    for (guint i = 0; i < changes->len; i++)
        concerned |= apply(&outcome, changes->pdata[i]);
    gboolean ok = !concerned || count_members(&outcome, counts, error);
    if (concerned && ok) {
        io_cib_tag_put(build, outcome.members, outcome.groups);
        io_cib_rules_put(build, counts);
        put_copies(build, changes, &outcome);
    }
    g_ptr_array_unref(outcome.groups);
    g_ptr_array_unref(outcome.members);
    return ok;
}
