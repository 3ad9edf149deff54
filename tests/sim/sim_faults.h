/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_faults - what a seed stands for: a cluster, what goes wrong in it, what its admins ask; then everything is healed
 * and must come to rest. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "tests/sim/sim_world.h"

/** sim_faults_run - a whole run of @seed. Returns: (transfer full); failed and failure say how it ended. */
Sim *sim_faults_run(guint64 seed, SimPlant plant, gboolean verbose);

/** sim_settle - run until everything has been at rest for a while; a failure after @patience_ms. */
gboolean sim_settle(Sim *sim, gint64 patience_ms);

/** sim_restore - end every fault. */
void sim_restore(Sim *sim);

#endif
