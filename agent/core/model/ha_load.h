/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_load - how busy each VM has been: CPU over the last five minutes, mean and peak. Every core hears every report, so
 * each keeps the same history, and a new leader need not wait for one.
 */
#ifndef HA_LOAD_H
#define HA_LOAD_H

#include <glib.h>

#define HA_LOAD_BUCKETS 10u
#define HA_LOAD_BUCKET_S 30
#define HA_LOAD_WINDOW_S (HA_LOAD_BUCKET_S * (gint64)HA_LOAD_BUCKETS)

typedef struct {
    guint32 mean_permille; /* of one core */
    guint32 peak_permille; /* of the busiest half minute */
    guint32 seconds;       /* that the history covers; 0 nothing is known */
} HaLoadFigure;

typedef struct HaLoad HaLoad;

HaLoad *ha_load_new(void);
void ha_load_free(HaLoad *load);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaLoad, ha_load_free)

/** ha_load_put - one sample. @now_ms: monotonic, never before an earlier sample's. */
void ha_load_put(HaLoad *load, const char *vm, gint64 now_ms, guint32 cpu_permille);
HaLoadFigure ha_load_get(const HaLoad *load, const char *vm, gint64 now_ms);
/** ha_load_counted - what the VM counts in a plan: three parts mean, one part peak. One that is busy by fits and starts
 * needs more room than its mean says. */
guint32 ha_load_counted(HaLoadFigure figure);
/** ha_load_trim - forget VMs that nothing was heard of for a window. */
void ha_load_trim(HaLoad *load, gint64 now_ms);

#endif
