/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_pacemaker.h"

#include "tests/sim/sim_cib.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_law.h"
#include "tests/sim/sim_order.h"
#include "tests/sim/sim_rules.h"

#define MONITOR_MS 10000
#define FOREVER_MS ((gint64)1 << 40)

/* ---- pictures ---- */

static void on_tell(Sim *sim, SimEvent *event)
{
    const SimNode *node = &sim->nodes[event->node];
    sim->told_config[event->node] = FALSE;
    if (node->powered)
        sim_daemon_config(sim, event->node, node->cib ? sim_cib_picture(sim, event->node) : NULL);
}

void sim_pacemaker_tell(Sim *sim, guint node)
{
    if (sim->told_config[node])
        return;
    sim->told_config[node] = TRUE;
    sim_at(sim, sim_draw(sim, 40, 150), on_tell)->node = node;
}

static void tell_all(Sim *sim)
{
    sim->updates++;
    for (guint i = 0; i < sim->n_nodes; i++)
        sim_pacemaker_tell(sim, i);
}

void sim_pacemaker_away(Sim *sim, guint node, gboolean away)
{
    sim_trace(sim, "the CIB of %s %s", sim_node_name(sim, node), away ? "goes away" : "is back");
    sim->nodes[node].cib = !away;
    sim_pacemaker_tell(sim, node);
}

/* ---- in flight ---- */

static void plan_pass(Sim *sim);

gboolean sim_pacemaker_in_flight(const SimVm *vm)
{
    return vm->partial || vm->act == SIM_ACT_MIGRATE_TO || vm->act == SIM_ACT_MIGRATE_FROM;
}

static gboolean anything_in_flight(const Sim *sim)
{
    for (guint i = 0; i < sim->n_vms; i++)
        if (sim->vms[i].act != SIM_ACT_NONE)
            return TRUE;
    return FALSE;
}

gboolean sim_pacemaker_idle(const Sim *sim)
{
    gboolean idle = !anything_in_flight(sim) && !sim->dirty && !sim->ring_forming;
    for (guint i = 0; i < sim->n_vms; i++)
        idle = idle && !sim->vms[i].todo && !sim->vms[i].job;
    return idle;
}

/* ---- actions ---- */

static void on_act_end(Sim *sim, SimEvent *event);

static void begin(Sim *sim, guint index, SimAct act, guint from, guint to)
{
    SimVm *vm = &sim->vms[index];
    vm->act = act;
    vm->act_from = from;
    vm->act_to = to;
    vm->act_number++;
    vm->act_since_ms = sim->now_ms;
    vm->todo = vm->again = vm->readying = FALSE;
    tell_all(sim);
}

static void act_for(Sim *sim, guint index, gint64 takes_ms)
{
    SimEvent *event = sim_at(sim, takes_ms, on_act_end);
    event->vm = index;
    event->number = sim->vms[index].act_number;
}

static void begin_timed(Sim *sim, guint index, SimAct act, guint from, guint to, gint64 takes_ms)
{
    begin(sim, index, act, from, to);
    gint64 factor = sim->nodes[to].slow || sim->nodes[from].slow ? sim_draw(sim, 3, 12) : 1;
    act_for(sim, index, takes_ms * factor);
}

static void begin_migrate(Sim *sim, guint index, guint from, guint to)
{
    SimVm *vm = &sim->vms[index];
    sim_law_migrate(sim, index, from, to);
    vm->places[from].pending = HA_OP_MIGRATE_TO;
    begin(sim, index, SIM_ACT_MIGRATE_TO, from, to);
    sim_trace(sim, "Pacemaker: migrate_to %s %s -> %s", vm->name, sim_node_name(sim, from), sim_node_name(sim, to));
    sim_host_migrate(sim, index, from, to);
}

static void begin_from(Sim *sim, guint index)
{
    SimVm *vm = &sim->vms[index];
    vm->places[vm->act_to].known = TRUE;
    vm->places[vm->act_to].pending = HA_OP_MIGRATE_FROM;
    begin_timed(sim, index, SIM_ACT_MIGRATE_FROM, vm->act_from, vm->act_to, sim_draw(sim, 100, 800));
}

static void begin_stop_source(Sim *sim, guint index)
{
    SimVm *vm = &sim->vms[index];
    if (sim->nodes[vm->act_from].state != HA_NODE_ONLINE)
        return;
    vm->places[vm->act_from].pending = HA_OP_STOP;
    begin_timed(sim, index, SIM_ACT_STOP_SOURCE, vm->act_from, vm->act_to, sim_draw(sim, 100, 500));
}

static void begin_stop(Sim *sim, guint index, guint node)
{
    sim->vms[index].places[node].pending = HA_OP_STOP;
    begin_timed(sim, index, SIM_ACT_STOP, node, node, sim_draw(sim, 500, 3000));
}

/* It arrived where it was sent, its source died before that was on record, and others have been given its room since:
 * only the agent's guard can know. */
static gboolean arrived_unknown(const Sim *sim, guint index)
{
    const SimVm *vm = &sim->vms[index];
    return vm->pin != SIM_NOBODY && sim_host_has(sim, vm->pin, index) && sim_law_room_taken(sim, index, vm->pin);
}

static void begin_start(Sim *sim, guint index, guint node)
{
    SimVm *vm = &sim->vms[index];
    sim_law_start(sim, index);
    vm->unsure |= node != vm->pin && arrived_unknown(sim, index);
    vm->places[node].known = TRUE;
    vm->places[node].pending = HA_OP_START;
    begin_timed(sim, index, SIM_ACT_START, node, node, sim_draw(sim, 300, 2000));
    sim_trace(sim, "Pacemaker: start %s on %s", vm->name, sim_node_name(sim, node));
}

/* ---- a transition ---- */

static guint migrations_at(const Sim *sim, guint node)
{
    guint n = 0;
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *vm = &sim->vms[i];
        n += (vm->act == SIM_ACT_MIGRATE_TO || vm->act == SIM_ACT_MIGRATE_FROM) &&
             (vm->act_from == node || vm->act_to == node);
    }
    return n;
}

static gboolean limit_reached(const Sim *sim, guint from, guint to)
{
    guint limit = sim->migration_limit;
    return limit && (migrations_at(sim, from) >= limit || migrations_at(sim, to) >= limit);
}

static gboolean held_back(const Sim *sim, const SimVm *vm, guint to, gboolean anyway)
{
    return (vm->group->ordered && sim_order_waits(sim, vm)) || (!anyway && sim_order_waits_for_room(sim, vm, to));
}

/* Whatever starts waits until every lost host is fenced, not only its own ("requires=fencing"). */
static gboolean fencing_to_come(const Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (sim->nodes[i].state == HA_NODE_UNCLEAN)
            return TRUE;
    return FALSE;
}

/* A standby by hand, and no room; or a VM of an earlier tier takes it. */
static void begin_last_stop(Sim *sim, guint index, guint from)
{
    sim->vms[index].excused |= !sim_schedule_eligible(sim, from) || sim_law_pushed_off(sim, index, from);
    begin_stop(sim, index, from);
}

/* What the VM lacks, one action at a time; the next pass sees the rest. @anyway: whoever is to leave its target. */
static void act_on(Sim *sim, guint index, gboolean anyway)
{
    SimVm *vm = &sim->vms[index];
    SimNext next = sim_schedule_next(sim, vm, vm->chosen);
    switch (next.kind) {
    case SIM_NEXT_NOTHING:
    case SIM_NEXT_FENCING:
        break;
    case SIM_NEXT_START:
        vm->todo = fencing_to_come(sim) || held_back(sim, vm, next.to, anyway);
        if (vm->todo)
            break;
        vm->partial = FALSE;
        begin_start(sim, index, next.to);
        break;
    case SIM_NEXT_STOP:
        begin_last_stop(sim, index, next.from);
        break;
    case SIM_NEXT_RESTART:
        /* Not hactl's move: a node came that suits a hard rule better, and its scores outweigh half a migration; or
         * those that are placed before it have taken its room. */
        vm->excused |=
            vm->pin == SIM_NOBODY && (sim_rules_hard(vm->group) || sim_law_room_taken(sim, index, next.from));
        vm->partial = FALSE;
        begin_stop(sim, index, next.from);
        break;
    case SIM_NEXT_MOVE:
        begin_stop(sim, index, next.from);
        break;
    case SIM_NEXT_MIGRATE:
        vm->todo = held_back(sim, vm, next.to, anyway) || limit_reached(sim, next.from, next.to);
        if (!vm->todo)
            begin_migrate(sim, index, next.from, next.to);
        break;
    case SIM_NEXT_GO_ON:
        begin_from(sim, index);
        break;
    }
}

static void act_on_all(Sim *sim, gboolean todo)
{
    guint order[SIM_VMS_MAX];
    sim_order_of_begin(sim, order);
    for (guint i = 0; !sim->dirty && i < sim->n_vms; i++)
        if (!todo || sim->vms[order[i]].todo)
            act_on(sim, order[i], FALSE);
    for (guint i = 0; !sim->dirty && !anything_in_flight(sim) && i < sim->n_vms; i++) /* they wait for each other */
        if (sim->vms[order[i]].todo)
            act_on(sim, order[i], TRUE);
}

static void on_pass(Sim *sim, SimEvent *event)
{
    sim->pass_planned = FALSE;
    if (sim->dc == SIM_NOBODY || anything_in_flight(sim))
        return;
    sim->dirty = FALSE;
    guint chosen[SIM_VMS_MAX];
    sim_schedule(sim, NULL, chosen);
    for (guint i = 0; i < sim->n_vms; i++) {
        sim->vms[i].todo = FALSE;
        sim->vms[i].chosen = chosen[i];
    }
    act_on_all(sim, FALSE);
}

static void plan_pass(Sim *sim)
{
    if (sim->pass_planned || anything_in_flight(sim))
        return;
    sim->pass_planned = TRUE;
    sim_at(sim, sim_draw(sim, 50, 400), on_pass);
}

void sim_pacemaker_look_again(Sim *sim)
{
    sim->dirty = TRUE;
    plan_pass(sim);
    tell_all(sim);
}

/* Half a migration towards the node can't go on, nor one that flees from a standby which ends: those reboots are the
 * admin's own. */
void sim_pacemaker_standby(Sim *sim, guint node, gboolean on)
{
    SimNode *self = &sim->nodes[node];
    if (on == self->standby_by_hand || (on && self->standby) ||
        (!on && self->wish && g_str_has_prefix(self->wish, "drain")))
        return;
    sim_tell(sim, "an admin puts %s %s standby by hand", self->name, on ? "in" : "out of");
    self->standby = self->standby_by_hand = on;
    for (guint i = 0; i < sim->n_vms; i++) {
        SimVm *vm = &sim->vms[i];
        gboolean to = vm->act_to == node && !vm->job, from = vm->act_from == node;
        vm->excused |= sim_pacemaker_in_flight(vm) && (on ? to : from);
        vm->unsure |=
            on && sim_host_has(sim, node, i) && !vm->places[node].active; /* it arrived, unknown to Pacemaker */
    }
    sim_pacemaker_changed(sim);
}

void sim_pacemaker_changed(Sim *sim)
{
    sim->epoch++;
    sim_pacemaker_look_again(sim);
}

/* An action ended: the transition goes on, or makes room for the next. */
static void go_on(Sim *sim)
{
    tell_all(sim);
    if (sim->dc != SIM_NOBODY)
        act_on_all(sim, TRUE);
    if (sim->dirty)
        plan_pass(sim);
}

/* ---- ends of actions ---- */

static void place_set(SimVm *vm, guint node, gboolean active)
{
    vm->places[node].known = TRUE;
    vm->places[node].active = active;
    vm->places[node].pending = HA_OP_NONE;
}

static void migrate_failed(Sim *sim, SimVm *vm, const char *failure)
{
    SimPlace *place = &vm->places[vm->act_from];
    sim_trace(sim, "Pacemaker: migrate_to %s failed: %s", vm->name, failure);
    place_set(vm, vm->act_from, TRUE);
    place->failed_migrate_to = TRUE;
    place->failed_to = vm->act_to;
    g_free(place->reason);
    place->reason = sim->no_reasons ? NULL : g_strdup(failure);
    vm->act = SIM_ACT_NONE;
}

void sim_pacemaker_migrated(Sim *sim, guint index, guint64 number, const char *failure)
{
    SimVm *vm = &sim->vms[index];
    if (vm->act != SIM_ACT_MIGRATE_TO || vm->act_number != number || !sim->nodes[vm->act_from].powered)
        return;
    if (vm->again) {
        sim_trace(sim, "Pacemaker: the new DC runs migrate_to of %s once more", vm->name);
        vm->again = FALSE;
        vm->act_number++;
        sim_host_migrate(sim, index, vm->act_from, vm->act_to);
        return;
    }
    if (failure) {
        migrate_failed(sim, vm, failure);
    } else {
        place_set(vm, vm->act_from, FALSE);
        vm->partial = TRUE;
        vm->act = SIM_ACT_NONE;
        if (!sim->dirty && sim->dc != SIM_NOBODY)
            begin_from(sim, index);
    }
    go_on(sim);
}

/* Those that wait for a group wait until its guests are ready; hactl's agent gives up after a while. */
static gint64 draw_ready_ms(Sim *sim, const HaGroup *policy)
{
    gint64 wait_ms = policy->ready == HA_READY_STARTED ? 0 : sim_draw(sim, 0, HA_READY_WAIT_S * 1000);
    return wait_ms + (gint64)policy->ready_delay_s * 1000;
}

/* failure-timeout */
static void on_forget(Sim *sim, SimEvent *event)
{
    SimPlace *place = &sim->vms[event->vm].places[event->node];
    if (place->crashes && sim->now_ms - place->crashed_ms >= (gint64)event->number)
        place->crashes = 0;
    sim_pacemaker_look_again(sim);
}

/* Returns: in how many ms a failure of @index on @node is forgotten. */
static gint64 forget_later(Sim *sim, guint index, guint node)
{
    gint64 window_ms = (gint64)sim->vms[index].group->policy->restart_window_s * 1000;
    if (!window_ms)
        return FOREVER_MS;
    SimEvent *event = sim_at(sim, window_ms, on_forget);
    event->vm = index;
    event->node = node;
    event->number = (guint64)window_ms;
    return window_ms;
}

/* start-failure-is-fatal: a refused start bars the node. Returns: FALSE when the action goes on, until the guest is
 * ready. */
static gboolean end_start(Sim *sim, guint index, guint node)
{
    SimVm *vm = &sim->vms[index];
    gboolean ready = vm->readying, started = ready || sim_host_start(sim, node, index);
    gint64 wait_ms = started && !ready ? draw_ready_ms(sim, vm->group->policy) : 0;
    vm->readying = wait_ms > 0;
    if (vm->readying) {
        act_for(sim, index, wait_ms);
        return FALSE;
    }
    place_set(vm, node, started);
    if (!started) {
        vm->places[node].refused_ms = sim->now_ms + forget_later(sim, index, node);
        sim->dirty = TRUE;
    }
    return TRUE;
}

static void on_act_end(Sim *sim, SimEvent *event)
{
    SimVm *vm = &sim->vms[event->vm];
    SimAct act = vm->act;
    gboolean at_source = act == SIM_ACT_STOP_SOURCE || act == SIM_ACT_STOP;
    if (vm->act_number != event->number || !sim->nodes[at_source ? vm->act_from : vm->act_to].powered)
        return; /* a host that died answers nothing; its part of the status goes when it is fenced */
    if (act == SIM_ACT_START && !end_start(sim, event->vm, vm->act_to))
        return;
    vm->act = SIM_ACT_NONE;
    switch (act) {
    case SIM_ACT_MIGRATE_FROM:
        place_set(vm, vm->act_to, TRUE);
        vm->partial = FALSE;
        begin_stop_source(sim, event->vm);
        break;
    case SIM_ACT_STOP_SOURCE:
        sim_host_stop(sim, vm->act_from, event->vm);
        place_set(vm, vm->act_from, FALSE);
        break;
    case SIM_ACT_STOP:
        sim_host_stop(sim, vm->act_from, event->vm);
        place_set(vm, vm->act_from, FALSE);
        sim->dirty = TRUE; /* its start is judged anew */
        break;
    case SIM_ACT_START:
    case SIM_ACT_NONE:
    case SIM_ACT_MIGRATE_TO:
        break;
    }
    go_on(sim);
}

/* ---- the monitor ---- */

static void on_monitor(Sim *sim, SimEvent *event)
{
    sim_at(sim, MONITOR_MS, on_monitor);
    for (guint i = 0; sim->dc != SIM_NOBODY && i < sim->n_vms; i++) {
        SimVm *vm = &sim->vms[i];
        guint at = sim_schedule_active_on(sim, vm);
        if (at == SIM_NOBODY || vm->act != SIM_ACT_NONE || vm->partial || sim_schedule_blocked(sim, vm) ||
            !sim->nodes[at].libvirt || sim->nodes[at].state != HA_NODE_ONLINE || sim_host_has(sim, at, i))
            continue;
        sim_trace(sim, "Pacemaker: the monitor of %s on %s finds nothing", vm->name, sim_node_name(sim, at));
        place_set(vm, at, FALSE);
        vm->places[at].crashes++;
        vm->places[at].crashed_ms = sim->now_ms;
        forget_later(sim, i, at);
        sim_pacemaker_look_again(sim);
    }
}

void sim_pacemaker_start(Sim *sim)
{
    sim_at(sim, MONITOR_MS, on_monitor);
}
