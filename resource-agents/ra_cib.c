/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_cib.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

xmlDoc *ra_cib_read(const char *scope, gint64 timeout_ms)
{
    g_autofree char *timeout = g_strdup_printf("%" G_GINT64_FORMAT, MAX(timeout_ms / 1000, 1));
    const char *argv[] = {"timeout", timeout, "cibadmin", "--query", "--local", scope ? "--scope" : NULL, scope, NULL};
    g_autofree char *text = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
            NULL, &status, NULL) ||
        status != 0)
        return NULL;
    return xmlReadMemory(text, (int)strlen(text), "cib", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_HUGE);
}

gboolean ra_cib_has_migration(xmlDoc *cib, const char *vm, const char *node)
{
    g_autofree char *path =
        g_strdup_printf("/cib/status/node_state//lrm_resource[@id='%s']/lrm_rsc_op[(@operation='migrate_to' or "
                        "@operation='migrate_from') and (@migrate_source='%s' or @migrate_target='%s')]",
            vm, node, node);

    if (strpbrk(vm, "'\"") || strpbrk(node, "'\""))
        return TRUE;
    xmlXPathContext *context = xmlXPathNewContext(cib);
    xmlXPathObject *found = context ? xmlXPathEval(BAD_CAST path, context) : NULL;
    gboolean has = found == NULL || (found->nodesetval && found->nodesetval->nodeNr > 0);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return has;
}

guint64 ra_cib_node_memory(xmlDoc *nodes, const char *node)
{
    g_autofree char *path =
        g_strdup_printf("string(/nodes/node[@uname='%s']/utilization/nvpair[@name='memory']/@value)", node);
    guint64 mib = 0;

    if (strpbrk(node, "'\""))
        return 0;
    xmlXPathContext *context = xmlXPathNewContext(nodes);
    xmlXPathObject *found = context ? xmlXPathEval(BAD_CAST path, context) : NULL;
    if (found && found->stringval)
        g_ascii_string_to_unsigned((const char *)found->stringval, 10, 0, G_MAXUINT32, &mib, NULL);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return mib;
}
