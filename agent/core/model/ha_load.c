/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_load.h"

#include "agent/core/model/ha_sorted.h"

typedef struct {
    gint64 number; /* time / HA_LOAD_BUCKET_S */
    guint64 sum;
    guint32 n;
} Bucket;

typedef struct {
    char *vm;
    gint64 first_s;
    Bucket buckets[HA_LOAD_BUCKETS]; /* at number % HA_LOAD_BUCKETS */
} Entry;

struct HaLoad {
    GPtrArray *entries; /* Entry*, ascending vm */
};

static void entry_free(Entry *entry)
{
    g_free(entry->vm);
    g_free(entry);
}

HaLoad *ha_load_new(void)
{
    HaLoad *load = g_new0(HaLoad, 1);
    load->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    return load;
}

void ha_load_free(HaLoad *load)
{
    if (!load)
        return;
    g_ptr_array_unref(load->entries);
    g_free(load);
}

void ha_load_put(HaLoad *load, const char *vm, gint64 now_ms, guint32 cpu_permille)
{
    Entry *entry = ha_sorted_find(load->entries, vm);
    gint64 now_s = now_ms / 1000, number = now_s / HA_LOAD_BUCKET_S;
    if (!entry) {
        entry = g_new0(Entry, 1);
        entry->vm = g_strdup(vm);
        entry->first_s = now_s;
        ha_sorted_put(load->entries, entry);
    }
    Bucket *bucket = &entry->buckets[number % HA_LOAD_BUCKETS];
    if (bucket->number != number)
        *bucket = (Bucket){.number = number};
    bucket->sum += cpu_permille;
    bucket->n++;
}

static gboolean is_recent(const Bucket *bucket, gint64 now_ms)
{
    return bucket->n && bucket->number > now_ms / 1000 / HA_LOAD_BUCKET_S - (gint64)HA_LOAD_BUCKETS;
}

/* The half minute under way is judged by a sample or two: it counts only while there is none that is whole. */
static gboolean counts(const Bucket *bucket, gint64 now_ms, gboolean whole)
{
    return is_recent(bucket, now_ms) && (!whole || bucket->number < now_ms / 1000 / HA_LOAD_BUCKET_S);
}

static gboolean has_whole(const Entry *entry, gint64 now_ms)
{
    for (guint i = 0; i < HA_LOAD_BUCKETS; i++)
        if (counts(&entry->buckets[i], now_ms, TRUE))
            return TRUE;
    return FALSE;
}

HaLoadFigure ha_load_get(const HaLoad *load, const char *vm, gint64 now_ms)
{
    const Entry *entry = ha_sorted_find(load->entries, vm);
    HaLoadFigure figure = {0};
    guint64 sum = 0;
    guint n = 0;
    gboolean whole = entry && has_whole(entry, now_ms);
    for (guint i = 0; entry && i < HA_LOAD_BUCKETS; i++) {
        const Bucket *bucket = &entry->buckets[i];
        if (!counts(bucket, now_ms, whole))
            continue;
        guint32 mean = (guint32)(bucket->sum / bucket->n);
        sum += mean;
        n++;
        figure.peak_permille = MAX(figure.peak_permille, mean);
    }
    if (!n)
        return (HaLoadFigure){0};
    figure.mean_permille = (guint32)(sum / n);
    figure.seconds = (guint32)CLAMP(now_ms / 1000 - entry->first_s, 1, HA_LOAD_WINDOW_S);
    return figure;
}

guint32 ha_load_counted(HaLoadFigure figure)
{
    return (guint32)((3ull * figure.mean_permille + figure.peak_permille) / 4);
}

void ha_load_trim(HaLoad *load, gint64 now_ms)
{
    for (guint i = load->entries->len; i-- > 0;) {
        const Entry *entry = load->entries->pdata[i];
        gboolean recent = FALSE;
        for (guint k = 0; k < HA_LOAD_BUCKETS; k++)
            recent |= is_recent(&entry->buckets[k], now_ms);
        if (!recent)
            g_ptr_array_remove_index(load->entries, i);
    }
}
