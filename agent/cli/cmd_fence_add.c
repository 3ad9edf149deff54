/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_client.h"
#include "agent/cli/cli_fence_end.h"
#include "agent/cli/cli_fence_secret.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/wire/wire_fence.h"

#include <stdio.h>
#include <string.h>

#define WAIT_DEFAULT_S 90
#define LOOK_MS 500

/* ---- the device, as it was typed ---- */

static void add_hosts(HaFenceSpec *spec, char *const *typed)
{
    for (char *const *word = typed; word && *word; word++) {
        g_auto(GStrv) names = g_strsplit(*word, ",", -1);
        for (guint i = 0; names[i]; i++)
            if (*names[i])
                g_ptr_array_add(spec->hosts, g_strdup(names[i]));
    }
}

static HaFenceSpec *read_spec(const CliOptions *options, GString *notes, GError **error)
{
    if (!options->agent) {
        g_set_error_literal(error, CLI_ERROR, CLI_EXIT_USAGE,
            "which agent? --agent=fence_ipmilan, ...; what is installed: stonith_admin --list-installed");
        return NULL;
    }
    g_autoptr(CliFenceAgent) agent = cli_fence_agent_load(options->agent, error);
    if (!agent)
        return NULL;
    g_autoptr(HaFenceSpec) spec = ha_fence_spec_new(options->args[0], options->agent);
    add_hosts(spec, options->hosts);
    for (guint i = 1; i < options->n_args; i++)
        if (!cli_fence_parameter_put(agent, options->args[i], options->force, spec, notes, error))
            return NULL;
    if (!cli_fence_agent_check(agent, spec, error) || !cli_fence_agent_validate(spec, error))
        return NULL;
    return g_steal_pointer(&spec);
}

static gboolean ask(const HaFenceSpec *spec, const char *title, GError **error)
{
    g_autoptr(WireArena) arena = wire_arena_new();
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_FENCE_ADD;
    request.fence = wire_fence_put_spec(arena, spec);
    return cli_client_request(&request, NULL, title, error);
}

/* ---- does it answer? ---- */

static const Hactl__ViewFence *find(const Hactl__View *view, const char *name)
{
    for (gsize i = 0; i < view->n_fences; i++)
        if (g_str_has_prefix(view->fences[i]->name, HA_FENCE_PREFIX) &&
            strcmp(view->fences[i]->name + strlen(HA_FENCE_PREFIX), name) == 0)
            return view->fences[i];
    return NULL;
}

static gboolean wait_started(const char *name, gint64 timeout_s, const char *title, char **ret_text, GError **error)
{
    gint64 end_ms = cli_interrupt_now_ms() + timeout_s * 1000;
    do {
        g_autoptr(WireResult) result = cli_client_view(title, error);
        const Hactl__ViewFence *device = result ? find(result->view, name) : NULL;
        if (!result)
            return FALSE;
        if (device && device->state == HA_FENCE_STARTED) {
            *ret_text = g_strdup_printf("fence device %s added; it answers, %s monitors it", name, device->node);
            return TRUE;
        }
        if (device && device->state == HA_FENCE_FAILED) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
                "%s: it was added, and does not answer%s%s; correct it: hactl fence remove %s --force, and add it "
                "again",
                title, device->reason ? ": " : "", device->reason ? device->reason : "", name);
            return FALSE;
        }
    } while (cli_interrupt_now_ms() < end_ms && cli_interrupt_pause(cli_interrupt_now_ms() + LOOK_MS));
    g_set_error(
        error, CLI_ERROR, CLI_EXIT_TIMEOUT, "%s: it was added, and has not answered yet; see: hactl fence list", title);
    return FALSE;
}

CliExit cmd_fence_add(CliRun *run, GError **error)
{
    const CliOptions *options = &run->options;
    const char *name = options->args[0];
    g_autofree char *title = g_strdup_printf("fence add %s", name);
    g_autoptr(GString) notes = g_string_new(NULL);
    g_autoptr(HaFenceSpec) spec = read_spec(options, notes, error);
    if (!spec) {
        g_prefix_error(error, "%s: ", title);
        return CLI_EXIT_FAILED;
    }
    if (!ask(spec, title, error))
        return CLI_EXIT_FAILED;
    fputs(notes->str, stderr);
    g_autofree char *text = NULL;
    cli_interrupt_catch();
    if (options->wait &&
        !wait_started(name, options->timeout_s > 0 ? options->timeout_s : WAIT_DEFAULT_S, title, &text, error))
        return CLI_EXIT_FAILED;
    g_autofree char *added = g_strdup_printf("fence device %s added", name);
    cli_fence_print_end(run, name, text ? text : added);
    return CLI_EXIT_DONE;
}
