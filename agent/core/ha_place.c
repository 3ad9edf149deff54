/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_plan.h"

#include <string.h>

#include "agent/core/ha_rules.h"
#include "agent/core/ha_sorted.h"
#include "agent/core/ha_spare.h"
#include "agent/core/ha_survive.h"

/* ---- promises ---- */

typedef struct {
    char *node;
    gint64 mem_mib;              /* below 0: room that earlier moves of the plan make */
    gint64 rank_mib, rank_vcpus; /* on top of what is used, for the ranking alone */
    gboolean asked;              /* the view, for these two */
    guint64 capacity_mib, used_mib;
} Promise;

/* Where a VM is takes a look at every host. */
typedef struct {
    char *vm; /* nullable: none yet */
    HaWhere where;
    guint64 mem_mib;
} Subject;

struct HaPromises {
    GPtrArray *nodes;   /* Promise*, ascending node */
    const HaView *view; /* nullable: of the rules */
    HaRules *rules;     /* nullable */
    guint64 demand_mib;
    Subject *subject;   /* of the view of the rules: one VM is asked about for every node */
    HaSurvive *survive; /* nullable: nobody asked, or it can't be kept any more */
    gboolean started;   /* what is picked next is stopped and started */
};

static void promise_free(Promise *promise)
{
    g_free(promise->node);
    g_free(promise);
}

HaPromises *ha_promises_new(void)
{
    HaPromises *promises = g_new0(HaPromises, 1);
    promises->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)promise_free);
    promises->subject = g_new0(Subject, 1);
    return promises;
}

void ha_promises_free(HaPromises *promises)
{
    g_ptr_array_unref(promises->nodes);
    ha_rules_free(promises->rules);
    g_free(promises->subject->vm);
    g_free(promises->subject);
    ha_survive_free(promises->survive);
    g_free(promises);
}

static Promise *promise_of(const HaPromises *promises, const char *node)
{
    Promise *promise = ha_sorted_find(promises->nodes, node);
    if (promise)
        return promise;
    promise = g_new0(Promise, 1);
    promise->node = g_strdup(node);
    ha_sorted_put(promises->nodes, promise);
    return promise;
}

static void survive_put(HaPromises *promises, const char *node, guint64 mem_mib)
{
    if (promises->survive)
        ha_survive_put(promises->survive, node, mem_mib);
}

static void survive_take(HaPromises *promises, const char *node, guint64 mem_mib)
{
    if (promises->survive)
        ha_survive_take(promises->survive, node, mem_mib);
}

void ha_promises_add(HaPromises *promises, const char *node, guint64 mem_mib)
{
    Promise *promise = promise_of(promises, node);
    promise->mem_mib += (gint64)mem_mib;
    promise->rank_mib += (gint64)mem_mib;
    survive_put(promises, node, mem_mib);
}

void ha_promises_take(HaPromises *promises, const char *node, guint64 mem_mib)
{
    Promise *promise = promise_of(promises, node);
    promise->mem_mib -= (gint64)mem_mib;
    promise->rank_mib -= (gint64)mem_mib;
    survive_take(promises, node, mem_mib);
}

void ha_promises_overlook(HaPromises *promises, const char *node, guint64 mem_mib, guint32 vcpus)
{
    Promise *promise = promise_of(promises, node);
    promise->rank_mib -= (gint64)mem_mib;
    promise->rank_vcpus -= vcpus;
    survive_take(promises, node, mem_mib);
}

void ha_promises_count(HaPromises *promises, const char *node, guint64 mem_mib)
{
    promise_of(promises, node)->rank_mib += (gint64)mem_mib;
    survive_put(promises, node, mem_mib);
}

gint64 ha_promises_get(const HaPromises *promises, const char *node)
{
    const Promise *promise = ha_sorted_find(promises->nodes, node);
    return promise ? promise->mem_mib : 0;
}

/* Kept only for plans, whose view does not change while they are made. */
static Subject subject_of(const HaView *view, const char *vm, const HaPromises *promises)
{
    Subject *kept = promises->view == view ? promises->subject : NULL;
    if (kept && g_strcmp0(kept->vm, vm) == 0)
        return *kept;
    Subject subject = {.where = ha_view_where(view, vm)};
    subject.mem_mib = ha_view_mem_there_mib(view, ha_config_find_vm(view->config, vm), &subject.where);
    if (kept) {
        g_free(kept->vm);
        *kept = subject;
        kept->vm = g_strdup(vm);
    }
    return subject;
}

static void node_mem(
    const HaView *view, const char *node, const HaPromises *promises, guint64 *ret_capacity_mib, guint64 *ret_used_mib)
{
    Promise none = {0}, *kept = promises->view == view ? promise_of(promises, node) : &none;
    if (!kept->asked)
        ha_view_node_mem(view, node, &kept->capacity_mib, &kept->used_mib);
    kept->asked = TRUE;
    *ret_capacity_mib = kept->capacity_mib;
    *ret_used_mib = kept->used_mib;
}

/* ---- rules ---- */

static const char *group_of(const HaView *view, const char *vm)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    return known ? known->group : NULL;
}

/* Where it runs, or will: where it arrives; one that stopped a moment ago is started where Pacemaker still has it, or
 * has begun to. */
static const char *expected_on(const HaView *view, const HaConfigVm *vm)
{
    HaWhere where = ha_view_where(view, vm->name);
    const char *node = vm->pin ? vm->pin : where.incoming ? where.incoming : where.node;
    for (guint i = 0; !node && vm->wanted_running && i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->active || place->pending == HA_OP_START)
            node = place->node;
    }
    return node;
}

void ha_promises_obey(HaPromises *promises, const HaView *view)
{
    promises->view = view;
    promises->rules = view->config ? ha_rules_new(view->config->groups) : NULL;
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        const HaGroup *group = ha_config_find_group(view->config, vm->group);
        if (group && group->affinity != HA_AFFINITY_NONE)
            ha_rules_put(promises->rules, vm->name, vm->group, expected_on(view, vm));
    }
}

void ha_promises_spare(HaPromises *promises, const HaView *view, const char *leaving)
{
    ha_survive_free(promises->survive);
    promises->survive = view->config && ha_spare_hosts(view->config) ? ha_survive_new(view, leaving) : NULL;
}

void ha_promises_move(HaPromises *promises, const char *vm, const char *node)
{
    if (promises->rules)
        ha_rules_put(promises->rules, vm, group_of(promises->view, vm), node);
}

void ha_promises_demand(HaPromises *promises, guint64 mem_mib)
{
    promises->demand_mib = mem_mib;
}

void ha_promises_start(HaPromises *promises, gboolean started)
{
    promises->started = started;
}

static HaBlock check_rules(const HaConfigVm *vm, const char *node, const HaPromises *promises, char **ret_detail)
{
    if (promises->rules && ha_rules_forbid(promises->rules, vm->name, vm->group, node, ret_detail))
        return HA_BLOCK_NODE_RULE;
    return HA_BLOCK_NONE;
}

/* ---- one node ---- */

static void set_detail(char **ret_detail, char *detail)
{
    if (ret_detail)
        *ret_detail = detail;
    else
        g_free(detail);
}

/* @in_service: what only keeps new work off the node (a drain, a standby) is about to end, and does not count. */
static HaBlock check_state(const HaConfigNode *node, gboolean in_service)
{
    if (node->state != HA_NODE_ONLINE)
        return HA_BLOCK_NODE_OFFLINE;
    if (node->wish.kind == HA_WISH_DRAIN && !in_service)
        return HA_BLOCK_NODE_DRAINING;
    if (node->standby && !in_service)
        return HA_BLOCK_NODE_STANDBY;
    if (node->maintenance)
        return HA_BLOCK_NODE_MAINTENANCE;
    return HA_BLOCK_NONE;
}

static HaBlock check_agent(const HaView *view, const HaConfigNode *node)
{
    const HaReport *report = ha_view_report(view, node->node);
    if (!report)
        return HA_BLOCK_NODE_NO_AGENT;
    return report->libvirt == HA_LIBVIRT_OK ? HA_BLOCK_NONE : HA_BLOCK_NODE_LIBVIRT;
}

gboolean ha_place_in_service(const HaView *view, const HaConfigNode *node)
{
    return check_state(node, FALSE) == HA_BLOCK_NONE && check_agent(view, node) == HA_BLOCK_NONE;
}

static HaBlock check_service(
    const HaView *view, const HaConfigVm *vm, const HaConfigNode *node, const GPtrArray *tried, gboolean in_service)
{
    HaBlock block = check_state(node, in_service);
    if (block != HA_BLOCK_NONE)
        return block;
    if (ha_strings_find(vm->banned, node->node))
        return HA_BLOCK_NODE_BANNED;
    block = check_agent(view, node);
    if (block != HA_BLOCK_NONE)
        return block;
    if (tried && ha_strings_find(tried, node->node))
        return HA_BLOCK_NODE_TRIED;
    return HA_BLOCK_NONE;
}

static HaBlock check_storage(const HaReport *report, const HaNeeds *needs, char **ret_detail)
{
    for (guint i = 0; i < needs->storage->len; i++) {
        const char *key = needs->storage->pdata[i];
        const HaReportStorage *storage = ha_report_find_storage(report, key);
        if (storage && storage->ok)
            continue;
        set_detail(ret_detail, g_strdup_printf("%s: %s", key, storage ? storage->reason : "not probed yet"));
        return HA_BLOCK_NODE_STORAGE;
    }
    return HA_BLOCK_NONE;
}

static HaBlock check_bridges(const HaReport *report, const HaNeeds *needs, char **ret_detail)
{
    for (guint i = 0; i < needs->bridges->len; i++) {
        if (ha_report_has_bridge(report, needs->bridges->pdata[i]))
            continue;
        set_detail(ret_detail, g_strdup_printf("no bridge %s", (char *)needs->bridges->pdata[i]));
        return HA_BLOCK_NODE_BRIDGE;
    }
    return HA_BLOCK_NONE;
}

/* A processor that its own host says it lacks is one that can't be judged. */
const char *ha_place_cpu(const HaView *view, const char *vm)
{
    HaWhere where = ha_view_where(view, vm);
    const char *cpu = where.report ? where.report->cpu : NULL;
    const HaReport *host = cpu ? ha_view_report(view, where.node) : NULL;
    return host && !ha_report_find_cpu(host->cpu_lacks, cpu) ? cpu : NULL;
}

static HaBlock check_cpu(const HaView *view, const char *vm, const HaReport *report, char **ret_detail)
{
    const char *cpu = report->cpu_lacks->len ? ha_place_cpu(view, vm) : NULL;
    const HaReportCpu *lack = cpu ? ha_report_find_cpu(report->cpu_lacks, cpu) : NULL;
    if (!lack)
        return HA_BLOCK_NONE;
    set_detail(ret_detail, g_strdup(lack->text));
    return HA_BLOCK_NODE_CPU;
}

static guint64 free_mib(const HaView *view, const char *node, const HaPromises *promises, guint64 *ret_capacity_mib)
{
    guint64 used;
    node_mem(view, node, promises, ret_capacity_mib, &used);
    gint64 after = (gint64)used + ha_promises_get(promises, node);
    used = (guint64)MAX(after, 0);
    return *ret_capacity_mib > used ? *ret_capacity_mib - used : 0;
}

static HaBlock check_memory(
    const HaView *view, const char *vm, const char *node, const HaPromises *promises, char **ret_detail)
{
    guint64 capacity;
    guint64 available = free_mib(view, node, promises, &capacity);
    guint64 needed = subject_of(view, vm, promises).mem_mib + promises->demand_mib;
    if (needed <= available)
        return HA_BLOCK_NONE;
    set_detail(ret_detail,
        g_strdup_printf("needs %" G_GUINT64_FORMAT " MiB, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MiB free",
            needed, available, capacity));
    return HA_BLOCK_NODE_MEMORY;
}

static HaBlock check(const HaView *view, const char *vm, const char *node, const HaPromises *promises,
    const GPtrArray *tried, gboolean in_service, char **ret_detail)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    const HaConfigNode *target = ha_config_find_node(view->config, node);
    const HaNeeds *needs = known && known->definition ? ha_view_needs(view, known->definition) : NULL;
    if (!known || !target || !needs)
        return HA_BLOCK_UNKNOWN;

    if (g_strcmp0(subject_of(view, vm, promises).where.node, node) == 0)
        return HA_BLOCK_NODE_SELF;
    HaBlock block = check_service(view, known, target, tried, in_service);
    if (block != HA_BLOCK_NONE)
        return block;
    block = check_rules(known, node, promises, ret_detail);
    if (block != HA_BLOCK_NONE)
        return block;
    const HaReport *report = ha_view_report(view, node);
    block = check_storage(report, needs, ret_detail);
    if (block == HA_BLOCK_NONE)
        block = check_bridges(report, needs, ret_detail);
    if (block == HA_BLOCK_NONE && !promises->started)
        block = check_cpu(view, vm, report, ret_detail);
    if (block == HA_BLOCK_NONE)
        block = check_memory(view, vm, node, promises, ret_detail);
    return block;
}

gboolean ha_place_allows(const HaView *view, const char *vm, const char *node)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    const HaConfigNode *target = ha_config_find_node(view->config, node);
    const HaNeeds *needs = known && known->definition ? ha_view_needs(view, known->definition) : NULL;
    const HaReport *report = ha_view_report(view, node);
    if (!known || !target || !needs || !report)
        return FALSE;
    return (g_strcmp0(ha_view_where(view, vm).node, node) == 0 ||
               check_service(view, known, target, NULL, FALSE) == HA_BLOCK_NONE) &&
           check_storage(report, needs, NULL) == HA_BLOCK_NONE && check_bridges(report, needs, NULL) == HA_BLOCK_NONE &&
           check_cpu(view, vm, report, NULL) == HA_BLOCK_NONE;
}

HaBlock ha_place_check(const HaView *view, const char *vm, const char *node, const HaPromises *promises,
    const GPtrArray *tried, char **ret_detail)
{
    return check(view, vm, node, promises, tried, FALSE, ret_detail);
}

HaBlock ha_place_check_home(
    const HaView *view, const char *vm, const char *node, const HaPromises *promises, char **ret_detail)
{
    return check(view, vm, node, promises, NULL, TRUE, ret_detail);
}

HaBlock ha_place_check_fixed(const HaView *view, const char *vm, const char *node, char **ret_detail)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    const HaConfigNode *target = ha_config_find_node(view->config, node);
    const HaNeeds *needs = known && known->definition ? ha_view_needs(view, known->definition) : NULL;
    const HaReport *report = ha_view_report(view, node);
    if (!known || !target || !needs)
        return HA_BLOCK_UNKNOWN;
    HaBlock block = check_service(view, known, target, NULL, FALSE);
    if (block == HA_BLOCK_NONE)
        block = check_storage(report, needs, ret_detail);
    if (block == HA_BLOCK_NONE)
        block = check_bridges(report, needs, ret_detail);
    return block;
}

/* ---- the choice ---- */

/* Vcpus of the VMs on a node, per mille of its cores: static, so that a plan made twice is the same plan. */
static guint64 vcpu_permille(const HaView *view, const char *node, const HaPromises *promises)
{
    const HaReport *report = ha_view_report(view, node);
    const Promise *promise = ha_sorted_find(promises->nodes, node);
    gint64 vcpus = promise ? promise->rank_vcpus : 0;
    for (guint i = 0; report && i < report->vms->len; i++)
        vcpus += ((const HaReportVm *)report->vms->pdata[i])->vcpus;
    return report && report->cores ? (guint64)MAX(vcpus, 0) * 1000 / report->cores : 0;
}

typedef struct {
    HaRulesCost cost;
    guint64 mem_permille; /* full, after the move */
    guint64 vcpu_permille;
} Rank;

static Rank rank_of(const HaView *view, const char *vm, const char *node, const HaPromises *promises)
{
    guint64 capacity, used;
    const Promise *promise = ha_sorted_find(promises->nodes, node);
    node_mem(view, node, promises, &capacity, &used);
    used += subject_of(view, vm, promises).mem_mib;
    if (promise)
        used = (guint64)MAX((gint64)used + promise->rank_mib, 0);
    Rank rank = {
        .mem_permille = capacity ? used * 1000 / capacity : 1000, .vcpu_permille = vcpu_permille(view, node, promises)};
    if (promises->rules)
        rank.cost = ha_rules_cost(promises->rules, vm, group_of(view, vm), node);
    return rank;
}

static gboolean rank_better(Rank a, Rank b)
{
    guint64 full_a = a.mem_permille + a.cost.soft, full_b = b.mem_permille + b.cost.soft;
    if (a.cost.hard != b.cost.hard)
        return a.cost.hard < b.cost.hard;
    return full_a != full_b ? full_a < full_b : a.vcpu_permille < b.vcpu_permille;
}

/* A node that can take the VM. */
typedef struct {
    const char *node;
    HaCandidate *candidate; /* borrowed */
    Rank rank;
} Fit;

static gint by_rank(gconstpointer a, gconstpointer b)
{
    const Fit *x = a, *y = b;
    if (rank_better(x->rank, y->rank))
        return -1;
    return rank_better(y->rank, x->rank) ? 1 : strcmp(x->node, y->node);
}

static gboolean survives_with(HaSurvive *survive, const char *node, guint64 mem_mib)
{
    ha_survive_put(survive, node, mem_mib);
    gboolean survives = ha_survive_any(survive);
    ha_survive_take(survive, node, mem_mib);
    return survives;
}

/* The first, by rank, that keeps the loss of any one host survivable; no preference of a group is given up for that.
 * What can't be kept is not asked for again: each VM that comes leaves less room. */
static guint prefer_surviving(const GArray *fits, HaPromises *promises, const char *from, guint64 mem_mib)
{
    guint hard = g_array_index(fits, Fit, 0).rank.cost.hard, n = 0;
    gboolean was_there = ha_survive_take(promises->survive, from, mem_mib);
    while (n < fits->len && g_array_index(fits, Fit, n).rank.cost.hard == hard &&
           !survives_with(promises->survive, g_array_index(fits, Fit, n).node, mem_mib))
        n++;
    gboolean found = n < fits->len && g_array_index(fits, Fit, n).rank.cost.hard == hard;
    if (found && was_there)
        ha_survive_put(promises->survive, from, mem_mib);
    else if (!found)
        g_clear_pointer(&promises->survive, ha_survive_free);
    return found ? n : 0;
}

static char *fit_text(const Rank *rank)
{
    return g_strdup_printf("memory %" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %% full after the move%s",
        rank->mem_permille / 10, rank->mem_permille % 10,
        rank->cost.soft || rank->cost.hard ? ", against a preference of its group" : "");
}

static void say_spends(HaCandidate *candidate)
{
    candidate->spends = TRUE;
    char *text = g_strdup_printf("%s, and the loss of one host would leave a VM without memory", candidate->detail);
    g_free(candidate->detail);
    candidate->detail = text;
}

const char *ha_place_pick(
    const HaView *view, const char *vm, HaPromises *promises, const GPtrArray *tried, GPtrArray **ret_candidates)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func((GDestroyNotify)ha_candidate_free);
    g_autoptr(GArray) fits = g_array_new(FALSE, FALSE, sizeof(Fit));
    for (guint i = 0; view->config && i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        char *detail = NULL;
        HaBlock block = ha_place_check(view, vm, node->node, promises, tried, &detail);
        Fit fit = {.node = node->node};
        if (block == HA_BLOCK_NONE) {
            fit.rank = rank_of(view, vm, node->node, promises);
            detail = fit_text(&fit.rank);
        }
        fit.candidate = ha_candidate_new(node->node, block, detail);
        g_ptr_array_add(candidates, fit.candidate);
        if (block == HA_BLOCK_NONE)
            g_array_append_val(fits, fit);
        g_free(detail);
    }
    g_array_sort(fits, by_rank);
    const Subject subject = subject_of(view, vm, promises);
    guint chosen =
        fits->len && promises->survive ? prefer_surviving(fits, promises, subject.where.node, subject.mem_mib) : 0;
    for (guint i = 0; i < chosen; i++)
        say_spends(g_array_index(fits, Fit, i).candidate);
    if (ret_candidates)
        *ret_candidates = g_steal_pointer(&candidates);
    return fits->len ? g_array_index(fits, Fit, chosen).node : NULL;
}
