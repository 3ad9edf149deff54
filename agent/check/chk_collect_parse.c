/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tools and files say, read into the facts. */
#include <libxml/parser.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/check/chk_collect.h"
#include "agent/core/model/ha_sorted.h"
#include "agent/io/io_cib_decode.h"
#include "agent/io/io_cib_xml.h"
#include "agent/io/io_definition.h"
#include "agent/io/io_fence_history.h"
#include "agent/io/io_mount.h"

/* ---- corosync ---- */

/* "totem.token (u32) = 3000" */
static gboolean split_cmap(char *line, char **ret_key, char **ret_value)
{
    char *type = strstr(line, " ("), *equals = type ? strstr(type, ") = ") : NULL;
    if (!equals)
        return FALSE;
    *type = '\0';
    *ret_key = line;
    *ret_value = g_strchomp(equals + strlen(") = "));
    return TRUE;
}

static const char *node_named(const ChkFacts *facts, guint64 id)
{
    for (guint i = 0; i < HA_NODES_MAX; i++) {
        g_autofree char *id_key = g_strdup_printf("nodelist.node.%u.nodeid", i);
        g_autofree char *name_key = g_strdup_printf("nodelist.node.%u.name", i);
        if (chk_item_get(facts->cmap, id_key) && chk_item_number(facts->cmap, id_key) == id)
            return chk_item_get(facts->cmap, name_key);
    }
    return NULL;
}

void chk_collect_cmap(const char *text, ChkFacts *facts)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *key, *value;
        if (split_cmap(lines[i], &key, &value))
            chk_item_put(facts->cmap, key, value);
    }
    const char *name = node_named(facts, chk_item_number(facts->cmap, "runtime.votequorum.this_node_id"));
    if (!name)
        return;
    g_free(facts->node);
    facts->node = g_strdup(name);
}

/* A link to a host that is off is down for that reason. */
static gboolean is_member(const ChkFacts *facts, guint64 id)
{
    g_autofree char *key = g_strdup_printf("runtime.members.%" G_GUINT64_FORMAT ".status", id);
    return g_strcmp0(chk_item_get(facts->cmap, key), "joined") == 0;
}

void chk_collect_links(const char *text, ChkFacts *facts)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *key, *value, *end;
        if (!split_cmap(lines[i], &key, &value) || !g_str_has_prefix(key, "stats.knet.node") ||
            !g_str_has_suffix(key, ".connected"))
            continue;
        guint64 id = g_ascii_strtoull(key + strlen("stats.knet.node"), &end, 10);
        if (!g_str_has_prefix(end, ".link") || !is_member(facts, id))
            continue;
        const char *node = node_named(facts, id);
        g_autofree char *name =
            g_strdup_printf("%s, link %u", node ? node : "?", (guint)g_ascii_strtoull(end + strlen(".link"), NULL, 10));
        chk_probe_put(facts->links, name, strcmp(value, "1") == 0 ? CHK_GOOD : CHK_BAD, NULL);
    }
}

/* ---- the CIB ---- */

static gboolean is_password(const char *name)
{
    return (strstr(name, "passw") || strcmp(name, "token") == 0 || strcmp(name, "community") == 0) &&
           !g_str_has_suffix(name, "_script");
}

static void add_secret(const char *path, ChkFacts *facts)
{
    struct stat status = {0};
    gboolean there = stat(path, &status) == 0;
    chk_secret_add(facts, path, there, status.st_mode & 07777, status.st_uid);
}

/* "cat FILE...": hactl's own way of a password script. Any other program is its admin's. */
static void add_script(const char *command, ChkFacts *facts)
{
    g_auto(GStrv) words = NULL;
    if (!g_shell_parse_argv(command, NULL, &words, NULL) || strcmp(words[0], "cat") != 0)
        return;
    for (guint i = 1; words[i]; i++)
        add_secret(words[i], facts);
}

static void take_parameter(const xmlNode *primitive, const xmlNode *nvpair, ChkFacts *facts)
{
    const char *name = io_xml_attr(nvpair, "name"), *value = io_xml_attr(nvpair, "value");
    const char *agent = io_xml_attr(primitive, "type");
    if (!name || !value)
        return;
    if (g_str_has_suffix(name, "_script") && strstr(name, "passw"))
        add_script(value, facts);
    if (!is_password(name) || g_str_has_prefix(value, "lrm://")) /* the latter is one of Pacemaker's own secrets */
        return;
    g_autofree char *what = g_strdup_printf("%s %s", io_xml_attr(primitive, "id"), name);
    g_autofree char *script = g_strconcat(name, "_script", NULL);
    chk_item_put(facts->clear_passwords, what, agent && g_str_has_prefix(agent, "fence_") ? script : NULL);
}

static void take_primitive(const xmlNode *primitive, ChkFacts *facts)
{
    const char *id = io_xml_attr(primitive, "id");
    if (id && io_xml_attr_is(primitive, "type", "VirtualDomain"))
        g_ptr_array_add(facts->foreign, g_strdup(id));
    if (!id || !io_xml_attr_is(primitive, "class", "stonith"))
        return;
    const xmlNode *set = io_xml_child(primitive, "instance_attributes");
    for (; set; set = io_xml_next(set, "instance_attributes")) {
        const xmlNode *nvpair = io_xml_child(set, "nvpair");
        for (; nvpair; nvpair = io_xml_next(nvpair, "nvpair"))
            take_parameter(primitive, nvpair, facts);
    }
}

static void take_resources(const xmlNode *parent, ChkFacts *facts)
{
    for (const xmlNode *child = io_xml_child(parent, NULL); child; child = io_xml_next(child, NULL)) {
        if (strcmp((const char *)child->name, "primitive") == 0)
            take_primitive(child, facts);
        else if (strcmp((const char *)child->name, "group") == 0 || strcmp((const char *)child->name, "clone") == 0)
            take_resources(child, facts);
    }
}

gboolean chk_collect_cib(const xmlNode *cib, ChkFacts *facts, GError **error)
{
    facts->config = io_cib_decode(cib, error);
    if (!facts->config)
        return FALSE;
    const xmlNode *constraints = io_xml_path(cib, "configuration", "constraints", NULL);
    for (const xmlNode *child = io_xml_child(constraints, NULL); child; child = io_xml_next(child, NULL))
        if (io_xml_attr(child, "id"))
            chk_item_put(facts->constraints, io_xml_attr(child, "id"), io_xml_attr(child, "rsc"));
    take_resources(io_xml_path(cib, "configuration", "resources", NULL), facts);
    return TRUE;
}

/* ---- Pacemaker's history of fencing ---- */

void chk_collect_history(const char *xml, ChkFacts *facts)
{
    g_autoptr(GPtrArray) events = io_fence_history_read(xml, NULL);
    facts->history_known = events != NULL;
    for (guint i = 0; events && i < events->len; i++) {
        const IoFenceEvent *event = events->pdata[i];
        if (!event->succeeded || event->when_s <= (gint64)chk_item_number(facts->fenced, event->target))
            continue;
        g_autofree char *value = g_strdup_printf("%" G_GINT64_FORMAT, event->when_s);
        chk_item_put(facts->fenced, event->target, value);
    }
}

/* ---- libvirt ---- */

void chk_collect_qemu_conf(const char *text, ChkFacts *facts)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    facts->qemu_conf = TRUE;
    for (guint i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        const char *open = g_str_has_prefix(line, "lock_manager") ? strchr(line, '"') : NULL;
        const char *close = open ? strchr(open + 1, '"') : NULL;
        if (!close)
            continue;
        g_free(facts->lock_manager);
        facts->lock_manager = g_strndup(open + 1, (gsize)(close - open) - 1);
    }
}

void chk_collect_definition(const char *vm, const char *xml, gsize len, ChkFacts *facts)
{
    ChkDefinition *definition = chk_definition_add(facts, vm);
    g_autoptr(HaNeeds) needs = io_definition_parse(xml, len, io_mount_is_shared, NULL);
    if (!needs)
        return; /* the store's own check says so when it is needed */
    definition->local_disk = g_strdup(needs->local_disk);
    xmlDoc *doc = xmlReadMemory(xml, (int)len, vm, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    definition->cpu = g_strdup(io_xml_attr(io_xml_child(xmlDocGetRootElement(doc), "cpu"), "mode"));
    xmlFreeDoc(doc);
}
