/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_cluster.h"

#include <string.h>

#include "agent/core/model/ha_load.h"
#include "agent/core/model/ha_rules.h"
#include "agent/core/model/ha_sorted.h"

#define LOAD_BITS 4u /* of a load that count: a plan made a moment later is the same plan */

typedef struct {
    HaCluster *cluster;
    GHashTable *sets;  /* what decides where a VM may run, as text -> set + 1 */
    GHashTable *apart; /* group -> number + 1 */
} Builder;

/* ---- loads ---- */

static guint32 rounded(guint32 permille)
{
    guint shift = 0;
    while (permille >> shift >= 1u << LOAD_BITS)
        shift++;
    return shift ? ((permille + (1u << (shift - 1))) >> shift) << shift : permille;
}

static guint64 measured(const HaView *view, const char *vm)
{
    return rounded(ha_load_counted(ha_load_get(view->load, vm, view->now_ms))) * 1000ull;
}

static guint64 load_of(const HaView *view, HaClusterLoad load, const char *vm, guint32 vcpus)
{
    return load == HA_CLUSTER_STATIC ? vcpus * 1000000ull : measured(view, vm);
}

/* Pages that are dirtied while it is sent are sent again; known where a migration of it ran. */
static guint64 cost_of(const HaWhere *where, guint64 mem_mib)
{
    const HaMigration *last = where->report ? &where->report->migration : NULL;
    if (!last || !last->bandwidth_bytes_per_s)
        return mem_mib;
    guint64 again = mem_mib * last->dirty_bytes_per_s / last->bandwidth_bytes_per_s;
    return mem_mib + MIN(again, 3 * mem_mib);
}

/* ---- where a VM may run ---- */

static void add_strings(GString *text, const GPtrArray *strings)
{
    for (guint i = 0; i < strings->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)strings->pdata[i]);
    g_string_append_c(text, '\t');
}

static guint32 set_for(Builder *builder, const HaConfigVm *vm, const HaNeeds *needs)
{
    const HaView *view = builder->cluster->view;
    const HaGroup *group = ha_config_group_of(view->config, vm);
    g_autoptr(GString) key = g_string_new(group ? group->name : "");
    g_string_append_c(key, '\t');
    add_strings(key, needs->storage);
    add_strings(key, needs->bridges);
    add_strings(key, vm->banned);
    const char *cpu = ha_place_cpu(view, vm->name);
    g_string_append(key, cpu ? cpu : "");
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(builder->sets, key->str));
    if (known)
        return known - 1;
    guint32 set = ha_problem_add_set(builder->cluster->problem);
    for (guint32 node = 0; node < view->config->nodes->len; node++) {
        const char *name = ha_cluster_node(builder->cluster, node);
        if (ha_rules_wants(group, name) && /* a soft wish for certain nodes is kept too: no plan of ours breaks it */
            ha_place_allows(view, vm->name, name))
            ha_problem_allow(builder->cluster->problem, set, node);
    }
    g_hash_table_insert(builder->sets, g_strdup(key->str), GUINT_TO_POINTER(set + 1));
    return set;
}

static guint32 apart_for(Builder *builder, const HaConfigVm *vm)
{
    const HaGroup *group = ha_config_group_of(builder->cluster->view->config, vm);
    if (!group || group->affinity != HA_AFFINITY_APART)
        return HA_SOLVE_NONE;
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(builder->apart, group->name));
    if (known)
        return known - 1;
    g_hash_table_insert(
        builder->apart, g_strdup(group->name), GUINT_TO_POINTER(builder->cluster->problem->n_apart + 1));
    return builder->cluster->problem->n_apart++;
}

static gboolean held_together(const HaView *view, const HaConfigVm *vm)
{
    const HaGroup *group = ha_config_group_of(view->config, vm);
    return group && (group->affinity == HA_AFFINITY_TOGETHER || group->evacuation == HA_EVACUATE_NEVER);
}

/* ---- building ---- */

static void add_vm(Builder *builder, const HaConfigVm *known, HaClusterLoad load)
{
    HaCluster *cluster = builder->cluster;
    const HaView *view = cluster->view;
    HaWhere where = ha_view_where(view, known->name);
    guint32 node = where.node ? ha_cluster_find_node(cluster, where.node) : HA_SOLVE_NONE;
    const HaNeeds *needs = known->definition ? ha_view_needs(view, known->definition) : NULL;
    if (node == HA_SOLVE_NONE)
        return;
    HaSolveVm *vm = &cluster->problem->vms[cluster->vms->len];
    vm->node = node;
    vm->mem_mib = ha_view_mem_there_mib(view, known, &where);
    vm->vcpus = where.report ? where.report->vcpus : known->vcpus;
    vm->load = load_of(view, load, known->name, vm->vcpus);
    vm->cost = cost_of(&where, vm->mem_mib);
    vm->apart = apart_for(builder, known);
    vm->fixed =
        known->pin || !needs || ha_plan_movable(view, known->name, NULL) != HA_BLOCK_NONE || held_together(view, known);
    vm->nodes = vm->fixed ? HA_SOLVE_NONE : set_for(builder, known, needs);
    g_ptr_array_add(cluster->vms, (gpointer)known);
}

/* Memory that is taken or promised on a node by what is not one of its VMs in the problem: the view knows the sum. */
static void fill_node(Builder *builder, guint32 node, HaClusterLoad load, const guint64 *own_mib)
{
    const HaView *view = builder->cluster->view;
    const HaConfigNode *known = view->config->nodes->pdata[node];
    const HaReport *report = ha_view_report(view, known->node);
    HaSolveNode *to = &builder->cluster->problem->nodes[node];
    guint64 used;
    ha_view_node_mem(view, known->node, &to->mem_mib, &used);
    to->mem_fixed_mib = used > own_mib[node] ? used - own_mib[node] : 0;
    to->cores = report ? report->cores : 0;
    to->takes = report && report->libvirt == HA_LIBVIRT_OK && report->cores && known->state == HA_NODE_ONLINE &&
                !known->standby && !known->maintenance && known->wish.kind != HA_WISH_DRAIN;
    for (guint i = 0; report && i < report->vms->len; i++) {
        const HaReportVm *vm = report->vms->pdata[i];
        guint32 managed = ha_cluster_find_vm(builder->cluster, vm->name);
        if (managed != HA_SOLVE_NONE)
            continue;
        to->load_fixed += load_of(view, load, vm->name, vm->vcpus);
        to->vcpus_fixed += vm->vcpus;
    }
}

HaCluster *ha_cluster_new(const HaView *view, HaClusterLoad load)
{
    HaCluster *cluster = g_new0(HaCluster, 1);
    Builder builder = {.cluster = cluster,
        .sets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .apart = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    const HaConfig *config = view->config;
    cluster->view = view;
    cluster->vms = g_ptr_array_new();
    cluster->problem = ha_problem_new(config->nodes->len, config->vms->len);
    for (guint i = 0; i < config->vms->len; i++)
        add_vm(&builder, config->vms->pdata[i], load);
    cluster->problem->n_vms = cluster->vms->len;
    g_autofree guint64 *own_mib = g_new0(guint64, config->nodes->len + 1);
    for (guint i = 0; i < cluster->vms->len; i++)
        own_mib[cluster->problem->vms[i].node] += cluster->problem->vms[i].mem_mib;
    for (guint32 node = 0; node < config->nodes->len; node++)
        fill_node(&builder, node, load, own_mib);
    g_hash_table_unref(builder.sets);
    g_hash_table_unref(builder.apart);
    return cluster;
}

void ha_cluster_free(HaCluster *cluster)
{
    if (!cluster)
        return;
    ha_problem_free(cluster->problem);
    g_ptr_array_unref(cluster->vms);
    g_free(cluster);
}

const char *ha_cluster_node(const HaCluster *cluster, guint32 node)
{
    return ((const HaConfigNode *)cluster->view->config->nodes->pdata[node])->node;
}

const char *ha_cluster_vm(const HaCluster *cluster, guint32 vm)
{
    return ((const HaConfigVm *)cluster->vms->pdata[vm])->name;
}

guint32 ha_cluster_find_node(const HaCluster *cluster, const char *node)
{
    guint index;
    return ha_sorted_index(cluster->view->config->nodes, node, &index) ? index : HA_SOLVE_NONE;
}

guint32 ha_cluster_find_vm(const HaCluster *cluster, const char *vm)
{
    guint index;
    return ha_sorted_index(cluster->vms, vm, &index) ? index : HA_SOLVE_NONE;
}
