/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_define.h"

#include "agent/core/ha_core_private.h"
#include "agent/core/ha_move.h"

#include <string.h>

/* ---- may it? ---- */

static const HaNeeds *needs_of(const HaView *view, const HaConfigVm *vm)
{
    return vm->definition ? ha_view_needs(view, vm->definition) : NULL;
}

/* What the VM is now: by its definition, else by the host where it runs. Returns: borrowed, NULL when nobody knows. */
static const char *uuid_of(const HaView *view, const HaConfigVm *vm)
{
    const HaNeeds *old = needs_of(view, vm);
    const HaReportVm *report = old ? NULL : ha_view_where(view, vm->name).report;
    return old ? old->uuid : report ? report->uuid : NULL;
}

/* Returns: the capacity of the host that has most; 0 when no host says. */
static guint64 largest_host(const HaView *view, const char **ret_node)
{
    guint64 largest = 0;
    for (guint i = 0; i < view->config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)view->config->nodes->pdata[i])->node;
        guint64 capacity = 0, used = 0;
        ha_view_node_mem(view, node, &capacity, &used);
        if (capacity > largest) {
            largest = capacity;
            *ret_node = node;
        }
    }
    return largest;
}

char *ha_define_refusal(const HaView *view, const HaConfigVm *vm, const HaNeeds *needs, gboolean allow_local)
{
    const HaNeeds *old = needs_of(view, vm);
    const char *uuid = uuid_of(view, vm), *node = NULL;
    guint64 largest = largest_host(view, &node);
    if (strcmp(needs->name, vm->name) != 0)
        return g_strdup_printf("the definition is that of %s, not of %s: a VM's name can't change; keep the name, or "
                               "add another VM with 'hactl vm add'",
            needs->name, vm->name);
    if (uuid && g_strcmp0(needs->uuid, uuid) != 0)
        return g_strdup_printf("the definition has the uuid %s, and %s is %s: a VM's uuid can't change; keep the uuid, "
                               "or add another VM with 'hactl vm add'",
            needs->uuid, vm->name, uuid);
    if (largest && needs->mem_mib > largest)
        return g_strdup_printf("%s would need %" G_GUINT64_FORMAT " MiB, and no host has that much for VMs: the "
                               "largest, %s, has %" G_GUINT64_FORMAT " MiB; give it less",
            vm->name, needs->mem_mib, node, largest);
    if (needs->local_disk && !allow_local && !(old && old->local_disk))
        return g_strdup_printf("%s would have a disk that only one host can reach: %s; put the image on shared "
                               "storage, or accept that it can't move or be recovered elsewhere with "
                               "--allow-local-disk",
            vm->name, needs->local_disk);
    return NULL;
}

/* ---- its size ---- */

/* What the VM takes as long as it is not started anew. */
static void taken(const HaView *view, const HaConfigVm *vm, guint64 *ret_mem_mib, guint32 *ret_vcpus)
{
    HaWhere where = ha_view_where(view, vm->name);
    gboolean stopped = where.state == HA_VM_ABSENT;
    *ret_mem_mib = where.report ? (where.report->mem_bytes + (1u << 20) - 1) >> 20 : stopped ? 0 : vm->mem_mib;
    *ret_vcpus = where.report ? where.report->vcpus : stopped ? 0 : vm->vcpus;
}

HaChange *ha_define_change(const HaView *view, const HaConfigVm *vm, const HaNeeds *needs)
{
    HaChange *change = ha_change_new(HA_CHANGE_VM_DEFINE, vm->name, NULL, needs->hash);
    taken(view, vm, &change->mem_mib, &change->vcpus);
    change->mem_mib = MAX(change->mem_mib, needs->mem_mib);
    change->vcpus = MAX(change->vcpus, needs->vcpus);
    return change;
}

char *ha_define_summary(const HaNeeds *old, const HaNeeds *needs)
{
    GString *text = g_string_new(NULL);
    if (old && old->mem_mib != needs->mem_mib)
        g_string_append_printf(
            text, "memory %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " MiB", old->mem_mib, needs->mem_mib);
    if (old && old->vcpus != needs->vcpus)
        g_string_append_printf(text, "%svcpu %u to %u", text->len ? ", " : "", old->vcpus, needs->vcpus);
    if (!text->len)
        g_string_append(text, "same size");
    return g_string_free(text, FALSE);
}

/* ---- the request ---- */

static GPtrArray *defined_note(const HaView *view, const HaConfigVm *vm, const HaRequest *request)
{
    g_autofree char *summary = ha_define_summary(needs_of(view, vm), request->needs);
    GPtrArray *notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    HaNote *note = ha_note_new(HA_NOTE_VM_DEFINED);
    note->vm = g_strdup(vm->name);
    note->text =
        g_strdup_printf("%s, effective at its next start; asked by %s", summary, request->by ? request->by : "admin");
    g_ptr_array_add(notes, note);
    return notes;
}

void ha_define_do(HaCore *core, const HaRequest *request, const HaConfigVm *vm, GPtrArray *effects)
{
    const HaView *view = core->view;
    HaMoveState state = ha_move_state(view, vm);
    g_autofree char *refusal = NULL;
    if (g_strcmp0(request->expected, vm->definition) != 0) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "the definition of %s was changed by somebody else meanwhile, and yours was made from the one before; look "
            "at what it is now with 'hactl vm diff %s', and make your change anew",
            vm->name, vm->name);
    } else if (g_strcmp0(request->needs->hash, vm->definition) == 0) {
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "%s has that definition already", vm->name);
    } else if (state != HA_MOVE_NONE) { /* a parameter that changes under a migration may end in a restart */
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "%s is being moved (%s); wait until 'hactl vm show %s' shows no move", vm->name, ha_move_state_word(state),
            vm->name);
    } else if ((refusal = ha_define_refusal(view, vm, request->needs, request->allow_local))) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED, "%s", refusal);
    } else {
        GPtrArray *changes = ha_change_list_new();
        g_ptr_array_add(changes, ha_define_change(view, vm, request->needs));
        ha_write(core, effects, changes, TRUE, defined_note(view, vm, request), request->id,
            g_strdup_printf("%s has a new definition, effective at its next start", vm->name));
    }
}

/* ---- what a VM no longer takes ---- */

/* Returns: (transfer full) nullable. */
static HaChange *smaller(const HaView *view, const HaConfigVm *vm)
{
    const HaNeeds *needs = needs_of(view, vm);
    HaVmState state = ha_view_where(view, vm->name).state;
    if (!needs || (state != HA_VM_RUNNING && state != HA_VM_ABSENT) || ha_move_state(view, vm) != HA_MOVE_NONE)
        return NULL;
    HaChange *change = ha_define_change(view, vm, needs);
    if (change->mem_mib < vm->mem_mib || change->vcpus < vm->vcpus) {
        change->mem_mib = MIN(change->mem_mib, vm->mem_mib);
        change->vcpus = MIN(change->vcpus, vm->vcpus);
        return change;
    }
    ha_change_free(change);
    return NULL;
}

void ha_define_settle(HaCore *core, GPtrArray *effects)
{
    const GPtrArray *vms = core->view->config->vms;
    g_autoptr(GPtrArray) changes = ha_change_list_new();
    for (guint i = 0; i < vms->len; i++) {
        HaChange *change = smaller(core->view, vms->pdata[i]);
        if (change)
            g_ptr_array_add(changes, change);
    }
    if (changes->len)
        ha_write(core, effects, g_steal_pointer(&changes), FALSE, NULL, 0, NULL);
}
