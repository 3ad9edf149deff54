/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan_case - a cluster to plan against, in two files: nodes.csv (name,cores,mem_mib,online; online 0: to be emptied)
 * and vms.csv (name,vcpus,mem_mib,cpu_cores_used,node). A node keeps PLAN_RESERVE_MIB for itself. */
#ifndef PLAN_CASE_H
#define PLAN_CASE_H

#include "agent/core/plan/ha_solve.h"

#define PLAN_RESERVE_MIB 4096u

typedef struct {
    HaProblem *problem;
    char **node_names, **vm_names;
} PlanCase;

PlanCase *plan_case_load(const char *dir, GError **error);
gboolean plan_case_save(const PlanCase *it, const char *dir, GError **error);
void plan_case_free(PlanCase *it);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanCase, plan_case_free)

/* Shapes of generated clusters. */
typedef enum {
    PLAN_RANDOM, /* every VM anywhere */
    PLAN_HOT,    /* a tenth of the nodes draws three times as many VMs */
    PLAN_NEW,    /* the last tenth of the nodes is empty */
    PLAN_DRAIN,  /* the first node is to be emptied */
    PLAN_UNEVEN, /* nodes of two sizes */
    PLAN_BIG,    /* few, big VMs */
    PLAN_PATTERNS
} PlanPattern;

const char *plan_pattern_word(PlanPattern pattern);

/** plan_case_generate - @full_permille: of all memory in use. The same arguments give the same cluster. */
PlanCase *plan_case_generate(guint n_nodes, guint n_vms, PlanPattern pattern, guint full_permille, guint64 seed);

#endif
