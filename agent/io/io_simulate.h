/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_simulate - ask Pacemaker's own scheduler (crm_simulate) what it would do with a CIB, before it is given one.
 *
 * A pin holds a VM on its node with score INFINITY. Once it goes, stickiness has to hold the VM; an administrator's
 * preference may be stronger, and the VM would move back. So the removal is rehearsed first.
 */
#ifndef IO_SIMULATE_H
#define IO_SIMULATE_H

#include <libxml/tree.h>

#include "agent/core/ha_core.h"

/* @outcome: OK (nothing happens to any of the VMs) | WOULD_MOVE (@text: their names, ascending, space separated) |
 * FAILED | TIMED_OUT (@text: why). Called once, from the main loop. */
typedef void (*IoSimulateDone)(HaOutcome outcome, const char *text, gpointer data);

typedef struct IoSimulation IoSimulation;

/**
 * io_simulate_run - what would Pacemaker do to these VMs?
 * @cib: borrowed for the call; the whole CIB as it would be.
 * @vms: char*, copied.
 * @timeout_ms: above 0.
 *
 * A VM counts when Pacemaker would start, stop, restart, recover or move it at once. One that only waits for something
 * (a blocked action) or is reloaded does not. Returns: borrowed handle, valid until @done was called.
 */
IoSimulation *io_simulate_run(xmlDoc *cib, const GPtrArray *vms, guint timeout_ms, IoSimulateDone done, gpointer data);

/** io_simulate_cancel - give up; @done is not called any more. */
void io_simulate_cancel(IoSimulation *simulation);

/**
 * io_simulate_read - which of @vms does crm_simulate's answer touch?
 * @xml: what `crm_simulate --output-as=xml` wrote.
 * @vms: char*; NULL: of all resources, whatever they are.
 *
 * Returns: (transfer full) names, ascending, space separated, "" when none; NULL with @error when it is no such answer.
 */
char *io_simulate_read(const char *xml, const GPtrArray *vms, GError **error);

#endif
