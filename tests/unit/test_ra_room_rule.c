/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has a host the memory for one more VM? */
#include "resource-agents/ra_room_rule.h"

#include "agent/core/ha_room.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void what_fits(void **state G_GNUC_UNUSED)
{
    const struct {
        RaRoom room;
        guint64 needed_mib;
        gboolean fits;
    } rows[] = {
        {{.total_mib = 16384, .reserve_mib = 2048}, 14336, TRUE},
        {{.total_mib = 16384, .reserve_mib = 2048}, 14337, FALSE},
        {{.total_mib = 16384, .reserve_mib = 2048, .running_mib = 10240, .starting_mib = 4000}, 96, TRUE},
        {{.total_mib = 16384, .reserve_mib = 2048, .running_mib = 10240, .starting_mib = 4000}, 97, FALSE},
        {{.total_mib = 16384, .reserve_mib = 2048, .running_mib = 20000}, 1, FALSE},      /* overfull already */
        {{.total_mib = 1024, .reserve_mib = 2048}, 1, FALSE},                             /* all of it is reserved */
        {{.total_mib = 16384, .reserve_mib = 2048, .permitted_mib = 32768}, 30000, TRUE}, /* overcommitted on purpose */
        {{.total_mib = 16384, .reserve_mib = 2048, .permitted_mib = 1000}, 1001, FALSE},
        {{.running_mib = 20000}, 1024, TRUE}, /* nothing is known */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(ra_room_fits(&rows[i].room, rows[i].needed_mib), rows[i].fits);
}

static void what_counts(void **state G_GNUC_UNUSED)
{
    RaRoom room = {.total_mib = 4096};
    g_autoptr(GPtrArray) running = g_ptr_array_new_with_free_func((GDestroyNotify)ra_room_use_free);
    g_autoptr(GPtrArray) starting = g_ptr_array_new_with_free_func((GDestroyNotify)ra_room_use_free);

    g_ptr_array_add(running, ra_room_use_new("web1", 1000));
    g_ptr_array_add(running, ra_room_use_new("stranger", 300));
    g_ptr_array_add(running, ra_room_use_new("me", 5000));    /* the paused rest of an earlier try */
    g_ptr_array_add(starting, ra_room_use_new("web1", 1000)); /* there already, its start is about to end */
    g_ptr_array_add(starting, ra_room_use_new("web2", 20));
    g_ptr_array_add(starting, ra_room_use_new("me", 5000));
    ra_room_count(&room, "me", running, starting);
    assert_int_equal(room.running_mib, 1300);
    assert_int_equal(room.n_running, 2);
    assert_int_equal(room.starting_mib, 20);
    assert_int_equal(room.n_starting, 1);
}

static void the_reason_has_the_numbers(void **state G_GNUC_UNUSED)
{
    const RaRoom room = {.total_mib = 16384, .reserve_mib = 2048, .running_mib = 14000, .n_running = 7};
    const RaRoom big = {.total_mib = 4000000, .running_mib = 3999999, .n_running = 888, .n_starting = 99};
    g_autofree char *why = ra_room_reason(&room, 1024);
    g_autofree char *longest = ra_room_reason(&big, 1048576);

    assert_true(g_str_has_prefix(why, HA_ROOM_REFUSAL));
    assert_non_null(strstr(why, "needs 1024 MiB, 336 free of 14336 (7 VMs 14000, 0 starting 0); stop VMs"));
    assert_true(strlen(longest) < 128); /* Pacemaker cuts it off */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits), cmocka_unit_test(what_counts), cmocka_unit_test(the_reason_has_the_numbers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
