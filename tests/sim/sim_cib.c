/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_cib.h"

#include "tests/sim/sim_check.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_group.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_law.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_plant.h"
#include "tests/sim/sim_rules.h"
#include "tests/sim/sim_schedule.h"

#define RECORDED_MS 40 /* from the DC's decision until the pending action stands in the CIB */

/* ---- the picture ---- */

static HaConfigNode *node_picture(const Sim *sim, guint index, gboolean quorate, guint members)
{
    const SimNode *node = &sim->nodes[index];
    HaConfigNode *picture = ha_config_node_new(node->name);
    picture->node_id = index + 1;
    picture->state = node->state;
    if (!quorate)
        picture->state = members & (1u << index) ? HA_NODE_ONLINE : HA_NODE_UNCLEAN;
    picture->standby = node->standby;
    picture->is_dc = sim->dc == index;
    ha_wish_parse(node->wish, &picture->wish);
    return picture;
}

static HaConfigVm *vm_picture(const Sim *sim, const SimVm *vm)
{
    HaConfigVm *picture = ha_config_vm_new(vm->name);
    picture->definition = g_strdup(vm->hash);
    picture->group = g_strdup(vm->group->policy->name);
    picture->mem_mib = vm->mem_mib;
    picture->vcpus = vm->vcpus;
    picture->priority = vm->group->priority;
    picture->wanted_running = vm->wanted_running;
    picture->managed = TRUE;
    picture->home = vm->home == SIM_NOBODY ? NULL : g_strdup(sim_node_name(sim, vm->home));
    picture->parked = vm->parked == SIM_NOBODY ? NULL : g_strdup(sim_node_name(sim, vm->parked));
    if (vm->pin != SIM_NOBODY) {
        ha_move_note_parse(vm->pin_text, picture);
        picture->pin = g_strdup(sim_node_name(sim, vm->pin));
    }
    picture->live = vm->pin == SIM_NOBODY || vm->pin_mode == HA_MOVE_LIVE;
    for (guint i = 0; i < sim->n_nodes; i++) {
        const SimPlace *place = &vm->places[i];
        if (!place->known || sim->nodes[i].state == HA_NODE_OFFLINE)
            continue;
        HaConfigPlace *copy = ha_config_place_new(sim_node_name(sim, i));
        copy->active = place->active;
        copy->pending = place->pending;
        copy->failed_migrate_to = place->failed_migrate_to;
        copy->exit_reason = g_strdup(place->reason);
        g_ptr_array_add(picture->places, copy);
    }
    return picture;
}

static HaGroup *group_picture(const Sim *sim, const SimGroup *group)
{
    HaGroup *picture = ha_group_copy(group->policy);
    if (sim->plant == SIM_PLANT_LAWLESS)
        picture->affinity_strength = picture->only_on_strength = HA_RULE_SOFT;
    if (sim->plant == SIM_PLANT_CURFEW)
        picture->evacuation = HA_EVACUATE_STOP;
    return picture;
}

HaConfig *sim_cib_picture(const Sim *sim, guint node)
{
    HaConfig *config = ha_config_new();
    config->epoch = sim->epoch;
    config->num_updates = sim->updates;
    config->quorate = sim_group_quorate(sim, node);
    config->dc = sim->dc == SIM_NOBODY ? NULL : g_strdup(sim_node_name(sim, sim->dc));
    config->term = sim->term;
    config->term_owner = g_strdup(sim->term_owner);
    config->moves_per_node = sim->migration_limit;
    config->moves_per_cluster = sim->moves_per_cluster;
    config->fencing = config->stonith_enabled = config->fence_watchdog = TRUE;
    for (guint i = 0; i < sim->n_nodes; i++)
        g_ptr_array_add(config->nodes, node_picture(sim, i, config->quorate, sim->nodes[node].members));
    for (guint i = 0; i < sim->n_vms; i++)
        g_ptr_array_add(config->vms, vm_picture(sim, &sim->vms[i]));
    if (sim->balance_level)
        ha_config_add_setting(config->properties, "hactl-balance-level", sim->balance_level);
    for (guint i = 0; i < sim->groups->len; i++)
        g_ptr_array_add(config->groups, group_picture(sim, sim->groups->pdata[i]));
    ha_config_sort(config);
    return config;
}

/* ---- changes ---- */

static void pin_set(Sim *sim, const HaChange *change)
{
    SimVm *vm = &sim->vms[sim_find_vm(sim, change->vm)];
    /* Somebody else's migration has begun, and the CIB does not show it yet: the write's condition can't cover that. */
    vm->excused |= vm->pin == SIM_NOBODY && vm->act == SIM_ACT_MIGRATE_TO;
    vm->pin = sim_find_node(sim, change->node);
    vm->pin_mode = change->mode;
    g_free(vm->pin_text);
    vm->pin_text = g_strdup(change->value);
}

static void pin_clear(Sim *sim, const HaChange *change)
{
    SimVm *vm = &sim->vms[sim_find_vm(sim, change->vm)];
    gboolean target_there = vm->pin != SIM_NOBODY && sim->nodes[vm->pin].state == HA_NODE_ONLINE;
    if (sim_pacemaker_in_flight(vm) && target_there && vm->wanted_running)
        sim_fail(sim, SIM_RESTARTED, "the pin of %s is removed while its migration is in flight: Pacemaker reboots it",
            vm->name);
    vm->pin = SIM_NOBODY;
    g_clear_pointer(&vm->pin_text, g_free);
}

static void set_home(Sim *sim, const HaChange *change)
{
    sim->vms[sim_find_vm(sim, change->vm)].home =
        change->kind == HA_CHANGE_HOME_SET ? sim_find_node(sim, change->node) : SIM_NOBODY;
}

static void set_wish(Sim *sim, const HaChange *change)
{
    SimNode *node = &sim->nodes[sim_find_node(sim, change->node)];
    g_free(node->wish);
    node->wish = change->kind == HA_CHANGE_WISH_SET ? g_strdup(change->value) : NULL;
}

static void set_standby(Sim *sim, const HaChange *change)
{
    guint node = sim_find_node(sim, change->node);
    sim->nodes[node].standby = change->kind == HA_CHANGE_STANDBY_SET;
    if (sim->nodes[node].standby)
        sim_check_standby(sim, node);
}

static void set_role(Sim *sim, const HaChange *change, gboolean running, guint parked)
{
    SimVm *vm = &sim->vms[sim_find_vm(sim, change->vm)];
    vm->wanted_running = running;
    vm->parked = parked;
    vm->excused = TRUE;
}

static void apply(Sim *sim, const HaChange *change)
{
    sim_trace(sim, "CIB: change %d %s %s %s", (int)change->kind, change->vm ? change->vm : "",
        change->node ? change->node : "", change->value ? change->value : "");
    switch (change->kind) {
    case HA_CHANGE_PIN_SET:
        pin_set(sim, change);
        break;
    case HA_CHANGE_PIN_CLEAR:
        pin_clear(sim, change);
        break;
    case HA_CHANGE_HOME_SET:
    case HA_CHANGE_HOME_CLEAR:
        set_home(sim, change);
        break;
    case HA_CHANGE_WISH_SET:
    case HA_CHANGE_WISH_CLEAR:
        set_wish(sim, change);
        break;
    case HA_CHANGE_STANDBY_SET:
    case HA_CHANGE_STANDBY_CLEAR:
        set_standby(sim, change);
        break;
    case HA_CHANGE_ROLE_SET:
        set_role(sim, change, change->running, SIM_NOBODY);
        break;
    case HA_CHANGE_PARK:
        sim_law_park(sim, sim_find_vm(sim, change->vm), sim_find_node(sim, change->node));
        set_role(sim, change, FALSE, sim_find_node(sim, change->node));
        break;
    case HA_CHANGE_UNPARK:
        sim_law_unpark(sim, sim_find_vm(sim, change->vm));
        set_role(sim, change, TRUE, SIM_NOBODY);
        break;
    case HA_CHANGE_GROUP_SET:
        sim_rules_set(sim, change->policy);
        break;
    case HA_CHANGE_GROUP_DELETE:
        sim_rules_delete(sim, change->group);
        break;
    case HA_CHANGE_VM_GROUP_SET:
        sim_rules_join(sim, sim_find_vm(sim, change->vm), change->group);
        break;
    case HA_CHANGE_VM_ADD:
    case HA_CHANGE_VM_REMOVE:
    case HA_CHANGE_PROPERTY_SET:
    case HA_CHANGE_DEFAULT_SET:
    case HA_CHANGE_VM_DEFINE:
    case HA_CHANGE_FENCE_ADD:
    case HA_CHANGE_FENCE_REMOVE:
    case HA_CHANGE_PROPERTY_DROP:
    case HA_CHANGE_POLICY_COPY:
    case HA_CHANGES:
        g_assert_not_reached(); /* no admin of the simulator asks for it */
    }
}

/* Returns: (transfer full) the VMs that the removal of their pins would move, NULL for none. */
static char *movers(const Sim *sim, const GPtrArray *changes)
{
    gboolean unpinned[SIM_VMS_MAX] = {FALSE};
    guint chosen[SIM_VMS_MAX];
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind == HA_CHANGE_PIN_CLEAR)
            unpinned[sim_find_vm(sim, change->vm)] = TRUE;
    }
    sim_schedule(sim, unpinned, chosen);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *vm = &sim->vms[i];
        gboolean moves = chosen[i] != SIM_NOBODY && !vm->places[chosen[i]].active;
        if (unpinned[i] && (moves || sim_pacemaker_in_flight(vm)))
            g_string_append_printf(names, "%s%s", names->len ? " " : "", vm->name);
    }
    return g_string_free(names, names->len == 0);
}

/* The predicate that a pin's write bears (io_cib_change.h). */
static gboolean meets_migration(const Sim *sim, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind != HA_CHANGE_PIN_SET && change->kind != HA_CHANGE_PIN_CLEAR)
            continue;
        const SimVm *vm = &sim->vms[sim_find_vm(sim, change->vm)];
        if (vm->act == SIM_ACT_MIGRATE_TO && sim->now_ms - vm->act_since_ms >= RECORDED_MS)
            return TRUE;
    }
    return FALSE;
}

/* ---- tools ---- */

static void probe(Sim *sim, guint vm, guint node)
{
    SimPlace *place = &sim->vms[vm].places[node];
    g_free(place->reason);
    *place = (SimPlace){.known = TRUE, .active = sim_host_has(sim, node, vm), .pending = place->pending};
}

static gboolean is_tool(HaEffectKind kind)
{
    return kind == HA_EFFECT_CLEANUP || kind == HA_EFFECT_PROBE || kind == HA_EFFECT_REFRESH;
}

static void clean_up(Sim *sim, const HaEffect *effect)
{
    guint vm = sim_find_vm(sim, effect->vm);
    sim_trace(sim, "%s %s %s",
        effect->kind == HA_EFFECT_CLEANUP ? "cleanup"
        : effect->kind == HA_EFFECT_PROBE ? "probe"
                                          : "refresh",
        effect->vm, effect->node ? effect->node : "");
    if (effect->kind == HA_EFFECT_REFRESH && sim->vms[vm].pin != SIM_NOBODY && sim_pacemaker_in_flight(&sim->vms[vm]))
        sim_fail(sim, SIM_RESTARTED, "the history of %s is refreshed while its migration is in flight", effect->vm);
    for (guint i = 0; i < sim->n_nodes; i++) {
        gboolean asked = effect->kind == HA_EFFECT_CLEANUP ? sim->vms[vm].places[i].failed_migrate_to
                                                           : i == sim_find_node(sim, effect->node);
        if (asked && sim->nodes[i].state == HA_NODE_ONLINE && sim->nodes[i].powered)
            probe(sim, vm, i);
    }
    sim_pacemaker_changed(sim);
}

/* ---- effects ---- */

typedef struct {
    HaEffect *effect;
    guint64 generation;
    gboolean faulty, lost; /* it answers TIMED_OUT or FAILED; it is not even carried out */
} Write;

static void write_free(gpointer data)
{
    Write *write = data;
    ha_effect_free(write->effect);
    g_free(write);
}

static HaOutcome carry_out(Sim *sim, const HaEffect *effect, const char *self, char **ret_text)
{
    if (is_tool(effect->kind)) {
        clean_up(sim, effect);
        return HA_DONE_OK;
    }
    if (effect->term != sim->term)
        return HA_DONE_REFUSED;
    if (effect->kind == HA_EFFECT_TERM) {
        sim->term++;
        g_free(sim->term_owner);
        sim->term_owner = g_strdup(self);
    } else {
        *ret_text = effect->check_pins ? movers(sim, effect->changes) : NULL;
        if (*ret_text)
            return HA_DONE_WOULD_MOVE;
        if (sim->plant != SIM_PLANT_CLEAR_PIN && meets_migration(sim, effect->changes))
            return HA_DONE_REFUSED;
        for (guint i = 0; i < effect->changes->len; i++)
            apply(sim, effect->changes->pdata[i]);
        sim_check_changes(sim, sim_find_node(sim, self), effect->changes);
    }
    sim_pacemaker_changed(sim);
    return HA_DONE_OK;
}

static void on_answer(Sim *sim, SimEvent *event)
{
    const Write *write = event->data;
    sim_daemon_done(
        sim, event->node, write->generation, write->effect->id, write->lost ? HA_DONE_FAILED : HA_DONE_TIMED_OUT, NULL);
}

/* The writer sees the picture with its change before it hears of its success, as io_cib.h promises. */
static void on_write(Sim *sim, SimEvent *event)
{
    Write *write = event->data;
    SimNode *node = &sim->nodes[event->node];
    g_autofree char *text = NULL;
    HaOutcome outcome = HA_DONE_REFUSED;
    if (!node->powered)
        return;
    if (sim->ring_forming && node->cib) {
        SimEvent *again = sim_at(sim, 200, on_write);
        again->node = event->node;
        again->data = g_steal_pointer(&event->data);
        again->free = write_free;
        event->free = NULL;
        return;
    }
    if (!write->lost && node->cib && sim_group_quorate(sim, event->node))
        outcome = carry_out(sim, write->effect, node->name, &text);
    if (write->faulty || write->lost) {
        SimEvent *late = sim_at(sim, write->effect->timeout_ms, on_answer);
        late->node = event->node;
        late->data = g_steal_pointer(&event->data);
        late->free = write_free;
        event->free = NULL;
        return;
    }
    if (outcome == HA_DONE_OK && !is_tool(write->effect->kind))
        sim_daemon_config(sim, event->node, sim_cib_picture(sim, event->node));
    sim_daemon_done(sim, event->node, write->generation, write->effect->id, outcome, text);
}

void sim_pacemaker_do(Sim *sim, guint node, HaEffect *effect)
{
    gboolean tool = is_tool(effect->kind);
    Write *write = g_new0(Write, 1);
    write->effect = effect;
    write->generation = sim_daemon_generation(sim, node);
    write->faulty = sim_chance(sim, sim->write_fault_permille);
    write->lost = sim_chance(sim, sim->write_fault_permille);
    gint64 factor = sim->nodes[node].slow ? sim_draw(sim, 3, 8) : 1;
    SimEvent *event = sim_at(sim, factor * (tool ? sim_draw(sim, 300, 2500) : sim_draw(sim, 10, 250)), on_write);
    event->node = node;
    event->data = write;
    event->free = write_free;
}
