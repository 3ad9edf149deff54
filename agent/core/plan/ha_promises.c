/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_promises_private.h"

#include "agent/core/model/ha_sorted.h"
#include "agent/core/plan/ha_spare.h"

static void promise_free(HaPromise *promise)
{
    g_free(promise->node);
    g_free(promise);
}

HaPromises *ha_promises_new(void)
{
    HaPromises *promises = g_new0(HaPromises, 1);
    promises->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)promise_free);
    promises->subject = g_new0(HaSubject, 1);
    return promises;
}

void ha_promises_free(HaPromises *promises)
{
    g_ptr_array_unref(promises->nodes);
    ha_rules_free(promises->rules);
    g_free(promises->subject->vm);
    g_free(promises->subject);
    ha_busy_free(promises->busy);
    ha_survive_free(promises->survive);
    g_free(promises);
}

static HaPromise *promise_of(const HaPromises *promises, const char *node)
{
    HaPromise *promise = ha_sorted_find(promises->nodes, node);
    if (promise)
        return promise;
    promise = g_new0(HaPromise, 1);
    promise->node = g_strdup(node);
    ha_sorted_put(promises->nodes, promise);
    return promise;
}

const HaPromise *ha_promises_find(const HaPromises *promises, const char *node)
{
    return ha_sorted_find(promises->nodes, node);
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
    HaPromise *promise = promise_of(promises, node);
    promise->mem_mib += (gint64)mem_mib;
    promise->rank_mib += (gint64)mem_mib;
    survive_put(promises, node, mem_mib);
}

void ha_promises_take(HaPromises *promises, const char *node, guint64 mem_mib)
{
    HaPromise *promise = promise_of(promises, node);
    promise->mem_mib -= (gint64)mem_mib;
    promise->rank_mib -= (gint64)mem_mib;
    survive_take(promises, node, mem_mib);
}

void ha_promises_overlook(HaPromises *promises, const char *node, guint64 mem_mib, guint32 vcpus)
{
    HaPromise *promise = promise_of(promises, node);
    promise->rank_mib -= (gint64)mem_mib;
    promise->rank_vcpus -= vcpus;
    survive_take(promises, node, mem_mib);
}

void ha_promises_count(HaPromises *promises, const char *node, guint64 mem_mib)
{
    promise_of(promises, node)->rank_mib += (gint64)mem_mib;
    survive_put(promises, node, mem_mib);
}

void ha_promises_busy(HaPromises *promises, const char *node, gint64 load_permille)
{
    promise_of(promises, node)->rank_load += load_permille;
}

gint64 ha_promises_get(const HaPromises *promises, const char *node)
{
    const HaPromise *promise = ha_promises_find(promises, node);
    return promise ? promise->mem_mib : 0;
}

/* ---- asked once ---- */

/* Kept only for plans, whose view does not change while they are made. */
HaSubject ha_promises_subject(const HaView *view, const char *vm, const HaPromises *promises)
{
    HaSubject *kept = promises->view == view ? promises->subject : NULL;
    if (kept && g_strcmp0(kept->vm, vm) == 0)
        return *kept;
    HaSubject subject = {.where = ha_view_where(view, vm)};
    subject.mem_mib = ha_view_mem_there_mib(view, ha_config_find_vm(view->config, vm), &subject.where);
    if (kept) {
        g_free(kept->vm);
        *kept = subject;
        kept->vm = g_strdup(vm);
    }
    return subject;
}

void ha_promises_node_mem(
    const HaView *view, const char *node, const HaPromises *promises, guint64 *ret_capacity_mib, guint64 *ret_used_mib)
{
    HaPromise none = {0}, *kept = promises->view == view ? promise_of(promises, node) : &none;
    if (!kept->asked)
        ha_view_node_mem(view, node, &kept->capacity_mib, &kept->used_mib);
    kept->asked = TRUE;
    *ret_capacity_mib = kept->capacity_mib;
    *ret_used_mib = kept->used_mib;
}

HaBusy *ha_promises_measure(const HaView *view, HaPromises *promises)
{
    if (promises->view != view)
        return ha_busy_new(view);
    if (!promises->busy)
        promises->busy = ha_busy_new(view);
    return promises->busy;
}

void ha_promises_measured(HaPromises *promises, HaBusy *busy)
{
    if (busy != promises->busy)
        ha_busy_free(busy);
}

/* ---- rules ---- */

static const char *group_of(const HaView *view, const char *vm)
{
    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    return known ? known->group : NULL;
}

/* Where Pacemaker starts it, or still has it; one that stopped a moment ago is started there too. */
static const char *in_history(const HaConfigVm *vm)
{
    const char *node = NULL;
    for (guint i = 0; vm->wanted_running && i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->pending == HA_OP_START)
            return place->node;
        node = place->active ? place->node : node;
    }
    return node;
}

/* Where it runs, or will. The last report of a host that has been fenced is older than what Pacemaker has done since.
 */
static const char *expected_on(const HaView *view, const HaConfigVm *vm, HaWhere where)
{
    const HaConfigNode *host = where.node ? ha_config_find_node(view->config, where.node) : NULL;
    const char *node = vm->pin ? vm->pin : where.incoming;
    if (!node && host && host->state == HA_NODE_ONLINE)
        node = where.node;
    if (!node)
        node = in_history(vm);
    return node ? node : where.node;
}

void ha_promises_obey(HaPromises *promises, const HaView *view)
{
    promises->view = view;
    promises->rules = view->config ? ha_rules_new(view->config->groups) : NULL;
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        const HaGroup *group = ha_config_find_group(view->config, vm->group);
        if (!group || group->affinity == HA_AFFINITY_NONE)
            continue;
        HaWhere where = ha_view_where(view, vm->name);
        ha_rules_put(promises->rules, vm->name, vm->group, expected_on(view, vm, where));
        if (!vm->pin && where.incoming && where.node)
            ha_rules_leaving(promises->rules, vm->name, vm->group, where.node); /* Pacemaker moves it, by itself */
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
