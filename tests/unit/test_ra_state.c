/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_state.h"

#include <libvirt/libvirt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* What monitor returns under keep (and resume), and under restart. */
static void every_state(void **state)
{
    static const struct {
        int state, reason;
        MigJob job;
        RaExit keep, restart;
        gboolean noted;
    } rows[] = {
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, MIG_JOB_NONE, RA_OK, RA_OK, FALSE},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_MIGRATED, MIG_JOB_NONE, RA_OK, RA_OK, FALSE},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, MIG_JOB_OUTGOING, RA_OK, RA_OK, FALSE},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY, MIG_JOB_INCOMING, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_BLOCKED, 0, MIG_JOB_NONE, RA_OK, RA_OK, FALSE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, MIG_JOB_OUTGOING, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, MIG_JOB_NONE, RA_OK, RA_ERR_GENERIC, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, MIG_JOB_INCOMING, RA_NOT_RUNNING, RA_NOT_RUNNING, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, MIG_JOB_INCOMING, RA_NOT_RUNNING, RA_NOT_RUNNING, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, MIG_JOB_OUTGOING, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, MIG_JOB_NONE, RA_ERR_GENERIC, RA_ERR_GENERIC, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY, MIG_JOB_OUTGOING, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, MIG_JOB_NONE, RA_ERR_GENERIC, RA_ERR_GENERIC, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SNAPSHOT, MIG_JOB_OTHER, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PAUSED, 999, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_SHUTDOWN, 0, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_PMSUSPENDED, 0, MIG_JOB_NONE, RA_OK, RA_OK, TRUE},
        {VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_MIGRATED, MIG_JOB_NONE, RA_NOT_RUNNING, RA_NOT_RUNNING, FALSE},
        {VIR_DOMAIN_CRASHED, 0, MIG_JOB_NONE, RA_ERR_GENERIC, RA_ERR_GENERIC, TRUE},
        {VIR_DOMAIN_NOSTATE, 0, MIG_JOB_NONE, RA_ERR_GENERIC, RA_ERR_GENERIC, TRUE},
        {999, 0, MIG_JOB_NONE, RA_ERR_GENERIC, RA_ERR_GENERIC, TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        MigLook look = {.present = TRUE, .state = rows[i].state, .reason = rows[i].reason, .job = rows[i].job};
        const char *note = NULL;
        RaState judged = ra_state_judge(&look, &note);

        if (ra_state_exit(judged, RA_IO_KEEP) != rows[i].keep || ra_state_exit(judged, RA_IO_RESUME) != rows[i].keep ||
            ra_state_exit(judged, RA_IO_RESTART) != rows[i].restart || (note != NULL) != rows[i].noted)
            fail_msg("row %zu: state %d, note %s", i, (int)judged, note ? note : "(none)");
    }
}

static void absent_is_not_running(void **state)
{
    MigLook look = {.present = FALSE, .state = VIR_DOMAIN_RUNNING};

    assert_int_equal(ra_state_judge(&look, NULL), RA_STATE_NOT_RUNNING);
}

static void whose_domain(void **state)
{
    static const struct {
        gboolean persistent;
        const char *definition, *domain;
        gboolean ours;
    } rows[] = {
        {FALSE, "aa", "aa", TRUE},
        {FALSE, "AA", "aa", TRUE},
        {TRUE, "aa", "aa", TRUE},
        {TRUE, "aa", "bb", FALSE},
        {FALSE, "aa", "bb", TRUE},
        {TRUE, NULL, "bb", TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        MigLook look = {.present = TRUE, .persistent = rows[i].persistent};

        g_strlcpy(look.uuid, rows[i].domain, sizeof look.uuid);
        if (ra_state_is_ours(&look, rows[i].definition) != rows[i].ours)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state),
        cmocka_unit_test(absent_is_not_running),
        cmocka_unit_test(whose_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
