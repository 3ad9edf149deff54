/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_side.h"

#include <libvirt/libvirt.h>

static gboolean is_postcopy(const MigLook *look)
{
    if (look->state == VIR_DOMAIN_PAUSED)
        return look->reason == VIR_DOMAIN_PAUSED_POSTCOPY || look->reason == VIR_DOMAIN_PAUSED_POSTCOPY_FAILED;
    return look->state == VIR_DOMAIN_RUNNING &&
           (look->reason == VIR_DOMAIN_RUNNING_POSTCOPY || look->reason == VIR_DOMAIN_RUNNING_POSTCOPY_FAILED);
}

MigSide mig_side_of(const MigLook *look, const char *uuid)
{
    if (!look->present)
        return MIG_SIDE_ABSENT;
    if (uuid && g_ascii_strcasecmp(uuid, look->uuid) != 0)
        return MIG_SIDE_STRANGER;
    if (is_postcopy(look))
        return MIG_SIDE_SPLIT;
    if (look->state == VIR_DOMAIN_SHUTOFF)
        return MIG_SIDE_ABSENT;
    if (look->job == MIG_JOB_INCOMING && look->state == VIR_DOMAIN_PAUSED)
        return MIG_SIDE_ARRIVING;
    if (look->job == MIG_JOB_OUTGOING)
        return MIG_SIDE_LEAVING;
    if (look->state == VIR_DOMAIN_RUNNING || look->state == VIR_DOMAIN_BLOCKED)
        return MIG_SIDE_RUNNING;
    if (look->state == VIR_DOMAIN_PAUSED &&
        (look->reason == VIR_DOMAIN_PAUSED_MIGRATION || look->reason == VIR_DOMAIN_PAUSED_STARTING_UP))
        return MIG_SIDE_ARRIVING; /* between two phases: on neither side is it running */
    return MIG_SIDE_HELD;
}
