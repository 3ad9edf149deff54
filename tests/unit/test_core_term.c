/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terms: who leads from when, and what a new leader makes of what the last one left. */
#include <string.h>

#include "tests/unit/core_bench.h"

/* ---- terms ---- */

static void writes_bear_the_term_that_was_taken(void **state)
{
    Bench bench = bench_leading();
    ask(&bench, HA_REQUEST_DRAIN, "node1", NULL);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(change);
    assert_int_equal(change->term, 1);
    bench_free(&bench);
}

static void a_lost_term_is_taken_anew(void **state)
{
    Bench bench = bench_leading();
    bench.now_ms += 10000;
    bench.world->config->term = 5; /* somebody led in between */
    give_config(&bench);
    const HaEffect *term = effect(&bench, HA_EFFECT_TERM);
    assert_non_null(term);
    assert_int_equal(term->term, 5);
    bench_free(&bench);
}

static void a_term_that_was_refused_is_not_hammered(void **state)
{
    Bench bench = bench_new();
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    give_done(&bench, effect(&bench, HA_EFFECT_TERM)->id, HA_DONE_REFUSED);
    assert_null(effect(&bench, HA_EFFECT_TERM));
    gint64 at_ms = ha_core_next_deadline(bench.core);
    assert_true(at_ms > bench.now_ms && at_ms <= bench.now_ms + 5000);
    bench.now_ms = at_ms;
    step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
    assert_non_null(effect(&bench, HA_EFFECT_TERM));
    bench_free(&bench);
}

/* Until its word has come round, what the former leader said last may still be on its way. */
static void a_term_begins_when_the_group_has_heard_of_it(void **state)
{
    Bench bench = bench_new();
    HaNote *begun = ha_note_new(HA_NOTE_MOVE_BEGUN), *landed = ha_note_new(HA_NOTE_MOVE_LANDED);
    begun->id = 3;
    landed->id = 4;
    begun->vm = g_strdup("vm1");
    landed->vm = g_strdup("vm1");
    step(&bench, (HaEvent){.kind = HA_EVENT_NOTE, .note = begun});
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    take_term(&bench);
    ask(&bench, HA_REQUEST_DRAIN, "node1", NULL);
    assert_int_equal(bench.effects->len, 0);
    step(&bench, (HaEvent){.kind = HA_EVENT_NOTE, .note = landed});
    assert_int_equal(bench.effects->len, 0);
    hear_leader(&bench);
    assert_non_null(effect(&bench, HA_EFFECT_CHANGE)); /* the request that waited */
    assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_LANDED) + notes_of(&bench, HA_NOTE_MOVE_FAILED), 0);
    bench_free(&bench);
}

static void a_word_that_was_lost_is_said_again(void **state)
{
    Bench bench = bench_new();
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    take_term(&bench);
    gint64 at_ms = ha_core_next_deadline(bench.core);
    assert_true(at_ms > bench.now_ms && at_ms <= bench.now_ms + HA_REPEAT_MS);
    bench.now_ms += HA_REPEAT_MS;
    step(&bench, (HaEvent){.kind = HA_EVENT_TICK});
    assert_int_equal(notes_of(&bench, HA_NOTE_LEADER), 1);
    bench_free(&bench);
}

/* ---- what a dead leader left unsaid ---- */

static void a_move_found_under_way_is_said_to_have_begun(void **state)
{
    Bench bench = bench_new();
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    fixture_place(bench.world, "vm1", "node1")->pending = HA_OP_MIGRATE_TO;
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    take_term(&bench);
    hear_leader(&bench);
    assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_BEGUN), 1);
    give_config(&bench);
    assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_BEGUN), 0);
    bench_free(&bench);
}

static void an_end_that_nobody_said_is_said(void **state)
{
    Bench bench = bench_new();
    HaNote *begun = ha_note_new(HA_NOTE_MOVE_BEGUN);
    begun->id = 3;
    begun->vm = g_strdup("vm1");
    begun->from = g_strdup("node3");
    begun->to = g_strdup("node1");
    step(&bench, (HaEvent){.kind = HA_EVENT_NOTE, .note = begun});
    give_members(&bench, 3, TRUE);
    give_config(&bench);
    take_term(&bench);
    hear_leader(&bench);
    assert_int_equal(notes_of(&bench, HA_NOTE_MOVE_LANDED), 1); /* it runs where it was to go */
    bench_free(&bench);
}

/* The former leader asked for the end of a move that had not begun, and died: with the pin goes the mark, or the VM's
 * next migration would end before it has begun. */
static void a_pin_that_is_revoked_takes_the_cancel_mark_along(void **state)
{
    Bench bench = bench_leading();
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    fixture_node(bench.world, "node2")->state = HA_NODE_OFFLINE;
    give_config(&bench);
    assert_int_equal(((HaChange *)effect(&bench, HA_EFFECT_CHANGE)->changes->pdata[0])->kind, HA_CHANGE_PIN_CLEAR);
    assert_string_equal(effect(&bench, HA_EFFECT_UNCANCEL)->vm, "vm1");
    assert_string_equal(effect(&bench, HA_EFFECT_UNCANCEL)->node, "node1");
    bench_free(&bench);
}

static void a_newcomer_hears_what_was_said_even_before_the_term(void **state)
{
    Bench bench = bench_new();
    HaNote *note = ha_note_new(HA_NOTE_DRAIN_BEGUN);
    note->id = 3;
    step(&bench, (HaEvent){.kind = HA_EVENT_NOTE, .note = note});
    give_members(&bench, 2, TRUE);
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_BEGUN), 0);
    GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify)ha_member_free);
    g_ptr_array_add(members, ha_member_new(1, "node1", 1));
    g_ptr_array_add(members, ha_member_new(2, "node2", 2));
    g_ptr_array_add(members, ha_member_new(3, NULL, 0));
    step(&bench, (HaEvent){.kind = HA_EVENT_MEMBERS, .members = members, .quorate = TRUE});
    assert_int_equal(notes_of(&bench, HA_NOTE_DRAIN_BEGUN), 1);
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_bear_the_term_that_was_taken),
        cmocka_unit_test(a_lost_term_is_taken_anew),
        cmocka_unit_test(a_term_that_was_refused_is_not_hammered),
        cmocka_unit_test(a_term_begins_when_the_group_has_heard_of_it),
        cmocka_unit_test(a_word_that_was_lost_is_said_again),
        cmocka_unit_test(a_move_found_under_way_is_said_to_have_begun),
        cmocka_unit_test(an_end_that_nobody_said_is_said),
        cmocka_unit_test(a_pin_that_is_revoked_takes_the_cancel_mark_along),
        cmocka_unit_test(a_newcomer_hears_what_was_said_even_before_the_term),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
