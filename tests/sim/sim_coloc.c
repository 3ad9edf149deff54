/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_coloc.h"

#include <string.h>

#include "tests/sim/sim_rules.h"
#include "tests/sim/sim_schedule.h"

struct SimColoc {
    const Sim *sim;
    guint eligible;
    GPtrArray *with, *followers; /* GArray of guint, for each VM */
    gboolean *merging;           /* breaks circles */
};

gint sim_coloc_add(gint a, gint b)
{
    if (a <= -SIM_INFINITY || b <= -SIM_INFINITY)
        return -SIM_INFINITY;
    if (a >= SIM_INFINITY || b >= SIM_INFINITY)
        return SIM_INFINITY;
    return CLAMP(a + b, -SIM_INFINITY, SIM_INFINITY);
}

/* ---- who is with whom ---- */

/* By priority, then by name. */
static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const Sim *sim = data;
    const SimVm *one = &sim->vms[*(const guint *)a], *other = &sim->vms[*(const guint *)b];
    if (one->group->priority != other->group->priority)
        return one->group->priority > other->group->priority ? -1 : 1;
    return strcmp(one->name, other->name);
}

static void put(SimColoc *coloc, guint dependent, guint primary)
{
    g_array_append_val(coloc->with->pdata[dependent], primary);
    g_array_append_val(coloc->followers->pdata[primary], dependent);
}

static void put_group(SimColoc *coloc, const SimGroup *group)
{
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; group->pair && i < coloc->sim->n_vms; i++) {
        if (coloc->sim->vms[i].group != group)
            continue;
        guint first = group->pair > 0 && before->len ? before->len - 1 : 0;
        for (guint j = first; j < before->len; j++)
            put(coloc, i, g_array_index(before, guint, j));
        g_array_append_val(before, i);
    }
}

SimColoc *sim_coloc_new(const Sim *sim, guint eligible)
{
    SimColoc *coloc = g_new0(SimColoc, 1);
    coloc->sim = sim;
    coloc->eligible = eligible;
    coloc->with = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    coloc->followers = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    coloc->merging = g_new0(gboolean, sim->n_vms + 1);
    for (guint i = 0; i < sim->n_vms; i++) {
        g_ptr_array_add(coloc->with, g_array_new(FALSE, FALSE, sizeof(guint)));
        g_ptr_array_add(coloc->followers, g_array_new(FALSE, FALSE, sizeof(guint)));
    }
    for (guint i = 0; i < sim->groups->len; i++)
        put_group(coloc, sim->groups->pdata[i]);
    for (guint i = 0; i < sim->n_vms; i++) {
        g_array_sort_with_data(coloc->with->pdata[i], compare, (gpointer)sim);
        g_array_sort_with_data(coloc->followers->pdata[i], compare, (gpointer)sim);
    }
    return coloc;
}

void sim_coloc_free(SimColoc *coloc)
{
    g_ptr_array_unref(coloc->with);
    g_ptr_array_unref(coloc->followers);
    g_free(coloc->merging);
    g_free(coloc);
}

const GArray *sim_coloc_with(const SimColoc *coloc, guint vm)
{
    return coloc->with->pdata[vm];
}

/* ---- once the other is assigned ---- */

static gboolean any_available(const SimColoc *coloc, const gint *scores)
{
    for (guint i = 0; i < coloc->sim->n_nodes; i++)
        if ((coloc->eligible & (1u << i)) && scores[i] >= 0)
            return TRUE;
    return FALSE;
}

/* One that leaves no node at all is passed over, unless it is absolute. */
void sim_coloc_follow(const SimColoc *coloc, SimScores *scores, guint vm, guint node)
{
    gint pair = coloc->sim->vms[vm].group->pair;
    SimScores work;
    if (node == SIM_NOBODY && pair < 0)
        return;
    memcpy(work, scores[vm], sizeof work);
    for (guint i = 0; i < coloc->sim->n_nodes; i++) {
        if (node == SIM_NOBODY)
            work[i] = sim_coloc_add(-pair, work[i]);
        else if (i == node)
            work[i] = sim_coloc_add(pair, work[i]);
    }
    if (ABS(pair) >= SIM_INFINITY || any_available(coloc, work))
        memcpy(scores[vm], work, sizeof work);
}

/* ---- before ---- */

/* A wish of @other's for a node, as far as the rule lets it count. */
static gint share(const SimColoc *coloc, const gint *scores, guint node, gfloat factor)
{
    gint score = coloc->eligible & (1u << node) ? scores[node] : -SIM_INFINITY;
    if (factor < 0 && score < 0) /* dislike of what the other dislikes is no liking */
        return 0;
    gfloat part = factor * (gfloat)score;
    gint whole = (gint)(part < 0 ? part - 0.5 : part + 0.5);
    if (!whole && score)
        return factor > 0 ? 1 : -1;
    return whole;
}

typedef struct {
    const SimColoc *coloc;
    const SimScores *scores;
    const GPtrArray *next; /* whom the chain is followed to: coloc->with or ->followers */
} Chain;

/* Does @vm ask those that follow it? */
static gboolean asks(const Chain *chain, guint vm)
{
    const SimColoc *coloc = chain->coloc;
    const SimVm *self = &coloc->sim->vms[vm];
    return chain->next == coloc->with || !self->group->aloof || sim_schedule_active_on(coloc->sim, self) == SIM_NOBODY;
}

/* @work: the scores so far; @other's wishes are added, and those of the VMs further on in the chain. */
static void add_wishes(const Chain *chain, guint other, gfloat factor, gint *work)
{
    const SimColoc *coloc = chain->coloc;
    SimScores sum;
    if (coloc->merging[other])
        return;
    coloc->merging[other] = TRUE;
    for (guint i = 0; i < coloc->sim->n_nodes; i++)
        sum[i] = sim_coloc_add(share(coloc, chain->scores[other], i, factor), work[i]);
    if (any_available(coloc, sum)) {
        const GArray *further = chain->next->pdata[other];
        gfloat step = (factor < 0 ? -1.0f : 1.0f) * (gfloat)coloc->sim->vms[other].group->pair / (gfloat)SIM_INFINITY;
        for (guint i = 0; asks(chain, other) && i < further->len; i++)
            add_wishes(chain, g_array_index(further, guint, i), step, sum);
        memcpy(work, sum, coloc->sim->n_nodes * sizeof *work);
    }
    coloc->merging[other] = FALSE;
}

static void add_all(const Chain *chain, guint vm, gint *work)
{
    const GArray *others = chain->next->pdata[vm];
    gfloat factor = (gfloat)chain->coloc->sim->vms[vm].group->pair / (gfloat)SIM_INFINITY;
    for (guint i = 0; asks(chain, vm) && i < others->len; i++)
        add_wishes(chain, g_array_index(others, guint, i), factor, work);
}

void sim_coloc_foresee(const SimColoc *coloc, const SimScores *scores, guint vm, gint *ret_scores)
{
    Chain chain = {coloc, scores, coloc->with};
    memcpy(ret_scores, scores[vm], sizeof(SimScores));
    if (!any_available(coloc, ret_scores))
        return;
    coloc->merging[vm] = TRUE;
    add_all(&chain, vm, ret_scores);
    coloc->merging[vm] = FALSE;
}

/* It may be among its followers' followers: Pacemaker breaks no circle here. */
void sim_coloc_lead(const SimColoc *coloc, SimScores *scores, guint vm)
{
    Chain chain = {coloc, (const SimScores *)scores, coloc->followers};
    SimScores work;
    memcpy(work, scores[vm], sizeof work);
    add_all(&chain, vm, work);
    memcpy(scores[vm], work, sizeof work);
}
