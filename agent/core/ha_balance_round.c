/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds of balancing: the leader decides now and then, or an admin asks; what was decided is carried out wave by wave,
 * exactly as it was planned, or not at all. The round is kept in memory alone: losing it loses nothing (rule R20).
 */
#include "agent/core/ha_core_private.h"

#include "agent/core/plan/ha_balance_plan.h"
#include "agent/core/ha_fence.h"
#include "agent/core/ha_move.h"

#define LOOK_MS 30000   /* between two looks at the load */
#define SPENDERS_MAX 8u /* VMs left out, at most, so that the loss of a host stays survivable */

/* ---- is anything more important going on? ---- */

static const char *restless_node(const HaView *view, const HaConfigNode *node)
{
    const HaReport *report = ha_view_report(view, node->node);
    if (node->wish.kind == HA_WISH_RETURN)
        return "VMs return to it";
    if (node->wish.kind == HA_WISH_DRAIN && !node->standby)
        return "it is being drained";
    if (node->state == HA_NODE_UNCLEAN)
        return "it was lost and waits to be fenced";
    if (node->state == HA_NODE_ONLINE && (!report || report->libvirt != HA_LIBVIRT_OK))
        return "its hactld or its libvirt is away";
    return NULL;
}

/* Returns: (transfer full) what has to end first; NULL when nothing does. */
static char *unrest(const HaCore *core)
{
    const HaView *view = core->view;
    if (view->config->maintenance)
        return g_strdup("the cluster is in maintenance mode");
    for (guint i = 0; i < view->config->nodes->len; i++) {
        const HaConfigNode *node = view->config->nodes->pdata[i];
        const char *why = restless_node(view, node);
        if (why)
            return g_strdup_printf("%s: %s", node->node, why);
    }
    for (guint i = 0; i < view->config->vms->len; i++) {
        const HaConfigVm *vm = view->config->vms->pdata[i];
        HaMoveState state = ha_move_state(view, vm);
        if (state != HA_MOVE_NONE)
            return g_strdup_printf("%s is under way (%s)", vm->name, ha_move_state_word(state));
        if (vm->wanted_running && vm->managed && !ha_view_where(view, vm->name).node)
            return g_strdup_printf("%s is wanted and runs nowhere", vm->name);
    }
    return NULL;
}

/* ---- the problem ---- */

/* VMs that landed within the level's cooldown, by the notes, which every member has. */
static GHashTable *resting(const HaCore *core, guint level)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *notes = ha_memory_notes(core->memory);
    for (guint i = 0; i < notes->len; i++) {
        const HaNote *note = notes->pdata[i];
        if (note->kind == HA_NOTE_MOVE_LANDED && note->vm &&
            core->view->now_s - note->time_s < ha_balance_level(level)->cooldown_s)
            g_hash_table_add(names, note->vm);
    }
    return names;
}

static HaCluster *problem_for(const HaCore *core, HaBalanceBy by, guint level)
{
    HaCluster *cluster = ha_cluster_new(core->view, HA_CLUSTER_MEASURED);
    g_autoptr(GHashTable) rest = by == HA_BALANCE_BY_ITSELF ? resting(core, level) : NULL;
    ha_balance_hold(cluster, by, rest);
    return cluster;
}

static HaBalanceDecision decide_once(
    const HaCore *core, const HaCluster *cluster, HaBalanceBy by, guint level, HaBalanceState *state)
{
    HaQuiet quiet;
    if (by == HA_BALANCE_BY_ADMIN)
        return ha_balance_ask(cluster->problem, level);
    return ha_balance_decide(cluster->problem, level, ha_balance_quiet_of(core->view->config, &quiet) ? &quiet : NULL,
        state, core->view->now_s);
}

/* A VM whose move would cost the room for a lost host's VMs stays, and it is decided anew: level load is not worth
 * that. */
static HaBalanceDecision decide(
    const HaCore *core, HaCluster *cluster, HaBalanceBy by, guint level, HaBalanceState *state)
{
    const HaBalanceState before = *state;
    HaBalanceDecision decision = decide_once(core, cluster, by, level, state);
    for (guint i = 0; decision.verdict == HA_BALANCE_MOVES; i++) {
        guint32 spender = ha_balance_spender(cluster, decision.solution);
        if (spender == HA_SOLVE_NONE)
            break;
        if (i == SPENDERS_MAX) {
            decision.verdict = HA_BALANCE_NO_WAY;
            break;
        }
        cluster->problem->vms[spender].fixed = TRUE;
        ha_balance_decision_clear(&decision);
        *state = before;
        decision = decide_once(core, cluster, by, level, state);
    }
    return decision;
}

static guint level_for_admin(const HaCore *core)
{
    guint level = ha_balance_level_of(core->view->config);
    return level ? level : HA_BALANCE_LEVEL_DEFAULT;
}

HaPlan *ha_core_plan_balance(const HaCore *core)
{
    guint level = level_for_admin(core);
    HaLimits limits = ha_core_limits(core);
    g_autoptr(HaCluster) cluster = problem_for(core, HA_BALANCE_BY_ADMIN, level);
    HaBalanceState none = {0};
    g_auto(HaBalanceDecision) decision = decide(core, cluster, HA_BALANCE_BY_ADMIN, level, &none);
    HaPlan *plan = decision.verdict == HA_BALANCE_MOVES ? ha_balance_plan_new(cluster, decision.solution, &limits)
                                                        : ha_plan_new(NULL);
    plan->why = ha_balance_sentence(&decision, level);
    return plan;
}

/* ---- a round ---- */

static void begin(HaCore *core, GPtrArray *effects, HaPlan *plan, const char *by, const char *sentence)
{
    ha_plan_free(core->round);
    core->round = plan;
    g_free(core->round_by);
    core->round_by = g_strdup(by);
    HaNote *note = ha_note_new(HA_NOTE_BALANCE);
    note->text = g_strdup_printf("%s; by %s", sentence, by);
    ha_speak(core, effects, note);
}

/* The plan was made a moment ago: a move that no longer holds is left out, and so is all that was to follow it. */
static gboolean still_holds(const HaCore *core, const HaPlanMove *move, const HaPromises *promises)
{
    const HaAttempts *attempts = ha_memory_attempts(core->memory, move->vm);
    return !attempts && ha_plan_movable(core->view, move->vm, NULL) == HA_BLOCK_NONE &&
           g_strcmp0(ha_view_where(core->view, move->vm).node, move->from) == 0 &&
           ha_place_check(core->view, move->vm, move->to, promises, NULL, NULL) == HA_BLOCK_NONE;
}

static void next_wave(HaCore *core, GPtrArray *effects)
{
    g_autoptr(HaPromises) promises = ha_promises_new();
    GPtrArray *changes = ha_change_list_new();
    GPtrArray *notes = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    guint32 wave = ((const HaPlanMove *)core->round->moves->pdata[0])->wave;
    gboolean whole = TRUE;
    while (core->round->moves->len && ((const HaPlanMove *)core->round->moves->pdata[0])->wave == wave) {
        const HaPlanMove *move = core->round->moves->pdata[0];
        if (still_holds(core, move, promises)) {
            ha_promises_add(promises, move->to, move->mem_mib);
            g_ptr_array_add(
                changes, ha_pin_change(core, move->vm, move->to, HA_MOVE_LIVE, HA_REASON_BALANCE, core->round_by));
            g_ptr_array_add(notes, ha_begun_note(move));
            ha_uncancel(core, effects, move->vm, move->from);
        } else {
            whole = FALSE;
        }
        g_ptr_array_remove_index(core->round->moves, 0);
    }
    if (!whole || !core->round->moves->len)
        g_clear_pointer(&core->round, ha_plan_free);
    if (changes->len) {
        ha_write(core, effects, changes, FALSE, notes, 0, NULL);
        return;
    }
    g_ptr_array_unref(changes);
    g_ptr_array_unref(notes);
}

static void look(HaCore *core, GPtrArray *effects)
{
    const HaConfig *config = core->view->config;
    guint level = ha_balance_level_of(config);
    if (!level || !ha_fence_permits(config, NULL)) {
        core->balance = (HaBalanceState){0};
        return;
    }
    g_autoptr(HaCluster) cluster = problem_for(core, HA_BALANCE_BY_ITSELF, level);
    g_auto(HaBalanceDecision) decision = decide(core, cluster, HA_BALANCE_BY_ITSELF, level, &core->balance);
    if (decision.verdict != HA_BALANCE_MOVES)
        return;
    HaLimits limits = ha_core_limits(core);
    g_autofree char *sentence = ha_balance_sentence(&decision, level);
    begin(core, effects, ha_balance_plan_new(cluster, decision.solution, &limits), "hactl", sentence);
}

void ha_balance_reconcile(HaCore *core, GPtrArray *effects)
{
    gboolean due = core->view->now_ms >= core->balance_look_ms;
    if (!core->round && !due) {
        ha_wake_at(core, core->balance_look_ms);
        return;
    }
    g_autofree char *why = unrest(core);
    if (due) {
        core->balance_look_ms = core->view->now_ms + LOOK_MS;
        ha_wake_at(core, core->balance_look_ms);
    }
    if (why) {
        g_clear_pointer(&core->round, ha_plan_free);
        core->balance = (HaBalanceState){0};
        return;
    }
    if (!core->round && due)
        look(core, effects);
    if (core->round && core->round->moves->len && ha_write_ready(core))
        next_wave(core, effects);
}

void ha_balance_request(HaCore *core, const HaRequest *request, GPtrArray *effects)
{
    g_autofree char *why = unrest(core);
    g_autofree char *sentence = NULL;
    if (why) {
        ha_answer(core, effects, request->id, HA_ANSWER_REFUSED,
            "nothing is moved for balance now: %s; wait until 'hactl status' shows it at rest", why);
        return;
    }
    HaPlan *plan = ha_core_plan_balance(core);
    sentence = g_strdup(plan->why);
    if (!plan->moves->len) {
        ha_plan_free(plan);
        ha_answer(core, effects, request->id, HA_ANSWER_OK, "%s", sentence);
        return;
    }
    begin(core, effects, plan, request->by ? request->by : "admin", sentence);
    ha_answer(core, effects, request->id, HA_ANSWER_OK, "%s", sentence);
}
