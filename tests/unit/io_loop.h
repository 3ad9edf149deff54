/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_loop - for tests of adapters: turn the default main context until something holds.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <glib.h>

static inline gboolean io_loop_on_time(gpointer passed)
{
    *(gboolean *)passed = TRUE;
    return G_SOURCE_REMOVE;
}

/** io_loop_until - Returns: FALSE when @holds did not come true within @timeout_ms. */
static inline gboolean io_loop_until(gboolean (*holds)(void), guint timeout_ms)
{
    gboolean passed = FALSE;
    guint source = g_timeout_add(timeout_ms, io_loop_on_time, &passed);

    while (!holds() && !passed)
        g_main_context_iteration(NULL, TRUE);
    if (!passed)
        g_source_remove(source);
    return holds();
}

static inline void io_loop_for(guint timeout_ms)
{
    gboolean passed = FALSE;

    g_timeout_add(timeout_ms, io_loop_on_time, &passed);
    while (!passed)
        g_main_context_iteration(NULL, TRUE);
}

#endif
