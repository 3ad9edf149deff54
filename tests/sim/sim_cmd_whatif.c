/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "agent/core/plan/ha_plan.h"
#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_group.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_import.h"
#include "tests/sim/sim_rest.h"
#include "tests/sim/sim_verbs.h"

#define STARTED_MS 20000 /* a leader is elected, and everything it finds left over is done */
#define BEGUN_MS 2000    /* what was asked for has begun */
#define PATIENCE_S 600

typedef struct {
    char *from;
    gint64 seed;
    int patience_s;
    gboolean verbose;
} Options;

/* ---- running it ---- */

static void start(Sim *sim, guint leader)
{
    sim_start_led_by(sim, leader);
    sim_run_until(sim, STARTED_MS);
}

/* ---- what came of it ---- */

static void print_story(const Sim *sim, guint first, gint64 zero_ms)
{
    for (guint i = first; i < sim->story->len; i++) {
        char *rest;
        gdouble at_s = g_ascii_strtod(sim->story->pdata[i], &rest);
        printf("%+8.1f s %s\n", at_s - (gdouble)zero_ms / 1000.0, rest);
    }
}

/* Every host's own reason, by the core's rules. */
static void print_no_place(const Sim *sim, const SimVm *vm)
{
    guint leader = sim_daemon_leader(sim);
    if (leader == SIM_NOBODY)
        return;
    g_autoptr(HaPromises) none = ha_promises_new();
    g_autoptr(GPtrArray) candidates = NULL;
    ha_place_pick(ha_core_view(sim_daemon_core(sim, leader)), vm->name, none, NULL, &candidates);
    for (guint i = 0; i < candidates->len; i++) {
        const HaCandidate *candidate = candidates->pdata[i];
        if (candidate->block == HA_BLOCK_NONE)
            continue;
        printf("      %s: %s%s%s\n", candidate->node, ha_block_text(candidate->block, NULL),
            candidate->detail ? ": " : "", candidate->detail ? candidate->detail : "");
    }
}

/* Returns: 1 when it finds no place. */
static guint print_vm(const Sim *sim, guint index, guint was)
{
    const SimVm *vm = &sim->vms[index];
    guint now = sim_host_where(sim, index);
    if (now == SIM_NOBODY && vm->wanted_running) {
        printf("  %s: does not run any more; it ran on %s\n", vm->name, sim_node_name(sim, was));
        print_no_place(sim, vm);
        return 1;
    }
    if (vm->boots > 0)
        printf("  %s: from %s to %s, started anew, %.1f s without it\n", vm->name, sim_node_name(sim, was),
            sim_node_name(sim, now), (gdouble)vm->down_ms / 1000.0);
    else if (now != was)
        printf("  %s: from %s to %s, live\n", vm->name, sim_node_name(sim, was), sim_node_name(sim, now));
    return 0;
}

static guint print_outcome(const Sim *sim, const guint *was)
{
    guint homeless = 0, moved = 0;
    printf("\nAfterwards:\n");
    for (guint i = 0; i < sim->n_vms; i++) {
        homeless += print_vm(sim, i, was[i]);
        moved += sim_host_where(sim, i) != was[i];
    }
    if (!sim_group_quorum(sim))
        printf("  the cluster has no quorum: nobody is fenced, nothing is recovered, hactl does nothing\n");
    printf("  %u of %u VMs elsewhere than before, %u without a place\n", moved, sim->n_vms, homeless);
    return homeless;
}

static void remember(Sim *sim, guint *ret_was)
{
    for (guint i = 0; i < sim->n_vms; i++) {
        ret_was[i] = sim_host_where(sim, i);
        sim->vms[i].boots = 0;
        sim->vms[i].down_ms = 0;
    }
}

static gboolean do_commands(SimVerbs *verbs, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (sim_verbs_do(verbs, argv[i]))
            continue;
        fprintf(stderr,
            "hactl-sim: whatif: \"%s\" is no command, or names what is not there; --help lists the commands\n",
            argv[i]);
        return FALSE;
    }
    return TRUE;
}

static int whatif(const Options *options, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    guint leader, was[SIM_VMS_MAX];
    g_autoptr(Sim) sim = sim_import(options->from, (guint64)options->seed, &leader, &error);
    if (!sim) {
        fprintf(stderr, "hactl-sim: whatif: %s\n", error->message);
        return EX_DATAERR;
    }
    sim->verbose = options->verbose;
    sim->fenced_stay_off = TRUE;
    start(sim, leader);
    remember(sim, was);
    gint64 zero_ms = sim->now_ms;
    guint first = sim->story->len;
    SimVerbs verbs = {.sim = sim};
    if (!do_commands(&verbs, argc, argv))
        return EX_USAGE;
    SimClass unused;
    sim_run_until(sim, sim->now_ms + BEGUN_MS);
    g_autofree char *unsettled = sim_rest_await(sim, (gint64)options->patience_s * 1000, &unused);
    print_story(sim, first, zero_ms);
    if (sim->failed) {
        printf("\nA promise would be broken (class %d): %s\n", (int)sim->failed, sim->failure);
        return (int)sim->failed;
    }
    if (unsettled)
        printf("\nNot at rest after %d s: %s.\n", options->patience_s, unsettled);
    return print_outcome(sim, was) ? 1 : EXIT_SUCCESS;
}

int sim_cmd_whatif(int argc, char **argv)
{
    Options options = {.seed = 1, .patience_s = PATIENCE_S};
    const GOptionEntry entries[] = {
        {"from", 'f', 0, G_OPTION_ARG_FILENAME, &options.from,
            "What 'hactl status --json' printed; - for standard input", "FILE"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "Another run of the same, with other delays (1)", "SEED"},
        {"patience", 0, 0, G_OPTION_ARG_INT, &options.patience_s, "Watch it for so long at most (600)", "SECONDS"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, "Print the whole trace", NULL},
        {NULL},
    };
    g_autofree char *verbs = sim_verbs_help();
    g_autofree char *help = g_strconcat("Commands, each as one argument:\n", verbs,
        "\nExamples:\n  hactl status --json | hactl-sim whatif --from - 'power off node3'\n"
        "  hactl-sim whatif --from status.json 'drain node3'\n\n"
        "Exit codes: 0 every VM runs; 1 some VM finds no place; 10 and more: a promise would be broken",
        NULL);
    if (!sim_cmd_parse(&argc, &argv, entries, "COMMAND... - what would happen in a live cluster", help))
        return EX_USAGE;
    if (!options.from || argc < 2 || options.patience_s < 1) {
        fprintf(stderr, "hactl-sim: whatif: give --from FILE and a command; --help shows examples\n");
        return EX_USAGE;
    }
    int status = whatif(&options, argc, argv);
    g_free(options.from);
    return status;
}
