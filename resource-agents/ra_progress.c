/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_progress.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void ra_progress_open(RaProgress *progress, const char *run_dir, const char *vm)
{
    *progress = (RaProgress){
        .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
        .path = g_strdup_printf("%s/progress.sock", run_dir),
        .vm = vm,
    };
}

void ra_progress_close(RaProgress *progress)
{
    if (progress->fd >= 0)
        close(progress->fd);
    g_free(progress->path);
}

char *ra_progress_line(const char *vm, const char *phase, const MigSample *sample, const char *reason)
{
    g_autofree char *escaped = reason ? g_strescape(reason, NULL) : NULL;

    return g_strdup_printf("vm=%s phase=%s total=%" G_GUINT64_FORMAT " remaining=%" G_GUINT64_FORMAT
                           " processed=%" G_GUINT64_FORMAT " dirty_bps=%" G_GUINT64_FORMAT
                           " bandwidth_bps=%" G_GUINT64_FORMAT " downtime_ms=%" G_GUINT64_FORMAT
                           " iteration=%u elapsed_ms=%" G_GUINT64_FORMAT "%s%s%s\n",
        vm, phase, sample->total_bytes, sample->remaining_bytes, sample->processed_bytes, sample->dirty_bytes_per_s,
        sample->bandwidth_bytes_per_s, sample->downtime_ms, sample->iteration, sample->elapsed_ms,
        escaped ? " reason=\"" : "", escaped ? escaped : "", escaped ? "\"" : "");
}

/* Connected anew each time: hactld may be restarted, or start, while the migration runs. */
void ra_progress_send(RaProgress *progress, const char *phase, const MigSample *sample, const char *reason)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *line = ra_progress_line(progress->vm, phase, sample, reason);

    if (progress->fd < 0 ||
        g_strlcpy(address.sun_path, progress->path, sizeof address.sun_path) >= sizeof address.sun_path)
        return;
    (void)!sendto(progress->fd, line, strlen(line), MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
}
