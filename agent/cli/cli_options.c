/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_options.h"

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_format.h"
#include "agent/core/plan/ha_capacity.h"
#include "agent/core/model/ha_types.h"

#include <string.h>

#define LINES_DEFAULT 40
#define LOSE_NOT_GIVEN (-1)
#define VCPUS_MAX 8192 /* as io_definition_parse has it */

/* What the command line said, before its values are checked. */
typedef struct {
    CliOptions options;
    char *wait, *deadline, *timeout, *memory;
    gint lines, vcpus, lose;
} Raw;

typedef struct {
    CliOptionSet option; /* 0: every verb's */
    const char *name;
    char letter; /* 0: none */
    GOptionArg arg;
    gsize offset;      /* into Raw */
    const char *value; /* nullable: what the value is called */
    const char *help;
} OptionRow;

#define RAW(member) G_STRUCT_OFFSET(Raw, member)

static const OptionRow rows[] = {
    {CLI_OPTION_XML, "xml", 0, G_OPTION_ARG_FILENAME, RAW(options.xml), "FILE",
        "The VM's libvirt XML; - reads standard input"},
    {CLI_OPTION_FROM_LIBVIRT, "from-libvirt", 0, G_OPTION_ARG_STRING, RAW(options.from_libvirt), "NAME",
        "Take the definition of this host's libvirt domain NAME"},
    {CLI_OPTION_STOPPED, "stopped", 0, G_OPTION_ARG_NONE, RAW(options.stopped), NULL, "Add it without starting it"},
    {CLI_OPTION_ALLOW_LOCAL_DISK, "allow-local-disk", 0, G_OPTION_ARG_NONE, RAW(options.allow_local), NULL,
        "Accept a disk that only one host has: such a VM can't be moved or recovered"},
    {CLI_OPTION_GROUP, "group", 0, G_OPTION_ARG_STRING, RAW(options.group), "GROUP",
        "The group whose policy it gets (default: default)"},
    {CLI_OPTION_NAME, "name", 0, G_OPTION_ARG_STRING, RAW(options.name), "NAME", "The cluster's name (default: hactl)"},
    {CLI_OPTION_TO, "to", 0, G_OPTION_ARG_STRING, RAW(options.to), "NODE", "The target; without it hactl picks one"},
    {CLI_OPTION_NODE, "node", 0, G_OPTION_ARG_STRING, RAW(options.node), "NODE", "On this node: why, or why not"},
    {CLI_OPTION_RETURN, "return", 0, G_OPTION_ARG_NONE, RAW(options.returning), NULL,
        "Bring home the VMs that the drain moved away"},
    {CLI_OPTION_RESTART, "restart", 0, G_OPTION_ARG_NONE, RAW(options.restart), NULL,
        "Stop and start elsewhere the VMs that can't be moved live"},
    {CLI_OPTION_DEADLINE, "deadline", 0, G_OPTION_ARG_STRING, RAW(deadline), "DURATION",
        "Begin no further move after it: 90s, 5m, 1h30m"},
    {CLI_OPTION_DRY_RUN, "dry-run", 0, G_OPTION_ARG_NONE, RAW(options.dry_run), NULL,
        "Print the plan and change nothing"},
    {CLI_OPTION_WAIT, "wait", 0, G_OPTION_ARG_STRING, RAW(wait), "yes|no", "Wait until it is so (default: yes)"},
    {CLI_OPTION_TIMEOUT, "timeout", 0, G_OPTION_ARG_STRING, RAW(timeout), "DURATION", "Wait no longer than that"},
    {CLI_OPTION_AGENT, "agent", 0, G_OPTION_ARG_STRING, RAW(options.agent), "AGENT",
        "The fence agent: fence_ipmilan, fence_redfish, ...; what is installed: stonith_admin --list-installed"},
    {CLI_OPTION_HOST, "host", 0, G_OPTION_ARG_STRING_ARRAY, RAW(options.hosts), "NODE",
        "A host that the device fences; may be given several times"},
    {CLI_OPTION_YES, "yes", 0, G_OPTION_ARG_NONE, RAW(options.yes), NULL, "Don't ask"},
    {CLI_OPTION_FORCE, "force", 0, G_OPTION_ARG_NONE, RAW(options.force), NULL, "Do it all the same"},
    {CLI_OPTION_FORCE_WITH_VMS, "force-with-vms", 0, G_OPTION_ARG_NONE, RAW(options.force_with_vms), NULL,
        "Although VMs run there: they are cut off, and recovered elsewhere"},
    {CLI_OPTION_WATCH, "watch", 'w', G_OPTION_ARG_NONE, RAW(options.watch), NULL, "Show it again on every change"},
    {CLI_OPTION_FOLLOW, "follow", 'f', G_OPTION_ARG_NONE, RAW(options.follow), NULL,
        "Go on with new ones as they come"},
    {CLI_OPTION_LINES, "lines", 'n', G_OPTION_ARG_INT, RAW(lines), "N", "The newest N (default: 40)"},
    {CLI_OPTION_MEMORY, "memory", 0, G_OPTION_ARG_STRING, RAW(memory), "SIZE", "Its memory: 512M, 4G"},
    {CLI_OPTION_VCPU, "vcpu", 0, G_OPTION_ARG_INT, RAW(vcpus), "N", "Its number of processors"},
    {CLI_OPTION_LOSE, "lose", 0, G_OPTION_ARG_INT, RAW(lose), "K", "So many hosts at once, 1 to 3"},
    {CLI_OPTION_STRICT, "strict", 0, G_OPTION_ARG_NONE, RAW(options.strict), NULL,
        "Refuse, rather than warn, when a host's loss would then leave VMs without a place"},
    {CLI_OPTION_NO_HEADINGS, "no-headings", 0, G_OPTION_ARG_NONE, RAW(options.no_headings), NULL,
        "Tables without headings"},
    {CLI_OPTION_JSON, "json", 0, G_OPTION_ARG_NONE, RAW(options.json), NULL,
        "JSON instead of text (schema: docs/json.md)"},
    {CLI_OPTION_FILE, "file", 'f', G_OPTION_ARG_FILENAME, RAW(options.file), "FILE",
        "The manifest; - reads standard input"},
    {CLI_OPTION_PRUNE, "prune", 0, G_OPTION_ARG_NONE, RAW(options.prune), NULL,
        "Remove groups, policies and stopped VMs that the manifest does not name"},
    {CLI_OPTION_STOP, "stop", 0, G_OPTION_ARG_NONE, RAW(options.stop), NULL,
        "Shut down running VMs that the manifest wants stopped"},
    {CLI_OPTION_MOVES, "moves", 0, G_OPTION_ARG_NONE, RAW(options.moves), NULL,
        "The VM's moves, running and past, with the numbers that decided each"},
    {CLI_OPTION_DEFINITIONS, "definitions", 0, G_OPTION_ARG_FILENAME, RAW(options.definitions), "DIRECTORY",
        "Write each VM's libvirt XML to a file there, and name the files"},
    {0, "help", 'h', G_OPTION_ARG_NONE, RAW(options.help), NULL, "This help"},
};

void cli_options_clear(CliOptions *options)
{
    g_clear_pointer(&options->xml, g_free);
    g_clear_pointer(&options->from_libvirt, g_free);
    g_clear_pointer(&options->to, g_free);
    g_clear_pointer(&options->name, g_free);
    g_clear_pointer(&options->group, g_free);
    g_clear_pointer(&options->agent, g_free);
    g_clear_pointer(&options->hosts, g_strfreev);
    g_clear_pointer(&options->node, g_free);
    g_clear_pointer(&options->file, g_free);
    g_clear_pointer(&options->definitions, g_free);
    g_clear_pointer(&options->args, g_strfreev);
}

static void raw_clear(Raw *raw)
{
    cli_options_clear(&raw->options);
    g_free(raw->wait);
    g_free(raw->deadline);
    g_free(raw->timeout);
    g_free(raw->memory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Raw, raw_clear)

static GOptionContext *context_for(CliOptionSet set, Raw *raw)
{
    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].option != 0 && !(set & rows[i].option))
            continue;
        GOptionEntry entry = {
            .long_name = rows[i].name,
            .short_name = rows[i].letter,
            .arg = rows[i].arg,
            .arg_data = G_STRUCT_MEMBER_P(raw, rows[i].offset),
        };
        g_array_append_val(entries, entry);
    }
    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, (const GOptionEntry *)(void *)entries->data, NULL);
    return context;
}

static gboolean check_duration(const char *option, const char *text, gint64 *ret_s, GError **error)
{
    if (!text || cli_parse_duration(text, ret_s, error))
        return TRUE;
    g_prefix_error(error, "--%s: ", option);
    return FALSE;
}

static gboolean check_name(const char *option, const char *name, GError **error)
{
    if (!name || ha_name_check(name))
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE,
        "--%s \"%s\": not a name; names begin with a letter and have letters, digits, \"_\", \".\" and \"-\"", option,
        name);
    return FALSE;
}

static gboolean check_values(Raw *raw, GError **error)
{
    CliOptions *options = &raw->options;
    if (raw->lose != LOSE_NOT_GIVEN && (raw->lose < 1 || raw->lose > (gint)HA_CAPACITY_LOSE_MAX)) {
        g_set_error(
            error, CLI_ERROR, CLI_EXIT_USAGE, "--lose %d: out of range; give 1 to %u", raw->lose, HA_CAPACITY_LOSE_MAX);
        return FALSE;
    }
    options->lose = raw->lose == LOSE_NOT_GIVEN ? 0 : (guint32)raw->lose;
    if (raw->lines < 1 || raw->lines > (gint)HA_EVENTS_KEPT) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "-n %d: out of range; give 1 to %u", raw->lines, HA_EVENTS_KEPT);
        return FALSE;
    }
    options->lines = raw->lines;
    if (raw->vcpus < 0 || raw->vcpus > VCPUS_MAX) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "--vcpu %d: out of range; give 1 to %d", raw->vcpus, VCPUS_MAX);
        return FALSE;
    }
    options->vcpus = (guint32)raw->vcpus;
    if (raw->memory && !cli_parse_mib(raw->memory, &options->mem_mib, error)) {
        g_prefix_error(error, "--memory: ");
        return FALSE;
    }
    options->wait = TRUE;
    if (raw->wait && !cli_parse_yes(raw->wait, &options->wait, error)) {
        g_prefix_error(error, "--wait: ");
        return FALSE;
    }
    return check_duration("deadline", raw->deadline, &options->deadline_s, error) &&
           check_duration("timeout", raw->timeout, &options->timeout_s, error) &&
           check_name("to", options->to, error) && check_name("group", options->group, error) &&
           check_name("node", options->node, error) && check_name("from-libvirt", options->from_libvirt, error);
}

/* What is left after the options: the arguments, without the program's name and a "--" that ended the options. */
static void take_arguments(CliOptions *options, char **words)
{
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    gboolean ended = FALSE;
    for (char **word = words + 1; *word; word++) {
        if (!ended && g_str_equal(*word, "--"))
            ended = TRUE;
        else
            g_ptr_array_add(args, g_strdup(*word));
    }
    options->n_args = args->len;
    g_ptr_array_add(args, NULL);
    options->args = (char **)g_ptr_array_free(g_steal_pointer(&args), FALSE);
}

/* GOption reads "--restart=no" as --restart; an admin does not. */
static gboolean check_flags(char *const *argv, GError **error)
{
    for (char *const *word = argv; *word && !g_str_equal(*word, "--"); word++) {
        const char *value = g_str_has_prefix(*word, "--") ? strchr(*word, '=') : NULL;
        for (guint i = 0; value && i < G_N_ELEMENTS(rows); i++) {
            gsize len = (gsize)(value - *word) - 2;
            if (rows[i].value || strlen(rows[i].name) != len || strncmp(*word + 2, rows[i].name, len) != 0)
                continue;
            g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s: --%s takes no value; leave it out or write --%s", *word,
                rows[i].name, rows[i].name);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean cli_options_parse(CliOptionSet set, char *const *argv, CliOptions *ret_options, GError **error)
{
    g_auto(Raw) raw = {.lines = LINES_DEFAULT, .lose = LOSE_NOT_GIVEN};
    if (!check_flags(argv, error))
        return FALSE;
    g_autoptr(GOptionContext) context = context_for(set, &raw);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_add(builder, "hactl");
    for (char *const *word = argv; *word; word++)
        g_strv_builder_add(builder, *word);
    g_auto(GStrv) words = g_strv_builder_end(builder);
    g_autoptr(GError) wrong = NULL;
    if (!g_option_context_parse_strv(context, &words, &wrong)) {
        g_set_error(error, CLI_ERROR, CLI_EXIT_USAGE, "%s", wrong->message);
        return FALSE;
    }
    if (!check_values(&raw, error))
        return FALSE;
    take_arguments(&raw.options, words);
    *ret_options = raw.options;
    memset(&raw.options, 0, sizeof raw.options);
    return TRUE;
}

void cli_options_help(CliOptionSet set, GString *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const OptionRow *row = &rows[i];
        if (row->option != 0 && !(set & row->option))
            continue;
        g_autofree char *letter = row->letter ? g_strdup_printf("-%c, ", row->letter) : g_strdup("");
        g_autofree char *spelling =
            g_strconcat(letter, "--", row->name, row->value ? "=" : "", row->value ? row->value : "", NULL);
        g_string_append_printf(out, "  %-24s %s\n", spelling, row->help);
    }
}

void cli_options_words(CliOptionSet set, GString *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].option == 0 || (set & rows[i].option))
            g_string_append_printf(out, "--%s%s\n", rows[i].name, rows[i].value ? "=" : "");
    }
}
