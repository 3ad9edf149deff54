/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_failover.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

struct HaFailovers {
    GPtrArray *records; /* HaFailover* */
};

static const char *const words[HA_FAILOVER_STATES] = {
    [HA_FAILOVER_LOST] = "lost",
    [HA_FAILOVER_RECOVERING] = "recovering",
    [HA_FAILOVER_DONE] = "done",
    [HA_FAILOVER_PARTIAL] = "partial",
    [HA_FAILOVER_VOID] = "void",
};

const char *ha_failover_state_word(HaFailoverState state)
{
    g_assert(state < HA_FAILOVER_STATES);
    return words[state];
}

const char *ha_failover_vm_word(const HaFailover *failover, const HaFailoverVm *vm)
{
    if (failover->state == HA_FAILOVER_VOID)
        return "stayed";
    if (vm->recovered_ms)
        return "recovered";
    if (vm->unwanted)
        return "unwanted";
    return vm->why ? "unplaced" : "waiting";
}

/* ---- life ---- */

static void vm_free(HaFailoverVm *vm)
{
    g_free(vm->vm);
    g_free(vm->to);
    g_free(vm->why);
    g_free(vm);
}

static void record_free(HaFailover *failover)
{
    g_free(failover->node);
    g_ptr_array_unref(failover->vms);
    g_free(failover);
}

HaFailovers *ha_failovers_new(void)
{
    HaFailovers *failovers = g_new0(HaFailovers, 1);
    failovers->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    return failovers;
}

void ha_failovers_free(HaFailovers *failovers)
{
    g_ptr_array_unref(failovers->records);
    g_free(failovers);
}

const GPtrArray *ha_failovers_list(const HaFailovers *failovers)
{
    return failovers->records;
}

/* ---- records ---- */

HaFailover *ha_failovers_newest(const HaFailovers *failovers, const char *node)
{
    for (guint i = failovers->records->len; i-- > 0;) {
        HaFailover *failover = failovers->records->pdata[i];
        if (g_strcmp0(failover->node, node) == 0)
            return failover;
    }
    return NULL;
}

HaFailover *ha_failovers_open(const HaFailovers *failovers, const char *node)
{
    HaFailover *failover = ha_failovers_newest(failovers, node);
    return failover && failover->state < HA_FAILOVER_DONE ? failover : NULL;
}

HaFailover *ha_failovers_suspect(HaFailovers *failovers, const char *node, gint64 heard_ms, gint64 declared_ms)
{
    HaFailover *failover = g_new0(HaFailover, 1);
    failover->node = g_strdup(node);
    failover->heard_ms = heard_ms;
    failover->declared_ms = declared_ms;
    failover->vms = g_ptr_array_new_with_free_func((GDestroyNotify)vm_free);
    if (failovers->records->len == HA_FAILOVERS_KEPT)
        g_ptr_array_remove_index(failovers->records, 0);
    g_ptr_array_add(failovers->records, failover);
    return failover;
}

void ha_failovers_drop(HaFailovers *failovers, HaFailover *failover)
{
    g_ptr_array_remove(failovers->records, failover);
}

HaFailoverVm *ha_failover_vm(HaFailover *failover, const char *vm)
{
    HaFailoverVm *entry = ha_sorted_find(failover->vms, vm);
    if (entry)
        return entry;
    entry = g_new0(HaFailoverVm, 1);
    entry->vm = g_strdup(vm);
    ha_sorted_put(failover->vms, entry);
    return entry;
}

/* ---- what notes say ---- */

gboolean ha_failover_is(HaNoteKind kind)
{
    return kind >= HA_NOTE_FAILOVER_BEGUN && kind <= HA_NOTE_FAILOVER_VOID;
}

static void learn_begun(HaFailovers *failovers, const HaNote *note)
{
    HaFailover *failover = ha_failovers_open(failovers, note->node);
    gint64 heard_ms = note->at_ms - (gint64)MIN(note->value, (guint64)MAX(note->at_ms, 0));
    if (!failover || failover->id)
        failover = ha_failovers_suspect(failovers, note->node, heard_ms, note->at_ms);
    failover->id = note->id;
    failover->confirmed = TRUE;
    failover->heard_ms = heard_ms;
    failover->declared_ms = note->at_ms;
    g_auto(GStrv) names = g_strsplit(note->text ? note->text : "", " ", -1);
    for (char **name = names; *name; name++)
        if (ha_name_check(*name))
            ha_failover_vm(failover, *name);
}

static void learn_recovered(HaFailover *failover, const HaNote *note)
{
    HaFailoverVm *vm = ha_failover_vm(failover, note->vm);
    g_free(vm->to);
    vm->to = g_strdup(note->to);
    vm->recovered_ms = note->at_ms;
    vm->told = TRUE;
    g_clear_pointer(&vm->why, g_free);
}

static void learn_unplaced(HaFailover *failover, const HaNote *note)
{
    HaFailoverVm *vm = ha_failover_vm(failover, note->vm);
    g_free(vm->why);
    vm->why = g_strdup(note->text ? note->text : "no reason given");
}

static void learn_end(HaFailover *failover, const HaNote *note, HaFailoverState state)
{
    failover->state = state;
    failover->ended_ms = note->at_ms;
    for (guint i = 0; i < failover->vms->len; i++) { /* every other VM was said to have an end of its own */
        HaFailoverVm *vm = failover->vms->pdata[i];
        vm->unwanted |= !vm->recovered_ms && !vm->why;
    }
}

void ha_failovers_learn(HaFailovers *failovers, const HaNote *note)
{
    if (!ha_failover_is(note->kind) || !note->node)
        return;
    HaFailover *failover = ha_failovers_newest(failovers, note->node);
    if (note->kind == HA_NOTE_FAILOVER_BEGUN)
        learn_begun(failovers, note);
    if (!failover || !failover->id)
        return; /* its beginning was not heard */
    switch (note->kind) {
    case HA_NOTE_NODE_FENCED:
        failover->fenced_ms = note->at_ms;
        failover->fenced_told = TRUE;
        failover->state = MAX(failover->state, HA_FAILOVER_RECOVERING);
        break;
    case HA_NOTE_VM_RECOVERED:
        if (note->vm)
            learn_recovered(failover, note);
        break;
    case HA_NOTE_VM_UNPLACED:
        if (note->vm)
            learn_unplaced(failover, note);
        break;
    case HA_NOTE_FAILOVER_DONE:
        learn_end(failover, note, HA_FAILOVER_DONE);
        break;
    case HA_NOTE_FAILOVER_PARTIAL:
        learn_end(failover, note, HA_FAILOVER_PARTIAL);
        break;
    case HA_NOTE_FAILOVER_VOID:
        learn_end(failover, note, HA_FAILOVER_VOID);
        break;
    default:
        break;
    }
}
