/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_aim.h"

#include "resource-agents/ra_cib.h"

#include <libxml/xpath.h>
#include <string.h>

void ra_aim_clear(RaAim *aim)
{
    g_clear_pointer(&aim->pin, g_free);
}

/* The value of @attribute of the first element that @format describes; %s are given as XPath strings. (transfer full)
 * nullable */
static char *find(xmlDoc *cib, const char *attribute, char *path)
{
    char *value = NULL;
    xmlXPathContext *context = xmlXPathNewContext(cib);
    xmlXPathObject *found = context ? xmlXPathEval(BAD_CAST path, context) : NULL;

    if (found && found->nodesetval && found->nodesetval->nodeNr > 0) {
        xmlChar *text = xmlGetProp(found->nodesetval->nodeTab[0], BAD_CAST attribute);
        value = g_strdup((const char *)text);
        xmlFree(text);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    g_free(path);
    return value;
}

static gboolean is_true(const char *text)
{
    return text &&
           (g_ascii_strcasecmp(text, "on") == 0 || g_ascii_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

void ra_aim_parse(xmlDoc *cib, const char *vm, const char *target, RaAim *ret_aim)
{
    /* Names of VMs and nodes are XML ids: they hold no quotes. */
    g_autofree char *permanent = find(cib, "value",
        g_strdup_printf(
            "/cib/configuration/nodes/node[@uname='%s']/instance_attributes/nvpair[@name='standby']", target));
    g_autofree char *transient = find(cib, "value",
        g_strdup_printf("/cib/status/node_state[@uname='%s']/transient_attributes//nvpair[@name='standby']", target));
    ret_aim->pin =
        find(cib, "node", g_strdup_printf("/cib/configuration/constraints/rsc_location[@id='hactl-pin-%s']", vm));
    ret_aim->standby = is_true(permanent) || is_true(transient);
}

gboolean ra_aim_read(const char *vm, const char *target, gint64 timeout_ms, RaAim *ret_aim)
{
    if (strpbrk(vm, "'\"") || strpbrk(target, "'\""))
        return FALSE;
    xmlDoc *cib = ra_cib_read(NULL, timeout_ms);
    if (cib == NULL)
        return FALSE;
    ra_aim_parse(cib, vm, target, ret_aim);
    xmlFreeDoc(cib);
    return TRUE;
}

const char *ra_aim_changed(const RaAim *before, const RaAim *now, const char *target)
{
    if (now->standby && !before->standby)
        return "the target was put in standby while the VM migrated to it";
    if (before->pin && strcmp(before->pin, target) == 0 && g_strcmp0(now->pin, target) != 0)
        return "the constraint that moves the VM was removed or changed while it migrated";
    return NULL;
}
