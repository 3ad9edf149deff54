/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_actions.h"

#include "agent/migrate/mig_run.h"
#include "resource-agents/ra_aim.h"
#include "resource-agents/ra_gate.h"
#include "resource-agents/ra_local.h"
#include "resource-agents/ra_progress.h"
#include "resource-agents/ra_state.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/*
 * The operation's time, from its end:
 *
 *   begin ...... migrate ......| abort, wait for its end, ask both hosts |.....| end (SIGKILL)
 *                              deadline                          answer_us
 *
 * A migration that outlives us would go on unwatched, so the abort comes well before.
 */
#define ABORT_MAX_MS 15000
#define ANSWER_MAX_MS 5000
#define AIM_MAX_MS 3000

/*
 * Short migrations of one host go one after the other, whatever number Pacemaker begins at once: two guests that are
 * switched over in the same moment share its CPUs and its link, and each is interrupted for longer. One that takes
 * longer is not waited for: the next begins beside it, and ends at another moment.
 */
#define TURN_MAX_MS 5000
#define TURN_GATE ".migrates"

static gint stop_asked;

static void on_term(int signal_number)
{
    (void)signal_number;
    g_atomic_int_set(&stop_asked, 1);
}

static void catch_term(void)
{
    struct sigaction action = {.sa_handler = on_term, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static gboolean is_cancelled(const RaEnv *env)
{
    g_autofree char *path = g_build_filename(env->run_dir, "cancel", env->vm, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void on_progress(const MigSample *sample, gpointer user_data)
{
    ra_progress_send(user_data, "running", sample, NULL);
}

static MigRequest request_for(const RaEnv *env, const char *uuid, const char *target_uri, RaProgress *progress)
{
    gint64 total_ms = ra_env_left_ms(env->end_us);
    gint64 abort_ms = MIN(ABORT_MAX_MS, total_ms / 3);
    gint64 answer_ms = MIN(ANSWER_MAX_MS, total_ms / 10);
    guint64 operation_ms = (guint64)MAX(total_ms - abort_ms, 1);

    return (MigRequest){
        .vm = env->vm,
        .uuid = uuid,
        .local_uri = env->libvirt_uri,
        .target_uri = target_uri,
        .bandwidth_mibps = env->bandwidth_mibps,
        .auto_converge = env->auto_converge,
        .limits =
            {
                .downtime_start_ms = env->downtime_ms,
                .downtime_max_ms = env->downtime_max_ms,
                .deadline_ms = env->deadline_ms ? MIN(env->deadline_ms, operation_ms) : operation_ms,
                .stall_ms = MIG_STALL_MS,
            },
        .end_us = env->end_us - answer_ms * 1000,
        .stop = &stop_asked,
        .progress = on_progress,
        .progress_data = progress,
    };
}

static RaExit report(const RaEnv *env, const MigReport *result, RaProgress *progress)
{
    if (result->outcome == MIG_OUTCOME_ON_TARGET) {
        ra_progress_send(progress, "done", &result->last, NULL);
        return RA_OK;
    }
    const char *reason = is_cancelled(env) ? "cancelled by an administrator" : result->reason;

    ra_exit_reason("%s", reason);
    ra_progress_send(progress, "failed", &result->last, reason);
    return RA_ERR_GENERIC;
}

/* Success only if the cluster still wants the VM there: ra_aim.h says why. */
static RaExit check_aim(const RaEnv *env, const RaAim *before)
{
    g_auto(RaAim) now = {0};
    const char *changed = ra_aim_read(env->vm, env->migrate_target, AIM_MAX_MS, &now)
                              ? ra_aim_changed(before, &now, env->migrate_target)
                              : NULL;

    if (changed == NULL)
        return RA_OK;
    ra_exit_reason("%s; it runs on %s and stays there", changed, env->migrate_target);
    return RA_ERR_GENERIC;
}

/* Before it began: the VM is not touched. */
static RaExit refuse_cancelled(RaProgress *progress)
{
    const MigSample nothing = {0};

    ra_exit_reason("cancelled");
    ra_progress_send(progress, "failed", &nothing, "cancelled");
    return RA_ERR_GENERIC;
}

/* Returns: a descriptor, -1 when it goes on without. */
static int await_turn(const RaEnv *env)
{
    gint64 wait_ms = MIN(TURN_MAX_MS, ra_env_left_ms(env->end_us) / 10);

    return ra_gate_enter(env->run_dir, TURN_GATE, g_get_monotonic_time() + wait_ms * 1000, &stop_asked);
}

static RaExit migrate(const RaEnv *env, RaProgress *progress)
{
    g_auto(RaAim) aim = {0};
    const MigSample nothing = {0};
    g_autofree char *uuid = ra_local_uuid(env);
    g_autofree char *target_uri = ra_env_target_uri(env, env->migrate_target);
    MigReport result = {0};

    ra_progress_send(progress, "precheck", &nothing, NULL);
    gboolean aimed = ra_aim_read(env->vm, env->migrate_target, AIM_MAX_MS, &aim);
    int turn = await_turn(env);
    MigRequest request = request_for(env, uuid, target_uri, progress);
    gboolean cancelled = is_cancelled(env); /* while it waited */
    if (!cancelled)
        mig_run(&request, &result);
    if (turn >= 0)
        close(turn);
    if (cancelled)
        return refuse_cancelled(progress);
    RaExit code = report(env, &result, progress);
    aim.standby &= result.begun; /* it was there before we asked: that standby came while it moved */
    mig_report_clear(&result);
    return code == RA_OK && aimed ? check_aim(env, &aim) : code;
}

RaExit ra_migrate_to(const RaEnv *env)
{
    RaProgress progress;

    if (env->migrate_target == NULL || strpbrk(env->migrate_target, "/?#@ ")) {
        ra_exit_reason("OCF_RESKEY_CRM_meta_migrate_target names no node");
        return RA_ERR_ARGS;
    }
    catch_term();
    ra_progress_open(&progress, env->run_dir, env->vm);
    RaExit code = is_cancelled(env) ? refuse_cancelled(&progress) : migrate(env, &progress);
    ra_progress_close(&progress);
    return code;
}

/* ---- the other side ------------------------------------------------------------------------------------------- */

typedef enum { ARRIVAL_DONE, ARRIVAL_NOT_YET, ARRIVAL_WRONG } Arrival;

static Arrival judge_arrival(const MigLook *look, const char *uuid)
{
    if (look->present && uuid && g_ascii_strcasecmp(uuid, look->uuid) != 0)
        return ARRIVAL_WRONG;
    switch (ra_state_judge(look, NULL)) {
    case RA_STATE_RUNNING:
    case RA_STATE_IO_ERROR: /* it is here; what becomes of it is the monitor's business */
    case RA_STATE_SPLIT:
        return ARRIVAL_DONE;
    case RA_STATE_ARRIVING:
    case RA_STATE_NOT_RUNNING:
    case RA_STATE_FAILED:
        return ARRIVAL_NOT_YET;
    }
    g_assert_not_reached();
}

static RaExit await_arrival(const RaEnv *env, MigHost *host, const char *uuid, gint64 until_us)
{
    for (;;) {
        g_autoptr(GError) error = NULL;
        MigLook look = {0};

        if (!ra_local_look(env, host, &look, &error)) {
            ra_exit_reason("%s", error->message);
            return RA_ERR_GENERIC;
        }
        switch (judge_arrival(&look, uuid)) {
        case ARRIVAL_DONE:
            return RA_OK;
        case ARRIVAL_WRONG:
            ra_exit_reason("what runs here as %s is another machine (uuid %s)", env->vm, look.uuid);
            return RA_ERR_GENERIC;
        case ARRIVAL_NOT_YET:
            break;
        }
        if (g_get_monotonic_time() >= until_us) {
            ra_exit_reason("it has not arrived from %s", env->migrate_source ? env->migrate_source : "its source");
            return RA_ERR_GENERIC;
        }
        g_usleep(RA_STEP_MS * 1000);
    }
}

RaExit ra_migrate_from(const RaEnv *env)
{
    gint64 total_ms = ra_env_left_ms(env->end_us);
    gint64 until_us = env->end_us - MIN(ANSWER_MAX_MS, total_ms / 4) * 1000;
    g_autofree char *uuid = ra_local_uuid(env);
    g_autoptr(GError) error = NULL;
    g_autoptr(MigHost) host = ra_local_open(env, until_us, &error);

    if (host == NULL) {
        ra_exit_reason("%s", error->message);
        return RA_ERR_GENERIC;
    }
    return await_arrival(env, host, uuid, until_us);
}
