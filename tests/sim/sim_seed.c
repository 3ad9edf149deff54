/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_seed.h"

#include "tests/sim/sim_check.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_groups.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_plant.h"
#include "tests/sim/sim_rest.h"

#define FAULTS_END_MS 150000
#define PATIENCE_MS 1200000
#define NOTICED_MS 15000 /* a dead host is lost, fenced, and its VMs are being started */
#define PROTECTION_MS 240000
#define STARTS_MS 240000
#define CALM_PERMILLE 250u
#define ORPHANED_PERMILLE 100u

/* ---- a cluster ---- */

/* What it runs fits on every host; a small one is full with it, or nearly. */
static void draw_memory(Sim *sim, guint node, gboolean small)
{
    guint64 used = 0;
    for (guint i = 0; i < sim->n_vms; i++)
        used += sim->vms[i].places[node].active ? sim->vms[i].mem_mib : 0;
    sim->nodes[node].mem_mib = small ? used + (guint64)sim_draw(sim, 0, 2) * 512 : MAX(used, sim->nodes[node].mem_mib);
}

/* Quartz that is good, or bad; Unix time that NTP keeps, or nobody. */
static void draw_clocks(Sim *sim)
{
    static const gint64 drifts_ppm[] = {20, 200, 5000};
    static const gint64 errors_s[] = {0, 2, 1800};
    gint64 drift_ppm = drifts_ppm[sim_draw(sim, 0, 2)], error_s = errors_s[sim_draw(sim, 0, 2)];
    for (guint i = 0; i < sim->n_nodes; i++)
        sim->nodes[i].clock = (SimClock){
            .boot_ms = sim_draw(sim, 1, 10000000),
            .drift_ppm = sim_draw(sim, -drift_ppm, drift_ppm),
            .wrong_s = sim_draw(sim, -error_s, error_s),
        };
}

static Sim *draw_cluster(guint64 seed, const SimSeedOptions *options)
{
    static const guint64 sizes_mib[] = {256, 512, 512, 1024, 1024, 2048, 3072, 4096};
    static const guint32 limits[] = {0, 0, 1, 2};
    guint n_nodes = options->hosts;
    Sim *sim = sim_new(seed, n_nodes);
    sim->plant = options->plant;
    sim->verbose = options->verbose;
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
    if (!options->plain)
        sim_groups_draw(sim);
    for (guint i = 0; i < n_nodes; i++)
        draw_memory(sim, i, sim_chance(sim, 50));
    draw_clocks(sim);
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
        request->deadline_s = SIM_EPOCH_S + sim_draw(sim, 30, 200);
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

static void heal_and_settle(Sim *sim)
{
    for (guint i = 0; i < 8 && !sim->failed; i++) { /* what was fenced boots later */
        sim_faults_end(sim);
        sim_run_until(sim, sim->now_ms + 8000);
    }
    if (!sim->failed)
        sim_rest_settle(sim, PATIENCE_MS);
}

static void run_faulty(Sim *sim, const SimSeedOptions *options)
{
    if (!options->plain)
        sim_groups_plan(sim, FAULTS_END_MS);
    plan_requests(sim);
    sim_faults_plan(sim, FAULTS_END_MS);
    if (!sim_run_until(sim, FAULTS_END_MS))
        return;
    heal_and_settle(sim);
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

/* Every move waits for the slowest of its wave, and each wave for some pictures, passes and writes; what was shut down
 * starts again group after group, each until its guests are ready. */
static gint64 patience_for(const HaPlan *plan)
{
    return 40000 + 3 * (gint64)plan->estimate_ms + 10000 * (gint64)plan->moves->len +
           (plan->stops->len ? STARTS_MS : 0);
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
    if (!sim_rest_settle(sim, patience_ms))
        return;
    sim_check_plan_done(sim);
    sim_check_expect(sim, NULL);
    ask(sim, HA_REQUEST_UNDRAIN, node);
    sim_run_until(sim, sim->now_ms + 3000);
    if (sim_rest_settle(sim, patience_ms + 30000))
        sim_rest_homes(sim, home);
}

/* ---- Pacemaker alone ---- */

static void await_protection(Sim *sim)
{
    gint64 until_ms = sim->now_ms + PROTECTION_MS;
    for (;;) {
        g_autofree char *what = sim_rest_unprotected(sim);
        if (!what && sim_pacemaker_idle(sim))
            return;
        if (what && sim->now_ms >= until_ms)
            sim_fail(
                sim, SIM_UNPROTECTED, "%s, %d s after its host died; every hactld is dead", what, PROTECTION_MS / 1000);
        if (sim->failed || sim->now_ms >= until_ms)
            return;
        sim_run_until(sim, sim->now_ms + 1000);
    }
}

/* In the middle of whatever hactl does, it dies everywhere; then a host. */
static void run_orphaned(Sim *sim)
{
    plan_requests(sim);
    sim->fail_permille = sim_chance(sim, 300) ? 300 : 0;
    if (!sim_run_until(sim, sim_draw(sim, 20000, 80000)))
        return;
    sim_faults_kill_all(sim);
    sim_run_until(sim, sim->now_ms + sim_draw(sim, 0, 20000));
    sim_power_off(sim, (guint)sim_draw(sim, 0, sim->n_nodes - 1));
    sim_run_until(sim, sim->now_ms + NOTICED_MS);
    await_protection(sim);
    if (!sim->failed)
        heal_and_settle(sim);
}

/* ---- a seed ---- */

Sim *sim_seed_run(guint64 seed, const SimSeedOptions *options)
{
    Sim *sim = draw_cluster(seed, options);
    sim->no_reasons = sim_chance(sim, 500);
    guint kind = (guint)sim_draw(sim, 0, 999);
    sim_start(sim);
    sim_plant_start(sim);
    if (kind < CALM_PERMILLE)
        run_calm(sim);
    else if (kind < CALM_PERMILLE + ORPHANED_PERMILLE)
        run_orphaned(sim);
    else
        run_faulty(sim, options);
    return sim;
}
