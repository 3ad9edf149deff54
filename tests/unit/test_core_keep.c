/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which definitions are kept: by the time of the last reference, by whom it comes, and never on a guess. */
#include <string.h>

#include "agent/core/ha_keep.h"
#include "tests/unit/core_fixture.h"

#define NOW_S 1700000000
#define HOUR_S 3600

static void a_day_after_the_last_reference(void **state)
{
    static const struct {
        gboolean referred, certain;
        gint64 age_s;
        HaKeep expected;
    } table[] = {
        {TRUE, TRUE, 0, HA_KEEP_LEAVE}, {TRUE, TRUE, HOUR_S - 1, HA_KEEP_LEAVE}, {TRUE, TRUE, HOUR_S, HA_KEEP_TOUCH},
        {TRUE, FALSE, HOUR_S, HA_KEEP_TOUCH},
        {TRUE, TRUE, 100 * 24 * HOUR_S, HA_KEEP_TOUCH}, /* the host was away for long */
        {FALSE, TRUE, 0, HA_KEEP_LEAVE}, {FALSE, TRUE, 24 * HOUR_S - 1, HA_KEEP_LEAVE},
        {FALSE, TRUE, 24 * HOUR_S, HA_KEEP_REMOVE}, {FALSE, FALSE, 100 * 24 * HOUR_S, HA_KEEP_LEAVE},
        {FALSE, TRUE, -1, HA_KEEP_TOUCH},    /* a clock was wrong: its day begins now */
        {FALSE, TRUE, NOW_S, HA_KEEP_LEAVE}, /* the file can't be looked at */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        HaKeep keep = ha_keep_judge(table[i].referred, table[i].certain, NOW_S - table[i].age_s, NOW_S);
        if (keep != table[i].expected)
            fail_msg("line %zu: %d", i, (int)keep);
    }
}

/* A VM's definition in the configuration, and the one that it still runs with. */
static void both_definitions_of_a_changed_vm_are_referred_to(void **state)
{
    HaView *view = fixture_new(2);
    HaConfigVm *vm1 = fixture_add(view, "vm1", "node1", 512);
    fixture_add(view, "vm2", "node2", 512);
    HaReportVm *said = (HaReportVm *)ha_report_find_vm(fixture_report(view, "node1"), "vm1");
    said->definition = g_strdup(vm1->definition);
    g_autoptr(GPtrArray) before = ha_keep_list(view);
    assert_int_equal(before->len, 2);

    g_free(vm1->definition);
    vm1->definition = g_strnfill(64, '0');
    g_autoptr(GPtrArray) changed = ha_keep_list(view);
    assert_int_equal(changed->len, 3);
    assert_string_equal(changed->pdata[0], vm1->definition);

    fixture_silent(view, "node1", "vm1");
    g_autoptr(GPtrArray) stopped = ha_keep_list(view);
    assert_int_equal(stopped->len, 2);
    ha_view_free(view);
}

static void without_configuration_nothing_is_referred_to_and_nothing_is_certain(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "vm1", "node1", 512);
    assert_true(ha_keep_certain(view));
    ha_view_put_config(view, NULL);
    g_autoptr(GPtrArray) list = ha_keep_list(view);
    assert_int_equal(list->len, 0);
    assert_false(ha_keep_certain(view));
    ha_view_free(view);
}

static void certain_only_when_everybody_was_heard(void **state)
{
    HaView *view = fixture_new(3);
    assert_true(ha_keep_certain(view));
    view->quorate = FALSE;
    assert_false(ha_keep_certain(view));
    view->quorate = TRUE;
    fixture_report(view, "node2")->libvirt = HA_LIBVIRT_AWAY;
    assert_false(ha_keep_certain(view));
    fixture_report(view, "node2")->libvirt = HA_LIBVIRT_OK;
    fixture_age(view, "node3", HA_REPORT_STALE_MS + 1);
    assert_false(ha_keep_certain(view));
    fixture_node(view, "node3")->state = HA_NODE_OFFLINE;
    assert_true(ha_keep_certain(view));
    fixture_node(view, "node3")->state = HA_NODE_UNCLEAN; /* it may run VMs still */
    assert_false(ha_keep_certain(view));
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_after_the_last_reference),
        cmocka_unit_test(both_definitions_of_a_changed_vm_are_referred_to),
        cmocka_unit_test(without_configuration_nothing_is_referred_to_and_nothing_is_certain),
        cmocka_unit_test(certain_only_when_everybody_was_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
