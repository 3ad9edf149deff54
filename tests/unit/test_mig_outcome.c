/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { UNKNOWN, ABSENT, RUNNING, LEAVING, ARRIVING, HELD, SPLIT, STRANGER, N_SIDES };

/* Rows: what the source says; columns: what the target says, in the order of MigSide.
 * T on target, S on source, n nowhere, 2 both, / split, ? unclear. */
static const char *const after_failure[N_SIDES] = {
    /*              ? a R L A H / x */
    [UNKNOWN] = "??TT?T/?",
    [ABSENT] = "?nTT?T/n",
    [RUNNING] = "SS22S2/S",
    [LEAVING] = "??TT?T/?",
    [ARRIVING] = "??TT?T/?",
    [HELD] = "SS22S2/S",
    [SPLIT] = "////////",
    [STRANGER] = "?nTT?T/n",
};

static char letter(MigOutcome outcome)
{
    switch (outcome) {
    case MIG_OUTCOME_ON_TARGET:
        return 'T';
    case MIG_OUTCOME_ON_SOURCE:
        return 'S';
    case MIG_OUTCOME_NOWHERE:
        return 'n';
    case MIG_OUTCOME_BOTH:
        return '2';
    case MIG_OUTCOME_SPLIT:
        return '/';
    case MIG_OUTCOME_UNCLEAR:
        return '?';
    }
    return '!';
}

static void every_pair_is_judged(void **state)
{
    for (int source = 0; source < N_SIDES; source++) {
        for (int target = 0; target < N_SIDES; target++) {
            char got = letter(mig_outcome_judge(FALSE, (MigSide)source, (MigSide)target));

            if (got != after_failure[source][target])
                fail_msg("source %d, target %d: %c", source, target, got);
        }
    }
}

/* libvirt's word for success decides one case only: the source is rid of it and the target is silent. */
static void success_decides_a_silent_target(void **state)
{
    for (int source = 0; source < N_SIDES; source++) {
        for (int target = 0; target < N_SIDES; target++) {
            gboolean decides = (source == ABSENT || source == STRANGER) && target == UNKNOWN;
            char want = decides ? 'T' : after_failure[source][target];

            assert_int_equal(letter(mig_outcome_judge(TRUE, (MigSide)source, (MigSide)target)), want);
        }
    }
}

static void every_outcome_has_a_text(void **state)
{
    for (int outcome = MIG_OUTCOME_ON_TARGET; outcome <= MIG_OUTCOME_UNCLEAR; outcome++)
        assert_true(*mig_outcome_text((MigOutcome)outcome) != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_judged),
        cmocka_unit_test(success_decides_a_silent_target),
        cmocka_unit_test(every_outcome_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
