/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standing check: every core looks when something has changed, the leader says what has become of it once it has
 * lasted. */
#include "agent/core/ha_core_private.h"

#include "agent/core/plan/ha_spare.h"

#define LOOK_MS 5000
#define PAIRS_PER_MS 20u /* VMs times hosts: a look takes about 1 us a pair, and at most a fiftieth of the time */
#define SHORT_MS 10000   /* it lasts: a host that is just starting, a report that is late, are no news */
#define AGAIN_MS 30000   /* it lasts: the shortage is over */

const HaCapacity *ha_core_capacity(const HaCore *core)
{
    return core->capacity;
}

static gboolean is_short(const HaCapacity *capacity)
{
    return capacity->n_bad > 0;
}

/* Was the last word that it is short? */
static gboolean said_short(const HaCore *core)
{
    const GPtrArray *notes = ha_memory_notes(core->memory);
    for (guint i = notes->len; i-- > 0;) {
        const HaNote *note = notes->pdata[i];
        if (note->kind == HA_NOTE_CAPACITY)
            return note->value > 0;
    }
    return FALSE;
}

/* While a host is being lost its VMs are nowhere, and need no place. */
static gboolean any_unclean(const HaConfig *config)
{
    for (guint i = 0; i < config->nodes->len; i++)
        if (((const HaConfigNode *)config->nodes->pdata[i])->state == HA_NODE_UNCLEAN)
            return TRUE;
    return FALSE;
}

static void look(HaCore *core, guint spare)
{
    guint64 fingerprint = ha_capacity_fingerprint(core->view, spare);
    gboolean was_short = core->capacity && is_short(core->capacity);
    if (!core->capacity || fingerprint != core->capacity_fingerprint) {
        ha_capacity_free(core->capacity);
        core->capacity = ha_capacity_check(core->view, spare);
        core->capacity_fingerprint = fingerprint;
    }
    core->capacity_look_ms = core->view->now_ms;
    if (is_short(core->capacity) != was_short || any_unclean(core->view->config))
        core->capacity_since_ms = core->view->now_ms;
}

static void say(HaCore *core, GPtrArray *effects)
{
    gboolean now_short = is_short(core->capacity);
    if (now_short == said_short(core))
        return;
    if (core->view->now_ms < core->capacity_since_ms + (now_short ? SHORT_MS : AGAIN_MS))
        return;
    const HaCapacityLoss *worst = ha_capacity_worst(core->capacity);
    HaNote *note = ha_note_new(HA_NOTE_CAPACITY);
    note->text = ha_capacity_sentence(core->capacity);
    note->value = worst ? worst->down->len : 0;
    ha_speak(core, effects, note);
}

void ha_capacity_watch(HaCore *core, GPtrArray *effects)
{
    const HaView *view = core->view;
    guint spare = view->config ? ha_spare_hosts(view->config) : 0;
    if (!spare || !view->quorate || !view->config->quorate) {
        g_clear_pointer(&core->capacity, ha_capacity_free);
        return;
    }
    gint64 pause_ms = LOOK_MS + (gint64)view->config->vms->len * view->config->nodes->len * spare / PAIRS_PER_MS;
    if (core->capacity && view->now_ms - core->capacity_look_ms < pause_ms)
        return;
    look(core, spare);
    if (effects)
        say(core, effects);
}
