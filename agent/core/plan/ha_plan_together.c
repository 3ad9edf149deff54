/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan_together.h"

#include <string.h>

#include "agent/core/plan/ha_plan_waves.h"
#include "agent/core/plan/ha_solve.h"
#include "agent/core/model/ha_sorted.h"

#define EFFORT 20000u /* as ha_plan_room's: it is asked at every step of a drain that is stuck */

/* How full, at most, over the mean: the engine levels what it is told is load, here memory. */
static const guint32 targets_permille[] = {1050, 1150, 1300, 1500, 2000};

typedef struct {
    const HaView *view;
    GPtrArray *moves; /* const HaPlanMove*, borrowed: a problem's VM each */
    HaPromises *promises;
    HaProblem *problem;
    GPtrArray *apart; /* char*, borrowed: groups, in order of their numbers */
} Sought;

static void list_moves(Sought *sought, const HaPlan *plan)
{
    for (guint i = 0; i < plan->moves->len; i++) {
        HaPlanMove *move = plan->moves->pdata[i];
        gboolean can_move = move->block == HA_BLOCK_NONE || move->block == HA_BLOCK_NO_TARGET;
        if (!can_move || ha_plan_bound(sought->view, move->vm))
            continue;
        g_ptr_array_add(sought->moves, move);
        ha_promises_move(sought->promises, move->vm, NULL);
    }
}

static void fill_nodes(Sought *sought, const char *leaving)
{
    for (guint32 i = 0; i < sought->problem->n_nodes; i++) {
        const HaConfigNode *node = sought->view->config->nodes->pdata[i];
        HaSolveNode *to = &sought->problem->nodes[i];
        guint64 capacity, used;
        ha_view_node_mem(sought->view, node->node, &capacity, &used);
        to->takes = ha_place_in_service(sought->view, node) && used <= capacity && strcmp(node->node, leaving) != 0;
        to->mem_mib = capacity;
        to->mem_fixed_mib = to->load_fixed = to->takes ? used : 0; /* an overfull one is not this plan's to relieve */
        to->cores = (guint32)MIN(capacity, G_MAXUINT32);
    }
}

/* Whatever stands in the way but memory, which the engine counts by itself. */
static guint allow(Sought *sought, const HaPlanMove *move, guint32 set, const GPtrArray *tried)
{
    guint n = 0;
    for (guint32 i = 0; i < sought->problem->n_nodes; i++) {
        const char *node = ((const HaConfigNode *)sought->view->config->nodes->pdata[i])->node;
        HaBlock block = ha_place_check(sought->view, move->vm, node, sought->promises, tried, NULL);
        if (block != HA_BLOCK_NONE && block != HA_BLOCK_NODE_MEMORY)
            continue;
        ha_problem_allow(sought->problem, set, i);
        n++;
    }
    return n;
}

static guint32 apart_for(Sought *sought, const char *vm)
{
    const HaConfigVm *known = ha_config_find_vm(sought->view->config, vm);
    const HaGroup *group = known ? ha_config_find_group(sought->view->config, known->group) : NULL;
    if (!group || group->affinity != HA_AFFINITY_APART || group->affinity_strength != HA_RULE_HARD)
        return HA_SOLVE_NONE;
    for (guint32 i = 0; i < sought->apart->len; i++)
        if (sought->apart->pdata[i] == group->name)
            return i;
    g_ptr_array_add(sought->apart, group->name);
    return sought->apart->len - 1;
}

static void fill_vms(Sought *sought, GHashTable *tried)
{
    for (guint32 i = 0; i < sought->moves->len; i++) {
        const HaPlanMove *move = sought->moves->pdata[i];
        HaSolveVm *vm = &sought->problem->vms[i];
        const GPtrArray *failed = tried ? g_hash_table_lookup(tried, move->vm) : NULL;
        vm->mem_mib = vm->load = vm->cost = move->mem_mib;
        vm->apart = apart_for(sought, move->vm);
        vm->nodes = ha_problem_add_set(sought->problem);
        ha_promises_start(sought->promises, move->mode == HA_MOVE_RESTART);
        if (!allow(sought, move, vm->nodes, failed) && failed)
            allow(sought, move, vm->nodes, NULL);
    }
    sought->problem->n_apart = sought->apart->len;
}

/* Returns: (transfer full) NULL when there is no place for all. */
static HaSolution *least_full(const HaProblem *problem)
{
    g_autoptr(HaSolution) any = ha_solve_level(problem, 0, EFFORT);
    if (!any->reached)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(targets_permille); i++) {
        g_autoptr(HaSolution) level = ha_solve_level(problem, targets_permille[i], EFFORT);
        if (level->reached)
            return g_steal_pointer(&level);
    }
    return g_steal_pointer(&any);
}

static GHashTable *named(const Sought *sought, const HaSolution *solution)
{
    GHashTable *places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, i);
        const HaConfigNode *node = sought->view->config->nodes->pdata[move->to];
        g_hash_table_insert(
            places, g_strdup(((const HaPlanMove *)sought->moves->pdata[move->vm])->vm), g_strdup(node->node));
    }
    return places;
}

GHashTable *ha_plan_together(const HaView *view, const HaPlan *plan, GHashTable *tried)
{
    g_autoptr(GPtrArray) moves = g_ptr_array_new(), apart = g_ptr_array_new();
    g_autoptr(HaPromises) promises = ha_promises_new();
    Sought sought = {.view = view, .moves = moves, .promises = promises, .apart = apart};
    ha_promises_obey(promises, view);
    list_moves(&sought, plan);
    g_autoptr(HaProblem) problem = sought.problem = ha_problem_new(view->config->nodes->len, moves->len);
    fill_nodes(&sought, plan->node);
    fill_vms(&sought, tried);
    g_autoptr(HaSolution) solution = least_full(problem);
    return solution ? named(&sought, solution) : NULL;
}
