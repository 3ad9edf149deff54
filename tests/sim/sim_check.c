/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_check.h"

#include <string.h>

#include "agent/core/ha_core_private.h"
#include "tests/sim/sim_cib.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_group.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_plant.h"

struct SimCheck {
    guint64
        last_note; /* its id: older ones are repeated, or come from a leader whose time is over; nobody takes them in */
    GHashTable *answers;        /* ids of requests that were answered */
    gboolean open[SIM_VMS_MAX]; /* begun, and not ended */
    gint64 opened_ms[SIM_VMS_MAX];
    char *partial[SIM_NODES_MAX]; /* the last DRAIN_PARTIAL's text */
    HaPlan *plan;                 /* nullable */
    guint32 wave;
    guint moves_done;
};

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

static void check_limits(Sim *sim)
{
    guint total = 0, at[SIM_NODES_MAX] = {0};
    guint per_node = sim->migration_limit ? sim->migration_limit : 2,
          per_cluster = sim->moves_per_cluster ? sim->moves_per_cluster : 4;
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *vm = &sim->vms[i];
        if (!is_automatic(vm))
            continue;
        total++;
        at[vm->act_from]++;
        at[vm->act_to]++;
    }
    for (guint i = 0; i < sim->n_nodes; i++)
        if (at[i] > per_node)
            sim_fail(
                sim, SIM_OVER_LIMIT, "%u moves at once on %s, the limit is %u", at[i], sim_node_name(sim, i), per_node);
    if (total > per_cluster)
        sim_fail(sim, SIM_OVER_LIMIT, "%u moves at once in the cluster, the limit is %u", total, per_cluster);
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

/* When nobody who heard of a move is left, its end is not said, or it is found under way again. */
static gboolean forgotten(const Sim *sim, guint vm, guint leader)
{
    return leader != SIM_NOBODY && sim_daemon_started_ms(sim, leader) > sim->check->opened_ms[vm];
}

static void open_move(Sim *sim, guint node, const HaNote *note)
{
    guint vm = sim_find_vm(sim, note->vm);
    if (sim->check->open[vm] && !forgotten(sim, vm, node))
        sim_fail(sim, SIM_NOTES, "a move of %s begins before the last one was said to have ended", note->vm);
    sim->check->open[vm] = TRUE;
    sim->check->opened_ms[vm] = sim->now_ms;
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

void sim_check_note(Sim *sim, guint node, const HaNote *note)
{
    g_autofree char *sentence = ha_note_sentence(note);
    if (note->id <= sim->check->last_note)
        return;
    sim->check->last_note = note->id;
    sim_trace(sim, "NOTE %s", sentence);
    g_ptr_array_add(sim->notes, g_strdup_printf("%.1f %s", (double)sim->now_ms / 1000.0, sentence));
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

static gboolean is_write(HaEffectKind kind)
{
    return kind == HA_EFFECT_TERM || kind == HA_EFFECT_CHANGE || kind == HA_EFFECT_CLEANUP || kind == HA_EFFECT_PROBE ||
           kind == HA_EFFECT_REFRESH;
}

void sim_check_effect(Sim *sim, guint node, gboolean quorate, const HaEffect *effect)
{
    if (!quorate && is_write(effect->kind))
        sim_fail(sim, SIM_INQUORATE_WRITE, "%s has no quorum and writes (effect %d)", sim_node_name(sim, node),
            (int)effect->kind);
    if (effect->kind == HA_EFFECT_ANSWER) {
        sim_trace(sim, "ANSWER %d %s", (int)effect->answer, effect->text);
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
    sim->check->moves_done = 0;
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

void sim_check_changes(Sim *sim, const GPtrArray *changes)
{
    gboolean wave = FALSE;
    for (guint i = 0; sim->check->plan && i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
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
}

/* ---- at rest ---- */

static char *vm_unsettled(const Sim *sim, guint index, SimClass *ret_class)
{
    const SimVm *vm = &sim->vms[index];
    *ret_class = SIM_LEFTOVER;
    if (vm->pin != SIM_NOBODY)
        return g_strdup_printf("%s is still pinned to %s", vm->name, sim_node_name(sim, vm->pin));
    for (guint i = 0; i < sim->n_nodes; i++) {
        if (vm->places[i].failed_migrate_to)
            return g_strdup_printf(
                "the failed migration of %s on %s is not cleaned up", vm->name, sim_node_name(sim, i));
    }
    *ret_class = SIM_NOTES;
    if (sim->check->open[index] && !forgotten(sim, index, sim_daemon_leader(sim)))
        return g_strdup_printf("the move of %s was said to begin and never to end", vm->name);
    *ret_class = SIM_NO_PROGRESS;
    if (sim_pacemaker_choose(sim, vm, TRUE) != SIM_NOBODY && sim_host_where(sim, index) == SIM_NOBODY)
        return g_strdup_printf("%s does not run", vm->name);
    return NULL;
}

static char *node_unsettled(const Sim *sim, const HaCore *core, guint index, SimClass *ret_class)
{
    const char *name = sim_node_name(sim, index);
    HaDrainState state = ha_core_drain(core, name);
    *ret_class = SIM_NO_PROGRESS;
    if (state != HA_DRAIN_NONE && state != HA_DRAIN_DONE && state != HA_DRAIN_PARTIAL)
        return g_strdup_printf("the drain of %s is in state %s", name, ha_drain_state_word(state));
    return NULL;
}

char *sim_check_unsettled(Sim *sim, SimClass *ret_class)
{
    guint leader = sim_daemon_leader(sim);
    *ret_class = SIM_NO_PROGRESS;
    if (leader == SIM_NOBODY)
        return g_strdup("nobody leads");
    if (!sim_pacemaker_idle(sim))
        return g_strdup("Pacemaker is busy");
    char *what = NULL;
    for (guint i = 0; !what && i < sim->n_vms; i++)
        what = vm_unsettled(sim, i, ret_class);
    for (guint i = 0; !what && i < sim->n_nodes; i++)
        what = node_unsettled(sim, sim_daemon_core(sim, leader), i, ret_class);
    return what;
}

static void check_end(Sim *sim, guint node, HaDrainState state)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        if (!sim_host_has(sim, node, i))
            continue;
        const char *text = sim->check->partial[node];
        if (state == HA_DRAIN_DONE)
            sim_fail(
                sim, SIM_NO_PROGRESS, "%s is drained, and %s runs there", sim_node_name(sim, node), sim->vms[i].name);
        if (state == HA_DRAIN_PARTIAL && (!text || !strstr(text, sim->vms[i].name)))
            sim_fail(sim, SIM_NO_PROGRESS, "the partial drain of %s does not name %s: %s", sim_node_name(sim, node),
                sim->vms[i].name, text);
    }
}

void sim_check_homes(Sim *sim, const guint *home)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        if (sim_host_where(sim, i) != home[i])
            sim_fail(sim, SIM_NO_PROGRESS, "%s did not come home to %s", sim->vms[i].name, sim_node_name(sim, home[i]));
        if (sim->vms[i].home != SIM_NOBODY)
            sim_fail(sim, SIM_LEFTOVER, "the home of %s is left over", sim->vms[i].name);
    }
}

void sim_check_ends(Sim *sim)
{
    const HaCore *core = sim_daemon_core(sim, sim_daemon_leader(sim));
    for (guint i = 0; i < sim->n_nodes; i++)
        check_end(sim, i, ha_core_drain(core, sim_node_name(sim, i)));
}
