/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_solve - the planner's engine: which VMs go where, and in which order.
 *
 * Plain arrays, indexed by small integers; names and reports stay outside (ha_problem.h builds an HaProblem from the
 * view, the bench from files). One problem, several tasks: level the load with the fewest moves, empty nodes, place
 * VMs, spread everything evenly. Every plan can be executed one move at a time, in its order, without a hard limit
 * being passed in between.
 *
 * Deterministic: the same problem gives the same plan. Effort is counted in steps, never in time. The method and its
 * bounds: docs/planner.md.
 */
#ifndef HA_SOLVE_H
#define HA_SOLVE_H

#include <glib.h>

#define HA_SOLVE_NONE G_MAXUINT32

typedef struct {
    guint64 mem_mib;       /* for VMs, the reserve taken off: a hard limit */
    guint64 mem_fixed_mib; /* taken by what is not among the VMs */
    guint64 load_fixed;    /* the same; micro-cores: 1000000 is one core, busy */
    guint32 vcpus_fixed;
    guint32 cores;
    gboolean takes;  /* may be given VMs */
    gboolean leaves; /* is to be emptied */
} HaSolveNode;

typedef struct {
    guint64 mem_mib;
    guint64 load; /* micro-cores */
    guint32 vcpus;
    guint32 node;   /* where it is; HA_SOLVE_NONE: to be placed */
    guint32 nodes;  /* which of the node sets may run it (ha_problem_node_set); HA_SOLVE_NONE: any */
    guint32 apart;  /* hard: no two VMs with this number on one node; HA_SOLVE_NONE: none */
    guint64 cost;   /* of moving it: MiB that have to be sent, repeats of dirtied pages included: mem_mib or more */
    gboolean fixed; /* may not be moved */
} HaSolveVm;

typedef struct {
    HaSolveNode *nodes; /* n_nodes of them; the caller fills them */
    HaSolveVm *vms;
    guint n_nodes, n_vms;
    guint n_apart; /* numbers 0..n_apart-1 are in use */
    guint n_sets, words;
    guint64 *sets; /* bit sets of nodes, a set every `words` words */
} HaProblem;

/** ha_problem_new - zeroed nodes that take VMs, zeroed VMs that are nowhere and may run anywhere. */
HaProblem *ha_problem_new(guint n_nodes, guint n_vms);
void ha_problem_free(HaProblem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaProblem, ha_problem_free)

/** ha_problem_add_set - an empty set of nodes. Returns: its number. */
guint32 ha_problem_add_set(HaProblem *problem);
void ha_problem_allow(HaProblem *problem, guint32 set, guint32 node);
/** ha_problem_allows - may @vm run on @node, as far as its set says? */
gboolean ha_problem_allows(const HaProblem *problem, guint32 vm, guint32 node);

/* How a cluster is loaded, per mille of a node's cores. Over the nodes that take VMs; those that are to be emptied
 * count with their load, not with their cores. */
typedef struct {
    guint32 mean_permille;    /* what each would have if all had the same */
    guint32 busiest_permille; /* of the busiest node that stays */
    guint32 busiest;          /* HA_SOLVE_NONE when no node stays */
    guint32 spread_permille;  /* standard deviation */
} HaSolveLoad;
HaSolveLoad ha_problem_load(const HaProblem *problem);

typedef struct {
    guint32 vm, from, to; /* from: HA_SOLVE_NONE when it is placed */
    guint32 hop; /* it goes on from here in a later move (a swap, or room that is made): its number; else NONE */
} HaSolveMove;

typedef struct {
    GArray *moves;      /* HaSolveMove, in order of execution */
    guint64 cost;       /* sum of the moves' costs */
    guint bound_moves;  /* fewer can't do */
    guint64 bound_cost; /* with bound_moves moves, less can't do */
    gboolean reached;   /* the task is fulfilled; otherwise the plan is the part that could be done */
    guint64 steps;      /* effort spent */
} HaSolution;

void ha_solution_free(HaSolution *solution);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaSolution, ha_solution_free)

/**
 * ha_solve_level - bring every node's load to at most @target_permille of the mean, empty the nodes that leave, place
 * the VMs that are nowhere: fewest moves first, then least cost.
 * @target_permille: >= 1000; 0: loads do not matter.
 * @effort: steps to spend at most, few leave out the annealing; 0: a default by size.
 */
HaSolution *ha_solve_level(const HaProblem *problem, guint32 target_permille, guint64 effort);

/* What ha_solve_spread evens out, each as the standard deviation over the nodes that take VMs, and how much it counts.
 * The default, all 1000, is what Ganeti's hbal minimises where VMs lie on shared storage. */
typedef struct {
    guint32 mem, vcpus, load;
} HaSpreadWeights;

/**
 * ha_solve_spread - even everything out as far as it goes, however many moves it takes.
 */
HaSolution *ha_solve_spread(const HaProblem *problem, const HaSpreadWeights *weights);

/** ha_solve_score - what ha_solve_spread makes small: sum of weight x standard deviation (of memory free / memory,
 * vcpus / core, load in cores). @at: a node for each VM. */
double ha_solve_score(const HaProblem *problem, const HaSpreadWeights *weights, const guint32 *at);

#endif
