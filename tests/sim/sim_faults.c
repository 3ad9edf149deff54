/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_faults.h"

#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_fence.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_pacemaker.h"

#define LARGE_MAX 5

/* A fault on event->node; its end after a drawn time. */
static void end_after(Sim *sim, const SimEvent *event, gint64 low_ms, gint64 high_ms, SimFn end)
{
    sim_at(sim, sim_draw(sim, low_ms, high_ms), end)->node = event->node;
}

static guint leader_or(const Sim *sim, guint node)
{
    guint leader = sim_daemon_leader(sim);
    return leader == SIM_NOBODY ? node : leader;
}

/* ---- hactld ---- */

static void kill_daemon(Sim *sim, guint node)
{
    sim_daemon_kill(sim, node);
    sim_daemon_start(sim, node, sim_draw(sim, 1000, 15000));
}

static void on_daemon(Sim *sim, SimEvent *event)
{
    kill_daemon(sim, event->node);
}

static void on_leader(Sim *sim, SimEvent *event)
{
    kill_daemon(sim, leader_or(sim, event->node));
}

static void on_all_daemons(Sim *sim, SimEvent *event)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        kill_daemon(sim, i);
}

void sim_faults_kill_all(Sim *sim)
{
    sim->hactld_gone = TRUE;
    for (guint i = 0; i < sim->n_nodes; i++)
        sim_daemon_kill(sim, i);
}

/* ---- hosts ---- */

static void on_power(Sim *sim, SimEvent *event)
{
    sim_power_off(sim, event->node);
}

static void on_leader_power(Sim *sim, SimEvent *event)
{
    sim_power_off(sim, leader_or(sim, event->node));
}

static void on_dc_power(Sim *sim, SimEvent *event)
{
    sim_power_off(sim, sim->dc == SIM_NOBODY ? event->node : sim->dc);
}

static void on_power_back(Sim *sim, SimEvent *event)
{
    sim_power_on(sim, event->node);
}

/* It is back before anybody has missed it. */
static void on_reset(Sim *sim, SimEvent *event)
{
    sim_power_off(sim, event->node);
    end_after(sim, event, 100, 3000, on_power_back);
}

static void on_slow_over(Sim *sim, SimEvent *event)
{
    sim->nodes[event->node].slow = FALSE;
}

static void on_slow(Sim *sim, SimEvent *event)
{
    sim_trace(sim, "the disks of %s are slow", sim->nodes[event->node].name);
    sim->nodes[event->node].slow = TRUE;
    end_after(sim, event, 5000, 60000, on_slow_over);
}

static void on_clock(Sim *sim, SimEvent *event)
{
    static const gint64 steps_s[] = {-3600, -90, -2, 1, 45, 7200};
    sim_clock_step(sim, event->node, steps_s[sim_draw(sim, 0, G_N_ELEMENTS(steps_s) - 1)]);
}

/* ---- network ---- */

static void on_heal(Sim *sim, SimEvent *event)
{
    sim_net_heal(sim);
}

static void on_cut(Sim *sim, SimEvent *event)
{
    sim_net_cut(sim, event->node);
    end_after(sim, event, 500, 30000, on_heal);
}

static void on_deafen(Sim *sim, SimEvent *event)
{
    guint other = (event->node + (guint)sim_draw(sim, 1, sim->n_nodes - 1)) % sim->n_nodes;
    sim_net_deafen(sim, event->node, other);
    end_after(sim, event, 500, 30000, on_heal);
}

static void on_split(Sim *sim, SimEvent *event)
{
    sim_net_split(sim, (guint)sim_draw(sim, 1, sim_everybody(sim) - 1));
    end_after(sim, event, 500, 30000, on_heal);
}

/* ---- libvirt, Pacemaker, admins ---- */

static void on_libvirt_back(Sim *sim, SimEvent *event)
{
    sim_host_libvirt(sim, event->node, TRUE);
}

static void on_libvirt(Sim *sim, SimEvent *event)
{
    sim_host_libvirt(sim, event->node, FALSE);
    end_after(sim, event, 1000, 40000, on_libvirt_back);
}

static void on_cib_back(Sim *sim, SimEvent *event)
{
    if (sim->nodes[event->node].powered)
        sim_pacemaker_away(sim, event->node, FALSE);
}

static void on_cib(Sim *sim, SimEvent *event)
{
    if (!sim->nodes[event->node].powered)
        return;
    sim_pacemaker_away(sim, event->node, TRUE);
    end_after(sim, event, 500, 20000, on_cib_back);
}

static void on_dc(Sim *sim, SimEvent *event)
{
    sim_fence_lose_dc(sim);
}

static void on_standby_over(Sim *sim, SimEvent *event)
{
    sim_pacemaker_standby(sim, event->node, FALSE);
}

static void on_standby(Sim *sim, SimEvent *event)
{
    sim_pacemaker_standby(sim, event->node, TRUE);
    end_after(sim, event, 500, 60000, on_standby_over);
}

/* An admin empties a host the old way, and pulls its plug too early. */
static void on_flight(Sim *sim, SimEvent *event)
{
    on_standby(sim, event);
    sim->nodes[event->node].doomed = TRUE;
}

/* ---- the plan ---- */

static guint draw_rate(Sim *sim)
{
    static const guint rates_permille[] = {0, 0, 50, 300};
    return rates_permille[sim_draw(sim, 0, G_N_ELEMENTS(rates_permille) - 1)];
}

void sim_faults_plan(Sim *sim, gint64 until_ms)
{
    static const SimFn kinds[] = {on_daemon, on_leader, on_all_daemons, on_power, on_leader_power, on_dc_power,
        on_reset, on_slow, on_clock, on_cut, on_deafen, on_split, on_libvirt, on_cib, on_dc, on_standby, on_standby,
        on_flight};
    sim->fail_permille = draw_rate(sim);
    sim->hang_permille = draw_rate(sim) / 2;
    sim->late_permille = draw_rate(sim) / 2;
    sim->source_dies_permille = draw_rate(sim) / 3;
    sim->agent_killed_permille = draw_rate(sim) / 2;
    sim->write_fault_permille = draw_rate(sim) / 5;
    sim->fence_fail_permille = draw_rate(sim) * 2;
    sim->loss_permille = draw_rate(sim);
    for (gint64 n = sim_draw(sim, 0, LARGE_MAX); n > 0; n--)
        sim_at(sim, sim_draw(sim, 5000, until_ms), kinds[sim_draw(sim, 0, G_N_ELEMENTS(kinds) - 1)])->node =
            (guint)sim_draw(sim, 0, sim->n_nodes - 1);
}

void sim_faults_end(Sim *sim)
{
    sim->fail_permille = sim->hang_permille = sim->late_permille = sim->agent_killed_permille = 0;
    sim->source_dies_permille = 0;
    sim->write_fault_permille = sim->fence_fail_permille = sim->loss_permille = 0;
    sim->hactld_gone = FALSE;
    if (!sim_net_is_whole(sim))
        sim_net_heal(sim);
    for (guint i = 0; i < sim->n_nodes; i++) {
        SimNode *node = &sim->nodes[i];
        node->slow = node->doomed = FALSE;
        if (!node->powered && !node->fencing)
            sim_power_on(sim, i);
        sim_host_libvirt(sim, i, TRUE);
        sim_pacemaker_standby(sim, i, FALSE);
        if (node->powered && !node->cib)
            sim_pacemaker_away(sim, i, FALSE);
        if (node->powered && !sim_daemon_running(sim, i))
            sim_daemon_start(sim, i, 100);
    }
}
