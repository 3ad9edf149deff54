/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_definition.h"

#include "agent/io/io_definition_device.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define MEM_MIB_MAX (64ull * 1024 * 1024) /* 64 TiB: more than QEMU takes */
#define VCPUS_MAX 8192u

G_DEFINE_QUARK(io - definition - error - quark, io_definition_error)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)

char *io_definition_hash(const void *xml, gsize len)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, xml, len);
}

xmlDoc *io_definition_document(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlParserCtxt) parser = xmlNewParserCtxt();
    g_autoptr(xmlDoc) doc =
        xmlCtxtReadMemory(parser, xml, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

    if (doc == NULL) {
        const xmlError *why = xmlCtxtGetLastError(parser);
        g_autofree char *text = g_strstrip(g_strdup(why && why->message ? why->message : "no reason given"));

        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_XML,
            "line %d: the definition is not well-formed XML: %s; write it anew, e.g. with virsh dumpxml --inactive",
            why ? why->line : 0, text);
        return NULL;
    }
    if (doc->intSubset) { /* where entities would be declared */
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_XML,
            "line 1: the definition has a document type declaration (<!DOCTYPE>), which is not accepted; take it out");
        return NULL;
    }
    xmlNode *root = xmlDocGetRootElement(doc);
    if (!io_xml_is(root, "domain")) {
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_XML,
            "line %ld: the root element is <%s>; a libvirt <domain> is needed", xmlGetLineNo(root),
            (const char *)root->name);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

static gboolean read_name(const xmlNode *root, HaNeeds *needs, GError **error)
{
    xmlNode *node = io_xml_child(root, "name");
    g_autofree char *name = io_xml_content(node);

    if (node == NULL)
        return io_definition_refuse(root, error, "the domain has no <name>; give it one");
    if (!ha_name_check(name))
        return io_definition_refuse(node, error,
            "the name \"%.64s\" can't be a cluster resource's: 1 to %u letters, digits, \"_\", \".\", \"-\", beginning "
            "with "
            "a letter or \"_\"; rename the domain (virsh domrename)",
            name, HA_NAME_MAX);
    needs->name = g_steal_pointer(&name);
    return TRUE;
}

/* libvirt takes a uuid with dashes or without, in either case. */
static char *canonical_uuid(const char *text)
{
    char hex[33];
    guint n = 0;

    for (; *text; text++) {
        if (g_ascii_isxdigit(*text) && n < 32)
            hex[n++] = g_ascii_tolower(*text);
        else if (*text != '-')
            return NULL;
    }
    hex[n] = '\0';
    return n == 32 ? g_strdup_printf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20) : NULL;
}

static gboolean read_uuid(const xmlNode *root, HaNeeds *needs, GError **error)
{
    xmlNode *node = io_xml_child(root, "uuid");
    g_autofree char *text = io_xml_content(node);

    if (node == NULL)
        return io_definition_refuse(root, error,
            "the domain has no <uuid>, so that every host would give it another one; add <uuid>, made with uuidgen");
    needs->uuid = canonical_uuid(text);
    if (needs->uuid == NULL)
        return io_definition_refuse(
            node, error, "<uuid> \"%.64s\" is not 32 hexadecimal digits; make one with uuidgen", text);
    return TRUE;
}

/* libvirt's units (formatdomain, "Memory Allocation"). 0: no such unit. */
static guint64 unit_bytes(const char *unit)
{
    static const struct {
        const char *name;
        guint64 bytes;
    } units[] = {{"b", 1}, {"bytes", 1}, {"KB", 1000}, {"k", 1024}, {"KiB", 1024}, {"MB", 1000000}, {"M", 1ull << 20},
        {"MiB", 1ull << 20}, {"GB", 1000000000}, {"G", 1ull << 30}, {"GiB", 1ull << 30}, {"TB", 1000000000000},
        {"T", 1ull << 40}, {"TiB", 1ull << 40}};

    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(unit, units[i].name) == 0)
            return units[i].bytes;
    }
    return 0;
}

static gboolean read_memory(const xmlNode *root, HaNeeds *needs, GError **error)
{
    xmlNode *node = io_xml_child(root, "memory");
    g_autofree char *text = io_xml_content(node);
    g_autofree char *unit = io_xml_attribute(node, "unit");
    guint64 value, bytes;

    if (node == NULL)
        return io_definition_refuse(root, error, "the domain has no <memory>; give its size");
    guint64 factor = unit_bytes(unit ? unit : "KiB");
    if (factor == 0)
        return io_definition_refuse(
            node, error, "<memory> has the unit \"%.16s\", which libvirt doesn't know; use MiB", unit);
    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT64, &value, NULL) ||
        !g_uint64_checked_mul(&bytes, value, factor) || bytes > MEM_MIB_MAX * (guint64)HA_MIB)
        return io_definition_refuse(
            node, error, "<memory> \"%.32s\" is no size between 1 byte and 64 TiB; correct it", text);
    needs->mem_mib = (bytes + (guint64)HA_MIB - 1) / (guint64)HA_MIB;
    return TRUE;
}

static gboolean read_vcpus(const xmlNode *root, HaNeeds *needs, GError **error)
{
    xmlNode *node = io_xml_child(root, "vcpu");
    g_autofree char *maximum = io_xml_content(node);
    g_autofree char *current = io_xml_attribute(node, "current");
    const char *text = current ? current : maximum;
    guint64 value = 1; /* libvirt's default */

    if (text && !g_ascii_string_to_unsigned(text, 10, 1, VCPUS_MAX, &value, NULL))
        return io_definition_refuse(
            node, error, "<vcpu> \"%.32s\" is no number of processors in 1 to %u; correct it", text, VCPUS_MAX);
    needs->vcpus = (guint32)value;
    return TRUE;
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_unique(GPtrArray *texts)
{
    g_ptr_array_sort(texts, compare_texts);
    for (guint i = texts->len; i-- > 1;) {
        if (strcmp(g_ptr_array_index(texts, i), g_ptr_array_index(texts, i - 1)) == 0)
            g_ptr_array_remove_index(texts, i);
    }
}

HaNeeds *io_definition_parse(const char *xml, gsize len, IoDefinitionShared is_shared, GError **error)
{
    if (len == 0 || len > HA_DEFINITION_BYTES_MAX) {
        g_set_error(error, IO_DEFINITION_ERROR, IO_DEFINITION_ERROR_XML,
            "the definition has %" G_GSIZE_FORMAT " bytes; 1 to %u are accepted", len, HA_DEFINITION_BYTES_MAX);
        return NULL;
    }
    g_autoptr(xmlDoc) doc = io_definition_document(xml, len, error);
    if (doc == NULL)
        return NULL;

    const xmlNode *root = xmlDocGetRootElement(doc);
    g_autoptr(HaNeeds) needs = ha_needs_new();
    if (!read_name(root, needs, error) || !read_uuid(root, needs, error) || !read_memory(root, needs, error) ||
        !read_vcpus(root, needs, error) || !io_definition_devices(root, is_shared, needs, error))
        return NULL;
    needs->hash = io_definition_hash(xml, len);
    sort_unique(needs->bridges);
    sort_unique(needs->storage);
    return g_steal_pointer(&needs);
}
