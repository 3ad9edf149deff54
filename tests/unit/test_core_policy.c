/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/model/ha_policy.h"

static void text_and_back(void **state)
{
    g_autoptr(HaPolicy) policy = ha_policy_new("slow");
    policy->bandwidth_mibps = 100;
    policy->downtime_ms = 500;
    policy->downtime_max_ms = 2000;
    policy->deadline_s = 600;
    policy->auto_converge = FALSE;
    g_autofree char *text = ha_policy_format(policy);
    assert_string_equal(
        text, "bandwidth_mibps=100 downtime_ms=500 downtime_max_ms=2000 deadline_s=600 auto_converge=0");
    g_autoptr(HaPolicy) back = ha_policy_parse("slow", text);
    assert_true(ha_policy_equal(policy, back));
    g_autoptr(HaPolicy) copy = ha_policy_copy(policy);
    assert_true(ha_policy_equal(policy, copy));
}

/* What a later version writes, or an admin by hand. */
static void odd_text_leaves_the_defaults(void **state)
{
    static const char *const texts[] = {"", "deadline_s=soon", "deadline_s=-1 colour=red", "bandwidth_mibps", "  "};
    g_autoptr(HaPolicy) defaults = ha_policy_new("p");
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(HaPolicy) policy = ha_policy_parse("p", texts[i]);
        assert_true(ha_policy_equal(policy, defaults));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(odd_text_leaves_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
