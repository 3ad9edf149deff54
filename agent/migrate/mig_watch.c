/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_watch.h"

#include "agent/migrate/mig_error.h"

#define REOPEN_EVERY_MS 2000
#define STATS_CALL_MS 2000
#define ABORT_EVERY_MS 1000

typedef struct {
    const MigWatch *plan;
    MigPolicy policy;
    gint64 began_us;
    MigHost *host; /* for numbers and for the abort; NULL while libvirt is silent */
    gint64 next_open_us;
    gint64 next_abort_us;
    char *aborted;
    MigSample last;
} Run;

static guint64 elapsed_ms(const Run *run)
{
    return (guint64)(g_get_monotonic_time() - run->began_us) / 1000;
}

/* A connection that missed a deadline is of no use any more; a new one may work. */
static MigHost *connection(Run *run)
{
    gint64 now_us = g_get_monotonic_time();

    if (run->host == NULL && now_us >= run->next_open_us) {
        run->host = mig_host_open(run->plan->local_uri, STATS_CALL_MS, NULL);
        run->next_open_us = g_get_monotonic_time() + REOPEN_EVERY_MS * 1000;
    }
    return run->host;
}

static void drop_if_broken(Run *run, const GError *error)
{
    if (error && !g_error_matches(error, MIG_ERROR, MIG_ERROR_FAILED) &&
        !g_error_matches(error, MIG_ERROR, MIG_ERROR_ABSENT))
        g_clear_pointer(&run->host, mig_host_close);
}

static gboolean sample(Run *run, MigSample *ret_sample)
{
    g_autoptr(GError) error = NULL;
    MigHost *host = connection(run);

    if (host == NULL)
        return FALSE;
    if (mig_host_sample(host, run->plan->vm, ret_sample, STATS_CALL_MS, &error))
        return TRUE;
    drop_if_broken(run, error);
    return FALSE;
}

static void abort_job(Run *run)
{
    g_autoptr(GError) error = NULL;
    gint64 now_us = g_get_monotonic_time();
    MigHost *host = connection(run);

    if (host == NULL || now_us < run->next_abort_us)
        return;
    run->next_abort_us = now_us + ABORT_EVERY_MS * 1000;
    if (!mig_host_abort_job(host, run->plan->vm, MIG_HOST_CALL_MS, &error))
        drop_if_broken(run, error);
}

static void apply(Run *run, MigAction action)
{
    MigHost *host = NULL;

    switch (action.kind) {
    case MIG_ACTION_GO_ON:
        return;
    case MIG_ACTION_SET_DOWNTIME:
        host = connection(run);
        if (host)
            mig_host_permit_downtime(host, run->plan->vm, action.downtime_ms, STATS_CALL_MS, NULL);
        return;
    case MIG_ACTION_ABORT_LATE:
        run->aborted = g_strdup_printf("it did not converge within %" G_GUINT64_FORMAT " s and was aborted",
            run->policy.limits.deadline_ms / 1000);
        return;
    case MIG_ACTION_ABORT_STALLED:
        run->aborted = g_strdup_printf(
            "no data moved for %" G_GUINT64_FORMAT " s and it was aborted", run->policy.limits.stall_ms / 1000);
        return;
    }
}

static void step(Run *run)
{
    MigSample now = {0};
    gboolean known = sample(run, &now);

    if (known) {
        run->last = now;
        if (run->plan->progress)
            run->plan->progress(&now, run->plan->progress_data);
    }
    if (run->aborted == NULL)
        apply(run, mig_policy_step(&run->policy, known ? &now : NULL, elapsed_ms(run)));
    if (run->aborted == NULL && run->plan->stop && g_atomic_int_get(run->plan->stop))
        run->aborted = g_strdup("it was aborted on request");
    if (run->aborted)
        abort_job(run);
}

/* Somebody else's migration: libvirt answers that none is active, or that the domain has gone. */
static MigWait wait_attached(Run *run)
{
    MigLook look = {0};
    g_autoptr(GError) error = NULL;
    MigHost *host = connection(run);

    g_usleep(MIG_WATCH_STEP_MS * 1000);
    if (host == NULL)
        return MIG_WAIT_PENDING;
    if (!mig_host_look(host, run->plan->vm, &look, STATS_CALL_MS, &error)) {
        drop_if_broken(run, error);
        return MIG_WAIT_PENDING;
    }
    return look.present && look.job == MIG_JOB_OUTGOING ? MIG_WAIT_PENDING : MIG_WAIT_DONE;
}

static MigEnd run_until_end(Run *run, GError **error)
{
    MigHost *migrating = run->plan->migrating;

    while (g_get_monotonic_time() < run->plan->end_us) {
        switch (migrating ? mig_host_wait(migrating, MIG_WATCH_STEP_MS, error) : wait_attached(run)) {
        case MIG_WAIT_DONE:
            return migrating ? MIG_END_SUCCEEDED : MIG_END_OVER;
        case MIG_WAIT_FAILED:
            return MIG_END_FAILED;
        case MIG_WAIT_PENDING:
            step(run);
            break;
        }
    }
    g_set_error(error, MIG_ERROR, MIG_ERROR_TIMEOUT, "the migration had not ended when time was up");
    return MIG_END_LOST;
}

MigEnd mig_watch_run(const MigWatch *watch, char **ret_aborted, MigSample *ret_last, GError **error)
{
    Run run = {.plan = watch, .began_us = g_get_monotonic_time()};

    mig_policy_init(&run.policy, &watch->limits);
    MigEnd end = run_until_end(&run, error);

    g_clear_pointer(&run.host, mig_host_close);
    *ret_aborted = run.aborted;
    *ret_last = run.last;
    return end;
}
