/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_domain.h"

#include "agent/migrate/mig_error.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static gboolean is_named(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *child(const xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
        if (is_named(node, name))
            return node;
    }
    return NULL;
}

static char *steal_xml(xmlChar *text)
{
    char *copy = g_strdup((const char *)text);

    xmlFree(text);
    return copy;
}

static char *attribute(xmlNode *node, const char *name)
{
    return node ? steal_xml(xmlGetProp(node, BAD_CAST name)) : NULL;
}

static char *content(xmlNode *node)
{
    return node ? g_strstrip(steal_xml(xmlNodeGetContent(node))) : NULL;
}

/* libvirt accepts a uuid with or without dashes and writes it with; so do we. */
static char *canonical_uuid(const char *text)
{
    g_autoptr(GString) hex = g_string_new(NULL);

    for (const char *c = text; *c; c++) {
        if (g_ascii_isxdigit(*c))
            g_string_append_c(hex, g_ascii_tolower(*c));
        else if (*c != '-' && !g_ascii_isspace(*c))
            return NULL;
    }
    if (hex->len != 32)
        return NULL;
    return g_strdup_printf(
        "%.8s-%.4s-%.4s-%.4s-%.12s", hex->str, hex->str + 8, hex->str + 12, hex->str + 16, hex->str + 20);
}

static void disk_free(gpointer data)
{
    MigDisk *disk = data;

    g_free(disk->target);
    g_free(disk->file);
    g_free(disk);
}

static MigDisk *disk_from(xmlNode *node)
{
    g_autofree char *device = attribute(node, "device");
    MigDisk *disk = g_new0(MigDisk, 1);

    disk->target = attribute(child(node, "target"), "dev");
    disk->file = attribute(child(node, "source"), "file");
    disk->writable = !child(node, "readonly") && !child(node, "shareable") && g_strcmp0(device, "cdrom") != 0;
    return disk;
}

static void read_devices(MigDomain *domain, const xmlNode *devices)
{
    for (xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        if (is_named(node, "disk"))
            g_ptr_array_add(domain->disks, disk_from(node));
        else if (is_named(node, "hostdev"))
            domain->host_devices++;
    }
}

static char *read_cpu(xmlDoc *doc, xmlNode *cpu)
{
    g_autofree char *mode = attribute(cpu, "mode");

    if (cpu == NULL || g_strcmp0(mode, "host-passthrough") == 0 || g_strcmp0(mode, "maximum") == 0)
        return NULL;

    xmlBuffer *buffer = xmlBufferCreate();
    xmlNodeDump(buffer, doc, cpu, 0, 0);
    char *text = g_strdup((const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

static gboolean read_identity(MigDomain *domain, xmlNode *root, GError **error)
{
    g_autofree char *uuid = content(child(root, "uuid"));

    domain->name = content(child(root, "name"));
    if (domain->name == NULL || *domain->name == '\0') {
        g_set_error(error, MIG_ERROR, MIG_ERROR_XML, "the domain XML has no <name>");
        return FALSE;
    }
    if (uuid && !(domain->uuid = canonical_uuid(uuid))) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_XML, "the domain XML has a malformed <uuid>");
        return FALSE;
    }
    return TRUE;
}

static xmlDoc *read_document(const char *xml, gsize len, GError **error)
{
    if (len == 0 || len > MIG_DOMAIN_XML_MAX_BYTES) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_XML,
            "the domain XML has %" G_GSIZE_FORMAT " bytes; 1 to %u are accepted", len, MIG_DOMAIN_XML_MAX_BYTES);
        return NULL;
    }

    g_autoptr(xmlDoc) doc =
        xmlReadMemory(xml, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (doc == NULL) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_XML, "the domain XML is not well-formed");
        return NULL;
    }
    if (xmlGetIntSubset(doc) != NULL) { /* no entities, hence nothing to expand */
        g_set_error(error, MIG_ERROR, MIG_ERROR_XML, "the domain XML has a document type declaration; leave it out");
        return NULL;
    }
    xmlNode *root = xmlDocGetRootElement(doc);
    if (root == NULL || !is_named(root, "domain")) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_XML, "the XML is no libvirt <domain>");
        return NULL;
    }
    return g_steal_pointer(&doc);
}

MigDomain *mig_domain_parse(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlDoc) doc = read_document(xml, len, error);
    if (doc == NULL)
        return NULL;

    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *type = child(child(root, "os"), "type");
    g_autoptr(MigDomain) domain = g_new0(MigDomain, 1);

    domain->disks = g_ptr_array_new_with_free_func(disk_free);
    if (!read_identity(domain, root, error))
        return NULL;
    domain->virt_type = attribute(root, "type");
    domain->arch = attribute(type, "arch");
    domain->machine = attribute(type, "machine");
    domain->cpu_xml = read_cpu(doc, child(root, "cpu"));
    read_devices(domain, child(root, "devices"));
    return g_steal_pointer(&domain);
}

void mig_domain_free(MigDomain *domain)
{
    g_free(domain->name);
    g_free(domain->uuid);
    g_free(domain->virt_type);
    g_free(domain->arch);
    g_free(domain->machine);
    g_free(domain->cpu_xml);
    g_ptr_array_unref(domain->disks);
    g_free(domain);
}

char *mig_domain_blocker(const MigDomain *domain, gboolean (*is_local)(const char *path))
{
    if (domain->host_devices > 0)
        return g_strdup_printf("it has %u host device%s, which stay on their host", domain->host_devices,
            domain->host_devices == 1 ? "" : "s");

    for (guint i = 0; i < domain->disks->len; i++) {
        const MigDisk *disk = g_ptr_array_index(domain->disks, i);

        if (disk->writable && disk->file && is_local(disk->file))
            return g_strdup_printf("disk %s is the file %s on a filesystem of this host alone; "
                                   "move it to shared storage",
                disk->target ? disk->target : "?", disk->file);
    }
    return NULL;
}
