/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_note.h"

HaNote *ha_note_new(HaNoteKind kind)
{
    HaNote *note = g_new0(HaNote, 1);
    note->kind = kind;
    return note;
}

void ha_note_free(HaNote *note)
{
    if (!note)
        return;
    g_free(note->vm);
    g_free(note->node);
    g_free(note->from);
    g_free(note->to);
    g_free(note->text);
    g_free(note->others);
    g_free(note);
}

HaNote *ha_note_copy(const HaNote *note)
{
    HaNote *copy = g_memdup2(note, sizeof *note);
    copy->vm = g_strdup(note->vm);
    copy->node = g_strdup(note->node);
    copy->from = g_strdup(note->from);
    copy->to = g_strdup(note->to);
    copy->text = g_strdup(note->text);
    copy->others = g_strdup(note->others);
    return copy;
}

static const char *const words[HA_NOTES] = {
    [HA_NOTE_LEADER] = "leader",
    [HA_NOTE_DRAIN_BEGUN] = "drain-begun",
    [HA_NOTE_DRAIN_DONE] = "drain-done",
    [HA_NOTE_DRAIN_PARTIAL] = "drain-partial",
    [HA_NOTE_DRAIN_CANCELLED] = "drain-cancelled",
    [HA_NOTE_RETURN_BEGUN] = "return-begun",
    [HA_NOTE_RETURN_DONE] = "return-done",
    [HA_NOTE_MOVE_BEGUN] = "move-begun",
    [HA_NOTE_MOVE_LANDED] = "move-landed",
    [HA_NOTE_MOVE_FAILED] = "move-failed",
    [HA_NOTE_MOVE_LOST] = "move-lost",
    [HA_NOTE_MOVE_CANCELLED] = "move-cancelled",
    [HA_NOTE_VM_ADDED] = "vm-added",
    [HA_NOTE_VM_REMOVED] = "vm-removed",
    [HA_NOTE_VM_STATE] = "vm-state",
    [HA_NOTE_NODE_STATE] = "node-state",
    [HA_NOTE_ALARM] = "alarm",
    [HA_NOTE_TUNED] = "tuned",
    [HA_NOTE_VM_DEFINED] = "vm-defined",
    [HA_NOTE_FENCING] = "fencing",
    [HA_NOTE_GROUP] = "group",
    [HA_NOTE_BALANCE] = "balance",
    [HA_NOTE_FAILOVER_BEGUN] = "failover-begun",
    [HA_NOTE_NODE_FENCED] = "node-fenced",
    [HA_NOTE_VM_RECOVERED] = "vm-recovered",
    [HA_NOTE_VM_UNPLACED] = "vm-unplaced",
    [HA_NOTE_FAILOVER_DONE] = "failover-done",
    [HA_NOTE_FAILOVER_PARTIAL] = "failover-partial",
    [HA_NOTE_FAILOVER_VOID] = "failover-void",
    [HA_NOTE_APPLIED] = "applied",
    [HA_NOTE_CAPACITY] = "capacity",
    [HA_NOTE_VM_PARKED] = "vm-parked",
    [HA_NOTE_VM_UNPARKED] = "vm-unparked",
};

const char *ha_note_word(HaNoteKind kind)
{
    g_assert(kind < HA_NOTES);
    return words[kind];
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

char *ha_note_sentence(const HaNote *note)
{
    const char *vm = or_dash(note->vm), *node = or_dash(note->node), *from = or_dash(note->from),
               *to = or_dash(note->to);
    const char *text = or_dash(note->text);
    double seconds = (double)note->value / 1000.0;
    switch (note->kind) {
    case HA_NOTE_LEADER:
        return g_strdup_printf("%s leads, term %" G_GUINT64_FORMAT, node, note->value);
    case HA_NOTE_DRAIN_BEGUN:
        return g_strdup_printf("drain of %s begun, asked by %s", node, text);
    case HA_NOTE_DRAIN_DONE:
        return g_strdup_printf("drain of %s done: it is empty and in standby", node);
    case HA_NOTE_DRAIN_PARTIAL:
        return g_strdup_printf("drain of %s is partial: %s", node, text);
    case HA_NOTE_DRAIN_CANCELLED:
        return g_strdup_printf("%s put back into service, asked by %s", node, text);
    case HA_NOTE_RETURN_BEGUN:
        return g_strdup_printf("%s put back into service, its VMs return; asked by %s", node, text);
    case HA_NOTE_RETURN_DONE:
        return g_strdup_printf(
            "return of VMs to %s done%s%s", node, note->text ? ": " : "", note->text ? note->text : "");
    case HA_NOTE_MOVE_BEGUN:
        return g_strdup_printf(
            "%s moves from %s to %s, reason %s: %s", vm, from, to, ha_reason_word(note->reason), text);
    case HA_NOTE_MOVE_LANDED:
        return g_strdup_printf("%s landed on %s after %.1f s", vm, to, seconds);
    case HA_NOTE_MOVE_FAILED:
        return g_strdup_printf("move of %s from %s to %s failed, it stays where it runs: %s", vm, from, to, text);
    case HA_NOTE_MOVE_LOST:
        return g_strdup_printf("move of %s to %s has no end: %s", vm, to, text);
    case HA_NOTE_MOVE_CANCELLED:
        return g_strdup_printf("move of %s from %s to %s cancelled, it stays where it runs%s%s", vm, from, to,
            note->text ? ": " : "", note->text ? note->text : "");
    case HA_NOTE_VM_ADDED:
        return g_strdup_printf("VM %s added", vm);
    case HA_NOTE_VM_REMOVED:
        return g_strdup_printf("VM %s removed", vm);
    case HA_NOTE_VM_STATE:
        return g_strdup_printf("%s on %s: %s", vm, node, text);
    case HA_NOTE_NODE_STATE:
        return g_strdup_printf("node %s: %s", node, text);
    case HA_NOTE_ALARM:
        return g_strdup_printf("ALARM: %s", text);
    case HA_NOTE_TUNED:
        return g_strdup_printf("cluster settings written: %s", text);
    case HA_NOTE_VM_DEFINED:
        return g_strdup_printf("VM %s has a new definition: %s", vm, text);
    case HA_NOTE_FENCING:
        return g_strdup_printf("fencing%s%s: %s", note->node ? " of " : "", note->node ? node : "", text);
    case HA_NOTE_GROUP:
        return g_strdup_printf("groups: %s", text);
    case HA_NOTE_BALANCE:
        return g_strdup_printf("balance: %s", text);
    case HA_NOTE_FAILOVER_BEGUN:
        return g_strdup_printf("%s is lost, declared so %.1f s after it was last heard; it ran %s", node, seconds,
            note->text && *note->text ? note->text : "no VM");
    case HA_NOTE_NODE_FENCED:
        return g_strdup_printf("%s is fenced, %.1f s after it was last heard", node, seconds);
    case HA_NOTE_VM_RECOVERED:
        return g_strdup_printf("%s of %s runs again on %s, after %.1f s", vm, node, to, seconds);
    case HA_NOTE_VM_UNPLACED:
        return g_strdup_printf("%s of %s does not run: %s", vm, node, text);
    case HA_NOTE_FAILOVER_DONE:
        return g_strdup_printf("failover of %s done in %.1f s: %s", node, seconds, text);
    case HA_NOTE_FAILOVER_PARTIAL:
        return g_strdup_printf("failover of %s is partial: %s", node, text);
    case HA_NOTE_FAILOVER_VOID:
        return g_strdup_printf("%s came back without being fenced", node);
    case HA_NOTE_APPLIED:
        return g_strdup_printf("a manifest was applied, %" G_GUINT64_FORMAT " changes; asked by %s", note->value, text);
    case HA_NOTE_CAPACITY:
        return g_strdup_printf("%s: %s", note->value ? "capacity is short" : "capacity", text);
    case HA_NOTE_VM_PARKED:
        return g_strdup_printf("%s stops with the drain of %s, and starts again with its undrain", vm, node);
    case HA_NOTE_VM_UNPARKED:
        return g_strdup_printf("%s starts again: %s is no longer drained", vm, node);
    case HA_NOTES:
        break;
    }
    g_assert_not_reached();
}
