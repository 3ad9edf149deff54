/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_confirm - tell Pacemaker's fencer, on an admin's word, that a node is off: `stonith_admin --confirm NODE`.
 */
#ifndef IO_CONFIRM_H
#define IO_CONFIRM_H

#include "agent/core/ha_core.h"

typedef struct IoConfirm IoConfirm;

/* @outcome: OK | FAILED | TIMED_OUT (@text: why). Called once a confirmation, from the main loop. */
typedef void (*IoConfirmDone)(guint64 effect_id, HaOutcome outcome, const char *text, gpointer data);

IoConfirm *io_confirm_new(IoConfirmDone done, gpointer data);
/** io_confirm_free - @confirm: nullable. What is under way is given up without an answer. */
void io_confirm_free(IoConfirm *confirm);

/** io_confirm_node - one at a time: none is under way. @timeout_ms: above 0. */
void io_confirm_node(IoConfirm *confirm, guint64 effect_id, const char *node, guint32 timeout_ms);

#endif
