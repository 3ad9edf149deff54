/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/wire/wire_group.h"

static HaGroup *sample(void)
{
    HaGroup *group = ha_group_new("web");
    group->tier = 1;
    group->restarts = 0;
    group->restart_window_s = 0;
    group->evacuation = HA_EVACUATE_STOP;
    group->affinity = HA_AFFINITY_APART;
    group->affinity_strength = HA_RULE_HARD;
    g_ptr_array_add(group->only_on, g_strdup("node1"));
    g_ptr_array_add(group->only_on, g_strdup("node2"));
    group->only_on_strength = HA_RULE_HARD;
    g_ptr_array_add(group->prefer, g_strdup("node2"));
    group->prefer_strength = HA_RULE_HARD;
    g_ptr_array_add(group->after, g_strdup("db"));
    group->ready = HA_READY_TCP;
    group->ready_port = 443;
    group->ready_delay_s = 7;
    group->alert = HA_ALERT_REPORT;
    group->balance = HA_BALANCE_NEVER;
    g_free(group->migration);
    group->migration = g_strdup("careful");
    return group;
}

static void a_group_arrives_as_it_was_sent(void **state)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    g_autoptr(HaGroup) sent = sample();
    Hactl__Group message;
    wire_group_put(arena, sent, &message);
    g_autoptr(HaGroup) taken = wire_group_take(&message, NULL);
    assert_non_null(taken);
    assert_true(ha_group_equal(sent, taken));
}

static void what_is_not_given_is_the_default(void **state)
{
    Hactl__Group message = HACTL__GROUP__INIT;
    message.name = (char *)"web";
    g_autoptr(HaGroup) taken = wire_group_take(&message, NULL);
    g_autoptr(HaGroup) fresh = ha_group_new("web");
    assert_true(ha_group_equal(taken, fresh));
}

#define CASE(name, ...)                                                                                                \
    static void name(Hactl__Group *group)                                                                              \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }

static char *many[HA_NODES_MAX + 1];

CASE(bad_name, group->name = (char *)"no such; rm")
CASE(bad_migration, group->migration = (char *)"")
CASE(tier_zero, group->tier = 0)
CASE(tier_high, group->tier = HA_TIER_MAX + 1)
CASE(restarts_high, group->restarts = HA_RESTARTS_MAX + 1)
CASE(evacuation_unknown, group->evacuation = HA_EVACUATIONS)
CASE(affinity_unknown, group->affinity = HA_AFFINITIES)
CASE(strength_unknown, group->only_on_strength = HA_RULE_STRENGTHS)
CASE(ready_unknown, group->ready = HA_READIES)
CASE(tcp_without_port, group->ready_port = 0)
CASE(port_high, group->ready_port = 65536)
CASE(delay_long, group->ready_delay_s = HA_READY_DELAY_MAX_S + 1)
CASE(bad_node, group->only_on[1] = (char *)"a b")
CASE(bad_after, group->after[0] = (char *)"-")
CASE(many_nodes, group->prefer = many; group->n_prefer = G_N_ELEMENTS(many))

static const struct {
    void (*spoil)(Hactl__Group *group);
    WireError code;
    const char *says;
} refusals[] = {
    {bad_name, WIRE_ERROR_TEXT, "group.name is not"},
    {bad_migration, WIRE_ERROR_TEXT, "group.migration is not"},
    {tier_zero, WIRE_ERROR_RANGE, "group.tier is 0"},
    {tier_high, WIRE_ERROR_RANGE, "group.tier is 6"},
    {restarts_high, WIRE_ERROR_RANGE, "group.restarts"},
    {evacuation_unknown, WIRE_ERROR_RANGE, "group.evacuation"},
    {affinity_unknown, WIRE_ERROR_RANGE, "group.affinity"},
    {strength_unknown, WIRE_ERROR_RANGE, "group.only_on_strength"},
    {ready_unknown, WIRE_ERROR_RANGE, "group.ready"},
    {tcp_without_port, WIRE_ERROR_RANGE, "group.ready_port is 0"},
    {port_high, WIRE_ERROR_RANGE, "group.ready_port"},
    {delay_long, WIRE_ERROR_RANGE, "group.ready_delay_s"},
    {bad_node, WIRE_ERROR_TEXT, "group.only_on"},
    {bad_after, WIRE_ERROR_TEXT, "group.after"},
    {many_nodes, WIRE_ERROR_TOO_MANY, "group.prefer"},
};

static void everything_else_is_refused(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = (char *)"node1";
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(WireArena) arena = wire_arena_new();
        g_autoptr(HaGroup) group = sample();
        g_autoptr(GError) error = NULL;
        Hactl__Group message;
        wire_group_put(arena, group, &message);
        refusals[i].spoil(&message);
        assert_null(wire_group_take(&message, &error));
        assert_int_equal(error->code, refusals[i].code);
        assert_true(g_str_has_prefix(error->message, refusals[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_arrives_as_it_was_sent),
        cmocka_unit_test(what_is_not_given_is_the_default),
        cmocka_unit_test(everything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
