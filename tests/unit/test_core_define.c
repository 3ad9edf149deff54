/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM gets another definition: what is refused, what Pacemaker reckons with until the next start, who of two wins. */
#include <string.h>

#include "agent/core/ha_define.h"
#include "tests/unit/core_bench.h"

#define UUID "11111111-2222-3333-4444-555555555555"
#define NEW_HASH "4444444444444444444444444444444444444444444444444444444444444444"

static HaNeeds *new_needs(const char *name, const char *uuid, guint64 mem_mib, guint32 vcpus)
{
    HaNeeds *needs = ha_needs_new();
    needs->hash = g_strdup(NEW_HASH);
    needs->name = g_strdup(name);
    needs->uuid = g_strdup(uuid);
    needs->mem_mib = mem_mib;
    needs->vcpus = vcpus;
    return needs;
}

/* ---- may it? ---- */

/* vm1 (512 MiB, uuid UUID) on a host of 16 GiB gets this definition: what does the refusal say? @part: NULL: none. */
static void check_refusal(const char *name, const char *uuid, guint64 mem_mib, const char *local_disk,
    const char *old_local_disk, gboolean allow_local, const char *part)
{
    g_autoptr(HaNeeds) needs = new_needs(name, uuid, mem_mib, 1);
    HaView *view = fixture_new(2);
    HaConfigVm *vm = fixture_add(view, "vm1", "node1", 512);
    fixture_needs(view, "vm1")->uuid = g_strdup(UUID);
    fixture_needs(view, "vm1")->local_disk = g_strdup(old_local_disk);
    needs->local_disk = g_strdup(local_disk);
    g_autofree char *refusal = ha_define_refusal(view, vm, needs, allow_local);
    if (!part != !refusal || (part && !strstr(refusal, part)))
        fail_msg("expected \"%s\", got \"%s\"", part ? part : "nothing", refusal ? refusal : "nothing");
    ha_view_free(view);
}

static void what_may_change_and_what_may_not(void **state)
{
    check_refusal("vm1", UUID, 1024, NULL, NULL, FALSE, NULL);
    check_refusal("vm2", UUID, 512, NULL, NULL, FALSE, "name can't change");
    check_refusal("vm1", "99999999-2222-3333-4444-555555555555", 512, NULL, NULL, FALSE, "uuid can't change");
    check_refusal("vm1", UUID, 16384, NULL, NULL, FALSE, NULL);
    check_refusal("vm1", UUID, 16385, NULL, NULL, FALSE, "no host has that much");
    check_refusal("vm1", UUID, 512, "/a.img", NULL, FALSE, "--allow-local-disk");
    check_refusal("vm1", UUID, 512, "/a.img", NULL, TRUE, NULL);
    check_refusal("vm1", UUID, 512, "/b.img", "/a.img", FALSE, NULL);
}

/* The old definition is lost, yet the host where the VM runs knows who it is. */
static void a_running_vm_vouches_for_its_uuid(void **state)
{
    HaView *view = fixture_new(2);
    HaConfigVm *vm = fixture_add(view, "vm1", "node1", 512);
    g_free(vm->definition);
    vm->definition = g_strnfill(64, 'a');
    ((HaReportVm *)ha_report_find_vm(fixture_report(view, "node1"), "vm1"))->uuid = g_strdup(UUID);
    g_autoptr(HaNeeds) other = new_needs("vm1", "99999999-2222-3333-4444-555555555555", 512, 1);
    g_autoptr(HaNeeds) same = new_needs("vm1", UUID, 512, 1);
    g_autofree char *refusal = ha_define_refusal(view, vm, other, FALSE);
    assert_non_null(refusal);
    assert_null(ha_define_refusal(view, vm, same, FALSE));
    ha_view_free(view);
}

/* ---- its size until the next start ---- */

static void pacemaker_reckons_with_the_larger(void **state)
{
    static const struct {
        HaVmState state; /* on node1; ABSENT: its host says nothing of it */
        gboolean asked;  /* node1 reports at all */
        guint64 runs_with, in_cib, asked_for, expected;
    } table[] = {
        {HA_VM_RUNNING, TRUE, 512, 512, 1024, 1024}, {HA_VM_RUNNING, TRUE, 1024, 1024, 512, 1024},
        {HA_VM_RUNNING, TRUE, 512, 1024, 256, 512}, /* what the CIB said before does not matter */
        {HA_VM_ABSENT, TRUE, 0, 1024, 512, 512},
        {HA_VM_ABSENT, FALSE, 0, 1024, 512, 1024}, /* nobody knows: what the CIB says holds on */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        HaView *view = fixture_new(2);
        HaConfigVm *vm = fixture_add(view, "vm1", "node1", table[i].in_cib);
        g_autoptr(HaNeeds) needs = new_needs("vm1", UUID, table[i].asked_for, 3);
        fixture_says(view, "node1", "vm1", table[i].state, table[i].runs_with);
        if (table[i].state == HA_VM_ABSENT)
            fixture_silent(view, "node1", "vm1");
        if (!table[i].asked)
            fixture_age(view, "node1", HA_REPORT_STALE_MS + 1);
        HaChange *change = ha_define_change(view, vm, needs);
        assert_int_equal(change->kind, HA_CHANGE_VM_DEFINE);
        assert_string_equal(change->vm, "vm1");
        assert_string_equal(change->value, NEW_HASH);
        if (change->mem_mib != table[i].expected)
            fail_msg("line %zu: %" G_GUINT64_FORMAT " MiB", i, change->mem_mib);
        assert_int_equal(change->vcpus, 3);
        ha_change_free(change);
        ha_view_free(view);
    }
}

/* ---- the request ---- */

static void ask_define(Bench *bench, const char *expected, guint64 mem_mib)
{
    HaRequest *request = ha_request_new(HA_REQUEST_VM_DEFINE, 7);
    request->vm = g_strdup("vm1");
    request->by = g_strdup("root@node1");
    request->expected = g_strdup(expected);
    request->needs = new_needs("vm1", NULL, mem_mib, 1);
    step(bench, (HaEvent){.kind = HA_EVENT_REQUEST, .request = request});
}

static void assert_answer(const Bench *bench, HaAnswer answer, const char *part)
{
    const HaEffect *said = effect(bench, HA_EFFECT_ANSWER);
    assert_non_null(said);
    assert_int_equal(said->answer, answer);
    if (!strstr(said->text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, said->text);
}

static void a_new_definition_is_simulated_written_and_told(void **state)
{
    Bench bench = bench_leading();
    ask_define(&bench, fixture_vm(bench.world, "vm1")->definition, 1024);
    const HaEffect *write = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(write);
    assert_true(write->check_pins);
    const HaChange *change = write->changes->pdata[0];
    assert_int_equal(change->kind, HA_CHANGE_VM_DEFINE);
    assert_int_equal(change->mem_mib, 1024);
    give_done(&bench, write->id, HA_DONE_OK);
    assert_answer(&bench, HA_ANSWER_OK, "next start");
    assert_int_equal(notes_of(&bench, HA_NOTE_VM_DEFINED), 1);
    bench_free(&bench);
}

/* Two admins edit at once: both changes were made from the same definition, and the second is told. */
static void the_second_of_two_is_told(void **state)
{
    Bench bench = bench_leading();
    g_autofree char *old = g_strdup(fixture_vm(bench.world, "vm1")->definition);
    ask_define(&bench, old, 1024);
    guint64 id = effect(&bench, HA_EFFECT_CHANGE)->id;
    ask_define(&bench, old, 2048); /* waits for the write before it */
    assert_null(effect(&bench, HA_EFFECT_ANSWER));
    g_free(fixture_vm(bench.world, "vm1")->definition);
    fixture_vm(bench.world, "vm1")->definition = g_strdup(NEW_HASH);
    give_config(&bench);
    step(&bench, (HaEvent){.kind = HA_EVENT_DONE, .effect_id = id, .outcome = HA_DONE_OK});
    gboolean told = FALSE;
    for (guint i = 0; i < bench.effects->len; i++) {
        const HaEffect *one = bench.effects->pdata[i];
        told |= one->kind == HA_EFFECT_ANSWER && one->answer == HA_ANSWER_REFUSED &&
                strstr(one->text, "somebody else") != NULL;
        assert_int_not_equal(one->kind, HA_EFFECT_CHANGE);
    }
    assert_true(told);
    bench_free(&bench);
}

static void a_vm_that_moves_keeps_its_definition(void **state)
{
    Bench bench = bench_leading();
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    give_config(&bench);
    ask_define(&bench, fixture_vm(bench.world, "vm1")->definition, 1024);
    assert_answer(&bench, HA_ANSWER_REFUSED, "is being moved");
    bench_free(&bench);
}

static void what_would_push_others_off_is_refused(void **state)
{
    Bench bench = bench_leading();
    ask_define(&bench, fixture_vm(bench.world, "vm1")->definition, 1024);
    step(&bench, (HaEvent){.kind = HA_EVENT_DONE,
                     .effect_id = effect(&bench, HA_EFFECT_CHANGE)->id,
                     .outcome = HA_DONE_WOULD_MOVE,
                     .text = "vm2"});
    assert_answer(&bench, HA_ANSWER_REFUSED, "restart vm2");
    assert_int_equal(notes_of(&bench, HA_NOTE_VM_DEFINED), 0);
    bench_free(&bench);
}

/* It was made smaller, and still takes what it took; after its restart the rest is given back, once. */
static void what_is_no_longer_taken_is_given_back(void **state)
{
    Bench bench = bench_leading();
    fixture_vm(bench.world, "vm1")->mem_mib = 1024;
    fixture_says(bench.world, "node1", "vm1", HA_VM_RUNNING, 1024);
    give_report(&bench, "node1");
    give_config(&bench);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    fixture_says(bench.world, "node1", "vm1", HA_VM_RUNNING, 512);
    give_report(&bench, "node1");
    const HaEffect *write = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(write);
    assert_int_equal(write->changes->len, 1);
    assert_int_equal(((const HaChange *)write->changes->pdata[0])->mem_mib, 512);
    guint64 id = write->id;
    fixture_vm(bench.world, "vm1")->mem_mib = 512;
    give_config(&bench);
    give_done(&bench, id, HA_DONE_OK);
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_change_and_what_may_not),
        cmocka_unit_test(a_running_vm_vouches_for_its_uuid),
        cmocka_unit_test(pacemaker_reckons_with_the_larger),
        cmocka_unit_test(a_new_definition_is_simulated_written_and_told),
        cmocka_unit_test(the_second_of_two_is_told),
        cmocka_unit_test(a_vm_that_moves_keeps_its_definition),
        cmocka_unit_test(what_would_push_others_off_is_refused),
        cmocka_unit_test(what_is_no_longer_taken_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
