/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib - the cluster's configuration and status: a live, decoded copy of the CIB, and hactl's conditional writes to
 * it.
 *
 * The only file that includes Pacemaker's headers. Everything runs on the default main context and on the main thread,
 * which libcib demands. Reading: one full query at each connection, then patches as the CIB changes, decoded with
 * a short debounce; nothing polls. Writing: asynchronous, each with a deadline, and each ends in exactly one done().
 *
 * No write is tried while Pacemaker is away or its CIB says that this partition has no quorum: the CIB would take it,
 * and lose it (or the majority's work) when the partitions merge.
 */
#ifndef IO_CIB_H
#define IO_CIB_H

#include "agent/core/ha_core.h"

/* What the CIB tells its owner. Both are called from the main loop, never from within a call below. */
typedef struct {
    /* A new picture. @config: (transfer full); NULL when Pacemaker went away. */
    void (*config)(HaConfig *config, gpointer data);
    /* An effect ended. @text: borrowed; nullable on HA_DONE_OK. HA_DONE_WOULD_MOVE: the VMs' names, space separated. */
    void (*done)(guint64 effect_id, HaOutcome outcome, const char *text, gpointer data);
} IoCibHandler;

typedef struct IoCib IoCib;

/**
 * io_cib_new - connect to Pacemaker's CIB, and stay connected.
 * @handler: copied; both functions set.
 * @data: handed to them; outlives the IoCib.
 *
 * While Pacemaker is not there it tries again each second. One IoCib a process.
 * Returns: (transfer full).
 */
IoCib *io_cib_new(const IoCibHandler *handler, gpointer data);

/** io_cib_free - disconnect; effects under way end without done(). @cib: nullable. Not from within a handler. */
void io_cib_free(IoCib *cib);

/**
 * io_cib_set_quorate - what corosync itself says of quorum; TRUE until told otherwise.
 *
 * The CIB's have-quorum follows about a second later, after the election of a DC, and a write in between would be
 * taken. Nothing is written unless both say so.
 */
void io_cib_set_quorate(IoCib *cib, gboolean quorate);

/**
 * io_cib_take_term - take term @old_term + 1 by compare-and-swap.
 * @old_term: the term that the last configuration showed; 0 when there was none.
 * @self: this node's name.
 * @timeout_ms: above 0.
 *
 * Done: OK | REFUSED (another took it, no quorum, not connected) | FAILED | TIMED_OUT (it may still be carried out).
 */
void io_cib_take_term(IoCib *cib, guint64 effect_id, guint64 old_term, const char *self, guint32 timeout_ms);

/**
 * io_cib_change - carry out changes, if @term still holds.
 * @changes: HaChange*, borrowed for the call; not empty.
 * @check_pins: first ask the scheduler (crm_simulate) whether the changes would move, stop or restart a VM: one whose
 * pin goes, any VM when a definition changes. If so nothing is written.
 *
 * What removes goes first, in one operation; then everything that sets, in one operation. Each is conditional on the
 * term. What changes groups and has both is one operation (io_cib_patch.h). The configuration that shows the change is
 * handed on before done() says OK. Done: OK | REFUSED (term lost, no quorum, not connected; nothing more was written) |
 * WOULD_MOVE | FAILED | TIMED_OUT.
 */
void io_cib_change(
    IoCib *cib, guint64 effect_id, guint64 term, const GPtrArray *changes, gboolean check_pins, guint32 timeout_ms);

/**
 * io_cib_cleanup - forget a VM's failed actions and look again: `crm_resource --cleanup -r VM`.
 *
 * It takes away the VM's history on the node of the failure, and Pacemaker probes anew. An older migration onto that
 * node that is still on record elsewhere would then look unfinished, and the VM would be stopped and started: so such
 * records are deleted first (io_cib_forget.h). Done: OK | REFUSED (no quorum, not connected) | FAILED | TIMED_OUT.
 */
void io_cib_cleanup(IoCib *cib, guint64 effect_id, const char *vm, guint32 timeout_ms);

/**
 * io_cib_probe - have Pacemaker look again at one node: `crm_resource --refresh -r VM -N NODE`.
 * @node: where the VM runs although Pacemaker has no record of it there (its migrate_to was reported failed after it
 * had arrived).
 *
 * Only for that: the failed migrate_to on record keeps the VM blocked meanwhile, so nothing is stopped or started.
 * Done: OK | REFUSED (no quorum, not connected) | FAILED | TIMED_OUT.
 */
void io_cib_probe(IoCib *cib, guint64 effect_id, const char *vm, const char *node, guint32 timeout_ms);

/**
 * io_cib_refresh - after a move: forget a VM's migrations that are over, wherever they are on record.
 * @node: where it has landed.
 *
 * Not `crm_resource --refresh`: that takes away the history node by node, and on the node where the VM runs (or on one
 * that an older migration led to) it ends in a stop and a start. Setting and clearing a pin do the same in passing;
 * this is for moves that were not hactl's. Done: OK | REFUSED (not at rest there, no quorum, not connected) | FAILED |
 * TIMED_OUT.
 */
void io_cib_refresh(IoCib *cib, guint64 effect_id, const char *vm, const char *node, guint32 timeout_ms);

#endif
