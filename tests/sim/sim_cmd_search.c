/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_cmd.h"

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tests/sim/sim_plant.h"
#include "tests/sim/sim_seed.h"

typedef struct {
    gint64 from, seeds;
    int hosts;
    gboolean verbose, keep_going, plain;
    char *plant, *list;
    /* what --plant means */
    SimPlant planted;
    SimClass wanted;
} Options;

static void print_failure(const Sim *sim)
{
    printf("seed %" G_GUINT64_FORMAT ", %u hosts: class %d: %s\n", sim->seed, sim->n_nodes, (int)sim->failed,
        sim->failure);
    fflush(stdout); /* a long search is read while it runs */
}

static void print_trace(const Sim *sim)
{
    for (guint i = 0; !sim->verbose && i < sim->trace->len; i++)
        printf("  %s\n", (char *)sim->trace->pdata[i]);
}

/* Returns: the class of the failure. */
static SimClass run_one(const Options *options, guint64 seed, guint hosts, gboolean plain)
{
    SimSeedOptions how = {.hosts = hosts, .plant = options->planted, .plain = plain, .verbose = options->verbose};
    g_autoptr(Sim) sim = sim_seed_run(seed, &how);
    SimClass class = sim->failed;
    if (class == SIM_OK || options->planted)
        return class;
    print_failure(sim);
    if (!options->keep_going)
        print_trace(sim);
    return class;
}

/* With a planted bug the search succeeds when it finds it. */
static int search_planted(const Options *options)
{
    for (gint64 i = 0; i < options->seeds; i++) {
        guint64 seed = (guint64)(options->from + i);
        if (run_one(options, seed, (guint)options->hosts, options->plain) != options->wanted)
            continue;
        printf("planted bug %s: class %d found at seed %" G_GUINT64_FORMAT ", after %" G_GINT64_FORMAT " seeds\n",
            options->plant, (int)options->wanted, seed, i + 1);
        return EXIT_SUCCESS;
    }
    printf("planted bug %s was not found in %" G_GINT64_FORMAT " seeds\n", options->plant, options->seeds);
    return EXIT_FAILURE;
}

static int search(const Options *options)
{
    SimClass worst = SIM_OK;
    guint failures = 0;
    for (gint64 i = 0; i < options->seeds && (options->keep_going || !failures); i++) {
        SimClass class = run_one(options, (guint64)(options->from + i), (guint)options->hosts, options->plain);
        failures += class != SIM_OK;
        worst = MAX(worst, class);
    }
    if (!failures || options->keep_going)
        printf("%" G_GINT64_FORMAT " seeds from %" G_GINT64_FORMAT ", %d hosts: %u failed\n", options->seeds,
            options->from, options->hosts, failures);
    return (int)worst;
}

/* ---- a list of seeds: "SEED HOSTS [plain] # what it found" ---- */

static gboolean run_line(const Options *options, const char *path, guint number, char *line, SimClass *ret_class)
{
    char *comment = strchr(line, '#');
    if (comment)
        *comment = '\0';
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(line), " \t", 3);
    guint64 seed, hosts;
    *ret_class = SIM_OK;
    if (!words[0] || !*words[0])
        return TRUE;
    if (!words[1] || !g_ascii_string_to_unsigned(words[0], 10, 0, G_MAXUINT64, &seed, NULL) ||
        !g_ascii_string_to_unsigned(words[1], 10, SIM_HOSTS_MIN, SIM_HOSTS_MAX, &hosts, NULL) ||
        (words[2] && strcmp(words[2], "plain") != 0)) {
        fprintf(stderr, "hactl-sim: search: %s, line %u: not \"SEED HOSTS [plain]\", with %u to %u hosts\n", path,
            number, SIM_HOSTS_MIN, SIM_HOSTS_MAX);
        return FALSE;
    }
    *ret_class = run_one(options, seed, (guint)hosts, words[2] != NULL);
    return TRUE;
}

static int search_list(const Options *options)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(options->list, &text, NULL, &error)) {
        fprintf(stderr, "hactl-sim: search: %s\n", error->message);
        return EX_NOINPUT;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    SimClass worst = SIM_OK;
    for (guint i = 0; lines[i]; i++) {
        SimClass class;
        if (!run_line(options, options->list, i + 1, lines[i], &class))
            return EX_DATAERR;
        worst = MAX(worst, class);
    }
    printf("%s: %s\n", options->list, worst == SIM_OK ? "no seed fails any more" : "FAILED");
    return (int)worst;
}

static char *description(void)
{
    g_autofree char *words = g_strjoinv(", ", (char **)sim_plant_words());
    return g_strdup_printf(
        "Planted bugs: %s\n\n"
        "Exit codes: 0 all kept; 10 two copies; 11 a VM restarted; 12 over a limit; 13 acted without quorum; 14 left "
        "over;\n"
        "15 notes; 16 unbounded; 17 no progress; 18 not as planned; 19 standby while occupied; 20 trace differs;\n"
        "21 a move unexplained; 22 unprotected without hactl; 23 a hard rule broken by a move; 24 out of order; 25 "
        "balanced at the wrong time",
        words);
}

int sim_cmd_search(int argc, char **argv)
{
    Options options = {.from = 1, .seeds = 1000, .hosts = 5};
    const GOptionEntry entries[] = {
        {"seeds", 'n', 0, G_OPTION_ARG_INT64, &options.seeds, "How many seeds (1000)", "N"},
        {"from", 'f', 0, G_OPTION_ARG_INT64, &options.from, "The first seed (1)", "SEED"},
        {"hosts", 0, 0, G_OPTION_ARG_INT, &options.hosts, "How many hosts each cluster has, 3 to 8 (5)", "N"},
        {"plant", 0, 0, G_OPTION_ARG_STRING, &options.plant, "Plant a bug; succeed when the search finds it", "BUG"},
        {"plain", 0, 0, G_OPTION_ARG_NONE, &options.plain, "Clusters without groups", NULL},
        {"list", 0, 0, G_OPTION_ARG_FILENAME, &options.list, "Run the seeds of a file, \"SEED HOSTS [plain]\" a line",
            "FILE"},
        {"keep-going", 'k', 0, G_OPTION_ARG_NONE, &options.keep_going, "Name every seed that fails", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, "Print the whole trace", NULL},
        {NULL},
    };
    g_autofree char *text = description();
    if (!sim_cmd_parse(&argc, &argv, entries, "- search seeds for a broken promise", text))
        return EX_USAGE;
    if (options.hosts < (int)SIM_HOSTS_MIN || options.hosts > (int)SIM_HOSTS_MAX || options.seeds < 1 || argc > 1) {
        fprintf(stderr, "hactl-sim: search: give 1 seed or more, and %u to %u hosts\n", SIM_HOSTS_MIN, SIM_HOSTS_MAX);
        return EX_USAGE;
    }
    options.planted = sim_plant_find(options.plant, &options.wanted);
    if (options.plant && !options.planted) {
        fprintf(stderr, "hactl-sim: search: no planted bug is called %s; --help lists them\n", options.plant);
        return EX_USAGE;
    }
    int status = options.list ? search_list(&options) : options.planted ? search_planted(&options) : search(&options);
    g_free(options.plant);
    g_free(options.list);
    return status;
}
