/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/core_fixture.h"

#include "agent/core/model/ha_recommended.h"

static const HaChange *change_of(const GPtrArray *changes, const char *name)
{
    for (guint i = 0; i < changes->len; i++) {
        const HaChange *change = changes->pdata[i];
        if (g_str_equal(change->name, name))
            return change;
    }
    return NULL;
}

static void test_all_missing(void **state)
{
    g_autoptr(HaConfig) config = ha_config_new();
    g_autofree char *other = NULL;
    guint n;
    ha_recommended(&n);
    g_autoptr(GPtrArray) changes = ha_recommended_missing(config, &other);
    assert_int_equal(changes->len, n);
    assert_null(other);
    assert_int_equal(change_of(changes, "stonith-enabled")->kind, HA_CHANGE_PROPERTY_SET);
    assert_int_equal(change_of(changes, "resource-stickiness")->kind, HA_CHANGE_DEFAULT_SET);
    assert_string_equal(change_of(changes, "resource-stickiness")->value, "1000");
}

static void test_an_admins_choice_stays(void **state)
{
    g_autoptr(HaConfig) config = ha_config_new();
    g_autofree char *other = NULL;
    ha_config_add_setting(config->properties, "migration-limit", "5");
    ha_config_add_setting(config->properties, "stonith-enabled", "true");
    ha_config_sort(config);
    g_autoptr(GPtrArray) changes = ha_recommended_missing(config, &other);
    assert_null(change_of(changes, "migration-limit"));
    assert_null(change_of(changes, "stonith-enabled"));
    assert_non_null(change_of(changes, "load-threshold"));
    assert_string_equal(other, "migration-limit=5 (recommended: 2)");
}

/* A default of the same name as a property is another thing. */
static void test_scopes_are_apart(void **state)
{
    g_autoptr(HaConfig) config = ha_config_new();
    ha_config_add_setting(config->properties, "resource-stickiness", "1000");
    g_autoptr(GPtrArray) changes = ha_recommended_missing(config, NULL);
    assert_non_null(change_of(changes, "resource-stickiness"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_missing),
        cmocka_unit_test(test_an_admins_choice_stays),
        cmocka_unit_test(test_scopes_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
