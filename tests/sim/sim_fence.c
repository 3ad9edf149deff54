/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_fence.h"

#include "tests/sim/sim_group.h"
#include "tests/sim/sim_pacemaker.h"

void sim_fence_forget(Sim *sim, guint node)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        SimVm *vm = &sim->vms[i];
        g_free(vm->places[node].reason);
        vm->places[node] = (SimPlace){0};
        if ((vm->act != SIM_ACT_NONE || vm->partial) && vm->act_to == node && vm->act != SIM_ACT_MIGRATE_TO) {
            vm->partial = FALSE;
            vm->act = SIM_ACT_NONE;
        } else if (vm->act != SIM_ACT_NONE && vm->act_from == node) {
            /* Without a pin to an eligible node Pacemaker starts it anywhere, though it may have arrived: nobody could
             * know. */
            vm->unsure |=
                vm->act == SIM_ACT_MIGRATE_TO && (vm->pin == SIM_NOBODY || sim->nodes[vm->pin].standby_by_hand);
            vm->act = SIM_ACT_NONE;
        }
    }
}

static void on_reboot(Sim *sim, SimEvent *event)
{
    sim_power_on(sim, event->node);
}

static void fenced(Sim *sim, guint index)
{
    sim_power_off(sim, index);
    sim->nodes[index].state = HA_NODE_OFFLINE;
    sim_fence_forget(sim, index);
    sim_pacemaker_look_again(sim);
}

static void on_fenced(Sim *sim, SimEvent *event)
{
    SimNode *node = &sim->nodes[event->node];
    node->fencing = FALSE;
    if (node->state != HA_NODE_UNCLEAN || !sim_group_quorum(sim))
        return;
    if (sim_chance(sim, sim->fence_fail_permille)) {
        sim_tell(sim, "the fence device of %s does not answer", node->name);
        node->fencing = TRUE;
        sim_at(sim, sim_draw(sim, 5000, 30000), on_fenced)->node = event->node;
        return;
    }
    sim_tell(sim, "%s is fenced", node->name);
    fenced(sim, event->node);
    if (!node->stays_off && !sim->fenced_stay_off)
        sim_at(sim, sim_draw(sim, 10000, 40000), on_reboot)->node = event->node;
}

void sim_fence_confirm(Sim *sim, guint node)
{
    if (sim->nodes[node].state != HA_NODE_UNCLEAN)
        return;
    sim_tell(sim, "an admin confirms that %s is off", sim->nodes[node].name);
    fenced(sim, node);
}

static void on_joined(Sim *sim, SimEvent *event)
{
    SimNode *node = &sim->nodes[event->node];
    if (node->state != HA_NODE_OFFLINE || !node->powered || !(sim_group_quorum(sim) & (1u << event->node)))
        return;
    node->state = HA_NODE_ONLINE;
    sim_pacemaker_look_again(sim);
}

static void on_elected(Sim *sim, SimEvent *event)
{
    guint quorum = sim_group_quorum(sim);
    if (sim->dc != SIM_NOBODY || !quorum)
        return;
    sim->dc = (guint)__builtin_ctz(quorum);
    sim_trace(sim, "%s becomes DC", sim_node_name(sim, sim->dc));
    sim_pacemaker_look_again(sim);
}

static void judge_node(Sim *sim, guint index, guint quorum)
{
    SimNode *node = &sim->nodes[index];
    gboolean in = quorum & (1u << index);
    if (!in && node->state == HA_NODE_ONLINE)
        node->state = HA_NODE_UNCLEAN;
    if (node->state == HA_NODE_UNCLEAN && !node->fencing) {
        node->fencing = TRUE;
        sim_at(sim, sim_draw(sim, 1000, 4000), on_fenced)->node = index;
    }
    if (in && node->state == HA_NODE_OFFLINE)
        sim_at(sim, sim_draw(sim, 1000, 3000), on_joined)->node = index;
}

/* What was in flight is begun once more by the next DC, after it has ended. */
static void no_dc(Sim *sim)
{
    sim->dc = SIM_NOBODY;
    for (guint i = 0; i < sim->n_vms; i++)
        sim->vms[i].again = sim->vms[i].act == SIM_ACT_MIGRATE_TO;
}

void sim_fence_lose_dc(Sim *sim)
{
    if (sim->dc == SIM_NOBODY)
        return;
    sim_tell(sim, "the controller of the DC, %s, dies", sim_node_name(sim, sim->dc));
    no_dc(sim);
    sim_at(sim, sim_draw(sim, 1500, 4000), on_elected);
}

void sim_fence_members(Sim *sim)
{
    guint quorum = sim_group_quorum(sim);
    if (sim->dc != SIM_NOBODY && !(quorum & (1u << sim->dc)))
        no_dc(sim);
    if (quorum && sim->dc == SIM_NOBODY)
        sim_at(sim, sim_draw(sim, 1500, 4000), on_elected);
    for (guint i = 0; quorum && i < sim->n_nodes; i++)
        judge_node(sim, i, quorum);
    sim_pacemaker_look_again(sim);
}
