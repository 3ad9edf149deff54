/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_xml - reading the CIB's XML: attributes, children, name-value sets. Plain libxml2, no Pacemaker.
 *
 * Everything returned is borrowed from the document.
 */
#ifndef IO_CIB_XML_H
#define IO_CIB_XML_H

#include <glib.h>
#include <libxml/tree.h>

#define IO_CIB_INFINITY 1000000

/** io_xml_attr - Returns: the attribute's value; NULL when it is missing or empty. @node: nullable. */
const char *io_xml_attr(const xmlNode *node, const char *name);
/** io_xml_attr_is - has the attribute exactly this value? @node: nullable. */
gboolean io_xml_attr_is(const xmlNode *node, const char *name, const char *value);
/** io_xml_attr_int - the attribute as a number. Returns: @fallback when missing or not a number. */
gint64 io_xml_attr_int(const xmlNode *node, const char *name, gint64 fallback);

/** io_xml_child - first child element named @tag (any when NULL). @node: nullable. Returns: NULL when none. */
xmlNode *io_xml_child(const xmlNode *node, const char *tag);
/** io_xml_next - the next sibling element named @tag (any when NULL). Returns: NULL when none. */
xmlNode *io_xml_next(const xmlNode *node, const char *tag);
/** io_xml_path - descend from @node by first children, names ended by NULL. Returns: NULL when one is missing. */
xmlNode *io_xml_path(const xmlNode *node, ...) G_GNUC_NULL_TERMINATED;
/** io_xml_find - the child named @tag with this value of @attr. Returns: NULL when none. */
xmlNode *io_xml_find(const xmlNode *node, const char *tag, const char *attr, const char *value);

/** io_xml_index - @node's child elements by their id, both borrowed; to look up only. @node: nullable. Returns:
 * (transfer full). */
GHashTable *io_xml_index(const xmlNode *node);

/** io_xml_true - Pacemaker's truth: true, on, yes, y, 1 in any case. @text: nullable. */
gboolean io_xml_true(const char *text);
/** io_xml_score - a score: a number or [+-]INFINITY, bounded to it. @text: nullable, 0. */
gint io_xml_score(const char *text);

/* The best value of one name so far: of the set with the highest score; the later one at equal score. */
typedef struct {
    const char *value;     /* NULL: none yet */
    const xmlNode *nvpair; /* that holds it; its parent is the set */
    gint score;
} IoXmlValue;

/**
 * io_xml_value_from - look for @name in @owner's name-value sets, as Pacemaker unpacks them.
 * @owner: nullable; its children named @set_tag are the sets. Sets with a rule are passed over: hactl does not evaluate
 * rules.
 * @best: in and out; start with { 0 }.
 */
void io_xml_value_from(const xmlNode *owner, const char *set_tag, const char *name, IoXmlValue *best);
/** io_xml_value - the same for a single owner. Returns: NULL when not set. */
const char *io_xml_value(const xmlNode *owner, const char *set_tag, const char *name);

/** io_xml_property - a cluster property. @crm_config: nullable. Returns: NULL when not set. */
const char *io_xml_property(const xmlNode *crm_config, const char *name);

/**
 * io_xml_merge - do to @into what Pacemaker's modification does: an element is the one of the same name and id, and
 * gets the attributes that are given; what is not there yet is made.
 */
void io_xml_merge(xmlNode *into, const xmlNode *from);

/** io_xml_quote - @text as an XPath string. Returns: (transfer full), with its quotes. */
char *io_xml_quote(const char *text);

#endif
