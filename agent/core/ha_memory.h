/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_memory - what a core remembers of failed moves, learnt from notes alone, so that every member knows the same and
 * the next leader goes on counting.
 */
#ifndef HA_MEMORY_H
#define HA_MEMORY_H

#include "agent/core/ha_core.h"

typedef struct {
    guint attempts;     /* failed since the wish began */
    gint64 retry_at_ms; /* monotonic; before it the VM is not tried again */
    char *last_error;   /* nullable */
    GPtrArray *tried;   /* char*: targets that failed */
} HaAttempts;

typedef struct HaMemory HaMemory;

HaMemory *ha_memory_new(const HaSettings *settings);
void ha_memory_free(HaMemory *memory);

/** ha_memory_learn - take a note in. Ids at or below the last one seen are passed over. @note: copied. Returns: TRUE
 * when it was new. */
gboolean ha_memory_learn(HaMemory *memory, const HaNote *note, gint64 now_ms);

/** ha_memory_notes - HaNote*, ascending id, at most HA_EVENTS_KEPT. Borrowed. */
const GPtrArray *ha_memory_notes(const HaMemory *memory);

/** ha_memory_attempts - Returns: borrowed, NULL when the VM's last move did not fail. */
const HaAttempts *ha_memory_attempts(const HaMemory *memory, const char *vm);

/** ha_memory_begun - the MOVE_BEGUN of the VM's move that was not said to have ended. Returns: borrowed, nullable. */
const HaNote *ha_memory_begun(const HaMemory *memory, const char *vm);

/** ha_memory_tried - vm -> GPtrArray of nodes, for the planner. Borrowed. */
GHashTable *ha_memory_tried(const HaMemory *memory);

/** ha_memory_forget - an admin asks anew: the VM may be tried again at once. */
void ha_memory_forget(HaMemory *memory, const char *vm);

/** ha_memory_next_retry - the earliest retry after @now_ms. G_MAXINT64 when none waits. */
gint64 ha_memory_next_retry(const HaMemory *memory, gint64 now_ms);

/** ha_memory_last_of_node - the newest note about @node whose kind lies in [first, last]. Returns: borrowed, nullable.
 */
const HaNote *ha_memory_last_of_node(const HaMemory *memory, const char *node, HaNoteKind first, HaNoteKind last);

#endif
