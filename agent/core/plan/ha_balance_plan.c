/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_balance_plan.h"

#include <string.h>

#include "agent/core/plan/ha_spare.h"
#include "agent/core/plan/ha_survive.h"

/* ---- policy ---- */

void ha_balance_hold(HaCluster *cluster, HaBalanceBy by, GHashTable *resting)
{
    for (guint32 i = 0; i < cluster->vms->len; i++) {
        const HaConfigVm *vm = cluster->vms->pdata[i];
        const HaGroup *group = ha_config_group_of(cluster->view->config, vm);
        HaBalance policy = group ? group->balance : HA_BALANCE_AUTO;
        if (policy == HA_BALANCE_NEVER || (policy == HA_BALANCE_SUGGEST && by == HA_BALANCE_BY_ITSELF) ||
            (resting && g_hash_table_contains(resting, vm->name)))
            cluster->problem->vms[i].fixed = TRUE;
    }
}

guint32 ha_balance_spender(const HaCluster *cluster, const HaSolution *solution)
{
    if (!ha_spare_hosts(cluster->view->config))
        return HA_SOLVE_NONE;
    g_autoptr(HaSurvive) survive = ha_survive_new(cluster->view, NULL);
    guint32 first = HA_SOLVE_NONE;
    gboolean survives = TRUE;
    while (!ha_survive_any(survive)) /* what is lacking already can't be spent */
        if (!ha_survive_lower(survive))
            return HA_SOLVE_NONE;
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, i);
        guint64 mem_mib = cluster->problem->vms[move->vm].mem_mib;
        if (ha_survive_take(survive, ha_cluster_node(cluster, move->from), mem_mib))
            ha_survive_put(survive, ha_cluster_node(cluster, move->to), mem_mib);
        survives = ha_survive_any(survive);
        if (!survives && first == HA_SOLVE_NONE)
            first = move->vm;
    }
    return survives ? HA_SOLVE_NONE : first;
}

guint ha_balance_level_of(const HaConfig *config)
{
    const char *text = ha_config_find_setting(config->properties, "hactl-balance-level");
    if (!text)
        return HA_BALANCE_LEVEL_DEFAULT;
    if (strcmp(text, "off") == 0)
        return 0;
    for (guint level = HA_BALANCE_LEVEL_MIN; level <= HA_BALANCE_LEVEL_MAX; level++)
        if (strcmp(text, ha_balance_level(level)->word) == 0 || (text[0] == (char)('0' + level) && !text[1]))
            return level;
    return HA_BALANCE_LEVEL_DEFAULT;
}

gboolean ha_balance_quiet_of(const HaConfig *config, HaQuiet *ret_quiet)
{
    return ha_quiet_parse(ha_config_find_setting(config->properties, "hactl-balance-quiet"), ret_quiet);
}

/* ---- the plan ---- */

typedef struct {
    const HaCluster *cluster;
    const HaLimits *limits;
    guint64 *load, *mem;  /* [node], after the moves so far */
    guint64 *mem_at_most; /* [node], while this wave runs: nothing has left yet */
    guint *at_node;       /* [node], moves of this wave */
    guint32 wave;
    guint in_wave;
    guint64 smallest_mib;
} Builder;

static guint permille_of(guint64 load, const HaSolveNode *node)
{
    return node->cores ? (guint)(load / (node->cores * 1000ull)) : 0;
}

#define PERCENT "%u.%u"
#define PERCENT_OF(permille) (permille) / 10, (permille) % 10

static void fill(Builder *builder, const HaCluster *cluster, const HaLimits *limits)
{
    const HaProblem *problem = cluster->problem;
    *builder = (Builder){.cluster = cluster, .limits = limits};
    builder->load = g_new0(guint64, problem->n_nodes + 1);
    builder->mem = g_new0(guint64, problem->n_nodes + 1);
    builder->at_node = g_new0(guint, problem->n_nodes + 1);
    for (guint32 node = 0; node < problem->n_nodes; node++) {
        builder->load[node] = problem->nodes[node].load_fixed;
        builder->mem[node] = problem->nodes[node].mem_fixed_mib;
    }
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        builder->load[problem->vms[vm].node] += problem->vms[vm].load;
        builder->mem[problem->vms[vm].node] += problem->vms[vm].mem_mib;
    }
    builder->mem_at_most = g_memdup2(builder->mem, (problem->n_nodes + 1) * sizeof *builder->mem);
}

static void clear(Builder *builder)
{
    g_free(builder->load);
    g_free(builder->mem);
    g_free(builder->mem_at_most);
    g_free(builder->at_node);
}

static HaCandidate *candidate(const Builder *builder, guint32 vm, guint32 node, const HaPromises *none)
{
    const HaProblem *problem = builder->cluster->problem;
    const HaSolveNode *it = &problem->nodes[node];
    char *detail = NULL;
    HaBlock block = ha_place_check(builder->cluster->view, ha_cluster_vm(builder->cluster, vm),
        ha_cluster_node(builder->cluster, node), none, NULL, &detail);
    if (block == HA_BLOCK_NONE) {
        guint load = permille_of(builder->load[node] + problem->vms[vm].load, it);
        guint mem = (guint)((builder->mem[node] + problem->vms[vm].mem_mib) * 1000 / MAX(it->mem_mib, 1));
        detail = g_strdup_printf(
            "CPU " PERCENT " %%, memory " PERCENT " %% after the move", PERCENT_OF(load), PERCENT_OF(mem));
    }
    HaCandidate *made = ha_candidate_new(ha_cluster_node(builder->cluster, node), block, detail);
    g_free(detail);
    return made;
}

static char *sentence(const Builder *builder, const HaSolveMove *move)
{
    const HaProblem *problem = builder->cluster->problem;
    const HaSolveVm *vm = &problem->vms[move->vm];
    const HaSolveNode *from = &problem->nodes[move->from], *to = &problem->nodes[move->to];
    guint cpu = (guint)(vm->load / 1000);
    guint from_is = permille_of(builder->load[move->from], from), to_is = permille_of(builder->load[move->to], to);
    guint from_will = permille_of(builder->load[move->from] - vm->load, from);
    guint to_will = permille_of(builder->load[move->to] + vm->load, to);
    return g_strdup_printf("it takes " PERCENT " %% of a core; CPU of %s " PERCENT " -> " PERCENT " %%, of %s " PERCENT
                           " -> " PERCENT " %%%s",
        PERCENT_OF(cpu), ha_cluster_node(builder->cluster, move->from), PERCENT_OF(from_is), PERCENT_OF(from_will),
        ha_cluster_node(builder->cluster, move->to), PERCENT_OF(to_is), PERCENT_OF(to_will),
        move->hop == HA_SOLVE_NONE ? "" : "; a stop on its way");
}

/* May @move be handed over together with those of the wave before it (rules R5, R6)? */
static gboolean joins_wave(const Builder *builder, const HaSolveMove *move, const HaPlan *plan)
{
    const HaSolveVm *vm = &builder->cluster->problem->vms[move->vm];
    const HaLimits *limits = builder->limits;
    if (!builder->wave || builder->in_wave >= limits->moves_per_cluster ||
        builder->at_node[move->from] >= limits->moves_per_node || builder->at_node[move->to] >= limits->moves_per_node)
        return FALSE;
    for (guint i = plan->moves->len - builder->in_wave; i < plan->moves->len; i++)
        if (strcmp(((const HaPlanMove *)plan->moves->pdata[i])->vm, ha_cluster_vm(builder->cluster, move->vm)) == 0)
            return FALSE;
    guint64 mem_mib = MAX(vm->mem_mib, 1);
    return mem_mib <= 2 * builder->smallest_mib && builder->smallest_mib <= 2 * mem_mib &&
           builder->mem_at_most[move->to] + vm->mem_mib <= builder->cluster->problem->nodes[move->to].mem_mib;
}

static void put_in_wave(Builder *builder, const HaSolveMove *move, const HaPlan *plan)
{
    const HaProblem *problem = builder->cluster->problem;
    guint64 mem_mib = problem->vms[move->vm].mem_mib;
    if (!joins_wave(builder, move, plan)) {
        builder->wave++;
        builder->in_wave = 0;
        builder->smallest_mib = MAX(mem_mib, 1);
        memset(builder->at_node, 0, problem->n_nodes * sizeof *builder->at_node);
        memcpy(builder->mem_at_most, builder->mem, problem->n_nodes * sizeof *builder->mem);
    }
    builder->in_wave++;
    builder->smallest_mib = MIN(builder->smallest_mib, MAX(mem_mib, 1));
    builder->at_node[move->from]++;
    builder->at_node[move->to]++;
    builder->mem_at_most[move->to] += mem_mib;
}

static void add_move(Builder *builder, const HaSolveMove *move, HaPlan *plan, const HaPromises *none)
{
    const HaCluster *cluster = builder->cluster;
    const HaSolveVm *vm = &cluster->problem->vms[move->vm];
    HaPlanMove *made = ha_plan_move_new(ha_cluster_vm(cluster, move->vm), ha_cluster_node(cluster, move->from));
    made->to = g_strdup(ha_cluster_node(cluster, move->to));
    made->reason = HA_REASON_BALANCE;
    made->detail = sentence(builder, move);
    made->mem_mib = vm->mem_mib;
    made->estimate_ms = ha_plan_estimate_ms(builder->limits, vm->mem_mib);
    for (guint32 node = 0; node < cluster->problem->n_nodes; node++)
        g_ptr_array_add(made->candidates, candidate(builder, move->vm, node, none));
    put_in_wave(builder, move, plan);
    made->wave = builder->wave;
    plan->estimate_ms += made->estimate_ms;
    g_ptr_array_add(plan->moves, made);
    builder->load[move->from] -= vm->load;
    builder->load[move->to] += vm->load;
    builder->mem[move->from] -= vm->mem_mib;
    builder->mem[move->to] += vm->mem_mib;
}

HaPlan *ha_balance_plan_new(const HaCluster *cluster, const HaSolution *solution, const HaLimits *limits)
{
    HaPlan *plan = ha_plan_new(NULL);
    g_autoptr(HaPromises) none = ha_promises_new();
    Builder builder;
    fill(&builder, cluster, limits);
    for (guint i = 0; i < solution->moves->len; i++)
        add_move(&builder, &g_array_index(solution->moves, HaSolveMove, i), plan, none);
    clear(&builder);
    return plan;
}
