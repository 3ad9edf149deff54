/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_foreign.h"

#include "agent/io/io_cib_change.h"
#include "agent/io/io_cib_tag.h"
#include "agent/io/io_cib_xml.h"

/* Sets lie at any depth: <resource_set><resource_ref id="vm1"/>. */
static gboolean refers_within(const xmlNode *node, const char *id)
{
    for (const xmlNode *child = io_xml_child(node, NULL); child; child = io_xml_next(child, NULL))
        if (xmlStrEqual(child->name, BAD_CAST "resource_ref") ? io_xml_attr_is(child, "id", id)
                                                              : refers_within(child, id))
            return TRUE;
    return FALSE;
}

static gboolean names(const xmlNode *constraint, const char *id)
{
    static const char *const ends[] = {"rsc", "with-rsc", "first", "then"};
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        if (io_xml_attr_is(constraint, ends[i], id))
            return TRUE;
    return refers_within(constraint, id);
}

char *io_cib_foreign_constraints(const xmlNode *cib, const char *id)
{
    GString *ids = g_string_new(NULL);
    const xmlNode *constraint = io_xml_child(io_xml_path(cib, "configuration", "constraints", NULL), NULL);
    for (; constraint; constraint = io_xml_next(constraint, NULL)) {
        const char *own = io_xml_attr(constraint, "id");
        if (own && !g_str_has_prefix(own, "hactl-") && names(constraint, id))
            g_string_append_printf(ids, "%s%s", ids->len ? " " : "", own);
    }
    return g_string_free(ids, FALSE);
}

static const char *tag_of(const xmlNode *cib, const char *vm)
{
    const xmlNode *tag = io_xml_child(io_xml_path(cib, "configuration", "tags", NULL), "tag");
    for (; tag; tag = io_xml_next(tag, "tag"))
        if (!io_cib_tag_group(io_xml_attr(tag, "id")) && io_xml_find(tag, "obj_ref", "id", vm))
            return io_xml_attr(tag, "id");
    return NULL;
}

gboolean io_cib_foreign_free(const xmlNode *cib, const char *vm, GError **error)
{
    g_autofree char *ids = io_cib_foreign_constraints(cib, vm);
    const char *tag = tag_of(cib, vm);
    if (*ids)
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "%s is named by constraints that hactl did not make: %s; look at them, and remove them first: 'pcs "
            "constraint delete %s' or 'crm configure delete %s'",
            vm, ids, ids, ids);
    else if (tag)
        g_set_error(error, IO_CIB_CHANGE_ERROR, IO_CIB_CHANGE_IMPOSSIBLE,
            "%s has the tag %s, which hactl did not make; take it off first: 'pcs tag update %s remove %s'", vm, tag,
            tag, vm);
    return !*ids && !tag;
}
