/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs that a drain shuts down: when, which, and what starts them again. */
#include <string.h>

#include "agent/core/plan/ha_park.h"
#include "tests/unit/core_bench.h"

/* ---- which: one VM on node1 ---- */

static const struct {
    const char *what;
    HaEvacuation mode;
    gboolean unmanaged, unwanted, failed;
    const char *parked;
    gboolean stops;
} rows[] = {
    {"of another mode", .mode = HA_EVACUATE_LIVE_RESTART},
    {"of a group that says never", .mode = HA_EVACUATE_NEVER},
    {"of a group that says stop", .mode = HA_EVACUATE_STOP, .stops = TRUE},
    {"that Pacemaker may not touch", .mode = HA_EVACUATE_STOP, .unmanaged = TRUE},
    {"that Pacemaker can't stop", .mode = HA_EVACUATE_STOP, .failed = TRUE},
    {"that an admin is stopping", .mode = HA_EVACUATE_STOP, .unwanted = TRUE},
    {"that is being stopped", .mode = HA_EVACUATE_STOP, .unwanted = TRUE, .parked = "node1", .stops = TRUE},
    {"whose group has changed since", .mode = HA_EVACUATE_LIVE, .unwanted = TRUE, .parked = "node1", .stops = TRUE},
    {"started by hand, not by hactl", .mode = HA_EVACUATE_STOP, .parked = "node1", .stops = TRUE},
};

static void make(HaView *view, gsize row)
{
    HaConfigVm *vm = fixture_add(view, "vm1", "node1", 512);
    HaGroup *group = ha_group_new("office");
    group->evacuation = rows[row].mode;
    g_ptr_array_add(view->config->groups, group);
    vm->group = g_strdup("office");
    vm->managed = !rows[row].unmanaged;
    vm->wanted_running = !rows[row].unwanted;
    vm->parked = g_strdup(rows[row].parked);
    fixture_place(view, "vm1", "node1")->failed = rows[row].failed;
}

static void only_those_whose_group_says_so(void **state)
{
    HaLimits limits = {2, 4, 2, 1, 1};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaView *view = fixture_new(3);
        make(view, i);
        g_autoptr(HaPlan) plan = ha_plan_drain(view, &limits, "node1", TRUE, NULL);
        if (ha_park_stops(view, fixture_vm(view, "vm1"), "node1") != rows[i].stops ||
            plan->stops->len != (rows[i].stops ? 1 : 0) || plan->moves->len != (rows[i].stops ? 0 : 1))
            fail_msg("a VM %s: %u stops, %u moves", rows[i].what, plan->stops->len, plan->moves->len);
        ha_view_free(view);
    }
}

/* ---- when: vm1 is moved, vm2 is shut down ---- */

static Bench bench_draining(void)
{
    Bench bench = bench_leading();
    HaGroup *group = ha_group_new("office");
    group->evacuation = HA_EVACUATE_STOP;
    g_ptr_array_add(bench.world->config->groups, group);
    fixture_vm(bench.world, "vm2")->group = g_strdup("office");
    give_config(&bench);
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_config(&bench);
    return bench;
}

static const HaChange *change(const Bench *bench, HaChangeKind kind)
{
    const HaEffect *write = effect(bench, HA_EFFECT_CHANGE);
    for (guint i = 0; write && i < write->changes->len; i++) {
        const HaChange *one = write->changes->pdata[i];
        if (one->kind == kind)
            return one;
    }
    return NULL;
}

/* The write under way is in, and shown. */
static void written(Bench *bench)
{
    guint64 id = effect(bench, HA_EFFECT_CHANGE)->id;
    give_config(bench);
    give_done(bench, id, HA_DONE_OK);
}

/* vm1 has left for node2, and its pin goes. */
static void let_vm1_land(Bench *bench)
{
    HaConfigVm *vm = fixture_vm(bench->world, "vm1");
    assert_string_equal(change(bench, HA_CHANGE_PIN_SET)->vm, "vm1");
    vm->pin = g_strdup("node2");
    vm->pin_reason = HA_REASON_DRAIN;
    written(bench);
    fixture_place(bench->world, "vm1", "node1")->active = FALSE;
    fixture_place(bench->world, "vm1", "node2")->active = TRUE;
    fixture_silent(bench->world, "node1", "vm1");
    fixture_says(bench->world, "node2", "vm1", HA_VM_RUNNING, 512);
    give_report(bench, "node1");
    give_report(bench, "node2");
    give_config(bench);
    assert_non_null(change(bench, HA_CHANGE_PIN_CLEAR));
    g_clear_pointer(&vm->pin, g_free);
    written(bench);
}

/* vm2 is wanted stopped, and marked. */
static void park_vm2(Bench *bench)
{
    HaConfigVm *vm = fixture_vm(bench->world, "vm2");
    assert_string_equal(change(bench, HA_CHANGE_PARK)->vm, "vm2");
    assert_string_equal(change(bench, HA_CHANGE_PARK)->node, "node1");
    vm->parked = g_strdup("node1");
    vm->wanted_running = FALSE;
    written(bench);
    assert_int_equal(notes_of(bench, HA_NOTE_VM_PARKED), 1);
}

static void let_vm2_stop(Bench *bench)
{
    fixture_place(bench->world, "vm2", "node1")->active = FALSE;
    fixture_silent(bench->world, "node1", "vm2");
    give_report(bench, "node1");
    give_config(bench);
}

static void it_stops_last_and_the_drain_is_done(void **state)
{
    Bench bench = bench_draining();
    assert_null(change(&bench, HA_CHANGE_PARK)); /* vm1's move comes first */
    let_vm1_land(&bench);
    park_vm2(&bench);
    assert_int_equal(ha_core_drain(bench.core, "node1"), HA_DRAIN_MOVING);
    bench.now_ms += 60000; /* its guest takes its time: the drain waits, and is not partial */
    step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_PARTIAL), 0);
    let_vm2_stop(&bench);
    assert_non_null(change(&bench, HA_CHANGE_STANDBY_SET));
    fixture_node(bench.world, "node1")->standby = TRUE;
    written(&bench);
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_DONE), 1);
    assert_int_equal(ha_core_drain(bench.core, "node1"), HA_DRAIN_DONE);
    bench_free(&bench);
}

/* A drain's deadline begins nothing more, this neither. */
static void after_the_deadline_it_stays(void **state)
{
    Bench bench = bench_draining();
    let_vm1_land(&bench);
    HaWish *wish = &fixture_node(bench.world, "node1")->wish;
    give_done(&bench, effect(&bench, HA_EFFECT_CHANGE)->id, HA_DONE_REFUSED);
    wish->deadline_s = bench.now_ms / 1000;
    bench.now_ms += 1000;
    give_config(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    bench.now_ms += HA_STABLE_MS;
    step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_PARTIAL), 1);
    bench_free(&bench);
}

/* ---- the way back ---- */

static Bench bench_parked(void)
{
    Bench bench = bench_draining();
    let_vm1_land(&bench);
    park_vm2(&bench);
    let_vm2_stop(&bench);
    fixture_node(bench.world, "node1")->standby = TRUE;
    written(&bench);
    return bench;
}

static void the_undrain_starts_it(void **state)
{
    Bench bench = bench_parked();
    ask(&bench, HA_REQUEST_UNDRAIN, "node1", NULL);
    assert_null(change(&bench, HA_CHANGE_UNPARK));
    fixture_node(bench.world, "node1")->standby = FALSE;
    fixture_node(bench.world, "node1")->wish = (HaWish){0};
    written(&bench);
    assert_string_equal(effect(&bench, HA_EFFECT_ANSWER)->text, "node1 is in service; vm2 starts again");
    assert_string_equal(change(&bench, HA_CHANGE_UNPARK)->vm, "vm2");
    fixture_vm(bench.world, "vm2")->wanted_running = TRUE;
    g_clear_pointer(&fixture_vm(bench.world, "vm2")->parked, g_free);
    written(&bench);
    assert_int_equal(notes_of(&bench, HA_NOTE_VM_UNPARKED), 1);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    bench_free(&bench);
}

/* Whoever leads by then finds the mark; also where the wish or the node itself was removed by other means. */
static void a_new_leader_starts_it(void **state)
{
    Bench bench = bench_new();
    fixture_vm(bench.world, "vm2")->wanted_running = FALSE;
    fixture_vm(bench.world, "vm2")->parked = g_strdup("node9");
    fixture_place(bench.world, "vm2", "node1")->active = FALSE;
    fixture_silent(bench.world, "node1", "vm2");
    give_report(&bench, "node1");
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    take_term(&bench);
    hear_leader(&bench);
    assert_string_equal(change(&bench, HA_CHANGE_UNPARK)->vm, "vm2");
    bench_free(&bench);
}

static void an_admins_word_counts(void **state)
{
    static const struct {
        HaRequestKind kind;
        gboolean running;
    } words[] = {{HA_REQUEST_VM_START, TRUE}, {HA_REQUEST_VM_STOP, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        Bench bench = bench_parked();
        ask(&bench, words[i].kind, NULL, "vm2");
        assert_int_equal(change(&bench, HA_CHANGE_ROLE_SET)->running, words[i].running);
        bench_free(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_those_whose_group_says_so),
        cmocka_unit_test(it_stops_last_and_the_drain_is_done),
        cmocka_unit_test(after_the_deadline_it_stays),
        cmocka_unit_test(the_undrain_starts_it),
        cmocka_unit_test(a_new_leader_starts_it),
        cmocka_unit_test(an_admins_word_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
