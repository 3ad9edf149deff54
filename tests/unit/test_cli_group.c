/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group's settings on the command line: bad input, and every key there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_group.h"
#include "agent/cli/cli_json.h"
#include "agent/wire/wire_group.h"
#include "tests/unit/cli/cli_schema.h"

static gboolean apply(HaGroup *group, const char *words, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(words, " ", -1);
    return cli_group_settings(group, parts, error);
}

#define ALL                                                                                                            \
    "tier=1 restarts=5 restart_window_s=0 evacuation=never affinity=apart affinity_strength=hard only_on=node2,node1 " \
    "only_on_strength=hard prefer=node1 prefer_strength=hard after=db,cache ready=tcp ready_port=80 ready_delay_s=3 "  \
    "migration=slow alert=report balance=suggest"

static void every_setting_is_taken(void **state)
{
    g_autoptr(HaGroup) group = ha_group_new("web");
    assert_true(apply(group, ALL, NULL));
    assert_int_equal(group->tier, 1);
    assert_int_equal(group->restarts, 5);
    assert_int_equal(group->restart_window_s, 0);
    assert_int_equal(group->evacuation, HA_EVACUATE_NEVER);
    assert_int_equal(group->affinity, HA_AFFINITY_APART);
    assert_int_equal(group->affinity_strength, HA_RULE_HARD);
    assert_int_equal(group->only_on->len, 2);
    assert_string_equal(group->only_on->pdata[0], "node1"); /* sorted */
    assert_string_equal(group->after->pdata[0], "cache");
    assert_int_equal(group->ready_port, 80);
    assert_string_equal(group->migration, "slow");
    assert_int_equal(group->balance, HA_BALANCE_SUGGEST);
    assert_true(apply(group, "only_on= ready=started", NULL));
    assert_int_equal(group->only_on->len, 0);
    assert_int_equal(group->ready_port, 0);
    assert_int_equal(group->prefer->len, 1); /* what is not named stays */
}

static void bad_settings_are_refused(void **state)
{
    static const struct {
        const char *words, *says;
    } table[] = {
        {"tier", "write KEY=VALUE"},
        {"teir=1", "did you mean tier"},
        {"colour=red", "there are: tier, restarts"},
        {"tier=6", "give 1 to 5"},
        {"tier=-1", "give 1 to 5"},
        {"tier=", "give 1 to 5"},
        {"tier=1 tier=2", "given twice"},
        {"affinity=close", "give one of none, together, apart"},
        {"only_on=node1,", "not a name"},
        {"only_on=node1,node1", "there twice"},
        {"after=1st", "not a name"},
        {"migration=a/b", "not a name"},
        {"ready=tcp", "which port"},
        {"ready_port=80", "only ready=tcp has a port"},
        {"ready=tcp ready_port=70000", "give 0 to 65535"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(HaGroup) group = ha_group_new("web");
        g_autoptr(GError) error = NULL;
        assert_false(apply(group, table[i].words, &error));
        assert_true(g_error_matches(error, CLI_ERROR, CLI_EXIT_USAGE));
        if (!strstr(error->message, table[i].says))
            fail_msg("%s: %s", table[i].words, error->message);
    }
}

static void a_group_is_shown_with_its_vms(void **state)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    g_autoptr(HaGroup) web = ha_group_new("web");
    assert_true(apply(web, ALL, NULL));
    Hactl__Group message;
    Hactl__ViewVm vm = HACTL__VIEW_VM__INIT, loose = HACTL__VIEW_VM__INIT;
    Hactl__View view = HACTL__VIEW__INIT;
    Hactl__Group *groups[] = {&message};
    Hactl__ViewVm *vms[] = {&loose, &vm};
    wire_group_put(arena, web, &message);
    vm.name = (char *)"web1";
    vm.group = (char *)"web";
    loose.name = (char *)"loose";
    view.groups = groups;
    view.vms = vms;
    view.n_groups = 1;
    view.n_vms = G_N_ELEMENTS(vms);

    g_autoptr(GString) list = g_string_new(NULL), one = g_string_new(NULL);
    CliStyle style = {.width = 200};
    cli_group_show_list(&style, &view, list);
    assert_non_null(strstr(list->str, "hard apart; hard only-on node1, node2; hard prefer node1; after cache, db"));
    g_autoptr(HaGroup) found = cli_group_find(&view, "web", NULL);
    assert_true(ha_group_equal(found, web));
    cli_group_show(&style, &view, found, one);
    assert_non_null(strstr(one->str, "web1"));
    assert_null(strstr(one->str, "loose"));
    g_autoptr(GError) error = NULL;
    assert_null(cli_group_find(&view, "db", &error));
    assert_true(g_error_matches(error, CLI_ERROR, CLI_EXIT_UNKNOWN));

    g_autoptr(JsonBuilder) json = json_builder_new();
    cli_group_json(json, &view, found);
    g_autofree char *text = cli_json_take(json, FALSE);
    assert_null(cli_schema_check("group.json", text));
    assert_non_null(strstr(text, "\"affinity_strength\":\"hard\""));
    assert_non_null(strstr(text, "\"vms\":[\"web1\"]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_taken),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(a_group_is_shown_with_its_vms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
