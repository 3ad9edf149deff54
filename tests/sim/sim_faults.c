/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_faults.h"

#include "tests/sim/sim_check.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_group.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_plant.h"

#define FAULTS_END_MS 150000
#define REST_MS 12000
#define PATIENCE_MS 1200000
#define CALM_PERMILLE 250u

/* ---- rest ---- */

void sim_restore(Sim *sim)
{
    sim->fail_permille = sim->agent_killed_permille = sim->write_fault_permille = 0;
    gboolean cut = FALSE;
    for (guint i = 0; i < sim->n_nodes; i++)
        cut |= sim->nodes[i].powered && sim->nodes[i].side != 0;
    if (cut)
        sim_heal(sim);
    for (guint i = 0; i < sim->n_nodes; i++) {
        if (!sim->nodes[i].powered && !sim->nodes[i].fencing)
            sim_power_on(sim, i);
        sim_host_libvirt(sim, i, TRUE);
        sim_pacemaker_standby(sim, i, FALSE);
        if (sim->nodes[i].powered && !sim->nodes[i].cib)
            sim_pacemaker_away(sim, i, FALSE);
        if (sim->nodes[i].powered && !sim_daemon_running(sim, i))
            sim_daemon_start(sim, i, 100);
    }
}

gboolean sim_settle(Sim *sim, gint64 patience_ms)
{
    gint64 until_ms = sim->now_ms + patience_ms, since_ms = -1;
    SimClass class;
    for (;;) {
        g_autofree char *what = sim_check_unsettled(sim, &class);
        if (what && sim->now_ms >= until_ms)
            sim_fail(sim, class, "%s, %.0f s after everything was healed", what, (double)patience_ms / 1000.0);
        if (what)
            since_ms = -1;
        else if (since_ms < 0)
            since_ms = sim->now_ms;
        if (sim->failed)
            return FALSE;
        if (!what && sim->now_ms - since_ms >= REST_MS) {
            sim_check_ends(sim);
            return !sim->failed;
        }
        sim_run_until(sim, sim->now_ms + 1000);
    }
}

/* ---- a cluster ---- */

/* What it runs fits on every host; a small one is full with it, or nearly. */
static void draw_memory(Sim *sim, guint node, gboolean small)
{
    guint64 used = 0;
    for (guint i = 0; i < sim->n_vms; i++)
        used += sim->vms[i].places[node].active ? sim->vms[i].mem_mib : 0;
    sim->nodes[node].mem_mib = small ? used + (guint64)sim_draw(sim, 0, 2) * 512 : MAX(used, sim->nodes[node].mem_mib);
}

static Sim *draw_cluster(guint64 seed)
{
    static const guint64 sizes_mib[] = {256, 512, 512, 1024, 1024, 2048, 3072, 4096};
    static const guint32 limits[] = {0, 0, 1, 2};
    Sim *sim = sim_new(seed, 3);
    guint n_nodes = (guint)sim_draw(sim, 3, 5);
    sim_free(sim);
    sim = sim_new(seed, n_nodes);
    sim_draw(sim, 3, 5);
    sim->migration_limit = limits[sim_draw(sim, 0, 3)];
    sim->moves_per_cluster = sim_chance(sim, 200) ? (guint32)sim_draw(sim, 1, 3) : 0;
    guint n_vms = (guint)sim_draw(sim, 2, 10);
    for (guint i = 0; i < n_vms; i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i + 1);
        guint vm = sim_add_vm(sim, name, (guint)sim_draw(sim, 0, n_nodes - 1), sizes_mib[sim_draw(sim, 0, 7)]);
        if (sim_chance(sim, 60))
            sim->vms[vm].local_disk = g_strdup("/var/lib/libvirt/images/a.qcow2");
        else if (sim_chance(sim, 60))
            sim->vms[vm].host_device = g_strdup("PCI device 0000:01:00.0");
    }
    for (guint i = 0; i < n_nodes; i++)
        draw_memory(sim, i, sim_chance(sim, 50));
    return sim;
}

/* ---- admins ---- */

static void on_request(Sim *sim, SimEvent *event)
{
    HaRequest *request = event->data;
    event->free = NULL;
    sim_trace(sim, "admin on %s asks %d %s %s%s%s", sim_node_name(sim, event->node), (int)request->kind,
        request->node ? request->node : "", request->vm ? request->vm : "", request->returning ? " return" : "",
        request->restart ? " restart" : "");
    sim_daemon_ask(sim, event->node, request);
}

static void free_request(gpointer data)
{
    ha_request_free(data);
}

static HaRequest *draw_request(Sim *sim)
{
    static const HaRequestKind kinds[] = {HA_REQUEST_DRAIN, HA_REQUEST_DRAIN, HA_REQUEST_DRAIN, HA_REQUEST_UNDRAIN,
        HA_REQUEST_UNDRAIN, HA_REQUEST_MIGRATE, HA_REQUEST_VM_STOP, HA_REQUEST_VM_START};
    HaRequest *request = ha_request_new(kinds[sim_draw(sim, 0, G_N_ELEMENTS(kinds) - 1)], 0);
    const char *node = sim_node_name(sim, (guint)sim_draw(sim, 0, sim->n_nodes - 1));
    request->by = g_strdup("root@node1");
    if (request->kind == HA_REQUEST_DRAIN || request->kind == HA_REQUEST_UNDRAIN ||
        (request->kind == HA_REQUEST_MIGRATE && sim_chance(sim, 500)))
        request->node = g_strdup(node);
    if (request->kind != HA_REQUEST_DRAIN && request->kind != HA_REQUEST_UNDRAIN)
        request->vm = g_strdup(sim->vms[sim_draw(sim, 0, sim->n_vms - 1)].name);
    request->returning = sim_chance(sim, 600);
    request->restart = sim_chance(sim, 200);
    if (request->kind == HA_REQUEST_DRAIN && sim_chance(sim, 80))
        request->deadline_s = 1000000 + sim_draw(sim, 30, 200);
    return request;
}

static void plan_requests(Sim *sim)
{
    for (gint64 n = sim_draw(sim, 1, 6); n > 0; n--) {
        SimEvent *event = sim_at(sim, sim_draw(sim, 5000, FAULTS_END_MS), on_request);
        event->node = (guint)sim_draw(sim, 0, sim->n_nodes - 1);
        event->data = draw_request(sim);
        event->free = free_request;
    }
}

/* ---- faults ---- */

static void on_daemon_kill(Sim *sim, SimEvent *event)
{
    sim_daemon_kill(sim, event->node);
    sim_daemon_start(sim, event->node, sim_draw(sim, 1000, 15000));
}

static void on_leader_kill(Sim *sim, SimEvent *event)
{
    guint leader = sim_daemon_leader(sim);
    event->node = leader == SIM_NOBODY ? event->node : leader;
    on_daemon_kill(sim, event);
}

static void on_power_off(Sim *sim, SimEvent *event)
{
    sim_power_off(sim, event->node);
}

static void on_leader_off(Sim *sim, SimEvent *event)
{
    guint leader = sim_daemon_leader(sim);
    sim_power_off(sim, leader == SIM_NOBODY ? event->node : leader);
}

static void on_cut(Sim *sim, SimEvent *event)
{
    sim_cut(sim, event->node);
}

static void on_heal(Sim *sim, SimEvent *event)
{
    sim_heal(sim);
}

static void on_cut_and_heal(Sim *sim, SimEvent *event)
{
    on_cut(sim, event);
    sim_at(sim, sim_draw(sim, 500, 30000), on_heal);
}

static void on_libvirt_back(Sim *sim, SimEvent *event)
{
    sim_host_libvirt(sim, event->node, TRUE);
}

static void on_libvirt(Sim *sim, SimEvent *event)
{
    sim_host_libvirt(sim, event->node, FALSE);
    sim_at(sim, sim_draw(sim, 1000, 40000), on_libvirt_back)->node = event->node;
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
    sim_at(sim, sim_draw(sim, 500, 20000), on_cib_back)->node = event->node;
}

static void on_standby_over(Sim *sim, SimEvent *event)
{
    sim_pacemaker_standby(sim, event->node, FALSE);
}

static void on_standby(Sim *sim, SimEvent *event)
{
    sim_pacemaker_standby(sim, event->node, TRUE);
    sim_at(sim, sim_draw(sim, 500, 60000), on_standby_over)->node = event->node;
}

static void plan_faults(Sim *sim)
{
    static const SimFn kinds[] = {
        on_daemon_kill, on_leader_kill, on_power_off, on_leader_off, on_cut_and_heal, on_libvirt, on_cib, on_standby};
    static const guint rates_permille[] = {0, 0, 50, 300};
    sim->fail_permille = rates_permille[sim_draw(sim, 0, 3)];
    sim->agent_killed_permille = rates_permille[sim_draw(sim, 0, 3)] / 2;
    sim->write_fault_permille = rates_permille[sim_draw(sim, 0, 3)] / 5;
    for (gint64 n = sim_draw(sim, 0, 5); n > 0; n--)
        sim_at(sim, sim_draw(sim, 5000, FAULTS_END_MS), kinds[sim_draw(sim, 0, G_N_ELEMENTS(kinds) - 1)])->node =
            (guint)sim_draw(sim, 0, sim->n_nodes - 1);
}

static void run_faulty(Sim *sim)
{
    plan_requests(sim);
    plan_faults(sim);
    if (!sim_run_until(sim, FAULTS_END_MS))
        return;
    for (guint i = 0; i < 8 && !sim->failed; i++) { /* what was fenced boots later */
        sim_restore(sim);
        sim_run_until(sim, sim->now_ms + 8000);
    }
    if (!sim->failed)
        sim_settle(sim, PATIENCE_MS);
}

/* ---- a calm run: the plan is kept, and its time ---- */

static void ask(Sim *sim, HaRequestKind kind, guint node)
{
    HaRequest *request = ha_request_new(kind, 0);
    request->node = g_strdup(sim_node_name(sim, node));
    request->by = g_strdup("root@node1");
    request->returning = TRUE;
    sim_daemon_ask(sim, (node + 1) % sim->n_nodes, request);
}

/* Every move waits for the slowest of its wave, and each wave for some pictures, passes and writes. */
static gint64 patience_for(const HaPlan *plan)
{
    return 40000 + 3 * (gint64)plan->estimate_ms + 10000 * (gint64)plan->moves->len;
}

static void run_calm(Sim *sim)
{
    guint node = (guint)sim_draw(sim, 0, sim->n_nodes - 1);
    if (!sim_run_until(sim, 20000))
        return;
    guint leader = sim_daemon_leader(sim);
    if (leader == SIM_NOBODY) {
        sim_fail(sim, SIM_NO_PROGRESS, "nobody leads 20 s after the start");
        return;
    }
    HaPlan *plan = ha_core_plan_drain(sim_daemon_core(sim, leader), sim_node_name(sim, node), FALSE);
    gint64 patience_ms = patience_for(plan);
    sim_check_expect(sim, plan);
    guint home[SIM_VMS_MAX];
    for (guint i = 0; i < sim->n_vms; i++)
        home[i] = sim_host_where(sim, i);
    ask(sim, HA_REQUEST_DRAIN, node);
    sim_run_until(sim, sim->now_ms + 3000);
    if (!sim_settle(sim, patience_ms))
        return;
    sim_check_plan_done(sim);
    sim_check_expect(sim, NULL);
    ask(sim, HA_REQUEST_UNDRAIN, node);
    sim_run_until(sim, sim->now_ms + 3000);
    if (sim_settle(sim, patience_ms + 30000))
        sim_check_homes(sim, home);
}

Sim *sim_faults_run(guint64 seed, SimPlant plant, gboolean verbose)
{
    Sim *sim = draw_cluster(seed);
    sim->plant = plant;
    sim->no_reasons = sim_chance(sim, 500);
    sim->verbose = verbose;
    gboolean calm = sim_chance(sim, CALM_PERMILLE);
    sim_start(sim);
    sim_plant_start(sim);
    if (calm)
        run_calm(sim);
    else
        run_faulty(sim);
    return sim;
}
