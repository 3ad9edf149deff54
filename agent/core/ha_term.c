/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leading: the term is taken in the CIB, then the group hears of it, then the leader acts (docs/states.md, Leader). */
#include "agent/core/ha_core_private.h"
#include "agent/core/ha_failover.h"

#define TERM_PAUSE_MS 2000

void ha_term_repeat_notes(HaCore *core, GPtrArray *effects)
{
    const GPtrArray *notes = ha_memory_notes(core->memory);
    guint first = notes->len > HA_NOTES_REPEATED ? notes->len - HA_NOTES_REPEATED : 0;
    for (guint i = 0; i < notes->len; i++)
        if (i >= first || ha_failover_is(((const HaNote *)notes->pdata[i])->kind))
            ha_emit(core, effects, HA_EFFECT_NOTE, 0)->note = ha_note_copy(notes->pdata[i]);
}

/* Learnt when it has come round through the group, in the order in which everybody hears it: what a former leader said
 * before it is known then, what he says after it nobody takes in any more. */
static void introduce(HaCore *core, GPtrArray *effects)
{
    HaNote *note = ha_note_new(HA_NOTE_LEADER);
    note->node = g_strdup(core->view->self);
    note->value = core->my_term;
    note->id = (core->my_term << 32) + 1;
    note->time_s = core->view->now_s;
    core->note_counter = 1;
    core->introduced_ms = core->view->now_ms;
    ha_emit(core, effects, HA_EFFECT_NOTE, 0)->note = note;
}

/* Has the group heard of the term? */
static gboolean introduced(HaCore *core, GPtrArray *effects)
{
    const GPtrArray *notes = ha_memory_notes(core->memory);
    const HaNote *newest = notes->len ? notes->pdata[notes->len - 1] : NULL;
    if (newest && newest->id >> 32 >= core->my_term)
        return TRUE;
    if (core->view->now_ms - core->introduced_ms >= HA_REPEAT_MS)
        introduce(core, effects);
    ha_wake_at(core, core->introduced_ms + HA_REPEAT_MS);
    return FALSE;
}

void ha_term_done(HaCore *core, const HaEvent *event, GPtrArray *effects)
{
    core->term_effect = 0;
    if (event->outcome != HA_DONE_OK)
        return;
    core->my_term = core->term_asked; /* the CIB that shows it may have come first */
    core->term_seen = MAX(core->term_seen, core->my_term);
    ha_term_repeat_notes(core, effects); /* who joined while nobody led heard nothing */
    introduce(core, effects);
}

/* ---- who leads ---- */

/* The write under way belongs to a leadership that is over; whoever asked asks again. */
static void step_down(HaCore *core, GPtrArray *effects)
{
    core->my_term = 0;
    core->write_id = core->term_effect = core->confirm_effect = 0;
    ha_tool_set(core, NULL);
    core->write_done_ms = 0;
    core->balance = (HaBalanceState){0};
    g_clear_pointer(&core->round, ha_plan_free);
    g_clear_pointer(&core->write_notes, g_ptr_array_unref);
    g_clear_pointer(&core->write_text, g_free);
    g_clear_pointer(&core->write_warning, g_free);
    core->write_request = 0;
    g_ptr_array_set_size(core->waiting, 0);
}

gboolean ha_term_lead(HaCore *core, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    if (!ha_core_is_leader(core)) {
        step_down(core, effects);
        return FALSE;
    }
    if (!config || !config->quorate)
        return FALSE;
    core->term_seen = MAX(core->term_seen, config->term);
    gboolean ours = config->term == core->my_term && g_strcmp0(config->term_owner, core->view->self) == 0;
    if (core->my_term && ours)
        return introduced(core, effects);
    if (core->my_term > config->term || core->term_effect)
        return FALSE; /* taken, not shown yet; or being taken */
    if (core->term_tried_ms && core->view->now_ms - core->term_tried_ms < TERM_PAUSE_MS) {
        ha_wake_at(core, core->term_tried_ms + TERM_PAUSE_MS);
        return FALSE;
    }
    core->my_term = 0;
    core->term_tried_ms = core->view->now_ms;
    core->term_seen = config->term;
    HaEffect *effect = ha_emit(core, effects, HA_EFFECT_TERM, HA_WRITE_TIMEOUT_MS);
    effect->term = config->term;
    core->term_asked = config->term + 1;
    core->term_effect = effect->id;
    return FALSE;
}
