/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_law.h"

#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_order.h"
#include "tests/sim/sim_rules.h"

#define HEARD_MS 5000 /* of a stranger's migration hactl has heard by then */

static gboolean names(const GPtrArray *nodes, const char *node)
{
    for (guint i = 0; i < nodes->len; i++)
        if (g_strcmp0(nodes->pdata[i], node) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_hard(const HaGroup *policy, HaAffinity affinity)
{
    return policy->affinity == affinity && policy->affinity_strength == HA_RULE_HARD;
}

/* Where it will be when all that is under way has ended, as far as hactl can know; SIM_NOBODY otherwise. */
static guint heading(const Sim *sim, const SimVm *vm)
{
    if (vm->pin != SIM_NOBODY)
        return vm->pin;
    if (vm->act == SIM_ACT_MIGRATE_TO && sim->now_ms - vm->act_since_ms < HEARD_MS)
        return SIM_NOBODY;
    return vm->act == SIM_ACT_MIGRATE_TO || vm->partial ? vm->act_to : sim_schedule_active_on(sim, vm);
}

/* ---- hactl's own moves ---- */

static void check_kin(Sim *sim, const SimVm *vm, const SimVm *other, guint to)
{
    const HaGroup *policy = vm->group->policy;
    guint at = heading(sim, other);
    if (other == vm || other->group != vm->group || at == SIM_NOBODY)
        return;
    if (is_hard(policy, HA_AFFINITY_APART) && at == to)
        sim_fail(sim, SIM_RULE_BROKEN, "%s is moved to %s, where %s of %s is, which is hard apart", vm->name,
            sim_node_name(sim, to), other->name, policy->name);
    if (is_hard(policy, HA_AFFINITY_TOGETHER) && at != to)
        sim_fail(sim, SIM_RULE_BROKEN, "%s is moved to %s without %s of %s, which is hard together", vm->name,
            sim_node_name(sim, to), other->name, policy->name);
}

static void check_pin(Sim *sim, const SimVm *vm, guint to)
{
    const HaGroup *policy = vm->group->policy;
    if (policy->only_on->len && policy->only_on_strength == HA_RULE_HARD &&
        !names(policy->only_on, sim_node_name(sim, to)))
        sim_fail(sim, SIM_RULE_BROKEN, "%s is moved to %s, and %s is only on other nodes", vm->name,
            sim_node_name(sim, to), policy->name);
    for (guint i = 0; i < sim->n_vms; i++)
        check_kin(sim, vm, &sim->vms[i], to);
}

/* A drain's plan may have VMs of other nodes make room first. */
static gboolean makes_room(const HaCore *core, const HaConfigNode *node, const SimVm *vm)
{
    g_autoptr(HaPlan) plan = ha_core_plan_drain(core, node->node, node->wish.restart);
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = plan->moves->pdata[i];
        if (g_strcmp0(move->vm, vm->name) == 0 && g_strcmp0(move->from, node->node) != 0)
            return TRUE;
    }
    return FALSE;
}

/* Nothing is moved for balance while a node is drained, returned to or lost, as far as the leader knows; nor a VM whose
 * group does not want it. */
static void check_balance(Sim *sim, guint leader, const SimVm *vm)
{
    const HaCore *core = sim_daemon_core(sim, leader);
    const HaConfig *config = core ? ha_core_view(core)->config : NULL;
    if (vm->group->policy->balance != HA_BALANCE_AUTO)
        sim_fail(sim, SIM_UNTIMELY, "%s is moved for balance, its group says %s", vm->name,
            ha_balance_word(vm->group->policy->balance));
    for (guint i = 0; config && i < config->nodes->len; i++) {
        const HaConfigNode *node = config->nodes->pdata[i];
        gboolean drained = node->wish.kind == HA_WISH_DRAIN && !node->standby && !makes_room(core, node, vm);
        if (drained || node->wish.kind == HA_WISH_RETURN || node->state == HA_NODE_UNCLEAN)
            sim_fail(sim, SIM_UNTIMELY, "%s is moved for balance while %s is %s", vm->name, node->node,
                node->state == HA_NODE_UNCLEAN ? "lost" : "drained, or its VMs return");
    }
}

void sim_law_pins(Sim *sim, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind == HA_CHANGE_PIN_SET)
            check_pin(sim, &sim->vms[sim_find_vm(sim, change->vm)], sim_find_node(sim, change->node));
    }
}

void sim_law_effect(Sim *sim, guint node, const HaEffect *effect)
{
    for (guint i = 0; effect->kind == HA_EFFECT_CHANGE && i < effect->changes->len; i++) {
        const HaChange *change = effect->changes->pdata[i];
        HaConfigVm parsed = {0};
        if (change->kind != HA_CHANGE_PIN_SET)
            continue;
        ha_move_note_parse(change->value, &parsed);
        if (parsed.pin_reason == HA_REASON_BALANCE)
            check_balance(sim, node, &sim->vms[sim_find_vm(sim, change->vm)]);
        g_free(parsed.pin_by);
    }
}

/* ---- VMs that a drain shuts down ---- */

static gboolean is_drained(const Sim *sim, guint node)
{
    return sim->nodes[node].wish && g_str_has_prefix(sim->nodes[node].wish, "drain");
}

void sim_law_park(Sim *sim, guint index, guint node)
{
    const SimVm *vm = &sim->vms[index];
    if (vm->group->policy->evacuation != HA_EVACUATE_STOP)
        sim_fail(sim, SIM_RESTARTED, "%s is shut down by a drain, its group's evacuation mode is %s", vm->name,
            ha_evacuation_word(vm->group->policy->evacuation));
    if (!is_drained(sim, node) || vm->pin != SIM_NOBODY)
        sim_fail(sim, SIM_RESTARTED, "%s is shut down with the drain of %s, which %s", vm->name,
            sim_node_name(sim, node), vm->pin != SIM_NOBODY ? "moves it" : "is not drained");
}

void sim_law_unpark(Sim *sim, guint index)
{
    const SimVm *vm = &sim->vms[index];
    if (vm->parked == SIM_NOBODY)
        sim_fail(sim, SIM_RESTARTED, "%s is started, and no drain had stopped it", vm->name);
    else if (is_drained(sim, vm->parked))
        sim_fail(sim, SIM_RESTARTED, "%s is started again, and %s is still drained", vm->name,
            sim_node_name(sim, vm->parked));
}

/* ---- what Pacemaker makes of it ---- */

static void check_tier(Sim *sim, const SimVm *vm, const SimVm *other)
{
    gboolean both_wait = other->act == SIM_ACT_NONE &&
                         sim_schedule_next(sim, other, other->chosen).kind == SIM_NEXT_START &&
                         !sim_order_waits(sim, other) && !sim_order_waits_for_room(sim, other, other->chosen);
    if (other->group->policy->tier < vm->group->policy->tier && both_wait)
        sim_fail(sim, SIM_ORDER, "%s (tier %u) starts before %s (tier %u)", vm->name, vm->group->policy->tier,
            other->name, other->group->policy->tier);
}

void sim_law_start(Sim *sim, guint index)
{
    const SimVm *vm = &sim->vms[index], *first = sim_order_waits(sim, vm);
    if (first)
        sim_fail(sim, SIM_ORDER, "%s of %s starts before %s of %s is ready", vm->name, vm->group->policy->name,
            first->name, first->group->policy->name);
    for (guint i = 0; i < sim->n_vms; i++)
        check_tier(sim, vm, &sim->vms[i]);
}

gboolean sim_law_room_taken(const Sim *sim, guint index, guint node)
{
    guint64 mem_mib = sim->vms[index].mem_mib;
    for (guint i = 0; i < sim->n_vms; i++)
        mem_mib += sim->vms[i].chosen == node ? sim->vms[i].mem_mib : 0;
    return mem_mib > sim->nodes[node].mem_mib;
}

static gboolean is_lost(const Sim *sim, const SimVm *vm)
{
    guint at = sim_schedule_active_on(sim, vm);
    return at != SIM_NOBODY && sim->nodes[at].state != HA_NODE_ONLINE;
}

gboolean sim_law_pushed_off(const Sim *sim, guint index, guint node)
{
    const SimVm *vm = &sim->vms[index];
    guint places[SIM_VMS_MAX];
    gboolean full = sim_law_room_taken(sim, index, node);
    sim_schedule_order(sim, places);
    for (guint i = 0; full && i < sim->n_vms; i++) {
        const SimVm *other = &sim->vms[i];
        gboolean before = other->group->policy->tier < vm->group->policy->tier ||
                          (other->group == vm->group && vm->group->policy->affinity != HA_AFFINITY_NONE && i < index) ||
                          (is_lost(sim, other) && places[i] < places[index]);
        if (before && other->chosen == node)
            return TRUE;
    }
    return FALSE;
}

void sim_law_migrate(Sim *sim, guint index, guint from, guint to)
{
    const SimVm *vm = &sim->vms[index];
    gboolean asked = vm->pin == to, flees = !sim_schedule_eligible(sim, from) || sim_schedule_barred(sim, vm, from);
    if (!asked && !flees && !sim_rules_hard(vm->group) && !sim_law_room_taken(sim, index, from))
        sim_fail(sim, SIM_UNEXPLAINED, "Pacemaker moves %s from %s to %s by itself, and no hard rule asks for it",
            vm->name, sim_node_name(sim, from), sim_node_name(sim, to));
}
