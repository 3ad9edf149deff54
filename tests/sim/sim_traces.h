/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_traces - recorded CPU use: a line a VM, its name and a value for each 5 minutes, percent of a core. Plain text,
 * or xz. */
#ifndef SIM_TRACES_H
#define SIM_TRACES_H

#include <glib.h>

#define SIM_TRACE_STEP_S 300
#define SIM_TRACE_PERCENT_MAX 100000.0

typedef struct {
    GPtrArray *names;  /* char* */
    GHashTable *index; /* name -> its number + 1; for look-ups only */
    GPtrArray *series; /* GArray* of gfloat, percent of a core; idle after its end */
    guint n_steps;     /* of the longest */
} SimTraces;

SimTraces *sim_traces_new(void);
void sim_traces_free(SimTraces *traces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimTraces, sim_traces_free)

/**
 * sim_traces_add - the VMs of one more file, which is taken for the time after the files before: a VM that was there
 * goes on, a new one was idle until then. Returns: FALSE and @error, which names file and line.
 */
gboolean sim_traces_add(SimTraces *traces, const char *path, GError **error);

/** sim_traces_at - Returns: percent of a core in @step; 0 after the series' end. */
gdouble sim_traces_at(const SimTraces *traces, guint vm, guint step);

#endif
