/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_groups.h"

#include "agent/core/model/ha_field.h"
#include "agent/core/model/ha_rules.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_rules.h"
#include "tests/sim/sim_schedule.h"

#define GROUPS_MAX 3
#define SALT 0x67726f75u /* of the second generator */

typedef struct {
    Sim *sim;
    GRand *rand;
} Draw;

static guint draw(const Draw *from, guint low, guint high)
{
    return low + (guint)g_rand_int_range(from->rand, 0, (gint32)(high - low + 1));
}

static gboolean chance(const Draw *from, guint permille)
{
    return draw(from, 0, 999) < permille;
}

static Draw draw_new(Sim *sim, guint32 what)
{
    guint32 words[] = {(guint32)sim->seed, (guint32)(sim->seed >> 32), SALT, what};
    return (Draw){sim, g_rand_new_with_seed_array(words, G_N_ELEMENTS(words))};
}

/* ---- a policy ---- */

static void draw_nodes(const Draw *from, GPtrArray *nodes, HaRuleStrength *strength)
{
    *strength = (HaRuleStrength)draw(from, HA_RULE_SOFT, HA_RULE_HARD);
    for (guint i = 0; i < from->sim->n_nodes; i++)
        if (chance(from, 500))
            g_ptr_array_add(nodes, g_strdup(sim_node_name(from->sim, i)));
}

static void draw_rules(const Draw *from, HaGroup *policy)
{
    if (chance(from, 250))
        draw_nodes(from, policy->only_on, &policy->only_on_strength);
    if (chance(from, 250))
        draw_nodes(from, policy->prefer, &policy->prefer_strength);
    if (chance(from, 600)) {
        policy->affinity = chance(from, 400) ? HA_AFFINITY_TOGETHER : HA_AFFINITY_APART;
        policy->affinity_strength = (HaRuleStrength)draw(from, HA_RULE_SOFT, HA_RULE_HARD);
    }
}

static void draw_ready(const Draw *from, HaGroup *policy)
{
    policy->ready = (HaReady)draw(from, HA_READY_STARTED, HA_READY_TCP);
    policy->ready_port = policy->ready == HA_READY_TCP ? 80 : 0;
    policy->ready_delay_s = chance(from, 300) ? draw(from, 1, 10) : 0;
}

/* @number: it may wait for groups of lower numbers. */
static HaGroup *draw_policy(const Draw *from, guint number)
{
    g_autofree char *name = g_strdup_printf("g%u", number);
    HaGroup *policy = ha_group_new(name);
    policy->tier = draw(from, HA_TIER_MIN, HA_TIER_MAX);
    policy->restarts = draw(from, 0, 3);
    policy->restart_window_s = chance(from, 500) ? 60 : 600;
    policy->balance = (HaBalance)(number % HA_BALANCES);
    policy->evacuation = chance(from, 500) ? HA_EVACUATE_LIVE : (HaEvacuation)draw(from, 0, HA_EVACUATIONS - 1);
    draw_rules(from, policy);
    if (chance(from, 300))
        draw_ready(from, policy);
    for (guint i = 1; i < number; i++)
        if (chance(from, 500))
            g_ptr_array_add(policy->after, g_strdup_printf("g%u", i));
    ha_group_sort(policy);
    return policy;
}

/* What hactl would refuse no cluster has. */
static void soften(HaGroup *policy)
{
    policy->affinity_strength = policy->only_on_strength = HA_RULE_SOFT;
    g_ptr_array_set_size(policy->prefer, 0);
    g_ptr_array_set_size(policy->after, 0);
}

/* ---- as a whole ---- */

static GPtrArray *policies_of(const Sim *sim)
{
    GPtrArray *policies = g_ptr_array_new();
    for (guint i = 0; i < sim->groups->len; i++)
        g_ptr_array_add(policies, ((const SimGroup *)sim->groups->pdata[i])->policy);
    return policies;
}

static GPtrArray *members_of(const Sim *sim)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_rules_member_free);
    for (guint i = 0; i < sim->n_vms; i++) {
        guint node = sim_schedule_active_on(sim, &sim->vms[i]);
        g_ptr_array_add(members, ha_rules_member_new(sim->vms[i].name, sim->vms[i].group->policy->name,
                                     node == SIM_NOBODY ? NULL : sim_node_name(sim, node)));
    }
    return members;
}

static gboolean sound(const Sim *sim, const HaGroup *policy)
{
    g_autoptr(GPtrArray) policies = policies_of(sim), members = members_of(sim), nodes = g_ptr_array_new();
    for (guint i = 0; i < sim->n_nodes; i++)
        g_ptr_array_add(nodes, sim->nodes[i].name);
    return ha_rules_check(policies, members, nodes, NULL) && ha_rules_check_running(policy, members, NULL);
}

/* ---- the beginning ---- */

static void move_to(Sim *sim, guint vm, guint node)
{
    guint at = sim_schedule_active_on(sim, &sim->vms[vm]);
    sim->vms[vm].places[at] = (SimPlace){0};
    sim->nodes[at].domains[vm] = HA_VM_UNKNOWN;
    sim->vms[vm].places[node] = (SimPlace){.known = TRUE, .active = TRUE};
    sim->nodes[node].domains[vm] = HA_VM_RUNNING;
}

static guint nth_allowed(const Sim *sim, const SimGroup *group, guint n)
{
    guint allowed = group->only_on ? group->only_on : sim_everybody(sim), node = 0;
    for (n %= (guint)__builtin_popcount(allowed); n || !(allowed & (1u << node)); node++)
        n -= allowed & (1u << node) ? 1 : 0;
    return node;
}

/* Hard rules are obeyed from the beginning: one after the other, or all on one node. */
static void lay_out(const Draw *from, const SimGroup *group)
{
    Sim *sim = from->sim;
    guint n = draw(from, 0, sim->n_nodes - 1);
    for (guint i = 0; sim_rules_hard(group) && i < sim->n_vms; i++) {
        if (sim->vms[i].group != group)
            continue;
        move_to(sim, i, nth_allowed(sim, group, n));
        n += group->policy->affinity == HA_AFFINITY_APART;
    }
}

static void draw_group(const Draw *from, guint number)
{
    Sim *sim = from->sim;
    g_autoptr(HaGroup) policy = draw_policy(from, number);
    sim_rules_set(sim, policy);
    for (guint i = 0; i < sim->n_vms; i++)
        if (chance(from, 350))
            sim_rules_join(sim, i, policy->name);
    for (guint i = 0; i < sim->groups->len; i++)
        lay_out(from, sim->groups->pdata[i]);
    for (guint i = 0; i < sim->groups->len; i++) {
        g_autoptr(HaGroup) copy = ha_group_copy(((const SimGroup *)sim->groups->pdata[i])->policy);
        if (sound(sim, copy))
            continue;
        soften(copy);
        sim_rules_set(sim, copy);
    }
}

static char *join(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? "," : "", (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

static void trace_group(Sim *sim, const SimGroup *group)
{
    const HaGroup *policy = group->policy;
    g_autoptr(GPtrArray) vms = g_ptr_array_new();
    for (guint i = 0; i < sim->n_vms; i++)
        if (sim->vms[i].group == group)
            g_ptr_array_add(vms, sim->vms[i].name);
    g_autofree char *members = join(vms), *only_on = join(policy->only_on), *prefer = join(policy->prefer),
                    *after = join(policy->after);
    sim_trace(sim,
        "group %s: tier %u, restarts %u in %u s, %s, %s %s, only_on %s %s, prefer %s %s, after %s, ready %s + %u s: %s",
        policy->name, policy->tier, policy->restarts, policy->restart_window_s, ha_evacuation_word(policy->evacuation),
        ha_rule_strength_word(policy->affinity_strength), ha_affinity_word(policy->affinity),
        ha_rule_strength_word(policy->only_on_strength), only_on, ha_rule_strength_word(policy->prefer_strength),
        prefer, after, ha_ready_word(policy->ready), policy->ready_delay_s, members);
}

void sim_groups_draw(Sim *sim)
{
    Draw from = draw_new(sim, 1);
    for (guint n = draw(&from, 1, GROUPS_MAX), i = 1; i <= n; i++)
        draw_group(&from, i);
    g_rand_free(from.rand);
    for (guint i = 0; i < sim->groups->len; i++)
        trace_group(sim, sim->groups->pdata[i]);
}

/* ---- one setting ---- */

static gboolean set_list(GPtrArray *names, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, ",", -1);
    g_ptr_array_set_size(names, 0);
    for (guint i = 0; words[i]; i++)
        if (*words[i])
            g_ptr_array_add(names, g_strdup(words[i]));
    return TRUE;
}

static gboolean set_field(HaGroup *policy, const HaField *field, const char *value)
{
    guint64 number;
    switch (field->type) {
    case HA_FIELD_NUMBER:
        if (!g_ascii_string_to_unsigned(value, 10, field->min, field->max, &number, NULL))
            return FALSE;
        *HA_FIELD_AT(guint32, policy, field) = (guint32)number;
        return TRUE;
    case HA_FIELD_WORD:
        return field->words->parse(value, HA_FIELD_AT(void, policy, field));
    case HA_FIELD_NODES:
    case HA_FIELD_GROUPS:
        return set_list(*HA_FIELD_AT(GPtrArray *, policy, field), value);
    case HA_FIELD_YES_NO:
    case HA_FIELD_NAME:
        return FALSE;
    }
    g_assert_not_reached();
}

gboolean sim_groups_set(HaGroup *policy, const char *setting)
{
    g_auto(GStrv) parts = g_strsplit(setting, "=", 2);
    gboolean ok = FALSE;
    for (const HaField *field = ha_group_fields; parts[0] && parts[1] && field->key; field++)
        if (g_strcmp0(parts[0], field->key) == 0)
            ok = set_field(policy, field, parts[1]);
    ha_group_sort(policy);
    return ok;
}

/* ---- what admins ask ---- */

static void on_request(Sim *sim, SimEvent *event)
{
    HaRequest *request = event->data;
    event->free = NULL;
    sim_trace(sim, "admin on %s asks %d of group %s", sim_node_name(sim, event->node), (int)request->kind,
        request->group ? request->group->name : request->group_name);
    sim_daemon_ask(sim, event->node, request);
}

static HaRequest *draw_request(const Draw *from)
{
    static const HaRequestKind kinds[] = {HA_REQUEST_GROUP_SET, HA_REQUEST_GROUP_SET, HA_REQUEST_GROUP_SET,
        HA_REQUEST_GROUP_VMS, HA_REQUEST_GROUP_VMS, HA_REQUEST_GROUP_DELETE};
    HaRequest *request = ha_request_new(kinds[draw(from, 0, G_N_ELEMENTS(kinds) - 1)], 0);
    guint number = draw(from, 1, GROUPS_MAX + 1);
    request->by = g_strdup("root@node1");
    if (request->kind == HA_REQUEST_GROUP_SET) {
        request->group = draw_policy(from, number);
        request->creating = number > from->sim->groups->len - 1;
        return request;
    }
    request->group_name = g_strdup_printf("g%u", number);
    request->vms = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; request->kind == HA_REQUEST_GROUP_VMS && i < from->sim->n_vms; i++)
        if (chance(from, 300))
            g_ptr_array_add(request->vms, g_strdup(from->sim->vms[i].name));
    return request;
}

static void free_request(gpointer data)
{
    ha_request_free(data);
}

static void on_crash(Sim *sim, SimEvent *event)
{
    sim_host_crash(sim, event->vm);
}

/* Load that the leader levels by itself, as eagerly as it can. */
static void draw_load(Sim *sim)
{
    Draw from = draw_new(sim, 3);
    if (chance(&from, 250)) {
        sim->balance_level = "aggressive";
        for (guint i = 0; i < sim->n_vms; i++)
            sim->vms[i].cpu_permille = draw(&from, 0, 3000);
    }
    g_rand_free(from.rand);
}

void sim_groups_plan(Sim *sim, gint64 until_ms)
{
    draw_load(sim);
    Draw from = draw_new(sim, 2);
    for (guint n = draw(&from, 0, 4); n > 0; n--) {
        SimEvent *event = sim_at(sim, draw(&from, 5000, (guint)until_ms), on_request);
        event->node = draw(&from, 0, sim->n_nodes - 1);
        event->data = draw_request(&from);
        event->free = free_request;
    }
    for (guint n = chance(&from, 300) ? draw(&from, 1, 6) : 0; n > 0; n--)
        sim_at(sim, draw(&from, 5000, (guint)until_ms), on_crash)->vm = draw(&from, 0, sim->n_vms - 1);
    g_rand_free(from.rand);
}
