/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_candidate - what each node was to a VM that needed a place: could it take it, and the words for that. */
#ifndef HA_CANDIDATE_H
#define HA_CANDIDATE_H

#include "agent/core/model/ha_types.h"

typedef struct {
    char *node;
    HaBlock block;     /* NONE: it can take the VM */
    char *detail;      /* nullable: the number or name that decided, e.g. "needs 512 MiB, 80 MiB free" */
    guint spends;      /* it can, but then the loss of some so many hosts would leave a VM without memory; else 0 */
    gboolean measured; /* it can, and CPU counted too */
} HaCandidate;

HaCandidate *ha_candidate_new(const char *node, HaBlock block, const char *detail);
void ha_candidate_free(HaCandidate *candidate);

/** ha_candidates_refused - "node1: not enough free memory (needs ...); node2: the node is in standby". (transfer full)
 */
char *ha_candidates_refused(const GPtrArray *candidates);

#define HA_OTHERS_SHOWN 6u

/** ha_candidates_others - what the nodes beside @chosen were to the VM, in short: HA_OTHERS_SHOWN of them, those that
 * could take it first, and how many more there are. Where it ran is none of them. Returns: (transfer full); NULL: there
 * are none, or nobody asked. */
char *ha_candidates_others(const GPtrArray *candidates, const char *chosen);

/** ha_candidates_choice - why @chosen of @candidates (HaCandidate*), with its numbers. @aimed: nullable, why it was
 * chosen though another ranks before it. (transfer full) */
char *ha_candidates_choice(const GPtrArray *candidates, const char *chosen, const char *aimed);

#endif
