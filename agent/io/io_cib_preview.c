/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_change.h"

#include <libxml/xpath.h>

#include "agent/io/io_cib_xml.h"

static void remove_all(const char *path, xmlDoc *doc)
{
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST path, context);
    g_assert(found);
    for (int i = found->nodesetval ? found->nodesetval->nodeNr - 1 : -1; i >= 0; i--) {
        xmlNode *node = found->nodesetval->nodeTab[i];
        found->nodesetval->nodeTab[i] = NULL;
        xmlUnlinkNode(node);
        xmlFreeNode(node);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
}

/* As Pacemaker modifies: an element is the one of the same name and id, and gets the attributes that are given. */
static void merge(xmlNode *into, const xmlNode *from)
{
    for (const xmlAttr *attr = from->properties; attr; attr = attr->next)
        xmlSetProp(into, attr->name, BAD_CAST io_xml_attr(from, (const char *)attr->name));
    for (const xmlNode *child = io_xml_child(from, NULL); child; child = io_xml_next(child, NULL)) {
        const char *tag = (const char *)child->name, *id = io_xml_attr(child, "id");
        xmlNode *known = id ? io_xml_find(into, tag, "id", id) : io_xml_child(into, tag);
        merge(known ? known : xmlNewChild(into, NULL, child->name, NULL), child);
    }
}

void io_cib_write_preview(const IoCibWrite *write, xmlDoc *doc)
{
    xmlNode *configuration = io_xml_child(xmlDocGetRootElement(doc), "configuration");
    if (write->remove_path)
        remove_all(write->remove_path, doc);
    if (write->modify_path && configuration)
        merge(configuration, xmlDocGetRootElement(write->doc));
}
