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

static void replace(xmlNode *old, const xmlNode *with)
{
    xmlReplaceNode(old, xmlDocCopyNode((xmlNode *)with, old->doc, 1));
    xmlFreeNode(old);
}

void io_cib_write_preview(const IoCibWrite *write, xmlDoc *doc)
{
    xmlNode *configuration = io_xml_child(xmlDocGetRootElement(doc), "configuration");
    if (write->remove_path)
        remove_all(write->remove_path, doc);
    if (write->replaces && configuration)
        replace(io_xml_child(configuration, "resources"), xmlDocGetRootElement(write->doc));
    else if (write->modify_path && configuration)
        io_xml_merge(configuration, xmlDocGetRootElement(write->doc));
}
