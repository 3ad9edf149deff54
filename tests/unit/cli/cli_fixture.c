/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/cli/cli_fixture.h"

#define NOON_S 1767268800 /* 2026-01-01 12:00:00 UTC */
#define VM_MIB 512u

static gpointer keep(CliFixture *fixture, gpointer memory)
{
    g_ptr_array_add(fixture->memory, memory);
    return memory;
}

#define NEW(fixture, type) keep(fixture, g_new0(type, 1))

/* Point the messages' repeated fields at the arrays. */
static void publish(CliFixture *fixture)
{
    fixture->view.n_nodes = fixture->nodes->len;
    fixture->view.nodes = (Hactl__ViewNode **)fixture->nodes->pdata;
    fixture->view.n_vms = fixture->vms->len;
    fixture->view.vms = (Hactl__ViewVm **)fixture->vms->pdata;
    fixture->view.n_notes = fixture->notes->len;
    fixture->view.notes = (Hactl__Note **)fixture->notes->pdata;
    fixture->plan.n_moves = fixture->moves->len;
    fixture->plan.moves = (Hactl__PlanMove **)fixture->moves->pdata;
}

CliFixture *cli_fixture_new(void)
{
    CliFixture *fixture = g_new0(CliFixture, 1);
    fixture->memory = g_ptr_array_new_with_free_func(g_free);
    fixture->nodes = g_ptr_array_new();
    fixture->vms = g_ptr_array_new();
    fixture->notes = g_ptr_array_new();
    fixture->moves = g_ptr_array_new();
    hactl__view__init(&fixture->view);
    hactl__plan__init(&fixture->plan);
    Hactl__View *view = &fixture->view;
    view->self = (char *)"node1";
    view->version = (char *)"0.1.0";
    view->leader = (char *)"node1";
    view->has_quorate = view->quorate = TRUE;
    view->has_pacemaker = view->pacemaker = TRUE;
    view->has_fencing = view->fencing = TRUE;
    view->has_term = view->has_moves_per_node = view->has_moves_per_cluster = view->has_time_s = TRUE;
    view->term = 4;
    view->moves_per_node = 2;
    view->moves_per_cluster = 4;
    view->time_s = NOON_S + 60;
    view->capacity = (char *)"every VM finds a place when any 1 host is lost";
    view->has_capacity_down = TRUE;
    fixture->plan.node = (char *)"node3";
    publish(fixture);
    return fixture;
}

void cli_fixture_free(CliFixture *fixture)
{
    g_ptr_array_unref(fixture->nodes);
    g_ptr_array_unref(fixture->vms);
    g_ptr_array_unref(fixture->notes);
    g_ptr_array_unref(fixture->moves);
    g_ptr_array_unref(fixture->memory);
    g_free(fixture);
}

static Hactl__Report *add_report(CliFixture *fixture, const char *name)
{
    Hactl__Report *report = NEW(fixture, Hactl__Report);
    hactl__report__init(report);
    report->node = (char *)name;
    report->version = (char *)"0.1.0";
    report->libvirt = HA_LIBVIRT_OK;
    report->hypervisor = (char *)"QEMU 7.2.22, libvirt 9.0.0";
    report->has_cores = report->has_cpu_permille = report->has_load1_permille = TRUE;
    report->cores = 8;
    report->cpu_permille = 125;
    report->load1_permille = 1250;
    char **bridges = keep(fixture, g_new0(char *, 1));
    bridges[0] = (char *)"br0";
    report->bridges = bridges;
    report->n_bridges = 1;
    Hactl__ReportStorage *storage = NEW(fixture, Hactl__ReportStorage);
    hactl__report_storage__init(storage);
    storage->key = (char *)"iscsi://10.0.0.9:3260";
    storage->ok = TRUE;
    Hactl__ReportStorage **list = keep(fixture, g_new0(Hactl__ReportStorage *, 1));
    list[0] = storage;
    report->storage = list;
    report->n_storage = 1;
    return report;
}

Hactl__ViewNode *cli_fixture_node(CliFixture *fixture, const char *name)
{
    Hactl__ViewNode *node = NEW(fixture, Hactl__ViewNode);
    hactl__view_node__init(node);
    node->node = (char *)name;
    node->has_node_id = TRUE;
    node->node_id = fixture->nodes->len + 1;
    node->state = HA_NODE_ONLINE;
    node->has_agent = node->agent = TRUE;
    node->has_drain = node->has_standby = node->has_n_vms = TRUE;
    node->has_mem_capacity_mib = node->has_mem_used_mib = TRUE;
    node->mem_capacity_mib = 8192;
    node->has_report_age_ms = TRUE;
    node->report_age_ms = 1200;
    node->report = add_report(fixture, name);
    g_ptr_array_add(fixture->nodes, node);
    publish(fixture);
    return node;
}

static void count_vm(CliFixture *fixture, const char *node)
{
    for (guint i = 0; node && i < fixture->nodes->len; i++) {
        Hactl__ViewNode *known = fixture->nodes->pdata[i];
        if (g_str_equal(known->node, node)) {
            known->n_vms++;
            known->mem_used_mib += VM_MIB;
        }
    }
}

Hactl__ViewVm *cli_fixture_vm(CliFixture *fixture, const char *name, HaVmState state, const char *node)
{
    Hactl__ViewVm *vm = NEW(fixture, Hactl__ViewVm);
    hactl__view_vm__init(vm);
    vm->name = (char *)name;
    vm->has_managed = vm->managed = TRUE;
    vm->state = state;
    vm->node = (char *)node;
    vm->group = (char *)"default";
    vm->has_wanted_running = vm->wanted_running = TRUE;
    vm->has_mem_mib = vm->has_vcpus = vm->has_cpu_permille = vm->has_copies = TRUE;
    vm->mem_mib = VM_MIB;
    vm->vcpus = 2;
    vm->cpu_permille = 35;
    vm->copies = node ? 1 : 0;
    vm->has_move = vm->has_move_reason = vm->has_move_mode = vm->has_attempts = vm->has_retry_in_ms = vm->has_block =
        TRUE;
    g_ptr_array_add(fixture->vms, vm);
    count_vm(fixture, node);
    publish(fixture);
    return vm;
}

Hactl__Note *cli_fixture_note(CliFixture *fixture, guint64 id, HaNoteKind kind)
{
    Hactl__Note *note = NEW(fixture, Hactl__Note);
    hactl__note__init(note);
    note->id = id;
    note->kind = kind;
    note->time_s = NOON_S + (gint64)id;
    note->has_value = note->has_reason = TRUE;
    g_ptr_array_add(fixture->notes, note);
    publish(fixture);
    return note;
}

Hactl__PlanMove *cli_fixture_move(CliFixture *fixture, const char *vm, const char *from, const char *to)
{
    Hactl__PlanMove *move = NEW(fixture, Hactl__PlanMove);
    hactl__plan_move__init(move);
    move->vm = (char *)vm;
    move->from = (char *)from;
    move->to = (char *)to;
    move->mode = HA_MOVE_LIVE;
    move->reason = HA_REASON_DRAIN;
    move->block = to ? HA_BLOCK_NONE : HA_BLOCK_NO_TARGET;
    move->has_mem_mib = move->has_estimate_ms = move->has_wave = TRUE;
    move->mem_mib = VM_MIB;
    move->estimate_ms = to ? 1500 : 0;
    move->wave = to ? 1 + fixture->moves->len / 2 : 0;
    fixture->plan.has_n_blocked = fixture->plan.has_estimate_ms = TRUE;
    fixture->plan.n_blocked += to == NULL;
    fixture->plan.estimate_ms += move->estimate_ms;
    g_ptr_array_add(fixture->moves, move);
    publish(fixture);
    return move;
}

void cli_fixture_candidate(
    CliFixture *fixture, Hactl__PlanMove *move, const char *node, HaBlock block, const char *detail)
{
    Hactl__Candidate *candidate = NEW(fixture, Hactl__Candidate);
    hactl__candidate__init(candidate);
    candidate->node = (char *)node;
    candidate->block = block;
    candidate->detail = (char *)detail;
    Hactl__Candidate **list = keep(fixture, g_new0(Hactl__Candidate *, move->n_candidates + 1));
    for (gsize i = 0; i < move->n_candidates; i++)
        list[i] = move->candidates[i];
    list[move->n_candidates++] = candidate;
    move->candidates = list;
}

void cli_fixture_moving(CliFixture *fixture, Hactl__ViewVm *vm, const char *from, const char *to, guint32 done_mib)
{
    Hactl__Migration *migration = NEW(fixture, Hactl__Migration);
    hactl__migration__init(migration);
    migration->has_total_bytes = migration->has_remaining_bytes = TRUE;
    migration->total_bytes = (guint64)VM_MIB << 20;
    migration->remaining_bytes = (guint64)(VM_MIB - done_mib) << 20;
    migration->has_bandwidth_bytes_per_s = migration->has_dirty_bytes_per_s = migration->has_elapsed_ms = TRUE;
    migration->bandwidth_bytes_per_s = 118 << 20;
    migration->dirty_bytes_per_s = 4 << 20;
    migration->elapsed_ms = 1300;
    vm->state = HA_VM_MIGRATING;
    vm->node = (char *)from;
    vm->move = HA_MOVE_MOVING;
    vm->move_from = (char *)from;
    vm->move_to = (char *)to;
    vm->move_reason = HA_REASON_DRAIN;
    vm->migration = migration;
}

CliFixture *cli_fixture_cluster(void)
{
    static const char *const vms[] = {"vm1", "vm2", "vm3", "vm4", "vm5", "vm6"};
    static const char *const nodes[] = {"node1", "node2", "node3"};
    CliFixture *fixture = cli_fixture_new();
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++)
        cli_fixture_node(fixture, nodes[i]);
    fixture->view.nodes[0]->is_leader = TRUE;
    fixture->view.nodes[1]->is_dc = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(vms); i++)
        cli_fixture_vm(fixture, vms[i], HA_VM_RUNNING, nodes[i / 2]);
    return fixture;
}
