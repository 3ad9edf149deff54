/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_cib_history - Pacemaker's operation history of one VM on one node, read the way its scheduler reads it.
 *
 * The history keeps few records: `VM_last_0` is the last operation that does not recur (pending ones replace it at
 * once), `VM_monitor_N` the recurring monitor, `VM_last_failure_0` a copy of the last failure until it is cleaned up.
 */
#ifndef IO_CIB_HISTORY_H
#define IO_CIB_HISTORY_H

#include <libxml/tree.h>

#include "agent/core/model/ha_config.h"

/* What the history of one node says of another: needed once all nodes are read. */
typedef struct {
    HaConfigPlace *place;     /* (transfer full) to whoever reads */
    const char *arrived_from; /* borrowed, nullable: its last operation is a migrate_from of this node that succeeded */
    gboolean presumed;        /* `active` is only presumed from a pending stop or migrate_to */
} IoCibHistory;

/**
 * io_cib_history_read - decode one <lrm_resource>.
 * @resource: borrowed; its <lrm_rsc_op> children may come in any order and may be malformed: those are passed over.
 * @node: the node's name.
 * @ret_history: set only on TRUE.
 *
 * active: by the last finished operation: start, migrate_from or a monitor that found it: yes; stop, a migrate_to that
 * succeeded or a monitor that didn't: no; a failure that leaves it open (timeouts, failed stops, failed migrate_to):
 * yes, since "unknown" is never "not running". Returns: FALSE when there is no operation at all. Source: Pacemaker's
 * lib/pengine/unpack.c, unpack_rsc_op() and calculate_active_ops().
 */
gboolean io_cib_history_read(const xmlNode *resource, const char *node, IoCibHistory *ret_history);

#endif
