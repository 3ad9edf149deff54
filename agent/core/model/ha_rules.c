/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_rules.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

G_DEFINE_QUARK(ha - rules - error - quark, ha_rules_error)

HaRulesMember *ha_rules_member_new(const char *vm, const char *group, const char *node)
{
    HaRulesMember *member = g_new0(HaRulesMember, 1);
    member->vm = g_strdup(vm);
    member->group = g_strdup(group);
    member->node = g_strdup(node);
    return member;
}

void ha_rules_member_free(HaRulesMember *member)
{
    if (!member)
        return;
    g_free(member->vm);
    g_free(member->group);
    g_free(member->node);
    g_free(member);
}

#define REFUSE(error, code, ...) (g_set_error((error), HA_RULES_ERROR, (code), __VA_ARGS__), FALSE)

static char *join(const GPtrArray *words)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)words->pdata[i]);
    return g_string_free(text, FALSE);
}

/* ---- names ---- */

static gboolean nodes_exist(
    const HaGroup *group, const char *rule, const GPtrArray *named, const GPtrArray *nodes, GError **error)
{
    for (guint i = 0; i < named->len; i++) {
        const char *node = named->pdata[i];
        g_autofree char *known = ha_strings_find(nodes, node) ? NULL : join(nodes);
        if (known)
            return REFUSE(error, HA_RULES_UNKNOWN,
                "group %s: %s names node %s, and the cluster has %s; correct the name", group->name, rule, node, known);
    }
    return TRUE;
}

static gboolean group_exists(const GPtrArray *groups, const char *name)
{
    return strcmp(name, HA_GROUP_DEFAULT) == 0 || ha_sorted_find(groups, name) != NULL;
}

static gboolean names_check(const HaGroup *group, const GPtrArray *groups, const GPtrArray *nodes, GError **error)
{
    if (!nodes_exist(group, "only-on", group->only_on, nodes, error) ||
        !nodes_exist(group, "prefer", group->prefer, nodes, error))
        return FALSE;
    for (guint i = 0; i < group->after->len; i++) {
        const char *first = group->after->pdata[i];
        if (!group_exists(groups, first))
            return REFUSE(error, HA_RULES_UNKNOWN,
                "group %s: after names group %s, which does not exist; create it first, or correct the name",
                group->name, first);
    }
    return TRUE;
}

/* ---- order ---- */

/* Depth first from @group along `after`. @path: the groups on the way, HaGroup*. */
static gboolean no_cycle(
    const GPtrArray *groups, const HaGroup *group, GPtrArray *path, GPtrArray *done, GError **error)
{
    for (guint i = 0; i < path->len; i++) {
        if (path->pdata[i] != group)
            continue;
        GString *text = g_string_new(group->name);
        for (guint j = path->len; j-- > i;)
            g_string_append_printf(text, " before %s", ((const HaGroup *)path->pdata[j])->name);
        g_autofree char *cycle = g_string_free(text, FALSE);
        return REFUSE(error, HA_RULES_CYCLE, "groups wait for each other: %s; remove one of these 'after'", cycle);
    }
    if (ha_sorted_find(done, group->name))
        return TRUE;
    g_ptr_array_add(path, (gpointer)group);
    for (guint i = 0; i < group->after->len; i++) {
        const HaGroup *first = ha_sorted_find(groups, group->after->pdata[i]);
        if (first && !no_cycle(groups, first, path, done, error))
            return FALSE;
    }
    g_ptr_array_set_size(path, (gint)path->len - 1);
    ha_sorted_put(done, (gpointer)group);
    return TRUE;
}

static gboolean order_check(const GPtrArray *groups, GError **error)
{
    g_autoptr(GPtrArray) path = g_ptr_array_new(), done = g_ptr_array_new();
    for (guint i = 0; i < groups->len; i++)
        if (!no_cycle(groups, groups->pdata[i], path, done, error))
            return FALSE;
    return TRUE;
}

/* ---- rules of one group against each other ---- */

static gboolean tiers_check(const HaGroup *group, const GPtrArray *groups, GError **error)
{
    for (guint i = 0; i < group->after->len; i++) {
        const HaGroup *first = ha_sorted_find(groups, group->after->pdata[i]);
        if (first && first->tier > group->tier)
            return REFUSE(error, HA_RULES_CONTRADICTION,
                "group %s: 'after %s' contradicts 'tier %u': %s has tier %u, which is recovered later; give %s tier %u",
                group->name, first->name, group->tier, first->name, first->tier, first->name, group->tier);
    }
    return TRUE;
}

/* Nodes of @b that @a lacks. */
static guint n_outside(const GPtrArray *a, const GPtrArray *b)
{
    guint n = 0;
    for (guint i = 0; i < b->len; i++)
        n += !ha_strings_find(a, b->pdata[i]);
    return n;
}

/* A preference for nodes that the group is kept off: all of them when that is soft, any when it is hard. */
static gboolean places_check(const HaGroup *group, GError **error)
{
    guint outside = group->only_on->len ? n_outside(group->only_on, group->prefer) : 0;
    guint bearable = group->only_on_strength == HA_RULE_HARD || !group->prefer->len ? 0 : group->prefer->len - 1;
    if (outside <= bearable)
        return TRUE;
    g_autofree char *only = join(group->only_on), *prefer = join(group->prefer);
    return REFUSE(error, HA_RULES_CONTRADICTION,
        "group %s: '%s prefer %s' contradicts '%s only-on %s'; prefer nodes of those, or widen only-on", group->name,
        ha_rule_strength_word(group->prefer_strength), prefer, ha_rule_strength_word(group->only_on_strength), only);
}

/* ---- what the nodes can meet ---- */

static guint n_members(const GPtrArray *members, const char *group)
{
    guint n = 0;
    for (guint i = 0; i < members->len; i++)
        n += strcmp(((const HaRulesMember *)members->pdata[i])->group, group) == 0;
    return n;
}

static gboolean apart_check(const HaGroup *group, const GPtrArray *members, const GPtrArray *nodes, GError **error)
{
    if (group->affinity != HA_AFFINITY_APART || group->affinity_strength != HA_RULE_HARD)
        return TRUE;
    gboolean narrowed = group->only_on->len && group->only_on_strength == HA_RULE_HARD;
    const GPtrArray *allowed = narrowed ? group->only_on : nodes;
    guint n = n_members(members, group->name);
    if (n <= allowed->len)
        return TRUE;
    g_autofree char *names = join(allowed);
    return REFUSE(error, HA_RULES_UNSATISFIABLE,
        "group %s: 'hard apart' can't be met by its %u VMs %s%s (%u); make it soft, or take VMs out", group->name, n,
        narrowed ? "within 'hard only-on' " : "on the nodes that exist: ", names, allowed->len);
}

gboolean ha_rules_check(const GPtrArray *groups, const GPtrArray *members, const GPtrArray *nodes, GError **error)
{
    for (guint i = 0; i < groups->len; i++) {
        const HaGroup *group = groups->pdata[i];
        if (!names_check(group, groups, nodes, error))
            return FALSE;
    }
    if (!order_check(groups, error))
        return FALSE;
    for (guint i = 0; i < groups->len; i++) {
        const HaGroup *group = groups->pdata[i];
        if (!tiers_check(group, groups, error) || !places_check(group, error) ||
            !apart_check(group, members, nodes, error))
            return FALSE;
    }
    for (guint i = 0; i < members->len; i++) {
        const HaRulesMember *member = members->pdata[i];
        if (!group_exists(groups, member->group))
            return REFUSE(
                error, HA_RULES_UNKNOWN, "VM %s: group %s does not exist; create it first", member->vm, member->group);
    }
    return TRUE;
}

/* ---- deleting ---- */

gboolean ha_rules_check_delete(const GPtrArray *groups, const GPtrArray *members, const char *group, GError **error)
{
    if (strcmp(group, HA_GROUP_DEFAULT) == 0)
        return REFUSE(error, HA_RULES_IN_USE, "group %s always exists: VMs that name no group are in it", group);
    for (guint i = 0; i < members->len; i++) {
        const HaRulesMember *member = members->pdata[i];
        if (strcmp(member->group, group) == 0)
            return REFUSE(error, HA_RULES_IN_USE,
                "group %s has %u VMs, %s among them; move them first with 'hactl group remove %s VM...'", group,
                n_members(members, group), member->vm, group);
    }
    for (guint i = 0; i < groups->len; i++) {
        const HaGroup *other = groups->pdata[i];
        if (ha_strings_find(other->after, group))
            return REFUSE(error, HA_RULES_IN_USE,
                "group %s waits for group %s ('after'); change that first with 'hactl group set %s --after'",
                other->name, group, other->name);
    }
    return TRUE;
}

/* ---- VMs that run already ---- */

static gboolean running_only_on(const HaGroup *group, const GPtrArray *members, GString *wrong)
{
    for (guint i = 0; i < members->len; i++) {
        const HaRulesMember *member = members->pdata[i];
        if (strcmp(member->group, group->name) == 0 && member->node && !ha_strings_find(group->only_on, member->node))
            g_string_append_printf(wrong, "%s%s on %s", wrong->len ? ", " : "", member->vm, member->node);
    }
    return wrong->len == 0;
}

/* The first pair that lies together, or apart, as it must not. */
static gboolean running_affinity(const HaGroup *group, const GPtrArray *members, GString *wrong)
{
    gboolean apart = group->affinity == HA_AFFINITY_APART;
    for (guint i = 0; i < members->len; i++) {
        const HaRulesMember *a = members->pdata[i];
        for (guint j = i + 1; a->node && strcmp(a->group, group->name) == 0 && j < members->len; j++) {
            const HaRulesMember *b = members->pdata[j];
            if (!b->node || strcmp(b->group, group->name) != 0 || (strcmp(a->node, b->node) == 0) != apart)
                continue;
            g_string_append_printf(wrong, "%s on %s, %s on %s", a->vm, a->node, b->vm, b->node);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean ha_rules_check_running(const HaGroup *group, const GPtrArray *members, GError **error)
{
    g_autoptr(GString) wrong = g_string_new(NULL);
    const char *rule = NULL;
    gboolean only = group->only_on->len && group->only_on_strength == HA_RULE_HARD;
    gboolean affinity = group->affinity != HA_AFFINITY_NONE && group->affinity_strength == HA_RULE_HARD;
    if (only && !running_only_on(group, members, wrong))
        rule = "only-on";
    else if (affinity && !running_affinity(group, members, wrong))
        rule = ha_affinity_word(group->affinity);
    if (!rule)
        return TRUE;
    return REFUSE(error, HA_RULES_BROKEN,
        "group %s: with 'hard %s' Pacemaker would move or stop running VMs at once (%s); migrate them first with "
        "'hactl migrate VM --to NODE', or make the rule soft",
        group->name, rule, wrong->str);
}
