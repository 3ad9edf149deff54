/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where neither the beam nor the annealing comes to the bound, a wider beam finds what they miss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/bench/plan_case.h"

#define GIB 1024u

/* The narrow beam's plan has as many moves, and sends 412 GiB. */
static void a_wider_beam_finds_the_cheap_plan(void **state)
{
    g_autoptr(PlanCase) it = plan_case_generate(10, 100, PLAN_HOT, 880, 8);
    g_autoptr(HaSolution) solution = ha_solve_level(it->problem, 1050, 0);
    assert_true(solution->reached);
    assert_in_range(solution->moves->len, solution->bound_moves, 11);
    assert_in_range(solution->cost, solution->bound_cost, 200 * GIB);
}

/* What is found at once costs no such effort. */
static void no_effort_is_spent_beyond_the_bound(void **state)
{
    g_autoptr(PlanCase) it = plan_case_generate(32, 1000, PLAN_RANDOM, 650, 4);
    g_autoptr(HaSolution) solution = ha_solve_level(it->problem, 1050, 0);
    assert_int_equal(solution->moves->len, solution->bound_moves);
    assert_int_equal(solution->cost, solution->bound_cost);
    assert_in_range(solution->steps, 1, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wider_beam_finds_the_cheap_plan),
        cmocka_unit_test(no_effort_is_spent_beyond_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
