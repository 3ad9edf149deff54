/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder makes of ticks: interruptions, restarts, two copies alive. */
#include "tests/lab/ticks/ha_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOOT_A 0xaULL
#define BOOT_B 0xbULL

struct beat {
    uint64_t boot;
    uint64_t sequence;
    double at_ms;
};

static void note(struct ha_ticks *ticks, const char *name, struct beat beat)
{
    char wire[HA_TICKS_NAME_SIZE] = "";

    snprintf(wire, sizeof wire, "%s", name);
    assert_int_equal(ha_ticks_note(ticks, wire, beat.boot, beat.sequence, beat.at_ms), HA_TICKS_NOTED);
}

static void test_gap_of_more_than_50_ms_is_an_interruption(void **state)
{
    struct ha_ticks ticks = {0};

    note(&ticks, "vm1", (struct beat){BOOT_A, 1, 1000});
    note(&ticks, "vm1", (struct beat){BOOT_A, 2, 1050});
    note(&ticks, "vm1", (struct beat){BOOT_A, 3, 1350});
    assert_int_equal(ticks.guests[0]->gaps_total, 1);
    assert_float_equal(ticks.guests[0]->gaps[0].at_ms, 1050, 0.01);
    assert_float_equal(ha_ticks_worst_gap_ms(ticks.guests[0], 0), 300, 0.01);
    assert_float_equal(ha_ticks_worst_gap_ms(ticks.guests[0], 1350), 0, 0.01);
    assert_false(ha_ticks_overlap(ticks.guests[0]));
    ha_ticks_deinit(&ticks);
}

static void test_new_boot_is_a_restart_and_no_overlap(void **state)
{
    struct ha_ticks ticks = {0};

    note(&ticks, "vm1", (struct beat){BOOT_A, 500, 1000});
    note(&ticks, "vm1", (struct beat){BOOT_B, 1, 5000});
    note(&ticks, "vm1", (struct beat){BOOT_B, 2, 5010});
    assert_int_equal(ticks.guests[0]->boots_total, 2);
    assert_false(ha_ticks_overlap(ticks.guests[0]));
    ha_ticks_deinit(&ticks);
}

static void test_old_boot_that_ticks_on_is_a_second_copy(void **state)
{
    struct ha_ticks ticks = {0};

    note(&ticks, "vm1", (struct beat){BOOT_A, 500, 1000});
    note(&ticks, "vm1", (struct beat){BOOT_B, 1, 1005});
    note(&ticks, "vm1", (struct beat){BOOT_A, 501, 1010});
    assert_int_equal(ticks.guests[0]->boots_total, 2);
    assert_true(ha_ticks_overlap(ticks.guests[0]));
    ha_ticks_deinit(&ticks);
}

static void test_same_numbers_twice_are_a_second_copy(void **state)
{
    struct ha_ticks ticks = {0};
    double at_ms = 1000;

    for (uint64_t sequence = 1; sequence <= HA_TICKS_REPEATS_OF_A_DOUBLE; sequence++) {
        assert_false(ticks.guests_n > 0 && ha_ticks_overlap(ticks.guests[0]));
        note(&ticks, "vm1", (struct beat){BOOT_A, sequence, at_ms++});
        note(&ticks, "vm1", (struct beat){BOOT_A, sequence, at_ms++});
    }
    assert_true(ha_ticks_overlap(ticks.guests[0]));
    ha_ticks_deinit(&ticks);
}

static void test_names_are_not_trusted(void **state)
{
    static const char *const bad[] = {"", "a b", "\"", "a\nb", "0123456789012345678901234567890123456789"};
    struct ha_ticks ticks = {0};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char wire[HA_TICKS_NAME_SIZE + 1] = "";

        snprintf(wire, sizeof wire, "%s", bad[i]);
        assert_int_equal(ha_ticks_note(&ticks, wire, BOOT_A, 1, 1), HA_TICKS_BAD_NAME);
    }
    assert_int_equal(ticks.guests_n, 0);
}

static void test_everything_is_bounded(void **state)
{
    struct ha_ticks ticks = {0};
    char name[HA_TICKS_NAME_SIZE] = "";

    for (uint64_t i = 0; i < HA_TICKS_GAPS_MAX + 10; i++) {
        note(&ticks, "vm1", (struct beat){i, 1, 100.0 * (double)i});
    }
    assert_int_equal(ticks.guests[0]->gaps_total, HA_TICKS_GAPS_MAX + 9);
    assert_int_equal(ticks.guests[0]->boots_total, HA_TICKS_GAPS_MAX + 10);
    for (size_t i = 1; i < HA_TICKS_GUESTS_MAX; i++) {
        snprintf(name, sizeof name, "other%zu", i);
        note(&ticks, name, (struct beat){BOOT_A, 1, 1e9});
    }
    assert_int_equal(ha_ticks_note(&ticks, "one-more", BOOT_A, 1, 1e9), HA_TICKS_FULL);
    ha_ticks_deinit(&ticks);
}

static void test_json_report(void **state)
{
    struct ha_ticks ticks = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    note(&ticks, "vm1", (struct beat){BOOT_A, 1, 1000});
    note(&ticks, "vm1", (struct beat){BOOT_A, 2, 1300});
    ha_ticks_print_json(&ticks, 1310, 0, to);
    fclose(to);
    assert_string_equal(text,
        "{\"now_ms\":1310,\"guests\":[{\"name\":\"vm1\",\"boots\":1,\"restarts\":0,\"ticks\":2,\"first_ms\":1000,"
        "\"last_ms\":1300,\"last_seen_ms_ago\":10,\"worst_gap_ms\":300.0,\"gaps\":[{\"at_ms\":1000,\"length_ms\":300.0}"
        "],"
        "\"boot_ids\":[{\"id\":\"000000000000000a\",\"first_ms\":1000}],\"repeats\":0,\"stale\":0,\"overlap\":false}]}"
        "\n");
    free(text);
    ha_ticks_deinit(&ticks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap_of_more_than_50_ms_is_an_interruption),
        cmocka_unit_test(test_new_boot_is_a_restart_and_no_overlap),
        cmocka_unit_test(test_old_boot_that_ticks_on_is_a_second_copy),
        cmocka_unit_test(test_same_numbers_twice_are_a_second_copy),
        cmocka_unit_test(test_names_are_not_trusted),
        cmocka_unit_test(test_everything_is_bounded),
        cmocka_unit_test(test_json_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
