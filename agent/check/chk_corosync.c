/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of corosync's configuration, as its map has it: membership, quorum, links, secrecy. */
#include <string.h>

#include "agent/check/chk_report.h"
#include "agent/core/model/ha_recommended.h"
#include "agent/core/model/ha_sorted.h"

#define CONF "/etc/corosync/corosync.conf on every host, then: corosync-cfgtool -R"
#define NODES_MAX 128u

/* One entry of the node list; Returns: borrowed, NULL when there is none. */
static const char *node_key(const ChkFacts *facts, guint index, const char *key)
{
    g_autofree char *name = g_strdup_printf("nodelist.node.%u.%s", index, key);
    return chk_item_get(facts->cmap, name);
}

static guint node_count(const ChkFacts *facts)
{
    guint n = 0;
    for (guint i = 0; i < NODES_MAX; i++)
        n += node_key(facts, i, "nodeid") || node_key(facts, i, "ring0_addr");
    return n;
}

static gboolean lists(const ChkFacts *facts, const char *node)
{
    for (guint i = 0; i < NODES_MAX; i++)
        if (g_strcmp0(node_key(facts, i, "name"), node) == 0)
            return TRUE;
    return FALSE;
}

static gboolean known(const ChkFacts *facts)
{
    return facts->cmap->len > 0;
}

static void away(const ChkFacts *facts, ChkReport *report)
{
    if (facts->corosync_error)
        chk_find(report, facts->node, "systemctl status corosync; start it: systemctl start corosync", "%s",
            facts->corosync_error);
}

static void names_missing(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < NODES_MAX; i++)
        if (node_key(facts, i, "ring0_addr") && !node_key(facts, i, "name"))
            chk_find(report, node_key(facts, i, "ring0_addr"), "give each node a name in " CONF,
                "its entry in the node list has no name: Pacemaker takes whatever its address resolves to");
}

/* Pacemaker takes the node list's name; scripts, tools and certificates take the host's own. */
static void own_name(const ChkFacts *facts, ChkReport *report)
{
    if (known(facts) && node_count(facts) > 0 && (strcmp(facts->uname, facts->node) != 0 || !lists(facts, facts->node)))
        chk_find(report, facts->uname, "make `uname -n` and the node's name in corosync.conf the same",
            "this host calls itself %s, and corosync's node list %s%s", facts->uname,
            lists(facts, facts->node) ? "calls it " : "has no such node", lists(facts, facts->node) ? facts->node : "");
}

static void unlisted(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; known(facts) && facts->config && i < facts->config->nodes->len; i++) {
        const char *node = ((const HaConfigNode *)facts->config->nodes->pdata[i])->node;
        if (!lists(facts, node))
            chk_find(report, node,
                "add it to the node list, or remove it from Pacemaker: crm_node --force --remove NODE",
                "Pacemaker knows it, and corosync's node list does not");
    }
}

static void token(const ChkFacts *facts, ChkReport *report)
{
    guint64 token = chk_item_number(facts->cmap, "runtime.config.totem.token");
    if (token > 3 * HA_RECOMMENDED_TOKEN_MS)
        chk_find(report, "cluster",
            "set token: " G_STRINGIFY(HA_RECOMMENDED_TOKEN_MS) " and token_coefficient: 0 in " CONF,
            "a lost host is noticed only after %" G_GUINT64_FORMAT " ms (token), and its VMs wait so much longer",
            token);
    else if (token > 0 && token < 1000)
        chk_find(report, "cluster", "set a token of 1000 ms or more in " CONF,
            "a token of %" G_GUINT64_FORMAT " ms: a busy host is easily taken for a lost one, and fenced", token);
}

static void consensus(const ChkFacts *facts, ChkReport *report)
{
    guint64 token = chk_item_number(facts->cmap, "runtime.config.totem.token");
    guint64 consensus = chk_item_number(facts->cmap, "runtime.config.totem.consensus");
    if (token && consensus > 2 * token)
        chk_find(report, "cluster", "leave consensus out of corosync.conf (it is 1.2 times the token then): " CONF,
            "after the token another %" G_GUINT64_FORMAT " ms pass before a lost host is declared (consensus)",
            consensus);
}

static void coefficient(const ChkFacts *facts, ChkReport *report)
{
    const char *set = chk_item_get(facts->cmap, "totem.token_coefficient");
    if (known(facts) && node_count(facts) > 2 && (!set || strcmp(set, "0") != 0))
        chk_find(report, "cluster", "set token_coefficient: 0 in " CONF,
            "with %u nodes the token grows by %s ms for each node above two", node_count(facts), set ? set : "650");
}

static void links(const ChkFacts *facts, ChkReport *report)
{
    for (guint i = 0; i < facts->links->len; i++) {
        const ChkProbe *link = facts->links->pdata[i];
        if (link->answer == CHK_BAD)
            chk_find(report, link->name, "mend the network between the two hosts; see: corosync-cfgtool -s",
                "this link is down");
    }
}

static void one_link(const ChkFacts *facts, ChkReport *report)
{
    if (known(facts) && node_count(facts) > 1 && !node_key(facts, 0, "ring1_addr"))
        chk_find(report, "cluster", "add a second link over another switch: ring1_addr in " CONF,
            "the hosts hear each other over one network: when it fails, all are alone and fence each other");
}

static void transport(const ChkFacts *facts, ChkReport *report)
{
    const char *transport = chk_item_get(facts->cmap, "totem.transport");
    if (transport && strcmp(transport, "knet") != 0)
        chk_find(report, "cluster", "set transport: knet in corosync.conf, with all hosts stopped",
            "transport %s has neither encryption nor more than one link", transport);
}

static gboolean is_none(const char *value)
{
    return !value || strcmp(value, "none") == 0;
}

static void in_clear(const ChkFacts *facts, ChkReport *report)
{
    const char *secauth = chk_item_get(facts->cmap, "totem.secauth");
    gboolean on = g_strcmp0(secauth, "on") == 0;
    if (known(facts) && !on &&
        (is_none(chk_item_get(facts->cmap, "totem.crypto_cipher")) ||
            is_none(chk_item_get(facts->cmap, "totem.crypto_hash"))))
        chk_find(report, "cluster",
            "make a key (corosync-keygen), copy it to every host, set crypto_cipher: aes256 and crypto_hash: sha256 "
            "in " CONF,
            "what the hosts say to each other is neither encrypted nor signed: passwords of fence devices travel in "
            "it, and whoever reaches the network can join");
}

static void two_node(const ChkFacts *facts, ChkReport *report)
{
    gboolean two = chk_item_number(facts->cmap, "quorum.two_node") == 1;
    guint n = node_count(facts);
    const char *wait = chk_item_get(facts->cmap, "quorum.wait_for_all");
    if (two && n > 2)
        chk_find(report, "cluster", "remove two_node from " CONF,
            "two_node is set, and there are %u nodes: two of them alone would both be quorate", n);
    else if (two && wait && strcmp(wait, "0") == 0)
        chk_find(report, "cluster", "remove wait_for_all: 0 from " CONF,
            "two_node without wait_for_all: two hosts that start without hearing each other fence each other");
}

static void two_without(const ChkFacts *facts, ChkReport *report)
{
    if (node_count(facts) == 2 && !chk_item_number(facts->cmap, "quorum.two_node") &&
        !chk_item_get(facts->cmap, "quorum.device.model"))
        chk_find(report, "cluster", "set two_node: 1 in section quorum of corosync.conf, or add a quorum device",
            "two nodes and no two_node: when one fails the other has no quorum, and recovers nothing");
}

static void even(const ChkFacts *facts, ChkReport *report)
{
    guint n = node_count(facts);
    if (n >= 4 && n % 2 == 0 && !chk_item_get(facts->cmap, "quorum.device.model"))
        chk_find(report, "cluster", "add a quorum device (corosync-qnetd on a third site), or a host",
            "%u nodes and no quorum device: when they part in equal halves, neither recovers anything", n);
}

static void device(const ChkFacts *facts, ChkReport *report)
{
    guint64 sync = chk_item_number(facts->cmap, "quorum.device.sync_timeout");
    const char *model = chk_item_get(facts->cmap, "quorum.device.model");
    guint64 votes = chk_item_number(facts->cmap, "quorum.device.votes");
    if (model && chk_item_number(facts->cmap, "quorum.two_node"))
        chk_find(report, "cluster", "remove two_node from " CONF, "two_node and a quorum device contradict each other");
    if (sync > 60000)
        chk_find(report, "cluster", "lower quorum.device.sync_timeout in " CONF,
            "a lost host is waited for up to %" G_GUINT64_FORMAT " ms at the quorum device", sync);
    if (model && chk_item_get(facts->cmap, "quorum.device.votes") && votes == 0)
        chk_find(report, "cluster", "set votes: 1 in quorum.device in " CONF, "the quorum device has no vote");
}

static void votes(const ChkFacts *facts, ChkReport *report)
{
    guint64 expected = chk_item_number(facts->cmap, "quorum.expected_votes");
    guint n = node_count(facts);
    if (n && expected && expected != n && !chk_item_get(facts->cmap, "quorum.device.model"))
        chk_find(report, "cluster", "remove expected_votes from " CONF " (the node list says it)",
            "expected_votes is %" G_GUINT64_FORMAT ", and the node list has %u nodes", expected, n);
}

static const ChkCheck checks[] = {
    {"corosync-away", CHK_COROSYNC, CHK_ERROR, "corosync can't be asked", away},
    {"corosync-names", CHK_COROSYNC, CHK_ERROR, "a node has no name", names_missing},
    {"corosync-own-name", CHK_COROSYNC, CHK_WARNING, "a host with two names", own_name},
    {"corosync-unlisted", CHK_COROSYNC, CHK_WARNING, "corosync and Pacemaker know different nodes", unlisted},
    {"corosync-link-down", CHK_COROSYNC, CHK_ERROR, "a link is down", links},
    {"corosync-two-node", CHK_COROSYNC, CHK_ERROR, "quorum of two nodes", two_node},
    {"corosync-no-two-node", CHK_COROSYNC, CHK_ERROR, "two nodes without a way to go on", two_without},
    {"corosync-device", CHK_COROSYNC, CHK_ERROR, "the quorum device", device},
    {"corosync-votes", CHK_COROSYNC, CHK_WARNING, "votes are counted wrongly", votes},
    {"corosync-clear", CHK_COROSYNC, CHK_ERROR, "the cluster talks in clear", in_clear},
    {"corosync-transport", CHK_COROSYNC, CHK_WARNING, "an old transport", transport},
    {"corosync-token", CHK_COROSYNC, CHK_WARNING, "the token", token},
    {"corosync-consensus", CHK_COROSYNC, CHK_WARNING, "the consensus time", consensus},
    {"corosync-coefficient", CHK_COROSYNC, CHK_NOTE, "the token grows with the nodes", coefficient},
    {"corosync-one-link", CHK_COROSYNC, CHK_NOTE, "a single network", one_link},
    {"corosync-even", CHK_COROSYNC, CHK_NOTE, "an even number of nodes", even},
};

const ChkCheck *chk_corosync_checks(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(checks);
    return checks;
}
