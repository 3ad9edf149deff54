/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan_waves.h"

#include <string.h>

#include "agent/core/model/ha_rules.h"

const HaGroup *ha_plan_bound(const HaView *view, const char *vm)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    const HaGroup *group = known ? ha_config_find_group(view->config, known->group) : NULL;
    return ha_rules_bound(group) ? group : NULL;
}

/* Small ones first: they never wait behind a big one. Blocked ones last. */
static gint by_execution(gconstpointer a, gconstpointer b)
{
    const HaPlanMove *x = *(HaPlanMove *const *)a, *y = *(HaPlanMove *const *)b;
    gboolean bx = x->block != HA_BLOCK_NONE, by = y->block != HA_BLOCK_NONE;
    if (bx != by)
        return bx ? 1 : -1;
    if (!bx && x->mem_mib != y->mem_mib)
        return x->mem_mib < y->mem_mib ? -1 : 1;
    return strcmp(x->vm, y->vm);
}

static gint by_wave(gconstpointer a, gconstpointer b)
{
    const HaPlanMove *x = *(HaPlanMove *const *)a, *y = *(HaPlanMove *const *)b;
    gboolean both_move = x->block == HA_BLOCK_NONE && y->block == HA_BLOCK_NONE;
    if (!both_move || x->wave == y->wave)
        return by_execution(a, b);
    return x->wave < y->wave ? -1 : 1;
}

typedef struct {
    HaPlan *plan;
    const HaView *view;
    const HaLimits *limits;
    guint n; /* moves that are not blocked: the first ones */
    guint32 wave;
    guint in_wave;
    guint64 smallest_mib;
} Filler;

static HaPlanMove *at(const Filler *filler, guint index)
{
    return filler->plan->moves->pdata[index];
}

static gboolean in_group(const Filler *filler, guint index, const HaGroup *group)
{
    return ha_plan_bound(filler->view, at(filler, index)->vm) == group;
}

static void put(Filler *filler, HaPlanMove *move)
{
    const HaLimits *limits = filler->limits;
    filler->in_wave++;
    move->wave = filler->wave;
    if (filler->in_wave % MAX(limits->moves_per_node, 1) == 1 || limits->moves_per_node == 1)
        filler->plan->estimate_ms += limits->overhead_ms;
    filler->plan->estimate_ms += move->estimate_ms - limits->overhead_ms;
}

/* A new transition does not begin while an action of the last one is in flight: a small VM in a wave with a big one
 * could hold up the next wave. */
static void make_room(Filler *filler, guint n, guint64 mem_mib)
{
    if (filler->wave && filler->in_wave + n <= filler->limits->moves_per_wave &&
        mem_mib <= 2 * MAX(filler->smallest_mib, 1))
        return;
    filler->wave++;
    filler->in_wave = 0;
    filler->smallest_mib = mem_mib;
}

/* Its VMs, if the one at @last is the last of them. */
static void put_group(Filler *filler, guint last, const HaGroup *group)
{
    guint n = 1;
    for (guint i = last + 1; i < filler->n; i++)
        if (in_group(filler, i, group))
            return;
    for (guint i = 0; i < last; i++)
        n += in_group(filler, i, group);
    make_room(filler, n, at(filler, last)->mem_mib);
    for (guint i = 0; i <= last; i++)
        if (in_group(filler, i, group))
            put(filler, at(filler, i));
}

void ha_plan_waves(HaPlan *plan, const HaView *view, const HaLimits *limits)
{
    Filler filler = {.plan = plan, .view = view, .limits = limits};
    g_ptr_array_sort(plan->moves, by_execution);
    plan->estimate_ms = 0;
    while (filler.n < plan->moves->len && at(&filler, filler.n)->block == HA_BLOCK_NONE)
        filler.n++;
    plan->n_blocked += plan->moves->len - filler.n;
    for (guint i = 0; i < filler.n; i++) {
        const HaGroup *group = ha_plan_bound(view, at(&filler, i)->vm);
        if (group) {
            put_group(&filler, i, group);
            continue;
        }
        make_room(&filler, 1, at(&filler, i)->mem_mib);
        put(&filler, at(&filler, i));
    }
    g_ptr_array_sort(plan->moves, by_wave);
}
