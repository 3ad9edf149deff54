/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_patch.h"

#include <libxml/xpath.h>

#include "agent/io/io_cib_xml.h"

/* crm_exit_t: CRM_EX_OLD; CRM_EX_SOFTWARE, which stands for EINVAL. */
#define EXIT_OLD 103
#define EXIT_INVALID 70
#define CREATIONS_MAX 64u

const char *const io_cib_patch_command[] = {"cibadmin", "--patch", "--xml-pipe", NULL};

typedef struct {
    xmlNode *diff; /* the patchset */
    GHashTable *gone;
} Patch;

static xmlXPathObject *find(const char *path, const xmlNode *cib)
{
    xmlXPathContext *context = xmlXPathNewContext(cib->doc);
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST path, context);
    g_assert(found);
    xmlXPathFreeContext(context);
    return found;
}

static gboolean holds(const IoCibWrite *write, const xmlNode *cib)
{
    xmlXPathObject *found = find(write->modify_path, cib);
    gboolean any = found->nodesetval && found->nodesetval->nodeNr > 0;
    xmlXPathFreeObject(found);
    return any;
}

/* ---- the pieces ---- */

/* Of the names and ids that lead to it: all that a patchset's path may hold. */
static void append_path(const xmlNode *node, GString *path)
{
    if (node->parent && node->parent->type == XML_ELEMENT_NODE)
        append_path(node->parent, path);
    const char *id = io_xml_attr(node, "id");
    g_string_append_printf(path, "/%s", (const char *)node->name);
    if (id)
        g_string_append_printf(path, "[@id='%s']", id);
}

static xmlNode *add_change(const Patch *patch, const char *operation, const xmlNode *node)
{
    g_autoptr(GString) path = g_string_new(NULL);
    append_path(node, path);
    xmlNode *change = xmlNewChild(patch->diff, NULL, BAD_CAST "change", NULL);
    xmlSetProp(change, BAD_CAST "operation", BAD_CAST operation);
    xmlSetProp(change, BAD_CAST "path", BAD_CAST path->str);
    return change;
}

static void add_deletions(Patch *patch, const char *path, const xmlNode *cib)
{
    xmlXPathObject *found = find(path, cib);
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr; i++) {
        g_hash_table_add(patch->gone, found->nodesetval->nodeTab[i]);
        add_change(patch, "delete", found->nodesetval->nodeTab[i]);
    }
    xmlXPathFreeObject(found);
}

static void add_creation(const Patch *patch, const xmlNode *parent, guint position, const xmlNode *child)
{
    xmlNode *change = add_change(patch, "create", parent);
    g_autofree char *number = g_strdup_printf("%u", position);
    xmlSetProp(change, BAD_CAST "position", BAD_CAST number);
    xmlAddChild(change, xmlDocCopyNode((xmlNode *)child, change->doc, 1));
}

static gboolean has_attributes(const xmlNode *now, const xmlNode *want)
{
    for (const xmlAttr *attr = want->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name;
        if (!io_xml_attr_is(now, name, io_xml_attr(want, name)))
            return FALSE;
    }
    return TRUE;
}

/* The list says what is new, for those who read it; what is done is to give the element the attributes of the result.
 */
static void add_modification(const Patch *patch, const xmlNode *now, const xmlNode *want)
{
    xmlNode *change = add_change(patch, "modify", now);
    xmlNode *list = xmlNewChild(change, NULL, BAD_CAST "change-list", NULL);
    xmlNode *result = xmlNewChild(change, NULL, BAD_CAST "change-result", NULL);
    xmlNode *whole = xmlDocCopyNode((xmlNode *)now, change->doc, 2);
    xmlAddChild(result, whole);
    for (const xmlAttr *attr = want->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name, *value = io_xml_attr(want, name);
        if (io_xml_attr_is(now, name, value))
            continue;
        xmlNode *one = xmlNewChild(list, NULL, BAD_CAST "change-attr", NULL);
        xmlSetProp(one, BAD_CAST "name", attr->name);
        xmlSetProp(one, BAD_CAST "operation", BAD_CAST "set");
        xmlSetProp(one, BAD_CAST "value", BAD_CAST value);
        xmlSetProp(whole, attr->name, BAD_CAST value);
    }
}

/* ---- the walk ---- */

/* How many children are left of @node. */
static guint count_left(const Patch *patch, const xmlNode *node)
{
    guint n = 0;
    for (const xmlNode *child = node->children; child; child = child->next)
        n += child->type != XML_TEXT_NODE && !g_hash_table_contains(patch->gone, child);
    return n;
}

static const xmlNode *counterpart(const Patch *patch, const xmlNode *in, GHashTable *index, const xmlNode *want)
{
    const char *id = io_xml_attr(want, "id");
    const xmlNode *found = id ? g_hash_table_lookup(index, id) : io_xml_child(in, (const char *)want->name);
    return found && xmlStrEqual(found->name, want->name) && !g_hash_table_contains(patch->gone, found) ? found : NULL;
}

/* As io_xml_merge(). New elements come after those that are there. */
static void add_merge(const Patch *patch, const xmlNode *now, const xmlNode *want)
{
    g_autoptr(GHashTable) index = io_xml_index(now);
    guint position = count_left(patch, now);
    if (!has_attributes(now, want))
        add_modification(patch, now, want);
    for (const xmlNode *child = io_xml_child(want, NULL); child; child = io_xml_next(child, NULL)) {
        const xmlNode *there = counterpart(patch, now, index, child);
        if (there)
            add_merge(patch, there, child);
        else
            add_creation(patch, now, position++, child);
    }
}

static void add_source(const Patch *patch, const xmlNode *cib)
{
    static const char *const parts[] = {"admin_epoch", "epoch"};
    xmlNode *version = xmlNewChild(patch->diff, NULL, BAD_CAST "version", NULL);
    xmlNode *source = xmlNewChild(version, NULL, BAD_CAST "source", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        xmlSetProp(source, BAD_CAST parts[i], BAD_CAST io_xml_attr(cib, parts[i]));
}

static GBytes *text_of(xmlDoc *doc)
{
    xmlChar *text = NULL;
    int len = 0;
    xmlDocDumpMemory(doc, &text, &len);
    return g_bytes_new_with_free_func(text, (gsize)len, xmlFree, text);
}

GBytes *io_cib_patch_make(const IoCibWrite *write, const xmlNode *cib)
{
    if (!holds(write, cib))
        return NULL;
    g_autoptr(GHashTable) gone = g_hash_table_new(NULL, NULL);
    xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
    Patch patch = {.diff = xmlNewNode(NULL, BAD_CAST "diff"), .gone = gone};
    xmlDocSetRootElement(doc, patch.diff);
    xmlSetProp(patch.diff, BAD_CAST "format", BAD_CAST "2");
    add_source(&patch, cib);
    if (write->remove_path)
        add_deletions(&patch, write->remove_path, cib);
    add_merge(&patch, io_xml_child(cib, "configuration"), xmlDocGetRootElement(write->doc));
    GBytes *text = io_xml_child(patch.diff, "change") ? text_of(doc) : NULL;
    xmlFreeDoc(doc);
    return text;
}

/* ---- the answer ---- */

IoCibPatchOutcome io_cib_patch_judge(const IoToolResult *result)
{
    if (!result->error)
        return IO_CIB_PATCH_DONE;
    if (result->outcome == IO_TOOL_EXITED && result->exit_code == EXIT_OLD)
        return IO_CIB_PATCH_STALE;
    if (result->outcome == IO_TOOL_EXITED && result->exit_code == EXIT_INVALID)
        return IO_CIB_PATCH_UNFIT;
    return IO_CIB_PATCH_FAILED;
}

/* ---- those of others ---- */

gboolean io_cib_patch_is_long(const xmlNode *patch)
{
    guint n = 0;
    const xmlNode *change = io_xml_child(patch, "change");
    for (; change && n <= CREATIONS_MAX; change = io_xml_next(change, "change"))
        n += io_xml_attr_is(change, "operation", "create");
    return n > CREATIONS_MAX;
}
