/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_policy.h"

#include <string.h>

#include "agent/core/model/ha_policy.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_xml.h"

#define ATTRIBUTE "hactl-migration"

/* Returns: borrowed text of the policy after @changes; NULL when there is none. */
static const char *policy_text(const IoCibBuild *build, const GPtrArray *changes, const char *policy)
{
    const xmlNode *properties = io_xml_path(build->cib, "configuration", "crm_config", NULL);
    g_autofree char *name = g_strconcat(HA_POLICY_PROPERTY, policy, NULL);
    const char *text = io_xml_value(properties, "cluster_property_set", name);
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind == HA_CHANGE_PROPERTY_SET && strcmp(change->name, name) == 0)
            text = change->value;
        if (change->kind == HA_CHANGE_PROPERTY_DROP && strcmp(change->name, name) == 0)
            text = NULL;
    }
    return text;
}

static const xmlNode *migrate_to(const xmlNode *template)
{
    return io_xml_find(io_xml_child(template, "operations"), "op", "name", "migrate_to");
}

static void put_text(const IoCibBuild *build, const char *group, const char *op_id, const char *text)
{
    g_autofree char *template_id = io_cib_group_id(group);
    g_autofree char *set_id = g_strconcat("hactl-migrate-", group, NULL);
    g_autofree char *id = g_strconcat("hactl-migrate.policy.", group, NULL);
    xmlNode *template = io_cib_build_resource(build, "template", template_id);
    xmlNode *op = io_cib_build_child(io_cib_build_child(template, "operations", NULL), "op", op_id);
    io_cib_build_nvpair(io_cib_build_child(op, "meta_attributes", set_id), id, ATTRIBUTE, text);
}

static void clear_text(const IoCibBuild *build, const xmlNode *op)
{
    g_autofree char *id = io_xml_quote(io_xml_attr(op, "id"));
    io_cib_build_remove(
        build, "resources/template/operations/op[@id=%s]/meta_attributes/nvpair[@name='" ATTRIBUTE "']", id);
}

/* @existing: nullable: the template in the CIB. @wanted: nullable: in the modification. One of them is there. */
static void put_group(const IoCibBuild *build, const GPtrArray *changes, const xmlNode *existing, const xmlNode *wanted)
{
    const char *group = io_cib_group_name(io_xml_attr(wanted ? wanted : existing, "id"));
    const char *named = wanted ? io_xml_value(wanted, "meta_attributes", ATTRIBUTE) : NULL;
    const char *policy = named ? named : io_xml_value(existing, "meta_attributes", ATTRIBUTE);
    const char *text = policy_text(build, changes, policy ? policy : HA_POLICY_DEFAULT);
    const xmlNode *op = migrate_to(existing);
    const char *now = io_xml_value(op, "meta_attributes", ATTRIBUTE);
    const char *op_id = io_xml_attr(op ? op : migrate_to(wanted), "id");
    if (!op_id || g_strcmp0(now, text) == 0)
        return;
    if (text)
        put_text(build, group, op_id, text);
    else
        clear_text(build, op);
}

static const char *named_by(const xmlNode *template)
{
    const char *policy = io_xml_value(template, "meta_attributes", ATTRIBUTE);
    return policy ? policy : HA_POLICY_DEFAULT;
}

gboolean io_cib_policy_concerns(const HaChange *change, const xmlNode *template)
{
    if (change->kind != HA_CHANGE_PROPERTY_SET && change->kind != HA_CHANGE_PROPERTY_DROP)
        return FALSE;
    g_autofree char *name = g_strconcat(HA_POLICY_PROPERTY, named_by(template), NULL);
    return strcmp(change->name, name) == 0;
}

void io_cib_policy_settle(const IoCibBuild *build, const GPtrArray *changes, xmlNode *template)
{
    if (policy_text(build, changes, named_by(template)))
        return;
    xmlNode *set = io_xml_child(migrate_to(template), "meta_attributes");
    for (; set; set = io_xml_next(set, "meta_attributes")) {
        xmlNode *nvpair = io_xml_find(set, "nvpair", "name", ATTRIBUTE);
        xmlUnlinkNode(nvpair);
        xmlFreeNode(nvpair);
    }
}

static gboolean concerns(const HaChange *change)
{
    gboolean property = change->kind == HA_CHANGE_PROPERTY_SET || change->kind == HA_CHANGE_PROPERTY_DROP;
    return change->kind == HA_CHANGE_GROUP_SET || change->kind == HA_CHANGE_VM_ADD ||
           change->kind == HA_CHANGE_VM_GROUP_SET || (property && g_str_has_prefix(change->name, HA_POLICY_PROPERTY));
}

static gboolean goes(const GPtrArray *changes, const char *group)
{
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind == HA_CHANGE_GROUP_DELETE && strcmp(change->group, group) == 0)
            return TRUE;
    }
    return FALSE;
}

static void put_all(const IoCibBuild *build, const GPtrArray *changes)
{
    const xmlNode *there = io_xml_path(build->cib, "configuration", "resources", NULL);
    xmlNode *resources = io_cib_build_section(build, "resources");
    /* Those that are made; put_group adds to the same list, which it has read then. */
    for (const xmlNode *one = io_xml_child(resources, "template"); one; one = io_xml_next(one, "template")) {
        const char *group = io_cib_group_name(io_xml_attr(one, "id"));
        if (group && !io_cib_build_template(build, group))
            put_group(build, changes, NULL, one);
    }
    for (const xmlNode *one = io_xml_child(there, "template"); one; one = io_xml_next(one, "template")) {
        const char *id = io_xml_attr(one, "id"), *group = io_cib_group_name(id);
        if (group && !goes(changes, group))
            put_group(build, changes, one, io_cib_build_wanted(build, "template", id));
    }
}

void io_cib_policy_put(const IoCibBuild *build, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (concerns(changes->pdata[i])) {
            put_all(build, changes);
            return;
        }
    }
}
