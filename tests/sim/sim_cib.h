/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_cib - the CIB's picture for a core, and a core's changes to it: conditional on the term, all or nothing. */
#ifndef SIM_CIB_H
#define SIM_CIB_H

#include "tests/sim/sim_world.h"

/** sim_cib_picture - what @node's hactld reads. (transfer full) */
HaConfig *sim_cib_picture(const Sim *sim, guint node);

#endif
