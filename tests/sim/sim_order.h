/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_order - who begins before whom in one transition: a constraint of kind Optional holds back a start, or a
 * migration, of a VM while one of a group that its own waits for is to be started or moved, or is on its way; higher
 * priorities begin first, and hold nobody up. With placement-strategy=utilization, whoever goes to a node waits for
 * those that leave it.
 */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include "tests/sim/sim_schedule.h"

/** sim_order_coming - will @vm run somewhere, that it does not yet, or is its start still under way? */
gboolean sim_order_coming(const Sim *sim, const SimVm *vm);
/** sim_order_waits - Returns: borrowed; a VM that @vm has to wait for, NULL when there is none. */
const SimVm *sim_order_waits(const Sim *sim, const SimVm *vm);
/** sim_order_waits_for_room - is @vm to wait for those that leave @node in this transition? */
gboolean sim_order_waits_for_room(const Sim *sim, const SimVm *vm, guint node);
/** sim_order_of_begin - the VMs as their actions begin. @ret_order: n_vms of them. */
void sim_order_of_begin(const Sim *sim, guint *ret_order);

#endif
