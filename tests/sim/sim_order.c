/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_order.h"

static gboolean to_come(SimNext next)
{
    switch (next.kind) {
    case SIM_NEXT_NOTHING:
    case SIM_NEXT_STOP:
        return FALSE;
    case SIM_NEXT_START:
    case SIM_NEXT_MIGRATE:
    case SIM_NEXT_MOVE:
    case SIM_NEXT_GO_ON:
    case SIM_NEXT_RESTART:
        return TRUE;
    case SIM_NEXT_FENCING:
        return next.to != SIM_NOBODY;
    }
    g_assert_not_reached();
}

gboolean sim_order_coming(const Sim *sim, const SimVm *vm)
{
    switch (vm->act) {
    case SIM_ACT_NONE:
        return to_come(sim_schedule_next(sim, vm, vm->chosen));
    case SIM_ACT_START:
    case SIM_ACT_MIGRATE_TO:
    case SIM_ACT_MIGRATE_FROM:
        return TRUE;
    case SIM_ACT_STOP_SOURCE:
        return FALSE;
    case SIM_ACT_STOP:
        return vm->chosen != SIM_NOBODY;
    }
    g_assert_not_reached();
}

static const SimVm *coming_of(const Sim *sim, const char *group)
{
    for (guint i = 0; i < sim->n_vms; i++)
        if (g_strcmp0(sim->vms[i].group->policy->name, group) == 0 && sim_order_coming(sim, &sim->vms[i]))
            return &sim->vms[i];
    return NULL;
}

const SimVm *sim_order_waits(const Sim *sim, const SimVm *vm)
{
    const GPtrArray *after = vm->group->policy->after;
    const SimVm *first = NULL;
    for (guint i = 0; !first && i < after->len; i++)
        first = coming_of(sim, after->pdata[i]);
    return first;
}

/* From where, while it is not gone; SIM_NOBODY when it leaves nothing. */
static guint leaves(const Sim *sim, const SimVm *vm)
{
    SimNext next;
    switch (vm->act) {
    case SIM_ACT_NONE:
        next = sim_schedule_next(sim, vm, vm->chosen);
        return next.kind == SIM_NEXT_STOP || next.kind == SIM_NEXT_MIGRATE || next.kind == SIM_NEXT_MOVE ? next.from
                                                                                                         : SIM_NOBODY;
    case SIM_ACT_MIGRATE_TO:
    case SIM_ACT_MIGRATE_FROM:
    case SIM_ACT_STOP_SOURCE:
    case SIM_ACT_STOP:
        return vm->act_from;
    case SIM_ACT_START:
        return SIM_NOBODY;
    }
    g_assert_not_reached();
}

gboolean sim_order_waits_for_room(const Sim *sim, const SimVm *vm, guint node)
{
    for (guint i = 0; i < sim->n_vms; i++)
        if (&sim->vms[i] != vm && leaves(sim, &sim->vms[i]) == node)
            return TRUE;
    return FALSE;
}

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const Sim *sim = data;
    guint one = *(const guint *)a, other = *(const guint *)b;
    gint difference = sim->vms[other].group->priority - sim->vms[one].group->priority;
    return difference ? difference : (one > other) - (one < other);
}

void sim_order_of_begin(const Sim *sim, guint *ret_order)
{
    for (guint i = 0; i < sim->n_vms; i++)
        ret_order[i] = i;
    g_qsort_with_data(ret_order, (gint)sim->n_vms, sizeof *ret_order, compare, (gpointer)sim);
}
