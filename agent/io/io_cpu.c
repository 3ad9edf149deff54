/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cpu.h"

#include "agent/io/io_cib_xml.h"

#include <libxml/parser.h>
#include <string.h>

#define VIRT "kvm"
#define NO_VENDOR "-"
#define KEY_CHARS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-:"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static xmlDoc *document(const char *xml)
{
    return xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

/* One word of the text: a name that libvirt's processor map may hold. */
static gboolean is_word(const char *text)
{
    return text && *text && strspn(text, KEY_CHARS) == strlen(text);
}

static char *content(const xmlNode *node)
{
    xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
    char *copy = text ? g_strstrip(g_strdup((const char *)text)) : NULL;
    xmlFree(text);
    return copy;
}

/* ---- features ---- */

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a + 1, *(const char *const *)b + 1);
}

/* "+avx2" what it must have, "-mpx" what it was not given: those with which libvirt may not be strict are left out. */
static GPtrArray *features_of(const xmlNode *cpu)
{
    GPtrArray *features = g_ptr_array_new_with_free_func(g_free);
    for (xmlNode *node = io_xml_child(cpu, "feature"); node; node = io_xml_next(node, "feature")) {
        const char *name = io_xml_attr(node, "name");
        gboolean has = io_xml_attr_is(node, "policy", "require") || io_xml_attr_is(node, "policy", "force");
        if (is_word(name) && (has || io_xml_attr_is(node, "policy", "disable")))
            g_ptr_array_add(features, g_strconcat(has ? "+" : "-", name, NULL));
    }
    g_ptr_array_sort(features, by_name);
    return features;
}

static char *text_of(const char *arch, const xmlNode *cpu)
{
    g_autofree char *model = content(io_xml_child(cpu, "model")), *vendor = content(io_xml_child(cpu, "vendor"));
    if (!is_word(arch) || !is_word(model))
        return NULL;
    g_autoptr(GPtrArray) features = features_of(cpu);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%s " VIRT " %s %s", arch, model, is_word(vendor) ? vendor : NO_VENDOR);
    for (guint i = 0; i < features->len; i++)
        g_string_append_printf(text, " %s", (const char *)features->pdata[i]);
    return text->len <= IO_CPU_TEXT_MAX ? g_strdup(text->str) : NULL;
}

/* ---- reading ---- */

static gboolean is_checked(const xmlNode *cpu)
{
    return io_xml_attr_is(cpu, "check", "partial") || io_xml_attr_is(cpu, "check", "full");
}

IoCpuKind io_cpu_read(const char *xml, char **ret_text)
{
    g_autoptr(xmlDoc) doc = document(xml);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL, *cpu = io_xml_child(root, "cpu");
    if (!cpu || !io_xml_attr_is(root, "type", VIRT))
        return IO_CPU_ANY;
    if (io_xml_attr_is(cpu, "mode", "host-passthrough") || io_xml_attr_is(cpu, "mode", "maximum"))
        return IO_CPU_HOST;
    char *text = is_checked(cpu) ? text_of(io_xml_attr(io_xml_path(root, "os", "type", NULL), "arch"), cpu) : NULL;
    if (!text)
        return IO_CPU_ANY;
    *ret_text = text;
    return IO_CPU_TEXT;
}

char *io_cpu_read_host(const char *xml)
{
    g_autoptr(xmlDoc) doc = document(xml);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    const xmlNode *mode = io_xml_find(io_xml_child(root, "cpu"), "mode", "name", "host-model");
    g_autofree char *domain = content(io_xml_child(root, "domain")), *arch = content(io_xml_child(root, "arch"));
    gboolean described = mode && io_xml_attr_is(mode, "supported", "yes") && g_strcmp0(domain, VIRT) == 0;
    return described ? text_of(arch, mode) : NULL;
}

char *io_cpu_key(const char *text)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strndup(digest, IO_CPU_KEY_LEN);
}

/* ---- asking ---- */

static gboolean put_feature(GString *xml, const char *feature)
{
    if ((*feature != '+' && *feature != '-') || !is_word(feature + 1))
        return FALSE;
    g_string_append_printf(
        xml, "<feature policy='%s' name='%s'/>", *feature == '+' ? "require" : "disable", feature + 1);
    return TRUE;
}

gboolean io_cpu_question(const char *text, char **ret_arch, char **ret_virt, char **ret_xml)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    if (g_strv_length(words) < 4 || !is_word(words[0]) || !is_word(words[1]) || !is_word(words[2]) ||
        !is_word(words[3]))
        return FALSE;
    g_autoptr(GString) xml = g_string_new("<cpu mode='custom' match='exact'>");
    g_string_append_printf(xml, "<model fallback='forbid'>%s</model>", words[2]);
    if (strcmp(words[3], NO_VENDOR) != 0)
        g_string_append_printf(xml, "<vendor>%s</vendor>", words[3]);
    for (guint i = 4; words[i]; i++)
        if (!put_feature(xml, words[i]))
            return FALSE;
    g_string_append(xml, "</cpu>");
    *ret_arch = g_strdup(words[0]);
    *ret_virt = g_strdup(words[1]);
    *ret_xml = g_strdup(xml->str);
    return TRUE;
}
