/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_definition.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_view.h"

#include <stdio.h>
#include <string.h>

static gboolean runs(const Hactl__ViewVm *vm)
{
    return vm->state != HA_VM_ABSENT && vm->state != HA_VM_UNKNOWN;
}

static char *label(const char *vm, const char *when, const char *hash)
{
    return g_strdup_printf("%s, %s (%.12s)", vm, when, hash);
}

/* Returns: (transfer full), "" when nothing differs. */
static char *compare(const Hactl__ViewVm *vm, const char *title, GError **error)
{
    g_autofree char *running_hash = NULL, *wanted_hash = NULL;
    g_autoptr(GBytes) running = cli_definition_fetch(vm->name, CLI_DEFINITION_RUNNING, title, &running_hash, error);
    g_autoptr(GBytes) wanted =
        running ? cli_definition_fetch(vm->name, CLI_DEFINITION_WANTED, title, &wanted_hash, error) : NULL;
    if (!wanted)
        return NULL;
    g_autofree char *old = label(vm->name, "as it runs", running_hash);
    g_autofree char *new = label(vm->name, "from its next start", wanted_hash);
    return cli_definition_diff(running, old, wanted, new, error);
}

static void print_json(const Hactl__ViewVm *vm, const char *diff)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    cli_json_text(json, "vm", vm->name);
    cli_json_text(json, "running_definition", vm->running_definition);
    cli_json_text(json, "definition", vm->definition);
    cli_json_bool(json, "definition_waits", cli_view_definition_waits(vm));
    cli_json_text(json, "diff", diff);
    json_builder_end_object(json);
    cli_json_print(json, TRUE);
}

static void print_text(const Hactl__ViewVm *vm, const char *diff)
{
    if (diff && *diff)
        fputs(diff, stdout);
    else if (!runs(vm))
        printf("%s does not run; nothing waits for its next start\n", vm->name);
    else if (!vm->running_definition)
        printf("what %s was started with was not noted; from its next start it will be\n", vm->name);
    else
        printf("%s runs with its present definition; nothing waits for its next start\n", vm->name);
}

CliExit cmd_vm_diff(CliRun *run, GError **error)
{
    const char *name = run->options.args[0];
    g_autofree char *title = g_strdup_printf("vm diff %s", name), *diff = NULL;
    g_autoptr(WireResult) result = cli_client_view(title, error);
    if (!result)
        return CLI_EXIT_FAILED;
    const Hactl__ViewVm *vm = cli_view_check_vm(result->view, name, error);
    if (!vm) {
        g_prefix_error(error, "vm diff: ");
        return CLI_EXIT_UNKNOWN;
    }
    if (cli_view_definition_waits(vm) && !(diff = compare(vm, title, error)))
        return CLI_EXIT_FAILED;
    if (run->options.json)
        print_json(vm, diff);
    else
        print_text(vm, diff);
    return CLI_EXIT_DONE;
}
