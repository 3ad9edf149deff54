/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const MigLimits limits = {
    .downtime_start_ms = 300,
    .downtime_max_ms = 2000,
    .deadline_ms = 100000,
    .stall_ms = 10000,
};

typedef struct {
    guint64 at_ms;
    guint iteration;
    guint64 remaining;
    guint64 processed;
    MigActionKind want;
    guint want_downtime_ms;
} Row;

static void play(const MigLimits *l, const Row *rows, gsize n)
{
    MigPolicy policy;

    mig_policy_init(&policy, l);
    for (gsize i = 0; i < n; i++) {
        MigSample sample = {
            .iteration = rows[i].iteration,
            .remaining_bytes = rows[i].remaining,
            .processed_bytes = rows[i].processed,
        };
        MigAction action = mig_policy_step(&policy, &sample, rows[i].at_ms);

        if (action.kind != rows[i].want || action.downtime_ms != rows[i].want_downtime_ms)
            fail_msg("row %zu: got action %d (%u ms)", i, (int)action.kind, action.downtime_ms);
    }
}

static void converging_is_left_alone(void **state)
{
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {500, 1, 700, 310, MIG_ACTION_GO_ON, 0},
        {750, 2, 500, 1010, MIG_ACTION_GO_ON, 0},
        {1000, 3, 250, 1510, MIG_ACTION_GO_ON, 0},
        {1250, 4, 100, 1760, MIG_ACTION_GO_ON, 0},
        {1500, 5, 50, 1860, MIG_ACTION_GO_ON, 0},
    };
    play(&limits, rows, G_N_ELEMENTS(rows));
}

static void flat_passes_climb_the_ladder_to_its_top(void **state)
{
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {500, 2, 990, 1000, MIG_ACTION_GO_ON, 0},
        {600, 2, 400, 1500, MIG_ACTION_GO_ON, 0}, /* within a pass it always shrinks */
        {750, 3, 985, 2000, MIG_ACTION_SET_DOWNTIME, 600},
        {1000, 4, 985, 3000, MIG_ACTION_GO_ON, 0},
        {1250, 5, 1200, 4000, MIG_ACTION_SET_DOWNTIME, 1200},
        {1500, 6, 1200, 5000, MIG_ACTION_GO_ON, 0},
        {1750, 7, 1200, 6000, MIG_ACTION_SET_DOWNTIME, 2000},
        {2000, 8, 1200, 7000, MIG_ACTION_GO_ON, 0},
        {2250, 9, 1200, 8000, MIG_ACTION_GO_ON, 0}, /* the top: nothing left to permit */
        {2500, 11, 1200, 9000, MIG_ACTION_GO_ON, 0},
    };
    play(&limits, rows, G_N_ELEMENTS(rows));
}

static void one_good_pass_starts_the_count_anew(void **state)
{
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {500, 2, 1000, 20, MIG_ACTION_GO_ON, 0},
        {750, 3, 500, 30, MIG_ACTION_GO_ON, 0},
        {1000, 4, 500, 40, MIG_ACTION_GO_ON, 0},
        {1250, 5, 500, 50, MIG_ACTION_SET_DOWNTIME, 600},
    };
    play(&limits, rows, G_N_ELEMENTS(rows));
}

static void last_quarter_permits_the_maximum(void **state)
{
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {7000, 1, 900, 20, MIG_ACTION_GO_ON, 0},
        {14000, 1, 800, 30, MIG_ACTION_GO_ON, 0},
        {23000, 1, 700, 40, MIG_ACTION_GO_ON, 0},
        {32000, 1, 600, 50, MIG_ACTION_GO_ON, 0},
        {41000, 1, 500, 60, MIG_ACTION_GO_ON, 0},
        {50000, 1, 400, 70, MIG_ACTION_GO_ON, 0},
        {59000, 1, 300, 80, MIG_ACTION_GO_ON, 0},
        {68000, 1, 200, 90, MIG_ACTION_GO_ON, 0},
        {74999, 1, 100, 95, MIG_ACTION_GO_ON, 0},
        {75000, 1, 100, 96, MIG_ACTION_SET_DOWNTIME, 2000},
        {75250, 1, 100, 97, MIG_ACTION_GO_ON, 0},
    };
    play(&limits, rows, G_N_ELEMENTS(rows));
}

static void deadline_aborts_and_stays_so(void **state)
{
    MigLimits soon = limits;
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {999, 1, 1000, 20, MIG_ACTION_SET_DOWNTIME, 2000},
        {1000, 1, 1000, 30, MIG_ACTION_ABORT_LATE, 0},
        {1250, 2, 10, 40, MIG_ACTION_ABORT_LATE, 0},
    };
    soon.deadline_ms = 1000;
    play(&soon, rows, G_N_ELEMENTS(rows));
}

static void no_movement_aborts(void **state)
{
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {500, 1, 900, 20, MIG_ACTION_GO_ON, 0},
        {10499, 1, 900, 20, MIG_ACTION_GO_ON, 0},
        {10500, 1, 900, 20, MIG_ACTION_ABORT_STALLED, 0},
    };
    play(&limits, rows, G_N_ELEMENTS(rows));
}

static void late_movement_is_movement(void **state)
{
    static const Row rows[] = {
        {250, 1, 1000, 10, MIG_ACTION_SET_DOWNTIME, 300},
        {10200, 1, 900, 11, MIG_ACTION_GO_ON, 0},
        {20100, 1, 900, 12, MIG_ACTION_GO_ON, 0},
    };
    play(&limits, rows, G_N_ELEMENTS(rows));
}

static void without_numbers_only_the_deadline_counts(void **state)
{
    MigPolicy policy;

    mig_policy_init(&policy, &limits);
    assert_int_equal(mig_policy_step(&policy, NULL, 50000).kind, MIG_ACTION_GO_ON);
    assert_int_equal(mig_policy_step(&policy, NULL, 100000).kind, MIG_ACTION_ABORT_LATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converging_is_left_alone),
        cmocka_unit_test(flat_passes_climb_the_ladder_to_its_top),
        cmocka_unit_test(one_good_pass_starts_the_count_anew),
        cmocka_unit_test(last_quarter_permits_the_maximum),
        cmocka_unit_test(deadline_aborts_and_stays_so),
        cmocka_unit_test(no_movement_aborts),
        cmocka_unit_test(late_movement_is_movement),
        cmocka_unit_test(without_numbers_only_the_deadline_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
