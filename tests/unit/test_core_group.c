/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/core_fixture.h"

#include "agent/core/model/ha_group.h"

static void test_defaults(void **state)
{
    g_autoptr(HaGroup) group = ha_group_new("web");
    assert_string_equal(group->name, "web");
    assert_int_equal(group->tier, HA_TIER_DEFAULT);
    assert_int_equal(group->evacuation, HA_EVACUATE_LIVE);
    assert_int_equal(group->only_on_strength, HA_RULE_SOFT);
    assert_int_equal(group->after->len, 0);
}

static void test_copy_is_equal_until_changed(void **state)
{
    g_autoptr(HaGroup) group = ha_group_new("web");
    g_ptr_array_add(group->only_on, g_strdup("node1"));
    g_ptr_array_add(group->after, g_strdup("db"));
    g_autoptr(HaGroup) copy = ha_group_copy(group);
    assert_true(ha_group_equal(group, copy));
    g_ptr_array_add(copy->only_on, g_strdup("node2"));
    assert_false(ha_group_equal(group, copy));
    g_ptr_array_set_size(copy->only_on, 1);
    copy->balance = HA_BALANCE_NEVER;
    assert_false(ha_group_equal(group, copy));
}

static void test_words(void **state)
{
    for (guint i = 0; i < HA_EVACUATIONS; i++) {
        HaEvacuation value = HA_EVACUATIONS;
        assert_true(ha_evacuation_parse(ha_evacuation_word(i), &value));
        assert_int_equal(value, i);
    }
    HaReady ready = HA_READY_TCP;
    assert_false(ha_ready_parse("soon", &ready));
    assert_false(ha_ready_parse(NULL, &ready));
    assert_int_equal(ready, HA_READY_TCP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_copy_is_equal_until_changed),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
