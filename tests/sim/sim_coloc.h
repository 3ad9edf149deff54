/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_coloc - what the VMs of a group do to each other's scores while the scheduler assigns them, one after the other.
 *
 * Pacemaker makes one colocation for each pair of a group that is apart, and a chain, each with the one before it, for
 * one that is together. It applies each twice: where the VM goes that is the rule's "with", once that is known; and
 * before, attenuated, as its own wishes. Source: Pacemaker 2.1.5, pcmk_sched_colocation.c.
 */
#ifndef SIM_COLOC_H
#define SIM_COLOC_H

#include "tests/sim/sim_world.h"

typedef struct SimColoc SimColoc;

/* The nodes' scores of one VM, at least n_nodes of them. */
typedef gint SimScores[SIM_NODES_MAX];

/** sim_coloc_new - @eligible: a mask of nodes that may run anything. */
SimColoc *sim_coloc_new(const Sim *sim, guint eligible);
void sim_coloc_free(SimColoc *coloc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimColoc, sim_coloc_free)

/** sim_coloc_with - the VMs that have to be assigned before @vm. Returns: guint, in Pacemaker's order. Borrowed. */
const GArray *sim_coloc_with(const SimColoc *coloc, guint vm);

/** sim_coloc_foresee - @scores[vm] with what those it is with would like: what the order of assignment stands on. */
void sim_coloc_foresee(const SimColoc *coloc, const SimScores *scores, guint vm, gint *ret_scores);
/** sim_coloc_follow - @primary, one of sim_coloc_with(), was assigned to @node (SIM_NOBODY: nowhere). */
void sim_coloc_follow(const SimColoc *coloc, SimScores *scores, guint vm, guint node);
/** sim_coloc_lead - what those that will follow @vm would like. */
void sim_coloc_lead(const SimColoc *coloc, SimScores *scores, guint vm);

/** sim_coloc_add - as Pacemaker adds scores: infinities stay what they are. */
gint sim_coloc_add(gint a, gint b);

#endif
