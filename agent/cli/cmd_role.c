/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm start, vm stop, vm remove: a request for each VM, then a wait for each. */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_follow.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_view.h"

#include <stdio.h>

#define WAIT_DEFAULT_S 300

static gboolean is_running(const Hactl__View *view, const char *name, char **ret_text)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (!vm || (vm->state != HA_VM_RUNNING && vm->state != HA_VM_MIGRATING))
        return FALSE;
    *ret_text = g_strdup_printf("%s runs on %s", name, vm->node ? vm->node : "an unknown node");
    return TRUE;
}

static gboolean is_stopped(const Hactl__View *view, const char *name, char **ret_text)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (vm && (vm->state != HA_VM_ABSENT || vm->wanted_running))
        return FALSE;
    *ret_text = g_strdup_printf("%s is stopped", name);
    return TRUE;
}

static gboolean is_removed(const Hactl__View *view, const char *name, char **ret_text)
{
    const Hactl__ViewVm *vm = cli_view_vm(view, name);
    if (vm && vm->managed)
        return FALSE;
    *ret_text = g_strdup_printf("%s is no longer in the cluster's care", name);
    return TRUE;
}

typedef struct {
    char *vm;
    GError *error; /* nullable */
    char *text;    /* nullable: how it is now */
} Outcome;

static void outcome_free(Outcome *outcome)
{
    g_free(outcome->vm);
    g_free(outcome->text);
    g_clear_error(&outcome->error);
    g_free(outcome);
}

static void ask(Outcome *outcome, HaRequestKind kind, gboolean strict, const char *title)
{
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = kind;
    request.vm = outcome->vm;
    request.has_strict = request.strict = strict;
    cli_client_request(&request, NULL, title, &outcome->error);
}

static void wait_for(Outcome *outcome, CliFollowTest test, gint64 timeout_s, const char *title)
{
    cli_follow_vm(title, outcome->vm, test, timeout_s, &outcome->text, &outcome->error);
}

static void print_json(const CliRun *run, const GPtrArray *outcomes)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "verb", run->verb->name);
    json_builder_set_member_name(json, "vms");
    json_builder_begin_array(json);
    for (guint i = 0; i < outcomes->len; i++) {
        const Outcome *outcome = outcomes->pdata[i];
        json_builder_begin_object(json);
        cli_json_text(json, "vm", outcome->vm);
        cli_json_int(json, "exit_code", outcome->error ? (gint)cli_error_exit(outcome->error) : CLI_EXIT_DONE);
        cli_json_text(json, "text", outcome->error ? outcome->error->message : outcome->text);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

/* Every error is told; the first one gives the exit code. */
static CliExit conclude(const CliRun *run, const GPtrArray *outcomes)
{
    CliExit exit = CLI_EXIT_DONE;
    if (run->options.json)
        print_json(run, outcomes);
    for (guint i = 0; i < outcomes->len; i++) {
        const Outcome *outcome = outcomes->pdata[i];
        if (outcome->text && !run->options.json)
            printf("%s\n", outcome->text);
        fflush(stdout);
        CliExit own = outcome->error ? cli_error_print(outcome->error) : CLI_EXIT_DONE;
        exit = exit == CLI_EXIT_DONE ? own : exit;
    }
    return exit;
}

static CliExit for_each(CliRun *run, HaRequestKind kind, CliFollowTest test, const char *done)
{
    g_autoptr(GPtrArray) outcomes = g_ptr_array_new_with_free_func((GDestroyNotify)outcome_free);
    gint64 timeout_s = run->options.timeout_s > 0 ? run->options.timeout_s : WAIT_DEFAULT_S;
    cli_interrupt_catch();
    for (guint i = 0; i < run->options.n_args; i++) {
        Outcome *outcome = g_new0(Outcome, 1);
        outcome->vm = g_strdup(run->options.args[i]);
        g_ptr_array_add(outcomes, outcome);
        g_autofree char *title = g_strdup_printf("%s %s", run->verb->name, outcome->vm);
        ask(outcome, kind, run->options.strict, title);
    }
    for (guint i = 0; i < outcomes->len; i++) {
        Outcome *outcome = outcomes->pdata[i];
        g_autofree char *title = g_strdup_printf("%s %s", run->verb->name, outcome->vm);
        if (!outcome->error && run->options.wait)
            wait_for(outcome, test, timeout_s, title);
        else if (!outcome->error)
            outcome->text = g_strdup_printf("%s: %s", outcome->vm, done);
    }
    return conclude(run, outcomes);
}

CliExit cmd_vm_start(CliRun *run, GError **error)
{
    return for_each(run, HA_REQUEST_VM_START, is_running, "asked to start");
}

CliExit cmd_vm_stop(CliRun *run, GError **error)
{
    return for_each(run, HA_REQUEST_VM_STOP, is_stopped, "asked to stop");
}

CliExit cmd_vm_remove(CliRun *run, GError **error)
{
    return for_each(run, HA_REQUEST_VM_REMOVE, is_removed, "asked to leave the cluster");
}
