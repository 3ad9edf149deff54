/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_cmd.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "agent/core/plan/ha_balance.h"
#include "tests/sim/sim_replay.h"

typedef struct {
    char **traces, **policies;
    int hosts, cores, mem_mib, vm_mem_mib;
    gdouble scale, mib_per_s;
    char *level;
    gboolean json;
} Options;

/* ---- output ---- */

static void print_row(const SimPolicy *policy, const SimReplayResult *result)
{
    printf("%-10s %8" G_GUINT64_FORMAT " %9.1f %9.3f %% %9.4f %% %9.4f %% %7.4f %8.1f %9.3f\n", policy->word,
        result->moves, result->moved_gib, result->overload_share * 100, result->lost_overload_share * 100,
        result->lost_migration_share * 100, result->spread, result->hosts_spare, result->policy_s);
}

static void print_header(const SimTraces *traces, const SimReplayCluster *cluster)
{
    printf("%u VMs, %u steps of 5 minutes, on %u hosts of %u cores and %" G_GUINT64_FORMAT " MiB\n\n",
        traces->names->len, traces->n_steps, cluster->hosts, cluster->cores, cluster->mem_mib);
    printf("%-10s %8s %9s %11s %11s %11s %7s %8s %9s\n", "policy", "moves", "GiB", "overload", "lost to it", "to moves",
        "spread", "spare", "CPU s");
}

/* To the first policy: below 1 is better. */
static void print_ratios(const SimPolicy *policy, const SimReplayResult *result, const SimReplayResult *base)
{
    if (base->overload_share > 0)
        printf("ratio overload_time %s %.3f\n", policy->word, result->overload_share / base->overload_share);
    gdouble lost = result->lost_overload_share + result->lost_migration_share;
    gdouble base_lost = base->lost_overload_share + base->lost_migration_share;
    if (base_lost > 0)
        printf("ratio work_lost %s %.3f\n", policy->word, lost / base_lost);
    if (base->spread > 0)
        printf("ratio spread %s %.3f\n", policy->word, result->spread / base->spread);
}

static void add_number(JsonBuilder *json, const char *name, gdouble value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_double_value(json, value);
}

static void add_json(JsonBuilder *json, const SimPolicy *policy, const SimReplayResult *result)
{
    json_builder_begin_object(json);
    json_builder_set_member_name(json, "policy");
    json_builder_add_string_value(json, policy->word);
    json_builder_set_member_name(json, "moves");
    json_builder_add_int_value(json, (gint64)result->moves);
    json_builder_set_member_name(json, "moves_refused");
    json_builder_add_int_value(json, (gint64)result->moves_refused);
    add_number(json, "moved_gib", result->moved_gib);
    add_number(json, "overload_share", result->overload_share);
    add_number(json, "lost_overload_share", result->lost_overload_share);
    add_number(json, "lost_migration_share", result->lost_migration_share);
    add_number(json, "spread", result->spread);
    add_number(json, "hosts_spare", result->hosts_spare);
    add_number(json, "policy_cpu_s", result->policy_s);
    json_builder_end_object(json);
}

static void print_json(JsonBuilder *json)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    g_autofree char *text = json_generator_to_data(generator, NULL);
    puts(text);
}

/* ---- running ---- */

static gboolean asked_for(const Options *options, const char *word)
{
    return !options->policies || g_strv_contains((const char *const *)options->policies, word);
}

static int replay(const Options *options, const SimTraces *traces, const SimReplayCluster *cluster)
{
    guint n;
    const SimPolicy *policies = sim_policies(&n);
    SimReplayResult results[8] = {0}, *base = NULL;
    g_assert(n <= G_N_ELEMENTS(results));
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_array(json);
    if (!options->json)
        print_header(traces, cluster);
    for (guint i = 0; i < n; i++) {
        if (!asked_for(options, policies[i].word))
            continue;
        if (!sim_replay_run(traces, cluster, &policies[i], &results[i])) {
            fprintf(stderr, "hactl-sim: replay: %u hosts have no room for the memory of %u VMs; give more --nodes\n",
                cluster->hosts, traces->names->len);
            return EX_DATAERR;
        }
        base = base ? base : &results[i];
        if (options->json)
            add_json(json, &policies[i], &results[i]);
        else
            print_row(&policies[i], &results[i]);
    }
    json_builder_end_array(json);
    if (options->json)
        print_json(json);
    else
        puts("");
    for (guint i = 0; !options->json && i < n; i++)
        if (asked_for(options, policies[i].word) && base != &results[i])
            print_ratios(&policies[i], &results[i], base);
    return EXIT_SUCCESS;
}

/* Returns: 0 for an unknown word. */
static guint level_of(const char *word)
{
    for (guint level = HA_BALANCE_LEVEL_MIN; word && level <= HA_BALANCE_LEVEL_MAX; level++)
        if (strcmp(word, ha_balance_level(level)->word) == 0)
            return level;
    return word ? 0 : HA_BALANCE_LEVEL_DEFAULT;
}

static gboolean check(const Options *options)
{
    guint n;
    const SimPolicy *policies = sim_policies(&n);
    if (!options->traces || options->cores < 1 || options->mem_mib < 1 || options->vm_mem_mib < 1 ||
        options->vm_mem_mib > options->mem_mib || options->hosts < 0 || options->hosts > 100000 ||
        !(options->scale > 0) || !(options->mib_per_s > 0)) {
        fprintf(stderr, "hactl-sim: replay: give --traces FILE, and numbers above 0; --help shows the options\n");
        return FALSE;
    }
    if (!level_of(options->level)) {
        fprintf(stderr, "hactl-sim: replay: no level is called %s; give one of the words of hactl-balance-level\n",
            options->level);
        return FALSE;
    }
    for (char **word = options->policies; word && *word; word++) {
        gboolean known = FALSE;
        for (guint i = 0; i < n; i++)
            known |= strcmp(*word, policies[i].word) == 0;
        if (known)
            continue;
        fprintf(stderr, "hactl-sim: replay: no policy is called %s; --help lists them\n", *word);
        return FALSE;
    }
    return TRUE;
}

static int load_and_replay(const Options *options, char **more)
{
    g_autoptr(SimTraces) traces = sim_traces_new();
    g_autoptr(GError) error = NULL;
    gboolean ok = TRUE;
    for (char **path = options->traces; ok && *path; path++)
        ok = sim_traces_add(traces, *path, &error);
    for (char **path = more; ok && *path; path++)
        ok = sim_traces_add(traces, *path, &error);
    if (!ok || !traces->n_steps) {
        fprintf(stderr, "hactl-sim: replay: %s\n", error ? error->message : "the traces are empty");
        return EX_DATAERR;
    }
    SimReplayCluster cluster = {
        .hosts = (guint)options->hosts,
        .cores = (guint)options->cores,
        .mem_mib = (guint64)options->mem_mib,
        .vm_mem_mib = (guint64)options->vm_mem_mib,
        .scale = options->scale,
        .mib_per_s = options->mib_per_s,
        .level = level_of(options->level),
    };
    if (!cluster.hosts)
        cluster.hosts = sim_replay_hosts(traces, &cluster);
    return replay(options, traces, &cluster);
}

static char *description(void)
{
    guint n;
    const SimPolicy *policies = sim_policies(&n);
    GString *text = g_string_new("Policies, the first one is what the others are compared with:\n");
    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, "  %-10s %s\n", policies[i].word, policies[i].summary);
    g_string_append(text,
        "\nA trace is a line a VM: its name, and its CPU use in percent of a core for each 5 minutes.\n"
        "Example: hactl-sim replay --traces monday.txt.xz --nodes 12 --cores 16");
    return g_string_free(text, FALSE);
}

int sim_cmd_replay(int argc, char **argv)
{
    Options options = {.cores = 16, .mem_mib = 131072, .vm_mem_mib = 1024, .scale = 1, .mib_per_s = 1000};
    const GOptionEntry entries[] = {
        {"traces", 't', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.traces, "Recorded load, plain or .xz; more may follow",
            "FILE"},
        {"nodes", 'n', 0, G_OPTION_ARG_INT, &options.hosts, "How many hosts (enough to be half full)", "N"},
        {"cores", 'c', 0, G_OPTION_ARG_INT, &options.cores, "Cores of a host (16)", "C"},
        {"mem", 'm', 0, G_OPTION_ARG_INT, &options.mem_mib, "Memory of a host (131072)", "MIB"},
        {"vm-mem", 0, 0, G_OPTION_ARG_INT, &options.vm_mem_mib, "Memory of a VM (1024)", "MIB"},
        {"scale", 0, 0, G_OPTION_ARG_DOUBLE, &options.scale, "Multiply every load (1)", "X"},
        {"bandwidth", 0, 0, G_OPTION_ARG_DOUBLE, &options.mib_per_s, "Of a migration, MiB/s (1000)", "X"},
        {"policy", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.policies, "Only this one; may be repeated", "WORD"},
        {"level", 'l', 0, G_OPTION_ARG_STRING, &options.level,
            "How eagerly hactl balances: conservative, cautious, moderate (default), active, aggressive", "WORD"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "A list of objects, one a policy", NULL},
        {NULL},
    };
    g_autofree char *text = description();
    if (!sim_cmd_parse(&argc, &argv, entries, "[FILE...] - replay recorded load", text))
        return EX_USAGE;
    int status = check(&options) ? load_and_replay(&options, argv + 1) : EX_USAGE;
    g_strfreev(options.traces);
    g_strfreev(options.policies);
    g_free(options.level);
    return status;
}
