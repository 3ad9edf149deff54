/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan.h"

#include <string.h>

#include "agent/core/plan/ha_promises_private.h"

#define CROWDED_PERMILLE 900u /* of a node's cores: it has no CPU to spare */
#define STEP_PERMILLE 100u    /* CPU counts in such steps: what is measured is never twice the same */

/* One VM asks. */
typedef struct {
    const HaView *view;
    HaPromises *promises;
    const char *vm, *group; /* group: nullable */
    HaSubject subject;
    const HaBusy *busy;
    gboolean measured;
    guint32 load_permille; /* of one core; 0 where nothing was measured */
} Asker;

typedef struct {
    HaRulesCost cost;
    guint64 mem_permille; /* full, after the move */
    guint64 cpu_permille; /* busy, after the move; 0 where nothing was measured */
    guint64 vcpu_permille;
} Rank;

/* ---- the ranking ---- */

static void rank_cpu(const Asker *asker, const char *node, const HaPromise *promise, Rank *rank)
{
    const HaBusyNode *it = ha_busy_node(asker->busy, node);
    gint64 vcpus = it->vcpus + (promise ? promise->rank_vcpus : 0);
    gint64 load = (gint64)it->load_permille + asker->load_permille + (promise ? promise->rank_load : 0);
    if (!it->cores)
        return;
    rank->vcpu_permille = (guint64)MAX(vcpus, 0) * 1000 / it->cores;
    if (asker->measured)
        rank->cpu_permille = (guint64)MAX(load, 0) / it->cores;
}

static Rank rank_of(const Asker *asker, const char *node)
{
    guint64 capacity, used;
    const HaPromise *promise = ha_promises_find(asker->promises, node);
    ha_promises_node_mem(asker->view, node, asker->promises, &capacity, &used);
    used += asker->subject.mem_mib;
    if (promise)
        used = (guint64)MAX((gint64)used + promise->rank_mib, 0);
    Rank rank = {.mem_permille = capacity ? used * 1000 / capacity : 1000};
    rank_cpu(asker, node, promise, &rank);
    if (asker->promises->rules)
        rank.cost = ha_rules_cost(asker->promises->rules, asker->vm, asker->group, node);
    return rank;
}

static guint64 loaded(Rank rank)
{
    guint64 cpu = (rank.cpu_permille + STEP_PERMILLE / 2) / STEP_PERMILLE * STEP_PERMILLE;
    return rank.mem_permille + cpu + rank.cost.soft;
}

static gboolean rank_better(Rank a, Rank b)
{
    gboolean crowded_a = a.cpu_permille > CROWDED_PERMILLE, crowded_b = b.cpu_permille > CROWDED_PERMILLE;
    if (a.cost.hard != b.cost.hard)
        return a.cost.hard < b.cost.hard;
    if (crowded_a != crowded_b)
        return crowded_b;
    return loaded(a) != loaded(b) ? loaded(a) < loaded(b) : a.vcpu_permille < b.vcpu_permille;
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

/* ---- spare hosts ---- */

static void say_spends(HaCandidate *candidate, guint lose)
{
    g_autofree char *hosts = lose == 1 ? g_strdup("one host") : g_strdup_printf("%u hosts", lose);
    char *text = g_strdup_printf("%s, and the loss of %s would leave a VM without memory", candidate->detail, hosts);
    candidate->spends = lose;
    g_free(candidate->detail);
    candidate->detail = text;
}

static gboolean survives_with(HaSurvive *survive, const char *node, guint64 mem_mib)
{
    ha_survive_put(survive, node, mem_mib);
    gboolean survives = ha_survive_any(survive);
    ha_survive_take(survive, node, mem_mib);
    return survives;
}

/* Of the first @n, by rank, the first that keeps the losses survivable; @n: none does. */
static guint first_surviving(const GArray *fits, guint n, const Asker *asker)
{
    guint i = 0;
    while (i < n && !survives_with(asker->promises->survive, g_array_index(fits, Fit, i).node, asker->subject.mem_mib))
        i++;
    return i;
}

/* The loss of as many hosts as can be kept survivable; no hard preference of a group is given up for that. What can't
 * be kept is not asked for again: each VM that comes leaves less room. */
static guint prefer_surviving(const GArray *fits, const Asker *asker)
{
    HaPromises *promises = asker->promises;
    guint n = 1, hard = g_array_index(fits, Fit, 0).rank.cost.hard;
    while (n < fits->len && g_array_index(fits, Fit, n).rank.cost.hard == hard)
        n++;
    gboolean was_there = ha_survive_take(promises->survive, asker->subject.where.node, asker->subject.mem_mib);
    guint chosen = first_surviving(fits, n, asker);
    while (chosen == n && ha_survive_lower(promises->survive))
        chosen = first_surviving(fits, n, asker);
    if (chosen == n) {
        g_clear_pointer(&promises->survive, ha_survive_free);
        return 0;
    }
    if (was_there)
        ha_survive_put(promises->survive, asker->subject.where.node, asker->subject.mem_mib);
    for (guint i = 0; i < chosen; i++)
        say_spends(g_array_index(fits, Fit, i).candidate, ha_survive_lose(promises->survive));
    return chosen;
}

/* ---- the choice ---- */

static char *fit_text(const Asker *asker, const Rank *rank)
{
    g_autofree char *cpu =
        asker->measured ? g_strdup_printf(" and CPU %" G_GUINT64_FORMAT " %% busy", (rank->cpu_permille + 5) / 10)
                        : g_strdup("");
    return g_strdup_printf("memory %" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %% full%s after the move%s",
        rank->mem_permille / 10, rank->mem_permille % 10, cpu,
        rank->cost.soft || rank->cost.hard ? ", against a preference of its group" : "");
}

static HaCandidate *ask(const Asker *asker, const char *node, const GPtrArray *tried, GArray *fits)
{
    g_autofree char *detail = NULL;
    HaBlock block = ha_place_check(asker->view, asker->vm, node, asker->promises, tried, &detail);
    if (block != HA_BLOCK_NONE)
        return ha_candidate_new(node, block, detail);
    Fit fit = {.node = node, .rank = rank_of(asker, node)};
    g_autofree char *text = fit_text(asker, &fit.rank);
    fit.candidate = ha_candidate_new(node, block, text);
    fit.candidate->measured = asker->measured;
    g_array_append_val(fits, fit);
    return fit.candidate;
}

static const char *pick(Asker *asker, const GPtrArray *tried, GPtrArray *candidates)
{
    const HaConfig *config = asker->view->config;
    g_autoptr(GArray) fits = g_array_new(FALSE, FALSE, sizeof(Fit));
    for (guint i = 0; i < config->nodes->len; i++)
        g_ptr_array_add(candidates, ask(asker, ((const HaConfigNode *)config->nodes->pdata[i])->node, tried, fits));
    g_array_sort(fits, by_rank);
    guint chosen = fits->len && asker->promises->survive ? prefer_surviving(fits, asker) : 0;
    return fits->len ? g_array_index(fits, Fit, chosen).node : NULL;
}

const char *ha_place_pick(
    const HaView *view, const char *vm, HaPromises *promises, const GPtrArray *tried, GPtrArray **ret_candidates)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func((GDestroyNotify)ha_candidate_free);
    const HaConfigVm *known = view->config ? ha_config_find_vm(view->config, vm) : NULL;
    const char *node = NULL;
    if (view->config) {
        HaBusy *busy = ha_promises_measure(view, promises);
        Asker asker = {.view = view,
            .promises = promises,
            .vm = vm,
            .group = known ? known->group : NULL,
            .subject = ha_promises_subject(view, vm, promises),
            .busy = busy,
            .measured = ha_busy_measured(busy),
            .load_permille = ha_load_counted(ha_load_get(view->load, vm, view->now_ms))};
        node = pick(&asker, tried, candidates);
        ha_promises_measured(promises, busy);
    }
    if (ret_candidates)
        *ret_candidates = g_steal_pointer(&candidates);
    return node;
}

gboolean ha_place_any(const HaView *view, const char *vm, const HaPromises *promises)
{
    for (guint i = 0; view->config && i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        if (ha_place_check(view, vm, node->node, promises, NULL, NULL) == HA_BLOCK_NONE)
            return TRUE;
    }
    return FALSE;
}
