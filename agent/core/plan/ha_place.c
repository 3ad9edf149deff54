/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_plan.h"

#include <string.h>

#include "agent/core/plan/ha_promises_private.h"
#include "agent/core/model/ha_sorted.h"

static HaBlock check_rules(const HaConfigVm *vm, const char *node, const HaPromises *promises, char **ret_detail)
{
    if (promises->rules && ha_rules_forbid(promises->rules, vm->name, vm->group, node, ret_detail))
        return HA_BLOCK_NODE_RULE;
    return HA_BLOCK_NONE;
}

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
    ha_promises_node_mem(view, node, promises, ret_capacity_mib, &used);
    gint64 after = (gint64)used + ha_promises_get(promises, node);
    used = (guint64)MAX(after, 0);
    return *ret_capacity_mib > used ? *ret_capacity_mib - used : 0;
}

static HaBlock check_memory(
    const HaView *view, const char *vm, const char *node, const HaPromises *promises, char **ret_detail)
{
    guint64 capacity;
    guint64 available = free_mib(view, node, promises, &capacity);
    guint64 needed = ha_promises_subject(view, vm, promises).mem_mib + promises->demand_mib;
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

    if (g_strcmp0(ha_promises_subject(view, vm, promises).where.node, node) == 0)
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
