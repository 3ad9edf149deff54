/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_cib_rules.h"

#include <string.h>

#include "agent/io/io_cib_tag.h"
#include "agent/io/io_cib_xml.h"

#define PREFIX "hactl-rule-"
#define INFLUENCE_VMS_MAX 6u /* a group of six costs a pass some milliseconds */

/* The constraints of all groups, before they are compared with what there is. */
typedef struct {
    xmlDoc *doc;
    xmlNode *root;
} Wanted;

/* ---- elements ---- */

/* Ids within a constraint: the number comes before the group's name, which may itself have dots. */
static xmlNode *part(xmlNode *parent, const char *tag, const char *kind, guint i, const char *group)
{
    g_autofree char *id = g_strdup_printf(PREFIX "%s.%u-%s", kind, i, group);
    return io_cib_build_child(parent, tag, id);
}

static void set_score(xmlNode *node, gint score)
{
    g_autofree char *text = g_strdup_printf("%d", score);
    io_cib_build_prop(node, "score", score <= -IO_CIB_INFINITY ? "-INFINITY" : text);
}

static xmlNode *constraint(const Wanted *wanted, const char *tag, const char *kind, const char *group)
{
    g_autofree char *id = g_strdup_printf(PREFIX "%s-%s", kind, group);
    return io_cib_build_child(wanted->root, tag, id);
}

static void put_resource_set(xmlNode *parent, const char *kind, guint i, const char *owner, const char *group)
{
    g_autofree char *tag = io_cib_tag_id(group);
    xmlNode *set = part(parent, "resource_set", kind, i, owner);
    if (strcmp((const char *)parent->name, "rsc_order") == 0)
        io_cib_build_prop(set, "sequential", "false");
    io_cib_build_child(set, "resource_ref", tag);
}

/* A score on some nodes. @operation "eq": on each of them; "ne": on all but them; "defined": on every node. */
static void put_location(const Wanted *wanted, const char *kind, const char *group, gint score, const char *operation,
    const GPtrArray *nodes)
{
    g_autofree char *tag = io_cib_tag_id(group);
    xmlNode *location = constraint(wanted, "rsc_location", kind, group);
    io_cib_build_prop(location, "rsc", tag);
    xmlNode *rule = part(location, "rule", kind, 0, group);
    set_score(rule, score);
    io_cib_build_prop(rule, "boolean-op", strcmp(operation, "eq") == 0 ? "or" : "and");
    for (guint i = 0; i < (nodes ? nodes->len : 1); i++) {
        xmlNode *expression = part(rule, "expression", kind, i + 1, group);
        io_cib_build_prop(expression, "attribute", "#uname");
        io_cib_build_prop(expression, "operation", operation);
        if (nodes)
            io_cib_build_prop(expression, "value", nodes->pdata[i]);
    }
}

/* ---- one group's rules ---- */

static void put_nodes(const Wanted *wanted, const HaGroup *group)
{
    if (group->only_on->len && group->only_on_strength == HA_RULE_HARD)
        put_location(wanted, "only", group->name, -IO_CIB_INFINITY, "ne", group->only_on);
    else if (group->only_on->len)
        put_location(wanted, "only", group->name, HA_SCORE_ONLY_ON, "eq", group->only_on);
    if (group->prefer->len)
        put_location(wanted, "prefer", group->name,
            group->prefer_strength == HA_RULE_HARD ? HA_SCORE_PREFER_HARD : HA_SCORE_PREFER, "eq", group->prefer);
}

static xmlNode *put_colocation(const Wanted *wanted, const char *kind, const HaGroup *group, gint score)
{
    xmlNode *colocation = constraint(wanted, "rsc_colocation", kind, group->name);
    set_score(colocation, score);
    put_resource_set(colocation, kind, 0, group->name, group->name);
    return colocation;
}

/* Those that run are not moved by what the others wish for themselves. */
static void mute(xmlNode *colocation)
{
    io_cib_build_prop(colocation, "influence", "false");
}

/*
 * For a VM that others have to keep away from, Pacemaker asks each of these about its own wishes, that one those that
 * keep away from it, and so on, along every path through the group's pairs: each VM more doubles the time of a
 * scheduler pass, 0.5 s with 13 VMs, an hour with 25. In a large group nobody asks ("influence"). What it costs: where
 * a lost VM finds no free node, one that runs may move, live, to make the same number of pairs.
 */
static void bound_influence(xmlNode *colocation, guint n_vms)
{
    if (n_vms > INFLUENCE_VMS_MAX)
        mute(colocation);
}

/* A node whose score is negative is none for Pacemaker, and no VM is to stay stopped for this rule: the floor. */
static void put_apart(const Wanted *wanted, const HaGroup *group, guint n_vms, gint pair, gint floor)
{
    bound_influence(put_colocation(wanted, "apart", group, -pair), n_vms);
    put_location(wanted, "floor", group->name, floor, "defined", NULL);
}

/*
 * Soft: all VMs together weigh less than the stickiness, however many lie on one node; for very many there is nothing
 * to write but a constraint for each pair, and Pacemaker spreads them anyway. Hard: with -INFINITY Pacemaker places
 * those it lists first first, and stops a running VM where one of these was lost and no node is free.
 */
static void put_apart_by_strength(const Wanted *wanted, const HaGroup *group, guint n_vms)
{
    if (group->affinity_strength == HA_RULE_HARD)
        put_apart(wanted, group, n_vms, HA_SCORE_APART_HARD, HA_SCORE_APART_HARD * (gint)n_vms);
    else if (n_vms <= HA_SCORE_AFFINITY)
        put_apart(wanted, group, n_vms, HA_SCORE_AFFINITY / (gint)n_vms, HA_SCORE_AFFINITY);
}

/*
 * Hard: INFINITY would stop them all when one is stopped; and each that is barred from a node by its failures takes
 * this score off it for the others too, so that with a large one a single crash stops those that run there and have no
 * other node to go to. Soft: each VM is with the one listed before it, so that the rule weighs its score once; but
 * Pacemaker also asks those that follow, and theirs, and each that is barred from the node (by its failures there, by
 * an admin's ban) or pinned elsewhere weighs as much again: two outweigh the stickiness of a node that is drained.
 */
static void put_together(const Wanted *wanted, const HaGroup *group)
{
    if (group->affinity_strength == HA_RULE_HARD)
        put_colocation(wanted, "together", group, HA_SCORE_TOGETHER_HARD);
    else
        mute(put_colocation(wanted, "together", group, HA_SCORE_AFFINITY));
}

static void put_affinity(const Wanted *wanted, const HaGroup *group, guint n_vms)
{
    if (n_vms < 2)
        return;
    switch (group->affinity) {
    case HA_AFFINITY_NONE:
    case HA_AFFINITIES:
        break;
    case HA_AFFINITY_TOGETHER:
        put_together(wanted, group);
        break;
    case HA_AFFINITY_APART:
        put_apart_by_strength(wanted, group, n_vms);
        break;
    }
}

/* Optional: it holds for what starts in the same transition. A mandatory order would restart those that wait whenever
 * those waited for restart. Asymmetrical: nothing waits for a stop. */
static void put_order(const Wanted *wanted, const HaGroup *group, guint i, const char *first)
{
    g_autofree char *kind = g_strdup_printf("after%u", i + 1);
    xmlNode *order = constraint(wanted, "rsc_order", kind, group->name);
    io_cib_build_prop(order, "kind", "Optional");
    io_cib_build_prop(order, "symmetrical", "false");
    put_resource_set(order, kind, 0, group->name, first);
    put_resource_set(order, kind, 1, group->name, group->name);
}

static gboolean has_vms(const GArray *groups, const char *name)
{
    for (guint i = 0; i < groups->len; i++) {
        const IoCibRulesGroup *one = &g_array_index(groups, IoCibRulesGroup, i);
        if (strcmp(one->group->name, name) == 0)
            return one->n_vms > 0;
    }
    return FALSE;
}

static Wanted wanted_new(const GArray *groups)
{
    Wanted wanted = {.doc = xmlNewDoc(BAD_CAST "1.0"), .root = xmlNewNode(NULL, BAD_CAST "constraints")};
    xmlDocSetRootElement(wanted.doc, wanted.root);
    for (guint i = 0; i < groups->len; i++) {
        const IoCibRulesGroup *one = &g_array_index(groups, IoCibRulesGroup, i);
        if (!one->n_vms)
            continue;
        put_nodes(&wanted, one->group);
        put_affinity(&wanted, one->group, one->n_vms);
        for (guint j = 0; j < one->group->after->len; j++)
            if (has_vms(groups, one->group->after->pdata[j]))
                put_order(&wanted, one->group, j, one->group->after->pdata[j]);
    }
    return wanted;
}

/* ---- what there is ---- */

static guint count_elements(const xmlNode *node)
{
    guint n = 0;
    for (const xmlNode *child = io_xml_child(node, NULL); child; child = io_xml_next(child, NULL))
        n++;
    return n;
}

static gboolean same_attributes(const xmlNode *a, const xmlNode *b)
{
    guint n = 0;
    for (const xmlAttr *attr = b->properties; attr; attr = attr->next)
        n++;
    for (const xmlAttr *attr = a->properties; attr; attr = attr->next, n--)
        if (g_strcmp0(io_xml_attr(a, (const char *)attr->name), io_xml_attr(b, (const char *)attr->name)) != 0)
            return FALSE;
    return n == 0;
}

static gboolean same(const xmlNode *a, const xmlNode *b)
{
    if (strcmp((const char *)a->name, (const char *)b->name) != 0 || !same_attributes(a, b) ||
        count_elements(a) != count_elements(b))
        return FALSE;
    const xmlNode *there = io_xml_child(b, NULL);
    for (const xmlNode *child = io_xml_child(a, NULL); child;
         child = io_xml_next(child, NULL), there = io_xml_next(there, NULL))
        if (!same(child, there))
            return FALSE;
    return TRUE;
}

static const xmlNode *by_id(const xmlNode *constraints, const char *id)
{
    for (const xmlNode *child = io_xml_child(constraints, NULL); child; child = io_xml_next(child, NULL))
        if (io_xml_attr_is(child, "id", id))
            return child;
    return NULL;
}

static void remove_stale(const IoCibBuild *build, const xmlNode *existing, const Wanted *wanted)
{
    for (const xmlNode *child = io_xml_child(existing, NULL); child; child = io_xml_next(child, NULL)) {
        const char *id = io_xml_attr(child, "id");
        const xmlNode *want = id ? by_id(wanted->root, id) : NULL;
        if (!id || !g_str_has_prefix(id, PREFIX) || (want && same(want, child)))
            continue;
        g_autofree char *quoted = io_xml_quote(id);
        io_cib_build_remove(build, "constraints/*[@id=%s]", quoted);
    }
}

void io_cib_rules_put(const IoCibBuild *build, const GArray *groups)
{
    const xmlNode *existing = io_xml_path(build->cib, "configuration", "constraints", NULL);
    Wanted wanted = wanted_new(groups);
    remove_stale(build, existing, &wanted);
    for (const xmlNode *want = io_xml_child(wanted.root, NULL); want; want = io_xml_next(want, NULL)) {
        const xmlNode *now = by_id(existing, io_xml_attr(want, "id"));
        if (now && same(want, now))
            continue;
        xmlNode *section = io_cib_build_section(build, "constraints");
        xmlAddChild(section, xmlDocCopyNode((xmlNode *)want, section->doc, 1));
    }
    xmlFreeDoc(wanted.doc);
}
