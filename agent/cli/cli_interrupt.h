/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli_interrupt - Ctrl-C while the cluster works: hactl ends, the work goes on, and the admin is told so.
 *
 * Until cli_interrupt_catch is called, SIGINT ends the program as usual.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <glib.h>

/** cli_interrupt_catch - from now on SIGINT makes cli_interrupt_fd readable instead. Idempotent. */
void cli_interrupt_catch(void);

/** cli_interrupt_fd - Returns: a descriptor for poll, -1 before cli_interrupt_catch. */
int cli_interrupt_fd(void);

/** cli_interrupt_pause - sleep until @until_ms (monotonic). Returns: FALSE when Ctrl-C came first. */
gboolean cli_interrupt_pause(gint64 until_ms);

/** cli_interrupt_now_ms - the monotonic clock, in ms. */
gint64 cli_interrupt_now_ms(void);

#endif
