/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define CMDLINE_MAX_BYTES (256 * 1024)
#define KILL_STEP_MS 100

/* QEMU's own syntax: "guest=NAME,debug-threads=on", a comma within the name doubled. */
static gboolean name_option_is(const char *option, const char *vm)
{
    g_autoptr(GString) name = g_string_new(NULL);

    if (!g_str_has_prefix(option, "guest="))
        return FALSE;
    for (const char *c = option + strlen("guest="); *c; c++) {
        if (*c == ',' && *++c != ',')
            break;
        g_string_append_c(name, *c);
    }
    return strcmp(name->str, vm) == 0;
}

static gboolean is_qemu(const char *program)
{
    g_autofree char *base = g_path_get_basename(program);

    return strstr(base, "qemu") != NULL || strstr(base, "kvm") != NULL;
}

gboolean ra_proc_is_vm(const char *cmdline, gsize len, const char *vm, const char *uuid)
{
    g_autofree char *text = g_malloc0(len + 2); /* ends any last argument, and the list */
    const char *end = text + len;

    memcpy(text, cmdline, len);
    if (len == 0 || !is_qemu(text))
        return FALSE;
    for (const char *arg = text; arg < end; arg += strlen(arg) + 1) {
        const char *value = arg + strlen(arg) + 1;

        if (value >= end)
            return FALSE;
        if (uuid && strcmp(arg, "-uuid") == 0 && g_ascii_strcasecmp(value, uuid) == 0)
            return TRUE;
        if (strcmp(arg, "-name") == 0 && name_option_is(value, vm))
            return TRUE;
    }
    return FALSE;
}

/* -1 with errno on failure. */
static gssize read_cmdline(const char *proc_dir, const char *pid, char *buffer, gsize size)
{
    g_autofree char *path = g_strdup_printf("%s/%s/cmdline", proc_dir, pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    gsize len = 0;
    gssize n = 0;

    if (fd < 0)
        return -1;
    while (len < size && (n = read(fd, buffer + len, size - len)) > 0)
        len += (gsize)n;
    int saved = errno;
    close(fd);
    errno = saved;
    return n < 0 ? -1 : (gssize)len;
}

static RaProc judge_process(const char *proc_dir, const char *pid, const char *vm, const char *uuid, char *buffer)
{
    gssize len = read_cmdline(proc_dir, pid, buffer, CMDLINE_MAX_BYTES);

    if (len < 0)
        return errno == ENOENT || errno == ESRCH ? RA_PROC_NONE : RA_PROC_UNKNOWN; /* it ended meanwhile */
    return ra_proc_is_vm(buffer, (gsize)len, vm, uuid) ? RA_PROC_FOUND : RA_PROC_NONE;
}

RaProc ra_proc_find(const char *proc_dir, const char *vm, const char *uuid, pid_t *ret_pid)
{
    g_autoptr(GDir) dir = g_dir_open(proc_dir, 0, NULL);
    g_autofree char *buffer = g_malloc(CMDLINE_MAX_BYTES);
    gboolean doubt = FALSE;
    guint seen = 0;
    const char *entry;

    while (dir && (entry = g_dir_read_name(dir))) {
        if (!g_ascii_isdigit(*entry))
            continue;
        seen++;
        switch (judge_process(proc_dir, entry, vm, uuid, buffer)) {
        case RA_PROC_FOUND:
            *ret_pid = (pid_t)g_ascii_strtoll(entry, NULL, 10);
            return RA_PROC_FOUND;
        case RA_PROC_UNKNOWN:
            doubt = TRUE;
            break;
        case RA_PROC_NONE:
            break;
        }
    }
    return doubt || seen == 0 ? RA_PROC_UNKNOWN : RA_PROC_NONE; /* a /proc without processes is no /proc */
}

/* The pidfd holds on to the process, so that a pid used again is not hit; hence the second look. */
static void send(const char *proc_dir, pid_t pid, const char *vm, const char *uuid, int signal_number)
{
    int fd = pidfd_open(pid, 0);
    pid_t again = 0;

    if (fd < 0)
        return;
    if (ra_proc_find(proc_dir, vm, uuid, &again) == RA_PROC_FOUND && again == pid)
        pidfd_send_signal(fd, signal_number, NULL, 0);
    close(fd);
}

gboolean ra_proc_kill(const char *proc_dir, const char *vm, const char *uuid, gint64 until_us)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 hard_us = until_us - (until_us - now_us) / 3;
    gboolean asked = FALSE;
    gboolean forced = FALSE;
    pid_t pid = 0;

    for (; now_us < until_us; now_us = g_get_monotonic_time()) {
        RaProc seen = ra_proc_find(proc_dir, vm, uuid, &pid);

        if (seen != RA_PROC_FOUND)
            return seen == RA_PROC_NONE;
        if (!asked)
            send(proc_dir, pid, vm, uuid, SIGTERM);
        else if (!forced && now_us >= hard_us)
            send(proc_dir, pid, vm, uuid, SIGKILL);
        forced = now_us >= hard_us && asked;
        asked = TRUE;
        g_usleep(KILL_STEP_MS * 1000);
    }
    return ra_proc_find(proc_dir, vm, uuid, &pid) == RA_PROC_NONE;
}
