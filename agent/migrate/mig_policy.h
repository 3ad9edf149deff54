/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mig_policy - when a live migration needs a push, and when it must end.
 *
 * Pure: no clock, no libvirt. The watcher feeds samples; the policy answers with one action at a time.
 *
 * The ladder: a migration starts with a short permitted interruption. When two passes over the guest's memory in a row
 * leave as much behind as the pass before, the guest dirties memory as fast as the link carries it, and the permitted
 * interruption doubles, up to a maximum. In the last quarter of its time a migration gets the maximum at once: an
 * interruption of seconds is better than a migration that was for nothing. Auto-converge (QEMU slows the guest) is on
 * from the start. At the deadline, or when no data has moved for long, the migration is aborted; the guest then goes on
 * where it was.
 */
#pragma once

#include <glib.h>

#define MIG_DOWNTIME_START_MS 300u
#define MIG_DOWNTIME_MAX_MS 4000u
#define MIG_STALL_MS 30000u

typedef enum {
    MIG_ACTION_GO_ON,        /* nothing to do */
    MIG_ACTION_SET_DOWNTIME, /* permit an interruption of downtime_ms */
    MIG_ACTION_ABORT_LATE,   /* the deadline has passed */
    MIG_ACTION_ABORT_STALLED /* no data moved for limits.stall_ms */
} MigActionKind;

typedef struct {
    MigActionKind kind;
    guint downtime_ms; /* only with MIG_ACTION_SET_DOWNTIME */
} MigAction;

/** What is known of a migration at one moment; also what is reported as progress. */
typedef struct {
    guint64 total_bytes;
    guint64 remaining_bytes;
    guint64 processed_bytes;
    guint64 dirty_bytes_per_s;
    guint64 bandwidth_bytes_per_s;
    guint64 downtime_ms; /* expected while it runs */
    guint64 elapsed_ms;  /* of the job, as libvirt counts it */
    guint iteration;     /* pass over the guest's memory, 1.. */
} MigSample;

typedef struct {
    guint downtime_start_ms; /* > 0 */
    guint downtime_max_ms;   /* >= downtime_start_ms */
    guint64 deadline_ms;     /* since the policy began, > 0 */
    guint64 stall_ms;        /* > 0 */
} MigLimits;

/** The policy's memory; no field is for outsiders. */
typedef struct {
    MigLimits limits;
    guint downtime_ms;       /* permitted now; 0 before the first action */
    guint iteration;         /* the pass the last sample was in */
    guint64 pass_bytes;      /* what was left when that pass began */
    guint flat_passes;       /* passes in a row that did not shrink it */
    guint64 processed_bytes; /* at the last movement */
    guint64 last_movement_ms;
} MigPolicy;

/**
 * mig_policy_init - begin a migration.
 * @policy: owned by the caller, plain memory.
 * @limits: copied; the ranges above hold.
 */
void mig_policy_init(MigPolicy *policy, const MigLimits *limits);

/**
 * mig_policy_step - decide on one sample.
 * @policy: initialised.
 * @sample: borrowed; NULL when libvirt had no numbers this time.
 * @elapsed_ms: since mig_policy_init, never going back.
 *
 * Pure; O(1). An abort is answered again at each later step: the caller repeats it until the job has ended.
 * Returns: what to do now.
 */
MigAction mig_policy_step(MigPolicy *policy, const MigSample *sample, guint64 elapsed_ms);
