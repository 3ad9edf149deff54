/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_guard_rule.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MEMBER TRUE
#define LOST FALSE

/* What has become known by the time of the question. */
enum { AT_ONCE, PATIENCE_OVER, RECORDED, TIME_OVER };

static RaGuardVerdict judge(GPtrArray *peers, int when, const RaGuardPeer **peer)
{
    return ra_guard_judge(peers, when >= PATIENCE_OVER, when == TIME_OVER, when >= RECORDED, peer);
}

static const struct {
    const char *what;
    RaGuardPeer peer;
    RaGuardVerdict at_once, patience_over, recorded, time_over;
} rows[] = {
    {"absent", {"n2", MEMBER, RA_GUARD_ABSENT, FALSE}, RA_GUARD_START, RA_GUARD_START, RA_GUARD_START, RA_GUARD_START},
    {"absent on a lost host", {"n2", LOST, RA_GUARD_ABSENT, TRUE}, RA_GUARD_START, RA_GUARD_START, RA_GUARD_START,
        RA_GUARD_START},
    {"runs on a member", {"n2", MEMBER, RA_GUARD_HAS_IT, FALSE}, RA_GUARD_REFUSE, RA_GUARD_REFUSE, RA_GUARD_REFUSE,
        RA_GUARD_REFUSE},
    {"runs on a lost host", {"n2", LOST, RA_GUARD_HAS_IT, FALSE}, RA_GUARD_REFUSE, RA_GUARD_REFUSE, RA_GUARD_REFUSE,
        RA_GUARD_REFUSE},
    {"arriving", {"n2", MEMBER, RA_GUARD_ARRIVING, FALSE}, RA_GUARD_AGAIN, RA_GUARD_AGAIN, RA_GUARD_AGAIN,
        RA_GUARD_REFUSE},
    {"lost host, no answer", {"n2", LOST, RA_GUARD_UNREACHABLE, TRUE}, RA_GUARD_START, RA_GUARD_START, RA_GUARD_START,
        RA_GUARD_START},
    {"lost host that boots", {"n2", LOST, RA_GUARD_SILENT, TRUE}, RA_GUARD_START, RA_GUARD_START, RA_GUARD_START,
        RA_GUARD_START},
    {"member whose libvirt is away", {"n2", MEMBER, RA_GUARD_SILENT, FALSE}, RA_GUARD_AGAIN, RA_GUARD_RECORD,
        RA_GUARD_START, RA_GUARD_START},
    {"the same, after a migration", {"n2", MEMBER, RA_GUARD_SILENT, TRUE}, RA_GUARD_AGAIN, RA_GUARD_RECORD,
        RA_GUARD_REFUSE, RA_GUARD_REFUSE},
    {"member out of reach, after a migration", {"n2", MEMBER, RA_GUARD_UNREACHABLE, TRUE}, RA_GUARD_AGAIN,
        RA_GUARD_RECORD, RA_GUARD_REFUSE, RA_GUARD_REFUSE},
};

static void every_answer_at_every_time(void **state G_GNUC_UNUSED)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const RaGuardVerdict want[] = {rows[i].at_once, rows[i].patience_over, rows[i].recorded, rows[i].time_over};
        g_autoptr(GPtrArray) peers = g_ptr_array_new();
        RaGuardPeer peer = rows[i].peer;

        g_ptr_array_add(peers, &peer);
        for (int when = AT_ONCE; when <= TIME_OVER; when++) {
            const RaGuardPeer *decided = NULL;
            RaGuardVerdict got = judge(peers, when, &decided);

            if (got != want[when] || (decided == NULL) != (got == RA_GUARD_START))
                fail_msg("%s, time %d: %d", rows[i].what, when, (int)got);
        }
    }
}

static void nobody_else_is_no_obstacle(void **state G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) peers = g_ptr_array_new();
    const RaGuardPeer *peer = NULL;

    assert_int_equal(judge(peers, AT_ONCE, &peer), RA_GUARD_START);
}

static void one_that_has_it_outweighs_all(void **state G_GNUC_UNUSED)
{
    RaGuardPeer silent = {"n1", MEMBER, RA_GUARD_SILENT, FALSE}, absent = {"n2", MEMBER, RA_GUARD_ABSENT, FALSE};
    RaGuardPeer has_it = {"n3", MEMBER, RA_GUARD_HAS_IT, FALSE}, lost = {"n4", LOST, RA_GUARD_UNREACHABLE, FALSE};
    g_autoptr(GPtrArray) peers = g_ptr_array_new();
    const RaGuardPeer *peer = NULL;

    g_ptr_array_add(peers, &silent);
    g_ptr_array_add(peers, &absent);
    g_ptr_array_add(peers, &lost);
    assert_int_equal(judge(peers, AT_ONCE, &peer), RA_GUARD_AGAIN);
    g_ptr_array_add(peers, &has_it);
    assert_int_equal(judge(peers, AT_ONCE, &peer), RA_GUARD_REFUSE);
    assert_string_equal(peer->node, "n3");
}

static void reasons_name_the_host_and_the_remedy(void **state G_GNUC_UNUSED)
{
    RaGuardPeer lost = {"n2", LOST, RA_GUARD_HAS_IT, FALSE}, silent = {"n3", MEMBER, RA_GUARD_SILENT, TRUE};
    g_autofree char *unfenced = ra_guard_reason(&lost);
    g_autofree char *unknown = ra_guard_reason(&silent);

    assert_non_null(strstr(unfenced, "n2 counts as lost"));
    assert_non_null(strstr(unfenced, "switch it off"));
    assert_non_null(strstr(unknown, "start libvirt on n3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_at_every_time),
        cmocka_unit_test(nobody_else_is_no_obstacle),
        cmocka_unit_test(one_that_has_it_outweighs_all),
        cmocka_unit_test(reasons_name_the_host_and_the_remedy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
