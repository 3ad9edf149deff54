/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_rest.h"

#include <string.h>

#include "agent/core/ha_failover.h"
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_schedule.h"

#define REST_MS 12000

static char *vm_unsettled(const Sim *sim, guint index, guint chosen, SimClass *ret_class)
{
    const SimVm *vm = &sim->vms[index];
    *ret_class = SIM_LEFTOVER;
    if (vm->pin != SIM_NOBODY)
        return g_strdup_printf("%s is still pinned to %s", vm->name, sim_node_name(sim, vm->pin));
    if (vm->parked != SIM_NOBODY &&
        (!sim->nodes[vm->parked].wish || !g_str_has_prefix(sim->nodes[vm->parked].wish, "drain")))
        return g_strdup_printf(
            "%s stopped with the drain of %s, and is not started again", vm->name, sim_node_name(sim, vm->parked));
    for (guint i = 0; i < sim->n_nodes; i++) {
        if (vm->places[i].failed_migrate_to)
            return g_strdup_printf(
                "the failed migration of %s on %s is not cleaned up", vm->name, sim_node_name(sim, i));
    }
    *ret_class = SIM_NOTES;
    if (sim->check->open[index] && !sim_check_forgotten(sim, index, sim_daemon_leader(sim)))
        return g_strdup_printf("the move of %s was said to begin and never to end", vm->name);
    *ret_class = SIM_NO_PROGRESS;
    if (chosen != SIM_NOBODY && sim_host_where(sim, index) == SIM_NOBODY)
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
    const HaFailover *failover = ha_failovers_open(ha_core_failovers(core), name);
    if (failover && failover->id)
        return g_strdup_printf("the failover of %s is in state %s", name, ha_failover_state_word(failover->state));
    return NULL;
}

/* A cancel mark would end the next migration of its VM before it has begun. */
static char *mark_left(const Sim *sim, SimClass *ret_class)
{
    *ret_class = SIM_LEFTOVER;
    for (guint node = 0; node < sim->n_nodes; node++)
        for (guint vm = 0; vm < sim->n_vms; vm++)
            if (sim->nodes[node].cancel_marks[vm] && sim_host_has(sim, node, vm))
                return g_strdup_printf(
                    "the cancel mark of %s on %s is left over", sim->vms[vm].name, sim_node_name(sim, node));
    return NULL;
}

char *sim_rest_unsettled(Sim *sim, SimClass *ret_class)
{
    guint leader = sim_daemon_leader(sim);
    *ret_class = SIM_NO_PROGRESS;
    if (leader == SIM_NOBODY)
        return g_strdup("nobody leads");
    if (!sim_pacemaker_idle(sim))
        return g_strdup("Pacemaker is busy");
    char *what = NULL;
    guint chosen[SIM_VMS_MAX];
    sim_schedule(sim, NULL, chosen);
    for (guint i = 0; !what && i < sim->n_vms; i++)
        what = vm_unsettled(sim, i, chosen[i], ret_class);
    for (guint i = 0; !what && i < sim->n_nodes; i++)
        what = node_unsettled(sim, sim_daemon_core(sim, leader), i, ret_class);
    return what ? what : mark_left(sim, ret_class);
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

/* A return is live or not at all; its group's evacuation mode may have had a VM restarted elsewhere that can't be moved
 * so, and those that are hard together with it stay there too. Where one starts that the drain shut down is Pacemaker's
 * to say, and so is who makes room for it. */
static gboolean may_stay_away(const Sim *sim, const SimVm *vm)
{
    const HaGroup *policy = vm->group->policy;
    gboolean bound = policy->affinity == HA_AFFINITY_TOGETHER && policy->affinity_strength == HA_RULE_HARD;
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *other = &sim->vms[i];
        if ((bound && other->group == vm->group && other->host_device) ||
            other->group->policy->evacuation == HA_EVACUATE_STOP)
            return TRUE;
    }
    return vm->host_device != NULL;
}

void sim_rest_homes(Sim *sim, const guint *home)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        const SimVm *vm = &sim->vms[i];
        guint at = sim_host_where(sim, i);
        if (at != home[i] && at != SIM_NOBODY && may_stay_away(sim, vm))
            continue;
        if (at != home[i])
            sim_fail(sim, SIM_NO_PROGRESS, "%s did not come home to %s", vm->name, sim_node_name(sim, home[i]));
        if (vm->home != SIM_NOBODY)
            sim_fail(sim, SIM_LEFTOVER, "the home of %s is left over", vm->name);
    }
}

void sim_rest_ends(Sim *sim)
{
    const HaCore *core = sim_daemon_core(sim, sim_daemon_leader(sim));
    for (guint i = 0; i < sim->n_nodes; i++)
        check_end(sim, i, ha_core_drain(core, sim_node_name(sim, i)));
}

/* ---- Pacemaker alone ---- */

char *sim_rest_unprotected(const Sim *sim)
{
    guint chosen[SIM_VMS_MAX];
    sim_schedule_possible(sim, chosen);
    for (guint i = 0; i < sim->n_vms; i++)
        if (chosen[i] != SIM_NOBODY && sim_host_where(sim, i) == SIM_NOBODY)
            return g_strdup_printf(
                "%s does not run, though %s could take it", sim->vms[i].name, sim_node_name(sim, chosen[i]));
    return NULL;
}

/* ---- getting there ---- */

char *sim_rest_await(Sim *sim, gint64 patience_ms, SimClass *ret_class)
{
    gint64 until_ms = sim->now_ms + patience_ms, since_ms = -1;
    while (!sim->failed) {
        char *what = sim_rest_unsettled(sim, ret_class);
        if (what && sim->now_ms >= until_ms)
            return what;
        if (what)
            since_ms = -1;
        else if (since_ms < 0)
            since_ms = sim->now_ms;
        if (!what && sim->now_ms - since_ms >= REST_MS)
            return NULL;
        g_free(what);
        sim_run_until(sim, sim->now_ms + 1000);
    }
    return NULL;
}

gboolean sim_rest_settle(Sim *sim, gint64 patience_ms)
{
    SimClass class;
    g_autofree char *what = sim_rest_await(sim, patience_ms, &class);
    if (what)
        sim_fail(sim, class, "%s, %.0f s after everything was healed", what, (double)patience_ms / 1000.0);
    if (!sim->failed)
        sim_rest_ends(sim);
    return !sim->failed;
}
