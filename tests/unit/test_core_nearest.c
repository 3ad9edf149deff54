/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/model/ha_nearest.h"

static void distances(void **state)
{
    static const struct {
        const char *typed, *known;
        guint distance;
    } rows[] = {
        {"", "", 0},
        {"drain", "drain", 0},
        {"drian", "drain", 2},
        {"", "abc", 3},
        {"abc", "", 3},
        {"only-on", "only_on", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(ha_word_distance(rows[i].typed, rows[i].known), rows[i].distance);
}

static void the_nearest_and_the_first(void **state)
{
    static const char *const words[] = {"tier", "restarts", "ready", "ready_port", NULL};
    assert_string_equal(ha_nearest("teir", words), "tier");
    assert_string_equal(ha_nearest("redy", words), "ready");
    assert_string_equal(ha_nearest("ready-port", words), "ready_port");
    assert_null(ha_nearest("colour", words));
    assert_null(ha_nearest("x", (const char *const[]){"a_word_that_is_longer_than_any_known_word", NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(the_nearest_and_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
