/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each host says what its own VMs were given; each other one asks its libvirt whether it has that, and says what it
 * lacks. The core puts the two together (ha_place.c). */
#include "agent/daemon/hd_daemon.h"

#include <gio/gio.h>

#include "agent/core/model/ha_sorted.h"

#define ASK_AGAIN_MS (10 * 60 * 1000) /* a host's processor stays, but its QEMU may be updated */
#define ASK_LATER_MS 30000            /* libvirt did not answer */
#define CPUS_MAX 64u

typedef struct {
    char *key;
    gboolean asking, named; /* named: by some host's report */
    gint64 due_ms;          /* not before */
    char *lack;             /* nullable: why this host can't offer it */
} Cpu;

static void cpu_free(gpointer data)
{
    Cpu *cpu = data;
    g_free(cpu->key);
    g_free(cpu->lack);
    g_free(cpu);
}

GPtrArray *hd_cpu_list_new(void)
{
    return g_ptr_array_new_with_free_func(cpu_free);
}

static void on_compared(const GError *error, gpointer data)
{
    Cpu *cpu = data;
    gboolean lacks = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    cpu->asking = FALSE;
    cpu->due_ms = hd_now_ms() + (error && !lacks ? ASK_LATER_MS : ASK_AGAIN_MS);
    if (lacks && !cpu->lack)
        g_message("this host can't take VMs live that were given another processor: %s", error->message);
    g_free(cpu->lack);
    cpu->lack = lacks ? g_strdup(error->message) : NULL; /* who can't tell says nothing */
}

static Cpu *cpu_for(HdDaemon *daemon, const char *key)
{
    Cpu *cpu = ha_sorted_find(daemon->cpus, key);
    if (cpu || daemon->cpus->len == CPUS_MAX)
        return cpu;
    cpu = g_new0(Cpu, 1);
    cpu->key = g_strdup(key);
    ha_sorted_put(daemon->cpus, cpu);
    return cpu;
}

static void look_at(HdDaemon *daemon, const HaReport *report)
{
    for (guint i = 0; i < report->cpus->len; i++) {
        const HaReportCpu *named = report->cpus->pdata[i];
        Cpu *cpu = named->text ? cpu_for(daemon, named->key) : NULL;
        if (!cpu)
            continue;
        cpu->named = TRUE;
        if (cpu->asking || hd_now_ms() < cpu->due_ms)
            continue;
        cpu->asking = TRUE;
        io_libvirt_check_cpu(daemon->libvirt, named->text, on_compared, cpu);
    }
}

void hd_cpu_look(HdDaemon *daemon)
{
    const HaView *view = ha_core_view(daemon->core);
    for (guint i = 0; i < daemon->cpus->len; i++)
        ((Cpu *)daemon->cpus->pdata[i])->named = FALSE;
    for (guint i = 0; view->config && i < view->config->nodes->len; i++) {
        const HaReport *report = ha_view_report(view, ((const HaConfigNode *)view->config->nodes->pdata[i])->node);
        if (report)
            look_at(daemon, report);
    }
    for (guint i = daemon->cpus->len; i-- > 0;) {
        const Cpu *cpu = daemon->cpus->pdata[i];
        if (!cpu->named && !cpu->asking)
            g_ptr_array_remove_index(daemon->cpus, i);
    }
}

void hd_cpu_fill(const HdDaemon *daemon, HaReport *report)
{
    for (guint i = 0; i < daemon->cpus->len; i++) {
        const Cpu *cpu = daemon->cpus->pdata[i];
        if (cpu->lack)
            g_ptr_array_add(report->cpu_lacks, ha_report_cpu_new(cpu->key, cpu->lack));
    }
}
