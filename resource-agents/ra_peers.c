/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource-agents/ra_peers.h"

#include "agent/io/io_cmap.h"

#include <string.h>

static void peer_free(gpointer data)
{
    RaGuardPeer *peer = data;

    g_free(peer->node);
    g_free(peer);
}

static void add(GPtrArray *peers, const char *node, gsize len, gboolean member)
{
    RaGuardPeer *peer = g_new0(RaGuardPeer, 1);

    peer->node = g_strndup(node, len);
    peer->member = member;
    peer->answer = RA_GUARD_SILENT;
    g_ptr_array_add(peers, peer);
}

/* "node2 node3-": a minus marks a lost host. */
static void add_given(GPtrArray *peers, const char *given)
{
    g_auto(GStrv) words = g_strsplit(given, " ", -1);

    for (char **word = words; *word; word++) {
        gboolean lost = g_str_has_suffix(*word, "-");

        if (**word)
            add(peers, *word, strlen(*word) - lost, !lost);
    }
}

GPtrArray *ra_peers_read(const RaEnv *env, GError **error)
{
    g_autoptr(GPtrArray) peers = g_ptr_array_new_with_free_func(peer_free);

    if (env->peers) {
        add_given(peers, env->peers);
        return g_steal_pointer(&peers);
    }
    g_autoptr(IoCmap) cmap = io_cmap_read(error);
    if (cmap == NULL)
        return NULL;
    for (guint i = 0; i < cmap->nodes->len; i++) {
        const IoCmapNode *node = g_ptr_array_index(cmap->nodes, i);

        if (node->node_id != cmap->self_id)
            add(peers, node->name, strlen(node->name), node->member);
    }
    return g_steal_pointer(&peers);
}
