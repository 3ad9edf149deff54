/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/wire_samples.h"

/* ---- a core that has heard of a small cluster ---- */

#define NOW_MS 1000000
#define NOW_S 1700000000

static void step(HaCore *core, HaEvent *event, gint64 now_ms)
{
    g_autoptr(GPtrArray) effects = g_ptr_array_new_with_free_func((GDestroyNotify)ha_effect_free);
    event->now_ms = now_ms;
    event->now_s = NOW_S;
    ha_core_step(core, event, effects);
}

static void hear_members(HaCore *core, guint n)
{
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    for (guint i = 1; i <= n; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        g_ptr_array_add(members, ha_member_new(i, name, i));
    }
    HaEvent event = {.kind = HA_EVENT_MEMBERS, .members = members, .quorate = TRUE};
    step(core, &event, NOW_MS);
}

static void hear_report(HaCore *core, HaReport *report, gint64 now_ms)
{
    HaEvent event = {.kind = HA_EVENT_REPORT, .report = report};
    ha_report_sort(report);
    step(core, &event, now_ms);
}

static void hear_config(HaCore *core, HaConfig *config)
{
    HaEvent event = {.kind = HA_EVENT_CONFIG, .config = config};
    if (config != NULL)
        ha_config_sort(config);
    step(core, &event, NOW_MS);
}

static HaCore *core_new(void)
{
    HaSettings settings;
    ha_settings_init(&settings);
    return ha_core_new(&settings, "node1", 1);
}

static HaReport *report_of(guint node)
{
    g_autofree char *name = g_strdup_printf("node%u", node);
    HaReport *report = ha_report_new(name, node);
    report->libvirt = HA_LIBVIRT_OK;
    report->mem_total_bytes = 16ull << 30;
    report->mem_reserve_bytes = 1ull << 30;
    return report;
}

static HaReportVm *add_vm(HaReport *report, const char *name, HaVmState state)
{
    HaReportVm *vm = ha_report_vm_new(name);
    vm->uuid = g_strdup("11111111-2222-3333-4444-555555555555");
    vm->state = state;
    vm->mem_bytes = 1ull << 30;
    vm->vcpus = 2;
    vm->cpu_permille = 250;
    g_ptr_array_add(report->vms, vm);
    return vm;
}

static HaConfigNode *config_node(HaConfig *config, guint node)
{
    g_autofree char *name = g_strdup_printf("node%u", node);
    HaConfigNode *known = ha_config_node_new(name);
    known->node_id = node;
    known->state = HA_NODE_ONLINE;
    g_ptr_array_add(config->nodes, known);
    return known;
}

static HaConfigVm *config_vm(HaConfig *config, const char *name, const char *node)
{
    HaConfigVm *vm = ha_config_vm_new(name);
    vm->wanted_running = vm->managed = vm->live = TRUE;
    vm->mem_mib = 1024;
    vm->vcpus = 2;
    vm->group = g_strdup("default");
    HaConfigPlace *place = ha_config_place_new(node);
    place->active = TRUE;
    g_ptr_array_add(vm->places, place);
    g_ptr_array_add(config->vms, vm);
    return vm;
}

static HaConfig *config_new(guint nodes)
{
    HaConfig *config = ha_config_new();
    config->quorate = config->fencing = TRUE;
    config->term = 7;
    config->term_owner = g_strdup("node1");
    for (guint i = 1; i <= nodes; i++)
        config_node(config, i);
    return config;
}

static WireResult *view_of(const HaCore *core, gboolean last)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) frame = wire_view_build(core, NOW_S, last);
    gsize len = 0;
    const guint8 *payload = sample_payload(frame, &len);
    WireResult *result = wire_result_decode(payload, len, &error);
    g_assert_no_error(error);
    g_assert(result != NULL && result->view != NULL);
    return result;
}

static const Hactl__ViewVm *vm_of(const WireResult *result, const char *name)
{
    for (gsize i = 0; i < result->view->n_vms; i++)
        if (g_str_equal(result->view->vms[i]->name, name))
            return result->view->vms[i];
    return NULL;
}

/* ---- tests ---- */

static void a_core_that_knows_nothing_has_a_view(void **state)
{
    g_autoptr(HaCore) core = core_new();
    g_autoptr(WireResult) result = view_of(core, TRUE);
    assert_true(result->last);
    assert_string_equal(result->view->self, "node1");
    assert_string_equal(result->view->version, HACTL_VERSION);
    assert_int_equal(result->view->time_s, NOW_S);
    assert_false(result->view->quorate);
    assert_false(result->view->pacemaker);
    assert_null(result->view->leader);
    assert_int_equal(result->view->moves_per_node, 2);
    assert_int_equal(result->view->moves_per_cluster, 4);
    assert_int_equal(result->view->n_nodes, 0);
    assert_int_equal(result->view->n_vms, 0);
}

static HaCore *small_cluster(void)
{
    HaCore *core = core_new();
    HaConfig *config = config_new(3);
    HaConfigNode *third = config->nodes->pdata[2];
    third->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = NOW_S - 5, .by = g_strdup("root@node2")};
    third->standby = TRUE;
    ((HaConfigNode *)config->nodes->pdata[1])->is_dc = TRUE;
    HaConfigVm *web = config_vm(config, "web1", "node1");
    web->home = g_strdup("node3");
    web->definition = sample_hash(SAMPLE_XML);
    config_vm(config, "db1", "node2");
    HaReport *first = report_of(1), *second = report_of(2);
    add_vm(first, "web1", HA_VM_RUNNING);
    add_vm(first, "stray", HA_VM_RUNNING);
    add_vm(second, "db1", HA_VM_IO_ERROR);
    add_vm(second, "off", HA_VM_ABSENT);
    hear_members(core, 3);
    hear_config(core, config);
    hear_report(core, first, NOW_MS);
    hear_report(core, second, NOW_MS);
    return core;
}

static void nodes_are_shown(void **state)
{
    g_autoptr(HaCore) core = small_cluster();
    g_autoptr(WireResult) result = view_of(core, FALSE);
    const Hactl__View *view = result->view;
    assert_false(result->last);
    assert_true(view->quorate);
    assert_true(view->pacemaker);
    assert_true(view->fencing);
    assert_int_equal(view->term, 7);
    assert_string_equal(view->leader, "node1");
    assert_int_equal(view->n_nodes, 3);
    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i + 1);
        assert_string_equal(view->nodes[i]->node, name);
        assert_int_equal(view->nodes[i]->node_id, i + 1);
        assert_int_equal(view->nodes[i]->state, HA_NODE_ONLINE);
        assert_int_equal(view->nodes[i]->agent, i < 2);
        assert_int_equal(view->nodes[i]->report != NULL, i < 2);
        assert_int_equal(view->nodes[i]->is_leader, i == 0);
        assert_int_equal(view->nodes[i]->is_dc, i == 1);
        assert_int_equal(view->nodes[i]->standby, i == 2);
    }
    assert_int_equal(view->nodes[0]->n_vms, 2);
    assert_int_equal(view->nodes[1]->n_vms, 1);
    assert_int_equal(view->nodes[0]->mem_capacity_mib, 15 * 1024);
    assert_int_equal(view->nodes[0]->mem_used_mib, 2 * 1024);
    g_assert(view->nodes[0]->report != NULL);
    assert_int_equal(view->nodes[0]->report->mem_total_bytes, 16ull << 30);
    assert_int_equal(view->nodes[0]->report->n_vms, 0);
    assert_int_not_equal(view->nodes[2]->drain, HA_DRAIN_NONE);
    assert_string_equal(view->nodes[2]->drain_by, "root@node2");
    assert_int_equal(view->nodes[2]->drain_since_s, NOW_S - 5);
    assert_null(view->nodes[0]->drain_by);
}

static void vms_are_shown_managed_or_not(void **state)
{
    g_autofree char *hash = sample_hash(SAMPLE_XML);
    g_autoptr(HaCore) core = small_cluster();
    g_autoptr(WireResult) result = view_of(core, TRUE);
    static const char *const names[] = {"db1", "off", "stray", "web1"};
    assert_int_equal(result->view->n_vms, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        assert_string_equal(result->view->vms[i]->name, names[i]);

    const Hactl__ViewVm *web = vm_of(result, "web1");
    assert_true(web->managed);
    assert_true(web->wanted_running);
    assert_int_equal(web->state, HA_VM_RUNNING);
    assert_string_equal(web->node, "node1");
    assert_string_equal(web->group, "default");
    assert_string_equal(web->home, "node3");
    assert_string_equal(web->definition, hash);
    assert_string_equal(web->uuid, "11111111-2222-3333-4444-555555555555");
    assert_int_equal(web->mem_mib, 1024);
    assert_int_equal(web->vcpus, 2);
    assert_int_equal(web->cpu_permille, 250);
    assert_int_equal(web->copies, 1);
    assert_int_equal(web->move, HA_MOVE_NONE);
    assert_null(web->move_to);
    assert_null(web->migration);

    assert_int_equal(vm_of(result, "db1")->state, HA_VM_IO_ERROR);
    const Hactl__ViewVm *stray = vm_of(result, "stray");
    assert_false(stray->managed);
    assert_int_equal(stray->state, HA_VM_RUNNING);
    assert_string_equal(stray->node, "node1");
    assert_int_equal(stray->mem_mib, 1024);
    assert_false(vm_of(result, "off")->managed);
    assert_null(vm_of(result, "off")->node);
}

static void a_move_in_flight_is_shown(void **state)
{
    g_autoptr(HaCore) core = core_new();
    HaConfig *config = config_new(2);
    HaConfigVm *vm = config_vm(config, "web1", "node1");
    vm->pin = g_strdup("node2");
    vm->pin_reason = HA_REASON_DRAIN;
    vm->pin_since_s = NOW_S;
    ((HaConfigPlace *)vm->places->pdata[0])->pending = HA_OP_MIGRATE_TO;
    HaReport *source = report_of(1), *target = report_of(2);
    add_vm(source, "web1", HA_VM_MIGRATING)->migration =
        (HaMigration){.total_bytes = 1000, .processed_bytes = 400, .remaining_bytes = 600, .elapsed_ms = 90};
    add_vm(target, "web1", HA_VM_INCOMING);
    hear_members(core, 2);
    hear_config(core, config);
    hear_report(core, source, NOW_MS);
    hear_report(core, target, NOW_MS);

    g_autoptr(WireResult) result = view_of(core, TRUE);
    assert_int_equal(result->view->n_vms, 1);
    const Hactl__ViewVm *shown = result->view->vms[0];
    assert_int_equal(shown->state, HA_VM_MIGRATING);
    assert_string_equal(shown->node, "node1");
    assert_string_equal(shown->move_to, "node2");
    assert_int_equal(shown->move, HA_MOVE_MOVING);
    assert_int_equal(shown->move_reason, HA_REASON_DRAIN);
    assert_int_equal(shown->migration->total_bytes, 1000);
    assert_int_equal(shown->migration->remaining_bytes, 600);
    assert_int_equal(shown->copies, 1);
}

/* An admin's own virsh migrate: no pin, and still shown where it goes. */
static void a_migration_by_hand_is_shown(void **state)
{
    g_autoptr(HaCore) core = core_new();
    HaConfig *config = config_new(2);
    config_vm(config, "web1", "node1");
    HaReport *source = report_of(1), *target = report_of(2);
    add_vm(source, "web1", HA_VM_MIGRATING);
    add_vm(target, "web1", HA_VM_INCOMING);
    hear_members(core, 2);
    hear_config(core, config);
    hear_report(core, source, NOW_MS);
    hear_report(core, target, NOW_MS);
    g_autoptr(WireResult) result = view_of(core, TRUE);
    assert_int_equal(result->view->vms[0]->state, HA_VM_MIGRATING);
    assert_int_equal(result->view->vms[0]->move, HA_MOVE_NONE);
    assert_string_equal(result->view->vms[0]->move_to, "node2");
}

static void a_failure_is_shown_with_pacemakers_reason(void **state)
{
    g_autoptr(HaCore) core = core_new();
    HaConfig *config = config_new(1);
    HaConfigPlace *place = config_vm(config, "web1", "node1")->places->pdata[0];
    place->failed_migrate_to = TRUE;
    place->exit_reason = g_strdup("libvirt said \xff no");
    hear_members(core, 1);
    hear_config(core, config);
    g_autoptr(WireResult) result = view_of(core, TRUE);
    assert_string_equal(result->view->vms[0]->failure, "libvirt said \xef\xbf\xbd no");
}

static void a_stale_report_is_not_believed_and_its_age_is_shown(void **state)
{
    g_autoptr(HaCore) core = small_cluster();
    HaReport *second = report_of(2);
    add_vm(second, "db1", HA_VM_RUNNING);
    hear_report(core, second, NOW_MS + HA_REPORT_STALE_MS + 1);
    g_autoptr(WireResult) result = view_of(core, TRUE);
    const Hactl__ViewNode *first = result->view->nodes[0];
    assert_false(first->agent);
    assert_null(first->report);
    assert_int_equal(first->report_age_ms, HA_REPORT_STALE_MS + 1);
    assert_int_equal(first->n_vms, 0);
    assert_int_equal(vm_of(result, "web1")->state, HA_VM_UNKNOWN);
    assert_string_equal(vm_of(result, "web1")->node, "node1");
    assert_true(result->view->nodes[1]->agent);
    assert_int_equal(result->view->nodes[1]->report_age_ms, 0);
}

static void with_pacemaker_away_the_members_and_their_vms_remain(void **state)
{
    g_autoptr(HaCore) core = small_cluster();
    hear_config(core, NULL);
    g_autoptr(WireResult) result = view_of(core, TRUE);
    assert_false(result->view->pacemaker);
    assert_int_equal(result->view->n_nodes, 3);
    assert_string_equal(result->view->nodes[1]->node, "node2");
    assert_int_equal(result->view->nodes[1]->node_id, 2);
    assert_int_equal(result->view->nodes[1]->state, HA_NODE_OFFLINE);
    assert_true(result->view->nodes[1]->agent);
    assert_int_equal(vm_of(result, "db1")->state, HA_VM_IO_ERROR);
    assert_false(vm_of(result, "db1")->managed);
}

static void the_newest_notes_are_shown(void **state)
{
    g_autoptr(HaCore) core = core_new();
    for (guint i = 1; i <= 20; i++) {
        HaNote *note = sample_note();
        note->id = i;
        HaEvent event = {.kind = HA_EVENT_NOTE, .note = note};
        step(core, &event, NOW_MS);
    }
    g_autoptr(WireResult) result = view_of(core, TRUE);
    assert_int_equal(result->view->n_notes, 8);
    for (guint i = 0; i < 8; i++)
        assert_int_equal(result->view->notes[i]->id, 13 + i);
}

/* CPU time, so that a busy machine does not matter; four times the VMs may take some five times as long, not sixteen.
 */
static gdouble build_ms(guint vms, guint rounds)
{
    const guint nodes = 16;
    g_autoptr(HaCore) core = core_new();
    HaConfig *config = config_new(nodes);
    HaReport *reports[16];
    for (guint i = 0; i < nodes; i++)
        reports[i] = report_of(i + 1);
    for (guint i = 0; i < vms; i++) {
        g_autofree char *name = g_strdup_printf("vm%05u", i);
        config_vm(config, name, reports[i % nodes]->node)->definition = sample_hash(name);
        add_vm(reports[i % nodes], name, HA_VM_RUNNING);
    }
    hear_members(core, nodes);
    hear_config(core, config);
    for (guint i = 0; i < nodes; i++)
        hear_report(core, reports[i], NOW_MS);
    clock_t since = clock();
    for (guint i = 0; i < rounds; i++) {
        g_autoptr(GBytes) frame = wire_view_build(core, NOW_S, TRUE);
        assert_true(g_bytes_get_size(frame) > 100 * vms);
    }
    return (gdouble)(clock() - since) * 1000 / CLOCKS_PER_SEC / rounds;
}

static void a_big_view_is_built_quickly(void **state)
{
    gdouble small_ms = build_ms(1000, 10), big_ms = build_ms(4000, 3);
    print_message("view of 1000 VMs on 16 nodes: %.1f ms, of 4000: %.1f ms\n", small_ms, big_ms);
    assert_true(big_ms < 10 * small_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_core_that_knows_nothing_has_a_view),
        cmocka_unit_test(nodes_are_shown),
        cmocka_unit_test(vms_are_shown_managed_or_not),
        cmocka_unit_test(a_move_in_flight_is_shown),
        cmocka_unit_test(a_migration_by_hand_is_shown),
        cmocka_unit_test(a_failure_is_shown_with_pacemakers_reason),
        cmocka_unit_test(a_stale_report_is_not_believed_and_its_age_is_shown),
        cmocka_unit_test(with_pacemaker_away_the_members_and_their_vms_remain),
        cmocka_unit_test(the_newest_notes_are_shown),
        cmocka_unit_test(a_big_view_is_built_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
