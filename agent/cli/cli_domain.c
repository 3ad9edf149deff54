/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_domain.h"

#include "agent/cli/cli_error.h"
#include "agent/io/io_definition_device.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static gboolean refuse(const char *what, GError **error)
{
    g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
        "its definition has %s, which has to change with its size; change both with: hactl vm edit", what);
    return FALSE;
}

static void set_number(xmlNode *node, guint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    xmlNodeSetContent(node, BAD_CAST text);
}

static gboolean set_memory(xmlNode *root, guint64 mem_mib, GError **error)
{
    static const char *const tags[] = {"memory", "currentMemory"};
    if (io_xml_path(root, "cpu", "numa", NULL))
        return refuse("<numa> cells", error);
    if (io_xml_child(root, "maxMemory"))
        return refuse("<maxMemory>", error);
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        xmlNode *node = io_xml_child(root, tags[i]);
        if (!node)
            continue;
        xmlSetProp(node, BAD_CAST "unit", BAD_CAST "MiB");
        set_number(node, mem_mib);
    }
    return TRUE;
}

/* 0 when there is none, or it is not all numbers. */
static guint64 topology_product(const xmlNode *topology)
{
    static const char *const names[] = {"sockets", "dies", "clusters", "cores", "threads"};
    guint64 product = topology ? 1 : 0;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *text = io_xml_attribute(topology, names[i]);
        if (text)
            product *= g_ascii_strtoull(text, NULL, 10);
    }
    return product;
}

static gboolean set_vcpus(xmlNode *root, guint32 vcpus, GError **error)
{
    const xmlNode *topology = io_xml_path(root, "cpu", "topology", NULL);
    if (topology && topology_product(topology) != vcpus)
        return refuse("a <topology> of another number of processors", error);
    if (io_xml_child(root, "vcpus"))
        return refuse("<vcpus>", error);
    xmlNode *node = io_xml_child(root, "vcpu");
    if (!node)
        node = xmlNewChild(root, NULL, BAD_CAST "vcpu", NULL);
    xmlUnsetProp(node, BAD_CAST "current");
    set_number(node, vcpus);
    return TRUE;
}

GBytes *cli_domain_resize(GBytes *xml, guint64 mem_mib, guint32 vcpus, GError **error)
{
    gsize len = 0;
    const char *text = g_bytes_get_data(xml, &len);
    g_autoptr(xmlDoc) doc = io_definition_document(text, len, error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    if (!root || (mem_mib && !set_memory(root, mem_mib, error)) || (vcpus && !set_vcpus(root, vcpus, error)))
        return NULL;
    xmlBuffer *buffer = xmlBufferCreate();
    xmlNodeDump(buffer, doc, root, 0, 0);
    GBytes *resized = g_bytes_new(xmlBufferContent(buffer), (gsize)xmlBufferLength(buffer));
    xmlBufferFree(buffer);
    return resized;
}
