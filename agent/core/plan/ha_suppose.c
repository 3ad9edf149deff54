/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes is copied one level deep; the rest is the view's own. */
#include "agent/core/plan/ha_suppose.h"

#include "agent/core/plan/ha_plan.h"
#include "agent/core/model/ha_sorted.h"

struct HaSuppose {
    HaView view;
    HaConfig config;
    GPtrArray *vms;    /* HaConfigVm*: the view's, or one of ours */
    GPtrArray *needs;  /* HaNeeds*: the view's, and what was added */
    GPtrArray *copies; /* HaConfigVm*, HaNeeds*: shallow */
    GPtrArray *keys;   /* GPtrArray*: of needs that we copied */
    GPtrArray *added;  /* HaConfigVm*: whole */
};

static GPtrArray *borrow_all(const GPtrArray *array)
{
    GPtrArray *borrowed = g_ptr_array_sized_new(array->len);
    for (guint i = 0; i < array->len; i++)
        g_ptr_array_add(borrowed, array->pdata[i]);
    return borrowed;
}

HaSuppose *ha_suppose_new(const HaView *view)
{
    HaSuppose *suppose = g_new0(HaSuppose, 1);
    suppose->view = *view;
    suppose->config = *view->config;
    suppose->view.config = &suppose->config;
    suppose->vms = suppose->config.vms = borrow_all(view->config->vms);
    suppose->needs = suppose->view.needs = borrow_all(view->needs);
    suppose->copies = g_ptr_array_new_with_free_func(g_free);
    suppose->keys = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    suppose->added = g_ptr_array_new_with_free_func((GDestroyNotify)ha_config_vm_free);
    return suppose;
}

void ha_suppose_free(HaSuppose *suppose)
{
    if (!suppose)
        return;
    g_ptr_array_unref(suppose->vms);
    g_ptr_array_unref(suppose->needs);
    g_ptr_array_unref(suppose->copies);
    g_ptr_array_unref(suppose->keys);
    g_ptr_array_unref(suppose->added);
    g_free(suppose);
}

const HaView *ha_suppose_view(const HaSuppose *suppose)
{
    return &suppose->view;
}

/* The VM, to be changed. */
static HaConfigVm *own_vm(HaSuppose *suppose, const char *name)
{
    guint index;
    gboolean found = ha_sorted_index(suppose->vms, name, &index);
    g_assert(found);
    HaConfigVm *copy = g_memdup2(suppose->vms->pdata[index], sizeof *copy);
    g_ptr_array_add(suppose->copies, copy);
    suppose->vms->pdata[index] = copy;
    return copy;
}

void ha_suppose_groups(HaSuppose *suppose, const GPtrArray *groups)
{
    suppose->config.groups = (GPtrArray *)groups;
}

void ha_suppose_member(HaSuppose *suppose, const char *vm, const char *group)
{
    own_vm(suppose, vm)->group = (char *)group;
}

static gboolean probed_anywhere(const HaView *view, const char *key)
{
    for (guint i = 0; i < view->config->nodes->len; i++) {
        const HaReport *report = ha_view_report(view, ((const HaConfigNode *)view->config->nodes->pdata[i])->node);
        if (report && ha_report_find_storage(report, key))
            return TRUE;
    }
    return FALSE;
}

/* Storage is probed once a VM needs it: of the first one's nothing is known, which speaks against no host. */
static void add_needs(HaSuppose *suppose, const HaNeeds *needs)
{
    HaNeeds *copy = g_memdup2(needs, sizeof *needs);
    copy->storage = g_ptr_array_new();
    for (guint i = 0; i < needs->storage->len; i++)
        if (probed_anywhere(&suppose->view, needs->storage->pdata[i]))
            g_ptr_array_add(copy->storage, needs->storage->pdata[i]);
    g_ptr_array_add(suppose->keys, copy->storage);
    g_ptr_array_add(suppose->copies, copy);
    ha_sorted_put(suppose->needs, copy);
}

void ha_suppose_add(HaSuppose *suppose, const HaNeeds *needs, const char *group)
{
    HaConfigVm *vm = ha_config_vm_new(needs->name);
    vm->definition = g_strdup(needs->hash);
    vm->group = g_strdup(group);
    vm->mem_mib = needs->mem_mib;
    vm->vcpus = needs->vcpus;
    vm->managed = vm->live = TRUE;
    g_ptr_array_add(suppose->added, vm);
    ha_sorted_put(suppose->vms, vm);
    add_needs(suppose, needs);
}

gboolean ha_suppose_start(HaSuppose *suppose, const char *name)
{
    HaConfigVm *vm = own_vm(suppose, name);
    vm->wanted_running = TRUE;
    if (vm->pin || ha_view_where(&suppose->view, name).node)
        return TRUE;
    g_autoptr(HaPromises) promises = ha_promises_new();
    ha_promises_obey(promises, &suppose->view);
    ha_promises_spare(promises, &suppose->view, NULL);
    vm->pin = (char *)ha_place_pick(&suppose->view, name, promises, NULL, NULL);
    return vm->pin != NULL;
}
