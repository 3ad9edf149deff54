/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_json.h"

#include "agent/cli/cli_group.h"
#include "agent/cli/cli_problem.h"
#include "agent/cli/cli_view.h"
#include "agent/core/ha_fence.h"

#include <stdio.h>

void cli_json_text(JsonBuilder *json, const char *name, const char *text)
{
    json_builder_set_member_name(json, name);
    if (text)
        json_builder_add_string_value(json, text);
    else
        json_builder_add_null_value(json);
}

void cli_json_int(JsonBuilder *json, const char *name, gint64 value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, value);
}

void cli_json_bool(JsonBuilder *json, const char *name, gboolean value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_boolean_value(json, value);
}

void cli_json_known(JsonBuilder *json, const char *name, gboolean known, gint64 value)
{
    if (known)
        cli_json_int(json, name, value);
    else
        cli_json_text(json, name, NULL);
}

/* ---- cluster ---- */

static void add_cluster(JsonBuilder *json, const Hactl__View *view)
{
    cli_json_text(json, "self", view->self);
    cli_json_text(json, "version", view->version);
    cli_json_bool(json, "quorate", view->quorate);
    cli_json_bool(json, "pacemaker", view->pacemaker);
    cli_json_text(json, "leader", view->leader);
    cli_json_known(json, "term", view->has_term && view->term > 0, (gint64)view->term);
    cli_json_text(json, "dc", cli_view_dc(view));
    cli_json_bool(json, "fencing", view->fencing);
    cli_json_bool(json, "maintenance", view->maintenance);
    cli_json_int(json, "moves_per_node_max", view->moves_per_node);
    cli_json_int(json, "moves_per_cluster_max", view->moves_per_cluster);
    cli_json_known(json, "time_s", view->has_time_s, view->time_s);
    cli_json_text(json, "capacity", view->capacity);
    cli_json_known(json, "capacity_down", view->has_capacity_down, view->capacity_down);
}

void cli_json_problems(JsonBuilder *json, const Hactl__View *view)
{
    g_autoptr(GPtrArray) problems = cli_problem_list(view);
    json_builder_begin_array(json);
    for (guint i = 0; i < problems->len; i++) {
        const CliProblem *problem = problems->pdata[i];
        json_builder_begin_object(json);
        cli_json_text(json, "severity", cli_severity_word(problem->severity));
        cli_json_text(json, "subject", problem->subject);
        cli_json_text(json, "text", problem->text);
        cli_json_text(json, "remedy", problem->remedy);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

/* ---- nodes ---- */

static void add_bridges(JsonBuilder *json, const Hactl__Report *report)
{
    json_builder_set_member_name(json, "bridges");
    json_builder_begin_array(json);
    for (gsize i = 0; report && i < report->n_bridges; i++)
        json_builder_add_string_value(json, report->bridges[i]);
    json_builder_end_array(json);
}

static void add_storage(JsonBuilder *json, const Hactl__Report *report)
{
    json_builder_set_member_name(json, "storage");
    json_builder_begin_array(json);
    for (gsize i = 0; report && i < report->n_storage; i++) {
        json_builder_begin_object(json);
        cli_json_text(json, "key", report->storage[i]->key);
        cli_json_bool(json, "ok", report->storage[i]->ok);
        cli_json_text(json, "reason", report->storage[i]->reason);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

/* Without a report its numbers are null and its lists empty. */
static void add_report(JsonBuilder *json, const Hactl__Report *report)
{
    static const Hactl__Report none = HACTL__REPORT__INIT;
    gboolean known = report != NULL;
    const Hactl__Report *from = known ? report : &none;
    cli_json_text(json, "version", from->version);
    cli_json_text(json, "libvirt", !known ? "unknown" : from->libvirt == HA_LIBVIRT_OK ? "ok" : "away");
    cli_json_text(json, "libvirt_error", from->libvirt_error);
    cli_json_text(json, "hypervisor", from->hypervisor);
    cli_json_known(json, "cores", known, from->cores);
    cli_json_known(json, "mem_total_bytes", known, (gint64)from->mem_total_bytes);
    cli_json_known(json, "mem_available_bytes", known, (gint64)from->mem_available_bytes);
    cli_json_known(json, "mem_reserve_bytes", known, (gint64)from->mem_reserve_bytes);
    cli_json_known(json, "cpu_permille", known, from->cpu_permille);
    cli_json_known(json, "load1_permille", known, from->load1_permille);
    cli_json_known(json, "psi_cpu_permille", known, from->psi_cpu_permille);
    cli_json_known(json, "psi_memory_permille", known, from->psi_memory_permille);
    cli_json_known(json, "psi_io_permille", known, from->psi_io_permille);
    add_bridges(json, report);
    add_storage(json, report);
}

void cli_json_node(JsonBuilder *json, const Hactl__ViewNode *node)
{
    json_builder_begin_object(json);
    cli_json_text(json, "name", node->node);
    cli_json_int(json, "node_id", node->node_id);
    cli_json_text(json, "state", ha_node_state_word((HaNodeState)node->state));
    cli_json_bool(json, "standby", node->standby);
    cli_json_bool(json, "maintenance", node->maintenance);
    cli_json_bool(json, "dc", node->is_dc);
    cli_json_bool(json, "leader", node->is_leader);
    cli_json_bool(json, "agent", node->agent);
    cli_json_text(json, "fence_gap", ha_fence_gap_word((HaFenceGap)node->fence_gap));
    cli_json_text(json, "drain", ha_drain_state_word((HaDrainState)node->drain));
    cli_json_text(json, "drain_by", node->drain_by);
    cli_json_known(json, "drain_since_s", node->has_drain_since_s && node->drain_since_s > 0, node->drain_since_s);
    cli_json_known(json, "mem_capacity_mib", node->mem_capacity_mib > 0, (gint64)node->mem_capacity_mib);
    cli_json_int(json, "mem_used_mib", (gint64)node->mem_used_mib);
    cli_json_int(json, "vms_running", node->n_vms);
    cli_json_known(json, "report_age_ms", node->has_report_age_ms, node->report_age_ms);
    add_report(json, node->report);
    json_builder_end_object(json);
}

void cli_json_nodes(JsonBuilder *json, const Hactl__View *view)
{
    json_builder_begin_array(json);
    for (gsize i = 0; i < view->n_nodes; i++)
        cli_json_node(json, view->nodes[i]);
    json_builder_end_array(json);
}

/* ---- VMs ---- */

static void add_move(JsonBuilder *json, const Hactl__ViewVm *vm)
{
    json_builder_set_member_name(json, "move");
    json_builder_begin_object(json);
    cli_json_text(json, "state", ha_move_state_word((HaMoveState)vm->move));
    cli_json_text(json, "from", vm->move_from);
    cli_json_text(json, "to", vm->move_to);
    cli_json_text(json, "reason", ha_reason_word((HaReason)vm->move_reason));
    cli_json_text(json, "mode", ha_move_mode_word((HaMoveMode)vm->move_mode));
    cli_json_int(json, "attempts_failed", vm->attempts);
    cli_json_known(json, "retry_in_ms", vm->retry_in_ms > 0, vm->retry_in_ms);
    cli_json_text(json, "last_error", vm->last_error);
    cli_json_text(json, "block", ha_block_word((HaBlock)vm->block));
    json_builder_end_object(json);
}

static void add_migration(JsonBuilder *json, const Hactl__Migration *migration)
{
    json_builder_set_member_name(json, "migration");
    if (!migration) {
        json_builder_add_null_value(json);
        return;
    }
    json_builder_begin_object(json);
    cli_json_int(json, "total_bytes", (gint64)migration->total_bytes);
    cli_json_int(json, "processed_bytes", (gint64)migration->processed_bytes);
    cli_json_int(json, "remaining_bytes", (gint64)migration->remaining_bytes);
    cli_json_int(json, "dirty_bytes_per_s", (gint64)migration->dirty_bytes_per_s);
    cli_json_int(json, "bandwidth_bytes_per_s", (gint64)migration->bandwidth_bytes_per_s);
    cli_json_int(json, "downtime_ms", migration->downtime_ms);
    cli_json_int(json, "iteration", migration->iteration);
    cli_json_int(json, "elapsed_ms", migration->elapsed_ms);
    json_builder_end_object(json);
}

void cli_json_vm(JsonBuilder *json, const Hactl__ViewVm *vm)
{
    json_builder_begin_object(json);
    cli_json_text(json, "name", vm->name);
    cli_json_text(json, "uuid", vm->uuid);
    cli_json_bool(json, "managed", vm->managed);
    cli_json_text(json, "state", ha_vm_state_word((HaVmState)vm->state));
    cli_json_text(json, "node", vm->node);
    cli_json_text(json, "group", vm->group);
    cli_json_text(json, "wanted", !vm->managed ? NULL : vm->wanted_running ? "running" : "stopped");
    cli_json_known(json, "mem_mib", vm->mem_mib > 0, (gint64)vm->mem_mib);
    cli_json_known(json, "vcpus", vm->vcpus > 0, vm->vcpus);
    cli_json_known(json, "cpu_permille", vm->has_cpu_permille, vm->cpu_permille);
    cli_json_text(json, "definition", vm->definition);
    cli_json_text(json, "running_definition", vm->running_definition);
    cli_json_bool(json, "definition_waits", cli_view_definition_waits(vm));
    cli_json_text(json, "home", vm->home);
    cli_json_text(json, "parked", vm->parked);
    cli_json_int(json, "copies", vm->copies);
    add_move(json, vm);
    add_migration(json, vm->migration);
    cli_json_text(json, "failure", vm->failure);
    json_builder_end_object(json);
}

void cli_json_vms(JsonBuilder *json, const Hactl__View *view)
{
    json_builder_begin_array(json);
    for (gsize i = 0; i < view->n_vms; i++)
        cli_json_vm(json, view->vms[i]);
    json_builder_end_array(json);
}

/* ---- events, plans, status ---- */

void cli_json_note(JsonBuilder *json, const Hactl__Note *message)
{
    HaNote note = cli_view_note(message);
    g_autofree char *sentence = ha_note_sentence(&note);
    json_builder_begin_object(json);
    cli_json_int(json, "id", (gint64)note.id);
    cli_json_text(json, "kind", ha_note_word(note.kind));
    cli_json_int(json, "time_s", note.time_s);
    cli_json_text(json, "vm", note.vm);
    cli_json_text(json, "node", note.node);
    cli_json_text(json, "from", note.from);
    cli_json_text(json, "to", note.to);
    cli_json_text(json, "reason", message->has_reason && note.vm ? ha_reason_word(note.reason) : NULL);
    cli_json_text(json, "text", note.text);
    cli_json_text(json, "others", note.others);
    cli_json_known(json, "value", message->has_value, (gint64)note.value);
    cli_json_known(json, "at_ms", note.at_ms > 0, note.at_ms);
    cli_json_text(json, "sentence", sentence);
    json_builder_end_object(json);
}

static void add_candidates(JsonBuilder *json, const Hactl__PlanMove *move)
{
    json_builder_set_member_name(json, "candidates");
    json_builder_begin_array(json);
    for (gsize i = 0; i < move->n_candidates; i++) {
        const Hactl__Candidate *candidate = move->candidates[i];
        json_builder_begin_object(json);
        cli_json_text(json, "node", candidate->node);
        cli_json_text(
            json, "block", candidate->block == HA_BLOCK_NONE ? NULL : ha_block_word((HaBlock)candidate->block));
        cli_json_text(json, "detail", candidate->detail);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

static void add_plan_move(JsonBuilder *json, const Hactl__PlanMove *move)
{
    json_builder_begin_object(json);
    cli_json_text(json, "vm", move->vm);
    cli_json_text(json, "from", *move->from ? move->from : NULL);
    cli_json_text(json, "to", move->to);
    cli_json_text(json, "mode", ha_move_mode_word((HaMoveMode)move->mode));
    cli_json_text(json, "reason", ha_reason_word((HaReason)move->reason));
    cli_json_text(json, "block", ha_block_word((HaBlock)move->block));
    cli_json_text(json, "detail", move->detail);
    cli_json_text(json, "remedy", move->remedy);
    cli_json_known(json, "mem_mib", move->mem_mib > 0, (gint64)move->mem_mib);
    cli_json_known(json, "estimate_ms", move->block == HA_BLOCK_NONE, move->estimate_ms);
    cli_json_known(json, "wave", move->wave > 0, move->wave);
    add_candidates(json, move);
    json_builder_end_object(json);
}

void cli_json_plan(JsonBuilder *json, const Hactl__Plan *plan)
{
    json_builder_begin_object(json);
    cli_json_text(json, "node", plan->node);
    json_builder_set_member_name(json, "moves");
    json_builder_begin_array(json);
    for (gsize i = 0; i < plan->n_moves; i++)
        add_plan_move(json, plan->moves[i]);
    json_builder_end_array(json);
    json_builder_set_member_name(json, "stops");
    json_builder_begin_array(json);
    for (gsize i = 0; i < plan->n_stops; i++)
        json_builder_add_string_value(json, plan->stops[i]);
    json_builder_end_array(json);
    cli_json_int(json, "moves_blocked", plan->n_blocked);
    cli_json_int(json, "estimate_ms", plan->estimate_ms);
    cli_json_text(json, "why", plan->why);
    json_builder_end_object(json);
}

void cli_json_status(JsonBuilder *json, const Hactl__View *view)
{
    json_builder_begin_object(json);
    add_cluster(json, view);
    json_builder_set_member_name(json, "problems");
    cli_json_problems(json, view);
    json_builder_set_member_name(json, "nodes");
    cli_json_nodes(json, view);
    json_builder_set_member_name(json, "vms");
    cli_json_vms(json, view);
    json_builder_set_member_name(json, "groups");
    cli_group_json_all(json, view);
    json_builder_set_member_name(json, "events");
    json_builder_begin_array(json);
    for (gsize i = 0; i < view->n_notes; i++)
        cli_json_note(json, view->notes[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
}

char *cli_json_take(JsonBuilder *json, gboolean pretty)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, pretty);
    g_autofree char *text = json_generator_to_data(generator, NULL);
    return g_strconcat(text, "\n", NULL);
}

void cli_json_print(JsonBuilder *json, gboolean pretty)
{
    g_autofree char *text = cli_json_take(json, pretty);
    fputs(text, stdout);
    fflush(stdout);
}
