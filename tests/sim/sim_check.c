/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_check.h"

#include <string.h>

#include "agent/core/ha_core_private.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_law.h"
#include "tests/sim/sim_plant.h"
#include "tests/sim/sim_rest.h"

#define CLOCKS_APART_S 300 /* a pin's time may be that far from its writer's clock: it was written by that clock */

static guint int64_hash(gconstpointer key)
{
    return g_int64_hash(key);
}

SimCheck *sim_check_new(void)
{
    SimCheck *check = g_new0(SimCheck, 1);
    check->answers = g_hash_table_new_full(int64_hash, g_int64_equal, g_free, NULL);
    return check;
}

void sim_check_free(SimCheck *check)
{
    g_hash_table_unref(check->answers);
    for (guint i = 0; i < SIM_NODES_MAX; i++)
        g_free(check->partial[i]);
    ha_plan_free(check->plan);
    g_free(check);
}

/* ---- after every event ---- */

static void check_copies(Sim *sim, guint vm)
{
    guint copies = 0;
    for (guint i = 0; i < sim->n_nodes; i++)
        copies += sim_host_has(sim, i, vm);
    if (copies > 1)
        sim_fail(sim, SIM_TWO_COPIES, "%s runs on %u hosts at once", sim->vms[vm].name, copies);
}

/* What an admin asks for one by one ("hactl migrate") is no storm. */
static gboolean is_automatic(const SimVm *vm)
{
    HaConfigVm parsed = {0};
    ha_move_note_parse(vm->pin_text, &parsed);
    gboolean automatic = vm->pin != SIM_NOBODY && parsed.pin_reason != HA_REASON_ADMIN;
    g_free(parsed.pin_by);
    return automatic && vm->act == SIM_ACT_MIGRATE_TO && vm->act_to == vm->pin;
}

/* The moves at one node, or in the cluster. A group that is hard together moves as one, whatever its size: where one of
 * its VMs goes the others follow, by Pacemaker's own doing. */
typedef struct {
    guint n;
    const SimGroup *group;
    gboolean one_body;
} Tally;

static void count(Tally *tally, const SimVm *vm)
{
    const HaGroup *policy = vm->group->policy;
    gboolean bound = policy->affinity == HA_AFFINITY_TOGETHER && policy->affinity_strength == HA_RULE_HARD;
    tally->one_body = bound && (!tally->n || (tally->one_body && tally->group == vm->group));
    tally->group = vm->group;
    tally->n++;
}

static void check_tally(Sim *sim, const Tally *tally, guint limit, const char *where)
{
    if (tally->n > limit && !tally->one_body)
        sim_fail(sim, SIM_OVER_LIMIT, "%u moves at once, %s, the limit is %u", tally->n, where, limit);
}

static void check_limits(Sim *sim)
{
    Tally total = {0}, at[SIM_NODES_MAX] = {{0}};
    guint per_node = sim->migration_limit ? sim->migration_limit : 2,
          per_cluster = sim->moves_per_cluster ? sim->moves_per_cluster : 4;
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *vm = &sim->vms[i];
        if (!is_automatic(vm))
            continue;
        count(&total, vm);
        count(&at[vm->act_from], vm);
        count(&at[vm->act_to], vm);
    }
    for (guint i = 0; i < sim->n_nodes; i++)
        check_tally(sim, &at[i], per_node, sim_node_name(sim, i));
    check_tally(sim, &total, per_cluster, "in the cluster");
}

static void check_bounds(Sim *sim, guint node)
{
    const HaCore *core = sim_daemon_core(sim, node);
    if (!core)
        return;
    if (core->waiting->len > HA_REQUESTS_WAITING_MAX || core->vm_marks->len > sim->n_vms ||
        core->node_marks->len > sim->n_nodes || ha_core_notes(core)->len > HA_EVENTS_KEPT)
        sim_fail(sim, SIM_UNBOUNDED, "the core of %s keeps %u requests, %u VMs, %u nodes, %u notes",
            sim_node_name(sim, node), core->waiting->len, core->vm_marks->len, core->node_marks->len,
            ha_core_notes(core)->len);
}

void sim_check_step(Sim *sim)
{
    for (guint i = 0; i < sim->n_vms; i++)
        check_copies(sim, i);
    for (guint i = 0; i < sim->n_nodes; i++)
        check_bounds(sim, i);
    check_limits(sim);
}

/* ---- notes ---- */

static gboolean new_id(GHashTable *seen, guint64 id)
{
    return g_hash_table_add(seen, g_memdup2(&id, sizeof id));
}

gboolean sim_check_forgotten(const Sim *sim, guint vm, guint leader)
{
    const SimCheck *check = sim->check;
    return leader != SIM_NOBODY &&
           (sim_daemon_started_ms(sim, leader) > check->opened_ms[vm] || !(check->heard[vm] & (1u << leader)));
}

static void open_move(Sim *sim, guint node, const HaNote *note)
{
    guint vm = sim_find_vm(sim, note->vm);
    if (sim->check->open[vm] && !sim_check_forgotten(sim, vm, node))
        sim_fail(sim, SIM_NOTES, "a move of %s begins before the last one was said to have ended", note->vm);
    sim->check->open[vm] = TRUE;
    sim->check->opened_ms[vm] = sim->now_ms;
    sim->check->opened_by[vm] = note->id;
    sim->check->heard[vm] = 1u << node;
}

/* A failure without a beginning is somebody else's migration. */
static void close_move(Sim *sim, const HaNote *note)
{
    gboolean *open = &sim->check->open[sim_find_vm(sim, note->vm)];
    if (!*open && note->kind != HA_NOTE_MOVE_FAILED)
        sim_fail(sim, SIM_NOTES, "a move of %s ends (%s) and none was said to have begun", note->vm,
            ha_note_word(note->kind));
    *open = FALSE;
}

/* Whoever knows a later note takes an older one in no more. */
static void heard(Sim *sim, guint hearer, const HaNote *note)
{
    guint vm = note->vm ? sim_find_vm(sim, note->vm) : SIM_NOBODY;
    const GPtrArray *known = ha_core_notes(sim_daemon_core(sim, hearer));
    const HaNote *newest = known->len ? known->pdata[known->len - 1] : NULL;
    if (vm != SIM_NOBODY && sim->check->opened_by[vm] == note->id && (!newest || newest->id <= note->id))
        sim->check->heard[vm] |= 1u << hearer;
}

void sim_check_note(Sim *sim, guint node, guint hearer, const HaNote *note)
{
    g_autofree char *sentence = ha_note_sentence(note);
    heard(sim, hearer, note);
    if (note->id <= sim->check->last_note)
        return;
    sim->check->last_note = note->id;
    sim_tell(sim, "%s", sentence);
    if (sim_plant_hides_note(sim, note))
        return;
    switch (note->kind) {
    case HA_NOTE_MOVE_BEGUN:
        open_move(sim, node, note);
        break;
    case HA_NOTE_MOVE_LANDED:
    case HA_NOTE_MOVE_FAILED:
    case HA_NOTE_MOVE_LOST:
    case HA_NOTE_MOVE_CANCELLED:
        close_move(sim, note);
        break;
    case HA_NOTE_DRAIN_PARTIAL: {
        char **kept = &sim->check->partial[sim_find_node(sim, note->node)];
        g_free(*kept);
        *kept = g_strdup(note->text);
        break;
    }
    default:
        break;
    }
}

/* Everything but words. */
static gboolean is_act(HaEffectKind kind)
{
    return kind != HA_EFFECT_NOTE && kind != HA_EFFECT_ANSWER;
}

/* Every move that is written says how, why, since when and by whom. */
static void check_reason(Sim *sim, guint node, const HaChange *pin)
{
    HaConfigVm parsed = {0};
    ha_move_note_parse(pin->value, &parsed);
    g_autofree char *by = parsed.pin_by;
    g_autofree char *again = ha_move_note_format(parsed.pin_mode, parsed.pin_reason, parsed.pin_since_s, by);
    gint64 apart_s = ABS(parsed.pin_since_s - sim_clock_unix_s(sim, node));
    if (g_strcmp0(again, pin->value) != 0 || !by || !*by || apart_s > CLOCKS_APART_S)
        sim_fail(sim, SIM_UNEXPLAINED, "the pin of %s does not say how, why, since when and by whom: \"%s\"", pin->vm,
            pin->value ? pin->value : "");
}

static void check_reasons(Sim *sim, guint node, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind == HA_CHANGE_PIN_SET)
            check_reason(sim, node, change);
    }
}

void sim_check_effect(Sim *sim, guint node, gboolean quorate, const HaEffect *effect)
{
    if (!quorate && is_act(effect->kind))
        sim_fail(sim, SIM_INQUORATE_WRITE, "%s has no quorum and acts (effect %d)", sim_node_name(sim, node),
            (int)effect->kind);
    sim_law_effect(sim, node, effect);
    if (effect->kind == HA_EFFECT_ANSWER) {
        if (effect->answer == HA_ANSWER_OK)
            sim_trace(sim, "answer: %s", effect->text);
        else
            sim_tell(sim, "answer %d: %s", (int)effect->answer, effect->text);
        if (!new_id(sim->check->answers, effect->request_id))
            sim_fail(sim, SIM_NOTES, "a request is answered twice: %s", effect->text);
    }
}

void sim_check_standby(Sim *sim, guint node)
{
    for (guint i = 0; i < sim->n_vms; i++)
        if (sim_host_has(sim, node, i))
            sim_fail(sim, SIM_STANDBY_OCCUPIED, "standby is set on %s while %s runs there", sim_node_name(sim, node),
                sim->vms[i].name);
}

/* ---- the plan ---- */

void sim_check_expect(Sim *sim, HaPlan *plan)
{
    ha_plan_free(sim->check->plan);
    sim->check->plan = plan;
    sim->check->wave = 0;
    sim->check->moves_done = sim->check->stops_done = 0;
}

static const HaPlanMove *planned(const HaPlan *plan, const char *vm)
{
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = plan->moves->pdata[i];
        if (strcmp(move->vm, vm) == 0)
            return move;
    }
    return NULL;
}

static void check_move(Sim *sim, const HaChange *pin, guint32 wave)
{
    const HaPlanMove *move = planned(sim->check->plan, pin->vm);
    if (!move || g_strcmp0(move->to, pin->node) != 0 || move->wave != wave)
        sim_fail(sim, SIM_NOT_AS_PLANNED, "%s goes to %s in wave %u, the plan said %s in wave %u", pin->vm, pin->node,
            wave, move && move->to ? move->to : "nowhere", move ? move->wave : 0);
    sim->check->moves_done++;
}

static void check_stop(Sim *sim, const char *vm)
{
    const GPtrArray *stops = sim->check->plan->stops;
    for (guint i = 0; i < stops->len; i++)
        if (strcmp(stops->pdata[i], vm) == 0) {
            sim->check->stops_done++;
            return;
        }
    sim_fail(sim, SIM_NOT_AS_PLANNED, "%s is shut down, the plan did not say so", vm);
}

void sim_check_changes(Sim *sim, guint node, const GPtrArray *changes)
{
    gboolean wave = FALSE;
    check_reasons(sim, node, changes);
    sim_law_pins(sim, changes);
    for (guint i = 0; sim->check->plan && i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind == HA_CHANGE_PARK)
            check_stop(sim, change->vm);
        if (change->kind != HA_CHANGE_PIN_SET)
            continue;
        sim->check->wave += !wave;
        wave = TRUE;
        check_move(sim, change, sim->check->wave);
    }
}

void sim_check_plan_done(Sim *sim)
{
    const HaPlan *plan = sim->check->plan;
    guint wanted = plan ? plan->moves->len - plan->n_blocked : 0;
    if (plan && sim->check->moves_done != wanted)
        sim_fail(sim, SIM_NOT_AS_PLANNED, "%u moves were made, the plan had %u", sim->check->moves_done, wanted);
    if (plan && sim->check->stops_done != plan->stops->len)
        sim_fail(sim, SIM_NOT_AS_PLANNED, "%u VMs were shut down, the plan had %u", sim->check->stops_done,
            plan->stops->len);
}
