/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_memory.h"

#include "agent/core/ha_failover.h"
#include "agent/core/model/ha_sorted.h"

#define RETRY_DOUBLINGS_MAX 5u

typedef struct {
    char *vm;
    HaAttempts attempts;
} Entry;

typedef struct {
    char *vm;
    HaNote *note;
} Begun;

struct HaMemory {
    HaSettings settings;
    GPtrArray *notes;   /* HaNote*, ascending id */
    GPtrArray *entries; /* Entry*, ascending vm */
    GPtrArray *begun;   /* Begun*, ascending vm: moves without an end yet */
    GHashTable *tried;  /* vm -> entries' tried, borrowed both; looked up only, never iterated */
};

static void entry_free(Entry *entry)
{
    g_free(entry->vm);
    g_free(entry->attempts.last_error);
    g_ptr_array_unref(entry->attempts.tried);
    g_free(entry);
}

static void begun_free(Begun *begun)
{
    g_free(begun->vm);
    ha_note_free(begun->note);
    g_free(begun);
}

HaMemory *ha_memory_new(const HaSettings *settings)
{
    HaMemory *memory = g_new0(HaMemory, 1);
    memory->settings = *settings;
    memory->notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    memory->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    memory->begun = g_ptr_array_new_with_free_func((GDestroyNotify)begun_free);
    memory->tried = g_hash_table_new(g_str_hash, g_str_equal);
    return memory;
}

void ha_memory_free(HaMemory *memory)
{
    g_hash_table_unref(memory->tried);
    g_ptr_array_unref(memory->entries);
    g_ptr_array_unref(memory->begun);
    g_ptr_array_unref(memory->notes);
    g_free(memory);
}

static Entry *entry_of(HaMemory *memory, const char *vm)
{
    Entry *entry = ha_sorted_find(memory->entries, vm);
    if (entry)
        return entry;
    entry = g_new0(Entry, 1);
    entry->vm = g_strdup(vm);
    entry->attempts.tried = g_ptr_array_new_with_free_func(g_free);
    ha_sorted_put(memory->entries, entry);
    g_hash_table_insert(memory->tried, entry->vm, entry->attempts.tried);
    return entry;
}

static void learn_failure(HaMemory *memory, const HaNote *note, gint64 now_ms)
{
    HaAttempts *attempts = &entry_of(memory, note->vm)->attempts;
    guint doublings = MIN(attempts->attempts, RETRY_DOUBLINGS_MAX);
    attempts->attempts++;
    attempts->retry_at_ms = now_ms + ((gint64)memory->settings.retry_delay_ms << doublings);
    g_free(attempts->last_error);
    attempts->last_error = g_strdup(note->text);
    if (note->to && !ha_strings_find(attempts->tried, note->to))
        g_ptr_array_add(attempts->tried, g_strdup(note->to));
}

void ha_memory_forget(HaMemory *memory, const char *vm)
{
    guint index;
    if (!ha_sorted_index(memory->entries, vm, &index))
        return;
    g_hash_table_remove(memory->tried, vm);
    g_ptr_array_remove_index(memory->entries, index);
}

static void forget_all(HaMemory *memory)
{
    g_hash_table_remove_all(memory->tried);
    g_ptr_array_set_size(memory->entries, 0);
}

static void learn_attempts(HaMemory *memory, const HaNote *note, gint64 now_ms)
{
    switch (note->kind) {
    case HA_NOTE_MOVE_FAILED:
        if (note->vm)
            learn_failure(memory, note, now_ms);
        break;
    case HA_NOTE_MOVE_LANDED:
    case HA_NOTE_VM_REMOVED:
        if (note->vm)
            ha_memory_forget(memory, note->vm);
        break;
    case HA_NOTE_DRAIN_BEGUN:
    case HA_NOTE_RETURN_BEGUN:
    case HA_NOTE_DRAIN_CANCELLED:
        forget_all(memory); /* an admin looks at the cluster: everything may be tried afresh */
        break;
    default:
        break;
    }
}

static void learn_begun(HaMemory *memory, const HaNote *note)
{
    guint index;
    if (!note->vm)
        return;
    switch (note->kind) {
    case HA_NOTE_MOVE_BEGUN: {
        Begun *begun = g_new0(Begun, 1);
        begun->vm = g_strdup(note->vm);
        begun->note = ha_note_copy(note);
        ha_sorted_put(memory->begun, begun);
        break;
    }
    case HA_NOTE_MOVE_LANDED:
    case HA_NOTE_MOVE_FAILED:
    case HA_NOTE_MOVE_LOST:
    case HA_NOTE_MOVE_CANCELLED:
    case HA_NOTE_VM_REMOVED:
        if (ha_sorted_index(memory->begun, note->vm, &index))
            g_ptr_array_remove_index(memory->begun, index);
        break;
    default:
        break;
    }
}

/* The notes of failovers outlive the rest: `hactl failover` stands on them, and a drain of many VMs tells a lot. */
static guint least_wanted(const GPtrArray *notes)
{
    guint failovers = 0, first = 0;
    for (guint i = notes->len; i-- > 0;) {
        gboolean is = ha_failover_is(((const HaNote *)notes->pdata[i])->kind);
        failovers += is;
        first = is ? first : i;
    }
    return failovers <= HA_EVENTS_KEPT / 2 ? first : 0;
}

gboolean ha_memory_learn(HaMemory *memory, const HaNote *note, gint64 now_ms)
{
    const HaNote *newest = memory->notes->len ? memory->notes->pdata[memory->notes->len - 1] : NULL;
    if (newest && note->id <= newest->id)
        return FALSE;
    if (memory->notes->len == HA_EVENTS_KEPT)
        g_ptr_array_remove_index(memory->notes, least_wanted(memory->notes));
    g_ptr_array_add(memory->notes, ha_note_copy(note));
    learn_attempts(memory, note, now_ms);
    learn_begun(memory, note);
    return TRUE;
}

const GPtrArray *ha_memory_notes(const HaMemory *memory)
{
    return memory->notes;
}

const HaAttempts *ha_memory_attempts(const HaMemory *memory, const char *vm)
{
    const Entry *entry = ha_sorted_find(memory->entries, vm);
    return entry ? &entry->attempts : NULL;
}

const HaNote *ha_memory_begun(const HaMemory *memory, const char *vm)
{
    const Begun *begun = ha_sorted_find(memory->begun, vm);
    return begun ? begun->note : NULL;
}

GHashTable *ha_memory_tried(const HaMemory *memory)
{
    return memory->tried;
}

gint64 ha_memory_next_retry(const HaMemory *memory, gint64 now_ms)
{
    gint64 next = G_MAXINT64;
    for (guint i = 0; i < memory->entries->len; i++) {
        const Entry *entry = memory->entries->pdata[i];
        if (entry->attempts.retry_at_ms > now_ms)
            next = MIN(next, entry->attempts.retry_at_ms);
    }
    return next;
}

const HaNote *ha_memory_last_of_node(const HaMemory *memory, const char *node, HaNoteKind first, HaNoteKind last)
{
    for (guint i = memory->notes->len; i-- > 0;) {
        const HaNote *note = memory->notes->pdata[i];
        if (note->kind >= first && note->kind <= last && g_strcmp0(note->node, node) == 0)
            return note;
    }
    return NULL;
}
