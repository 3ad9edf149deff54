/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "agent/core/ha_core.h"
#include "agent/cli/cli_format.h"

#include <string.h>

static void assert_text(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    g_free(text);
}

static void sizes_scale(void **state)
{
    static const struct {
        guint64 mib;
        const char *text;
    } rows[] = {{0, "0 MiB"}, {1, "1 MiB"}, {1023, "1023 MiB"}, {1024, "1.0 GiB"}, {1946, "1.9 GiB"}, {12288, "12 GiB"},
        {2 * 1024 * 1024, "2.0 TiB"}, {G_MAXUINT64, "17179869184 PiB"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_text(cli_format_mib(rows[i].mib), rows[i].text);
    assert_text(cli_format_rate(0), "0 B/s");
    assert_text(cli_format_rate(118 << 20), "118 MiB/s");
    assert_text(cli_format_rate(1536), "1.5 KiB/s");
}

static void durations_read_well(void **state)
{
    static const struct {
        gint64 ms;
        const char *text;
    } rows[] = {{-5, "0.0 s"}, {0, "0.0 s"}, {430, "0.4 s"}, {9999, "9.9 s"}, {10000, "10 s"}, {59999, "59 s"},
        {60000, "1 min 00 s"}, {185000, "3 min 05 s"}, {7500000, "2 h 05 min"}, {273600000, "3 d 04 h"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_text(cli_format_duration(rows[i].ms), rows[i].text);
}

static void shares_and_bars(void **state)
{
    assert_int_equal(cli_format_share(0, 0), 0);
    assert_int_equal(cli_format_share(1, 2), 500);
    assert_int_equal(cli_format_share(3, 2), 1000);
    assert_text(cli_format_permille(0), "0 %");
    assert_text(cli_format_permille(12), "1.2 %");
    assert_text(cli_format_permille(634), "63 %");
    assert_text(cli_format_bar(0, 4, FALSE), "[----]");
    assert_text(cli_format_bar(500, 4, FALSE), "[##--]");
    assert_text(cli_format_bar(5000, 4, FALSE), "[####]");
    assert_text(cli_format_bar(500, 4, TRUE), "[██··]");
}

static void clocks_show_the_date_when_it_matters(void **state)
{
    assert_text(cli_format_clock(1767268800, 1767268860), "12:00:00");
    assert_text(cli_format_clock(1767268800, 1767268800 + 24 * 3600), "2026-01-01 12:00:00");
    assert_text(cli_format_clock(G_MAXINT64, 0), "@9223372036854775807");
}

static void foreign_text_can_not_steer_the_terminal(void **state)
{
    assert_text(cli_format_clean("a\nb"), "a b");
    assert_text(cli_format_clean("\033[31mred\033[0m\n"), "[31mred [0m");
    assert_text(cli_format_clean("one\r\n\ttwo"), "one two");
    assert_text(cli_format_clean("caf\xc3\xa9"), "café");
    g_autofree char *broken = cli_format_clean("bad \xff byte");
    assert_true(g_utf8_validate(broken, -1, NULL));
}

static void texts_fit(void **state)
{
    assert_text(cli_format_fit("abcdef", 0), "abcdef");
    assert_text(cli_format_fit("abcdef", 6), "abcdef");
    assert_text(cli_format_fit("abcdef", 4), "abc~");
    assert_text(cli_format_fit("abcdef", 1), "~");
    assert_text(cli_format_fit("ab█def", 4), "ab█~");
}

static void durations_parse(void **state)
{
    static const struct {
        const char *text;
        gint64 s; /* 0: refused */
    } rows[] = {{"1", 1}, {"90", 90}, {"90s", 90}, {"5m", 300}, {"2h", 7200}, {"1h30m", 5400}, {"1d", 86400},
        {"366d", 366 * 86400}, {"", 0}, {"0", 0}, {"0s", 0}, {"s", 0}, {"-5", 0}, {"5x", 0}, {"5 m", 0}, {"1.5h", 0},
        {"367d", 0}, {"99999999999999999999", 0}, {"366d1s", 0}, {"5m\n", 0}, {"+5", 0}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 s = -1;
        g_autoptr(GError) error = NULL;
        gboolean ok = cli_parse_duration(rows[i].text, &s, &error);
        assert_int_equal(ok, rows[i].s > 0);
        assert_int_equal(s, ok ? rows[i].s : -1);
        if (!ok)
            assert_true(g_error_matches(error, CLI_ERROR, CLI_EXIT_USAGE));
    }
}

static void yes_and_no(void **state)
{
    gboolean yes = FALSE;
    assert_true(cli_parse_yes("yes", &yes, NULL) && yes);
    assert_true(cli_parse_yes("no", &yes, NULL) && !yes);
    g_autoptr(GError) error = NULL;
    assert_false(cli_parse_yes("perhaps", &yes, &error));
    assert_non_null(strstr(error->message, "perhaps"));
}

static void answers_become_errors(void **state)
{
    static const struct {
        HaAnswer answer;
        CliExit exit;
        const char *text;
        const char *message;
    } rows[] = {
        {HA_ANSWER_UNKNOWN, CLI_EXIT_UNKNOWN, NULL,
            "drain n: no such node or VM; the names are in: hactl node list, hactl vm list"},
        {HA_ANSWER_REFUSED, CLI_EXIT_REFUSED, "no; do this", "drain n: no; do this"},
        {HA_ANSWER_NOT_QUORATE, CLI_EXIT_NOT_QUORATE, "", NULL},
        {HA_ANSWER_NO_PACEMAKER, CLI_EXIT_NO_PACEMAKER, NULL, NULL},
        {HA_ANSWER_FAILED, CLI_EXIT_FAILED, "why", NULL},
        {(HaAnswer)99, CLI_EXIT_FAILED, "why", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Hactl__Answer answer = HACTL__ANSWER__INIT;
        answer.answer = rows[i].answer;
        answer.text = (char *)rows[i].text;
        g_autoptr(GError) error = NULL;
        assert_false(cli_error_check_answer(&answer, "drain n", &error));
        assert_int_equal(cli_error_exit(error), rows[i].exit);
        assert_non_null(strstr(error->message, "; "));
        if (rows[i].message)
            assert_string_equal(error->message, rows[i].message);
    }
    Hactl__Answer ok = HACTL__ANSWER__INIT;
    ok.answer = HA_ANSWER_OK;
    assert_true(cli_error_check_answer(&ok, "x", NULL));
    assert_true(cli_error_check_answer(NULL, "x", NULL));
}

static void sizes_are_parsed(void **state)
{
    static const struct {
        const char *text;
        guint64 mib; /* 0: refused */
    } rows[] = {{"512M", 512}, {"512MiB", 512}, {"4G", 4096}, {"4GiB", 4096}, {"1T", 1048576}, {"64T", 67108864},
        {"65T", 0}, {"0M", 0}, {"512", 0}, {"M", 0}, {"", 0}, {"-1G", 0}, {"1.5G", 0}, {"1 G", 0}, {"1GB", 0}, {"1g", 0},
        {"99999999999999999999M", 0}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        guint64 mib = 0;
        gboolean parsed = cli_parse_mib(rows[i].text, &mib, &error);
        if (parsed != (rows[i].mib > 0) || mib != rows[i].mib)
            fail_msg("%s: %" G_GUINT64_FORMAT, rows[i].text, mib);
        assert_true(parsed == (error == NULL));
    }
}

int main(void)
{
    g_setenv("TZ", "UTC", TRUE);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_scale),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(shares_and_bars),
        cmocka_unit_test(clocks_show_the_date_when_it_matters),
        cmocka_unit_test(foreign_text_can_not_steer_the_terminal),
        cmocka_unit_test(texts_fit),
        cmocka_unit_test(durations_parse),
        cmocka_unit_test(yes_and_no),
        cmocka_unit_test(answers_become_errors),
        cmocka_unit_test(sizes_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
