/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The core as a dialogue: events in, effects out. Each case is a mistake that was made once, or must never be. */
#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "tests/unit/core_bench.h"

/* Pins vm1 to node2, as a migrate request does, and shows it in the CIB. */
static void pin_vm1(Bench *bench)
{
    ask(bench, HA_REQUEST_MIGRATE, "node2", "vm1");
    guint64 id = effect(bench, HA_EFFECT_CHANGE)->id;
    fixture_vm(bench->world, "vm1")->pin = g_strdup("node2");
    give_config(bench);
    give_done(bench, id, HA_DONE_OK);
    assert_int_equal(notes_of(bench, HA_NOTE_MOVE_BEGUN), 1);
}

static void fail_vm1(Bench *bench)
{
    HaConfigPlace *place = fixture_place(bench->world, "vm1", "node1");
    place->failed_migrate_to = TRUE;
    place->exit_reason = g_strdup("refused");
    give_config(bench);
}

/* ---- who may act ---- */

static void without_quorum_nothing_is_done(void **state)
{
    Bench bench = bench_new();
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_members(&bench, 1, FALSE);
    give_config(&bench);
    assert_int_equal(bench.effects->len, 0);
    ask(&bench, HA_REQUEST_DRAIN, "node1", NULL);
    assert_int_equal(bench.effects->len, 0);
    bench_free(&bench);
}

static void who_does_not_lead_only_looks(void **state)
{
    Bench bench = bench_new();
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    g_ptr_array_add(members, ha_member_new(1, "node1", 9));
    g_ptr_array_add(members, ha_member_new(2, "node2", 3));
    step(&bench, (HaEvent){.kind = HA_EVENT_MEMBERS, .members = members, .quorate = TRUE});
    assert_string_equal(ha_core_leader(bench.core), "node2");
    give_config(&bench);
    ask(&bench, HA_REQUEST_DRAIN, "node1", NULL);
    assert_int_equal(bench.effects->len, 0);
    bench_free(&bench);
}

static void each_request_has_one_answer(void **state)
{
    static const struct {
        HaRequestKind kind;
        const char *node, *vm;
        HaAnswer answer;
    } rows[] = {
        {HA_REQUEST_DRAIN, "node9", NULL, HA_ANSWER_UNKNOWN},
        {HA_REQUEST_UNDRAIN, "node9", NULL, HA_ANSWER_UNKNOWN},
        {HA_REQUEST_UNDRAIN, "node1", NULL, HA_ANSWER_OK},
        {HA_REQUEST_MIGRATE, NULL, "vm9", HA_ANSWER_UNKNOWN},
        {HA_REQUEST_MIGRATE, "node9", "vm1", HA_ANSWER_UNKNOWN},
        {HA_REQUEST_MIGRATE, "node1", "vm1", HA_ANSWER_REFUSED},
        {HA_REQUEST_VM_REMOVE, NULL, "vm1", HA_ANSWER_REFUSED},
        {HA_REQUEST_VM_START, NULL, "vm1", HA_ANSWER_OK},
        {HA_REQUEST_VM_STOP, NULL, "vm9", HA_ANSWER_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench bench = bench_leading();
        ask(&bench, rows[i].kind, rows[i].node, rows[i].vm);
        const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
        assert_non_null(answer);
        assert_int_equal(answer->answer, rows[i].answer);
        assert_int_equal(answer->request_id, 7);
        assert_null(effect(&bench, HA_EFFECT_CHANGE));
        bench_free(&bench);
    }
}

static void a_request_waits_for_the_write_before_it(void **state)
{
    Bench bench = bench_leading();
    ask(&bench, HA_REQUEST_DRAIN, "node2", NULL);
    guint64 first = effect(&bench, HA_EFFECT_CHANGE)->id;
    for (guint i = 0; i < HA_REQUESTS_WAITING_MAX; i++) {
        ask(&bench, HA_REQUEST_DRAIN, "node3", NULL);
        assert_int_equal(bench.effects->len, 0);
    }
    ask(&bench, HA_REQUEST_DRAIN, "node3", NULL);
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_REFUSED); /* one too many */
    give_config(&bench);
    give_done(&bench, first, HA_DONE_OK);
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_OK);
    assert_non_null(effect(&bench, HA_EFFECT_CHANGE)); /* the next one */
    bench_free(&bench);
}

static void a_leader_without_a_picture_says_so(void **state)
{
    Bench bench = bench_leading();
    step(&bench, (HaEvent){.kind = HA_EVENT_CONFIG});
    ask(&bench, HA_REQUEST_DRAIN, "node1", NULL);
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_NO_PACEMAKER);
    bench_free(&bench);
}

static void a_write_that_fails_says_nothing_began(void **state)
{
    static const HaOutcome outcomes[] = {HA_DONE_REFUSED, HA_DONE_FAILED, HA_DONE_TIMED_OUT};
    for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        Bench bench = bench_leading();
        ask(&bench, HA_REQUEST_MIGRATE, "node2", "vm1");
        give_done(&bench, effect(&bench, HA_EFFECT_CHANGE)->id, outcomes[i]);
        assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_FAILED);
        assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_BEGUN), 0);
        bench_free(&bench);
    }
}

/* ---- a failed move ---- */

static void a_failure_is_said_once_and_then_cleaned_up(void **state)
{
    Bench bench = bench_leading();
    pin_vm1(&bench);
    fail_vm1(&bench);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_int_equal(((HaChange *)change->changes->pdata[0])->kind, HA_CHANGE_PIN_CLEAR);
    guint64 id = change->id;
    g_clear_pointer(&fixture_vm(bench.world, "vm1")->pin, g_free);
    give_config(&bench); /* shows the pin gone before the answer: no stranger's failure */
    assert_int_equal(bench.effects->len, 0);
    give_done(&bench, id, HA_DONE_OK);
    assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_FAILED), 1);
    assert_string_equal(effect(&bench, HA_EFFECT_CLEANUP)->vm, "vm1");
    assert_int_equal(ha_core_move(bench.core, "vm1").attempts, 1);
    assert_int_equal(ha_core_move(bench.core, "vm1").state, HA_MOVE_REVOKED);
    bench_free(&bench);
}

static void a_job_that_outlives_its_agent_is_ended_first(void **state)
{
    Bench bench = bench_leading();
    pin_vm1(&bench);
    fixture_says(bench.world, "node1", "vm1", HA_VM_MIGRATING, 512);
    give_report(&bench, "node1");
    fail_vm1(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    assert_string_equal(effect(&bench, HA_EFFECT_CANCEL)->node, "node1");
    fixture_says(bench.world, "node1", "vm1", HA_VM_RUNNING, 512);
    give_report(&bench, "node1");
    assert_non_null(effect(&bench, HA_EFFECT_CHANGE));
    bench_free(&bench);
}

/* Between the end of migrate_to and the begin of migrate_from the history has it nowhere. It must not be taken for one
 * that leaves a node that nobody drains: a cancel mark would be left on its new host. */
static void who_has_arrived_is_not_called_back(void **state)
{
    Bench bench = bench_leading();
    HaConfigVm *vm1 = fixture_vm(bench.world, "vm1");
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    pin_vm1(&bench);
    vm1->pin_reason = HA_REASON_DRAIN;
    fixture_place(bench.world, "vm1", "node1")->active = FALSE;
    fixture_silent(bench.world, "node1", "vm1");
    fixture_says(bench.world, "node2", "vm1", HA_VM_RUNNING, 512);
    give_report(&bench, "node1");
    give_report(&bench, "node2");
    give_config(&bench);
    assert_int_equal(ha_core_move(bench.core, "vm1").state, HA_MOVE_PINNED);
    assert_null(effect(&bench, HA_EFFECT_CANCEL));
    bench_free(&bench);
}

/* The same with a stranger's migration: it was pinned to node2, and a standby of node2 sent it on. */
static void who_was_sent_on_is_not_called_back(void **state)
{
    Bench bench = bench_leading();
    pin_vm1(&bench);
    fixture_vm(bench.world, "vm1")->pin_reason = HA_REASON_DRAIN;
    fixture_place(bench.world, "vm1", "node1")->active = FALSE;
    fixture_silent(bench.world, "node1", "vm1");
    fixture_says(bench.world, "node3", "vm1", HA_VM_RUNNING, 512);
    give_report(&bench, "node1");
    give_report(&bench, "node3");
    give_config(&bench);
    assert_int_equal(ha_core_move(bench.core, "vm1").state, HA_MOVE_PINNED);
    assert_null(effect(&bench, HA_EFFECT_CANCEL));
    bench_free(&bench);
}

static void who_arrived_all_the_same_is_made_known_before_the_clean_up(void **state)
{
    Bench bench = bench_leading();
    fixture_silent(bench.world, "node1", "vm1");
    fixture_says(bench.world, "node2", "vm1", HA_VM_RUNNING, 512);
    give_report(&bench, "node1");
    give_report(&bench, "node2");
    fail_vm1(&bench); /* no pin: somebody else's migration */
    const HaEffect *refresh = effect(&bench, HA_EFFECT_PROBE);
    assert_non_null(refresh); /* a clean-up of node1 alone would have Pacemaker start it a second time */
    assert_string_equal(refresh->node, "node2");
    assert_null(effect(&bench, HA_EFFECT_CLEANUP));
    guint64 id = refresh->id;
    fixture_place(bench.world, "vm1", "node2")->active = TRUE;
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    assert_string_equal(effect(&bench, HA_EFFECT_CLEANUP)->vm, "vm1");
    bench_free(&bench);
}

/* Pacemaker tries again at once after each clean-up: without a delay that would go round for ever. */
static void a_strangers_failure_is_cleaned_up_with_a_growing_delay(void **state)
{
    Bench bench = bench_leading();
    gint64 waited_ms = 0;
    for (guint round = 1; round <= 4; round++) {
        gint64 since_ms = bench.now_ms;
        guint said = 0;
        fail_vm1(&bench);
        for (guint i = 0; i < 1000; i++) {
            said += notes_of(&bench, HA_NOTE_MOVE_FAILED);
            if (effect(&bench, HA_EFFECT_CLEANUP))
                break;
            bench.now_ms += 1000;
            for (guint node = 1; node <= 3; node++) {
                g_autofree char *name = g_strdup_printf("node%u", node);
                give_report(&bench, name);
                if (effect(&bench, HA_EFFECT_CLEANUP))
                    break;
                said += notes_of(&bench, HA_NOTE_MOVE_FAILED);
            }
            if (effect(&bench, HA_EFFECT_CLEANUP))
                break;
            step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
        }
        assert_int_equal(said, 1);
        assert_true(bench.now_ms - since_ms > waited_ms);
        waited_ms = bench.now_ms - since_ms;
        give_done(&bench, effect(&bench, HA_EFFECT_CLEANUP)->id, HA_DONE_OK);
        fixture_place(bench.world, "vm1", "node1")->failed_migrate_to = FALSE;
        g_clear_pointer(&fixture_place(bench.world, "vm1", "node1")->exit_reason, g_free);
        give_config(&bench);
    }
    bench_free(&bench);
}

static void a_failure_not_cleaned_up_yet_is_no_candidate(void **state)
{
    Bench bench = bench_leading();
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    fail_vm1(&bench);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(change);
    for (guint i = 0; i < change->changes->len; i++)
        assert_string_not_equal(((HaChange *)change->changes->pdata[i])->vm, "vm1");
    bench_free(&bench);
}

/* ---- waves ---- */

static void two_wishes_move_a_vm_once(void **state)
{
    Bench bench = bench_leading();
    g_free(fixture_vm(bench.world, "vm1")->home);
    fixture_vm(bench.world, "vm1")->home = g_strdup("node3");
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    fixture_node(bench.world, "node3")->wish = (HaWish){.kind = HA_WISH_RETURN, .since_s = 1};
    give_config(&bench);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    guint pins = 0;
    for (guint i = 0; i < change->changes->len; i++) {
        const HaChange *one = change->changes->pdata[i];
        pins += one->kind == HA_CHANGE_PIN_SET && strcmp(one->vm, "vm1") == 0;
    }
    assert_int_equal(pins, 1);
    bench_free(&bench);
}

static void nothing_new_begins_while_a_move_is_in_flight(void **state)
{
    Bench bench = bench_leading();
    pin_vm1(&bench);
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_config(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    fixture_place(bench.world, "vm1", "node1")->pending = HA_OP_MIGRATE_TO;
    give_config(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    bench_free(&bench);
}

static void a_dead_hosts_vms_hold_up_the_standby(void **state)
{
    Bench bench = bench_leading();
    fixture_node(bench.world, "node2")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    fixture_node(bench.world, "node1")->state = HA_NODE_OFFLINE;
    for (guint i = 1; i <= 2; i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i);
        fixture_place(bench.world, name, "node1")->active = FALSE;
        fixture_silent(bench.world, "node1", name);
    }
    give_report(&bench, "node1");
    give_config(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE)); /* Pacemaker may be about to start them on node2 */
    for (guint i = 1; i <= 2; i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i);
        fixture_place(bench.world, name, "node3")->active = TRUE;
        fixture_says(bench.world, "node3", name, HA_VM_RUNNING, 512);
    }
    give_report(&bench, "node3");
    give_config(&bench);
    assert_int_equal(((HaChange *)effect(&bench, HA_EFFECT_CHANGE)->changes->pdata[0])->kind, HA_CHANGE_STANDBY_SET);
    bench_free(&bench);
}

/* Puts a write's pins into the world, and has Pacemaker and the hosts show their VMs landed. */
static void land(Bench *bench, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (change->kind != HA_CHANGE_PIN_SET)
            continue;
        HaConfigVm *vm = fixture_vm(bench->world, change->vm);
        vm->pin = g_strdup(change->node);
        vm->pin_reason = HA_REASON_DRAIN;
        fixture_place(bench->world, change->vm, "node1")->active = FALSE;
        fixture_place(bench->world, change->vm, change->node)->active = TRUE;
        fixture_silent(bench->world, "node1", change->vm);
        fixture_says(bench->world, change->node, change->vm, HA_VM_RUNNING, 512);
    }
}

static const HaChange *only_change(const Bench *bench)
{
    const HaEffect *write = effect(bench, HA_EFFECT_CHANGE);
    assert_non_null(write);
    assert_int_equal(write->changes->len, 1);
    return write->changes->pdata[0];
}

static void unpin(Bench *bench, const char *vm)
{
    guint64 id = effect(bench, HA_EFFECT_CHANGE)->id;
    assert_int_equal(only_change(bench)->kind, HA_CHANGE_PIN_CLEAR);
    assert_string_equal(only_change(bench)->vm, vm);
    g_clear_pointer(&fixture_vm(bench->world, vm)->pin, g_free);
    give_config(bench);
    give_done(bench, id, HA_DONE_OK);
}

/* The scheduler said that one VM would move without its pin: nobody is told "done" while that pin is there. */
static void a_drain_is_done_when_its_last_pin_has_gone(void **state)
{
    Bench bench = bench_leading();
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_config(&bench);
    guint64 id = effect(&bench, HA_EFFECT_CHANGE)->id;
    land(&bench, effect(&bench, HA_EFFECT_CHANGE)->changes);
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        give_report(&bench, name);
    }
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);

    const HaEffect *clear = effect(&bench, HA_EFFECT_CHANGE);
    assert_true(clear->check_pins);
    step(
        &bench, (HaEvent){.kind = HA_EVENT_DONE, .effect_id = clear->id, .outcome = HA_DONE_WOULD_MOVE, .text = "vm2"});
    unpin(&bench, "vm1");
    id = effect(&bench, HA_EFFECT_CHANGE)->id;
    assert_int_equal(only_change(&bench)->kind, HA_CHANGE_STANDBY_SET);
    fixture_node(bench.world, "node1")->standby = TRUE;
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_DONE), 0);
    assert_int_equal(ha_core_drain(bench.core, "node1"), HA_DRAIN_SETTLING);

    bench.now_ms += HA_HELD_PAUSE_MS;
    step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
    unpin(&bench, "vm2");
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_DONE), 1);
    assert_int_equal(ha_core_drain(bench.core, "node1"), HA_DRAIN_DONE);
    bench_free(&bench);
}

static void marks_go_with_what_they_mark(void **state)
{
    Bench bench = bench_leading();
    assert_int_equal(bench.core->vm_marks->len, 2);
    g_ptr_array_set_size(bench.world->config->vms, 1);
    give_config(&bench);
    assert_int_equal(bench.core->vm_marks->len, 1);
    bench_free(&bench);
}

static void assert_goes(const Bench *bench, const char *vm, const char *to)
{
    g_autoptr(HaPlan) plan = ha_core_plan_drain(bench->core, "node1", FALSE);
    for (guint i = 0; i < plan->moves->len; i++) {
        const HaPlanMove *move = plan->moves->pdata[i];
        if (strcmp(move->vm, vm) == 0)
            assert_string_equal(move->to, to);
    }
}

/* What else happens meanwhile changes no target that still holds; a drain asked for anew is planned anew. */
static void a_drain_keeps_the_targets_it_chose(void **state)
{
    Bench bench = bench_leading();
    HaConfigVm *vm3 = fixture_add(bench.world, "vm3", "node1", 512),
               *late = fixture_add(bench.world, "x", "node2", 4096);
    g_free(vm3->definition);
    g_free(late->definition);
    vm3->definition = g_strdup(fixture_vm(bench.world, "vm1")->definition); /* which the core has */
    late->definition = g_strdup(vm3->definition);
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_report(&bench, "node1");
    give_config(&bench);
    assert_goes(&bench, "vm3", "node2");
    give_report(&bench, "node2"); /* x runs there */
    assert_goes(&bench, "vm3", "node2");
    fixture_node(bench.world, "node1")->wish.since_s = 2;
    give_config(&bench);
    assert_goes(&bench, "vm3", "node3");
    fixture_node(bench.world, "node3")->standby = TRUE;
    give_config(&bench);
    assert_goes(&bench, "vm3", "node2");
    bench_free(&bench);
}

/* Each drain is planned by itself; what they begin together must suit together. */
static void two_drains_heed_each_other(void **state)
{
    Bench bench = bench_leading();
    HaGroup *apart = ha_group_new("apart");
    apart->affinity = HA_AFFINITY_APART;
    apart->affinity_strength = HA_RULE_HARD;
    ha_sorted_put(bench.world->config->groups, apart);
    HaConfigVm *vm1 = fixture_vm(bench.world, "vm1"), *vm9 = fixture_add(bench.world, "vm9", "node2", 512);
    g_free(vm1->group);
    g_free(vm9->definition);
    vm1->group = g_strdup("apart");
    vm9->group = g_strdup("apart");
    vm9->definition = g_strdup(vm1->definition);     /* which the core has */
    fixture_vm(bench.world, "vm2")->managed = FALSE; /* it stays, and takes no one's turn */
    fixture_node(bench.world, "node1")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    fixture_node(bench.world, "node2")->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_report(&bench, "node2");
    give_config(&bench);
    const HaEffect *write = effect(&bench, HA_EFFECT_CHANGE);
    guint pinned = 0;
    for (guint i = 0; i < write->changes->len; i++) {
        const HaChange *change = write->changes->pdata[i];
        pinned += change->kind == HA_CHANGE_PIN_SET && (!strcmp(change->vm, "vm1") || !strcmp(change->vm, "vm9"));
    }
    assert_int_equal(pinned, 1); /* there is only node3 for both */
    bench_free(&bench);
}

/* One of its group was recovered where it landed, and they are hard apart: the pin keeps nobody where he belongs. */
static void a_pin_yields_to_a_hard_rule(void **state)
{
    Bench bench = bench_leading();
    HaGroup *apart = ha_group_new("apart");
    apart->affinity = HA_AFFINITY_APART;
    apart->affinity_strength = HA_RULE_HARD;
    ha_sorted_put(bench.world->config->groups, apart);
    fixture_add(bench.world, "vm9", "node2", 512)->group = g_strdup("apart");
    HaConfigVm *vm1 = fixture_vm(bench.world, "vm1");
    g_free(vm1->group);
    vm1->group = g_strdup("apart");
    pin_vm1(&bench);
    fixture_place(bench.world, "vm1", "node1")->active = FALSE;
    fixture_place(bench.world, "vm1", "node2")->active = TRUE;
    fixture_silent(bench.world, "node1", "vm1");
    fixture_says(bench.world, "node2", "vm1", HA_VM_RUNNING, 512);
    give_report(&bench, "node1");
    give_report(&bench, "node2");
    give_config(&bench);
    const HaEffect *clear = effect(&bench, HA_EFFECT_CHANGE);
    assert_true(clear && clear->check_pins);
    step(
        &bench, (HaEvent){.kind = HA_EVENT_DONE, .effect_id = clear->id, .outcome = HA_DONE_WOULD_MOVE, .text = "vm1"});
    bench.now_ms += HA_HELD_PAUSE_MS;
    step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
    assert_false(effect(&bench, HA_EFFECT_CHANGE)->check_pins);
    unpin(&bench, "vm1");
    assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_LANDED), 1);
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_quorum_nothing_is_done),
        cmocka_unit_test(who_does_not_lead_only_looks),
        cmocka_unit_test(each_request_has_one_answer),
        cmocka_unit_test(a_request_waits_for_the_write_before_it),
        cmocka_unit_test(a_leader_without_a_picture_says_so),
        cmocka_unit_test(a_write_that_fails_says_nothing_began),
        cmocka_unit_test(a_failure_is_said_once_and_then_cleaned_up),
        cmocka_unit_test(a_job_that_outlives_its_agent_is_ended_first),
        cmocka_unit_test(who_has_arrived_is_not_called_back),
        cmocka_unit_test(who_was_sent_on_is_not_called_back),
        cmocka_unit_test(who_arrived_all_the_same_is_made_known_before_the_clean_up),
        cmocka_unit_test(a_strangers_failure_is_cleaned_up_with_a_growing_delay),
        cmocka_unit_test(a_failure_not_cleaned_up_yet_is_no_candidate),
        cmocka_unit_test(two_wishes_move_a_vm_once),
        cmocka_unit_test(nothing_new_begins_while_a_move_is_in_flight),
        cmocka_unit_test(a_dead_hosts_vms_hold_up_the_standby),
        cmocka_unit_test(a_drain_is_done_when_its_last_pin_has_gone),
        cmocka_unit_test(a_pin_yields_to_a_hard_rule),
        cmocka_unit_test(a_drain_keeps_the_targets_it_chose),
        cmocka_unit_test(two_drains_heed_each_other),
        cmocka_unit_test(marks_go_with_what_they_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
