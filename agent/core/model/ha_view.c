/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_view.h"

#include "agent/core/model/ha_sorted.h"

/* Reports and needs are kept under their key, a name first, so that ha_sorted finds them. */
typedef struct {
    char *node;
    HaViewReport slot;
} ReportEntry;

static void report_entry_free(ReportEntry *entry)
{
    g_free(entry->node);
    ha_report_free(entry->slot.report);
    g_free(entry);
}

HaMember *ha_member_new(guint32 node_id, const char *node, guint64 joined)
{
    HaMember *member = g_new0(HaMember, 1);
    member->node_id = node_id;
    member->node = g_strdup(node);
    member->joined = joined;
    return member;
}

void ha_member_free(HaMember *member)
{
    if (!member)
        return;
    g_free(member->node);
    g_free(member);
}

HaView *ha_view_new(const char *self, guint32 self_id)
{
    HaView *view = g_new0(HaView, 1);
    view->self = g_strdup(self);
    view->self_id = self_id;
    view->members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    view->reports = g_ptr_array_new_with_free_func((GDestroyNotify)report_entry_free);
    view->needs = g_ptr_array_new_with_free_func((GDestroyNotify)ha_needs_free);
    view->load = ha_load_new();
    return view;
}

void ha_view_free(HaView *view)
{
    if (!view)
        return;
    g_free(view->self);
    g_ptr_array_unref(view->members);
    g_ptr_array_unref(view->reports);
    g_ptr_array_unref(view->needs);
    ha_load_free(view->load);
    ha_config_free(view->config);
    g_free(view);
}

const HaViewReport *ha_view_last_report(const HaView *view, const char *node)
{
    const ReportEntry *entry = ha_sorted_find(view->reports, node);
    return entry ? &entry->slot : NULL;
}

static const HaReport *fresh(const HaView *view, const HaViewReport *last)
{
    return last && view->now_ms - last->at_ms <= HA_REPORT_STALE_MS ? last->report : NULL;
}

const HaReport *ha_view_report(const HaView *view, const char *node)
{
    return fresh(view, ha_view_last_report(view, node));
}

const HaNeeds *ha_view_needs(const HaView *view, const char *hash)
{
    return ha_sorted_find(view->needs, hash);
}

static void feed_load(HaView *view, const HaReport *report)
{
    for (guint i = 0; i < report->vms->len; i++) {
        const HaReportVm *vm = report->vms->pdata[i];
        if (vm->state == HA_VM_RUNNING || vm->state == HA_VM_MIGRATING)
            ha_load_put(view->load, vm->name, view->now_ms, vm->cpu_permille);
    }
}

void ha_view_put_report(HaView *view, HaReport *report)
{
    feed_load(view, report);
    ReportEntry *entry = g_new0(ReportEntry, 1);
    entry->node = g_strdup(report->node);
    entry->slot = (HaViewReport){report, view->now_ms, report->time_s ? report->time_s - view->now_s : 0};
    ha_sorted_put(view->reports, entry);
}

void ha_view_put_config(HaView *view, HaConfig *config)
{
    ha_config_free(view->config);
    view->config = config;
    ha_load_trim(view->load, view->now_ms);
}

void ha_view_put_needs(HaView *view, HaNeeds *needs)
{
    ha_sorted_put(view->needs, needs);
}

void ha_view_drop_needs(HaView *view, const char *hash)
{
    g_ptr_array_remove(view->needs, ha_sorted_find(view->needs, hash));
}

static gboolean is_member(const HaView *view, guint32 node_id)
{
    for (guint i = 0; i < view->members->len; i++)
        if (((const HaMember *)view->members->pdata[i])->node_id == node_id)
            return TRUE;
    return FALSE;
}

void ha_view_drop_absent(HaView *view)
{
    for (guint i = view->reports->len; i-- > 0;) {
        const ReportEntry *entry = view->reports->pdata[i];
        if (!is_member(view, entry->slot.report->node_id))
            g_ptr_array_remove_index(view->reports, i);
    }
}

/* A state in which the guest exists on the host and may touch its disks. */
static gboolean state_occupies(HaVmState state)
{
    return state == HA_VM_RUNNING || state == HA_VM_MIGRATING || state == HA_VM_PAUSED || state == HA_VM_IO_ERROR ||
           state == HA_VM_CRASHED || state == HA_VM_POSTCOPY_BROKEN;
}

/* How much an account of a VM is worth: the guest runs where it is RUNNING; around a switch-over its source may still
 * say MIGRATING. */
static guint worth(HaVmState state)
{
    return state == HA_VM_RUNNING ? 2 : state == HA_VM_MIGRATING ? 1 : 0;
}

/* Of several accounts of one VM the worthiest is believed, the first by name among equals. */
static void where_from_reports(const HaView *view, const char *vm, HaWhere *where)
{
    for (guint i = 0; i < view->reports->len; i++) {
        const ReportEntry *entry = view->reports->pdata[i];
        const HaReport *report = fresh(view, &entry->slot);
        const HaReportVm *found = report ? ha_report_find_vm(report, vm) : NULL;
        if (!found)
            continue;
        if (found->state == HA_VM_INCOMING)
            where->incoming = entry->node;
        if (found->state == HA_VM_MIGRATING)
            where->leaving = entry->node;
        if (!state_occupies(found->state))
            continue;
        where->copies += found->state == HA_VM_RUNNING;
        if (!where->node || worth(found->state) > worth(where->state)) {
            where->node = entry->node;
            where->state = found->state;
            where->report = found;
        }
    }
    if (where->copies == 0 && where->leaving)
        where->copies = 1;
}

/* Every node that may hold the VM has answered: only then is "nowhere" an answer. */
static gboolean everyone_answered(const HaView *view)
{
    for (guint i = 0; i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        const HaReport *report = ha_view_report(view, node->node);
        if (node->state == HA_NODE_OFFLINE)
            continue;
        if (!report || report->libvirt != HA_LIBVIRT_OK)
            return FALSE;
    }
    return TRUE;
}

static const char *active_in_history(const HaConfigVm *vm)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->active)
            return place->node;
    }
    return NULL;
}

HaWhere ha_view_where(const HaView *view, const char *vm)
{
    HaWhere where = {.state = HA_VM_UNKNOWN};
    where_from_reports(view, vm, &where);
    if (where.node)
        return where;

    const HaConfigVm *known = ha_config_find_vm(view->config, vm);
    if (!known)
        return where;
    const char *node = active_in_history(known);
    const HaReport *report = node ? ha_view_report(view, node) : NULL;
    if (node && (!report || report->libvirt != HA_LIBVIRT_OK)) {
        where.node = node;
        return where;
    }
    if (everyone_answered(view))
        where.state = HA_VM_ABSENT;
    return where;
}

gboolean ha_view_is_on(const HaView *view, const HaConfigVm *vm, const char *node)
{
    const HaReport *report = ha_view_report(view, node);
    gboolean named = report && ha_report_find_vm(report, vm->name);
    const HaConfigPlace *place = named ? NULL : ha_sorted_find(vm->places, node);
    return (named || (place && place->active)) && g_strcmp0(ha_view_where(view, vm->name).node, node) == 0;
}

static guint64 bytes_to_mib(guint64 bytes)
{
    return (bytes + (1u << 20) - 1) >> 20;
}

static guint64 known_mem_mib(const HaView *view, const HaConfigVm *vm)
{
    const HaNeeds *needs = vm->definition ? ha_view_needs(view, vm->definition) : NULL;
    return MAX(vm->mem_mib, needs ? needs->mem_mib : 0);
}

guint64 ha_view_mem_there_mib(const HaView *view, const HaConfigVm *vm, const HaWhere *where)
{
    return MAX(vm ? known_mem_mib(view, vm) : 0, where->report ? bytes_to_mib(where->report->mem_bytes) : 0);
}

guint64 ha_view_vm_mem_mib(const HaView *view, const char *vm)
{
    HaWhere where = ha_view_where(view, vm);
    return ha_view_mem_there_mib(view, ha_config_find_vm(view->config, vm), &where);
}

static guint64 capacity_mib(const HaView *view, const char *node)
{
    const HaConfigNode *known = ha_config_find_node(view->config, node);
    if (known && known->mem_mib)
        return known->mem_mib;
    const HaReport *report = ha_view_report(view, node);
    if (!report || report->mem_total_bytes <= report->mem_reserve_bytes)
        return 0;
    return (report->mem_total_bytes - report->mem_reserve_bytes) >> 20;
}

void ha_view_node_mem(const HaView *view, const char *node, guint64 *ret_capacity_mib, guint64 *ret_used_mib)
{
    guint64 used = 0;
    const HaReport *report = ha_view_report(view, node);
    for (guint i = 0; report && i < report->vms->len; i++) {
        const HaReportVm *vm = report->vms->pdata[i];
        const HaConfigVm *known = view->config ? ha_config_find_vm(view->config, vm->name) : NULL;
        used += MAX(known ? known_mem_mib(view, known) : 0, bytes_to_mib(vm->mem_bytes));
    }
    for (guint i = 0; view->config && i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        const char *on = report ? NULL : active_in_history(vm);
        gboolean expected = g_strcmp0(on, node) == 0 || g_strcmp0(vm->pin, node) == 0;
        if (expected && !(report && ha_report_find_vm(report, vm->name)))
            used += known_mem_mib(view, vm);
    }
    *ret_capacity_mib = capacity_mib(view, node);
    *ret_used_mib = used;
}

gboolean ha_view_recovering(const HaView *view)
{
    for (guint i = 0; i < view->config->nodes->len; i++)
        if (((const HaConfigNode *)view->config->nodes->pdata[i])->state == HA_NODE_UNCLEAN)
            return TRUE;
    for (guint i = 0; i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        gboolean active = FALSE;
        for (guint j = 0; j < vm->places->len; j++)
            active |= ((const HaConfigPlace *)vm->places->pdata[j])->active;
        if (vm->wanted_running && vm->managed && !active)
            return TRUE;
    }
    return FALSE;
}
