/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Balancing by the leader: when it acts, when it holds its hands still, and that it does what the plan said. */
#include "agent/core/ha_explain.h"
#include "agent/core/ha_explain_move.h"

#include <string.h>

#include "tests/unit/core_bench.h"

static void busy(Bench *bench, const char *node, const char *vm, guint32 cpu_permille)
{
    ((HaReportVm *)ha_report_find_vm(fixture_report(bench->world, node), vm))->cpu_permille = cpu_permille;
}

static void reports(Bench *bench)
{
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("node%u", i);
        give_report(bench, name);
    }
}

/* node1, of 8 cores, carries two VMs that take 5.5 of them; the others are idle. */
static Bench lopsided(void)
{
    Bench bench = bench_leading();
    busy(&bench, "node1", "vm1", 3000);
    busy(&bench, "node1", "vm2", 2500);
    bench.world->config->allow_unfenced = TRUE;
    give_config(&bench);
    bench.now_ms += 400000; /* what was said before is forgotten */
    reports(&bench);
    return bench;
}

/* Time passes, in steps of 5 s, until a change is asked for. Returns: seconds, or @max_s. */
static guint until_change(Bench *bench, guint max_s)
{
    for (guint s = 0; s < max_s; s += 5) {
        for (guint i = 1; i <= 3; i++) {
            g_autofree char *name = g_strdup_printf("node%u", i);
            give_report(bench, name);
            if (effect(bench, HA_EFFECT_CHANGE))
                return s;
        }
        bench->now_ms += 5000;
    }
    return max_s;
}

static void it_acts_when_it_lasted_and_not_before(void **state)
{
    Bench bench = lopsided();
    guint s = until_change(&bench, 1000);
    assert_in_range(s, 270, 345);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_int_equal(change->changes->len, 1);
    const HaChange *pin = change->changes->pdata[0];
    assert_int_equal(pin->kind, HA_CHANGE_PIN_SET);
    assert_non_null(strstr(pin->value, "balance"));
    assert_non_null(strstr(pin->value, "by=hactl"));
    assert_int_equal(notes_of(&bench, HA_NOTE_BALANCE), 1);
    bench_free(&bench);
}

static void without_fencing_or_when_off_it_does_nothing(void **state)
{
    Bench bench = lopsided();
    bench.world->config->allow_unfenced = FALSE;
    give_config(&bench);
    assert_int_equal(until_change(&bench, 900), 900);
    bench.world->config->allow_unfenced = TRUE;
    ha_config_add_setting(bench.world->config->properties, "hactl-balance-level", "off");
    give_config(&bench);
    assert_int_equal(until_change(&bench, 900), 900);
    bench_free(&bench);
}

static void during_a_drain_it_waits(void **state)
{
    Bench bench = lopsided();
    HaConfigNode *node = fixture_node(bench.world, "node3"); /* empty, and its standby is not set: it goes on */
    node->wish = (HaWish){.kind = HA_WISH_DRAIN, .since_s = 1};
    give_config(&bench);
    for (guint s = 0; s < 900; s += 5) {
        reports(&bench);
        assert_int_equal(notes_of(&bench, HA_NOTE_BALANCE), 0);
        bench.now_ms += 5000;
    }
    bench_free(&bench);
}

static void while_a_node_is_lost_an_admin_is_refused(void **state)
{
    Bench bench = lopsided();
    fixture_node(bench.world, "node3")->state = HA_NODE_UNCLEAN;
    give_config(&bench);
    ask(&bench, HA_REQUEST_BALANCE, NULL, NULL);
    const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
    assert_int_equal(answer->answer, HA_ANSWER_REFUSED);
    assert_non_null(strstr(answer->text, "node3: it was lost and waits to be fenced"));
    bench_free(&bench);
}

static void what_was_planned_is_what_is_done(void **state)
{
    Bench bench = lopsided();
    g_autoptr(HaPlan) plan = ha_core_plan_balance(bench.core);
    assert_int_equal(plan->moves->len, 1);
    const HaPlanMove *move = plan->moves->pdata[0];
    assert_string_equal(move->from, "node1");
    assert_int_equal(move->reason, HA_REASON_BALANCE);
    assert_int_equal(move->candidates->len, 3);
    assert_non_null(strstr(plan->why, "%"));
    assert_non_null(strstr(move->detail, "CPU of node1"));
    ask(&bench, HA_REQUEST_BALANCE, NULL, NULL);
    assert_int_equal(effect(&bench, HA_EFFECT_ANSWER)->answer, HA_ANSWER_OK);
    const HaEffect *change = effect(&bench, HA_EFFECT_CHANGE);
    assert_non_null(change);
    const HaChange *pin = change->changes->pdata[0];
    assert_string_equal(pin->vm, move->vm);
    assert_string_equal(pin->node, move->to);
    assert_non_null(strstr(pin->value, "by=root@node1"));
    bench_free(&bench);
}

static void level_load_is_answered_with_its_numbers(void **state)
{
    Bench bench = bench_leading();
    ask(&bench, HA_REQUEST_BALANCE, NULL, NULL);
    const HaEffect *answer = effect(&bench, HA_EFFECT_ANSWER);
    assert_int_equal(answer->answer, HA_ANSWER_OK);
    assert_non_null(strstr(answer->text, "0.0 %"));
    assert_null(effect(&bench, HA_EFFECT_CHANGE));
    bench_free(&bench);
}

/* ---- why ---- */

static gboolean any_line(const GPtrArray *lines, const char *text)
{
    for (guint i = 0; i < lines->len; i++)
        if (strstr(lines->pdata[i], text))
            return TRUE;
    return FALSE;
}

static void everything_can_be_explained(void **state)
{
    Bench bench = lopsided();
    g_autoptr(GPtrArray) vm = ha_explain(bench.core, "vm1", NULL);
    assert_non_null(strstr(vm->pdata[0], "vm1 is on node1 (running), with 512 MiB"));
    assert_non_null(strstr(vm->pdata[0], "300.0 %"));
    assert_true(any_line(vm, "node2: could take it: memory"));
    g_autoptr(GPtrArray) here = ha_explain(bench.core, "vm1", "node1");
    assert_non_null(strstr(here->pdata[0], "vm1 is on node1"));
    g_autoptr(GPtrArray) there = ha_explain(bench.core, "vm1", "node3");
    assert_non_null(strstr(there->pdata[0], "nothing forbids vm1 on node3"));
    fixture_node(bench.world, "node3")->standby = TRUE;
    give_config(&bench);
    g_autoptr(GPtrArray) not_there = ha_explain(bench.core, "vm1", "node3");
    assert_non_null(strstr(not_there->pdata[0], "vm1 can't be on node3: the node is in standby"));
    g_autoptr(GPtrArray) node = ha_explain(bench.core, NULL, "node1");
    assert_true(any_line(node, "2 VMs of hactl run there; 1024 of 16384 MiB are taken"));
    assert_true(any_line(node, "balance: "));
    assert_null(ha_explain(bench.core, "vm9", NULL));
    assert_null(ha_explain(bench.core, NULL, "node9"));
    assert_null(ha_explain(bench.core, "vm1", "node9"));
    bench_free(&bench);
}

static void said(Bench *bench, HaNoteKind kind, const char *text, guint64 value)
{
    static guint64 id = (guint64)1 << 40; /* later than anything the bench said */
    HaNote *note = ha_note_new(kind);
    note->id = ++id;
    note->time_s = bench->now_ms / 1000;
    note->vm = g_strdup("vm1");
    note->from = g_strdup("node1");
    note->to = g_strdup("node2");
    note->reason = HA_REASON_DRAIN;
    note->text = g_strdup(text);
    note->others = g_strdup(kind == HA_NOTE_MOVE_BEGUN ? "node3: the node is in standby" : NULL);
    note->value = value;
    assert_true(ha_memory_learn(bench->core->memory, note, bench->now_ms));
    ha_note_free(note);
}

static void a_move_is_explained_by_what_was_noted(void **state)
{
    Bench bench = lopsided();
    g_autoptr(GPtrArray) none = ha_explain_moves(bench.core, "vm1");
    assert_int_equal(none->len, 1);
    assert_non_null(strstr(none->pdata[0], "hactl did not move vm1 in living memory"));
    said(&bench, HA_NOTE_MOVE_BEGUN, "the least full that fits", 0);
    said(&bench, HA_NOTE_MOVE_FAILED, "no route to host", 0);
    said(&bench, HA_NOTE_MOVE_BEGUN, "the only node that fits", 0);
    said(&bench, HA_NOTE_MOVE_LANDED, NULL, 2340);
    said(&bench, HA_NOTE_MOVE_BEGUN, "its home", 0);
    g_autoptr(GPtrArray) moves = ha_explain_moves(bench.core, "vm1");
    assert_int_equal(moves->len, 4);
    assert_non_null(strstr(moves->pdata[0], "vm1 was moved by hactl 3 times"));
    assert_non_null(strstr(moves->pdata[1], "0 s ago from node1 to node2, reason drain: its home; nobody said how"));
    assert_string_equal(moves->pdata[2],
        "0 s ago from node1 to node2, reason drain: the only node that fits; it landed after 2.3 s; "
        "the other nodes when it began: node3: the node is in standby");
    assert_non_null(
        strstr(moves->pdata[3], "the least full that fits; it failed, and the VM ran on where it was: no route"));
    fixture_vm(bench.world, "vm1")->pin = g_strdup("node2");
    give_config(&bench);
    g_autoptr(GPtrArray) under_way = ha_explain_moves(bench.core, "vm1");
    assert_non_null(strstr(under_way->pdata[1], "its home; it is under way: pinned"));
    assert_null(ha_explain_moves(bench.core, "vm9"));
    bench_free(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_acts_when_it_lasted_and_not_before),
        cmocka_unit_test(without_fencing_or_when_off_it_does_nothing),
        cmocka_unit_test(during_a_drain_it_waits),
        cmocka_unit_test(while_a_node_is_lost_an_admin_is_refused),
        cmocka_unit_test(what_was_planned_is_what_is_done),
        cmocka_unit_test(level_load_is_answered_with_its_numbers),
        cmocka_unit_test(everything_can_be_explained),
        cmocka_unit_test(a_move_is_explained_by_what_was_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
