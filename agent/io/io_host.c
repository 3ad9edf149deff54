/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_host.h"

#include <gio/gio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GIB (1024ull * 1024 * 1024)
#define TICKS_PER_S 100u /* of /proc/stat, fixed for user space */

struct IoHost {
    char *root;
    guint64 reserve_bytes;
    guint64 last_busy; /* ticks */
    guint64 last_total;
    guint32 cpu_permille;
};

IoHost *io_host_new(const char *root, guint64 reserve_bytes)
{
    IoHost *host = g_new0(IoHost, 1);

    host->root = g_strdup(root);
    host->reserve_bytes = reserve_bytes;
    return host;
}

void io_host_free(IoHost *host)
{
    if (host == NULL)
        return;
    g_free(host->root);
    g_free(host);
}

/* The start of a file is enough: what follows in /proc/stat (interrupts) is long and of no use here. */
static gboolean read_file(const IoHost *host, const char *path, char *buffer, gsize size, GError **error)
{
    g_autofree char *full = g_strconcat(host->root, path, NULL);
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    gssize len = fd < 0 ? -1 : read(fd, buffer, size - 1);
    int saved = errno;

    if (fd >= 0)
        close(fd);
    if (len < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved), "reading %s failed: %s; is /proc mounted?", full,
            g_strerror(saved));
        return FALSE;
    }
    buffer[len] = '\0';
    return TRUE;
}

static gboolean fill_cpu(IoHost *host, HaReport *report, GError **error)
{
    char text[512];
    guint64 t[8] = {0}; /* user nice system idle iowait irq softirq steal */

    if (!read_file(host, "/proc/stat", text, sizeof text, error))
        return FALSE;
    int n = sscanf(text,
        "cpu %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
        " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
        &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
    if (n < 4) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s/proc/stat has no line of processor times", host->root);
        return FALSE;
    }
    guint64 idle = t[3] + t[4];
    guint64 busy = t[0] + t[1] + t[2] + t[5] + t[6] + t[7];
    guint64 total = busy + idle;
    guint64 passed = total - host->last_total;

    if (total < host->last_total || busy < host->last_busy || host->last_total == 0) {
        host->last_total = total; /* the first time, or counters went back (a processor was taken out) */
        host->last_busy = busy;
    } else if (passed >= MAX(report->cores, 1u) * TICKS_PER_S / 2) {
        host->cpu_permille = (guint32)MIN(1000u, (busy - host->last_busy) * 1000 / passed);
        host->last_total = total;
        host->last_busy = busy;
    }
    report->cpu_permille = host->cpu_permille;
    return TRUE;
}

static guint64 meminfo_bytes(const char *text, const char *key)
{
    const char *line = strstr(text, key);

    return line ? g_ascii_strtoull(line + strlen(key), NULL, 10) * 1024 : 0;
}

static gboolean fill_memory(IoHost *host, HaReport *report, GError **error)
{
    char text[2048];

    if (!read_file(host, "/proc/meminfo", text, sizeof text, error))
        return FALSE;
    guint64 total = meminfo_bytes(text, "MemTotal:");
    if (total == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s/proc/meminfo has no MemTotal", host->root);
        return FALSE;
    }
    report->mem_total_bytes = total;
    report->mem_available_bytes = meminfo_bytes(text, "\nMemAvailable:");
    report->mem_reserve_bytes = host->reserve_bytes ? MIN(host->reserve_bytes, total) : ha_report_reserve_default(total);
    return TRUE;
}

static guint32 decimal_permille(const char *text)
{
    double value = g_ascii_strtod(text, NULL);

    return value > 0 && value < G_MAXUINT32 / 1000.0 ? (guint32)(value * 1000 + 0.5) : 0;
}

static void fill_load(const IoHost *host, HaReport *report)
{
    char text[128];

    if (read_file(host, "/proc/loadavg", text, sizeof text, NULL))
        report->load1_permille = decimal_permille(text);
}

/* "some avg10=1.23 ...": per cent, so that times 10 is per mille. */
static guint32 pressure(const IoHost *host, const char *path)
{
    char text[256];

    if (!read_file(host, path, text, sizeof text, NULL) || !g_str_has_prefix(text, "some avg10="))
        return 0;
    return MIN(1000u, decimal_permille(text + strlen("some avg10=")) / 100);
}

/* "0-3,8,10-11" */
static guint32 count_ranges(const char *text)
{
    guint32 n = 0;

    while (g_ascii_isdigit(*text)) {
        char *end;
        guint64 first = g_ascii_strtoull(text, &end, 10), last = first;

        if (*end == '-')
            last = g_ascii_strtoull(end + 1, &end, 10);
        if (last < first || last > G_MAXUINT16)
            return 0;
        n += (guint32)(last - first + 1);
        text = *end == ',' ? end + 1 : end;
    }
    return n;
}

static void fill_cores(const IoHost *host, HaReport *report)
{
    char text[1024];

    if (read_file(host, "/sys/devices/system/cpu/online", text, sizeof text, NULL))
        report->cores = count_ranges(text);
}

static void fill_bridges(const IoHost *host, HaReport *report)
{
    g_autofree char *path = g_strconcat(host->root, "/sys/class/net", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char mark[512];

        if (g_snprintf(mark, sizeof mark, "%s/%s/bridge", path, name) < (int)sizeof mark && access(mark, F_OK) == 0)
            g_ptr_array_add(report->bridges, g_strdup(name));
    }
}

guint64 io_host_ipc_buffer(const char *root)
{
    static const char *const paths[] = {"/etc/default/pacemaker", "/etc/sysconfig/pacemaker"};
    guint64 bytes = 0;
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *path = g_strconcat(root, paths[i], NULL);
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
            continue;
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (guint j = 0; lines[j]; j++) {
            const char *line = g_strchug(lines[j]);
            if (g_str_has_prefix(line, "export "))
                line += strlen("export ");
            if (g_str_has_prefix(line, "PCMK_ipc_buffer=")) /* the last one counts, as in a shell */
                bytes = g_ascii_strtoull(
                    line + strlen("PCMK_ipc_buffer=") + strspn(strchr(line, '=') + 1, "\"'"), NULL, 10);
        }
    }
    return bytes;
}

gboolean io_host_fill(IoHost *host, HaReport *report, GError **error)
{
    fill_cores(host, report);
    fill_load(host, report);
    report->psi_cpu_permille = pressure(host, "/proc/pressure/cpu");
    report->psi_memory_permille = pressure(host, "/proc/pressure/memory");
    report->psi_io_permille = pressure(host, "/proc/pressure/io");
    fill_bridges(host, report);
    g_autoptr(GError) memory_error = NULL;
    gboolean memory_ok = fill_memory(host, report, &memory_error);
    if (!fill_cpu(host, report, error))
        return FALSE;
    if (!memory_ok)
        g_propagate_error(error, g_steal_pointer(&memory_error));
    return memory_ok;
}
