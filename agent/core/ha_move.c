/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_move.h"

#include <string.h>

static const char *const words[HA_MOVE_STATES] = {
    [HA_MOVE_NONE] = "none",
    [HA_MOVE_QUEUED] = "queued",
    [HA_MOVE_PINNED] = "pinned",
    [HA_MOVE_MOVING] = "moving",
    [HA_MOVE_LANDING] = "landing",
    [HA_MOVE_LANDED] = "landed",
    [HA_MOVE_BLOCKED] = "blocked",
    [HA_MOVE_REVOKED] = "revoked",
    [HA_MOVE_LOST] = "lost",
};

const char *ha_move_state_word(HaMoveState state)
{
    g_assert(state < HA_MOVE_STATES);
    return words[state];
}

/* Pacemaker's account of the VM, all nodes together. */
typedef struct {
    gboolean on_pin;       /* active on the pin's node */
    const char *elsewhere; /* active on another node */
    gboolean pending;      /* an action other than a monitor is in flight */
    gboolean migrating;    /* a migrate_to or migrate_from is in flight */
    gboolean failed;       /* a migrate_to failed and is not cleaned up */
} History;

static History read_history(const HaConfigVm *vm)
{
    History history = {0};
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        history.pending |= place->pending != HA_OP_NONE && place->pending != HA_OP_MONITOR;
        history.migrating |= place->pending == HA_OP_MIGRATE_TO || place->pending == HA_OP_MIGRATE_FROM;
        history.failed |= place->failed_migrate_to;
        if (!place->active)
            continue;
        if (g_strcmp0(place->node, vm->pin) == 0)
            history.on_pin = TRUE;
        else
            history.elsewhere = place->node;
    }
    return history;
}

static HaMoveState state_unpinned(const History *history)
{
    if (history->failed)
        return HA_MOVE_REVOKED;
    return history->migrating ? HA_MOVE_MOVING : HA_MOVE_NONE;
}

/* Nothing pending: it has landed, has not begun, or never will. */
static HaMoveState state_at_rest(const HaView *view, const HaConfigVm *vm, const History *history, HaWhere where)
{
    const HaConfigNode *target = ha_config_find_node(view->config, vm->pin);
    gboolean here_or_unsaid = !where.node || strcmp(where.node, vm->pin) == 0;
    if (history->on_pin && !history->elsewhere)
        return here_or_unsaid && where.copies <= 1 ? HA_MOVE_LANDED : HA_MOVE_LANDING;
    if (history->on_pin)
        return HA_MOVE_LANDING;
    if (!target || target->state != HA_NODE_ONLINE || !vm->wanted_running)
        return HA_MOVE_LOST;
    return HA_MOVE_PINNED;
}

HaMoveState ha_move_state(const HaView *view, const HaConfigVm *vm)
{
    History history = read_history(vm);
    if (!vm->pin)
        return state_unpinned(&history);
    if (history.failed)
        return HA_MOVE_BLOCKED;
    HaWhere where = ha_view_where(view, vm->name);
    if (history.pending)
        return g_strcmp0(where.node, vm->pin) == 0 ? HA_MOVE_LANDING : HA_MOVE_MOVING;
    return state_at_rest(view, vm, &history, where);
}

gboolean ha_move_in_flight(HaMoveState state)
{
    return state == HA_MOVE_PINNED || state == HA_MOVE_MOVING || state == HA_MOVE_LANDING;
}

const char *ha_move_source(const HaView *view, const HaConfigVm *vm)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (place->pending == HA_OP_MIGRATE_TO || place->failed_migrate_to)
            return place->node;
    }
    const char *node = read_history(vm).elsewhere;
    return node ? node : ha_view_where(view, vm->name).node;
}

const char *ha_move_error(const HaView *view, const HaConfigVm *vm)
{
    for (guint i = 0; i < vm->places->len; i++) {
        const HaConfigPlace *place = vm->places->pdata[i];
        if (!place->failed_migrate_to)
            continue;
        const HaReport *report = ha_view_report(view, place->node);
        const HaReportVm *told = report ? ha_report_find_vm(report, vm->name) : NULL;
        return place->exit_reason ? place->exit_reason : told ? told->failure : NULL;
    }
    return NULL;
}

gboolean ha_move_settled(const HaView *view, const char *vm)
{
    HaWhere where = ha_view_where(view, vm);
    if (where.copies > 1 || where.incoming || where.leaving)
        return FALSE; /* the source says it left before the target says it came */
    if (where.state == HA_VM_ABSENT)
        return TRUE;
    if (!where.report)
        return FALSE;
    return where.state == HA_VM_RUNNING || where.state == HA_VM_PAUSED || where.state == HA_VM_IO_ERROR;
}
