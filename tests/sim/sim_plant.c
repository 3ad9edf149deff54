/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_plant.h"

#include <string.h>

#include "tests/sim/sim_check.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_schedule.h"

#define PERIOD_MS 500

static const struct {
    const char *word;
    SimClass class;
} table[SIM_PLANTS] = {
    [SIM_PLANT_NONE] = {"none", SIM_OK},
    [SIM_PLANT_CLEAR_PIN] = {"clear-pin", SIM_RESTARTED},
    [SIM_PLANT_STANDBY] = {"standby-first", SIM_STANDBY_OCCUPIED},
    [SIM_PLANT_CLEAN_EARLY] = {"clean-early", SIM_TWO_COPIES},
    [SIM_PLANT_INQUORATE] = {"inquorate-write", SIM_INQUORATE_WRITE},
    [SIM_PLANT_NO_CLEANUP] = {"no-cleanup", SIM_LEFTOVER},
    [SIM_PLANT_NO_UNPIN] = {"no-unpin", SIM_LEFTOVER},
    [SIM_PLANT_MUTE] = {"mute", SIM_NOTES},
    [SIM_PLANT_STORM] = {"storm", SIM_OVER_LIMIT},
    [SIM_PLANT_STRAY] = {"stray", SIM_NOT_AS_PLANNED},
    [SIM_PLANT_UNGUARDED] = {"unguarded", SIM_TWO_COPIES},
    [SIM_PLANT_ANONYMOUS] = {"anonymous", SIM_UNEXPLAINED},
    [SIM_PLANT_LEASH] = {"leash", SIM_UNPROTECTED},
    [SIM_PLANT_STUBBORN] = {"stubborn", SIM_NO_PROGRESS},
    [SIM_PLANT_LAWLESS] = {"lawless", SIM_RULE_BROKEN},
    [SIM_PLANT_EVICT] = {"evict", SIM_RESTARTED},
    [SIM_PLANT_HEAVY] = {"heavy", SIM_UNEXPLAINED},
    [SIM_PLANT_ORDERLESS] = {"orderless", SIM_ORDER},
    [SIM_PLANT_TIERLESS] = {"tierless", SIM_ORDER},
    [SIM_PLANT_RESTLESS] = {"restless", SIM_UNTIMELY},
    [SIM_PLANT_CURFEW] = {"curfew", SIM_RESTARTED},
};

SimPlant sim_plant_find(const char *word, SimClass *ret_class)
{
    for (guint i = 1; i < SIM_PLANTS; i++) {
        if (g_strcmp0(word, table[i].word) != 0)
            continue;
        *ret_class = table[i].class;
        return (SimPlant)i;
    }
    return SIM_PLANT_NONE;
}

const char *const *sim_plant_words(void)
{
    static const char *words[SIM_PLANTS];
    for (guint i = 1; i < SIM_PLANTS; i++)
        words[i - 1] = table[i].word;
    return words;
}

/* ---- spoilt effects ---- */

/* Whoever clears a pin is told that its term is over. */
static void refuse_unpinning(HaEffect *effect)
{
    for (guint i = 0; i < effect->changes->len; i++)
        if (((HaChange *)effect->changes->pdata[i])->kind == HA_CHANGE_PIN_CLEAR)
            effect->term = G_MAXUINT64;
}

static void add_standby(HaEffect *effect)
{
    for (guint i = 0; i < effect->changes->len; i++) {
        const HaChange *change = effect->changes->pdata[i];
        if (change->kind != HA_CHANGE_WISH_SET || !g_str_has_prefix(change->value, "drain"))
            continue;
        g_ptr_array_add(effect->changes, ha_change_new(HA_CHANGE_STANDBY_SET, NULL, change->node, NULL));
        return;
    }
}

static void send_elsewhere(Sim *sim, HaEffect *effect)
{
    for (guint i = 0; i < effect->changes->len; i++) {
        HaChange *change = effect->changes->pdata[i];
        guint node = sim_find_node(sim, change->node);
        if (change->kind != HA_CHANGE_PIN_SET)
            continue;
        g_free(change->node);
        change->node = g_strdup(sim_node_name(sim, (node + 1) % sim->n_nodes));
    }
}

static void forget_who(HaEffect *effect)
{
    for (guint i = 0; i < effect->changes->len; i++) {
        HaChange *change = effect->changes->pdata[i];
        char *by = change->kind == HA_CHANGE_PIN_SET ? strstr(change->value, " by=") : NULL;
        if (by)
            *by = '\0';
    }
}

static void add_storm(Sim *sim, guint node, HaEffect *effect)
{
    gboolean moves = FALSE;
    for (guint i = 0; i < effect->changes->len; i++)
        moves |= ((HaChange *)effect->changes->pdata[i])->kind == HA_CHANGE_PIN_SET;
    g_autofree char *text =
        ha_move_note_format(HA_MOVE_LIVE, HA_REASON_DRAIN, sim_clock_unix_s(sim, node), "root@storm");
    for (guint i = 0; moves && i < sim->n_vms; i++) {
        guint to = sim->vms[i].places[0].active ? 1 : 0;
        if (sim->vms[i].pin == SIM_NOBODY)
            g_ptr_array_add(
                effect->changes, ha_change_new(HA_CHANGE_PIN_SET, sim->vms[i].name, sim_node_name(sim, to), text));
    }
}

void sim_plant_effect(Sim *sim, guint node, HaEffect *effect)
{
    if (sim->plant == SIM_PLANT_NO_CLEANUP && effect->kind == HA_EFFECT_CLEANUP) {
        effect->kind = HA_EFFECT_REFRESH;
        effect->node = g_strdup("nowhere");
    }
    if (sim->plant == SIM_PLANT_CLEAN_EARLY && effect->kind == HA_EFFECT_CANCEL)
        effect->kind = HA_EFFECT_UNCANCEL; /* the job that outlives its agent is let run */
    if (effect->kind != HA_EFFECT_CHANGE)
        return;
    if (sim->plant == SIM_PLANT_NO_UNPIN)
        refuse_unpinning(effect);
    else if (sim->plant == SIM_PLANT_STANDBY)
        add_standby(effect);
    else if (sim->plant == SIM_PLANT_STRAY)
        send_elsewhere(sim, effect);
    else if (sim->plant == SIM_PLANT_STORM)
        add_storm(sim, node, effect);
    else if (sim->plant == SIM_PLANT_ANONYMOUS)
        forget_who(effect);
}

gboolean sim_plant_hides_note(const Sim *sim, const HaNote *note)
{
    return sim->plant == SIM_PLANT_MUTE && note->kind == HA_NOTE_MOVE_LANDED;
}

/* ---- effects of its own ---- */

static void emit(Sim *sim, guint node, HaEffect *effect)
{
    effect->timeout_ms = 1000;
    effect->term = sim->term;
    sim_check_effect(sim, node, sim_group_quorate(sim, node), effect);
    sim_pacemaker_do(sim, node, effect);
}

static void clear_pins(Sim *sim, guint leader)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        if (sim->vms[i].pin == SIM_NOBODY || sim->vms[i].act != SIM_ACT_MIGRATE_TO)
            continue;
        HaEffect *effect = g_new0(HaEffect, 1);
        effect->kind = HA_EFFECT_CHANGE;
        effect->changes = ha_change_list_new();
        g_ptr_array_add(effect->changes, ha_change_new(HA_CHANGE_PIN_CLEAR, sim->vms[i].name, NULL, NULL));
        emit(sim, leader, effect);
    }
}

static void clean_early(Sim *sim, guint leader)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        for (guint node = 0; node < sim->n_nodes; node++) {
            if (!sim->vms[i].places[node].failed_migrate_to)
                continue;
            sim->vms[i].pin = SIM_NOBODY;
            HaEffect *effect = g_new0(HaEffect, 1);
            effect->kind = HA_EFFECT_CLEANUP;
            effect->vm = g_strdup(sim->vms[i].name);
            emit(sim, leader, effect);
        }
    }
}

static void write_without_quorum(Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++) {
        if (!sim_daemon_running(sim, i) || sim_group_quorate(sim, i))
            continue;
        HaEffect *effect = g_new0(HaEffect, 1);
        effect->kind = HA_EFFECT_TERM;
        emit(sim, i, effect);
    }
}

static gboolean any_drain(const Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (sim->nodes[i].wish && !sim->nodes[i].standby)
            return TRUE;
    return FALSE;
}

static void balance_anyway(Sim *sim, guint leader)
{
    g_autofree char *text =
        ha_move_note_format(HA_MOVE_LIVE, HA_REASON_BALANCE, sim_clock_unix_s(sim, leader), "hactl");
    guint at = sim_schedule_active_on(sim, &sim->vms[0]);
    if (!any_drain(sim) || at == SIM_NOBODY || sim->vms[0].pin != SIM_NOBODY)
        return;
    HaEffect *effect = g_new0(HaEffect, 1);
    effect->kind = HA_EFFECT_CHANGE;
    effect->changes = ha_change_list_new();
    g_ptr_array_add(effect->changes,
        ha_change_new(HA_CHANGE_PIN_SET, sim->vms[0].name, sim_node_name(sim, (at + 1) % sim->n_nodes), text));
    emit(sim, leader, effect);
}

static void on_period(Sim *sim, SimEvent *event)
{
    guint leader = sim_daemon_leader(sim);
    sim_at(sim, PERIOD_MS, on_period);
    if (sim->plant == SIM_PLANT_INQUORATE)
        write_without_quorum(sim);
    else if (leader != SIM_NOBODY && sim->plant == SIM_PLANT_CLEAR_PIN)
        clear_pins(sim, leader);
    else if (leader != SIM_NOBODY && sim->plant == SIM_PLANT_CLEAN_EARLY)
        clean_early(sim, leader);
    else if (leader != SIM_NOBODY && sim->plant == SIM_PLANT_RESTLESS)
        balance_anyway(sim, leader);
}

void sim_plant_start(Sim *sim)
{
    if (sim->plant != SIM_PLANT_NONE)
        sim_at(sim, PERIOD_MS, on_period);
}
