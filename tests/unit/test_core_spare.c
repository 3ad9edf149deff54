/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standing check in a core that leads, and requests that would use up the spare capacity. */
#include <string.h>

#include "agent/core/model/ha_sorted.h"
#include "tests/unit/core_bench.h"

#define BIG_MIB 9000u /* two of them fit on no host together */

static void give_needs(Bench *bench, const char *vm, guint64 mem_mib)
{
    HaNeeds *needs = ha_needs_new();
    needs->hash = g_strdup(fixture_vm(bench->world, vm)->definition);
    needs->mem_mib = mem_mib;
    needs->vcpus = 1;
    step(bench, (HaEvent){.kind = HA_EVENT_NEEDS, .needs = needs});
}

static void give_reports(Bench *bench)
{
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        give_report(bench, name);
    }
}

/* vm1 of 9,000 MiB runs on node1 of 16 GiB; vm2, small, beside it. */
static Bench bench_spare(void)
{
    Bench bench = bench_leading();
    fixture_vm(bench.world, "vm1")->mem_mib = BIG_MIB;
    fixture_says(bench.world, "node1", "vm1", HA_VM_RUNNING, BIG_MIB);
    give_needs(&bench, "vm1", BIG_MIB);
    give_reports(&bench);
    fixture_vm(bench.world, "vm1")->group = g_strdup(HA_GROUP_DEFAULT);
    fixture_vm(bench.world, "vm2")->group = g_strdup(HA_GROUP_DEFAULT);
    ha_sorted_put(bench.world->config->groups, ha_group_new(HA_GROUP_DEFAULT));
    give_config(&bench);
    return bench;
}

static void strangers(Bench *bench, guint64 mem_mib)
{
    fixture_says(bench->world, "node2", "stranger2", HA_VM_RUNNING, mem_mib);
    fixture_says(bench->world, "node3", "stranger3", HA_VM_RUNNING, mem_mib);
}

/* Every node reports, every two seconds. Returns: notes of a changed capacity; @ret_note: nullable, the last. */
static guint live(Bench *bench, guint seconds, HaNote **ret_note)
{
    guint n = 0;
    for (guint s = 0; s < seconds; s += 2) {
        bench->now_ms += 2000;
        for (guint i = 1; i <= 3; i++) {
            g_autofree char *name = g_strdup_printf("node%u", i);
            give_report(bench, name);
            n += notes_of(bench, HA_NOTE_CAPACITY);
            if (ret_note && notes_of(bench, HA_NOTE_CAPACITY)) {
                ha_note_free(*ret_note);
                *ret_note = ha_note_copy(effect(bench, HA_EFFECT_NOTE)->note);
            }
        }
    }
    return n;
}

static void a_shortage_is_said_once_and_its_end_once(void **state)
{
    HaNote *note = NULL;
    Bench bench = bench_spare();
    assert_int_equal(live(&bench, 60, NULL), 0); /* nobody says that all is well */
    strangers(&bench, 8000);
    assert_int_equal(live(&bench, 60, &note), 1);
    assert_int_equal(note->value, 1);
    assert_non_null(strstr(note->text, "the loss of node1 would leave 1 of 2 VMs without a place: vm1"));
    assert_int_equal(live(&bench, 60, NULL), 0);
    strangers(&bench, 9000); /* worse is no news */
    assert_int_equal(live(&bench, 60, NULL), 0);
    strangers(&bench, 100);
    assert_int_equal(live(&bench, 60, &note), 1);
    assert_int_equal(note->value, 0);
    ha_note_free(note);
    bench_free(&bench);
}

static void what_does_not_last_is_not_said(void **state)
{
    Bench bench = bench_spare();
    for (guint i = 0; i < 10; i++) {
        strangers(&bench, i % 2 ? 100 : 8000);
        assert_int_equal(live(&bench, 8, NULL), 0);
    }
    strangers(&bench, 8000);
    assert_int_equal(live(&bench, 30, NULL), 1);
    for (guint i = 0; i < 10; i++) {
        strangers(&bench, i % 2 ? 8000 : 100);
        assert_int_equal(live(&bench, 20, NULL), 0);
    }
    bench_free(&bench);
}

static void nobody_looks_when_it_is_off(void **state)
{
    Bench bench = bench_spare();
    ha_config_add_setting(bench.world->config->properties, "hactl-spare-hosts", "0");
    give_config(&bench);
    strangers(&bench, 8000);
    assert_int_equal(live(&bench, 60, NULL), 0);
    assert_null(ha_core_capacity(bench.core));
    bench_free(&bench);
}

/* vm3 of 9,000 MiB is there, stopped: with it each of three hosts would have one that big. */
static Bench bench_full_start(void)
{
    Bench bench = bench_spare();
    strangers(&bench, 100);
    fixture_add(bench.world, "vm3", NULL, BIG_MIB)->wanted_running = FALSE;
    fixture_vm(bench.world, "vm3")->group = g_strdup(HA_GROUP_DEFAULT);
    fixture_says(bench.world, "node3", "stranger3", HA_VM_RUNNING, BIG_MIB);
    give_needs(&bench, "vm3", BIG_MIB);
    give_reports(&bench);
    give_config(&bench);
    return bench;
}

static void start(Bench *bench, gboolean strict)
{
    HaRequest *request = ha_request_new(HA_REQUEST_VM_START, 7);
    request->vm = g_strdup("vm3");
    request->strict = strict;
    step(bench, (HaEvent){.kind = HA_EVENT_REQUEST, .request = request});
}

static void a_strict_start_is_refused(void **state)
{
    Bench bench = bench_full_start();
    start(&bench, TRUE);
    const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
    assert_non_null(answer);
    assert_int_equal(answer->answer, HA_ANSWER_REFUSED);
    assert_non_null(strstr(answer->text, "with it the loss of node1 would leave 1 of 2 VMs without a place: vm1"));
    assert_non_null(strstr(answer->text, "--strict"));
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    bench_free(&bench);
}

static void another_is_done_with_a_warning(void **state)
{
    Bench bench = bench_full_start();
    start(&bench, FALSE);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(change);
    give_done(&bench, change->id, HA_DONE_OK);
    const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
    assert_int_equal(answer->answer, HA_ANSWER_OK);
    assert_non_null(strstr(answer->warning, "with it the loss of node1"));

    bench.now_ms += 10000;
    ask(&bench, HA_REQUEST_VM_STOP, NULL, "vm1"); /* the next answer has none */
    give_done(&bench, effect(&bench, HA_EFFECT_CHANGE)->id, HA_DONE_OK);
    assert_null(effect(&bench, HA_EFFECT_ANSWER)->warning);
    bench_free(&bench);
}

static void a_rule_that_costs_the_spare_place_is_refused(void **state)
{
    Bench bench = bench_spare();
    HaRequest *request = ha_request_new(HA_REQUEST_GROUP_SET, 7);
    request->group = ha_group_new(HA_GROUP_DEFAULT);
    g_ptr_array_add(request->group->only_on, g_strdup("node1"));
    request->group->only_on_strength = HA_RULE_HARD;
    request->strict = TRUE;
    step(&bench, (HaEvent){.kind = HA_EVENT_REQUEST, .request = request});
    const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
    assert_int_equal(answer->answer, HA_ANSWER_REFUSED);
    assert_non_null(strstr(answer->text, "with it the loss of node1 would leave 2 of 2 VMs without a place"));
    assert_non_null(strstr(answer->text, "only on node1"));
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shortage_is_said_once_and_its_end_once),
        cmocka_unit_test(what_does_not_last_is_not_said),
        cmocka_unit_test(nobody_looks_when_it_is_off),
        cmocka_unit_test(a_strict_start_is_refused),
        cmocka_unit_test(another_is_done_with_a_warning),
        cmocka_unit_test(a_rule_that_costs_the_spare_place_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
