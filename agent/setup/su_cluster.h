/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * su_cluster - a cluster to be made: its name and hosts; corosync.conf out of it, and what an existing one says. Pure.
 */
#ifndef SU_CLUSTER_H
#define SU_CLUSTER_H

#include <glib.h>

#define SU_LINKS_MAX 8u  /* corosync's */
#define SU_NODES_MAX 32u /* full members; more than that is not planned for (docs/timing.md) */

typedef enum {
    SU_ERROR_CONTENT, /* what was given can't be a cluster, a node or an invitation */
    SU_ERROR_HOST,    /* this host is not as it has to be */
    SU_ERROR_TAKEN,   /* this host belongs to a cluster already */
} SuError;

#define SU_ERROR su_error_quark()
GQuark su_error_quark(void);

typedef struct {
    char *name;
    GPtrArray *addresses; /* char*, one a link: an IP address, or a name that every host resolves */
} SuNode;

typedef struct {
    char *name;
    GPtrArray *nodes; /* SuNode*, in the order given: node ids count from 1 */
} SuCluster;

void su_cluster_free(SuCluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SuCluster, su_cluster_free)

/**
 * su_cluster_new - check what was typed.
 * @name: the cluster's; letters, digits, "-", "_", ".", at most 64 bytes.
 * @nodes: NULL-terminated, each "NODE" or "NODE=ADDRESS[,ADDRESS...]"; without an address the name itself is one.
 *
 * Refused: no node, a bad or double name, an address that two nodes have, loopback addresses, different numbers of
 * links. Returns: (transfer full); NULL with SU_ERROR_CONTENT.
 */
SuCluster *su_cluster_new(const char *name, char *const *nodes, GError **error);

/** su_cluster_find - Returns: borrowed, NULL when the cluster has no such node. */
const SuNode *su_cluster_find(const SuCluster *cluster, const char *node);

/** su_cluster_conf - corosync.conf. Returns: (transfer full) text. */
char *su_cluster_conf(const SuCluster *cluster);

/* What a corosync.conf that is there already means. */
typedef enum {
    SU_CONF_NONE,  /* none, or the distribution's example: no address but loopback */
    SU_CONF_SAME,  /* the very text that would be written */
    SU_CONF_OTHER, /* somebody's cluster */
} SuConf;

/**
 * su_cluster_judge_conf - @existing: nullable text of the file; @wanted: nullable, the text to be written.
 * @ret_name: nullable; (transfer full) the existing cluster's name, NULL when it has none.
 */
SuConf su_cluster_judge_conf(const char *existing, const char *wanted, char **ret_name);

/** su_cluster_conf_has_node - does this corosync.conf list a node of that name? */
gboolean su_cluster_conf_has_node(const char *conf, const char *node);

#endif
