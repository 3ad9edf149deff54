/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/setup/su_cluster.h"

#include <string.h>

#include "agent/core/model/ha_recommended.h"
#include "agent/core/model/ha_types.h"

#define CLUSTER_NAME_MAX 64u

G_DEFINE_QUARK(su - error - quark, su_error)

/* ---- nodes ---- */

static void node_free(SuNode *node)
{
    g_free(node->name);
    g_ptr_array_unref(node->addresses);
    g_free(node);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SuNode, node_free)

static gboolean is_loopback(const char *address)
{
    return g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0;
}

/* What a line of corosync.conf can hold, and an address is made of. */
static gboolean is_address(const char *text)
{
    return *text != '\0' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_") == strlen(text);
}

static gboolean add_address(SuNode *node, const char *address, GError **error)
{
    if (!is_address(address) || is_loopback(address)) {
        g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
            "node %s: '%s' is no address that other hosts can reach; give one of its addresses on the cluster network: "
            "%s=ADDRESS",
            node->name, address, node->name);
        return FALSE;
    }
    g_ptr_array_add(node->addresses, g_strdup(address));
    return TRUE;
}

static SuNode *parse_node(const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    g_autoptr(SuNode) node = g_new0(SuNode, 1);
    node->name = equals ? g_strndup(text, (gsize)(equals - text)) : g_strdup(text);
    node->addresses = g_ptr_array_new_with_free_func(g_free);
    if (!ha_node_name_check(node->name)) {
        g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
            "'%s' can't be a node's name; give the host's own name, as 'uname -n' prints it there", node->name);
        return NULL;
    }
    g_auto(GStrv) addresses = g_strsplit(equals ? equals + 1 : node->name, ",", -1);
    for (guint i = 0; addresses[i]; i++)
        if (!add_address(node, addresses[i], error))
            return NULL;
    if (node->addresses->len == 0 || node->addresses->len > SU_LINKS_MAX) {
        g_set_error(error, SU_ERROR, SU_ERROR_CONTENT, "node %s: give 1 to %u addresses, one for each link", node->name,
            SU_LINKS_MAX);
        return NULL;
    }
    return g_steal_pointer(&node);
}

/* Does @node fit to those before it? */
static gboolean check_node(const SuCluster *cluster, const SuNode *node, GError **error)
{
    for (guint i = 0; i < cluster->nodes->len; i++) {
        const SuNode *other = cluster->nodes->pdata[i];
        if (strcmp(other->name, node->name) == 0) {
            g_set_error(error, SU_ERROR, SU_ERROR_CONTENT, "node %s is named twice; name each host once", node->name);
            return FALSE;
        }
        if (other->addresses->len != node->addresses->len) {
            g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
                "node %s has %u address(es), %s has %u; give every node one for each link", other->name,
                other->addresses->len, node->name, node->addresses->len);
            return FALSE;
        }
        for (guint j = 0; j < node->addresses->len; j++) {
            if (!g_ptr_array_find_with_equal_func(other->addresses, node->addresses->pdata[j], g_str_equal, NULL))
                continue;
            g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
                "nodes %s and %s have the same address %s; give each its own", other->name, node->name,
                (char *)node->addresses->pdata[j]);
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- the cluster ---- */

void su_cluster_free(SuCluster *cluster)
{
    if (!cluster)
        return;
    g_free(cluster->name);
    g_ptr_array_unref(cluster->nodes);
    g_free(cluster);
}

static gboolean check_size(const SuCluster *cluster, GError **error)
{
    if (cluster->nodes->len >= 2 && cluster->nodes->len <= SU_NODES_MAX)
        return TRUE;
    g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
        "a cluster has 2 to %u nodes, not %u; name all its hosts: hactl init node1=10.0.0.1 node2=10.0.0.2 "
        "node3=10.0.0.3",
        SU_NODES_MAX, cluster->nodes->len);
    return FALSE;
}

static gboolean check_name(const char *name, GError **error)
{
    if (is_address(name) && strlen(name) <= CLUSTER_NAME_MAX)
        return TRUE;
    g_set_error(error, SU_ERROR, SU_ERROR_CONTENT,
        "'%s' can't be a cluster's name; use letters, digits, '-', '_' and '.', at most %u", name, CLUSTER_NAME_MAX);
    return FALSE;
}

SuCluster *su_cluster_new(const char *name, char *const *nodes, GError **error)
{
    g_autoptr(SuCluster) cluster = g_new0(SuCluster, 1);
    cluster->name = g_strdup(name);
    cluster->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    if (!check_name(name, error))
        return NULL;
    for (guint i = 0; nodes[i]; i++) {
        SuNode *node = parse_node(nodes[i], error);
        if (!node)
            return NULL;
        gboolean fits = check_node(cluster, node, error);
        g_ptr_array_add(cluster->nodes, node);
        if (!fits)
            return NULL;
    }
    return check_size(cluster, error) ? g_steal_pointer(&cluster) : NULL;
}

const SuNode *su_cluster_find(const SuCluster *cluster, const char *node)
{
    for (guint i = 0; i < cluster->nodes->len; i++) {
        const SuNode *one = cluster->nodes->pdata[i];
        if (strcmp(one->name, node) == 0)
            return one;
    }
    return NULL;
}

/* ---- corosync.conf ---- */

static void append_node(GString *text, const SuNode *node, guint id)
{
    g_string_append(text, "    node {\n");
    for (guint i = 0; i < node->addresses->len; i++)
        g_string_append_printf(text, "        ring%u_addr: %s\n", i, (char *)node->addresses->pdata[i]);
    g_string_append_printf(text, "        name: %s\n        nodeid: %u\n    }\n", node->name, id);
}

/* Corosync wants each brace on a line of its own. */
char *su_cluster_conf(const SuCluster *cluster)
{
    GString *text = g_string_new("# Written by 'hactl init'; the same on every host.\n");
    g_string_append_printf(text,
        "totem {\n    version: 2\n    cluster_name: %s\n    transport: knet\n    crypto_cipher: aes256\n    "
        "crypto_hash: sha256\n"
        "    token: %u\n    token_coefficient: %u\n}\n",
        cluster->name, HA_RECOMMENDED_TOKEN_MS, HA_RECOMMENDED_TOKEN_COEFFICIENT_MS);
    g_string_append(text,
        "logging {\n    to_logfile: yes\n    logfile: /var/log/corosync/corosync.log\n    to_syslog: yes\n"
        "    timestamp: on\n}\n");
    g_string_append_printf(text, "quorum {\n    provider: corosync_votequorum\n%s}\nnodelist {\n",
        cluster->nodes->len == 2 ? "    two_node: 1\n" : "");
    for (guint i = 0; i < cluster->nodes->len; i++)
        append_node(text, cluster->nodes->pdata[i], i + 1);
    g_string_append(text, "}\n");
    return g_string_free(text, FALSE);
}

/* The value of "key: value", NULL when the line is another. */
static const char *value_of(const char *line, const char *key)
{
    gsize len = strlen(key);
    if (strncmp(line, key, len) != 0 || line[len] != ':')
        return NULL;
    return line + len + 1 + strspn(line + len + 1, " \t");
}

/* "ring0_addr: ADDRESS", whatever its number. */
static const char *address_of(const char *line)
{
    const char *rest = g_str_has_prefix(line, "ring") ? line + 4 : "";
    return g_ascii_isdigit(*rest) ? value_of(rest + 1, "_addr") : NULL;
}

SuConf su_cluster_judge_conf(const char *existing, const char *wanted, char **ret_name)
{
    g_auto(GStrv) lines = g_strsplit(existing ? existing : "", "\n", -1);
    g_autofree char *name = NULL;
    gboolean used = FALSE;
    for (guint i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]), *cluster = value_of(line, "cluster_name"), *address = address_of(line);
        if (cluster) {
            g_free(name);
            name = g_strdup(cluster);
        }
        used |= address && !is_loopback(address);
    }
    if (ret_name)
        *ret_name = g_steal_pointer(&name);
    if (existing && wanted && strcmp(existing, wanted) == 0)
        return SU_CONF_SAME;
    return used ? SU_CONF_OTHER : SU_CONF_NONE;
}

gboolean su_cluster_conf_has_node(const char *conf, const char *node)
{
    g_auto(GStrv) lines = g_strsplit(conf, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        const char *name = value_of(g_strstrip(lines[i]), "name");
        if (name && strcmp(name, node) == 0)
            return TRUE;
    }
    return FALSE;
}
