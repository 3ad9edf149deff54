/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/io/io_libvirt_state.h"

#include <libvirt/libvirt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NONE IO_LIBVIRT_JOB_NONE
#define UNKNOWN IO_LIBVIRT_JOB_UNKNOWN
#define OUT IO_LIBVIRT_JOB_OUTGOING
#define IN IO_LIBVIRT_JOB_INCOMING
#define OTHER IO_LIBVIRT_JOB_OTHER

static void test_table(void **state)
{
    static const struct {
        int state, reason;
        IoLibvirtJob job;
        HaVmState expected;
    } rows[] = {
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, NONE, HA_VM_RUNNING},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, UNKNOWN, HA_VM_RUNNING},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, OUT, HA_VM_MIGRATING},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, OTHER, HA_VM_RUNNING},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY, IN, HA_VM_RUNNING}, /* the target: the guest is here */
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, IN, HA_VM_POSTCOPY_BROKEN},
        {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, NONE, HA_VM_POSTCOPY_BROKEN},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, NONE, HA_VM_PAUSED},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, OUT, HA_VM_MIGRATING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, NONE, HA_VM_PAUSED},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SNAPSHOT, OTHER, HA_VM_PAUSED},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, NONE, HA_VM_IO_ERROR},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, NONE, HA_VM_CRASHED},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, OUT, HA_VM_MIGRATING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, IN, HA_VM_INCOMING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, UNKNOWN, HA_VM_INCOMING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, NONE, HA_VM_INCOMING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, IN, HA_VM_INCOMING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, UNKNOWN, HA_VM_INCOMING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, OTHER, HA_VM_RUNNING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, NONE, HA_VM_RUNNING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY, OUT, HA_VM_MIGRATING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY, NONE, HA_VM_MIGRATING},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, OUT, HA_VM_POSTCOPY_BROKEN},
        {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, NONE, HA_VM_POSTCOPY_BROKEN},
        {VIR_DOMAIN_PAUSED, 9999, NONE, HA_VM_PAUSED},
        {VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, NONE, HA_VM_CRASHED},
        {VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, NONE, HA_VM_ABSENT},
        {VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_MIGRATED, OUT, HA_VM_ABSENT},
        {VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, NONE, HA_VM_PAUSED},
        {VIR_DOMAIN_BLOCKED, VIR_DOMAIN_BLOCKED_UNKNOWN, NONE, HA_VM_RUNNING},
        {VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, NONE, HA_VM_RUNNING},
        {VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, OUT, HA_VM_MIGRATING},
        {VIR_DOMAIN_NOSTATE, VIR_DOMAIN_NOSTATE_UNKNOWN, NONE, HA_VM_RUNNING},
        {4711, 0, NONE, HA_VM_RUNNING},
        {-1, -1, UNKNOWN, HA_VM_RUNNING},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        HaVmState got = io_libvirt_state(rows[i].state, rows[i].reason, rows[i].job);

        if (got != rows[i].expected)
            fail_msg("row %u (state %d reason %d job %d): %s", i, rows[i].state, rows[i].reason, rows[i].job,
                ha_vm_state_word(got));
    }
}

/* Whatever libvirt says: never unknown, and absent only when it is shut off. */
static void test_sweep(void **state)
{
    for (int s = -2; s < 40; s++) {
        for (int reason = -2; reason < 40; reason++) {
            for (int job = IO_LIBVIRT_JOB_UNKNOWN; job <= IO_LIBVIRT_JOB_OTHER; job++) {
                HaVmState got = io_libvirt_state(s, reason, (IoLibvirtJob)job);

                assert_int_not_equal(got, HA_VM_UNKNOWN);
                assert_int_equal(got == HA_VM_ABSENT, s == VIR_DOMAIN_SHUTOFF);
            }
        }
    }
}

static void test_needs_job(void **state)
{
    assert_true(io_libvirt_state_needs_job(VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION));
    assert_true(io_libvirt_state_needs_job(VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP));
    assert_false(io_libvirt_state_needs_job(VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER));
    assert_false(io_libvirt_state_needs_job(VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_MIGRATED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_needs_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
