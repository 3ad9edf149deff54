/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_task.h"

/* Touched by the main thread alone, but for what is between begin and end of the thread. */
struct IoTask {
    const IoTaskHandler *handler; /* NULL once dropped */
    gpointer data;
    guint deadline; /* source id; 0 once it has passed */
    IoTaskWork work;
    gpointer input;
    GDestroyNotify input_free;
    GDestroyNotify result_free;
    gpointer result; /* written by the thread, read after it has handed over */
};

static void free_result(IoTask *task)
{
    if (task->result && task->result_free)
        task->result_free(task->result);
    task->result = NULL;
}

static void report(IoTask *task)
{
    if (task->handler == NULL)
        free_result(task);
    else if (task->deadline)
        task->handler->done(g_steal_pointer(&task->result), task->data);
    else {
        free_result(task);
        if (task->handler->returned)
            task->handler->returned(task->data);
    }
}

static gboolean on_end(gpointer user_data)
{
    IoTask *task = user_data;

    if (task->deadline)
        g_source_remove(task->deadline);
    report(task);
    g_free(task);
    return G_SOURCE_REMOVE;
}

static gpointer thread_main(gpointer user_data)
{
    IoTask *task = user_data;

    task->result = task->work(task->input);
    if (task->input_free)
        task->input_free(task->input);
    g_idle_add_full(G_PRIORITY_DEFAULT, on_end, task, NULL);
    return NULL;
}

static gboolean on_deadline(gpointer user_data)
{
    IoTask *task = user_data;

    task->deadline = 0;
    if (task->handler)
        task->handler->overdue(task->data);
    return G_SOURCE_REMOVE;
}

IoTask *io_task_run(const char *name, IoTaskWork work, gpointer input, GDestroyNotify input_free,
    GDestroyNotify result_free, guint timeout_ms, const IoTaskHandler *handler, gpointer data, GError **error)
{
    g_assert(timeout_ms > 0 && handler->done && handler->overdue);

    IoTask *task = g_new0(IoTask, 1);
    *task = (IoTask){.handler = handler,
        .data = data,
        .work = work,
        .input = input,
        .input_free = input_free,
        .result_free = result_free};
    task->deadline = g_timeout_add(timeout_ms, on_deadline, task);

    GThread *thread = g_thread_try_new(name, thread_main, task, error);
    if (thread == NULL) {
        g_source_remove(task->deadline);
        if (input_free)
            input_free(input);
        g_free(task);
        return NULL;
    }
    g_thread_unref(thread);
    return task;
}

void io_task_drop(IoTask *task)
{
    if (task)
        task->handler = NULL;
}
