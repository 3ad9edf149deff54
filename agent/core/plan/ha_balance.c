/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/plan/ha_balance.h"

#include <string.h>

#define HORIZON_S 1800u    /* how long a gain is counted: loads change */
#define CORE_S_PER_GIB 20u /* 10 s to send it, a core busy at each end */
#define DAY_MIN (24u * 60u)
#define FULL_PERMILLE 900u /* of its cores: from here on VMs wait for each other */

static const HaBalanceLevel levels[HA_BALANCE_LEVEL_MAX + 1] = {
    [1] = {"conservative", 2000, 1500, 800, 900, 2, 4 * 3600, 4000},
    [2] = {"cautious", 1600, 1300, 650, 600, 3, 2 * 3600, 3000},
    [3] = {"moderate", 1400, 1200, 500, 300, 4, 3600, 2000},
    [4] = {"active", 1250, 1150, 350, 180, 8, 1800, 1500},
    [5] = {"aggressive", 1150, 1080, 200, 60, 16, 600, 1000},
};

const HaBalanceLevel *ha_balance_level(guint level)
{
    g_assert(level >= HA_BALANCE_LEVEL_MIN && level <= HA_BALANCE_LEVEL_MAX);
    return &levels[level];
}

static const char *const words[HA_BALANCE_VERDICTS] = {
    [HA_BALANCE_LEVEL_ENOUGH] = "level",
    [HA_BALANCE_NOT_BUSY] = "not-busy",
    [HA_BALANCE_WAITS] = "waits",
    [HA_BALANCE_QUIET] = "quiet",
    [HA_BALANCE_NO_WAY] = "no-way",
    [HA_BALANCE_NOT_WORTH] = "not-worth",
    [HA_BALANCE_MOVES] = "moves",
};

const char *ha_balance_verdict_word(HaBalanceVerdict verdict)
{
    g_assert(verdict < HA_BALANCE_VERDICTS);
    return words[verdict];
}

/* ---- quiet hours ---- */

static gboolean parse_minute(const char *text, guint *ret_minute)
{
    if (strlen(text) != 5 || text[2] != ':' || !g_ascii_isdigit(text[0]) || !g_ascii_isdigit(text[1]) ||
        !g_ascii_isdigit(text[3]) || !g_ascii_isdigit(text[4]))
        return FALSE;
    guint hour = (guint)(text[0] - '0') * 10 + (guint)(text[1] - '0');
    guint minute = (guint)(text[3] - '0') * 10 + (guint)(text[4] - '0');
    if (hour > 23 || minute > 59)
        return FALSE;
    *ret_minute = hour * 60 + minute;
    return TRUE;
}

gboolean ha_quiet_parse(const char *text, HaQuiet *ret_quiet)
{
    HaQuiet quiet;
    if (!text)
        return FALSE;
    g_auto(GStrv) ends = g_strsplit(text, "-", -1);
    if (g_strv_length(ends) != 2 || !parse_minute(ends[0], &quiet.from_min) || !parse_minute(ends[1], &quiet.to_min))
        return FALSE;
    *ret_quiet = quiet;
    return TRUE;
}

gboolean ha_quiet_now(const HaQuiet *quiet, gint64 now_s)
{
    guint minute = (guint)(now_s / 60 % DAY_MIN);
    if (quiet->from_min <= quiet->to_min)
        return minute >= quiet->from_min && minute < quiet->to_min;
    return minute >= quiet->from_min || minute < quiet->to_min;
}

/* ---- gain and cost ---- */

/* Cores' worth of load above what a node would have if all had the same, in micro-cores, over all nodes that stay. */
static guint64 above_mean(const HaProblem *problem, const HaSolveLoad *load, const guint32 *at)
{
    g_autofree guint64 *on = g_new0(guint64, problem->n_nodes + 1);
    guint64 above = 0;
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        if (at[vm] < problem->n_nodes)
            on[at[vm]] += problem->vms[vm].load;
    for (guint32 node = 0; node < problem->n_nodes; node++) {
        guint64 mean = (guint64)problem->nodes[node].cores * load->mean_permille * 1000;
        guint64 has = on[node] + problem->nodes[node].load_fixed;
        if (problem->nodes[node].takes && !problem->nodes[node].leaves && has > mean)
            above += has - mean;
    }
    return above;
}

static guint32 *places(const HaProblem *problem)
{
    guint32 *at = g_new(guint32, problem->n_vms + 1);
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        at[vm] = problem->vms[vm].node;
    return at;
}

/* Figures of @decision->solution: what it gains, what it costs, how the load lies afterwards. */
static void weigh(const HaProblem *problem, HaBalanceDecision *decision)
{
    g_autofree guint32 *at = places(problem);
    g_autofree HaSolveVm *vms = g_memdup2(problem->vms, (problem->n_vms + 1) * sizeof *vms);
    HaProblem afterwards = *problem;
    guint64 before = above_mean(problem, &decision->before, at), cost_mib = 0;
    for (guint i = 0; i < decision->solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(decision->solution->moves, HaSolveMove, i);
        at[move->vm] = vms[move->vm].node = move->to;
        cost_mib += problem->vms[move->vm].cost;
    }
    guint64 after = above_mean(problem, &decision->before, at);
    afterwards.vms = vms;
    decision->after = ha_problem_load(&afterwards);
    decision->gain_core_s = before > after ? (before - after) * HORIZON_S / 1000000 : 0;
    decision->cost_core_s = cost_mib * CORE_S_PER_GIB / 1024;
}

/* A round takes the first of the moves; a stop on the way is never the last one. */
static void shorten(HaBalanceDecision *decision, guint32 moves_max)
{
    GArray *moves = decision->solution->moves;
    guint keep = MIN(moves->len, moves_max);
    for (gboolean cut = TRUE; cut && keep;) {
        cut = FALSE;
        for (guint i = 0; i < keep; i++)
            if (g_array_index(moves, HaSolveMove, i).hop != HA_SOLVE_NONE &&
                g_array_index(moves, HaSolveMove, i).hop >= keep) {
                keep = i;
                cut = TRUE;
                break;
            }
    }
    g_array_set_size(moves, keep);
}

/* ---- the decision ---- */

/* From where on something is done, and how far; of the mean. */
typedef struct {
    guint32 trigger_permille, target_permille;
} Bounds;

/* Where the mean is high, the busiest node is full before it is far above it: there a smaller imbalance counts, and is
 * levelled further. Either way the target lies below the trigger. */
static Bounds bounds_for(const HaSolveLoad *load, const HaBalanceLevel *level)
{
    if (load->busiest_permille < FULL_PERMILLE)
        return (Bounds){level->trigger_permille, level->target_permille};
    return (Bounds){level->target_permille, (1000 + level->target_permille) / 2};
}

static gboolean imbalanced(const HaSolveLoad *load, Bounds bounds)
{
    return (guint64)load->busiest_permille * 1000 > (guint64)load->mean_permille * bounds.trigger_permille;
}

/* The lowest target that can be reached at all is taken where the level's own can't: better half than nothing. */
static HaSolution *solve(const HaProblem *problem, guint32 target_permille, const HaSolveLoad *load)
{
    guint32 have = load->mean_permille ? (guint32)((guint64)load->busiest_permille * 1000 / load->mean_permille) : 1000;
    HaSolution *solution = NULL;
    for (guint32 target = target_permille; target < have; target += (have - target + 3) / 4 + 10) {
        ha_solution_free(solution);
        solution = ha_solve_level(problem, target, 0);
        if (solution->reached && solution->moves->len)
            return solution;
    }
    if (solution)
        g_array_set_size(solution->moves, 0);
    return solution;
}

HaBalanceDecision ha_balance_decide(
    const HaProblem *problem, guint level_number, const HaQuiet *quiet, HaBalanceState *state, gint64 now_s)
{
    const HaBalanceLevel *level = ha_balance_level(level_number);
    HaBalanceDecision decision = {.before = ha_problem_load(problem)};
    decision.after = decision.before;
    Bounds bounds = bounds_for(&decision.before, level);
    gboolean over = imbalanced(&decision.before, bounds),
             busy = decision.before.busiest_permille >= level->busy_permille;
    if (!over || !busy) {
        state->since_s = 0;
        decision.verdict = over ? HA_BALANCE_NOT_BUSY : HA_BALANCE_LEVEL_ENOUGH;
        return decision;
    }
    if (!state->since_s)
        state->since_s = now_s;
    decision.wait_s = state->since_s + level->lasting_s - now_s;
    if (decision.wait_s > 0) {
        decision.verdict = HA_BALANCE_WAITS;
        return decision;
    }
    decision.wait_s = 0;
    if (quiet && ha_quiet_now(quiet, now_s)) {
        decision.verdict = HA_BALANCE_QUIET;
        return decision;
    }
    state->since_s = now_s; /* whatever comes of it: the next decision waits again */
    decision.solution = solve(problem, bounds.target_permille, &decision.before);
    if (decision.solution)
        shorten(&decision, level->moves_max);
    if (!decision.solution || !decision.solution->moves->len) {
        decision.verdict = HA_BALANCE_NO_WAY;
        return decision;
    }
    weigh(problem, &decision);
    /* Each round lessens what lies above the mean: with constant load the rounds come to an end. */
    decision.verdict = decision.gain_core_s * 1000 > decision.cost_core_s * level->worth_permille
                           ? HA_BALANCE_MOVES
                           : HA_BALANCE_NOT_WORTH;
    return decision;
}

HaBalanceDecision ha_balance_ask(const HaProblem *problem, guint level_number)
{
    const HaBalanceLevel *level = ha_balance_level(level_number);
    HaBalanceDecision decision = {.before = ha_problem_load(problem), .verdict = HA_BALANCE_LEVEL_ENOUGH};
    decision.after = decision.before;
    Bounds bounds = bounds_for(&decision.before, level);
    if ((guint64)decision.before.busiest_permille * 1000 <=
        (guint64)decision.before.mean_permille * bounds.target_permille)
        return decision;
    decision.solution = solve(problem, bounds.target_permille, &decision.before);
    decision.verdict = decision.solution && decision.solution->moves->len ? HA_BALANCE_MOVES : HA_BALANCE_NO_WAY;
    if (decision.verdict == HA_BALANCE_MOVES)
        weigh(problem, &decision);
    return decision;
}

void ha_balance_decision_clear(HaBalanceDecision *decision)
{
    g_clear_pointer(&decision->solution, ha_solution_free);
}

/* ---- words ---- */

static char *lie(const HaSolveLoad *load)
{
    return g_strdup_printf("the busiest node is at %u.%u %% CPU, the mean is %u.%u %%", load->busiest_permille / 10,
        load->busiest_permille % 10, load->mean_permille / 10, load->mean_permille % 10);
}

char *ha_balance_sentence(const HaBalanceDecision *decision, guint level_number)
{
    const HaBalanceLevel *level = ha_balance_level(level_number);
    g_autofree char *before = lie(&decision->before);
    switch (decision->verdict) {
    case HA_BALANCE_LEVEL_ENOUGH:
        return g_strdup_printf("%s: level enough for %s", before, level->word);
    case HA_BALANCE_NOT_BUSY:
        return g_strdup_printf(
            "%s: uneven, but below %u %% a node has enough for its VMs", before, level->busy_permille / 10);
    case HA_BALANCE_WAITS:
        return g_strdup_printf(
            "%s: uneven, and is waited for: it must last another %" G_GINT64_FORMAT " s", before, decision->wait_s);
    case HA_BALANCE_QUIET:
        return g_strdup_printf("%s: uneven, and these are quiet hours", before);
    case HA_BALANCE_NO_WAY:
        return g_strdup_printf("%s: uneven, but no VM that may be moved fits where it would help", before);
    case HA_BALANCE_NOT_WORTH:
        return g_strdup_printf("%s: uneven, but %u moves would cost %" G_GUINT64_FORMAT
                               " core-seconds and gain %" G_GUINT64_FORMAT,
            before, decision->solution->moves->len, decision->cost_core_s, decision->gain_core_s);
    case HA_BALANCE_MOVES:
        return g_strdup_printf("%s: %u moves bring it to %u.%u %%, gain %" G_GUINT64_FORMAT
                               " core-seconds in half an hour and cost %" G_GUINT64_FORMAT,
            before, decision->solution->moves->len, decision->after.busiest_permille / 10,
            decision->after.busiest_permille % 10, decision->gain_core_s, decision->cost_core_s);
    case HA_BALANCE_VERDICTS:
        break;
    }
    g_assert_not_reached();
}
