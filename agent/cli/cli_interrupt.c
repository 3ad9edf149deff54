/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

static int interrupt_fd = -1;

void cli_interrupt_catch(void)
{
    if (interrupt_fd >= 0)
        return;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    interrupt_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (interrupt_fd >= 0) /* out of descriptors: Ctrl-C keeps its usual meaning */
        sigprocmask(SIG_BLOCK, &set, NULL);
}

int cli_interrupt_fd(void)
{
    return interrupt_fd;
}

gint64 cli_interrupt_now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

gboolean cli_interrupt_pause(gint64 until_ms)
{
    struct pollfd fd = {.fd = interrupt_fd, .events = POLLIN};
    for (;;) {
        gint64 left = until_ms - cli_interrupt_now_ms();
        if (left <= 0)
            return TRUE;
        if (poll(&fd, 1, (int)MIN(left, G_MAXINT)) > 0)
            return FALSE;
    }
}
