/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_run.h"
#include "agent/migrate/mig_side.h"

#include <libvirt/libvirt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define UUID "11111111-2222-3333-4444-555555555555"

static void sides(void **state)
{
    static const struct {
        int state, reason;
        MigJob job;
        MigSide want;
    } rows[] = {
        {VIR_DOMAIN_RUNNING, 0, MIG_JOB_NONE, MIG_SIDE_RUNNING},
        {VIR_DOMAIN_RUNNING, 0, MIG_JOB_OTHER, MIG_SIDE_RUNNING},
        {VIR_DOMAIN_RUNNING, 0, MIG_JOB_INCOMING, MIG_SIDE_RUNNING},
        {VIR_DOMAIN_RUNNING, 0, MIG_JOB_OUTGOING, MIG_SIDE_LEAVING},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY, MIG_JOB_INCOMING, MIG_SIDE_SPLIT},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, MIG_JOB_NONE, MIG_SIDE_SPLIT},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, MIG_JOB_OUTGOING, MIG_SIDE_LEAVING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, MIG_JOB_INCOMING, MIG_SIDE_ARRIVING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, MIG_JOB_INCOMING, MIG_SIDE_ARRIVING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, MIG_JOB_NONE, MIG_SIDE_ARRIVING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY, MIG_JOB_OUTGOING, MIG_SIDE_SPLIT},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, MIG_JOB_NONE, MIG_SIDE_SPLIT},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, MIG_JOB_NONE, MIG_SIDE_HELD},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, MIG_JOB_NONE, MIG_SIDE_HELD},
        {VIR_DOMAIN_SHUTOFF, 0, MIG_JOB_NONE, MIG_SIDE_ABSENT},
        {VIR_DOMAIN_CRASHED, 0, MIG_JOB_NONE, MIG_SIDE_HELD},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        MigLook look = {
            .present = TRUE, .uuid = UUID, .state = rows[i].state, .reason = rows[i].reason, .job = rows[i].job};
        MigSide got = mig_side_of(&look, UUID);

        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, (int)got);
    }
}

static void identity(void **state)
{
    MigLook absent = {0};
    MigLook other = {.present = TRUE, .uuid = "aaaaaaaa-2222-3333-4444-555555555555", .state = VIR_DOMAIN_RUNNING};

    assert_int_equal(mig_side_of(&absent, UUID), MIG_SIDE_ABSENT);
    assert_int_equal(mig_side_of(&other, UUID), MIG_SIDE_STRANGER);
    assert_int_equal(mig_side_of(&other, NULL), MIG_SIDE_RUNNING);
    assert_int_equal(mig_side_of(&other, "AAAAAAAA-2222-3333-4444-555555555555"), MIG_SIDE_RUNNING);
}

static void stream_uri(void **state)
{
    static const struct {
        const char *uri, *want;
    } rows[] = {
        {"qemu+tcp://node2/system", "tcp://node2"},
        {"qemu+tls://root@node2-mig.example:16514/system?pkipath=/x", "tcp://node2-mig.example"},
        {"qemu+tcp://[fd00::2]/system", "tcp://[fd00::2]"},
        {"qemu+ssh://10.0.0.2/system", "tcp://10.0.0.2"},
        {"qemu:///system", NULL},
        {"test:///default", NULL},
        {"nonsense", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = mig_run_stream_uri(rows[i].uri);

        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].uri, got ? got : "(null)");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides),
        cmocka_unit_test(identity),
        cmocka_unit_test(stream_uri),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
