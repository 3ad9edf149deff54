/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/model/ha_field.h"

static void every_word_is_known_and_comes_back(void **state)
{
    g_autoptr(HaGroup) group = ha_group_new("g");
    for (const HaField *field = ha_group_fields; field->key; field++) {
        if (field->type != HA_FIELD_WORD)
            continue;
        for (const char *const *word = field->words->all; *word; word++) {
            assert_true(field->words->parse(*word, HA_FIELD_AT(void, group, field)));
            assert_string_equal(field->words->word(HA_FIELD_AT(void, group, field)), *word);
        }
        assert_false(field->words->parse("colour", HA_FIELD_AT(void, group, field)));
    }
}

static void changes_read_as_sentences(void **state)
{
    g_autoptr(HaGroup) from = ha_group_new("g"), to = ha_group_new("g");
    g_autofree char *nothing = ha_field_changes(ha_group_fields, from, to);
    assert_string_equal(nothing, "");
    to->tier = 1;
    to->evacuation = HA_EVACUATE_NEVER;
    g_ptr_array_add(to->after, g_strdup("db"));
    g_ptr_array_add(to->after, g_strdup("dns"));
    g_autofree char *text = ha_field_changes(ha_group_fields, from, to);
    assert_string_equal(text, "tier 3 to 1, evacuation live to never, after none to db, dns");
    assert_false(ha_group_equal(from, to));
}

/* The tables know every member: what ha_group_equal sees, they see. */
static void policies(void **state)
{
    g_autoptr(HaPolicy)
        from = ha_policy_new("p"),
        to = ha_policy_parse("p", "bandwidth_mibps=1 downtime_ms=2 downtime_max_ms=3 deadline_s=4 auto_converge=0");
    g_autofree char *text = ha_field_changes(ha_policy_fields, from, to);
    assert_string_equal(text, "bandwidth_mibps 0 to 1, downtime_ms 0 to 2, downtime_max_ms 0 to 3, deadline_s 0 to 4, "
                              "auto_converge yes to no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_known_and_comes_back),
        cmocka_unit_test(changes_read_as_sentences),
        cmocka_unit_test(policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
