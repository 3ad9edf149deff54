/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_policy.h"

#define FLAT_PASSES_BEFORE_RAISE 2

void mig_policy_init(MigPolicy *policy, const MigLimits *limits)
{
    g_assert(limits->downtime_start_ms > 0);
    g_assert(limits->downtime_max_ms >= limits->downtime_start_ms);
    g_assert(limits->deadline_ms > 0 && limits->stall_ms > 0);

    *policy = (MigPolicy){.limits = *limits};
}

static MigAction permit(MigPolicy *policy, guint downtime_ms)
{
    downtime_ms = MIN(downtime_ms, policy->limits.downtime_max_ms);
    if (downtime_ms <= policy->downtime_ms)
        return (MigAction){.kind = MIG_ACTION_GO_ON};

    policy->downtime_ms = downtime_ms;
    policy->flat_passes = 0;
    return (MigAction){.kind = MIG_ACTION_SET_DOWNTIME, .downtime_ms = downtime_ms};
}

static gboolean stalled(MigPolicy *policy, const MigSample *sample, guint64 elapsed_ms)
{
    if (sample->processed_bytes != policy->processed_bytes) {
        policy->processed_bytes = sample->processed_bytes;
        policy->last_movement_ms = elapsed_ms;
    }
    return elapsed_ms - policy->last_movement_ms >= policy->limits.stall_ms;
}

/* Samples come slower than passes at the end; a skipped pass only makes the comparison coarser. */
static void note_pass(MigPolicy *policy, const MigSample *sample)
{
    if (sample->iteration <= policy->iteration)
        return;

    gboolean first = policy->iteration == 0;
    gboolean flat = sample->remaining_bytes >= policy->pass_bytes - policy->pass_bytes / 8;

    policy->flat_passes = !first && flat ? policy->flat_passes + 1 : 0;
    policy->iteration = sample->iteration;
    policy->pass_bytes = sample->remaining_bytes;
}

MigAction mig_policy_step(MigPolicy *policy, const MigSample *sample, guint64 elapsed_ms)
{
    const MigLimits *limits = &policy->limits;

    if (elapsed_ms >= limits->deadline_ms)
        return (MigAction){.kind = MIG_ACTION_ABORT_LATE};
    if (sample == NULL)
        return (MigAction){.kind = MIG_ACTION_GO_ON};
    if (stalled(policy, sample, elapsed_ms))
        return (MigAction){.kind = MIG_ACTION_ABORT_STALLED};

    note_pass(policy, sample);
    if (policy->downtime_ms == 0)
        return permit(policy, limits->downtime_start_ms);
    if (elapsed_ms >= limits->deadline_ms - limits->deadline_ms / 4)
        return permit(policy, limits->downtime_max_ms);
    if (policy->flat_passes >= FLAT_PASSES_BEFORE_RAISE)
        return permit(policy, policy->downtime_ms * 2);
    return (MigAction){.kind = MIG_ACTION_GO_ON};
}
