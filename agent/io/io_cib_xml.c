/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_xml.h"

#include <stdarg.h>
#include <string.h>

const char *io_xml_attr(const xmlNode *node, const char *name)
{
    if (!node)
        return NULL;
    const xmlAttr *attr = xmlHasProp(node, BAD_CAST name);
    const char *text = attr && attr->children ? (const char *)attr->children->content : NULL;
    return text && *text ? text
                         : NULL; /* libxml2 keeps "" as no child when parsed, as an empty child when patched in */
}

gboolean io_xml_attr_is(const xmlNode *node, const char *name, const char *value)
{
    return g_strcmp0(io_xml_attr(node, name), value) == 0;
}

gint64 io_xml_attr_int(const xmlNode *node, const char *name, gint64 fallback)
{
    const char *text = io_xml_attr(node, name);
    gint64 number = fallback;
    if (text && g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return number;
    return fallback;
}

static xmlNode *first_element(xmlNode *node, const char *tag)
{
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && (!tag || strcmp((const char *)node->name, tag) == 0))
            return node;
    }
    return NULL;
}

xmlNode *io_xml_child(const xmlNode *node, const char *tag)
{
    return node ? first_element(node->children, tag) : NULL;
}

xmlNode *io_xml_next(const xmlNode *node, const char *tag)
{
    return first_element(node->next, tag);
}

xmlNode *io_xml_path(const xmlNode *node, ...)
{
    va_list tags;
    va_start(tags, node);
    xmlNode *at = (xmlNode *)node;
    for (const char *tag = va_arg(tags, const char *); tag && at; tag = va_arg(tags, const char *))
        at = io_xml_child(at, tag);
    va_end(tags);
    return at;
}

xmlNode *io_xml_find(const xmlNode *node, const char *tag, const char *attr, const char *value)
{
    for (xmlNode *child = io_xml_child(node, tag); child; child = io_xml_next(child, tag)) {
        if (io_xml_attr_is(child, attr, value))
            return child;
    }
    return NULL;
}

GHashTable *io_xml_index(const xmlNode *node)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);
    for (xmlNode *child = io_xml_child(node, NULL); child; child = io_xml_next(child, NULL))
        if (io_xml_attr(child, "id"))
            g_hash_table_insert(index, (gpointer)io_xml_attr(child, "id"), child);
    return index;
}

gboolean io_xml_true(const char *text)
{
    static const char *const words[] = {"true", "on", "yes", "y", "1"};
    for (gsize i = 0; text && i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(text, words[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

gint io_xml_score(const char *text)
{
    if (!text)
        return 0;
    const char *word = *text == '+' || *text == '-' ? text + 1 : text;
    gint64 size = IO_CIB_INFINITY;
    if (g_ascii_strcasecmp(word, "INFINITY") != 0)
        size = (gint64)MIN(g_ascii_strtoull(word, NULL, 10), (guint64)IO_CIB_INFINITY);
    return (gint)(*text == '-' ? -size : size);
}

void io_xml_value_from(const xmlNode *owner, const char *set_tag, const char *name, IoXmlValue *best)
{
    for (xmlNode *set = io_xml_child(owner, set_tag); set; set = io_xml_next(set, set_tag)) {
        const xmlNode *nvpair = io_xml_find(set, "nvpair", "name", name);
        const char *value = io_xml_attr(nvpair, "value");
        gint score = io_xml_score(io_xml_attr(set, "score"));
        if (!value || io_xml_child(set, "rule") || (best->value && score < best->score))
            continue;
        *best = (IoXmlValue){.value = value, .nvpair = nvpair, .score = score};
    }
}

const char *io_xml_value(const xmlNode *owner, const char *set_tag, const char *name)
{
    IoXmlValue best = {0};
    io_xml_value_from(owner, set_tag, name, &best);
    return best.value;
}

/* Pacemaker takes the set "cib-bootstrap-options" before all others, whatever their scores. */
const char *io_xml_property(const xmlNode *crm_config, const char *name)
{
    const xmlNode *first = io_xml_find(crm_config, "cluster_property_set", "id", "cib-bootstrap-options");
    const char *value = io_xml_attr(io_xml_find(first, "nvpair", "name", name), "value");
    return value ? value : io_xml_value(crm_config, "cluster_property_set", name);
}

/* The element of @into that @child is merged with. */
static xmlNode *counterpart(const xmlNode *into, GHashTable *index, const xmlNode *child)
{
    const char *tag = (const char *)child->name, *id = io_xml_attr(child, "id");
    if (!id)
        return io_xml_child(into, tag);
    xmlNode *found = g_hash_table_lookup(index, id);
    return found && xmlStrEqual(found->name, child->name) ? found : NULL;
}

void io_xml_merge(xmlNode *into, const xmlNode *from)
{
    g_autoptr(GHashTable) index = io_xml_index(into); /* of thousands of resources */
    for (const xmlAttr *attr = from->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name, *value = io_xml_attr(from, name);
        if (!io_xml_attr_is(into, name, value)) /* indexes hold the text of ids */
            xmlSetProp(into, attr->name, BAD_CAST value);
    }
    for (const xmlNode *child = io_xml_child(from, NULL); child; child = io_xml_next(child, NULL)) {
        xmlNode *known = counterpart(into, index, child);
        xmlNode *merged = known ? known : xmlNewChild(into, NULL, child->name, NULL);
        io_xml_merge(merged, child);
        if (!known && io_xml_attr(merged, "id"))
            g_hash_table_insert(index, (gpointer)io_xml_attr(merged, "id"), merged);
    }
}

/* XPath 1.0 has no escape: a text with both kinds of quotes has to be put together from pieces. */
char *io_xml_quote(const char *text)
{
    if (!strchr(text, '\''))
        return g_strdup_printf("'%s'", text);
    if (!strchr(text, '"'))
        return g_strdup_printf("\"%s\"", text);
    g_auto(GStrv) parts = g_strsplit(text, "'", -1);
    g_autofree char *joined = g_strjoinv("',\"'\",'", parts);
    return g_strdup_printf("concat('%s')", joined);
}
