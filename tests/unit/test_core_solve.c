/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/core/plan/ha_solve_private.h"

/* ---- building and checking ---- */

static void node(HaProblem *problem, guint32 index, guint64 mem_mib, guint32 cores)
{
    problem->nodes[index].mem_mib = mem_mib;
    problem->nodes[index].cores = cores;
}

/* @load_percent: of a core. */
static void vm(HaProblem *problem, guint32 index, guint32 on, guint64 mem_mib, guint load_percent)
{
    problem->vms[index].node = on;
    problem->vms[index].mem_mib = problem->vms[index].cost = mem_mib;
    problem->vms[index].load = load_percent * 10000ull;
    problem->vms[index].vcpus = 1;
}

static guint64 used_mib(const HaProblem *problem, const guint32 *at, guint32 on)
{
    guint64 used = problem->nodes[on].mem_fixed_mib;
    for (guint32 i = 0; i < problem->n_vms; i++)
        used += at[i] == on ? problem->vms[i].mem_mib : 0;
    return used;
}

static gboolean apart_kept(const HaProblem *problem, const guint32 *at, guint32 moved)
{
    for (guint32 i = 0; i < problem->n_vms; i++)
        if (i != moved && at[i] == at[moved] && problem->vms[i].apart != HA_SOLVE_NONE &&
            problem->vms[i].apart == problem->vms[moved].apart)
            return FALSE;
    return TRUE;
}

/* Executes the plan one move at a time; no hard limit may be passed on the way. Returns: (transfer full) where all are
 * at the end. */
static guint32 *execute(const HaProblem *problem, const HaSolution *solution)
{
    guint32 *at = g_new(guint32, problem->n_vms + 1);
    for (guint32 i = 0; i < problem->n_vms; i++)
        at[i] = problem->vms[i].node;
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, i);
        assert_int_equal(at[move->vm], move->from);
        assert_int_not_equal(move->from, move->to);
        assert_true(problem->nodes[move->to].takes && !problem->nodes[move->to].leaves);
        assert_true(ha_problem_allows(problem, move->vm, move->to));
        assert_false(problem->vms[move->vm].fixed);
        at[move->vm] = move->to;
        assert_true(used_mib(problem, at, move->to) <= problem->nodes[move->to].mem_mib);
        assert_true(apart_kept(problem, at, move->vm));
        if (move->hop != HA_SOLVE_NONE)
            assert_int_equal(g_array_index(solution->moves, HaSolveMove, move->hop).vm, move->vm);
    }
    return at;
}

/* Is the task fulfilled where @at says? Exact, in integers. */
static gboolean is_level(const HaProblem *problem, const guint32 *at, guint32 target_permille)
{
    guint64 total = 0, cores = 0;
    for (guint32 n = 0; n < problem->n_nodes; n++) {
        total += problem->nodes[n].load_fixed;
        cores += problem->nodes[n].takes && !problem->nodes[n].leaves ? problem->nodes[n].cores : 0;
    }
    for (guint32 i = 0; i < problem->n_vms; i++)
        total += problem->vms[i].load;
    for (guint32 n = 0; n < problem->n_nodes; n++) {
        guint64 load = problem->nodes[n].load_fixed;
        for (guint32 i = 0; i < problem->n_vms; i++)
            if (at[i] == n) {
                load += problem->vms[i].load;
                if (problem->nodes[n].leaves)
                    return FALSE;
            }
        if (!problem->nodes[n].leaves && target_permille &&
            load * cores * 1000 > total * target_permille * problem->nodes[n].cores)
            return FALSE;
        if (used_mib(problem, at, n) > problem->nodes[n].mem_mib)
            return FALSE;
    }
    return TRUE;
}

static guint64 draw(guint64 *seed, guint64 below)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (*seed >> 33) % below;
}

/* Nodes of about 70 % full memory, VMs anywhere that they fit. */
static HaProblem *random_problem(guint n_nodes, guint n_vms, guint64 seed)
{
    HaProblem *problem = ha_problem_new(n_nodes, n_vms);
    g_autofree guint32 *at = g_new(guint32, n_vms + 1);
    guint64 total = 0;
    for (guint32 i = 0; i < n_vms; i++) {
        vm(problem, i, HA_SOLVE_NONE, 1024ull << draw(&seed, 4), 10 + (guint)draw(&seed, 300));
        total += problem->vms[i].mem_mib;
        at[i] = HA_SOLVE_NONE;
    }
    for (guint32 n = 0; n < n_nodes; n++)
        node(problem, n, MAX(total * 10 / 7 / n_nodes, 8192), 16);
    for (guint32 i = 0; i < n_vms; i++)
        for (guint tries = 0; tries < 50 && at[i] == HA_SOLVE_NONE; tries++) {
            guint32 on = (guint32)(draw(&seed, 2) ? draw(&seed, n_nodes) : 0);
            if (used_mib(problem, at, on) + problem->vms[i].mem_mib <= problem->nodes[on].mem_mib)
                problem->vms[i].node = at[i] = on;
        }
    for (guint32 i = 0; i < n_vms; i++)
        if (at[i] == HA_SOLVE_NONE)
            problem->vms[i].mem_mib = problem->vms[i].cost = problem->vms[i].load = problem->vms[i].node = 0;
    return problem;
}

/* ---- against the exact optimum, by trying everything ---- */

typedef struct {
    const HaProblem *problem;
    guint32 target, at[16];
    guint best_moves;
    guint64 best_cost;
} Brute;

static void try_all(Brute *brute, guint32 i, guint moves, guint64 cost)
{
    if (moves > brute->best_moves || (moves == brute->best_moves && cost >= brute->best_cost))
        return;
    if (i == brute->problem->n_vms) {
        guint32 executed;
        gint64 paid; /* an order may need stops, or there may be none */
        if (is_level(brute->problem, brute->at, brute->target) &&
            ha_solve_executes(brute->problem, brute->at, &executed, &paid) &&
            (executed < brute->best_moves || (executed == brute->best_moves && (guint64)paid < brute->best_cost))) {
            brute->best_moves = executed;
            brute->best_cost = (guint64)paid;
        }
        return;
    }
    guint32 home = brute->problem->vms[i].node;
    for (guint32 n = 0; n < brute->problem->n_nodes; n++) {
        brute->at[i] = n;
        try_all(brute, i + 1, moves + (n != home), cost + (n != home ? brute->problem->vms[i].cost : 0));
    }
}

static void small_plans_are_optimal(void **state)
{
    for (guint64 seed = 1; seed <= 60; seed++)
        for (guint32 target = 1050; target <= 1250; target += 100) {
            g_autoptr(HaProblem) problem = random_problem(3, 8, seed);
            Brute brute = {.problem = problem, .target = target, .best_moves = 9, .best_cost = G_MAXUINT64};
            try_all(&brute, 0, 0, 0);
            g_autoptr(HaSolution) solution = ha_solve_level(problem, target, 0);
            g_autofree guint32 *at = execute(problem, solution);
            if (brute.best_moves == 9) {
                assert_false(solution->reached);
                continue;
            }
            if (!solution->reached || solution->cost != brute.best_cost || solution->moves->len != brute.best_moves)
                fail_msg("seed %u target %u: %u moves, cost %u, not %u and %u", (guint)seed, target,
                    solution->moves->len, (guint)solution->cost, brute.best_moves, (guint)brute.best_cost);
            assert_true(is_level(problem, at, target));
            assert_true(solution->bound_moves <= brute.best_moves);
            if (solution->bound_moves == brute.best_moves)
                assert_true(solution->bound_cost <= brute.best_cost);
        }
}

/* ---- properties ---- */

static void every_plan_keeps_the_limits_and_is_the_same_again(void **state)
{
    for (guint64 seed = 1; seed <= 20; seed++) {
        g_autoptr(HaProblem) problem = random_problem(6, 50, seed);
        guint32 set = ha_problem_add_set(problem);
        for (guint32 n = 0; n < 4; n++)
            ha_problem_allow(problem, set, n);
        problem->n_apart = 60;
        for (guint32 i = 0; i < problem->n_vms; i++) {
            problem->vms[i].nodes = i % 3 ? HA_SOLVE_NONE : set;
            problem->vms[i].apart = i; /* alone in its set, but for one pair */
            problem->vms[i].fixed = i % 7 == 0;
        }
        for (guint32 i = 1; i < problem->n_vms; i++)
            if (problem->vms[i].node != problem->vms[0].node) {
                problem->vms[i].apart = problem->vms[0].apart;
                break;
            }
        problem->nodes[5].leaves = seed % 2;
        g_autoptr(HaSolution) once = ha_solve_level(problem, 1100, 0);
        g_autoptr(HaSolution) again = ha_solve_level(problem, 1100, 0);
        g_autofree guint32 *at = execute(problem, once);
        assert_int_equal(once->moves->len, again->moves->len);
        assert_memory_equal(once->moves->data, again->moves->data, once->moves->len * sizeof(HaSolveMove));
        if (once->reached) {
            for (guint32 i = 0; i < problem->n_vms; i++)
                assert_false(problem->nodes[at[i]].leaves && !problem->vms[i].fixed);
        }
        g_autoptr(HaSolution) spread = ha_solve_spread(problem, &(HaSpreadWeights){1000, 1000, 1000});
        g_autofree guint32 *even = execute(problem, spread);
    }
}

static void level_clusters_are_left_alone(void **state)
{
    g_autoptr(HaProblem) problem = ha_problem_new(3, 6);
    for (guint32 i = 0; i < 6; i++)
        vm(problem, i, i % 3, 1024, 100);
    for (guint32 n = 0; n < 3; n++)
        node(problem, n, 16384, 8);
    g_autoptr(HaSolution) solution = ha_solve_level(problem, 1050, 0);
    assert_true(solution->reached);
    assert_int_equal(solution->moves->len, 0);
    HaSolveLoad load = ha_problem_load(problem);
    assert_int_equal(load.mean_permille, 250);
    assert_int_equal(load.busiest_permille, 250);
    assert_int_equal(load.spread_permille, 0);
}

/* ---- several steps where one does not fit ---- */

static void one_makes_room_for_another(void **state)
{
    g_autoptr(HaProblem) problem = ha_problem_new(3, 3);
    node(problem, 0, 8192, 8);
    node(problem, 1, 8192, 8);
    node(problem, 2, 4096, 8);
    problem->nodes[0].leaves = TRUE;
    vm(problem, 0, 0, 6144, 100); /* fits nowhere until vm 1 is gone */
    vm(problem, 1, 1, 4096, 100);
    vm(problem, 2, 1, 2048, 100);
    g_autoptr(HaSolution) solution = ha_solve_level(problem, 0, 0);
    g_autofree guint32 *at = execute(problem, solution);
    assert_true(solution->reached);
    assert_int_equal(solution->moves->len, 2);
    assert_int_equal(g_array_index(solution->moves, HaSolveMove, 0).vm, 1);
    assert_int_equal(at[0], 1);
    assert_int_equal(at[1], 2);
}

static void a_swap_goes_by_way_of_a_third(void **state)
{
    static const guint32 to[] = {1, 0, 2, HA_SOLVE_NONE};
    g_autoptr(HaProblem) problem = ha_problem_new(3, 3);
    g_autoptr(GArray) moves = g_array_new(FALSE, FALSE, sizeof(HaSolveMove));
    node(problem, 0, 8192, 4); /* both are full */
    node(problem, 1, 8192, 4);
    node(problem, 2, 8192, 4);
    vm(problem, 0, 0, 8192, 300);
    vm(problem, 1, 1, 6144, 10);
    vm(problem, 2, 2, 2048, 300);
    assert_true(ha_solve_order(problem, to, moves));
    assert_int_equal(moves->len, 3);
    const HaSolveMove *aside = &g_array_index(moves, HaSolveMove, 0);
    assert_int_equal(aside->vm, 1);
    assert_int_equal(aside->to, 2);
    assert_int_equal(aside->hop, 2);
    assert_int_equal(g_array_index(moves, HaSolveMove, 1).vm, 0);
    problem->vms[2].mem_mib = 4096; /* no room for a stop any more */
    g_array_set_size(moves, 0);
    assert_false(ha_solve_order(problem, to, moves));
    assert_int_equal(moves->len, 0);
}

static void who_is_nowhere_is_placed(void **state)
{
    g_autoptr(HaProblem) problem = ha_problem_new(2, 2);
    node(problem, 0, 4096, 8);
    node(problem, 1, 4096, 8);
    vm(problem, 0, 0, 3072, 100);
    vm(problem, 1, HA_SOLVE_NONE, 3072, 100);
    g_autoptr(HaSolution) solution = ha_solve_level(problem, 0, 0);
    assert_true(solution->reached);
    assert_int_equal(solution->moves->len, 1);
    const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, 0);
    assert_int_equal(move->vm, 1);
    assert_int_equal(move->from, HA_SOLVE_NONE);
    assert_int_equal(move->to, 1);
}

static void what_cannot_be_is_said(void **state)
{
    g_autoptr(HaProblem) problem = ha_problem_new(2, 2);
    node(problem, 0, 8192, 8);
    node(problem, 1, 1024, 8);
    problem->nodes[0].leaves = TRUE;
    vm(problem, 0, 0, 4096, 100); /* fits nowhere */
    vm(problem, 1, 0, 1024, 100);
    g_autoptr(HaSolution) solution = ha_solve_level(problem, 0, 0);
    g_autofree guint32 *at = execute(problem, solution);
    assert_false(solution->reached);
}

static void spreading_lowers_the_score(void **state)
{
    static const HaSpreadWeights even = {1000, 1000, 1000};
    for (guint64 seed = 1; seed <= 10; seed++) {
        g_autoptr(HaProblem) problem = random_problem(8, 80, seed);
        g_autofree guint32 *before = g_new(guint32, problem->n_vms + 1);
        for (guint32 i = 0; i < problem->n_vms; i++)
            before[i] = problem->vms[i].node;
        g_autoptr(HaSolution) solution = ha_solve_spread(problem, &even);
        g_autofree guint32 *at = execute(problem, solution);
        assert_true(solution->reached);
        assert_true(ha_solve_score(problem, &even, at) < ha_solve_score(problem, &even, before) / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_plans_are_optimal),
        cmocka_unit_test(every_plan_keeps_the_limits_and_is_the_same_again),
        cmocka_unit_test(level_clusters_are_left_alone),
        cmocka_unit_test(one_makes_room_for_another),
        cmocka_unit_test(a_swap_goes_by_way_of_a_third),
        cmocka_unit_test(who_is_nowhere_is_placed),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(spreading_lowers_the_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
