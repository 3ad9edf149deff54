/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_task - a call that may block, in a thread of its own, with a deadline.
 *
 * libvirt's calls and a stat on a network filesystem block for as long as the other end likes, and nothing can
 * interrupt them. So the main loop never makes them: a task's thread does, and when it misses its deadline it is left
 * behind. The caller learns when it comes back after all, and bounds how many it leaves behind.
 */
#ifndef IO_TASK_H
#define IO_TASK_H

#include <glib.h>

typedef struct IoTask IoTask;

/** IoTaskWork - the blocking part. @input: the thread's alone. Returns: (transfer full) the result. In the thread. */
typedef gpointer (*IoTaskWork)(gpointer input);

/* All on the default main context. Either done, or overdue and then (perhaps never) returned; after done or returned
 * the IoTask is gone. */
typedef struct {
    void (*done)(gpointer result, gpointer data); /* (transfer full) result */
    void (*overdue)(gpointer data);
    void (*returned)(gpointer data); /* nullable; the late result was freed with result_free */
} IoTaskHandler;

/**
 * io_task_run - begin.
 * @name: of the thread, at most 15 bytes, static.
 * @input: (transfer full); freed with @input_free (nullable) in the thread, after @work.
 * @result_free: nullable; for results that nobody takes.
 * @timeout_ms: > 0.
 * @handler: borrowed, static.
 *
 * Returns: borrowed, valid until done, returned or io_task_drop; NULL and @error when the system gives no thread
 * (@input is freed then, and no callback comes).
 */
IoTask *io_task_run(const char *name, IoTaskWork work, gpointer input, GDestroyNotify input_free,
    GDestroyNotify result_free, guint timeout_ms, const IoTaskHandler *handler, gpointer data, GError **error);

/** io_task_drop - no callback any more; the thread ends by itself, its result is freed. @task: nullable. */
void io_task_drop(IoTask *task);

#endif
