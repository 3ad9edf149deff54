/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_state.h"

#include <libvirt/libvirt.h>

#define ANY (-1)

/* First match wins. */
static const struct {
    int state;
    int reason;
    int job;
    RaState verdict;
    const char *note;
} table[] = {
    {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, ANY, RA_STATE_SPLIT,
        "a post-copy migration to this host broke; destroy neither side"},
    {VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY, ANY, RA_STATE_SPLIT, "a post-copy migration is under way"},
    {VIR_DOMAIN_RUNNING, ANY, ANY, RA_STATE_RUNNING, NULL},
    {VIR_DOMAIN_BLOCKED, ANY, ANY, RA_STATE_RUNNING, NULL},

    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY, ANY, RA_STATE_SPLIT, "a post-copy migration is under way"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, ANY, RA_STATE_SPLIT,
        "a post-copy migration from this host broke; destroy neither side"},
    {VIR_DOMAIN_PAUSED, ANY, MIG_JOB_INCOMING, RA_STATE_ARRIVING, "it is arriving by live migration"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, ANY, RA_STATE_RUNNING, "it is paused for the end of a migration"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, ANY, RA_STATE_RUNNING, "it was paused by an administrator"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, ANY, RA_STATE_IO_ERROR,
        "it is paused on an I/O error: check its storage"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, ANY, RA_STATE_FAILED, "the guest crashed"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, MIG_JOB_NONE, RA_STATE_FAILED, "its start was never completed"},
    {VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, ANY, RA_STATE_RUNNING, "it was paused by its watchdog"},
    {VIR_DOMAIN_PAUSED, ANY, ANY, RA_STATE_RUNNING, "it is paused"},

    {VIR_DOMAIN_SHUTDOWN, ANY, ANY, RA_STATE_RUNNING, "it is shutting down"},
    {VIR_DOMAIN_PMSUSPENDED, ANY, ANY, RA_STATE_RUNNING, "the guest has suspended itself"},
    {VIR_DOMAIN_SHUTOFF, ANY, ANY, RA_STATE_NOT_RUNNING, NULL},
    {VIR_DOMAIN_CRASHED, ANY, ANY, RA_STATE_FAILED, "the guest crashed"},
};

static gboolean matches(int wanted, int is)
{
    return wanted == ANY || wanted == is;
}

RaState ra_state_judge(const MigLook *look, const char **ret_note)
{
    RaState verdict = RA_STATE_FAILED;
    const char *note = "libvirt reports a state that says nothing";

    if (!look->present) {
        verdict = RA_STATE_NOT_RUNNING;
        note = NULL;
    }
    for (gsize i = 0; look->present && i < G_N_ELEMENTS(table); i++) {
        if (matches(table[i].state, look->state) && matches(table[i].reason, look->reason) &&
            matches(table[i].job, (int)look->job)) {
            verdict = table[i].verdict;
            note = table[i].note;
            break;
        }
    }
    if (ret_note)
        *ret_note = note;
    return verdict;
}

RaExit ra_state_exit(RaState state, RaIoPolicy on_io_error)
{
    switch (state) {
    case RA_STATE_RUNNING:
    case RA_STATE_SPLIT:
        return RA_OK;
    case RA_STATE_ARRIVING:
    case RA_STATE_NOT_RUNNING:
        return RA_NOT_RUNNING;
    case RA_STATE_IO_ERROR:
        return on_io_error == RA_IO_RESTART ? RA_ERR_GENERIC : RA_OK;
    case RA_STATE_FAILED:
        return RA_ERR_GENERIC;
    }
    g_assert_not_reached();
}

gboolean ra_state_is_ours(const MigLook *look, const char *uuid)
{
    return uuid == NULL || !look->persistent || g_ascii_strcasecmp(uuid, look->uuid) == 0;
}
