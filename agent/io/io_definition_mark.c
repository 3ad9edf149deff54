/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_definition_mark.h"

#include "agent/core/model/ha_types.h"
#include "agent/io/io_definition.h"
#include "agent/io/io_definition_device.h"

#include <libxml/parser.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static gboolean is_ours(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && node->ns &&
           strcmp((const char *)node->ns->href, IO_DEFINITION_MARK_URI) == 0;
}

static void remove_marks(xmlNode *metadata)
{
    for (xmlNode *node = metadata->children, *next; node; node = next) {
        next = node->next;
        if (is_ours(node)) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
    }
}

static void add_mark(xmlNode *metadata, const char *hash)
{
    xmlNode *mark = xmlNewChild(metadata, NULL, BAD_CAST "definition", NULL);
    xmlSetNs(mark, xmlNewNs(mark, BAD_CAST IO_DEFINITION_MARK_URI, BAD_CAST IO_DEFINITION_MARK_PREFIX));
    xmlSetProp(mark, BAD_CAST "sha256", BAD_CAST hash);
}

char *io_definition_mark(const char *xml, gsize len, const char *hash, GError **error)
{
    g_autoptr(xmlDoc) doc = io_definition_document(xml, len, error);
    if (!doc)
        return NULL;
    xmlNode *root = xmlDocGetRootElement(doc), *metadata = io_xml_child(root, "metadata");
    if (!metadata && hash)
        metadata = xmlNewChild(root, NULL, BAD_CAST "metadata", NULL);
    if (metadata)
        remove_marks(metadata);
    if (hash)
        add_mark(metadata, hash);
    else if (metadata && !xmlFirstElementChild(metadata)) {
        xmlUnlinkNode(metadata);
        xmlFreeNode(metadata);
    }
    xmlBuffer *buffer = xmlBufferCreate();
    xmlNodeDump(buffer, doc, root, 0, 0);
    char *text = g_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

char *io_definition_mark_element(const char *hash)
{
    return g_strdup_printf("<definition sha256='%s'/>", hash);
}

char *io_definition_mark_read(const char *element)
{
    g_autoptr(xmlDoc) doc = xmlReadMemory(element, (int)MIN(strlen(element), HA_DEFINITION_BYTES_MAX), NULL, NULL,
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    g_autofree char *hash = io_xml_is(root, "definition") ? io_xml_attribute(root, "sha256") : NULL;
    return ha_hash_check(hash) ? g_steal_pointer(&hash) : NULL;
}
