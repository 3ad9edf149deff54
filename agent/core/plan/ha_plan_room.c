/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan_room.h"

#include "agent/core/plan/ha_balance_plan.h"

#define EFFORT 20000u /* it is asked at every step of a drain that is stuck */

/* Only for others does it count that their group is not balanced: these have to leave. */
static void prepare(HaCluster *cluster, guint32 node)
{
    g_autofree gboolean *was = g_new(gboolean, cluster->vms->len + 1);
    for (guint32 vm = 0; vm < cluster->vms->len; vm++)
        was[vm] = cluster->problem->vms[vm].fixed;
    ha_balance_hold(cluster, HA_BALANCE_BY_ADMIN, NULL);
    for (guint32 vm = 0; vm < cluster->vms->len; vm++)
        if (cluster->problem->vms[vm].node == node)
            cluster->problem->vms[vm].fixed = was[vm];
    cluster->problem->nodes[node].leaves = TRUE;
    cluster->problem->nodes[node].takes = FALSE;
}

static HaPlanMove *helper(const HaCluster *cluster, const HaLimits *limits, const HaSolveMove *move, guint32 leaving)
{
    const HaSolveVm *vm = &cluster->problem->vms[move->vm];
    HaPlanMove *made = ha_plan_move_new(ha_cluster_vm(cluster, move->vm), ha_cluster_node(cluster, move->from));
    made->to = g_strdup(ha_cluster_node(cluster, move->to));
    made->reason = HA_REASON_BALANCE;
    made->mem_mib = vm->mem_mib;
    made->estimate_ms = ha_plan_estimate_ms(limits, vm->mem_mib);
    made->detail = g_strdup_printf("makes %" G_GUINT64_FORMAT " MiB of room on %s for what leaves %s", vm->mem_mib,
        made->from, ha_cluster_node(cluster, leaving));
    return made;
}

GPtrArray *ha_plan_room(const HaView *view, const HaLimits *limits, const char *node, GHashTable *ret_aims)
{
    g_autoptr(HaCluster) cluster = ha_cluster_new(view, HA_CLUSTER_STATIC);
    guint32 leaving = ha_cluster_find_node(cluster, node);
    if (leaving == HA_SOLVE_NONE)
        return NULL;
    prepare(cluster, leaving);
    g_autoptr(HaSolution) solution = ha_solve_level(cluster->problem, 0, EFFORT);
    if (!solution->reached)
        return NULL;
    GPtrArray *room = g_ptr_array_new_with_free_func((GDestroyNotify)ha_plan_move_free);
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, i);
        if (cluster->problem->vms[move->vm].node == leaving) { /* the last of its moves counts */
            g_hash_table_insert(
                ret_aims, g_strdup(ha_cluster_vm(cluster, move->vm)), g_strdup(ha_cluster_node(cluster, move->to)));
            continue;
        }
        HaPlanMove *made = helper(cluster, limits, move, leaving);
        made->wave = room->len + 1;
        g_ptr_array_add(room, made);
    }
    if (room->len)
        return room;
    g_ptr_array_unref(room);
    return NULL;
}
