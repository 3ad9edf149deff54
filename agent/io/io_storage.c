/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_storage.h"

#include "agent/io/io_storage_probe.h"

#include <string.h>

#define PROBES_MAX 8u /* at once */
#define STEP_MS 500

typedef struct {
    IoStorage *storage; /* NULL once the key was dropped while its probe is under way */
    char *key;
    IoProbe *probe; /* under way; also one that hangs and was left behind */
    gboolean hangs;
    gint64 due_us;
    gboolean has_verdict;
    gboolean ok;
    char *reason;
} Target;

struct IoStorage {
    guint period_ms;
    IoStorageHandler handler;
    gpointer data;
    GPtrArray *targets; /* Target*, ascending key */
    guint n_probes;     /* under way and not hanging */
    guint step_source;
};

static gboolean on_step(gpointer data);

static void target_free(gpointer data)
{
    Target *target = data;

    if (target->probe && !target->hangs)
        target->storage->n_probes--;
    io_probe_drop(target->probe);
    g_free(target->key);
    g_free(target->reason);
    g_free(target);
}

/* Keys that were set together drift apart, so that a big cluster's probes don't come in one blow. */
static gint64 next_due_us(const IoStorage *storage)
{
    return g_get_monotonic_time() + (gint64)storage->period_ms * (900 + g_random_int_range(0, 201));
}

static void set_verdict(Target *target, gboolean ok, const char *reason)
{
    IoStorage *storage = target->storage;
    gboolean changed = !target->has_verdict || target->ok != ok;

    target->has_verdict = TRUE;
    target->ok = ok;
    g_free(target->reason);
    target->reason = g_strdup(reason);
    if (changed)
        storage->handler.changed(target->key, ok, storage->data);
}

static void on_verdict(gboolean ok, const char *reason, gpointer data)
{
    Target *target = data;

    target->probe = NULL;
    target->storage->n_probes--;
    target->due_us = next_due_us(target->storage);
    set_verdict(target, ok, reason);
}

static void on_hang(const char *reason, gpointer data)
{
    Target *target = data;

    target->hangs = TRUE;
    target->storage->n_probes--;
    set_verdict(target, FALSE, reason);
}

static void on_return(gpointer data)
{
    Target *target = data;

    target->probe = NULL;
    target->hangs = FALSE;
    target->due_us = 0;
}

static void begin(Target *target)
{
    static const IoProbeHandler handler = {on_verdict, on_hang, on_return};

    target->storage->n_probes++;
    target->probe = io_probe_begin(target->key, IO_STORAGE_PROBE_MS, &handler, target);
}

static gboolean on_step(gpointer data)
{
    IoStorage *storage = data;
    gint64 now_us = g_get_monotonic_time();

    for (guint i = 0; i < storage->targets->len && storage->n_probes < PROBES_MAX; i++) {
        Target *target = g_ptr_array_index(storage->targets, i);

        if (target->probe == NULL && target->due_us <= now_us)
            begin(target);
    }
    return G_SOURCE_CONTINUE;
}

IoStorage *io_storage_new(guint period_ms, const IoStorageHandler *handler, gpointer data)
{
    IoStorage *storage = g_new0(IoStorage, 1);

    storage->period_ms = period_ms;
    storage->handler = *handler;
    storage->data = data;
    storage->targets = g_ptr_array_new_with_free_func(target_free);
    return storage;
}

void io_storage_free(IoStorage *storage)
{
    if (storage == NULL)
        return;
    g_clear_handle_id(&storage->step_source, g_source_remove);
    g_ptr_array_unref(storage->targets);
    g_free(storage);
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static Target *take_or_new(IoStorage *storage, GPtrArray *old, const char *key)
{
    for (guint i = 0; i < old->len; i++) {
        Target *target = g_ptr_array_index(old, i);

        if (strcmp(target->key, key) == 0)
            return g_ptr_array_steal_index_fast(old, i);
    }
    Target *target = g_new0(Target, 1);
    target->storage = storage;
    target->key = g_strdup(key);
    return target;
}

static gboolean is_same(const IoStorage *storage, const GPtrArray *sorted)
{
    guint n = 0;

    for (guint i = 0; i < sorted->len; i++) {
        const char *key = g_ptr_array_index(sorted, i);

        if (i > 0 && strcmp(key, g_ptr_array_index(sorted, i - 1)) == 0)
            continue;
        if (n >= storage->targets->len || strcmp(((Target *)g_ptr_array_index(storage->targets, n))->key, key) != 0)
            return n == IO_STORAGE_KEYS_MAX;
        n++;
    }
    return n == storage->targets->len;
}

void io_storage_set_keys(IoStorage *storage, const GPtrArray *keys)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_copy((GPtrArray *)keys, NULL, NULL);

    g_ptr_array_set_free_func(sorted, NULL);
    g_ptr_array_sort(sorted, compare_texts);
    if (is_same(storage, sorted))
        return;
    g_autoptr(GPtrArray) old = storage->targets;
    storage->targets = g_ptr_array_new_with_free_func(target_free);
    for (guint i = 0; i < sorted->len && storage->targets->len < IO_STORAGE_KEYS_MAX; i++) {
        const char *key = g_ptr_array_index(sorted, i);

        if (i == 0 || strcmp(key, g_ptr_array_index(sorted, i - 1)) != 0)
            g_ptr_array_add(storage->targets, take_or_new(storage, old, key));
    }
    if (storage->targets->len == 0)
        g_clear_handle_id(&storage->step_source, g_source_remove);
    else if (storage->step_source == 0)
        storage->step_source = g_timeout_add(MIN(STEP_MS, storage->period_ms), on_step, storage);
}

void io_storage_fill(const IoStorage *storage, HaReport *report)
{
    for (guint i = 0; i < storage->targets->len; i++) {
        const Target *target = g_ptr_array_index(storage->targets, i);

        if (target->has_verdict)
            g_ptr_array_add(
                report->storage, ha_report_storage_new(target->key, target->ok, target->ok ? NULL : target->reason));
    }
}
