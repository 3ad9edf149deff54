/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which nodes a group's rules leave for one of its VMs, while a plan is made. */
#include "agent/core/model/ha_rules.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

typedef struct {
    char *vm;
    char *node;
    char *leaves; /* nullable: it is there still, and may stay */
} Spot;

/* Where the VMs of one group are; only groups that have an affinity are kept. */
typedef struct {
    char *name;
    GPtrArray *spots; /* Spot*, ascending vm */
} Lot;

struct HaRules {
    const GPtrArray *groups; /* borrowed */
    GPtrArray *lots;         /* Lot*, ascending name */
};

static void spot_free(Spot *spot)
{
    g_free(spot->vm);
    g_free(spot->node);
    g_free(spot->leaves);
    g_free(spot);
}

static void lot_free(Lot *lot)
{
    g_free(lot->name);
    g_ptr_array_unref(lot->spots);
    g_free(lot);
}

HaRules *ha_rules_new(const GPtrArray *groups)
{
    HaRules *rules = g_new0(HaRules, 1);
    rules->groups = groups;
    rules->lots = g_ptr_array_new_with_free_func((GDestroyNotify)lot_free);
    return rules;
}

void ha_rules_free(HaRules *rules)
{
    if (!rules)
        return;
    g_ptr_array_unref(rules->lots);
    g_free(rules);
}

static const HaGroup *group_of(const HaRules *rules, const char *name)
{
    return ha_sorted_find(rules->groups, name);
}

static Lot *lot_of(HaRules *rules, const char *group)
{
    Lot *lot = ha_sorted_find(rules->lots, group);
    if (lot)
        return lot;
    lot = g_new0(Lot, 1);
    lot->name = g_strdup(group);
    lot->spots = g_ptr_array_new_with_free_func((GDestroyNotify)spot_free);
    ha_sorted_put(rules->lots, lot);
    return lot;
}

void ha_rules_put(HaRules *rules, const char *vm, const char *group, const char *node)
{
    const HaGroup *policy = group_of(rules, group);
    if (!policy || policy->affinity == HA_AFFINITY_NONE)
        return;
    Spot *spot = g_new0(Spot, 1);
    spot->vm = g_strdup(vm);
    spot->node = g_strdup(node);
    ha_sorted_put(lot_of(rules, group)->spots, spot);
}

void ha_rules_leaving(HaRules *rules, const char *vm, const char *group, const char *node)
{
    Lot *lot = ha_sorted_find(rules->lots, group);
    Spot *spot = lot ? ha_sorted_find(lot->spots, vm) : NULL;
    if (!spot)
        return;
    g_free(spot->leaves);
    spot->leaves = g_strdup(node);
}

/* Another VM of the group that is on @node, or may stay there. NULL: none. */
static const Spot *occupant(const HaRules *rules, const char *vm, const char *group, const char *node)
{
    const Lot *lot = ha_sorted_find(rules->lots, group);
    for (guint i = 0; lot && i < lot->spots->len; i++) {
        const Spot *spot = lot->spots->pdata[i];
        if (strcmp(spot->vm, vm) != 0 && (g_strcmp0(spot->node, node) == 0 || g_strcmp0(spot->leaves, node) == 0))
            return spot;
    }
    return NULL;
}

/* Another VM of the group that is on @node (@same) or on another one. NULL: none. */
static const Spot *neighbour(const HaRules *rules, const char *vm, const char *group, const char *node, gboolean same)
{
    const Lot *lot = ha_sorted_find(rules->lots, group);
    for (guint i = 0; lot && i < lot->spots->len; i++) {
        const Spot *spot = lot->spots->pdata[i];
        if (spot->node && strcmp(spot->vm, vm) != 0 && (strcmp(spot->node, node) == 0) == same)
            return spot;
    }
    return NULL;
}

static guint n_neighbours(const HaRules *rules, const char *vm, const char *group, const char *node)
{
    guint n = 0;
    const Lot *lot = ha_sorted_find(rules->lots, group);
    for (guint i = 0; lot && i < lot->spots->len; i++) {
        const Spot *spot = lot->spots->pdata[i];
        n += g_strcmp0(spot->node, node) == 0 && strcmp(spot->vm, vm) != 0;
    }
    return n;
}

static char *only_on_text(const HaGroup *group)
{
    GString *text = g_string_new("only on ");
    for (guint i = 0; i < group->only_on->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)group->only_on->pdata[i]);
    return g_string_free(text, FALSE);
}

/* Returns: (transfer full) the rule, NULL when none forbids it. */
static char *forbidding(const HaRules *rules, const char *vm, const HaGroup *group, const char *node)
{
    if (group->only_on_strength == HA_RULE_HARD && !ha_rules_wants(group, node))
        return only_on_text(group);
    if (group->affinity == HA_AFFINITY_NONE || group->affinity_strength != HA_RULE_HARD)
        return NULL;
    gboolean apart = group->affinity == HA_AFFINITY_APART;
    const Spot *other = apart ? occupant(rules, vm, group->name, node) : neighbour(rules, vm, group->name, node, FALSE);
    if (!other)
        return NULL;
    return apart ? g_strdup_printf("apart from %s", other->vm)
                 : g_strdup_printf("together with %s on %s", other->vm, other->node);
}

gboolean ha_rules_forbid(const HaRules *rules, const char *vm, const char *group, const char *node, char **ret_detail)
{
    const HaGroup *policy = group_of(rules, group);
    g_autofree char *rule = policy ? forbidding(rules, vm, policy, node) : NULL;
    if (rule && ret_detail)
        *ret_detail = g_strdup_printf("group %s: %s", group, rule);
    return rule != NULL;
}

HaRulesCost ha_rules_cost(const HaRules *rules, const char *vm, const char *group, const char *node)
{
    HaRulesCost cost = {0};
    const HaGroup *policy = group_of(rules, group);
    if (!policy)
        return cost;
    if (!ha_rules_wants(policy, node))
        cost.soft += HA_SCORE_ONLY_ON;
    gboolean disliked = policy->prefer->len && !ha_strings_find(policy->prefer, node);
    if (disliked && policy->prefer_strength == HA_RULE_HARD)
        cost.hard += HA_SCORE_PREFER_HARD;
    else if (disliked)
        cost.soft += HA_SCORE_PREFER;
    if (policy->affinity == HA_AFFINITY_APART)
        cost.soft += HA_SCORE_AFFINITY * n_neighbours(rules, vm, group, node);
    if (policy->affinity == HA_AFFINITY_TOGETHER && neighbour(rules, vm, group, node, FALSE) &&
        !neighbour(rules, vm, group, node, TRUE))
        cost.soft += HA_SCORE_AFFINITY;
    return cost;
}

/* ---- a group's rules by themselves ---- */

gboolean ha_rules_bound(const HaGroup *group)
{
    return group && group->affinity == HA_AFFINITY_TOGETHER && group->affinity_strength == HA_RULE_HARD;
}

gboolean ha_rules_wants(const HaGroup *group, const char *node)
{
    return !group || !group->only_on->len || ha_strings_find(group->only_on, node);
}
