/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/ha_explain_move.h"

#include "agent/core/ha_core_private.h"
#include "agent/core/ha_move.h"

static gboolean ends_a_move(HaNoteKind kind)
{
    return kind == HA_NOTE_MOVE_LANDED || kind == HA_NOTE_MOVE_FAILED || kind == HA_NOTE_MOVE_LOST ||
           kind == HA_NOTE_MOVE_CANCELLED;
}

/* The end of the move that notes[begun] began; NULL: none was said. */
static const HaNote *end_of(const GPtrArray *notes, guint begun)
{
    const char *vm = ((const HaNote *)notes->pdata[begun])->vm;
    for (guint i = begun + 1; i < notes->len; i++) {
        const HaNote *note = notes->pdata[i];
        if (g_strcmp0(note->vm, vm) != 0)
            continue;
        if (note->kind == HA_NOTE_MOVE_BEGUN)
            return NULL;
        if (ends_a_move(note->kind))
            return note;
    }
    return NULL;
}

static char *age(gint64 seconds)
{
    if (seconds < 120)
        return g_strdup_printf("%d s", (int)MAX(seconds, 0));
    if (seconds < 7200)
        return g_strdup_printf("%d min", (int)(seconds / 60));
    return g_strdup_printf("%d h", (int)(seconds / 3600));
}

/* Returns: (transfer full). */
static char *end_text(const HaCore *core, const HaNote *begun, const HaNote *end)
{
    if (!end) {
        HaMoveStatus status = ha_core_move(core, begun->vm);
        const HaNote *under_way = ha_memory_begun(core->memory, begun->vm);
        gboolean this_one = under_way && under_way->id == begun->id && status.state != HA_MOVE_NONE;
        return this_one ? g_strdup_printf("it is under way: %s", ha_move_state_word(status.state))
                        : g_strdup("nobody said how it ended");
    }
    const char *why = end->text ? end->text : "no reason given";
    if (end->kind == HA_NOTE_MOVE_FAILED)
        return g_strdup_printf("it failed, and the VM ran on where it was: %s", why);
    if (end->kind == HA_NOTE_MOVE_CANCELLED)
        return g_strdup_printf("it was cancelled%s%s", end->text ? ": " : "", end->text ? end->text : "");
    if (end->kind == HA_NOTE_MOVE_LOST)
        return g_strdup_printf("it came to nothing (%s); what becomes of the VM is Pacemaker's to decide", why);
    return g_strdup_printf(
        "it landed after %" G_GUINT64_FORMAT ".%u s", end->value / 1000, (guint)(end->value % 1000 / 100));
}

GPtrArray *ha_explain_moves(const HaCore *core, const char *vm)
{
    const GPtrArray *notes = ha_memory_notes(core->memory);
    if (!ha_config_find_vm(core->view->config, vm))
        return NULL;
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = notes->len; i-- > 0;) {
        const HaNote *begun = notes->pdata[i];
        if (begun->kind != HA_NOTE_MOVE_BEGUN || g_strcmp0(begun->vm, vm) != 0)
            continue;
        g_autofree char *ago = age(core->view->now_s - begun->time_s), *end = end_text(core, begun, end_of(notes, i));
        g_ptr_array_add(
            lines, g_strdup_printf("%s ago from %s to %s, reason %s: %s; %s%s%s", ago,
                       begun->from ? begun->from : "somewhere", begun->to ? begun->to : "somewhere",
                       ha_reason_word(begun->reason), begun->text ? begun->text : "no numbers were noted", end,
                       begun->others ? "; the other nodes when it began: " : "", begun->others ? begun->others : ""));
    }
    g_ptr_array_insert(lines, 0,
        lines->len ? g_strdup_printf("%s was moved by hactl %u times, as far as the last %u events tell", vm,
                         lines->len, HA_EVENTS_KEPT)
                   : g_strdup_printf("hactl did not move %s in living memory (%u events)", vm, HA_EVENTS_KEPT));
    return lines;
}
