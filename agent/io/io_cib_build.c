/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_build.h"

#include "agent/io/io_cib_group.h"
#include "agent/io/io_cib_xml.h"

void io_cib_build_init(IoCibBuild *build, const xmlNode *cib, char *condition, IoCibWrite *write)
{
    *build = (IoCibBuild){.cib = cib, .condition = condition, .write = write};
    build->removals = g_ptr_array_new_with_free_func(g_free);
    build->there = io_xml_index(io_xml_path(cib, "configuration", "resources", NULL));
    build->wanted = io_xml_index(NULL);
}

void io_cib_build_clear(IoCibBuild *build)
{
    g_free(build->condition);
    g_ptr_array_unref(build->removals);
    g_hash_table_unref(build->there);
    g_hash_table_unref(build->wanted);
}

static xmlNode *find(GHashTable *index, const char *tag, const char *id)
{
    xmlNode *found = id ? g_hash_table_lookup(index, id) : NULL;
    return found && xmlStrEqual(found->name, BAD_CAST tag) ? found : NULL;
}

xmlNode *io_cib_build_wanted(const IoCibBuild *build, const char *tag, const char *id)
{
    return find(build->wanted, tag, id);
}

xmlNode *io_cib_build_resource(const IoCibBuild *build, const char *tag, const char *id)
{
    xmlNode *element = find(build->wanted, tag, id);
    if (element)
        return element;
    element = xmlNewChild(io_cib_build_section(build, "resources"), NULL, BAD_CAST tag, NULL);
    xmlSetProp(element, BAD_CAST "id", BAD_CAST id);
    g_hash_table_insert(build->wanted, (gpointer)io_xml_attr(element, "id"), element);
    return element;
}

xmlNode *io_cib_build_child(xmlNode *parent, const char *tag, const char *id)
{
    xmlNode *child = id ? io_xml_find(parent, tag, "id", id) : io_xml_child(parent, tag);
    if (child)
        return child;
    child = xmlNewChild(parent, NULL, BAD_CAST tag, NULL);
    if (id)
        xmlSetProp(child, BAD_CAST "id", BAD_CAST id);
    return child;
}

void io_cib_build_prop(xmlNode *node, const char *name, const char *value)
{
    xmlSetProp(node, BAD_CAST name, BAD_CAST value);
}

xmlNode *io_cib_build_section(const IoCibBuild *build, const char *tag)
{
    return io_cib_build_child(xmlDocGetRootElement(build->write->doc), tag, NULL);
}

void io_cib_build_nvpair(xmlNode *set, const char *id, const char *name, const char *value)
{
    xmlNode *nvpair = io_cib_build_child(set, "nvpair", id);
    io_cib_build_prop(nvpair, "name", name);
    io_cib_build_prop(nvpair, "value", value);
}

void io_cib_build_attribute(const xmlNode *existing, xmlNode *owner, const char *set_tag, const char *new_set_id,
    const char *new_nvpair_id, const char *name, const char *value)
{
    IoXmlValue best = {0};
    io_xml_value_from(existing, set_tag, name, &best);
    const char *nvpair_id = best.nvpair ? io_xml_attr(best.nvpair, "id") : new_nvpair_id;
    const char *set_id = best.nvpair ? io_xml_attr(best.nvpair->parent, "id") : NULL;
    const xmlNode *set = set_id ? NULL : io_xml_child(existing, set_tag);
    for (; set && !set_id; set = io_xml_next(set, set_tag)) {
        if (!io_xml_child(set, "rule") && !io_xml_attr(set, "score"))
            set_id = io_xml_attr(set, "id");
    }
    io_cib_build_nvpair(io_cib_build_child(owner, set_tag, set_id ? set_id : new_set_id),
        nvpair_id ? nvpair_id : new_nvpair_id, name, value);
}

void io_cib_build_remove(const IoCibBuild *build, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(build->removals, g_strconcat(build->condition, "/configuration/", path, NULL));
}

xmlNode *io_cib_build_vm(const IoCibBuild *build, const char *vm)
{
    return find(build->there, "primitive", vm);
}

xmlNode *io_cib_build_template(const IoCibBuild *build, const char *group)
{
    g_autofree char *id = io_cib_group_id(group);
    return find(build->there, "template", id);
}
