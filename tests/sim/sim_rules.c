/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_rules.h"

#define TIER_STEP 10u
#define INFLUENCE_VMS_MAX 6
#define HEAVY 100 /* of the planted bug */

static void group_free(SimGroup *group)
{
    ha_group_free(group->policy);
    g_free(group);
}

/* ---- what Pacemaker is told ---- */

static guint mask_of(const Sim *sim, const GPtrArray *nodes)
{
    guint mask = 0;
    for (guint i = 0; i < nodes->len; i++) {
        guint node = sim_find_node(sim, nodes->pdata[i]);
        mask |= node == SIM_NOBODY ? 0 : 1u << node; /* an admin may have removed it since */
    }
    return mask;
}

static void write_nodes(const Sim *sim, SimGroup *group, gint factor)
{
    const HaGroup *policy = group->policy;
    group->only_on = mask_of(sim, policy->only_on);
    group->only_on_score = policy->only_on_strength == HA_RULE_HARD ? -SIM_INFINITY : HA_SCORE_ONLY_ON * factor;
    group->prefer = mask_of(sim, policy->prefer);
    group->prefer_score = policy->prefer_strength == HA_RULE_HARD ? HA_SCORE_PREFER_HARD : HA_SCORE_PREFER * factor;
}

static void write_apart(const Sim *sim, SimGroup *group, gint n_vms, gint factor)
{
    gboolean hard = group->policy->affinity_strength == HA_RULE_HARD;
    if (hard && sim->plant == SIM_PLANT_EVICT) {
        group->pair = -SIM_INFINITY;
    } else if (hard) {
        group->pair = -HA_SCORE_APART_HARD;
        group->floor = HA_SCORE_APART_HARD * n_vms;
    } else if (n_vms <= HA_SCORE_AFFINITY) {
        group->pair = -HA_SCORE_AFFINITY / n_vms * factor;
        group->floor = HA_SCORE_AFFINITY * factor;
    }
}

static gboolean policy_is_apart(const SimGroup *group)
{
    return group->policy->affinity == HA_AFFINITY_APART;
}

static void write_affinity(const Sim *sim, SimGroup *group, gint n_vms, gint factor)
{
    gboolean soft = group->policy->affinity_strength == HA_RULE_SOFT;
    group->pair = group->floor = 0;
    group->aloof = policy_is_apart(group) ? n_vms > INFLUENCE_VMS_MAX : soft;
    if (n_vms < 2)
        return;
    if (group->policy->affinity == HA_AFFINITY_TOGETHER)
        group->pair =
            group->policy->affinity_strength == HA_RULE_HARD ? HA_SCORE_TOGETHER_HARD : HA_SCORE_AFFINITY * factor;
    else if (policy_is_apart(group))
        write_apart(sim, group, n_vms, factor);
}

static void write_group(const Sim *sim, SimGroup *group)
{
    gint n_vms = 0, factor = sim->plant == SIM_PLANT_HEAVY ? HEAVY : 1;
    for (guint i = 0; i < sim->n_vms; i++)
        n_vms += sim->vms[i].group == group;
    group->priority =
        sim->plant == SIM_PLANT_TIERLESS ? 0 : (gint)((HA_TIER_MAX + 1 - group->policy->tier) * TIER_STEP);
    group->ordered = sim->plant != SIM_PLANT_ORDERLESS;
    write_nodes(sim, group, factor);
    write_affinity(sim, group, n_vms, factor);
}

/* The rules follow from the policies and from which groups have VMs. */
static void write_all(Sim *sim)
{
    for (guint i = 0; i < sim->groups->len; i++)
        write_group(sim, sim->groups->pdata[i]);
}

/* ---- changes ---- */

SimGroup *sim_rules_find(const Sim *sim, const char *name)
{
    for (guint i = 0; i < sim->groups->len; i++) {
        SimGroup *group = sim->groups->pdata[i];
        if (g_strcmp0(group->policy->name, name) == 0)
            return group;
    }
    return NULL;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const SimGroup *const *one = a, *const *other = b;
    return g_strcmp0((*one)->policy->name, (*other)->policy->name);
}

void sim_rules_set(Sim *sim, const HaGroup *policy)
{
    SimGroup *group = sim_rules_find(sim, policy->name);
    if (!group) {
        group = g_new0(SimGroup, 1);
        g_ptr_array_add(sim->groups, group);
    }
    ha_group_free(group->policy);
    group->policy = ha_group_copy(policy);
    g_ptr_array_sort(sim->groups, compare);
    write_all(sim);
}

void sim_rules_delete(Sim *sim, const char *name)
{
    SimGroup *group = sim_rules_find(sim, name);
    g_assert(group);
    for (guint i = 0; i < sim->n_vms; i++)
        g_assert(sim->vms[i].group != group);
    g_ptr_array_remove(sim->groups, group);
    write_all(sim);
}

void sim_rules_join(Sim *sim, guint vm, const char *name)
{
    SimGroup *group = sim_rules_find(sim, name);
    g_assert(group);
    sim->vms[vm].group = group;
    write_all(sim);
}

gboolean sim_rules_hard(const SimGroup *group)
{
    const HaGroup *policy = group->policy;
    return (policy->affinity != HA_AFFINITY_NONE && policy->affinity_strength == HA_RULE_HARD) ||
           (policy->only_on->len && policy->only_on_strength == HA_RULE_HARD);
}

/* ---- life ---- */

void sim_rules_init(Sim *sim)
{
    g_autoptr(HaGroup) policy = ha_group_new(HA_GROUP_DEFAULT);
    sim->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    sim_rules_set(sim, policy);
}

void sim_rules_clear(Sim *sim)
{
    g_ptr_array_unref(sim->groups);
}
