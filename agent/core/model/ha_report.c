/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_report.h"

#include "agent/core/model/ha_sorted.h"

#define GIB (1ull << 30)

HaReportVm *ha_report_vm_new(const char *name)
{
    HaReportVm *vm = g_new0(HaReportVm, 1);
    vm->name = g_strdup(name);
    return vm;
}

void ha_report_vm_free(HaReportVm *vm)
{
    if (!vm)
        return;
    g_free(vm->name);
    g_free(vm->uuid);
    g_free(vm->failure);
    g_free(vm->definition);
    g_free(vm->cpu);
    g_free(vm);
}

HaReportStorage *ha_report_storage_new(const char *key, gboolean ok, const char *reason)
{
    HaReportStorage *storage = g_new0(HaReportStorage, 1);
    storage->key = g_strdup(key);
    storage->ok = ok;
    storage->reason = g_strdup(reason);
    return storage;
}

void ha_report_storage_free(HaReportStorage *storage)
{
    if (!storage)
        return;
    g_free(storage->key);
    g_free(storage->reason);
    g_free(storage);
}

HaReportCpu *ha_report_cpu_new(const char *key, const char *text)
{
    HaReportCpu *cpu = g_new0(HaReportCpu, 1);
    cpu->key = g_strdup(key);
    cpu->text = g_strdup(text);
    return cpu;
}

void ha_report_cpu_free(HaReportCpu *cpu)
{
    g_free(cpu->key);
    g_free(cpu->text);
    g_free(cpu);
}

HaReport *ha_report_new(const char *node, guint32 node_id)
{
    HaReport *report = g_new0(HaReport, 1);
    report->node = g_strdup(node);
    report->node_id = node_id;
    report->libvirt = HA_LIBVIRT_AWAY;
    report->bridges = g_ptr_array_new_with_free_func(g_free);
    report->storage = g_ptr_array_new_with_free_func((GDestroyNotify)ha_report_storage_free);
    report->vms = g_ptr_array_new_with_free_func((GDestroyNotify)ha_report_vm_free);
    report->cpus = g_ptr_array_new_with_free_func((GDestroyNotify)ha_report_cpu_free);
    report->cpu_lacks = g_ptr_array_new_with_free_func((GDestroyNotify)ha_report_cpu_free);
    return report;
}

void ha_report_free(HaReport *report)
{
    if (!report)
        return;
    g_free(report->node);
    g_free(report->version);
    g_free(report->libvirt_error);
    g_free(report->hypervisor);
    g_ptr_array_unref(report->bridges);
    g_ptr_array_unref(report->storage);
    g_ptr_array_unref(report->vms);
    g_ptr_array_unref(report->cpus);
    g_ptr_array_unref(report->cpu_lacks);
    g_free(report);
}

void ha_report_sort(HaReport *report)
{
    ha_strings_sort(report->bridges);
    ha_sorted_sort(report->storage);
    ha_sorted_sort(report->vms);
    ha_sorted_sort(report->cpus);
    ha_sorted_sort(report->cpu_lacks);
}

const HaReportVm *ha_report_find_vm(const HaReport *report, const char *name)
{
    return ha_sorted_find(report->vms, name);
}

gboolean ha_report_has_bridge(const HaReport *report, const char *bridge)
{
    return ha_strings_find(report->bridges, bridge);
}

const HaReportStorage *ha_report_find_storage(const HaReport *report, const char *key)
{
    return ha_sorted_find(report->storage, key);
}

const HaReportCpu *ha_report_find_cpu(const GPtrArray *cpus, const char *key)
{
    return ha_sorted_find(cpus, key);
}

guint64 ha_report_reserve_default(guint64 total_bytes)
{
    return MIN(MAX(2 * GIB, total_bytes / 20), total_bytes / 4);
}
