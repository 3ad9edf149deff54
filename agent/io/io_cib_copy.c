/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_copy.h"

#include <string.h>

#include "agent/io/io_cib_foreign.h"
#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_xml.h"

#define PREFIX "hactl-vm-"
#define OURS "hactl-" /* a group's policy, which is nothing to Pacemaker */

gboolean io_cib_copy_is_vm(const xmlNode *primitive)
{
    return io_cib_group_name(io_xml_attr(primitive, "template")) ||
           (io_xml_attr_is(primitive, "class", "ocf") && io_xml_attr_is(primitive, "provider", "hactl") &&
               io_xml_attr_is(primitive, "type", "vm"));
}

/* ---- the copy ---- */

/* Sets of @from that bear @tag, as one in @to. @kind: of the ids; they read KIND-VM and KIND.NAME.VM. */
static void copy_values(
    const xmlNode *from, xmlNode *to, const char *tag, const char *kind, const char *vm, gboolean all)
{
    g_autofree char *set_id = g_strdup_printf(PREFIX "%s-%s", kind, vm);
    for (const xmlNode *set = io_xml_child(from, tag); set; set = io_xml_next(set, tag)) {
        const xmlNode *one = io_xml_child(set, "rule") ? NULL : io_xml_child(set, "nvpair");
        for (; one; one = io_xml_next(one, "nvpair")) {
            const char *name = io_xml_attr(one, "name"), *value = name ? io_xml_value(from, tag, name) : NULL;
            if (!value || (!all && g_str_has_prefix(name, OURS)))
                continue;
            g_autofree char *id = g_strdup_printf(PREFIX "%s.%s.%s", kind, name, vm);
            xmlNode *copy = io_cib_build_child(to, tag, set_id);
            io_cib_build_prop(copy, "score", "-1");
            io_cib_build_nvpair(copy, id, name, value);
        }
    }
}

/* Pacemaker merges operations by name and role. */
static gboolean same_operation(const xmlNode *a, const xmlNode *b)
{
    return io_xml_attr_is(a, "name", io_xml_attr(b, "name")) && io_xml_attr_is(a, "role", io_xml_attr(b, "role"));
}

static gboolean has_its_own(const xmlNode *primitive, const xmlNode *op)
{
    const xmlNode *own = io_xml_child(io_xml_child(primitive, "operations"), "op");
    for (; own; own = io_xml_next(own, "op"))
        if (same_operation(own, op) && !g_str_has_prefix(io_xml_attr(own, "id"), PREFIX))
            return TRUE;
    return FALSE;
}

/* Which of its name's, from 1. */
static guint place_of(const xmlNode *op)
{
    guint n = 1;
    const xmlNode *before = io_xml_child(op->parent, "op");
    for (; before && before != op; before = io_xml_next(before, "op"))
        n += io_xml_attr_is(before, "name", io_xml_attr(op, "name"));
    return n;
}

static void copy_operation(const xmlNode *op, xmlNode *operations, const char *vm)
{
    guint place = place_of(op);
    g_autofree char *number = place > 1 ? g_strdup_printf("%u", place) : g_strdup("");
    g_autofree char *name = g_strconcat(io_xml_attr(op, "name"), number, NULL);
    g_autofree char *id = g_strdup_printf(PREFIX "op.%s.%s", name, vm);
    g_autofree char *meta = g_strdup_printf("op-meta.%s", name), *params = g_strdup_printf("op-params.%s", name);
    xmlNode *copy = io_cib_build_child(operations, "op", id);
    for (const xmlAttr *attr = op->properties; attr; attr = attr->next)
        if (strcmp((const char *)attr->name, "id") != 0)
            xmlSetProp(copy, attr->name, BAD_CAST io_xml_attr(op, (const char *)attr->name));
    copy_values(op, copy, "meta_attributes", meta, vm, TRUE);
    copy_values(op, copy, "instance_attributes", params, vm, TRUE);
}

xmlNode *io_cib_copy_make(const xmlNode *template, const xmlNode *primitive, const char *vm, xmlDoc *doc)
{
    xmlNode *copy = xmlNewDocNode(doc, NULL, BAD_CAST "primitive", NULL);
    io_cib_build_prop(copy, "id", vm);
    io_cib_build_prop(copy, "class", "ocf");
    io_cib_build_prop(copy, "provider", "hactl");
    io_cib_build_prop(copy, "type", "vm");
    copy_values(template, copy, "meta_attributes", "policy", vm, FALSE);
    copy_values(template, copy, "instance_attributes", "params", vm, TRUE);
    copy_values(template, copy, "utilization", "size", vm, TRUE);
    const xmlNode *op = io_xml_child(io_xml_child(template, "operations"), "op");
    for (; op; op = io_xml_next(op, "op"))
        if (io_xml_attr(op, "name") && !has_its_own(primitive, op))
            copy_operation(op, io_cib_build_child(copy, "operations", NULL), vm);
    return copy;
}

/* ---- what differs ---- */

static const xmlNode *counterpart(const xmlNode *in, const xmlNode *of)
{
    const char *tag = (const char *)of->name, *id = io_xml_attr(of, "id");
    return id ? io_xml_find(in, tag, "id", id) : io_xml_child(in, tag);
}

static gboolean has_attributes(const xmlNode *node, const xmlNode *of)
{
    for (const xmlAttr *attr = of->properties; attr; attr = attr->next)
        if (!io_xml_attr_is(node, (const char *)attr->name, io_xml_attr(of, (const char *)attr->name)))
            return FALSE;
    return TRUE;
}

/* Take out of @want what @now has. Returns: nothing is left of it. */
static gboolean prune(xmlNode *want, const xmlNode *now)
{
    xmlNode *next = NULL;
    for (xmlNode *child = io_xml_child(want, NULL); child; child = next) {
        const xmlNode *there = counterpart(now, child);
        next = io_xml_next(child, NULL);
        if (there && prune(child, there)) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
    return !io_xml_child(want, NULL) && has_attributes(now, want);
}

/* Of an earlier copy, and not of this one. */
static void remove_stale(const IoCibBuild *build, const xmlNode *now, const xmlNode *want, const char *vm)
{
    for (const xmlNode *child = io_xml_child(now, NULL); child; child = io_xml_next(child, NULL)) {
        const char *id = io_xml_attr(child, "id");
        const xmlNode *wanted = want ? counterpart(want, child) : NULL;
        if (wanted || !id || !g_str_has_prefix(id, PREFIX)) {
            remove_stale(build, child, wanted, vm);
            continue;
        }
        g_autofree char *primitive = io_xml_quote(vm), *quoted = io_xml_quote(id);
        io_cib_build_remove(build, "resources/primitive[@id=%s]//*[@id=%s]", primitive, quoted);
    }
}

void io_cib_copy_put(const IoCibBuild *build, const xmlNode *template, const char *vm)
{
    const xmlNode *now = io_cib_build_vm(build, vm);
    xmlNode *want = io_cib_copy_make(template, now, vm, build->write->doc);
    if (now)
        remove_stale(build, now, want, vm);
    if (!now || !prune(want, now))
        io_xml_merge(io_cib_build_resource(build, "primitive", vm), want);
    xmlFreeNode(want);
}

/* ---- from the name of a template to a copy of it ---- */

/* Does a constraint that hactl did not make name its template? */
static gboolean is_named(const xmlNode *cib, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    g_autofree char *constraints = io_cib_foreign_constraints(cib, id);
    return *constraints != '\0';
}

/* @allowed: group -> whether its VMs may be converted; filled as they are met. */
static const char *convertible(const xmlNode *cib, const xmlNode *primitive, GHashTable *allowed)
{
    const char *group = io_cib_group_name(io_xml_attr(primitive, "template"));
    gpointer known = NULL;
    if (!group)
        return NULL;
    if (!g_hash_table_lookup_extended(allowed, group, NULL, &known)) {
        known = GINT_TO_POINTER(!is_named(cib, group));
        g_hash_table_insert(allowed, g_strdup(group), known);
    }
    return known ? group : NULL;
}

gboolean io_cib_copy_due(const xmlNode *cib)
{
    g_autoptr(GHashTable) allowed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const xmlNode *one = io_xml_child(io_xml_path(cib, "configuration", "resources", NULL), "primitive");
    for (; one; one = io_xml_next(one, "primitive"))
        if (convertible(cib, one, allowed))
            return TRUE;
    return FALSE;
}

static void copy_all(const xmlNode *cib, xmlNode *resources)
{
    g_autoptr(GHashTable) allowed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (xmlNode *one = io_xml_child(resources, "primitive"); one; one = io_xml_next(one, "primitive")) {
        const xmlNode *template = io_xml_find(resources, "template", "id", io_xml_attr(one, "template"));
        if (!template || !convertible(cib, one, allowed))
            continue;
        xmlNode *copy = io_cib_copy_make(template, one, io_xml_attr(one, "id"), resources->doc);
        xmlUnsetProp(one, BAD_CAST "template");
        io_xml_merge(one, copy);
        xmlFreeNode(copy);
    }
}

/* Sections without anything in them. */
static gboolean is_empty(const xmlNode *configuration)
{
    const xmlNode *section = io_xml_child(configuration, NULL);
    for (; section; section = io_xml_next(section, NULL))
        if (io_xml_child(section, NULL))
            return FALSE;
    return TRUE;
}

/* Whatever somebody else has changed since in the configuration would be undone: then the epoch is another. */
void io_cib_copy_replace(const IoCibBuild *build)
{
    const xmlNode *cib = build->cib, *resources = io_xml_path(cib, "configuration", "resources", NULL);
    IoCibWrite *write = build->write;
    if (build->removals->len || !is_empty(xmlDocGetRootElement(write->doc)) || !io_cib_copy_due(cib))
        return;
    xmlNode *replacement = xmlDocCopyNode((xmlNode *)resources, write->doc, 1);
    xmlFreeNode(xmlDocSetRootElement(write->doc, replacement));
    copy_all(cib, replacement);
    g_free(write->modify_path);
    write->modify_path = g_strdup_printf("%s[@admin_epoch='%" G_GINT64_FORMAT "' and @epoch='%" G_GINT64_FORMAT
                                         "']/configuration/resources",
        build->condition, io_xml_attr_int(cib, "admin_epoch", 0), io_xml_attr_int(cib, "epoch", 0));
    write->replaces = TRUE;
}
