/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_daemon.h"

#include "agent/wire/wire_cast.h"
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_pacemaker.h"
#include "tests/sim/sim_plant.h"

#define REPORT_MS 2000
#define LAG_MS 2

typedef struct {
    gboolean spoken;
    guint64 joined;
} Peer;

struct SimDaemon {
    guint node;
    gboolean running;
    guint64 generation;
    gint64 started_ms;
    HaCore *core;
    guint members; /* bit mask */
    gboolean quorate;
    Peer peers[SIM_NODES_MAX];
    guint64 joined, report_seq;
    GQueue inbox; /* SimCast* */
    gboolean pumping, report_planned;
    guint64 tick_number;
    guint64 requests;
};

SimDaemon *sim_daemon_new(guint node)
{
    SimDaemon *daemon = g_new0(SimDaemon, 1);
    daemon->node = node;
    g_queue_init(&daemon->inbox);
    return daemon;
}

void sim_daemon_free(SimDaemon *daemon)
{
    if (!daemon)
        return;
    ha_core_free(daemon->core);
    g_queue_clear_full(&daemon->inbox, (GDestroyNotify)sim_cast_free);
    g_free(daemon);
}

gboolean sim_daemon_running(const Sim *sim, guint node)
{
    return sim->daemons[node]->running;
}

guint64 sim_daemon_generation(const Sim *sim, guint node)
{
    return sim->daemons[node]->generation;
}

gint64 sim_daemon_started_ms(const Sim *sim, guint node)
{
    return sim->daemons[node]->started_ms;
}

HaCore *sim_daemon_core(const Sim *sim, guint node)
{
    return sim->daemons[node]->core;
}

guint sim_daemon_leader(const Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (sim->daemons[i]->core && sim_group_quorate(sim, i) && ha_core_is_leader(sim->daemons[i]->core))
            return i;
    return SIM_NOBODY;
}

/* ---- the step ---- */

static void step(Sim *sim, SimDaemon *daemon, HaEvent *event);

static void on_tick(Sim *sim, SimEvent *event)
{
    SimDaemon *daemon = sim->daemons[event->node];
    if (daemon->core && event->number == daemon->tick_number)
        step(sim, daemon, &(HaEvent){.kind = HA_EVENT_TICK});
}

static void carry_out(Sim *sim, SimDaemon *daemon, HaEffect *effect)
{
    guint node = daemon->node;
    sim_check_effect(sim, node, daemon->quorate, effect);
    sim_plant_effect(sim, node, effect);
    switch (effect->kind) {
    case HA_EFFECT_TERM:
    case HA_EFFECT_CHANGE:
    case HA_EFFECT_CLEANUP:
    case HA_EFFECT_PROBE:
    case HA_EFFECT_REFRESH:
        sim_pacemaker_do(sim, node, effect);
        return;
    case HA_EFFECT_CANCEL:
    case HA_EFFECT_UNCANCEL:
        sim_group_send(sim, node, wire_cast_cancel(effect->vm, effect->node, effect->kind == HA_EFFECT_CANCEL));
        break;
    case HA_EFFECT_NOTE:
        sim_group_send(sim, node, wire_cast_note(effect->note));
        break;
    case HA_EFFECT_ANSWER:
        sim_group_send(sim, node,
            wire_cast_answer(&(WireAnswer){.request_id = effect->request_id,
                .answer = effect->answer,
                .text = effect->text,
                .warning = effect->warning}));
        break;
    case HA_EFFECT_CONFIRM:
        g_assert_not_reached(); /* no admin of the simulator asks for it */
    }
    ha_effect_free(effect);
}

static void step(Sim *sim, SimDaemon *daemon, HaEvent *event)
{
    g_autoptr(GPtrArray) effects = g_ptr_array_new();
    event->now_ms = sim_clock_mono_ms(sim, daemon->node);
    event->now_s = sim_clock_unix_s(sim, daemon->node);
    event->now_part_ms = sim->now_ms % 1000;
    ha_core_step(daemon->core, event, effects);
    for (guint i = 0; i < effects->len; i++)
        carry_out(sim, daemon, effects->pdata[i]);
    daemon->tick_number++;
    gint64 deadline_ms = ha_core_next_deadline(daemon->core);
    if (deadline_ms != G_MAXINT64) {
        SimEvent *tick = sim_at(sim, sim_clock_delay_ms(sim, daemon->node, deadline_ms), on_tick);
        tick->node = daemon->node;
        tick->number = daemon->tick_number;
    }
}

/* ---- reports ---- */

static void send_report(Sim *sim, SimDaemon *daemon)
{
    g_autoptr(HaReport) report = sim_host_report(sim, daemon->node, ++daemon->report_seq);
    sim_group_send(sim, daemon->node, wire_cast_report(report, daemon->joined, NULL));
}

static void on_report(Sim *sim, SimEvent *event)
{
    SimDaemon *daemon = sim->daemons[event->node];
    if (!daemon->running || event->number != daemon->generation)
        return;
    if (!g_queue_is_empty(&daemon->inbox)) { /* one loop: who lags behind with its messages reports late too */
        SimEvent *later = sim_at(sim, LAG_MS, on_report);
        later->node = event->node;
        later->number = event->number;
        return;
    }
    send_report(sim, daemon);
    SimEvent *next = sim_at(sim, REPORT_MS, on_report);
    next->node = event->node;
    next->number = event->number;
}

static void on_report_soon(Sim *sim, SimEvent *event)
{
    SimDaemon *daemon = sim->daemons[event->node];
    if (daemon->running && !g_queue_is_empty(&daemon->inbox)) {
        sim_at(sim, LAG_MS, on_report_soon)->node = event->node;
        return;
    }
    daemon->report_planned = FALSE;
    if (daemon->running)
        send_report(sim, daemon);
}

void sim_daemon_report_soon(Sim *sim, guint node)
{
    if (sim->daemons[node]->report_planned || !sim->daemons[node]->running)
        return;
    sim->daemons[node]->report_planned = TRUE;
    sim_at(sim, sim_draw(sim, 100, 200), on_report_soon)->node = node;
}

/* ---- life ---- */

static HaNeeds *needs_of(const SimVm *vm)
{
    HaNeeds *needs = ha_needs_new();
    needs->hash = g_strdup(vm->hash);
    needs->name = g_strdup(vm->name);
    needs->mem_mib = vm->mem_mib;
    needs->vcpus = vm->vcpus;
    needs->host_device = g_strdup(vm->host_device);
    needs->local_disk = g_strdup(vm->local_disk);
    g_ptr_array_add(needs->bridges, g_strdup("br0"));
    return needs;
}

static void on_start(Sim *sim, SimEvent *event)
{
    SimDaemon *daemon = sim->daemons[event->node];
    if (daemon->running || sim->hactld_gone || !sim->nodes[event->node].powered)
        return;
    HaSettings settings;
    ha_settings_init(&settings);
    daemon->running = TRUE;
    daemon->generation++;
    daemon->joined = (sim->ring << 32) | (guint64)sim_clock_unix_s(sim, event->node); /* as io_cpg.c */
    daemon->started_ms = sim->now_ms;
    daemon->core = ha_core_new(&settings, sim_node_name(sim, event->node), event->node + 1);
    sim_trace(sim, "hactld starts on %s", sim_node_name(sim, event->node));
    for (guint i = 0; i < sim->n_vms; i++)
        step(sim, daemon, &(HaEvent){.kind = HA_EVENT_NEEDS, .needs = needs_of(&sim->vms[i])});
    sim_group_changed(sim);
    sim_pacemaker_tell(sim, event->node);
    SimEvent *report = sim_at(sim, 10, on_report);
    report->node = event->node;
    report->number = daemon->generation;
}

void sim_daemon_start(Sim *sim, guint node, gint64 delay_ms)
{
    sim_at(sim, delay_ms, on_start)->node = node;
}

void sim_daemon_kill(Sim *sim, guint node)
{
    SimDaemon *daemon = sim->daemons[node];
    if (!daemon->running)
        return;
    sim_trace(sim, "hactld of %s dies", sim_node_name(sim, node));
    daemon->running = daemon->quorate = FALSE;
    daemon->members = 0;
    memset(sim->nodes[node].failures, 0, sizeof sim->nodes[node].failures);
    memset(daemon->peers, 0, sizeof daemon->peers);
    g_clear_pointer(&daemon->core, ha_core_free);
    g_queue_clear_full(&daemon->inbox, (GDestroyNotify)sim_cast_free);
    if (sim->nodes[node].powered)
        sim_group_changed(sim);
}

/* ---- what arrives ---- */

static void tell_core_members(Sim *sim, SimDaemon *daemon)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    for (guint i = 0; i < sim->n_nodes; i++) {
        const Peer *peer = &daemon->peers[i];
        if (daemon->members & (1u << i))
            g_ptr_array_add(members, ha_member_new(i + 1, peer->spoken ? sim_node_name(sim, i) : NULL, peer->joined));
    }
    step(sim, daemon, &(HaEvent){.kind = HA_EVENT_MEMBERS, .members = members, .quorate = daemon->quorate});
}

static void take_members(Sim *sim, SimDaemon *daemon, const SimCast *cast)
{
    daemon->members = cast->members;
    daemon->quorate = cast->quorate;
    for (guint i = 0; i < sim->n_nodes; i++)
        if (!(cast->members & (1u << i)))
            daemon->peers[i] = (Peer){0};
    tell_core_members(sim, daemon);
    sim_daemon_report_soon(sim, daemon->node);
}

static void take_report(Sim *sim, SimDaemon *daemon, guint from, WireCast *cast)
{
    Peer *peer = &daemon->peers[from];
    gboolean news = !peer->spoken || peer->joined != cast->joined;
    *peer = (Peer){.spoken = TRUE, .joined = cast->joined};
    step(sim, daemon, &(HaEvent){.kind = HA_EVENT_REPORT, .report = g_steal_pointer(&cast->report)});
    if (news)
        tell_core_members(sim, daemon);
}

static void take_message(Sim *sim, SimDaemon *daemon, guint from, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    g_auto(WireCast) cast = {0};
    gsize len;
    const guint8 *data = g_bytes_get_data(bytes, &len);
    if (!wire_cast_decode(data, len, &cast, &error)) {
        sim_trace(sim, "%s passes a message over: %s", sim_node_name(sim, daemon->node), error->message);
        return;
    }
    switch (cast.kind) {
    case WIRE_CAST_REPORT:
        take_report(sim, daemon, from, &cast);
        break;
    case WIRE_CAST_NOTE:
        if (daemon->quorate)
            sim_check_note(sim, from, daemon->node, cast.note);
        step(sim, daemon, &(HaEvent){.kind = HA_EVENT_NOTE, .note = g_steal_pointer(&cast.note)});
        break;
    case WIRE_CAST_REQUEST:
        step(sim, daemon, &(HaEvent){.kind = HA_EVENT_REQUEST, .request = g_steal_pointer(&cast.request)});
        break;
    case WIRE_CAST_CANCEL:
        if (sim_find_node(sim, cast.cancel.node) == daemon->node)
            sim_host_cancel(sim, daemon->node, sim_find_vm(sim, cast.cancel.vm), cast.cancel.on);
        break;
    case WIRE_CAST_ANSWER:
    case WIRE_CAST_DEFINITION:
    case WIRE_CAST_DEFINITION_WANTED:
    case WIRE_CAST_DEFINITIONS:
        break;
    }
}

static void plan_pump(Sim *sim, SimDaemon *daemon);

static void take_first(Sim *sim, SimDaemon *daemon)
{
    SimCast *cast = g_queue_pop_head(&daemon->inbox);
    if (cast->bytes)
        take_message(sim, daemon, cast->from, cast->bytes);
    else
        take_members(sim, daemon, cast);
    sim_cast_free(cast);
}

/* One loop serves the group and the CIB: what lay in the queue before is read before. */
static void take_all(Sim *sim, SimDaemon *daemon)
{
    while (!g_queue_is_empty(&daemon->inbox))
        take_first(sim, daemon);
}

static void on_pump(Sim *sim, SimEvent *event)
{
    SimDaemon *daemon = sim->daemons[event->node];
    daemon->pumping = FALSE;
    if (g_queue_is_empty(&daemon->inbox))
        return;
    take_first(sim, daemon);
    plan_pump(sim, daemon);
}

static void plan_pump(Sim *sim, SimDaemon *daemon)
{
    if (daemon->pumping || g_queue_is_empty(&daemon->inbox))
        return;
    daemon->pumping = TRUE;
    gboolean late = sim_chance(sim, sim->nodes[daemon->node].slow ? 200 : 20);
    sim_at(sim, late ? sim_draw(sim, 0, 300) : sim_draw(sim, 0, 3), on_pump)->node = daemon->node;
}

void sim_daemon_receive(Sim *sim, guint node, const SimCast *cast)
{
    SimDaemon *daemon = sim->daemons[node];
    if (!daemon->running)
        return;
    g_queue_push_tail(&daemon->inbox, sim_cast_copy(cast));
    plan_pump(sim, daemon);
}

void sim_daemon_config(Sim *sim, guint node, HaConfig *config)
{
    SimDaemon *daemon = sim->daemons[node];
    take_all(sim, daemon);
    if (daemon->running)
        step(sim, daemon, &(HaEvent){.kind = HA_EVENT_CONFIG, .config = config});
    else
        ha_config_free(config);
}

void sim_daemon_done(Sim *sim, guint node, guint64 generation, guint64 effect_id, HaOutcome outcome, const char *text)
{
    SimDaemon *daemon = sim->daemons[node];
    take_all(sim, daemon);
    if (sim->plant == SIM_PLANT_STUBBORN && outcome != HA_DONE_OK)
        return;
    if (daemon->running && daemon->generation == generation)
        step(sim, daemon, &(HaEvent){.kind = HA_EVENT_DONE, .effect_id = effect_id, .outcome = outcome, .text = text});
}

guint64 sim_daemon_ask(Sim *sim, guint node, HaRequest *request)
{
    SimDaemon *daemon = sim->daemons[node];
    request->id = ((guint64)(node + 1) << 48) + (daemon->generation << 32) + ++daemon->requests;
    guint64 id = request->id;
    if (daemon->running)
        sim_group_send(sim, node, wire_cast_request(request, NULL));
    ha_request_free(request);
    return id;
}
