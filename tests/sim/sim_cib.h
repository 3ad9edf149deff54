/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_cib - the CIB's picture for a core, and a core's changes to it: conditional on the term, all or nothing. */
#ifndef SIM_CIB_H
#define SIM_CIB_H

#include "tests/sim/sim_world.h"

/** sim_cib_picture - what @node's hactld reads. (transfer full) */
HaConfig *sim_cib_picture(const Sim *sim, guint node);

/* ---- sim_pacemaker.c, for the simulation before a pin goes ---- */
/** sim_pacemaker_choose - where the scheduler wants @vm. @pinned: with its pin. Returns: SIM_NOBODY for nowhere. */
guint sim_pacemaker_choose(const Sim *sim, const SimVm *vm, gboolean pinned);
/** sim_pacemaker_forget_node - the node's part of the status section goes. */
void sim_pacemaker_forget_node(Sim *sim, guint node);

#endif
