/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/migrate/mig_run.h"

#include "agent/migrate/mig_check.h"
#include "agent/migrate/mig_error.h"
#include "agent/migrate/mig_side.h"

#include <libvirt/libvirt.h>
#include <string.h>

#define SETTLE_CALL_MS 2000
#define SETTLE_STEP_MS 200
#define SETTLE_CLEAR_MS 5000

char *mig_run_stream_uri(const char *target_uri)
{
    g_autofree char *host = NULL;

    if (!g_uri_split_network(target_uri, G_URI_FLAGS_PARSE_RELAXED, NULL, &host, NULL, NULL) || host == NULL ||
        *host == '\0')
        return NULL;
    return strchr(host, ':') ? g_strdup_printf("tcp://[%s]", host) : g_strdup_printf("tcp://%s", host);
}

void mig_report_clear(MigReport *report)
{
    g_clear_pointer(&report->reason, g_free);
}

/* ---- settle --------------------------------------------------------------------------------------------------- */

static MigSide ask(MigHost **host, const char *uri, const MigRequest *request)
{
    MigLook look = {0};

    if (*host == NULL)
        *host = mig_host_open(uri, SETTLE_CALL_MS, NULL);
    if (*host == NULL)
        return MIG_SIDE_UNKNOWN;
    if (!mig_host_look(*host, request->vm, &look, SETTLE_CALL_MS, NULL)) {
        g_clear_pointer(host, mig_host_close);
        return MIG_SIDE_UNKNOWN;
    }
    return mig_side_of(&look, request->uuid);
}

/* Only time clears up an unclear picture; nowhere is looked at twice, since the hosts are asked one after the other. */
static MigOutcome settle(const MigRequest *request, gboolean call_succeeded)
{
    gint64 clear_us = MIN(request->end_us, g_get_monotonic_time() + SETTLE_CLEAR_MS * 1000);
    g_autoptr(MigHost) source = NULL;
    g_autoptr(MigHost) target = NULL;
    guint nowhere = 0;

    for (;;) {
        MigSide source_side = ask(&source, request->local_uri, request);
        MigSide target_side = ask(&target, request->target_uri, request);
        MigOutcome outcome = mig_outcome_judge(call_succeeded, source_side, target_side);

        if (outcome != MIG_OUTCOME_UNCLEAR && (outcome != MIG_OUTCOME_NOWHERE || nowhere++ > 0))
            return outcome;
        if (g_get_monotonic_time() >= clear_us)
            return outcome;
        g_usleep(SETTLE_STEP_MS * 1000);
    }
}

/* ---- run ------------------------------------------------------------------------------------------------------ */

/* Returns FALSE, with error, when nothing was begun. */
static gboolean begin(const MigRequest *request, MigHost *local, const MigLook *look, GError **error)
{
    g_autofree char *stream_uri = mig_run_stream_uri(request->target_uri);
    MigRoute route = {
        request->target_uri, stream_uri, request->bandwidth_mibps, request->auto_converge, look->persistent};
    g_autoptr(MigHost) target = mig_host_open(request->target_uri, MIG_HOST_OPEN_MS, error);

    if (target == NULL || !mig_check_ready(local, target, request->vm, error))
        return FALSE;
    if (request->stop && g_atomic_int_get(request->stop)) {
        g_set_error(error, MIG_ERROR, MIG_ERROR_ABORTED, "it was aborted on request");
        return FALSE;
    }
    mig_host_migrate_begin(local, request->vm, &route);
    return TRUE;
}

static void conclude(MigReport *report, MigOutcome outcome, const char *why)
{
    report->outcome = outcome;
    if (outcome == MIG_OUTCOME_ON_TARGET)
        return;
    report->reason =
        why ? g_strdup_printf("%s (%s)", why, mig_outcome_text(outcome)) : g_strdup(mig_outcome_text(outcome));
}

static void watch_and_settle(const MigRequest *request, MigHost *migrating, MigReport *report)
{
    MigWatch watch = {
        .vm = request->vm,
        .local_uri = request->local_uri,
        .migrating = migrating,
        .limits = request->limits,
        .end_us = request->end_us,
        .stop = request->stop,
        .progress = request->progress,
        .progress_data = request->progress_data,
    };
    g_autofree char *aborted = NULL;
    g_autoptr(GError) error = NULL;

    report->begun = TRUE;
    MigEnd end = mig_watch_run(&watch, &aborted, &report->last, &error);
    conclude(report, settle(request, end == MIG_END_SUCCEEDED), aborted ? aborted : error ? error->message : NULL);
}

/* What stands against beginning, judged by where the VM is; NULL: begin. */
static const char *obstacle(MigSide side)
{
    switch (side) {
    case MIG_SIDE_RUNNING:
        return NULL;
    case MIG_SIDE_HELD:
        return "it is paused; resume it first";
    case MIG_SIDE_SPLIT:
        return "a post-copy migration of it stands open";
    case MIG_SIDE_ARRIVING:
        return "it is itself arriving on this host";
    case MIG_SIDE_STRANGER:
        return "this host has another domain of that name";
    case MIG_SIDE_UNKNOWN:
    case MIG_SIDE_ABSENT:
    case MIG_SIDE_LEAVING:
        break;
    }
    g_assert_not_reached();
}

static void run_from_here(const MigRequest *request, MigHost *local, const MigLook *look, MigReport *report)
{
    g_autoptr(GError) error = NULL;
    const char *against = obstacle(mig_side_of(look, request->uuid));

    if (against)
        conclude(report, MIG_OUTCOME_ON_SOURCE, against);
    else if (begin(request, local, look, &error))
        watch_and_settle(request, local, report);
    else
        conclude(report, MIG_OUTCOME_ON_SOURCE, error->message);
}

void mig_run(const MigRequest *request, MigReport *ret_report)
{
    MigReport report = {0};
    MigLook look = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(MigHost) local = mig_host_open(request->local_uri, MIG_HOST_OPEN_MS, &error);

    if (local == NULL || !mig_host_look(local, request->vm, &look, MIG_HOST_CALL_MS, &error)) {
        conclude(&report, settle(request, FALSE), error->message);
    } else if (mig_side_of(&look, request->uuid) == MIG_SIDE_ABSENT) {
        conclude(&report, settle(request, FALSE), "it is not on this host");
    } else if (mig_side_of(&look, request->uuid) == MIG_SIDE_LEAVING) {
        watch_and_settle(request, NULL, &report);
    } else {
        run_from_here(request, local, &look, &report);
    }
    *ret_report = report;
}
