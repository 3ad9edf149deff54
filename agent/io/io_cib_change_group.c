/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_change_group.h"

#include <string.h>

#include "agent/core/ha_sorted.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_rules.h"
#include "agent/io/io_cib_xml.h"

static xmlNode *template_element(const IoCibBuild *build, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    return io_cib_build_child(io_cib_build_section(build, "resources"), "template", id);
}

static gboolean in_list(const IoCibBuild *build, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    return io_xml_find(io_cib_build_section(build, "resources"), "template", "id", id) != NULL;
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

/* ---- the groups and their VMs as they will be ---- */

typedef struct {
    char *vm;
    char *group;
} Member;

typedef struct {
    GPtrArray *groups;  /* HaGroup*, ascending name */
    GPtrArray *members; /* Member*, ascending vm */
} Outcome;

static void member_free(Member *member)
{
    g_free(member->vm);
    g_free(member->group);
    g_free(member);
}

static Member *member_new(const char *vm, const char *group)
{
    Member *member = g_new0(Member, 1);
    member->vm = g_strdup(vm);
    member->group = g_strdup(group);
    return member;
}

static void read_outcome(const IoCibBuild *build, Outcome *outcome)
{
    const xmlNode *resources = io_xml_path(build->cib, "configuration", "resources", NULL);
    for (const xmlNode *one = io_xml_child(resources, "template"); one; one = io_xml_next(one, "template"))
        if (io_cib_group_name(io_xml_attr(one, "id")))
            g_ptr_array_add(outcome->groups, io_cib_group_read(one));
    for (const xmlNode *one = io_xml_child(resources, "primitive"); one; one = io_xml_next(one, "primitive")) {
        const char *group = io_cib_group_name(io_xml_attr(one, "template"));
        if (group)
            g_ptr_array_add(outcome->members, member_new(io_xml_attr(one, "id"), group));
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
    ha_sorted_put(outcome->members, member_new(vm, group));
    if (strcmp(group, HA_GROUP_DEFAULT) == 0 && !ha_sorted_find(outcome->groups, group))
        ha_sorted_put(outcome->groups, ha_group_new(group));
}

/* Returns: does it concern the rules? */
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
        const Member *member = outcome->members->pdata[i];
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

gboolean io_cib_change_group_rules(const IoCibBuild *build, const GPtrArray *changes, GError **error)
{
    Outcome outcome = {.groups = g_ptr_array_new_with_free_func((GDestroyNotify)ha_group_free),
        .members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free)};
    g_autoptr(GArray) counts = g_array_new(FALSE, FALSE, sizeof(IoCibRulesGroup));
    gboolean concerned = FALSE;
    read_outcome(build, &outcome);
    for (guint i = 0; i < changes->len; i++)
        concerned |= apply(&outcome, changes->pdata[i]);
    gboolean ok = !concerned || count_members(&outcome, counts, error);
    if (concerned && ok)
        io_cib_rules_put(build, counts);
    g_ptr_array_unref(outcome.groups);
    g_ptr_array_unref(outcome.members);
    return ok;
}
