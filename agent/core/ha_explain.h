/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_explain - why is it so? In words, with the numbers that decided, from what the planner itself looks at. */
#ifndef HA_EXPLAIN_H
#define HA_EXPLAIN_H

#include "agent/core/ha_core.h"

/**
 * ha_explain - why a VM is where it is, its last move, and what each node is to it (@vm alone); why a VM is not on a
 * node, or why it is (@vm and @node); what a node does and takes (@node alone). Pre: the core's view has a config; one
 * of @vm and @node is given.
 *
 * Returns: (transfer full) char *, sentences, the answer first; NULL when the VM or node is unknown.
 */
GPtrArray *ha_explain(const HaCore *core, const char *vm, const char *node);

#endif
