/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts that are lost, as a dialogue: what a core sees, and what its leader says of it. */
#include "agent/core/ha_core_private.h"
#include "tests/unit/core_fixture.h"

/* Three cores would see the same: this one is node1, which leads when @term stands in the CIB. node3 runs vm1, vm2. */
typedef struct {
    HaCore *core;
    HaView *world;     /* nodes and VMs, changed by the test, handed over by look() */
    GPtrArray *spoken; /* HaNote* */
    guint members;
    gint64 now_ms;
} Scene;

static void step(Scene *scene, HaEvent event)
{
    g_autoptr(GPtrArray) effects = g_ptr_array_new_with_free_func((GDestroyNotify)ha_effect_free);
    event.now_ms = scene->now_ms;
    event.now_s = 1000 + scene->now_ms / 1000;
    event.now_part_ms = scene->now_ms % 1000;
    ha_core_step(scene->core, &event, effects);
    for (guint i = 0; i < effects->len; i++) {
        const HaEffect *effect = effects->pdata[i];
        if (effect->kind == HA_EFFECT_NOTE && ha_failover_is(effect->note->kind))
            g_ptr_array_add(scene->spoken, ha_note_copy(effect->note));
    }
}

static void members(Scene *scene, guint mask)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    scene->members = mask;
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        if (mask & (1u << i))
            g_ptr_array_add(list, ha_member_new(i, name, i));
    }
    step(scene, (HaEvent){.kind = HA_EVENT_MEMBERS, .members = list, .quorate = TRUE});
}

static void reports(Scene *scene)
{
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        if (!(scene->members & (1u << i)))
            continue;
        HaReport *report = ha_report_new(name, i);
        report->libvirt = HA_LIBVIRT_OK;
        report->mem_total_bytes = 16ull << 30;
        g_ptr_array_add(report->bridges, g_strdup("br0"));
        step(scene, (HaEvent){.kind = HA_EVENT_REPORT, .report = report});
    }
}

/* Pacemaker's picture as the world has it; the term is node1's when @leads. */
static void look(Scene *scene, gboolean leads)
{
    HaConfig *config = ha_config_new(), *from = scene->world->config;
    config->epoch = ++from->epoch;
    config->quorate = config->fencing = TRUE;
    config->dc = g_strdup("node1");
    config->term = 1;
    config->term_owner = g_strdup(leads ? "node1" : "node2");
    for (guint i = 0; i < from->nodes->len; i++) {
        const HaConfigNode *node = from->nodes->pdata[i];
        HaConfigNode *copy = ha_config_node_new(node->node);
        copy->node_id = node->node_id;
        copy->state = node->state;
        g_ptr_array_add(config->nodes, copy);
    }
    for (guint i = 0; i < from->vms->len; i++) {
        const HaConfigVm *vm = from->vms->pdata[i];
        HaConfigVm *copy = ha_config_vm_new(vm->name);
        copy->mem_mib = vm->mem_mib;
        copy->definition = g_strdup(vm->definition);
        copy->wanted_running = vm->wanted_running;
        copy->managed = vm->managed;
        for (guint j = 0; j < vm->places->len; j++) {
            const HaConfigPlace *place = vm->places->pdata[j];
            HaConfigPlace *same = ha_config_place_new(place->node);
            same->active = place->active;
            same->pending = place->pending;
            g_ptr_array_add(copy->places, same);
        }
        g_ptr_array_add(config->vms, copy);
    }
    ha_config_sort(config);
    step(scene, (HaEvent){.kind = HA_EVENT_CONFIG, .config = config});
}

/* As if the group had heard of it. */
static void take_term(Scene *scene)
{
    HaNote *note = ha_note_new(HA_NOTE_LEADER);
    note->id = (1ull << 32) + 1;
    scene->core->my_term = 1;
    scene->core->note_counter = 1;
    step(scene, (HaEvent){.kind = HA_EVENT_NOTE, .note = note});
}

static Scene scene_new(void)
{
    HaSettings settings;
    ha_settings_init(&settings);
    Scene scene = {.core = ha_core_new(&settings, "node1", 1), .world = fixture_new(3), .now_ms = 100000};
    scene.spoken = g_ptr_array_new_with_free_func((GDestroyNotify)ha_note_free);
    fixture_add(scene.world, "vm1", "node3", 512);
    fixture_add(scene.world, "vm2", "node3", 512);
    members(&scene, 0xe);
    look(&scene, FALSE);
    reports(&scene);
    take_term(&scene);
    return scene;
}

static void scene_free(Scene *scene)
{
    ha_core_free(scene->core);
    ha_view_free(scene->world);
    g_ptr_array_unref(scene->spoken);
}

static void node_is(Scene *scene, const char *node, HaNodeState state)
{
    fixture_node(scene->world, node)->state = state;
}

static void place_is(Scene *scene, const char *vm, const char *node, gboolean active)
{
    fixture_place(scene->world, vm, node)->active = active;
}

/* Fenced: Pacemaker forgets its history. */
static void fenced(Scene *scene)
{
    node_is(scene, "node3", HA_NODE_OFFLINE);
    for (guint i = 0; i < scene->world->config->vms->len; i++) {
        HaConfigVm *vm = scene->world->config->vms->pdata[i];
        for (guint j = vm->places->len; j-- > 0;)
            if (g_strcmp0(((HaConfigPlace *)vm->places->pdata[j])->node, "node3") == 0)
                g_ptr_array_remove_index(vm->places, j);
    }
}

static const HaNote *said(const Scene *scene, HaNoteKind kind, const char *vm)
{
    for (guint i = 0; i < scene->spoken->len; i++) {
        const HaNote *note = scene->spoken->pdata[i];
        if (note->kind == kind && (!vm || g_strcmp0(note->vm, vm) == 0))
            return note;
    }
    return NULL;
}

static const HaFailover *newest(const Scene *scene)
{
    const GPtrArray *list = ha_failovers_list(ha_core_failovers(scene->core));
    return list->len ? list->pdata[list->len - 1] : NULL;
}

/* From the loss to the fencing: last heard at 100.0 s, declared at 101.5, unclean at 101.8, fenced at 104.0. */
static void lose_node3(Scene *scene, gboolean leads)
{
    scene->now_ms += 1500;
    members(scene, 0x6);
    scene->now_ms += 300;
    node_is(scene, "node3", HA_NODE_UNCLEAN);
    look(scene, leads);
    scene->now_ms += 2200;
    fenced(scene);
    look(scene, leads);
}

static void recover(Scene *scene, gboolean leads)
{
    scene->now_ms = 106000;
    place_is(scene, "vm1", "node1", TRUE);
    look(scene, leads);
    scene->now_ms = 107250;
    place_is(scene, "vm2", "node2", TRUE);
    look(scene, leads);
}

static void a_failover_is_told_step_by_step(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, TRUE);
    const HaNote *begun = said(&scene, HA_NOTE_FAILOVER_BEGUN, NULL);
    assert_non_null(begun);
    assert_string_equal(begun->text, "vm1 vm2");
    assert_int_equal(begun->value, 1500);
    assert_int_equal(begun->at_ms, 1101500);
    assert_int_equal(said(&scene, HA_NOTE_NODE_FENCED, NULL)->value, 4000);
    assert_null(said(&scene, HA_NOTE_FAILOVER_DONE, NULL));
    recover(&scene, TRUE);
    assert_int_equal(said(&scene, HA_NOTE_VM_RECOVERED, "vm1")->value, 6000);
    assert_string_equal(said(&scene, HA_NOTE_VM_RECOVERED, "vm2")->to, "node2");
    const HaNote *done = said(&scene, HA_NOTE_FAILOVER_DONE, NULL);
    assert_int_equal(done->value, 7250);
    assert_int_equal(newest(&scene)->state, HA_FAILOVER_DONE);
    guint n = scene.spoken->len;
    look(&scene, TRUE);
    assert_int_equal(scene.spoken->len, n); /* once */
    scene_free(&scene);
}

/* It waited for others until its own host was back: there it runs again. */
static void a_host_that_boots_may_take_its_own(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, TRUE);
    scene.now_ms = 106000;
    place_is(&scene, "vm1", "node1", TRUE);
    look(&scene, TRUE);
    scene.now_ms = 108000;
    node_is(&scene, "node3", HA_NODE_ONLINE);
    look(&scene, TRUE);
    assert_null(said(&scene, HA_NOTE_VM_RECOVERED, "vm2"));
    place_is(&scene, "vm2", "node3", TRUE);
    look(&scene, TRUE);
    assert_string_equal(said(&scene, HA_NOTE_VM_RECOVERED, "vm2")->to, "node3");
    assert_int_equal(newest(&scene)->state, HA_FAILOVER_DONE);
    scene_free(&scene);
}

static void a_new_leader_tells_what_it_saw_itself(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, FALSE);
    assert_int_equal(scene.spoken->len, 0);
    recover(&scene, FALSE);
    scene.now_ms = 115000;
    look(&scene, TRUE);
    assert_int_equal(said(&scene, HA_NOTE_NODE_FENCED, NULL)->value, 4000);
    assert_int_equal(said(&scene, HA_NOTE_FAILOVER_DONE, NULL)->value, 7250);
    scene_free(&scene);
}

static void a_new_leader_goes_on_where_the_old_one_stopped(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, FALSE);
    HaNote *begun = ha_note_new(HA_NOTE_FAILOVER_BEGUN);
    begun->id = (1ull << 32) + 5;
    begun->node = g_strdup("node3");
    begun->at_ms = 1101400;
    begun->value = 1300;
    begun->text = g_strdup("vm1 vm2");
    step(&scene, (HaEvent){.kind = HA_EVENT_NOTE, .note = begun});
    scene.core->note_counter = 5;
    recover(&scene, FALSE);
    look(&scene, TRUE);
    assert_null(said(&scene, HA_NOTE_FAILOVER_BEGUN, NULL));
    assert_int_equal(said(&scene, HA_NOTE_FAILOVER_DONE, NULL)->value, 7150); /* since 100.1, as the old one heard */
    assert_int_equal(ha_failovers_list(ha_core_failovers(scene.core))->len, 1);
    scene_free(&scene);
}

static void who_finds_no_place_is_named_with_why(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, TRUE);
    scene.now_ms = 106000;
    place_is(&scene, "vm1", "node1", TRUE);
    look(&scene, TRUE);
    scene.now_ms = 115000;
    reports(&scene);
    look(&scene, TRUE);
    const HaNote *down = said(&scene, HA_NOTE_VM_UNPLACED, "vm2");
    assert_non_null(down);
    assert_non_null(strstr(down->text, "no node can take it"));
    assert_int_equal(said(&scene, HA_NOTE_FAILOVER_PARTIAL, NULL)->value, 6000);
    scene.now_ms = 200000;
    place_is(&scene, "vm2", "node2", TRUE);
    look(&scene, TRUE);
    assert_int_equal(said(&scene, HA_NOTE_VM_RECOVERED, "vm2")->at_ms, 1200000);
    assert_int_equal(newest(&scene)->state, HA_FAILOVER_PARTIAL);
    scene_free(&scene);
}

/* A host that was lost twice: the first record's VMs are not told of for ever. */
static void only_the_newest_record_is_completed(void **state)
{
    Scene scene = scene_new();
    for (guint round = 0; round < 2; round++) {
        reports(&scene);
        place_is(&scene, "vm1", "node3", TRUE);
        look(&scene, TRUE);
        lose_node3(&scene, TRUE);
        scene.now_ms += 10000;
        look(&scene, TRUE);
        scene.now_ms += 10000;
        look(&scene, TRUE);
        assert_int_equal(newest(&scene)->state, HA_FAILOVER_PARTIAL);
        node_is(&scene, "node3", HA_NODE_ONLINE);
        members(&scene, 0xe);
        look(&scene, TRUE);
    }
    place_is(&scene, "vm1", "node1", TRUE);
    look(&scene, TRUE);
    guint n = scene.spoken->len;
    look(&scene, TRUE);
    assert_int_equal(scene.spoken->len, n);
    scene_free(&scene);
}

static void a_start_that_is_pending_is_waited_for(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, TRUE);
    fixture_place(scene.world, "vm1", "node1")->pending = HA_OP_START;
    for (scene.now_ms = 105000; scene.now_ms < 160000; scene.now_ms += 5000)
        look(&scene, TRUE);
    assert_null(said(&scene, HA_NOTE_VM_UNPLACED, NULL));
    scene_free(&scene);
}

static void an_agent_that_stops_is_no_loss(void **state)
{
    Scene scene = scene_new();
    scene.now_ms = 101500;
    members(&scene, 0x6);
    for (; scene.now_ms < 300000; scene.now_ms += 10000)
        look(&scene, TRUE);
    members(&scene, 0xe);
    assert_int_equal(scene.spoken->len, 0);
    assert_null(newest(&scene));
    scene_free(&scene);
}

static void a_shutdown_in_order_is_no_loss(void **state)
{
    Scene scene = scene_new();
    scene.now_ms = 101500;
    members(&scene, 0x6);
    place_is(&scene, "vm1", "node1", TRUE);
    place_is(&scene, "vm1", "node3", FALSE);
    place_is(&scene, "vm2", "node3", FALSE); /* stopped, with no place elsewhere */
    look(&scene, TRUE);
    node_is(&scene, "node3", HA_NODE_OFFLINE);
    look(&scene, TRUE);
    assert_int_equal(scene.spoken->len, 0);
    scene_free(&scene);
}

static void the_fencing_may_be_over_before_it_is_seen(void **state)
{
    Scene scene = scene_new();
    scene.now_ms = 101500;
    members(&scene, 0x6);
    scene.now_ms = 104000;
    fenced(&scene);
    look(&scene, TRUE);
    assert_non_null(said(&scene, HA_NOTE_NODE_FENCED, NULL));
    assert_string_equal(said(&scene, HA_NOTE_FAILOVER_BEGUN, NULL)->text, "vm1 vm2");
    scene_free(&scene);
}

static void a_host_that_comes_back_unfenced_ends_it(void **state)
{
    Scene scene = scene_new();
    scene.now_ms = 101500;
    members(&scene, 0x6);
    node_is(&scene, "node3", HA_NODE_UNCLEAN);
    look(&scene, TRUE);
    scene.now_ms = 120000;
    members(&scene, 0xe);
    node_is(&scene, "node3", HA_NODE_ONLINE);
    look(&scene, TRUE);
    assert_non_null(said(&scene, HA_NOTE_FAILOVER_VOID, NULL));
    assert_int_equal(newest(&scene)->state, HA_FAILOVER_VOID);
    scene_free(&scene);
}

static void an_admins_stop_is_not_missed(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, TRUE);
    fixture_vm(scene.world, "vm2")->wanted_running = FALSE;
    scene.now_ms = 106000;
    place_is(&scene, "vm1", "node1", TRUE);
    look(&scene, TRUE);
    assert_non_null(said(&scene, HA_NOTE_FAILOVER_DONE, NULL));
    const HaFailover *failover = newest(&scene);
    assert_string_equal(ha_failover_vm_word(failover, failover->vms->pdata[1]), "unwanted");
    scene_free(&scene);
}

/* A program that has only the notes folds the same record. */
static void notes_alone_make_the_same_record(void **state)
{
    Scene scene = scene_new();
    lose_node3(&scene, TRUE);
    recover(&scene, TRUE);
    g_autoptr(HaFailovers) folded = ha_failovers_new();
    for (guint i = 0; i < scene.spoken->len; i++)
        ha_failovers_learn(folded, scene.spoken->pdata[i]);
    const HaFailover *kept = newest(&scene), *copy = ha_failovers_list(folded)->pdata[0];
    assert_int_equal(copy->id, kept->id);
    assert_int_equal(copy->heard_ms, kept->heard_ms);
    assert_int_equal(copy->declared_ms, kept->declared_ms);
    assert_int_equal(copy->fenced_ms, kept->fenced_ms);
    assert_int_equal(copy->ended_ms, kept->ended_ms);
    assert_int_equal(copy->state, kept->state);
    assert_int_equal(copy->vms->len, 2);
    for (guint i = 0; i < 2; i++) {
        const HaFailoverVm *a = copy->vms->pdata[i], *b = kept->vms->pdata[i];
        assert_string_equal(a->to, b->to);
        assert_int_equal(a->recovered_ms, b->recovered_ms);
    }
    scene_free(&scene);
}

static void records_are_bounded_and_nonsense_is_passed_over(void **state)
{
    g_autoptr(HaFailovers) failovers = ha_failovers_new();
    HaNote note = {.kind = HA_NOTE_VM_RECOVERED, .id = 1, .node = (char *)"node1", .vm = (char *)"vm1"};
    ha_failovers_learn(failovers, &note); /* a beginning nobody heard */
    assert_int_equal(ha_failovers_list(failovers)->len, 0);
    for (guint i = 0; i < 3 * HA_FAILOVERS_KEPT; i++) {
        HaNote begun = {
            .kind = HA_NOTE_FAILOVER_BEGUN, .id = 10 + i, .node = (char *)"node1", .at_ms = 5, .value = G_MAXUINT64};
        ha_failovers_learn(failovers, &begun);
    }
    assert_int_equal(ha_failovers_list(failovers)->len, HA_FAILOVERS_KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failover_is_told_step_by_step),
        cmocka_unit_test(a_host_that_boots_may_take_its_own),
        cmocka_unit_test(a_new_leader_tells_what_it_saw_itself),
        cmocka_unit_test(a_new_leader_goes_on_where_the_old_one_stopped),
        cmocka_unit_test(who_finds_no_place_is_named_with_why),
        cmocka_unit_test(only_the_newest_record_is_completed),
        cmocka_unit_test(a_start_that_is_pending_is_waited_for),
        cmocka_unit_test(an_agent_that_stops_is_no_loss),
        cmocka_unit_test(a_shutdown_in_order_is_no_loss),
        cmocka_unit_test(the_fencing_may_be_over_before_it_is_seen),
        cmocka_unit_test(a_host_that_comes_back_unfenced_ends_it),
        cmocka_unit_test(an_admins_stop_is_not_missed),
        cmocka_unit_test(notes_alone_make_the_same_record),
        cmocka_unit_test(records_are_bounded_and_nonsense_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
