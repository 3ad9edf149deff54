/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_verbs.h"

#include <string.h>

#define ALL ((CliOptionSet)G_MAXUINT64)
#define WORDS(...) ((char *const[]){__VA_ARGS__ NULL})

static void options_and_arguments_mix(void **state)
{
    g_auto(CliOptions) options = {0};
    assert_true(cli_options_parse(ALL,
        WORDS((char *)"node3", (char *)"--dry-run", (char *)"--deadline", (char *)"5m", (char *)"--wait=no",
            (char *)"-n", (char *)"7", (char *)"--", (char *)"--odd", ),
        &options, NULL));
    assert_true(options.dry_run);
    assert_false(options.wait);
    assert_false(options.json);
    assert_int_equal(options.deadline_s, 300);
    assert_int_equal(options.lines, 7);
    assert_int_equal(options.n_args, 2);
    assert_string_equal(options.args[0], "node3");
    assert_string_equal(options.args[1], "--odd");
    assert_null(options.args[2]);
}

static void defaults(void **state)
{
    g_auto(CliOptions) options = {0};
    assert_true(cli_options_parse(ALL, WORDS(), &options, NULL));
    assert_true(options.wait);
    assert_int_equal(options.lines, 40);
    assert_int_equal(options.timeout_s, 0);
    assert_int_equal(options.n_args, 0);
}

static void bad_input_is_refused(void **state)
{
    static const struct {
        CliOptionSet set;
        const char *words[3];
        const char *named; /* in the message */
    } rows[] = {
        {ALL, {"--frob"}, "--frob"},
        {CLI_OPTION_JSON, {"--dry-run"}, "--dry-run"}, /* known, not this verb's */
        {ALL, {"--deadline"}, "deadline"},
        {ALL, {"--deadline=soon"}, "soon"},
        {ALL, {"--deadline", "-5"}, "-5"},
        {ALL, {"--timeout=0"}, "--timeout"},
        {ALL, {"--wait=perhaps"}, "perhaps"},
        {ALL, {"--json=yes"}, "--json"},
        {ALL, {"--restart=no"}, "--restart"},
        {ALL, {"-n", "0"}, "-n 0"},
        {ALL, {"-n", "513"}, "513"},
        {ALL, {"-n", "many"}, "many"},
        {ALL, {"-n", "99999999999"}, "99999999999"},
        {ALL, {"--to=bad name"}, "bad name"},
        {ALL, {"--to="}, "--to"},
        {ALL, {"--to=../etc"}, "../etc"},
        {ALL, {"--from-libvirt=a;b"}, "a;b"},
        {ALL, {"-x"}, "-x"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        CliOptions options = {.lines = -77};
        g_autoptr(GError) error = NULL;
        char *words[] = {(char *)rows[i].words[0], (char *)rows[i].words[1], NULL};
        assert_false(cli_options_parse(rows[i].set, words, &options, &error));
        assert_true(g_error_matches(error, CLI_ERROR, CLI_EXIT_USAGE));
        assert_non_null(strstr(error->message, rows[i].named));
        assert_int_equal(options.lines, -77); /* untouched */
    }
}

static void every_verb_explains_itself(void **state)
{
    guint n = 0;
    const CliVerb *verbs = cli_verbs(&n);
    assert_true(n > 10);
    for (guint i = 0; i < n; i++) {
        assert_non_null(verbs[i].run);
        if (g_str_equal(verbs[i].name, "__complete"))
            continue;
        assert_non_null(verbs[i].summary);
        assert_non_null(strstr(verbs[i].examples, "hactl "));
        assert_non_null(strstr(verbs[i].examples, verbs[i].name));
        g_autoptr(GString) help = g_string_new(NULL);
        cli_verb_help(&verbs[i], help);
        assert_non_null(strstr(help->str, "--help"));
    }
}

static void verbs_are_found(void **state)
{
    guint words = 0;
    const CliVerb *verb = cli_verb_find(WORDS((char *)"vm", (char *)"list", (char *)"x", ), &words, NULL);
    assert_string_equal(verb->name, "vm list");
    assert_int_equal(words, 2);
    verb = cli_verb_find(WORDS((char *)"drain", (char *)"list", ), &words, NULL);
    assert_string_equal(verb->name, "drain");
    assert_int_equal(words, 1);
}

static void the_nearest_verb_is_named(void **state)
{
    static const struct {
        const char *words[2];
        const char *named;
    } rows[] = {{{"stats"}, "hactl status"}, {{"dran"}, "hactl drain"}, {{"vm", "strat"}, "hactl vm start"},
        {{"node"}, "hactl node list, hactl node show"}, {{"vm", "frobnicate"}, "hactl vm add"},
        {{"frobnicate"}, "hactl help"}, {{""}, "hactl help"}, {{"lst"}, "list"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint words = 77;
        g_autoptr(GError) error = NULL;
        char *argv[] = {(char *)rows[i].words[0], (char *)rows[i].words[1], NULL};
        assert_null(cli_verb_find(argv, &words, &error));
        assert_true(g_error_matches(error, CLI_ERROR, CLI_EXIT_USAGE));
        assert_non_null(strstr(error->message, rows[i].named));
        assert_int_equal(words, 77);
    }
}

static void a_family_has_a_page(void **state)
{
    g_autoptr(GString) page = g_string_new(NULL);
    assert_true(cli_help_family("fence", page));
    assert_non_null(strstr(page->str, "fence confirm NODE"));
    assert_non_null(strstr(page->str, "hactl help fence COMMAND"));
    assert_null(strstr(page->str, "vm list"));
    g_string_truncate(page, 0);
    assert_false(cli_help_family("status", page)); /* a verb by itself */
    assert_false(cli_help_family("frobnicate", page));
    assert_int_equal(page->len, 0);
}

/* The manual must name every verb, every option and every exit code; and no verb that there isn't. */
static void the_manual_keeps_up(void **state)
{
    g_autofree char *path = g_build_filename(HA_SOURCE_DIR, "docs/man/hactl.8", NULL);
    g_autofree char *manual = NULL;
    assert_true(g_file_get_contents(path, &manual, NULL, NULL));
    guint n = 0;
    const CliVerb *verbs = cli_verbs(&n);
    for (guint i = 0; i < n; i++) {
        g_autofree char *named = g_strdup_printf("Cm %s", verbs[i].name);
        if (verbs[i].summary && !strstr(manual, named))
            fail_msg("hactl.8 lacks %s", verbs[i].name);
    }
    g_autoptr(GString) words = g_string_new(NULL);
    cli_options_words(ALL, words);
    g_auto(GStrv) options = g_strsplit(words->str, "\n", -1);
    for (guint i = 0; options[i] && *options[i]; i++) {
        g_autofree char *bare = g_strndup(options[i] + 2, strcspn(options[i] + 2, "="));
        g_autofree char *named = g_strdup_printf("Fl -%s", bare);
        if (!strstr(manual, named))
            fail_msg("hactl.8 lacks --%s", bare);
    }
    static const CliExit exits[] = {CLI_EXIT_DONE, CLI_EXIT_FAILED, CLI_EXIT_USAGE, CLI_EXIT_PARTIAL, CLI_EXIT_UNKNOWN,
        CLI_EXIT_REFUSED, CLI_EXIT_UNREACHABLE, CLI_EXIT_PERMISSION, CLI_EXIT_NOT_QUORATE, CLI_EXIT_NO_PACEMAKER,
        CLI_EXIT_TIMEOUT, CLI_EXIT_WARNINGS, CLI_EXIT_ERRORS, CLI_EXIT_INTERRUPTED};
    for (guint i = 0; i < G_N_ELEMENTS(exits); i++) {
        g_autofree char *item = g_strdup_printf("\n.It %d\n", (int)exits[i]);
        assert_non_null(strstr(manual, item));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_arguments_mix),
        cmocka_unit_test(defaults),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(every_verb_explains_itself),
        cmocka_unit_test(verbs_are_found),
        cmocka_unit_test(the_nearest_verb_is_named),
        cmocka_unit_test(a_family_has_a_page),
        cmocka_unit_test(the_manual_keeps_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
