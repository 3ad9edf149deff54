/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cmd.h"

#include "agent/cli/cli_ask.h"
#include "agent/cli/cli_client.h"
#include "agent/cli/cli_fence_end.h"
#include "agent/cli/cli_view.h"

/* The leader judges again, and with more at hand; but nobody is asked to type a name in vain. */
static gboolean check(const char *node, const char *title, GError **error)
{
    g_autoptr(WireResult) result = cli_client_view(title, error);
    const Hactl__ViewNode *known = result ? cli_view_check_node(result->view, node, error) : NULL;
    if (!known)
        return FALSE;
    if (known->state == HA_NODE_UNCLEAN && !known->heard && !known->agent)
        return TRUE;
    if (known->heard || known->agent)
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
            "%s: %s still hears %s: it is not off, and its VMs may run; pull its plug and wait until 'hactl status' "
            "shows "
            "it as unclean",
            title, known->heard ? "corosync" : "hactld", node);
    else
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED,
            "%s: %s is %s, and nothing waits for its fencing; only a node that 'hactl status' shows as unclean has to "
            "be "
            "confirmed",
            title, node, ha_node_state_word((HaNodeState)known->state));
    return FALSE;
}

CliExit cmd_fence_confirm(CliRun *run, GError **error)
{
    const char *node = run->options.args[0];
    g_autofree char *title = g_strdup_printf("fence confirm %s", node);
    g_autofree char *stake =
        g_strdup_printf("The cluster has lost %s and could not fence it. It waits, since the VMs there may still run.\n"
                        "Your word replaces the fencing: its VMs start elsewhere at once. If %s is not off, and it is "
                        "not enough that it\n"
                        "does not answer, each of them then runs twice and destroys its disks. Look at the machine: is "
                        "its power off?\n",
            node, node);
    if (!check(node, title, error) || (!run->options.yes && !cli_ask_name(title, stake, node, error)))
        return CLI_EXIT_REFUSED;
    Hactl__Request request = HACTL__REQUEST__INIT;
    request.kind = HA_REQUEST_FENCE_CONFIRM;
    request.node = (char *)node;
    if (!cli_client_request(&request, NULL, title, error))
        return CLI_EXIT_FAILED;
    g_autofree char *text = g_strdup_printf("%s is taken to be off; its VMs are recovered", node);
    cli_fence_print_end(run, node, text);
    return CLI_EXIT_DONE;
}
