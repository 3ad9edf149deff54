/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views in, states out: each test is a short film of a cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_job.h"
#include "tests/unit/cli/cli_fixture.h"

#include <string.h>

static CliJobMove *move_of(const CliJob *job, const char *vm)
{
    for (guint i = 0; i < job->moves->len; i++)
        if (g_str_equal(((CliJobMove *)job->moves->pdata[i])->vm, vm))
            return job->moves->pdata[i];
    fail_msg("no move of %s", vm);
    return NULL;
}

static gboolean told(const CliJob *job, const char *text)
{
    for (guint i = 0; i < job->news->len; i++)
        if (strstr(((CliNews *)job->news->pdata[i])->text, text))
            return TRUE;
    return FALSE;
}

static void land(Hactl__ViewVm *vm, const char *node)
{
    vm->state = HA_VM_RUNNING;
    vm->node = (char *)node;
    vm->move = HA_MOVE_NONE;
    vm->move_to = vm->move_from = NULL;
    vm->migration = NULL;
}

static void queue(Hactl__ViewVm *vm)
{
    vm->move = HA_MOVE_QUEUED;
    vm->move_reason = HA_REASON_DRAIN;
}

/* node3 has vm5 and vm6. */
static CliFixture *begin_drain(CliJob **ret_job)
{
    CliFixture *f = cli_fixture_cluster();
    cli_fixture_move(f, "vm5", "node3", "node1");
    cli_fixture_move(f, "vm6", "node3", "node2");
    f->view.nodes[2]->drain = HA_DRAIN_MOVING;
    queue(f->view.vms[4]);
    queue(f->view.vms[5]);
    *ret_job = cli_job_new(CLI_JOB_DRAIN, "node3", NULL, &f->plan, 1000);
    return f;
}

static void a_drain_ends_when_the_node_is_in_standby(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(cli_job_count(job, CLI_MOVE_WAITING), 2);
    cli_fixture_moving(f, f->view.vms[4], "node3", "node1", 256);
    cli_job_update(job, &f->view, 2000);
    assert_int_equal(move_of(job, "vm5")->progress_permille, 500);
    assert_true(told(job, "vm5 moves from node3 to node1 (live)"));
    land(f->view.vms[4], "node1");
    cli_fixture_moving(f, f->view.vms[5], "node3", "node2", 0);
    cli_job_update(job, &f->view, 3600);
    assert_int_equal(move_of(job, "vm5")->duration_ms, 1600);
    assert_true(told(job, "vm5 landed on node1 after 1.6 s (1 of 2)"));
    land(f->view.vms[5], "node2");
    f->view.nodes[2]->drain = HA_DRAIN_SETTLING;
    cli_job_update(job, &f->view, 5000);
    assert_int_equal(job->state, CLI_JOB_RUNNING);
    f->view.nodes[2]->drain = HA_DRAIN_DONE;
    f->view.nodes[2]->standby = TRUE;
    cli_job_update(job, &f->view, 5500);
    assert_int_equal(job->state, CLI_JOB_DONE);
    assert_int_equal(job->ended_ms, 5500);
    assert_true(job->standby);
}

static void the_leaders_time_outranks_the_watchers(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    Hactl__Note *old = cli_fixture_note(f, 7, HA_NOTE_MOVE_LANDED);
    old->vm = (char *)"vm6";
    old->value = 99;
    cli_job_update(job, &f->view, 1500);
    Hactl__Note *note = cli_fixture_note(f, 8, HA_NOTE_MOVE_LANDED);
    note->vm = (char *)"vm5";
    note->value = 1234;
    land(f->view.vms[4], "node1");
    cli_job_update(job, &f->view, 4000);
    assert_int_equal(move_of(job, "vm5")->duration_ms, 1234);
    assert_int_equal(move_of(job, "vm6")->duration_ms, -1); /* an old event is none of ours */
}

static void a_failed_move_is_told_and_tried_again(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    Hactl__ViewVm *vm = f->view.vms[4];
    cli_fixture_moving(f, vm, "node3", "node1", 100);
    cli_job_update(job, &f->view, 2000);
    land(vm, "node3");
    vm->move = HA_MOVE_BLOCKED;
    vm->attempts = 1;
    vm->last_error = (char *)"Connection refused";
    cli_job_update(job, &f->view, 3000);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_RETRYING);
    assert_true(told(job, "Connection refused"));
    queue(vm);
    vm->retry_in_ms = 9000;
    cli_job_update(job, &f->view, 3500);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_RETRYING);
    land(vm, "node2");
    cli_job_update(job, &f->view, 14000);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_LANDED);
    assert_string_equal(move_of(job, "vm5")->to, "node2");
    assert_null(move_of(job, "vm5")->detail);
    assert_int_equal(move_of(job, "vm5")->failures, 1);
}

static void partial_must_hold_before_it_is_believed(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    land(f->view.vms[4], "node1");
    f->view.vms[5]->block = HA_BLOCK_NO_TARGET;
    f->view.nodes[2]->drain = HA_DRAIN_PARTIAL;
    cli_job_update(job, &f->view, 2000);
    f->view.nodes[2]->drain = HA_DRAIN_MOVING;
    cli_job_update(job, &f->view, 4000);
    f->view.nodes[2]->drain = HA_DRAIN_PARTIAL;
    cli_job_update(job, &f->view, 5500);
    assert_int_equal(job->state, CLI_JOB_RUNNING); /* the first sight counts no more */
    cli_job_update(job, &f->view, 5500 + CLI_JOB_SETTLE_MS);
    assert_int_equal(job->state, CLI_JOB_PARTIAL);
    assert_int_equal(move_of(job, "vm6")->state, CLI_MOVE_STAYS);
    assert_non_null(move_of(job, "vm6")->remedy);
    assert_true(told(job, "vm6 can't be moved"));
}

static void a_fresh_plan_explains_what_stays(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    f->view.vms[5]->block = HA_BLOCK_NO_TARGET;
    cli_job_update(job, &f->view, 2000);
    g_autoptr(CliFixture) fresh = cli_fixture_new();
    Hactl__PlanMove *blocked = cli_fixture_move(fresh, "vm6", "node3", NULL);
    blocked->detail = (char *)"node2 lacks 80 MiB";
    blocked->remedy = (char *)"free 80 MiB on node2";
    cli_job_explain(job, &fresh->plan);
    assert_string_equal(move_of(job, "vm6")->detail, "node2 lacks 80 MiB");
    assert_string_equal(move_of(job, "vm6")->remedy, "free 80 MiB on node2");
    assert_null(move_of(job, "vm5")->detail);
}

static void an_undrain_elsewhere_cancels(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    cli_job_update(job, &f->view, 2000);
    f->view.nodes[2]->drain = HA_DRAIN_NONE;
    cli_job_update(job, &f->view, 3000);
    assert_int_equal(job->state, CLI_JOB_RUNNING);
    cli_job_update(job, &f->view, 3000 + CLI_JOB_SETTLE_MS);
    assert_int_equal(job->state, CLI_JOB_CANCELLED);
}

static void views_that_can_not_be_believed_end_nothing(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    cli_job_update(job, &f->view, 2000);
    g_autoptr(CliFixture) blind = cli_fixture_new();
    blind->view.pacemaker = FALSE;
    for (gint64 t = 3000; t < 100000; t += 1000)
        cli_job_update(job, &blind->view, t);
    assert_int_equal(job->state, CLI_JOB_RUNNING);
    assert_false(job->sound);
    assert_int_equal(cli_job_count(job, CLI_MOVE_WAITING), 2);
    assert_true(told(job, "waiting"));
    f->view.nodes[2]->drain = HA_DRAIN_NONE; /* seen once after the gap: not yet believed */
    cli_job_update(job, &f->view, 100000);
    assert_int_equal(job->state, CLI_JOB_RUNNING);
}

static void a_request_that_has_no_effect_fails(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    f->view.nodes[2]->drain = HA_DRAIN_NONE;
    for (gint64 t = 1000; t <= 1000 + CLI_JOB_BEGIN_MS; t += 1000)
        cli_job_update(job, &f->view, t);
    assert_int_equal(job->state, CLI_JOB_FAILED);
}

static void a_vm_that_runs_nowhere_is_told(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    cli_job_update(job, &f->view, 2000);
    f->view.vms[4]->state = HA_VM_ABSENT;
    f->view.vms[4]->node = NULL;
    f->view.vms[5]->state = HA_VM_ABSENT;
    f->view.vms[5]->node = NULL;
    f->view.vms[5]->wanted_running = FALSE;
    cli_job_update(job, &f->view, 2500);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_DOWN);
    assert_int_equal(move_of(job, "vm6")->state, CLI_MOVE_GONE);
    f->view.vms[4]->state = HA_VM_UNKNOWN; /* nobody knows: what was known stands */
    cli_job_update(job, &f->view, 3000);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_DOWN);
}

static void a_vm_that_the_drain_shuts_down_is_told(void **state)
{
    static char *stops[] = {(char *)"vm6"};
    g_autoptr(CliFixture) f = cli_fixture_cluster();
    f->plan.stops = stops;
    f->plan.n_stops = 1;
    f->view.nodes[2]->drain = HA_DRAIN_MOVING;
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_DRAIN, "node3", NULL, &f->plan, 1000);
    f->view.vms[5]->parked = (char *)"node3";
    f->view.vms[5]->wanted_running = FALSE;
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(move_of(job, "vm6")->state, CLI_MOVE_WAITING);
    f->view.vms[5]->state = HA_VM_ABSENT;
    f->view.vms[5]->node = NULL;
    cli_job_update(job, &f->view, 2000);
    assert_int_equal(move_of(job, "vm6")->state, CLI_MOVE_PARKED);
    assert_true(told(job, "vm6 is shut down; it starts again with: hactl undrain node3"));
}

/* The undrain is over when they have been told to start. */
static void an_undrain_waits_for_those_that_were_shut_down(void **state)
{
    g_autoptr(CliFixture) f = cli_fixture_cluster();
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_UNDRAIN, "node3", NULL, NULL, 1000);
    f->view.vms[5]->parked = (char *)"node3";
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(job->candidate, CLI_JOB_RUNNING);
    f->view.vms[5]->parked = NULL;
    cli_job_update(job, &f->view, 2000);
    assert_int_equal(job->state, CLI_JOB_DONE);
}

static void a_rejoin_learns_who_has_left(void **state)
{
    g_autoptr(CliFixture) f = cli_fixture_cluster();
    f->view.nodes[2]->drain = HA_DRAIN_MOVING;
    f->view.vms[4]->node = (char *)"node1";
    queue(f->view.vms[5]);
    Hactl__Note *before = cli_fixture_note(f, 5, HA_NOTE_MOVE_LANDED);
    before->vm = (char *)"vm1";
    Hactl__Note *note = cli_fixture_note(f, 9, HA_NOTE_MOVE_LANDED);
    before->from = note->from = (char *)"node3";
    before->reason = note->reason = HA_REASON_DRAIN;
    note->vm = (char *)"vm5";
    note->to = (char *)"node1";
    note->value = 1500;
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_DRAIN, "node3", NULL, NULL, 1000);
    cli_job_rejoin(job, f->view.notes, f->view.n_notes, note->time_s - 1);
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(job->moves->len, 2);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_LANDED);
    assert_int_equal(move_of(job, "vm5")->duration_ms, 1500);
    assert_int_equal(move_of(job, "vm6")->state, CLI_MOVE_WAITING);
    assert_false(told(job, "vm5"));
}

static CliFixture *begin_return(CliJob **ret_job)
{
    CliFixture *f = cli_fixture_cluster();
    f->view.vms[4]->node = (char *)"node1";
    f->view.vms[5]->node = (char *)"node2";
    cli_fixture_move(f, "vm5", "node1", "node3");
    cli_fixture_move(f, "vm6", "node2", NULL)->detail = (char *)"its storage is away";
    f->view.nodes[2]->drain = HA_DRAIN_DONE; /* the host's view lags behind the answer */
    f->view.nodes[2]->standby = TRUE;
    *ret_job = cli_job_new(CLI_JOB_RETURN, "node3", NULL, &f->plan, 1000);
    return f;
}

static void a_return_keeps_the_plans_reason(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_return(&job);
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(job->state, CLI_JOB_RUNNING);
    f->view.nodes[2]->drain = HA_DRAIN_RETURNING;
    f->view.nodes[2]->standby = FALSE;
    cli_fixture_moving(f, f->view.vms[4], "node1", "node3", 10);
    f->view.vms[4]->move_reason = HA_REASON_RETURN;
    cli_job_update(job, &f->view, 2000);
    land(f->view.vms[4], "node3");
    f->view.nodes[2]->drain = HA_DRAIN_NONE;
    cli_job_update(job, &f->view, 4000);
    cli_job_update(job, &f->view, 4000 + CLI_JOB_SETTLE_MS);
    assert_int_equal(job->state, CLI_JOB_PARTIAL);
    assert_int_equal(move_of(job, "vm5")->state, CLI_MOVE_LANDED);
    assert_string_equal(move_of(job, "vm6")->detail, "its storage is away");
}

static void a_return_of_nothing_is_done(void **state)
{
    g_autoptr(CliFixture) f = cli_fixture_cluster();
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_RETURN, "node3", NULL, &f->plan, 1000);
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(job->state, CLI_JOB_DONE);
}

static void an_undrain_waits_for_what_it_cancels(void **state)
{
    g_autoptr(CliFixture) f = cli_fixture_cluster();
    cli_fixture_moving(f, f->view.vms[4], "node3", "node1", 10);
    g_autoptr(CliJob) job = cli_job_new(CLI_JOB_UNDRAIN, "node3", NULL, NULL, 1000);
    cli_job_update(job, &f->view, 1500);
    assert_int_equal(job->state, CLI_JOB_RUNNING);
    land(f->view.vms[4], "node3");
    cli_job_update(job, &f->view, 2000);
    assert_int_equal(job->state, CLI_JOB_DONE);
}

static void a_migration_lands_or_fails(void **state)
{
    for (guint fails = 0; fails < 2; fails++) {
        g_autoptr(CliFixture) f = cli_fixture_cluster();
        Hactl__ViewVm *vm = f->view.vms[4];
        cli_fixture_move(f, "vm5", "node3", "node1");
        g_autoptr(CliJob) job = cli_job_new(CLI_JOB_MIGRATE, "vm5", "node1", &f->plan, 1000);
        cli_job_update(job, &f->view, 1100);
        assert_int_equal(job->state, CLI_JOB_RUNNING);
        cli_fixture_moving(f, vm, "node3", "node1", 10);
        vm->move_reason = HA_REASON_ADMIN;
        cli_job_update(job, &f->view, 1500);
        land(vm, fails ? "node3" : "node1");
        vm->move = fails ? HA_MOVE_REVOKED : HA_MOVE_LANDED; /* the pin is still there */
        vm->attempts = fails;
        vm->last_error = fails ? (char *)"no route to host" : NULL;
        cli_job_update(job, &f->view, 3000);
        assert_int_equal(job->state, CLI_JOB_RUNNING);
        vm->move = HA_MOVE_NONE;
        cli_job_update(job, &f->view, 3500);
        cli_job_update(job, &f->view, 3500 + CLI_JOB_SETTLE_MS);
        assert_int_equal(job->state, fails ? CLI_JOB_FAILED : CLI_JOB_DONE);
        if (fails)
            assert_string_equal(move_of(job, "vm5")->detail, "no route to host");
    }
}

static void ends_from_outside(void **state)
{
    g_autoptr(CliJob) job = NULL;
    g_autoptr(CliFixture) f = begin_drain(&job);
    cli_job_end(job, CLI_JOB_INTERRUPTED, 5000);
    f->view.nodes[2]->drain = HA_DRAIN_DONE;
    cli_job_update(job, &f->view, 6000);
    assert_int_equal(job->state, CLI_JOB_INTERRUPTED);
    assert_int_equal(job->ended_ms, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drain_ends_when_the_node_is_in_standby),
        cmocka_unit_test(the_leaders_time_outranks_the_watchers),
        cmocka_unit_test(a_failed_move_is_told_and_tried_again),
        cmocka_unit_test(partial_must_hold_before_it_is_believed),
        cmocka_unit_test(a_fresh_plan_explains_what_stays),
        cmocka_unit_test(an_undrain_elsewhere_cancels),
        cmocka_unit_test(views_that_can_not_be_believed_end_nothing),
        cmocka_unit_test(a_request_that_has_no_effect_fails),
        cmocka_unit_test(a_vm_that_runs_nowhere_is_told),
        cmocka_unit_test(a_vm_that_the_drain_shuts_down_is_told),
        cmocka_unit_test(an_undrain_waits_for_those_that_were_shut_down),
        cmocka_unit_test(a_rejoin_learns_who_has_left),
        cmocka_unit_test(a_return_keeps_the_plans_reason),
        cmocka_unit_test(a_return_of_nothing_is_done),
        cmocka_unit_test(an_undrain_waits_for_what_it_cancels),
        cmocka_unit_test(a_migration_lands_or_fails),
        cmocka_unit_test(ends_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
