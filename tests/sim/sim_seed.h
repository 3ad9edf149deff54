/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_seed - what a seed stands for: a cluster, its groups, what goes wrong in it, what its admins ask; then everything
 * is healed and must come to rest. A quarter of the seeds are calm instead: a drain and a return have to be what was
 * planned. A tenth lose every hactld for good before a host dies: Pacemaker has to recover its VMs alone.
 */
#ifndef SIM_SEED_H
#define SIM_SEED_H

#include "tests/sim/sim_world.h"

#define SIM_HOSTS_MIN 3u
#define SIM_HOSTS_MAX 8u

typedef struct {
    guint hosts; /* SIM_HOSTS_MIN to SIM_HOSTS_MAX */
    SimPlant plant;
    gboolean plain; /* without groups: what the seed was before there were any */
    gboolean verbose;
} SimSeedOptions;

/** sim_seed_run - a whole run. Returns: (transfer full); failed and failure say how it ended. */
Sim *sim_seed_run(guint64 seed, const SimSeedOptions *options);

#endif
