/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether any one host may be lost, against the rule spelt out: each VM, big ones first, to the emptiest host. */
#include "agent/core/ha_survive.h"

#include "tests/unit/core_fixture.h"

#define HOSTS 4u
#define VMS_MAX 8u
#define ROUNDS 2000u

typedef struct {
    guint64 free_mib[HOSTS], vm_mib[HOSTS][VMS_MAX];
    guint n[HOSTS];
} Plain;

static gboolean plain_survives(const Plain *plain, guint lost)
{
    guint64 left[HOSTS], vms[VMS_MAX];
    memcpy(left, plain->free_mib, sizeof left);
    memcpy(vms, plain->vm_mib[lost], sizeof vms);
    for (guint placed = 0; placed < plain->n[lost]; placed++) {
        guint big = 0, host = lost ? 0 : 1;
        for (guint i = 1; i < plain->n[lost]; i++)
            big = vms[i] > vms[big] ? i : big;
        for (guint i = 0; i < HOSTS; i++)
            host = i != lost && left[i] > left[host] ? i : host;
        if (vms[big] > left[host])
            return FALSE;
        left[host] -= vms[big];
        vms[big] = 0;
    }
    return TRUE;
}

static void it_says_what_the_rule_says(void **state)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(7);
    guint survived = 0;
    for (guint round = 0; round < ROUNDS; round++) {
        Plain plain = {0};
        gboolean want = TRUE;
        HaView *view = fixture_new(HOSTS);
        g_autoptr(HaSurvive) survive = ha_survive_new(view, NULL);
        for (guint host = 0; host < HOSTS; host++)
            plain.free_mib[host] = 16384;
        for (guint host = 0; host < HOSTS; host++) {
            g_autofree char *name = g_strdup_printf("node%u", host + 1);
            for (guint i = 0; i < VMS_MAX; i++) {
                guint64 mem_mib = (guint64)g_rand_int_range(dice, 1, 9) * 512;
                if (mem_mib > plain.free_mib[host] || g_rand_int_range(dice, 0, 4) == 0)
                    continue;
                plain.vm_mib[host][plain.n[host]++] = mem_mib;
                plain.free_mib[host] -= mem_mib;
                ha_survive_put(survive, name, mem_mib);
            }
        }
        for (guint host = 0; host < HOSTS; host++)
            want = want && plain_survives(&plain, host);
        if (ha_survive_any(survive) != want)
            fail_msg("round %u: %s", round, want ? "it would survive" : "it would not");
        survived += want;
        ha_view_free(view);
    }
    assert_in_range(survived, ROUNDS / 20, ROUNDS - ROUNDS / 20); /* both answers were asked for */
}

static void what_is_taken_was_put(void **state)
{
    HaView *view = fixture_new(2);
    fixture_add(view, "big", "node1", 12288);
    g_autoptr(HaSurvive) survive = ha_survive_new(view, NULL);
    assert_true(ha_survive_any(survive));
    ha_survive_put(survive, "node2", 8192);
    assert_false(ha_survive_any(survive));
    assert_false(ha_survive_take(survive, "node2", 4096));
    assert_true(ha_survive_take(survive, "node2", 8192));
    assert_false(ha_survive_take(survive, "node2", 8192));
    assert_true(ha_survive_any(survive));
    ha_survive_put(survive, "node9", 8192);
    ha_survive_put(survive, NULL, 8192);
    assert_true(ha_survive_any(survive));
    ha_view_free(view);
}

static void hosts_out_of_service_stand_in_for_nobody(void **state)
{
    HaView *view = fixture_new(3);
    fixture_add(view, "big", "node1", 12288);
    fixture_add(view, "other", "node2", 8192);
    g_autoptr(HaSurvive) all = ha_survive_new(view, NULL);
    assert_true(ha_survive_any(all));
    g_autoptr(HaSurvive) leaving = ha_survive_new(view, "node3");
    assert_false(ha_survive_any(leaving));
    fixture_node(view, "node3")->standby = TRUE;
    g_autoptr(HaSurvive) standby = ha_survive_new(view, NULL);
    assert_false(ha_survive_any(standby));
    g_autoptr(HaSurvive) alone = ha_survive_new(view, "node2");
    assert_true(ha_survive_any(alone)); /* nobody is asked to stand in */
    ha_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_the_rule_says),
        cmocka_unit_test(what_is_taken_was_put),
        cmocka_unit_test(hosts_out_of_service_stand_in_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
