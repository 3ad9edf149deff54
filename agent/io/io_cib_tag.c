/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_tag.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_cib_copy.h"
#include "agent/io/io_cib_foreign.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_xml.h"

#define PREFIX "hactl-vms-"

IoCibMember *io_cib_member_new(const char *vm, const char *group)
{
    IoCibMember *member = g_new0(IoCibMember, 1);
    *member = (IoCibMember){g_strdup(vm), g_strdup(group)};
    return member;
}

void io_cib_member_free(IoCibMember *member)
{
    g_free(member->vm);
    g_free(member->group);
    g_free(member);
}

char *io_cib_tag_id(const char *group)
{
    return g_strconcat(PREFIX, group, NULL);
}

const char *io_cib_tag_group(const char *id)
{
    return id && g_str_has_prefix(id, PREFIX) && ha_name_check(id + strlen(PREFIX)) ? id + strlen(PREFIX) : NULL;
}

static const xmlNode *tags_of(const xmlNode *cib)
{
    return io_xml_path(cib, "configuration", "tags", NULL);
}

GHashTable *io_cib_tag_read(const xmlNode *cib)
{
    GHashTable *groups = g_hash_table_new(g_str_hash, g_str_equal);
    for (const xmlNode *tag = io_xml_child(tags_of(cib), "tag"); tag; tag = io_xml_next(tag, "tag")) {
        const char *group = io_cib_tag_group(io_xml_attr(tag, "id"));
        const xmlNode *ref = group ? io_xml_child(tag, "obj_ref") : NULL;
        for (; ref; ref = io_xml_next(ref, "obj_ref"))
            if (io_xml_attr(ref, "id"))
                g_hash_table_insert(groups, (gpointer)io_xml_attr(ref, "id"), (gpointer)group);
    }
    return groups;
}

const char *io_cib_tag_group_of(const xmlNode *primitive, GHashTable *tagged)
{
    const char *vm = io_xml_attr(primitive, "id"), *group = io_cib_group_name(io_xml_attr(primitive, "template"));
    if (!group && vm)
        group = g_hash_table_lookup(tagged, vm);
    return group || !io_cib_copy_is_vm(primitive) ? group : HA_GROUP_DEFAULT;
}

/* Does a constraint name the tag of `default`, or, of an administrator's, its template, for which he is told to take
 * the tag? */
static gboolean default_is_named(const IoCibBuild *build, const GPtrArray *groups)
{
    g_autofree char *tag = io_cib_tag_id(HA_GROUP_DEFAULT), *template = io_cib_group_id(HA_GROUP_DEFAULT);
    g_autofree char *by_tag = io_cib_foreign_constraints(build->cib, tag);
    g_autofree char *by_template = io_cib_foreign_constraints(build->cib, template);
    for (guint i = 0; i < groups->len; i++) {
        const HaGroup *group = groups->pdata[i];
        gboolean rules =
            group->affinity != HA_AFFINITY_NONE || group->only_on->len || group->prefer->len || group->after->len;
        if (ha_strings_find(group->after, HA_GROUP_DEFAULT) || (rules && strcmp(group->name, HA_GROUP_DEFAULT) == 0))
            return TRUE;
    }
    return *by_tag || *by_template;
}

static gboolean is_in(const GPtrArray *members, const char *vm, const char *group)
{
    const IoCibMember *member = vm ? ha_sorted_find(members, vm) : NULL;
    return member && strcmp(member->group, group) == 0;
}

/* @listed: those that stay, put in: VM's name -> the group whose tag lists it. */
static void remove_stale(
    const IoCibBuild *build, const xmlNode *tag, const char *group, const GPtrArray *members, GHashTable *listed)
{
    g_autofree char *id = io_xml_quote(io_xml_attr(tag, "id"));
    g_autoptr(GPtrArray) stale = g_ptr_array_new();
    guint n = 0;
    for (const xmlNode *ref = io_xml_child(tag, "obj_ref"); ref; ref = io_xml_next(ref, "obj_ref"), n++) {
        const char *vm = io_xml_attr(ref, "id");
        if (is_in(members, vm, group))
            g_hash_table_insert(listed, (gpointer)vm, (gpointer)group);
        else
            g_ptr_array_add(stale, (gpointer)vm);
    }
    if (stale->len == n) {
        io_cib_build_remove(build, "tags/tag[@id=%s]", id);
        return;
    }
    for (guint i = 0; i < stale->len; i++) {
        g_autofree char *vm = io_xml_quote(stale->pdata[i]);
        io_cib_build_remove(build, "tags/tag[@id=%s]/obj_ref[@id=%s]", id, vm);
    }
}

/* Returns: (transfer full) of @members those that a tag is to list. */
static GPtrArray *to_list(const IoCibBuild *build, const GPtrArray *members, const GPtrArray *groups)
{
    gboolean lists_default = default_is_named(build, groups);
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < members->len; i++)
        if (lists_default || strcmp(((const IoCibMember *)members->pdata[i])->group, HA_GROUP_DEFAULT) != 0)
            g_ptr_array_add(list, members->pdata[i]);
    return list;
}

void io_cib_tag_put(const IoCibBuild *build, const GPtrArray *members, const GPtrArray *groups)
{
    g_autoptr(GPtrArray) list = to_list(build, members, groups);
    g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
    for (const xmlNode *tag = io_xml_child(tags_of(build->cib), "tag"); tag; tag = io_xml_next(tag, "tag")) {
        const char *group = io_cib_tag_group(io_xml_attr(tag, "id"));
        if (group)
            remove_stale(build, tag, group, list, listed);
    }
    for (guint i = 0; i < list->len; i++) {
        const IoCibMember *member = list->pdata[i];
        if (g_strcmp0(g_hash_table_lookup(listed, member->vm), member->group) == 0)
            continue;
        g_autofree char *id = io_cib_tag_id(member->group);
        xmlNode *tag = io_cib_build_child(io_cib_build_section(build, "tags"), "tag", id);
        xmlNode *ref = xmlNewChild(tag, NULL, BAD_CAST "obj_ref", NULL);
        io_cib_build_prop(ref, "id", member->vm);
    }
}
