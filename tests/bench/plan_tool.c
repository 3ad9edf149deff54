/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan-tool - the planner's engine on clusters in files, for tests/bench/planner. Not installed.
 *   generate DIR NODES VMS PATTERN FULL_PERMILLE SEED
 *   level DIR TARGET [EFFORT]   moves "VM FROM TO", a line each; then one JSON object about the plan
 *   spread DIR             the same for ha_solve_spread
 *   replan DIR TARGET      how long a new plan takes after one node's change
 *   moves DIR TARGET FILE OUT   carry out the moves in FILE ("VM TO" a line) and judge them; OUT: nullable "-", else a
 * directory lp DIR TARGET [MOVES]  the exact problem in LP format: fewest moves, or with MOVES given the least GiB with
 * so many hbal DIR | util DIR    Ganeti's text format, and its file of dynamic load
 */
#include <err.h>
#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/bench/plan_case.h"

static const HaSpreadWeights even = {1000, 1000, 1000};

static PlanCase *load(const char *dir)
{
    g_autoptr(GError) error = NULL;
    PlanCase *it = plan_case_load(dir, &error);
    if (!it)
        errx(1, "%s", error->message);
    return it;
}

static guint32 permille(const char *target)
{
    return (guint32)lround(g_ascii_strtod(target, NULL) * 1000);
}

/* CPU time, so far: what others do on the machine is not the plan's. */
static gint64 cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

/* ---- judging ---- */

typedef struct {
    guint moves;
    double gib, busiest; /* busiest: load over the mean */
    guint to_target;     /* moves until the busiest was at the target for good; 0 never */
    gboolean overfull;   /* some node's memory was passed on the way */
} Verdict;

static double busiest_over_mean(const HaProblem *problem)
{
    g_autofree double *on = g_new0(double, problem->n_nodes);
    double total = 0, cores = 0, worst = 0;
    for (guint i = 0; i < problem->n_vms; i++) {
        on[problem->vms[i].node] += (double)problem->vms[i].load;
        total += (double)problem->vms[i].load;
    }
    for (guint i = 0; i < problem->n_nodes; i++)
        cores += problem->nodes[i].takes ? problem->nodes[i].cores : 0;
    for (guint i = 0; i < problem->n_nodes; i++) {
        if (problem->nodes[i].takes)
            worst = MAX(worst, on[i] / problem->nodes[i].cores / (total / cores));
        else if (on[i] > 0)
            worst = INFINITY;
    }
    return worst;
}

/* Carries the move out in @problem. */
static void carry_out(HaProblem *problem, guint32 vm, guint32 to, double target, Verdict *verdict)
{
    guint64 used = problem->vms[vm].mem_mib;
    for (guint i = 0; i < problem->n_vms; i++)
        used += problem->vms[i].node == to ? problem->vms[i].mem_mib : 0;
    verdict->overfull |= used > problem->nodes[to].mem_mib || !problem->nodes[to].takes;
    problem->vms[vm].node = to;
    verdict->moves++;
    verdict->gib += (double)problem->vms[vm].mem_mib / 1024;
    verdict->busiest = busiest_over_mean(problem);
    if (verdict->busiest > target + 1e-6)
        verdict->to_target = 0;
    else if (!verdict->to_target)
        verdict->to_target = verdict->moves;
}

static void print_verdict(const PlanCase *it, const Verdict *verdict, const HaSolution *solution, double ms)
{
    g_autofree guint32 *at = g_new(guint32, it->problem->n_vms + 1);
    struct rusage usage;
    for (guint i = 0; i < it->problem->n_vms; i++)
        at[i] = it->problem->vms[i].node;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"moves\":%u,\"gib\":%.6g,\"busiest\":%.6f,\"to_target\":%u,\"overfull\":%s,\"score\":%.6f",
        verdict->moves, verdict->gib, isinf(verdict->busiest) ? 999.0 : verdict->busiest, verdict->to_target,
        verdict->overfull ? "true" : "false", ha_solve_score(it->problem, &even, at));
    if (solution)
        printf(",\"reached\":%s,\"bound_moves\":%u,\"bound_gib\":%.6g,\"steps\":%" G_GUINT64_FORMAT
               ",\"ms\":%.3f,\"rss_mib\":%.0f",
            solution->reached ? "true" : "false", solution->bound_moves, (double)solution->bound_cost / 1024,
            solution->steps, ms, (double)usage.ru_maxrss / 1024);
    printf("}\n");
}

static void show(PlanCase *it, const HaSolution *solution, double target, double ms)
{
    Verdict verdict = {.busiest = busiest_over_mean(it->problem)};
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, i);
        printf("%s %s %s\n", it->vm_names[move->vm], it->node_names[move->from], it->node_names[move->to]);
        carry_out(it->problem, move->vm, move->to, target, &verdict);
    }
    print_verdict(it, &verdict, solution, ms);
}

/* ---- commands ---- */

static void do_generate(char **arg)
{
    PlanPattern pattern = 0;
    g_autoptr(GError) error = NULL;
    while (pattern < PLAN_PATTERNS && strcmp(plan_pattern_word(pattern), arg[3]) != 0)
        pattern++;
    if (pattern == PLAN_PATTERNS)
        errx(1, "unknown pattern %s", arg[3]);
    g_autoptr(PlanCase) it = plan_case_generate(
        (guint)atoi(arg[1]), (guint)atoi(arg[2]), pattern, (guint)atoi(arg[4]), g_ascii_strtoull(arg[5], NULL, 10));
    g_mkdir_with_parents(arg[0], 0755);
    if (!plan_case_save(it, arg[0], &error))
        errx(1, "%s", error->message);
}

static void do_level(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    gint64 begun = cpu_us();
    g_autoptr(HaSolution) solution =
        ha_solve_level(it->problem, permille(arg[1]), arg[2] ? g_ascii_strtoull(arg[2], NULL, 10) : 0);
    show(it, solution, g_ascii_strtod(arg[1], NULL), (double)(cpu_us() - begun) / 1000);
}

static void do_spread(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    gint64 begun = cpu_us();
    g_autoptr(HaSolution) solution = ha_solve_spread(it->problem, &even);
    show(it, solution, 1.2, (double)(cpu_us() - begun) / 1000);
}

static void carry_out_all(HaProblem *problem, const HaSolution *solution)
{
    for (guint i = 0; i < solution->moves->len; i++) {
        const HaSolveMove *move = &g_array_index(solution->moves, HaSolveMove, i);
        problem->vms[move->vm].node = move->to;
    }
}

/* A level cluster, in which one node's VMs then take twice the CPU. */
static void do_replan(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    g_autoptr(HaSolution) first = ha_solve_level(it->problem, permille(arg[1]), 0);
    carry_out_all(it->problem, first);
    for (guint i = 0; i < it->problem->n_vms; i++)
        if (it->problem->vms[i].node == 0)
            it->problem->vms[i].load *= 2;
    gint64 begun = cpu_us();
    g_autoptr(HaSolution) again = ha_solve_level(it->problem, permille(arg[1]), 0);
    show(it, again, g_ascii_strtod(arg[1], NULL), (double)(cpu_us() - begun) / 1000);
}

static guint32 number_of(char **names, const char *name)
{
    for (guint32 i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    errx(1, "no %s in the case", name);
}

static void do_moves(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    Verdict verdict = {.busiest = busiest_over_mean(it->problem)};
    if (!g_file_get_contents(arg[2], &text, NULL, &error))
        errx(1, "%s", error->message);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        g_auto(GStrv) word = g_strsplit(*line, " ", -1);
        if (g_strv_length(word) != 2)
            errx(1, "%s: '%s' is not 'VM TO'", arg[2], *line);
        carry_out(it->problem, number_of(it->vm_names, word[0]), number_of(it->node_names, word[1]),
            g_ascii_strtod(arg[1], NULL), &verdict);
    }
    if (strcmp(arg[3], "-") != 0) {
        g_mkdir_with_parents(arg[3], 0755);
        if (!plan_case_save(it, arg[3], &error))
            errx(1, "%s", error->message);
    }
    print_verdict(it, &verdict, NULL, 0);
}

/* ---- the exact problem ---- */

static void print_column(const HaProblem *problem, guint32 node, gboolean mem)
{
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        const HaSolveVm *it = &problem->vms[vm];
        for (guint32 to = 0; to < problem->n_nodes; to++)
            if (to != it->node && problem->nodes[to].takes && (to == node || it->node == node))
                printf(
                    " %c %" G_GUINT64_FORMAT " x%u_%u\n", to == node ? '+' : '-', mem ? it->mem_mib : it->load, vm, to);
    }
}

static void print_node(const HaProblem *problem, guint32 node, double load_max)
{
    double load = 0, mem = 0;
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        if (problem->vms[vm].node == node) {
            load += (double)problem->vms[vm].load;
            mem += (double)problem->vms[vm].mem_mib;
        }
    printf(" l%u:\n", node);
    print_column(problem, node, FALSE);
    printf(" <= %.3f\n m%u:\n", load_max - load, node);
    print_column(problem, node, TRUE);
    printf(" <= %.0f\n", (double)problem->nodes[node].mem_mib - mem);
}

static void print_terms(const HaProblem *problem, gboolean gib, guint32 only)
{
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        for (guint32 to = 0; to < problem->n_nodes; to++)
            if (to != problem->vms[vm].node && problem->nodes[to].takes && (only == HA_SOLVE_NONE || only == vm))
                printf(" + %g x%u_%u\n", gib ? (double)problem->vms[vm].mem_mib / 1024 : 1, vm, to);
}

static void do_lp(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    const HaProblem *problem = it->problem;
    double total = 0, cores = 0;
    for (guint i = 0; i < problem->n_vms; i++)
        total += (double)problem->vms[i].load;
    for (guint i = 0; i < problem->n_nodes; i++)
        cores += problem->nodes[i].takes ? problem->nodes[i].cores : 0;
    printf("Minimize\n obj:\n");
    print_terms(problem, arg[2] != NULL, HA_SOLVE_NONE);
    printf("Subject To\n");
    for (guint32 node = 0; node < problem->n_nodes; node++)
        if (problem->nodes[node].takes)
            print_node(problem, node, g_ascii_strtod(arg[1], NULL) * total / cores * problem->nodes[node].cores);
    for (guint32 vm = 0; vm < problem->n_vms; vm++) {
        printf(" v%u:\n", vm);
        print_terms(problem, FALSE, vm);
        printf(problem->nodes[problem->vms[vm].node].takes ? " <= 1\n" : " = 1\n");
    }
    if (arg[2]) {
        printf(" k:\n");
        print_terms(problem, FALSE, HA_SOLVE_NONE);
        printf(" <= %s\n", arg[2]);
    }
    printf("Binary\n");
    for (guint32 vm = 0; vm < problem->n_vms; vm++)
        for (guint32 to = 0; to < problem->n_nodes; to++)
            if (to != problem->vms[vm].node && problem->nodes[to].takes)
                printf(" x%u_%u\n", vm, to);
    printf("End\n");
}

/* ---- Ganeti's format ---- */

static void do_hbal(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    const HaProblem *problem = it->problem;
    g_autofree guint64 *used = g_new0(guint64, problem->n_nodes);
    for (guint i = 0; i < problem->n_vms; i++)
        used[problem->vms[i].node] += problem->vms[i].mem_mib;
    printf("default|11111111-1111-1111-1111-111111111111|preferred||\n\n");
    for (guint i = 0; i < problem->n_nodes; i++) {
        const HaSolveNode *node = &problem->nodes[i];
        guint64 total = node->mem_mib + PLAN_RESERVE_MIB;
        printf("%s|%" G_GUINT64_FORMAT "|%u|%" G_GUINT64_FORMAT
               "|1000000000|1000000000|%u|%c|11111111-1111-1111-1111-111111111111|1\n",
            it->node_names[i], total, PLAN_RESERVE_MIB, node->mem_mib > used[i] ? node->mem_mib - used[i] : 0,
            node->cores, node->takes ? 'N' : 'Y');
    }
    printf("\n");
    for (guint i = 0; i < problem->n_vms; i++)
        printf("%s|%" G_GUINT64_FORMAT "|1024|%u|running|Y|%s||ext||1\n", it->vm_names[i], problem->vms[i].mem_mib,
            problem->vms[i].vcpus, it->node_names[problem->vms[i].node]);
    printf("\n\n|128,1,1024,1,1,1|128,1,1024,1,1,1;1048576,1024,1000000000,16,16,1024|ext|1024.0|1024.0\n");
}

static void do_util(char **arg)
{
    g_autoptr(PlanCase) it = load(arg[0]);
    for (guint i = 0; i < it->problem->n_vms; i++)
        printf("%s %.4f 0 0 0\n", it->vm_names[i], (double)it->problem->vms[i].load / 1e6);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        int n_min, n_max;
        void (*run)(char **arg);
    } commands[] = {
        {"generate", 6, 6, do_generate},
        {"level", 2, 3, do_level},
        {"spread", 1, 1, do_spread},
        {"replan", 2, 2, do_replan},
        {"moves", 4, 4, do_moves},
        {"lp", 2, 3, do_lp},
        {"hbal", 1, 1, do_hbal},
        {"util", 1, 1, do_util},
    };
    for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].word, argv[1]) == 0 && argc - 2 >= commands[i].n_min && argc - 2 <= commands[i].n_max) {
            commands[i].run(argv + 2);
            return 0;
        }
    errx(1, "usage: see the head of tests/bench/plan_tool.c");
}
