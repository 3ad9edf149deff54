/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_gate.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#define STEP_US 10000

int ra_gate_try(const char *path, gboolean *ret_held)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    *ret_held = FALSE;
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        *ret_held = errno == EWOULDBLOCK;
        close(fd);
        fd = -1;
    }
    return fd;
}

int ra_gate_enter(const char *dir, const char *name, gint64 until_us, const gint *stop)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    gboolean held = FALSE;

    if (g_mkdir_with_parents(dir, 0700) < 0)
        return -1;
    int fd = ra_gate_try(path, &held);
    while (held && g_get_monotonic_time() < until_us && !(stop && g_atomic_int_get(stop))) {
        g_usleep(STEP_US);
        fd = ra_gate_try(path, &held);
    }
    return fd;
}
