/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_explain_move - a VM's moves, running and past, each with the numbers that decided it as they were noted when it
 * began. */
#ifndef HA_EXPLAIN_MOVE_H
#define HA_EXPLAIN_MOVE_H

#include "agent/core/ha_core.h"

/**
 * ha_explain_moves - every move of @vm that is remembered. Pre: the core's view has a config.
 * Returns: (transfer full) char *, sentences: how many, then the moves, the newest first, each with its end; NULL when
 * the VM is unknown.
 */
GPtrArray *ha_explain_moves(const HaCore *core, const char *vm);

#endif
