/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether any one host, or any two or three, may be lost, against the rule spelt out: each VM, big ones first, to the
 * emptiest host. */
#include "agent/core/plan/ha_survive.h"

#include "tests/unit/core_fixture.h"

#define HOSTS 4u
#define VMS_MAX 8u
#define ROUNDS 2000u

typedef struct {
    guint64 free_mib[HOSTS], vm_mib[HOSTS][VMS_MAX];
    guint n[HOSTS];
} Plain;

/* @lost: a bit for each host. */
static gboolean plain_survives(const Plain *plain, guint lost)
{
    guint64 left[HOSTS], vms[HOSTS * VMS_MAX];
    guint n = 0;
    for (guint host = 0; host < HOSTS; host++) {
        gboolean gone = lost >> host & 1;
        left[host] = gone ? 0 : plain->free_mib[host];
        for (guint i = 0; gone && i < plain->n[host]; i++)
            vms[n++] = plain->vm_mib[host][i];
    }
    for (guint placed = 0; placed < n; placed++) {
        guint big = 0, host = 0;
        for (guint i = 1; i < n; i++)
            big = vms[i] > vms[big] ? i : big;
        for (guint i = 1; i < HOSTS; i++)
            host = left[i] > left[host] ? i : host;
        if (vms[big] > left[host])
            return FALSE;
        left[host] -= vms[big];
        vms[big] = 0;
    }
    return TRUE;
}

static guint bits(guint set)
{
    return set ? (set & 1) + bits(set >> 1) : 0;
}

static void check_rule(guint lose, gint vm_mib)
{
    g_autofree char *spare = g_strdup_printf("%u", lose);
    g_autoptr(GRand) dice = g_rand_new_with_seed(7);
    guint survived = 0;
    for (guint round = 0; round < ROUNDS; round++) {
        Plain plain = {0};
        gboolean want = TRUE;
        HaView *view = fixture_new(HOSTS);
        ha_config_add_setting(view->config->properties, "hactl-spare-hosts", spare);
        g_autoptr(HaSurvive) survive = ha_survive_new(view, NULL);
        assert_int_equal(ha_survive_lose(survive), lose);
        for (guint host = 0; host < HOSTS; host++)
            plain.free_mib[host] = 16384;
        for (guint host = 0; host < HOSTS; host++) {
            g_autofree char *name = g_strdup_printf("node%u", host + 1);
            for (guint i = 0; i < VMS_MAX; i++) {
                guint64 mem_mib = (guint64)g_rand_int_range(dice, 1, 9) * vm_mib;
                if (mem_mib > plain.free_mib[host] || g_rand_int_range(dice, 0, 4) == 0)
                    continue;
                plain.vm_mib[host][plain.n[host]++] = mem_mib;
                plain.free_mib[host] -= mem_mib;
                ha_survive_put(survive, name, mem_mib);
            }
        }
        for (guint lost = 0; lost < 1u << HOSTS; lost++)
            want = want && (bits(lost) != lose || plain_survives(&plain, lost));
        if (ha_survive_any(survive) != want)
            fail_msg("round %u: %s", round, want ? "it would survive" : "it would not");
        survived += want;
        ha_view_free(view);
    }
    assert_in_range(survived, ROUNDS / 20, ROUNDS - ROUNDS / 20); /* both answers were asked for */
}

static void it_says_what_the_rule_says(void **state)
{
    check_rule(1, 512);
    check_rule(2, 300);
    check_rule(3, 150);
}

static void what_cannot_be_kept_is_asked_for_less(void **state)
{
    HaView *view = fixture_new(3);
    ha_config_add_setting(view->config->properties, "hactl-spare-hosts", "3");
    fixture_add(view, "one", "node1", 10240);
    fixture_add(view, "two", "node2", 10240);
    g_autoptr(HaSurvive) survive = ha_survive_new(view, NULL);
    assert_int_equal(ha_survive_lose(survive), 2); /* the third has nobody to stand in for it */
    assert_false(ha_survive_any(survive));
    assert_true(ha_survive_lower(survive));
    assert_int_equal(ha_survive_lose(survive), 1);
    assert_true(ha_survive_any(survive));
    assert_false(ha_survive_lower(survive));
    assert_true(ha_survive_any(survive)); /* nothing is asked any more */
    ha_view_free(view);
}

/* More sets than are looked at: the fullest host is among those that are, wherever it stands. */
static void of_many_hosts_the_fullest_are_lost(void **state)
{
    HaView *view = fixture_new(60);
    ha_config_add_setting(view->config->properties, "hactl-spare-hosts", "2");
    for (guint i = 1; i <= 60; i++) {
        g_autofree char *name = g_strdup_printf("vm%u", i), *node = g_strdup_printf("node%u", i);
        fixture_add(view, name, node, 1024);
        fixture_node(view, node)->mem_mib = 2048;
    }
    fixture_node(view, "node60")->mem_mib = 16384;
    g_autoptr(HaSurvive) survive = ha_survive_new(view, NULL);
    assert_true(ha_survive_any(survive));
    ha_survive_put(survive, "node60", 12288);
    assert_false(ha_survive_any(survive));
    ha_view_free(view);
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
        cmocka_unit_test(what_cannot_be_kept_is_asked_for_less),
        cmocka_unit_test(of_many_hosts_the_fullest_are_lost),
        cmocka_unit_test(what_is_taken_was_put),
        cmocka_unit_test(hosts_out_of_service_stand_in_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
