/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_follow.h"

#include "agent/cli/cli_format.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_progress.h"
#include "agent/cli/cli_show.h"
#include "agent/cli/cli_view.h"
#include "agent/cli/cli_watch.h"

#define TICK_MS 500 /* elapsed times go on between views */

/* ---- errors: what is left to be done ---- */

static void set_interrupted(const CliJob *job, const char *title, GError **error)
{
    switch (job->kind) {
    case CLI_JOB_DRAIN:
        g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED,
            "%s: left; the drain goes on in the cluster; follow it: hactl drain %s; cancel it: hactl undrain %s", title,
            job->subject, job->subject);
        return;
    case CLI_JOB_RETURN:
        g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED,
            "%s: left; the return goes on in the cluster; follow it: hactl status --watch; cancel it: hactl undrain %s",
            title, job->subject);
        return;
    case CLI_JOB_UNDRAIN:
    case CLI_JOB_MIGRATE:
        g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED,
            "%s: left; it goes on in the cluster; follow it: hactl status --watch", title);
        return;
    }
}

static void set_partial(const CliJob *job, const char *title, GError **error)
{
    g_set_error(error, CLI_ERROR, CLI_EXIT_PARTIAL,
        "%s: partial: %u of %u VMs stay where they are; remove what holds them (above) and run it again%s", title,
        cli_job_count(job, CLI_MOVE_STAYS), job->moves->len, job->kind == CLI_JOB_DRAIN ? ", or shut them down" : "");
}

static void set_failed(const CliJob *job, const char *title, GError **error)
{
    const CliJobMove *move = job->kind == CLI_JOB_MIGRATE && job->moves->len > 0 ? job->moves->pdata[0] : NULL;
    if (!job->seen && !(move && move->detail))
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
            "%s: the cluster took the request and did not begin within %u s; see hactl status and journalctl -u hactld "
            "on the leader",
            title, (guint)(job->patience_ms / 1000));
    else
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "%s: %s; %s", title,
            move && move->detail ? move->detail : "the VM was stopped, removed or lost meanwhile",
            move && move->remedy ? move->remedy : "see hactl events");
}

static CliExit conclude(const CliJob *job, GError **error)
{
    g_autofree char *title = cli_job_title(job);
    switch (job->state) {
    case CLI_JOB_DONE:
        return CLI_EXIT_DONE;
    case CLI_JOB_PARTIAL:
        set_partial(job, title, error);
        return CLI_EXIT_PARTIAL;
    case CLI_JOB_CANCELLED:
        g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
            "%s: cancelled by another command; see who and when: hactl events", title);
        return CLI_EXIT_FAILED;
    case CLI_JOB_TIMEOUT:
        g_set_error(error, CLI_ERROR, CLI_EXIT_TIMEOUT,
            "%s: not done in time; it goes on in the cluster; follow it: hactl status --watch", title);
        return CLI_EXIT_TIMEOUT;
    case CLI_JOB_INTERRUPTED:
        set_interrupted(job, title, error);
        return CLI_EXIT_INTERRUPTED;
    case CLI_JOB_FAILED:
    case CLI_JOB_RUNNING:
    case CLI_JOB_STATES:
        set_failed(job, title, error);
        return CLI_EXIT_FAILED;
    }
    g_return_val_if_reached(CLI_EXIT_FAILED);
}

/* ---- the loop ---- */

/* Returns: FALSE with error when there is no view to follow any more. */
static gboolean watch_to_end(CliJob *job, CliProgress *progress, gint64 end_ms, GError **error)
{
    g_autoptr(CliWatch) watch = cli_watch_new(HACTL__CALL_KIND__CALL_VIEW, CLI_WATCH_RECONNECT_MS);
    g_autoptr(WireResult) last = NULL;
    while (job->state == CLI_JOB_RUNNING) {
        WireResult *next = NULL;
        gint64 tick_ms = cli_interrupt_now_ms() + TICK_MS;
        switch (cli_watch_next(watch, MIN(end_ms, tick_ms), &next, error)) {
        case CLI_WATCH_RESULT:
            g_clear_pointer(&last, wire_result_free);
            last = next;
            break;
        case CLI_WATCH_TIMEOUT:
            break;
        case CLI_WATCH_INTERRUPTED:
            cli_job_end(job, CLI_JOB_INTERRUPTED, cli_interrupt_now_ms());
            break;
        case CLI_WATCH_LOST:
            g_clear_pointer(&last, wire_result_free); /* what it said is no longer believed */
            cli_progress_say(progress, CLI_WARN,
                "hactld went away; the work goes on in the cluster; connecting again for up to 60 s");
            break;
        case CLI_WATCH_FAILED:
            g_prefix_error(error, "the work goes on in the cluster, but it can't be followed: ");
            return FALSE;
        }
        gint64 now = cli_interrupt_now_ms();
        if (last && last->view)
            cli_job_update(job, last->view, now);
        if (job->state == CLI_JOB_RUNNING && now >= end_ms)
            cli_job_end(job, CLI_JOB_TIMEOUT, now);
        cli_progress_update(progress, job, now);
    }
    return TRUE;
}

/* A fresh plan names blockers better than a view does. Without one the view's words stand. */
static void explain(CliJob *job)
{
    if (job->kind == CLI_JOB_MIGRATE || job->kind == CLI_JOB_UNDRAIN)
        return;
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = job->kind == CLI_JOB_DRAIN ? HA_REQUEST_DRAIN : HA_REQUEST_UNDRAIN;
    request.node = job->subject;
    request.has_returning = request.returning = job->kind == CLI_JOB_RETURN;
    g_autoptr(WireResult) result = cli_client_plan(&request, "plan", NULL);
    if (result)
        cli_job_explain(job, result->plan);
}

static void print_end(const CliRun *run, const CliJob *job)
{
    if (run->options.json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        cli_job_json(json, job);
        cli_json_print(json, TRUE);
        return;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    cli_job_show(&run->style, job, out);
    fputs(out->str, stdout);
    fflush(stdout);
}

CliExit cli_follow(CliRun *run, CliJob *job, GError **error)
{
    gint64 timeout_s = run->options.timeout_s;
    gint64 end_ms = timeout_s > 0 ? job->begun_ms + timeout_s * 1000 : G_MAXINT64;
    {
        g_autoptr(CliProgress) progress = cli_progress_new(&run->style, run->options.json ? NULL : stdout);
        if (!watch_to_end(job, progress, end_ms, error)) {
            g_autofree char *title = cli_job_title(job);
            g_prefix_error(error, "%s: ", title);
            return CLI_EXIT_FAILED;
        }
    }
    if (job->state == CLI_JOB_PARTIAL)
        explain(job);
    print_end(run, job);
    return conclude(job, error);
}

/* ---- one VM's start, stop, removal ---- */

#define FAILURE_HOLDS_MS 15000 /* Pacemaker tries other nodes first */

typedef struct {
    const char *title, *vm;
    gint64 failed_ms; /* since when Pacemaker shows a failure; 0: none */
} VmWait;

static char *describe(const Hactl__View *view, const char *name)
{
    const Hactl__ViewVm *vm = view ? cli_view_vm(view, name) : NULL;
    if (!vm)
        return g_strdup("nothing is known of it");
    return g_strdup_printf("it is %s%s%s%s%s", ha_vm_state_word((HaVmState)vm->state), vm->node ? " on " : "",
        vm->node ? vm->node : "", vm->failure ? ": " : "", vm->failure ? vm->failure : "");
}

/* A failure that stays while the VM runs nowhere is an answer. */
static gboolean has_failed(VmWait *wait, const Hactl__View *view, gint64 now_ms, GError **error)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, wait->vm);
    if (!vm || !vm->failure || vm->state != HA_VM_ABSENT) {
        wait->failed_ms = 0;
        return FALSE;
    }
    if (wait->failed_ms == 0)
        wait->failed_ms = now_ms;
    if (now_ms - wait->failed_ms < FAILURE_HOLDS_MS)
        return FALSE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED, "%s: %s; remove the cause, then: crm_resource --cleanup -r %s",
        wait->title, vm->failure, wait->vm);
    return TRUE;
}

static void set_wait_timeout(const VmWait *wait, const Hactl__View *view, gint64 timeout_s, GError **error)
{
    g_autofree char *now = describe(view, wait->vm);
    g_autofree char *time = cli_format_duration(timeout_s * 1000);
    g_set_error(error, CLI_ERROR, CLI_EXIT_TIMEOUT,
        "%s: not so after %s, %s; the cluster goes on; see hactl vm show %s", wait->title, time, now, wait->vm);
}

gboolean cli_follow_vm(
    const char *title, const char *vm, CliFollowTest test, gint64 timeout_s, char **ret_text, GError **error)
{
    g_autoptr(CliWatch) watch = cli_watch_new(HACTL__CALL_KIND__CALL_VIEW, CLI_WATCH_RECONNECT_MS);
    g_autoptr(WireResult) last = NULL;
    VmWait wait = {.title = title, .vm = vm};
    gint64 end_ms = cli_interrupt_now_ms() + timeout_s * 1000;
    for (;;) {
        WireResult *next = NULL;
        switch (cli_watch_next(watch, MIN(end_ms, cli_interrupt_now_ms() + TICK_MS), &next, error)) {
        case CLI_WATCH_RESULT:
            g_clear_pointer(&last, wire_result_free);
            last = next;
            break;
        case CLI_WATCH_TIMEOUT:
            break;
        case CLI_WATCH_LOST:
            g_clear_pointer(&last, wire_result_free);
            break;
        case CLI_WATCH_INTERRUPTED:
            g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED,
                "%s: left; it goes on in the cluster; see hactl vm show %s", title, vm);
            return FALSE;
        case CLI_WATCH_FAILED:
            g_prefix_error(error, "%s: ", title);
            return FALSE;
        }
        const Hactl__View *view = last ? last->view : NULL;
        gint64 now = cli_interrupt_now_ms();
        if (view && cli_view_sound(view) && test(view, vm, ret_text))
            return TRUE;
        if (view && cli_view_sound(view) && has_failed(&wait, view, now, error))
            return FALSE;
        if (now >= end_ms) {
            set_wait_timeout(&wait, view, timeout_s, error);
            return FALSE;
        }
    }
}
