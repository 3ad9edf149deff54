/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a core sees of a host's loss. Three signs come in any order: corosync's group is without the host, Pacemaker has
 * it unclean, Pacemaker has it offline (fenced, or an admin confirmed that it is off; then its history is gone, so that
 * its VMs must have been noted before). A host without its hactld, or one that was shut down in order, is no loss.
 */
#include "agent/core/ha_core_private.h"

#include <string.h>

#include "agent/core/model/ha_sorted.h"

#define OLD_SUSPICION_MS 60000    /* its hactld had been away for long: that was not when the host was lost */
#define UNPLACED_PATIENCE_MS 8000 /* nothing has been started for so long, and the VM does not run */
#define NAMES_BYTES_MAX 3500u
#define VMS_IN_SUMMARY 8u

static const HaConfigPlace *place_at(const HaConfigVm *vm, const char *node)
{
    return ha_sorted_find(vm->places, node);
}

static const char *active_elsewhere(const HaConfigVm *vm, const char *node)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->active && strcmp(place->node, node) != 0)
            return place->node;
    }
    return NULL;
}

/* ---- signs ---- */

/* Pacemaker's history of the host, as long as there is one. */
static void note_vms(const HaConfig *config, HaFailover *failover)
{
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        const HaConfigPlace *place = place_at(vm, failover->node);
        if (place && place->active && vm->wanted_running && vm->managed)
            ha_failover_vm(failover, vm->name);
    }
}

static gboolean has_member(const GPtrArray *members, guint32 node_id)
{
    for (guint i = 0; i < members->len; i++)
        if (((const HaMember *)members->pdata[i])->node_id == node_id)
            return TRUE;
    return FALSE;
}

static gint64 unix_ms(const HaView *view, gint64 at_ms)
{
    return view->now_unix_ms - (view->now_ms - at_ms);
}

void ha_failover_members(HaCore *core, const GPtrArray *members)
{
    const HaView *view = core->view;
    for (guint i = 0; view->config && i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        const HaViewReport *last = ha_view_last_report(view, node->node);
        if (!last || has_member(members, last->report->node_id) || ha_failovers_open(core->failovers, node->node))
            continue;
        note_vms(view->config,
            ha_failovers_suspect(core->failovers, node->node, unix_ms(view, last->at_ms), view->now_unix_ms));
    }
}

/* Shut down in order, its VMs went elsewhere or were stopped: their history says so. */
static gboolean any_vm_lost(const HaConfig *config, const HaFailover *failover)
{
    for (guint i = 0; i < failover->vms->len; i++) {
        const HaConfigVm *vm = ha_config_find_vm(config, ((const HaFailoverVm *)failover->vms->pdata[i])->vm);
        const HaConfigPlace *place = vm ? place_at(vm, failover->node) : NULL;
        if (vm && vm->wanted_running && !active_elsewhere(vm, failover->node) && (!place || place->active))
            return TRUE;
    }
    return FALSE;
}

/* What left before the host was lost is not to be recovered. */
static void drop_moved_away(const HaConfig *config, HaFailover *failover)
{
    for (guint i = failover->vms->len; i-- > 0;) {
        const HaConfigVm *vm = ha_config_find_vm(config, ((const HaFailoverVm *)failover->vms->pdata[i])->vm);
        const HaConfigPlace *place = vm ? place_at(vm, failover->node) : NULL;
        if (!vm || (active_elsewhere(vm, failover->node) && !(place && place->active)))
            g_ptr_array_remove_index(failover->vms, i);
    }
}

/* A member whose controller is away may be back in a moment: it is waited for. */
static gboolean unclean_for_certain(HaCore *core, const HaConfigNode *node, HaFailover *failover)
{
    const HaView *view = core->view;
    if (node->state != HA_NODE_UNCLEAN) {
        failover->unclean_since_ms = 0;
        return FALSE;
    }
    if (!has_member(view->members, node->node_id))
        return TRUE;
    if (!failover->unclean_since_ms)
        failover->unclean_since_ms = view->now_ms;
    ha_wake_at(core, failover->unclean_since_ms + HA_STABLE_MS);
    return view->now_ms - failover->unclean_since_ms >= HA_STABLE_MS;
}

static void confirm(HaCore *core, const HaConfigNode *node, HaFailover *failover)
{
    const HaView *view = core->view;
    gboolean gone = node->state == HA_NODE_OFFLINE && any_vm_lost(view->config, failover);
    if (failover->confirmed || (!unclean_for_certain(core, node, failover) && !gone))
        return;
    failover->confirmed = TRUE;
    if (view->now_unix_ms - failover->declared_ms > OLD_SUSPICION_MS)
        failover->heard_ms = failover->declared_ms = view->now_unix_ms;
    drop_moved_away(view->config, failover);
}

/* ---- what becomes of the VMs ---- */

/* The host has booted since it was fenced, and runs it again: those that waited for others may go there. */
static gboolean is_back(const HaConfig *config, const HaFailover *failover, const HaConfigVm *vm)
{
    const HaConfigNode *node = ha_config_find_node(config, failover->node);
    const HaConfigPlace *place = place_at(vm, failover->node);
    return failover->fenced_ms && node && node->state == HA_NODE_ONLINE && place && place->active;
}

static void observe_vm(const HaView *view, const HaFailover *failover, HaFailoverVm *entry)
{
    const HaConfigVm *vm = ha_config_find_vm(view->config, entry->vm);
    entry->unwanted = !vm || !vm->wanted_running;
    if (entry->unwanted || entry->recovered_ms)
        return;
    HaWhere where = ha_view_where(view, entry->vm);
    const char *to = where.state == HA_VM_RUNNING && strcmp(where.node, failover->node) != 0
                         ? where.node
                         : active_elsewhere(vm, failover->node);
    if (!to && is_back(view->config, failover, vm))
        to = failover->node;
    if (!to)
        return;
    entry->recovered_ms = view->now_unix_ms;
    g_free(entry->to);
    entry->to = g_strdup(to);
}

static gboolean is_settled(const HaFailoverVm *vm)
{
    return vm->recovered_ms || vm->unwanted || vm->why;
}

/* Pacemaker has nothing to do any more that a VM may be waiting for. */
static gboolean pacemaker_quiet(const HaConfig *config)
{
    if (!config->dc)
        return FALSE;
    for (guint i = 0; i < config->nodes->len; i++)
        if (((const HaConfigNode *)config->nodes->pdata[i])->state == HA_NODE_UNCLEAN)
            return FALSE;
    for (guint i = 0; i < config->vms->len; i++) {
        const HaConfigVm *vm = config->vms->pdata[i];
        for (guint j = 0; j < vm->places->len; j++) {
            HaOp pending = ((const HaConfigPlace *)vm->places->pdata[j])->pending;
            if (pending != HA_OP_NONE && pending != HA_OP_MONITOR)
                return FALSE;
        }
    }
    return TRUE;
}

static char *candidates_text(const GPtrArray *candidates)
{
    GString *text = g_string_new("no node can take it: ");
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        g_string_append_printf(text, "%s%s: %s", i ? "; " : "", candidate->node, ha_block_text(candidate->block, NULL));
        if (candidate->detail)
            g_string_append_printf(text, " (%s)", candidate->detail);
    }
    return g_string_free(text, FALSE);
}

static char *why_not(const HaView *view, const HaConfigVm *vm)
{
    if (view->config->maintenance || !vm->managed)
        return g_strdup("Pacemaker has it unmanaged, or the cluster is in maintenance");
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->failed)
            return g_strdup_printf("an action of it failed on %s: %s", place->node,
                place->exit_reason ? place->exit_reason : "no reason given");
    }
    g_autoptr(HaPromises) none = ha_promises_new();
    GPtrArray *candidates = NULL;
    const char *node = ha_place_pick(view, vm->name, none, NULL, &candidates);
    char *text =
        node ? g_strdup_printf("Pacemaker does not start it, though %s could take it; 'crm_mon -1' and 'crm_simulate "
                               "-sL' show what keeps it",
                   node)
             : candidates_text(candidates);
    g_ptr_array_unref(candidates);
    return text;
}

static void observe_unplaced(HaCore *core, HaFailover *failover)
{
    gint64 now_ms = core->view->now_ms;
    gboolean all_settled = TRUE;
    for (guint i = 0; i < failover->vms->len; i++)
        all_settled &= is_settled(failover->vms->pdata[i]);
    if (all_settled || !pacemaker_quiet(core->view->config)) {
        failover->quiet_since_ms = 0;
        return;
    }
    if (!failover->quiet_since_ms)
        failover->quiet_since_ms = now_ms;
    if (now_ms - failover->quiet_since_ms < UNPLACED_PATIENCE_MS) {
        ha_wake_at(core, failover->quiet_since_ms + UNPLACED_PATIENCE_MS);
        return;
    }
    for (guint i = 0; i < failover->vms->len; i++) {
        HaFailoverVm *vm = failover->vms->pdata[i];
        if (!is_settled(vm))
            vm->why = why_not(core->view, ha_config_find_vm(core->view->config, vm->vm));
    }
}

/* ---- what is said ---- */

static HaNote *note_of(HaNoteKind kind, const HaFailover *failover, gint64 at_ms)
{
    HaNote *note = ha_note_new(kind);
    note->node = g_strdup(failover->node);
    note->at_ms = at_ms;
    note->value = (guint64)MAX(at_ms - failover->heard_ms, 0);
    return note;
}

static void say_begun(HaCore *core, HaFailover *failover, GPtrArray *effects)
{
    HaNote *note = note_of(HA_NOTE_FAILOVER_BEGUN, failover, failover->declared_ms);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < failover->vms->len && names->len < NAMES_BYTES_MAX; i++)
        g_string_append_printf(names, "%s%s", i ? " " : "", ((const HaFailoverVm *)failover->vms->pdata[i])->vm);
    note->text = g_string_free(names, FALSE);
    ha_speak(core, effects, note);
}

static void say_vms(HaCore *core, HaFailover *failover, GPtrArray *effects)
{
    for (guint i = 0; i < failover->vms->len; i++) {
        HaFailoverVm *vm = failover->vms->pdata[i];
        gboolean recovered = vm->recovered_ms != 0;
        if (vm->told || (!recovered && !vm->why))
            continue;
        HaNote *note = note_of(recovered ? HA_NOTE_VM_RECOVERED : HA_NOTE_VM_UNPLACED, failover,
            recovered ? vm->recovered_ms : core->view->now_unix_ms);
        note->vm = g_strdup(vm->vm);
        note->to = g_strdup(recovered ? vm->to : NULL);
        note->text = g_strdup(vm->why);
        vm->told = TRUE;
        ha_speak(core, effects, note);
    }
}

static double seconds(const HaFailover *failover, gint64 at_ms)
{
    return (double)(at_ms - failover->heard_ms) / 1000.0;
}

typedef struct {
    guint recovered, unplaced;
    gint64 last_ms; /* of everything that was measured */
} Tally;

static Tally tally(const HaFailover *failover)
{
    Tally sum = {.last_ms = MAX(failover->declared_ms, failover->fenced_ms)};
    for (guint i = 0; i < failover->vms->len; i++) {
        const HaFailoverVm *vm = failover->vms->pdata[i];
        sum.recovered += vm->recovered_ms != 0;
        sum.unplaced += !vm->recovered_ms && !vm->unwanted;
        sum.last_ms = MAX(sum.last_ms, vm->recovered_ms);
    }
    return sum;
}

/* "declared lost after 1.9 s, fenced after 5.2 s, 2 VMs run again: web1 on node1 after 7.1 s, ..." */
static char *timeline(const HaFailover *failover, const Tally *sum)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "declared lost after %.1f s, ", seconds(failover, failover->declared_ms));
    if (failover->fenced_ms)
        g_string_append_printf(text, "fenced after %.1f s, ", seconds(failover, failover->fenced_ms));
    if (failover->vms->len)
        g_string_append_printf(text, "%u VM%s again", sum->recovered, sum->recovered == 1 ? " runs" : "s run");
    else
        g_string_append(text, "no VM ran there");
    guint shown = 0;
    for (guint i = 0; i < failover->vms->len && shown < VMS_IN_SUMMARY; i++) {
        const HaFailoverVm *vm = failover->vms->pdata[i];
        if (vm->recovered_ms)
            g_string_append_printf(text, "%s%s on %s after %.1f s", shown++ ? ", " : ": ", vm->vm, vm->to,
                seconds(failover, vm->recovered_ms));
    }
    if (sum->recovered > shown)
        g_string_append_printf(text, ", ..., the last after %.1f s", seconds(failover, sum->last_ms));
    if (sum->unplaced)
        g_string_append_printf(text, "; %u do%s not", sum->unplaced, sum->unplaced == 1 ? "es" : "");
    return g_string_free(text, FALSE);
}

static void say_end(HaCore *core, HaFailover *failover, GPtrArray *effects)
{
    for (guint i = 0; i < failover->vms->len; i++)
        if (!is_settled(failover->vms->pdata[i]))
            return;
    Tally sum = tally(failover);
    HaNote *note = note_of(sum.unplaced ? HA_NOTE_FAILOVER_PARTIAL : HA_NOTE_FAILOVER_DONE, failover, sum.last_ms);
    note->text = timeline(failover, &sum);
    ha_speak(core, effects, note);
}

/* ---- one host ---- */

static void observe(HaCore *core, const HaConfigNode *node, HaFailover *failover)
{
    const HaView *view = core->view;
    if (!failover->fenced_ms)
        note_vms(view->config, failover);
    confirm(core, node, failover);
    if (!failover->confirmed)
        return;
    if (node->state == HA_NODE_OFFLINE && view->config->fencing && !failover->fenced_ms)
        failover->fenced_ms = view->now_unix_ms;
    if (node->state != HA_NODE_UNCLEAN)
        failover->state = HA_FAILOVER_RECOVERING;
    for (guint i = 0; i < failover->vms->len; i++)
        observe_vm(view, failover, failover->vms->pdata[i]);
    if (failover->state == HA_FAILOVER_RECOVERING)
        observe_unplaced(core, failover);
}

static void speak(HaCore *core, const HaConfigNode *node, HaFailover *failover, GPtrArray *effects)
{
    gboolean back = node->state == HA_NODE_ONLINE && core->view->config->fencing && !failover->fenced_ms;
    if (!failover->id)
        say_begun(core, failover, effects);
    if (failover->fenced_ms && !failover->fenced_told)
        ha_speak(core, effects, note_of(HA_NOTE_NODE_FENCED, failover, failover->fenced_ms));
    if (back) {
        ha_speak(core, effects, note_of(HA_NOTE_FAILOVER_VOID, failover, core->view->now_unix_ms));
        return;
    }
    say_vms(core, failover, effects);
    if (failover->state == HA_FAILOVER_RECOVERING)
        say_end(core, failover, effects);
}

static void watch_node(HaCore *core, const HaConfigNode *node, GPtrArray *effects)
{
    const HaView *view = core->view;
    HaFailover *failover = ha_failovers_open(core->failovers, node->node);
    if (!failover && node->state == HA_NODE_UNCLEAN)
        failover = ha_failovers_suspect(core->failovers, node->node, view->now_unix_ms, view->now_unix_ms);
    if (!failover)
        return;
    gboolean member = has_member(view->members, node->node_id);
    if (!failover->confirmed && member && node->state == HA_NODE_ONLINE) {
        ha_failovers_drop(core->failovers, failover);
        return;
    }
    observe(core, node, failover);
    if (effects && failover->confirmed)
        speak(core, node, failover, effects);
}

/* A VM that found no place and runs in the end: its record is completed, unless its host was lost once more since. */
static void watch_late(HaCore *core, HaFailover *failover, GPtrArray *effects)
{
    if (failover->state != HA_FAILOVER_PARTIAL || ha_failovers_newest(core->failovers, failover->node) != failover)
        return;
    for (guint i = 0; i < failover->vms->len; i++) {
        HaFailoverVm *vm = failover->vms->pdata[i];
        if (!vm->why)
            continue;
        observe_vm(core->view, failover, vm);
        vm->told &= !vm->recovered_ms;
    }
    if (effects)
        say_vms(core, failover, effects);
}

void ha_failover_watch(HaCore *core, GPtrArray *effects)
{
    const HaView *view = core->view;
    if (!view->config || !view->config->quorate || !view->quorate)
        return; /* the others look lost from here */
    for (guint i = 0; i < view->config->nodes->len; i++)
        watch_node(core, view->config->nodes->pdata[i], effects);
    const GPtrArray *records = ha_failovers_list(core->failovers);
    for (guint i = 0; i < records->len; i++)
        watch_late(core, records->pdata[i], effects);
}
