/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl-sim - run a scenario, or search seeds for a broken promise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_plant.h"
#include "tests/sim/sim_script.h"

typedef struct {
    guint64 first;
    gint64 seeds;
    gboolean verbose, rewrite, keep_going;
    char *plant;
} Options;

static void print_failure(const Sim *sim)
{
    printf("seed %" G_GUINT64_FORMAT ": class %d: %s\n", sim->seed, (int)sim->failed, sim->failure);
    for (guint i = 0; !sim->verbose && i < sim->trace->len; i++)
        printf("  %s\n", (char *)sim->trace->pdata[i]);
}

/* With a planted bug the search succeeds when it finds it. */
static int search(const Options *options)
{
    SimClass wanted = SIM_OK, worst = SIM_OK;
    SimPlant plant = sim_plant_find(options->plant, &wanted);
    guint failures = 0;
    for (guint64 seed = options->first; seed < options->first + (guint64)options->seeds; seed++) {
        g_autoptr(Sim) sim = sim_faults_run(seed, plant, options->verbose);
        if (sim->failed == SIM_OK)
            continue;
        if (plant && sim->failed == wanted) {
            printf("planted bug %s found at seed %" G_GUINT64_FORMAT ": %s\n", options->plant, seed, sim->failure);
            return EXIT_SUCCESS;
        }
        if (plant)
            continue;
        failures++;
        worst = sim->failed;
        if (options->keep_going) {
            printf("seed %" G_GUINT64_FORMAT ": class %d: %s\n", seed, (int)sim->failed, sim->failure);
            continue;
        }
        print_failure(sim);
        return (int)worst;
    }
    if (plant) {
        printf("planted bug %s was not found in %" G_GINT64_FORMAT " seeds\n", options->plant, options->seeds);
        return EXIT_FAILURE;
    }
    printf(
        "%" G_GINT64_FORMAT " seeds from %" G_GUINT64_FORMAT ", %u failed\n", options->seeds, options->first, failures);
    return (int)worst;
}

static int run(const Options *options, char **files)
{
    int status = files[0] ? EXIT_SUCCESS : EX_USAGE;
    for (; *files; files++) {
        g_autoptr(GError) error = NULL;
        SimClass class = SIM_OK;
        if (!sim_script_run(*files, options->verbose, options->rewrite, &class, &error)) {
            fprintf(stderr, "hactl-sim: %s\n", error->message);
            return EX_DATAERR;
        }
        printf("%s: %s\n", *files, class == SIM_OK ? "as expected" : "FAILED");
        status = class == SIM_OK ? status : (int)class;
    }
    return status;
}

static char *description(void)
{
    g_autofree char *words = g_strjoinv(", ", (char **)sim_plant_words());
    return g_strdup_printf(
        "Commands:\n"
        "  search --seeds N [--first S]   run N seeds; the first broken promise ends it\n"
        "  run FILE...                    run scenarios, compare their notes with what they expect\n\n"
        "Planted bugs: %s\n\n"
        "Exit codes: 0 all kept; 10 two copies; 11 restarted; 12 over a limit; 13 write without quorum; 14 left over;\n"
        "15 notes; 16 unbounded; 17 no progress; 18 not as planned; 19 standby while occupied; 20 trace differs",
        words);
}

int main(int argc, char **argv)
{
    Options options = {.first = 1, .seeds = 100};
    gint64 first = 1;
    const GOptionEntry entries[] = {
        {"seeds", 'n', 0, G_OPTION_ARG_INT64, &options.seeds, "How many seeds to search", "N"},
        {"first", 'f', 0, G_OPTION_ARG_INT64, &first, "The first seed", "S"},
        {"plant", 0, 0, G_OPTION_ARG_STRING, &options.plant, "Plant a bug; succeed when the search finds it", "BUG"},
        {"keep-going", 'k', 0, G_OPTION_ARG_NONE, &options.keep_going, "List every seed that fails", NULL},
        {"rewrite", 0, 0, G_OPTION_ARG_NONE, &options.rewrite, "Write what happened into the scenarios", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, "Print the whole trace", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND - a whole cluster in one process");
    g_autoptr(GError) error = NULL;
    g_autofree char *text = description();
    SimClass unused;
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, text);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc < 2) {
        fprintf(
            stderr, "hactl-sim: %s; 'hactl-sim --help' shows the commands\n", error ? error->message : "no command");
        return EX_USAGE;
    }
    options.first = (guint64)first;
    if (options.plant && !sim_plant_find(options.plant, &unused)) {
        fprintf(stderr, "hactl-sim: no planted bug is called %s; 'hactl-sim --help' lists them\n", options.plant);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "search") == 0)
        return search(&options);
    if (strcmp(argv[1], "run") == 0)
        return run(&options, argv + 2);
    fprintf(stderr, "hactl-sim: no command is called %s; 'hactl-sim --help' lists them\n", argv[1]);
    return EX_USAGE;
}
