/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hactl fence test NODE. Asked of Pacemaker's fencer from here rather than through the leader: the leader may be the
 * very host that is to be switched off, and whoever typed this has to hear how it went.
 */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_ask.h"
#include "agent/cli/cli_client.h"
#include "agent/cli/cli_fence_end.h"
#include "agent/cli/cli_fence_guard.h"
#include "agent/cli/cli_format.h"
#include "agent/cli/cli_interrupt.h"
#include "agent/cli/cli_view.h"
#include "agent/io/io_run.h"

#include <stdio.h>

#define FENCE_S 120
#define BACK_DEFAULT_S 600
#define LOOK_MS 1000

static gboolean check(const CliRun *run, const char *node, const char *title, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view(title, error);
    if (!result)
        return FALSE;
    if (cli_fence_test_check(result->view, node, run->options.force_with_vms, error))
        return TRUE;
    g_prefix_error(error, "%s: ", title);
    return FALSE;
}

static gboolean fence(const char *node, const char *title, GError **error)
{
    const char *argv[] = {"stonith_admin", "--reboot", node, "--tag", "hactl", "--timeout", G_STRINGIFY(FENCE_S), NULL};
    g_autoptr(IoRun) run = io_run(argv, NULL, (FENCE_S + 30) * 1000u);
    if (!run->error)
        return TRUE;
    g_set_error(error, CLI_ERROR, CLI_EXIT_FAILED,
        "%s: it could not be fenced: %s; its VMs would not be recovered when it fails; see: hactl fence check", title,
        run->error);
    return FALSE;
}

static gboolean is_back(const char *node)
{
    g_autoptr(WireResult) result = cli_client_view("fence test", NULL);
    const Hactl__ViewNode *known = result ? cli_view_node(result->view, node) : NULL;
    return known && known->state == HA_NODE_ONLINE && known->agent;
}

/* It has to be seen gone first: for some seconds the cluster takes it for what it was. */
static gboolean wait_back(const char *node, gint64 timeout_s, const char *title, GError **error)
{
    gint64 end_ms = cli_interrupt_now_ms() + timeout_s * 1000;
    gboolean gone = FALSE;
    while (cli_interrupt_now_ms() < end_ms) {
        gboolean back = is_back(node);
        gone |= !back;
        if (gone && back)
            return TRUE;
        if (!cli_interrupt_pause(cli_interrupt_now_ms() + LOOK_MS)) {
            g_set_error(error, CLI_ERROR, CLI_EXIT_INTERRUPTED,
                "%s: it was fenced; left before it was back; see hactl status", title);
            return FALSE;
        }
    }
    g_set_error(error, CLI_ERROR, CLI_EXIT_TIMEOUT,
        "%s: it was fenced, and is not back; look at its console: is it still starting, or was it only switched off?",
        title);
    return FALSE;
}

CliExit cmd_fence_test(CliRun *run, GError **error)
{
    const char *node = run->options.args[0];
    g_autofree char *title = g_strdup_printf("fence test %s", node);
    g_autofree char *stake = g_strdup_printf(
        "%s is now switched off and on by its fence device, without being asked: as if it had failed.\n", node);
    if (!check(run, node, title, error) || (!run->options.yes && !cli_ask_name(title, stake, node, error)))
        return CLI_EXIT_REFUSED;
    cli_interrupt_catch();
    gint64 begun_ms = cli_interrupt_now_ms();
    if (!fence(node, title, error))
        return CLI_EXIT_FAILED;
    g_autofree char *took = cli_format_duration(cli_interrupt_now_ms() - begun_ms);
    gint64 timeout_s = run->options.timeout_s > 0 ? run->options.timeout_s : BACK_DEFAULT_S;
    if (run->options.wait && !wait_back(node, timeout_s, title, error))
        return CLI_EXIT_FAILED;
    g_autofree char *whole = cli_format_duration(cli_interrupt_now_ms() - begun_ms);
    g_autofree char *text = run->options.wait
                                ? g_strdup_printf("%s was fenced in %s and is back after %s", node, took, whole)
                                : g_strdup_printf("%s was fenced in %s", node, took);
    cli_fence_print_end(run, node, text);
    return CLI_EXIT_DONE;
}
