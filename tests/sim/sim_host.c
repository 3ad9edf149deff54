/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_host.h"

#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_pacemaker.h"

#define MIB_PER_S 400
#define FAILURE_TOLD_MS 30000
#define STALL_MS 30000 /* mig_policy.h: no data has moved for so long */
#define LATE_FACTOR 8
#define STANDBY_CAME "the target was put in standby while the VM migrated to it"
#define DOOMED_PERMILLE 400u

gboolean sim_host_has(const Sim *sim, guint node, guint vm)
{
    HaVmState state = sim->nodes[node].domains[vm];
    return sim->nodes[node].powered && state != HA_VM_UNKNOWN && state != HA_VM_ABSENT && state != HA_VM_INCOMING;
}

guint sim_host_where(const Sim *sim, guint vm)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (sim_host_has(sim, i, vm))
            return i;
    return SIM_NOBODY;
}

/* hactld hears of a domain's change at once. */
static void set_domain(Sim *sim, guint node, guint vm, HaVmState state)
{
    sim->nodes[node].domains[vm] = state;
    if (sim->nodes[node].powered)
        sim_daemon_report_soon(sim, node);
}

static gboolean guarded(Sim *sim, guint node, guint vm, guint elsewhere)
{
    SimVm *self = &sim->vms[vm];
    if (!self->unsure || sim->plant == SIM_PLANT_UNGUARDED) {
        sim_fail(sim, SIM_TWO_COPIES, "%s is started on %s while it runs on %s", self->name, sim_node_name(sim, node),
            sim_node_name(sim, elsewhere));
        return FALSE;
    }
    sim_tell(sim, "the guard refuses to start %s on %s: it runs on %s", self->name, sim_node_name(sim, node),
        sim_node_name(sim, elsewhere));
    return TRUE;
}

gboolean sim_host_start(Sim *sim, guint node, guint vm)
{
    SimVm *self = &sim->vms[vm];
    guint elsewhere = sim_host_where(sim, vm);
    if (!sim->nodes[node].powered || (sim->plant == SIM_PLANT_LEASH && !sim_daemon_running(sim, node)))
        return FALSE;
    if (elsewhere == node) {
        self->unsure = FALSE;
        return TRUE;
    }
    if (elsewhere != SIM_NOBODY)
        return !guarded(sim, node, vm, elsewhere);
    if (!self->excused)
        sim_fail(sim, SIM_RESTARTED, "%s is started on %s though no host died and no admin asked", self->name,
            sim_node_name(sim, node));
    self->excused = self->unsure = FALSE;
    sim_tell(sim, "%s boots on %s", self->name, sim_node_name(sim, node));
    self->boots++;
    self->down_ms += sim->now_ms - self->down_since_ms;
    set_domain(sim, node, vm, HA_VM_RUNNING);
    return TRUE;
}

void sim_host_stop(Sim *sim, guint node, guint vm)
{
    SimVm *self = &sim->vms[vm];
    if (!sim_host_has(sim, node, vm))
        return;
    gboolean allowed =
        !self->wanted_running || self->excused || (self->pin != SIM_NOBODY && self->pin_mode == HA_MOVE_RESTART);
    if (!allowed)
        sim_fail(sim, SIM_RESTARTED, "%s is stopped on %s though nobody asked for that", self->name,
            sim_node_name(sim, node));
    sim_tell(sim, "%s is stopped on %s", self->name, sim_node_name(sim, node));
    self->excused = TRUE;
    self->down_since_ms = sim->now_ms;
    set_domain(sim, node, vm, HA_VM_ABSENT);
}

void sim_host_crash(Sim *sim, guint vm)
{
    SimVm *self = &sim->vms[vm];
    guint node = sim_host_where(sim, vm);
    if (node == SIM_NOBODY || self->job)
        return;
    sim_tell(sim, "%s crashes on %s", self->name, sim_node_name(sim, node));
    self->excused = TRUE;
    self->down_since_ms = sim->now_ms;
    set_domain(sim, node, vm, HA_VM_ABSENT);
}

/* ---- migration ---- */

/* The agent tells Pacemaker, and hactld when it is there; a killed one (no node) tells nobody. */
static void agent_answers(Sim *sim, SimEvent *event)
{
    if (event->node != SIM_NOBODY && event->data && sim_daemon_running(sim, event->node)) {
        sim->nodes[event->node].failures[event->vm] = g_intern_string(event->data);
        sim->nodes[event->node].failures_ms[event->vm] = sim->now_ms;
        sim_daemon_report_soon(sim, event->node);
    }
    sim_pacemaker_migrated(sim, event->vm, event->number, event->data);
}

static void answer(Sim *sim, guint vm, guint agent_node, gint64 delay_ms, const char *failure)
{
    SimEvent *event = sim_at(sim, delay_ms, agent_answers);
    event->node = agent_node;
    event->vm = vm;
    event->number = sim->vms[vm].act_number;
    event->data = g_strdup(failure);
    event->free = g_free;
}

/* Nobody wants it there any more: the agent reports a failure, lest Pacemaker stop the VM on both hosts (ra_aim.h). */
static const char *aim_changed(const Sim *sim, const SimVm *vm)
{
    if (sim->nodes[vm->job_to].standby && !vm->job_standby)
        return STANDBY_CAME;
    if (vm->job_pin == vm->job_to && vm->pin != vm->job_to)
        return "the constraint that moves the VM was removed or changed while it migrated";
    return NULL;
}

static void on_source_dies(Sim *sim, SimEvent *event)
{
    sim_power_off(sim, event->node);
}

static void job_ends(Sim *sim, guint vm, const char *failure)
{
    SimVm *self = &sim->vms[vm];
    guint from = self->job_from, to = self->job_to;
    self->job = FALSE;
    self->job_number++;
    if (sim->nodes[from].powered && sim->nodes[from].domains[vm] == HA_VM_MIGRATING)
        set_domain(sim, from, vm, failure ? HA_VM_RUNNING : HA_VM_ABSENT);
    if (sim->nodes[to].powered && sim->nodes[to].domains[vm] == HA_VM_INCOMING)
        set_domain(sim, to, vm, failure ? HA_VM_ABSENT : HA_VM_RUNNING);
    sim_trace(sim, "job of %s %s -> %s: %s", self->name, sim_node_name(sim, from), sim_node_name(sim, to),
        failure ? failure : "arrived");
    /* It has arrived, and for Pacemaker it has not: until hactl has made that known its source may die. */
    self->unsure |= !failure && self->job_agent && self->pin == SIM_NOBODY && aim_changed(sim, self);
    if (self->job_agent)
        answer(sim, vm, from, sim_draw(sim, 20, 400), failure ? failure : aim_changed(sim, self));
    if (!failure && sim_chance(sim, sim->nodes[from].doomed ? DOOMED_PERMILLE : sim->source_dies_permille))
        sim_at(sim, sim_draw(sim, 0, 300), on_source_dies)->node = from;
}

static void on_job_end(Sim *sim, SimEvent *event)
{
    SimVm *self = &sim->vms[event->vm];
    if (self->job && self->job_number == event->number)
        job_ends(sim, event->vm, event->data);
}

static void on_agent_killed(Sim *sim, SimEvent *event)
{
    SimVm *self = &sim->vms[event->vm];
    if (!self->job || self->job_number != event->number || !self->job_agent)
        return;
    sim_trace(sim, "the agent that moves %s is killed, its job goes on", self->name);
    self->job_agent = FALSE;
    answer(sim, event->vm, SIM_NOBODY, 0, "migrate_to timed out");
}

static SimEvent *at_job(Sim *sim, guint vm, gint64 delay_ms, SimFn fn)
{
    SimEvent *event = sim_at(sim, delay_ms, fn);
    event->vm = vm;
    event->number = sim->vms[vm].job_number;
    return event;
}

static guint64 memory_taken(const Sim *sim, guint node)
{
    guint64 taken = 0;
    for (guint i = 0; i < sim->n_vms; i++)
        if (sim->nodes[node].domains[i] != HA_VM_ABSENT)
            taken += sim->vms[i].mem_mib;
    return taken;
}

static SimJobFate draw_fate(Sim *sim)
{
    if (sim_chance(sim, sim->fail_permille))
        return SIM_JOB_BREAKS;
    if (sim_chance(sim, sim->hang_permille))
        return SIM_JOB_HANGS;
    return sim_chance(sim, sim->late_permille) ? SIM_JOB_LATE : SIM_JOB_FINE;
}

static void end_job_after(Sim *sim, guint vm, gint64 delay_ms, SimFn fn, const char *failure)
{
    SimEvent *event = at_job(sim, vm, delay_ms, fn);
    event->data = g_strdup(failure);
    event->free = g_free;
}

/* A job that stands still is ended by its agent, if that still lives. */
static void on_stalled(Sim *sim, SimEvent *event)
{
    const SimVm *self = &sim->vms[event->vm];
    if (self->job && self->job_number == event->number && self->job_agent)
        job_ends(sim, event->vm, event->data);
}

static void plan_end(Sim *sim, guint vm, gint64 takes_ms)
{
    switch (draw_fate(sim)) {
    case SIM_JOB_FINE:
        end_job_after(sim, vm, takes_ms, on_job_end, NULL);
        break;
    case SIM_JOB_LATE:
        end_job_after(sim, vm, takes_ms * LATE_FACTOR, on_job_end, NULL);
        break;
    case SIM_JOB_BREAKS:
        end_job_after(
            sim, vm, takes_ms * sim_draw(sim, 5, 95) / 100, on_job_end, "internal error: the connection broke");
        break;
    case SIM_JOB_HANGS:
        end_job_after(sim, vm, takes_ms * sim_draw(sim, 5, 95) / 100 + STALL_MS, on_stalled,
            "no data moved for 30 s; it was ended");
        break;
    }
}

static void begin_job(Sim *sim, guint vm, guint from, guint to)
{
    SimVm *self = &sim->vms[vm];
    gint64 takes_ms = (800 + (gint64)self->mem_mib * 1000 / MIB_PER_S) * sim_draw(sim, 70, 150) / 100;
    self->job = self->job_agent = TRUE;
    self->job_cancelled = FALSE;
    self->job_from = from;
    self->job_to = to;
    self->job_pin = self->pin;
    self->job_standby = sim->nodes[to].standby;
    set_domain(sim, from, vm, HA_VM_MIGRATING);
    set_domain(sim, to, vm, HA_VM_INCOMING);
    plan_end(sim, vm, takes_ms);
    if (sim_chance(sim, sim->agent_killed_permille))
        at_job(sim, vm, takes_ms * sim_draw(sim, 5, 95) / 100, on_agent_killed);
}

void sim_host_migrate(Sim *sim, guint vm, guint from, guint to)
{
    sim->nodes[from].failures[vm] = NULL;
    const SimNode *source = &sim->nodes[from], *target = &sim->nodes[to];
    if (source->cancel_marks[vm])
        answer(sim, vm, from, 50, "cancelled");
    else if (sim_host_has(sim, to, vm))
        answer(sim, vm, from, 200, target->standby ? STANDBY_CAME : NULL); /* a new DC asks again: it has arrived */
    else if (!sim_host_has(sim, from, vm))
        answer(sim, vm, from, 200, "it does not run here");
    else if (!source->libvirt || !target->libvirt || !sim_net_joined(sim, from, to))
        answer(sim, vm, from, sim_draw(sim, 200, 3000), "libvirt on one of the hosts can't be reached");
    else if (memory_taken(sim, to) + sim->vms[vm].mem_mib > target->mem_mib)
        answer(sim, vm, from, 300, "not enough memory on the target");
    else
        begin_job(sim, vm, from, to);
}

void sim_host_cancel(Sim *sim, guint node, guint vm, gboolean on)
{
    SimVm *self = &sim->vms[vm];
    if (sim->nodes[node].cancel_marks[vm] != on)
        sim_trace(
            sim, "the cancel mark of %s on %s is %s", self->name, sim_node_name(sim, node), on ? "set" : "removed");
    sim->nodes[node].cancel_marks[vm] = on;
    if (!on || !self->job || self->job_from != node || self->job_cancelled)
        return;
    self->job_cancelled = TRUE;
    self->job_number++; /* its own end does not come any more */
    end_job_after(sim, vm, sim_draw(sim, 50, 500), on_job_end, "cancelled by an administrator");
}

/* ---- faults ---- */

static void fail_jobs(Sim *sim, guint node, const char *why)
{
    for (guint vm = 0; vm < sim->n_vms; vm++) {
        const SimVm *self = &sim->vms[vm];
        if (self->job && (self->job_from == node || self->job_to == node))
            job_ends(sim, vm, why);
    }
}

void sim_host_lost(Sim *sim, guint node)
{
    for (guint vm = 0; vm < sim->n_vms; vm++) {
        HaVmState state = sim->nodes[node].domains[vm];
        if (state != HA_VM_ABSENT && state != HA_VM_INCOMING) {
            sim->vms[vm].excused = TRUE;
            sim->vms[vm].down_since_ms = sim->now_ms;
        }
        sim->nodes[node].domains[vm] = HA_VM_ABSENT;
        sim->nodes[node].cancel_marks[vm] = FALSE;
    }
    fail_jobs(sim, node, "the other host is gone");
}

void sim_host_libvirt(Sim *sim, guint node, gboolean up)
{
    if (!sim->nodes[node].powered || sim->nodes[node].libvirt == up)
        return;
    sim_trace(sim, "libvirt of %s %s", sim->nodes[node].name, up ? "is back" : "goes away");
    sim->nodes[node].libvirt = up;
    if (!up)
        fail_jobs(sim, node, "libvirt went away");
    sim_daemon_report_soon(sim, node);
}

HaReport *sim_host_report(const Sim *sim, guint node, guint64 seq)
{
    const SimNode *host = &sim->nodes[node];
    HaReport *report = ha_report_new(host->name, node + 1);
    report->seq = seq;
    report->version = g_strdup("sim");
    report->cores = host->cores;
    report->mem_total_bytes = host->mem_mib << 20;
    report->libvirt = host->libvirt ? HA_LIBVIRT_OK : HA_LIBVIRT_AWAY;
    g_ptr_array_add(report->bridges, g_strdup("br0"));
    for (guint i = 0; host->libvirt && i < sim->n_vms; i++) {
        if (host->domains[i] == HA_VM_ABSENT)
            continue;
        HaReportVm *vm = ha_report_vm_new(sim->vms[i].name);
        vm->state = host->domains[i];
        vm->mem_bytes = sim->vms[i].mem_mib << 20;
        vm->vcpus = sim->vms[i].vcpus;
        vm->cpu_permille = sim->vms[i].cpu_permille;
        vm->failure = sim->now_ms - host->failures_ms[i] < FAILURE_TOLD_MS ? g_strdup(host->failures[i]) : NULL;
        g_ptr_array_add(report->vms, vm);
    }
    ha_report_sort(report);
    return report;
}
