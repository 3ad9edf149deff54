/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "agent/core/plan/ha_balance.h"
#include "agent/core/model/ha_load.h"

#define START_S 1700000000

/* ---- a cluster that runs ---- */

#define N_VMS 60u
#define N_NODES 6u
#define SEEDS 12u

typedef struct {
    HaProblem *problem;
    guint32 base[N_VMS]; /* load, per mille of a core */
    gint64 moved_s[N_VMS];
    HaBalanceState state;
    guint level, moves;
    gint64 now_s;
    HaBalanceVerdict verdict; /* the last one but "waits" */
} World;

static guint64 draw(guint64 *seed, guint64 below)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (*seed >> 33) % below;
}

/* Most VMs on the first two nodes. @even: a node for each in turn. */
static void world_init(World *world, guint level, gboolean even, guint64 seed)
{
    *world = (World){.problem = ha_problem_new(N_NODES, N_VMS), .level = level, .now_s = START_S};
    for (guint32 n = 0; n < N_NODES; n++) {
        world->problem->nodes[n].cores = 16;
        world->problem->nodes[n].mem_mib = 256 * 1024;
    }
    for (guint32 i = 0; i < N_VMS; i++) {
        HaSolveVm *vm = &world->problem->vms[i];
        world->base[i] = even ? 900 : 200 + (guint32)draw(&seed, 1000);
        vm->mem_mib = vm->cost = 2048ull << draw(&seed, 3);
        vm->node = even ? i % N_NODES : (guint32)draw(&seed, draw(&seed, 3) ? 2 : N_NODES);
    }
}

/* The same VMs, so busy that the mean is at @mean_permille of the cores. */
static void world_fill(World *world, guint32 mean_permille)
{
    guint64 sum = 0;
    for (guint32 i = 0; i < N_VMS; i++)
        sum += world->base[i];
    for (guint32 i = 0; i < N_VMS; i++)
        world->base[i] = (guint32)(world->base[i] * (guint64)mean_permille * 16 * N_NODES / sum);
}

/* Five minutes pass; loads differ from their base by at most @noise_percent. Returns: the moves that were made. */
static guint world_pass(World *world, guint noise_percent, guint64 *seed)
{
    world->now_s += 300;
    for (guint32 i = 0; i < N_VMS; i++) {
        guint64 percent = 100 - noise_percent + (noise_percent ? draw(seed, 2 * noise_percent + 1) : 0);
        world->problem->vms[i].load = world->base[i] * percent * 10;
        world->problem->vms[i].fixed =
            world->moved_s[i] && world->now_s - world->moved_s[i] < ha_balance_level(world->level)->cooldown_s;
    }
    g_auto(HaBalanceDecision) decision =
        ha_balance_decide(world->problem, world->level, NULL, &world->state, world->now_s);
    g_autofree char *sentence = ha_balance_sentence(&decision, world->level);
    assert_non_null(sentence);
    if (decision.verdict != HA_BALANCE_WAITS)
        world->verdict = decision.verdict;
    if (decision.verdict != HA_BALANCE_MOVES)
        return 0;
    assert_true(decision.gain_core_s > 0);
    assert_true(decision.solution->moves->len <= ha_balance_level(world->level)->moves_max);
    for (guint i = 0; i < decision.solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(decision.solution->moves, HaSolveMove, i);
        assert_false(world->problem->vms[move->vm].fixed);
        world->problem->vms[move->vm].node = move->to;
        world->moved_s[move->vm] = world->now_s;
    }
    world->moves += decision.solution->moves->len;
    return decision.solution->moves->len;
}

static void a_constant_load_comes_to_rest(void **state)
{
    guint costly = 0;
    for (guint level = HA_BALANCE_LEVEL_MIN; level <= HA_BALANCE_LEVEL_MAX; level++)
        for (guint64 seed = 1; seed <= SEEDS; seed++) {
            World world;
            guint64 noise = seed;
            world_init(&world, level, FALSE, seed);
            if (seed % 2 == 0) /* from half full to overfull */
                world_fill(&world, 500 + (guint32)(seed * 13));
            for (guint i = 0; i < 400; i++)
                world_pass(&world, 0, &noise);
            guint made = world.moves;
            if (level >= 3)
                assert_true(made > 0);
            for (guint i = 0; i < 200; i++) /* cooldowns end: nothing comes back */
                assert_int_equal(world_pass(&world, 0, &noise), 0);
            /* Level, or what is left to gain is not worth its moves. */
            assert_true(level < 3 || world.verdict <= HA_BALANCE_NOT_BUSY || world.verdict == HA_BALANCE_NOT_WORTH);
            costly += world.verdict == HA_BALANCE_NOT_WORTH;
            ha_problem_free(world.problem);
        }
    assert_true(costly < 5); /* of 60 */
}

static void noise_within_the_threshold_moves_nothing(void **state)
{
    for (guint level = HA_BALANCE_LEVEL_MIN; level <= HA_BALANCE_LEVEL_MAX; level++) {
        World world;
        guint64 noise = level;
        world_init(&world, level, TRUE, 1);
        for (guint i = 0; i < 500; i++) /* ten VMs a node, each off by 6 % at most: no node is 15 % above the mean */
            assert_int_equal(world_pass(&world, 6, &noise), 0);
        world_fill(&world, 880); /* nearly full: less counts, and still more than the noise */
        for (guint i = 0; i < 500; i++)
            assert_int_equal(world_pass(&world, 4, &noise), 0);
        ha_problem_free(world.problem);
    }
}

/* No node is 1.4 times the mean, and the busiest has no core left. */
static void a_full_node_is_helped_where_the_mean_is_high(void **state)
{
    World world;
    guint64 noise = 1;
    world_init(&world, HA_BALANCE_LEVEL_DEFAULT, TRUE, 1);
    for (guint32 i = 0; i < N_VMS; i += N_NODES)
        world.base[i] = world.base[i] * 3 / 2;
    world_fill(&world, 780);
    for (guint i = 0; i < 20; i++)
        world_pass(&world, 0, &noise);
    assert_true(world.moves > 0);
    assert_true(ha_problem_load(world.problem).busiest_permille < 900);
    ha_problem_free(world.problem);
}

static void noise_around_the_threshold_does_not_swing(void **state)
{
    for (guint64 seed = 1; seed <= SEEDS; seed++) {
        World world;
        guint64 noise = seed;
        world_init(&world, 3, FALSE, seed);
        for (guint i = 0; i < 100; i++)
            world_pass(&world, 20, &noise);
        guint settled = world.moves;
        for (guint i = 0; i < 1000; i++)
            world_pass(&world, 20, &noise);
        assert_true(world.moves - settled <= 4); /* three and a half days: at most one round more */
        ha_problem_free(world.problem);
    }
}

/* ---- one decision ---- */

static HaProblem *lopsided(void)
{
    HaProblem *problem = ha_problem_new(3, 6);
    for (guint32 n = 0; n < 3; n++) {
        problem->nodes[n].cores = 4;
        problem->nodes[n].mem_mib = 64 * 1024;
    }
    for (guint32 i = 0; i < 6; i++) {
        problem->vms[i].node = i < 5 ? 0 : 1;
        problem->vms[i].mem_mib = problem->vms[i].cost = 1024;
        problem->vms[i].load = 700000;
    }
    return problem;
}

static void it_waits_until_it_lasted_and_heeds_quiet_hours(void **state)
{
    g_autoptr(HaProblem) problem = lopsided();
    HaBalanceState memory = {0};
    HaQuiet quiet;
    g_auto(HaBalanceDecision) first = ha_balance_decide(problem, 3, NULL, &memory, START_S);
    assert_int_equal(first.verdict, HA_BALANCE_WAITS);
    assert_int_equal(first.wait_s, 300);
    g_auto(HaBalanceDecision) soon = ha_balance_decide(problem, 3, NULL, &memory, START_S + 299);
    assert_int_equal(soon.verdict, HA_BALANCE_WAITS);
    assert_true(ha_quiet_parse("00:00-23:59", &quiet));
    g_auto(HaBalanceDecision) hushed = ha_balance_decide(problem, 3, &quiet, &memory, START_S + 300);
    assert_int_equal(hushed.verdict, HA_BALANCE_QUIET);
    g_auto(HaBalanceDecision) now = ha_balance_decide(problem, 3, NULL, &memory, START_S + 301);
    assert_int_equal(now.verdict, HA_BALANCE_MOVES);
    assert_true(now.after.busiest_permille < now.before.busiest_permille);
    g_auto(HaBalanceDecision) again = ha_balance_decide(problem, 3, NULL, &memory, START_S + 302);
    assert_int_equal(again.verdict, HA_BALANCE_WAITS); /* a round at a time */
}

static void an_imbalance_that_goes_is_forgotten(void **state)
{
    g_autoptr(HaProblem) problem = lopsided();
    HaBalanceState memory = {0};
    ha_balance_decide(problem, 3, NULL, &memory, START_S);
    for (guint32 i = 0; i < 6; i++)
        problem->vms[i].load = 100000;
    g_auto(HaBalanceDecision) idle = ha_balance_decide(problem, 3, NULL, &memory, START_S + 200);
    assert_int_equal(idle.verdict, HA_BALANCE_NOT_BUSY);
    for (guint32 i = 0; i < 6; i++)
        problem->vms[i].load = 700000;
    g_auto(HaBalanceDecision) back = ha_balance_decide(problem, 3, NULL, &memory, START_S + 400);
    assert_int_equal(back.verdict, HA_BALANCE_WAITS);
}

static void what_may_not_move_or_is_not_worth_it_stays(void **state)
{
    g_autoptr(HaProblem) problem = lopsided();
    HaBalanceState memory = {.since_s = 1};
    for (guint32 i = 0; i < 6; i++)
        problem->vms[i].cost = 4096 * 1024; /* dirtied as fast as it is sent */
    g_auto(HaBalanceDecision) dear = ha_balance_decide(problem, 3, NULL, &memory, START_S);
    assert_int_equal(dear.verdict, HA_BALANCE_NOT_WORTH);
    assert_true(dear.cost_core_s > dear.gain_core_s);
    for (guint32 i = 0; i < 6; i++)
        problem->vms[i].fixed = TRUE;
    memory.since_s = 1;
    g_auto(HaBalanceDecision) fixed = ha_balance_decide(problem, 3, NULL, &memory, START_S);
    assert_int_equal(fixed.verdict, HA_BALANCE_NO_WAY);
}

static void an_admin_need_not_wait(void **state)
{
    g_autoptr(HaProblem) problem = lopsided();
    g_auto(HaBalanceDecision) asked = ha_balance_ask(problem, 3);
    assert_int_equal(asked.verdict, HA_BALANCE_MOVES);
    for (guint32 i = 0; i < 6; i++)
        problem->vms[i].node = i % 3;
    g_auto(HaBalanceDecision) even = ha_balance_ask(problem, 3);
    assert_int_equal(even.verdict, HA_BALANCE_LEVEL_ENOUGH);
}

/* Load that nothing can move (VMs outside hactl) fills a node like any other. */
static void foreign_load_counts(void **state)
{
    g_autoptr(HaProblem) problem = lopsided();
    for (guint32 i = 0; i < 6; i++)
        problem->vms[i].node = i % 3;
    problem->nodes[2].load_fixed = 2600000;
    HaBalanceState memory = {.since_s = 1};
    g_auto(HaBalanceDecision) decision = ha_balance_decide(problem, 4, NULL, &memory, START_S);
    assert_int_equal(decision.verdict, HA_BALANCE_MOVES);
    for (guint i = 0; i < decision.solution->moves->len; i++)
        assert_int_equal(g_array_index(decision.solution->moves, HaSolveMove, i).from, 2);
}

static void quiet_hours_are_read_strictly(void **state)
{
    static const char *const wrong[] = {
        "", "22:00", "22:00-", "24:00-06:00", "22:60-06:00", "22-06", "22:00-06:00-", "a2:00-06:00"};
    HaQuiet quiet = {7, 7};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_false(ha_quiet_parse(wrong[i], &quiet));
    assert_false(ha_quiet_parse(NULL, &quiet));
    assert_int_equal(quiet.from_min, 7);
    assert_false(ha_quiet_now(&quiet, START_S));
    assert_true(ha_quiet_parse("22:00-06:30", &quiet));
    assert_true(ha_quiet_now(&quiet, 22 * 3600));
    assert_true(ha_quiet_now(&quiet, 86400 + 6 * 3600 + 29 * 60));
    assert_false(ha_quiet_now(&quiet, 6 * 3600 + 30 * 60));
    assert_false(ha_quiet_now(&quiet, 12 * 3600));
}

/* ---- history ---- */

static void history_is_five_minutes(void **state)
{
    g_autoptr(HaLoad) load = ha_load_new();
    assert_int_equal(ha_load_get(load, "vm1", 1000).seconds, 0);
    for (gint64 s = 0; s < 300; s += 2)
        ha_load_put(load, "vm1", 1000000 + s * 1000, s < 150 ? 100 : 300);
    HaLoadFigure figure = ha_load_get(load, "vm1", 1299000);
    assert_in_range(figure.mean_permille, 170, 230);
    assert_int_equal(figure.peak_permille, 300);
    assert_in_range(figure.seconds, 295, 300);
    for (gint64 s = 300; s < 620; s += 2)
        ha_load_put(load, "vm1", 1000000 + s * 1000, 500);
    assert_int_equal(ha_load_get(load, "vm1", 1619000).mean_permille, 500);
    assert_int_equal(ha_load_get(load, "vm1", 1619000).seconds, 300);
    assert_int_equal(ha_load_get(load, "vm1", 3000000).seconds, 0); /* too long ago */
    ha_load_trim(load, 3000000);
    ha_load_put(load, "vm1", 3000000, 40);
    assert_int_equal(ha_load_get(load, "vm1", 3001000).mean_permille, 40);
    assert_int_equal(ha_load_get(load, "vm1", 3001000).seconds, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_load_comes_to_rest),
        cmocka_unit_test(noise_within_the_threshold_moves_nothing),
        cmocka_unit_test(a_full_node_is_helped_where_the_mean_is_high),
        cmocka_unit_test(noise_around_the_threshold_does_not_swing),
        cmocka_unit_test(it_waits_until_it_lasted_and_heeds_quiet_hours),
        cmocka_unit_test(an_imbalance_that_goes_is_forgotten),
        cmocka_unit_test(what_may_not_move_or_is_not_worth_it_stays),
        cmocka_unit_test(an_admin_need_not_wait),
        cmocka_unit_test(foreign_load_counts),
        cmocka_unit_test(quiet_hours_are_read_strictly),
        cmocka_unit_test(history_is_five_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
