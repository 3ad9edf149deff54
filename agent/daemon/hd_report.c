/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/daemon/hd_daemon.h"

static void send_report(HdDaemon *daemon)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HaReport) report = ha_report_new(daemon->self, daemon->self_id);
    report->seq = ++daemon->report_seq;
    report->version = g_strdup(HACTL_VERSION);
    report->time_s = hd_now_s();
    report->ipc_buffer_bytes = daemon->ipc_buffer_bytes;
    report->definitions_missing = hd_definitions_missing(daemon);
    if (!io_host_fill(daemon->host, report, &error))
        g_warning("%s", error->message);
    io_libvirt_fill(daemon->libvirt, report);
    io_progress_fill(daemon->progress, report);
    io_storage_fill(daemon->storage, report);
    hd_cpu_fill(daemon, report);
    ha_report_sort(report);
    g_clear_error(&error);
    GBytes *frame = wire_cast_report(report, io_cpg_joined(daemon->cpg), &error);
    if (!frame)
        g_warning("this host's report can't be sent: %s", error->message);
    hd_cast(daemon, frame);
}

static gboolean on_period(gpointer data)
{
    send_report(data);
    hd_cpu_look(data);
    hd_definitions_check(data); /* whoever had what is missing may only now be back */
    hd_definitions_sweep(data);
    return G_SOURCE_CONTINUE;
}

static gboolean on_soon(gpointer data)
{
    HdDaemon *daemon = data;
    daemon->soon_source = 0;
    send_report(daemon);
    return G_SOURCE_REMOVE;
}

void hd_report_soon(HdDaemon *daemon)
{
    if (!daemon->soon_source)
        daemon->soon_source = g_timeout_add(HD_COALESCE_MS, on_soon, daemon);
}

void hd_report_start(HdDaemon *daemon)
{
    daemon->report_source = g_timeout_add(HD_REPORT_MS, on_period, daemon);
    hd_report_soon(daemon);
}
