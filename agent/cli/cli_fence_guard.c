/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_fence_guard.h"

#include "agent/cli/cli_error.h"
#include "agent/cli/cli_view.h"
#include "agent/core/ha_fence.h"

static guint online(const Hactl__View *view)
{
    guint n = 0;
    for (gsize i = 0; i < view->n_nodes; i++)
        n += view->nodes[i]->state == HA_NODE_ONLINE;
    return n;
}

static const Hactl__ViewNode *another_away(const Hactl__View *view, const char *node)
{
    for (gsize i = 0; i < view->n_nodes; i++)
        if (view->nodes[i]->state != HA_NODE_ONLINE && !g_str_equal(view->nodes[i]->node, node))
            return view->nodes[i];
    return NULL;
}

/* Of two hosts the other goes on by corosync's two-node mode; a cluster of one has nobody to fence it. */
static gboolean quorate_without(const Hactl__View *view)
{
    guint left = online(view) - 1;
    return view->n_nodes == 2 ? left == 1 : 2 * left > view->n_nodes;
}

/* Returns: (transfer full) blocker and fix; NULL when nothing stands in the way. */
static char *refusal(const Hactl__View *view, const Hactl__ViewNode *node, gboolean with_vms)
{
    const Hactl__ViewNode *away = another_away(view, node->node);
    const char *remedy = NULL;
    if (g_strcmp0(view->self, node->node) == 0)
        return g_strdup_printf("this is %s itself; type it on another host", node->node);
    if (node->state != HA_NODE_ONLINE)
        return g_strdup_printf(
            "it is %s; only a host that is online can be tested", ha_node_state_word((HaNodeState)node->state));
    if (away)
        return g_strdup_printf(
            "%s is %s; wait until all hosts are online", away->node, ha_node_state_word((HaNodeState)away->state));
    if (!quorate_without(view))
        return g_strdup("without it the cluster would have no quorum; add a host or a quorum device first");
    if (node->fence_gap != HA_FENCE_GAP_NONE) {
        const char *text = ha_fence_gap_text((HaFenceGap)node->fence_gap, &remedy);
        return g_strdup_printf("%s; %s", text, remedy);
    }
    if (node->n_vms > 0 && !with_vms)
        return g_strdup_printf("%u VM%s there and would be cut off; drain it first: hactl drain %s, or say "
                               "--force-with-vms",
            node->n_vms, node->n_vms == 1 ? " runs" : "s run", node->node);
    if (node->drain != HA_DRAIN_DONE && !with_vms)
        return g_strdup_printf(
            "it is not drained, and a VM may start there at any moment; drain it first: hactl drain %s", node->node);
    return NULL;
}

gboolean cli_fence_test_check(const Hactl__View *view, const char *name, gboolean with_vms, GError **error)
{
    const Hactl__ViewNode *node = cli_view_check_node(view, name, error);
    if (!node)
        return FALSE;
    if (!view->quorate) {
        g_set_error_literal(error, CLI_ERROR, CLI_EXIT_NOT_QUORATE,
            "this part of the cluster is not quorate; bring the other nodes back first");
        return FALSE;
    }
    g_autofree char *why = refusal(view, node, with_vms);
    if (why)
        g_set_error(error, CLI_ERROR, CLI_EXIT_REFUSED, "%s can't be tested now: %s", name, why);
    return why == NULL;
}
