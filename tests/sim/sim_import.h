/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_import - a live cluster's own account of itself (`hactl status --json`) as a simulated cluster.
 *
 * Taken over: nodes with state, standby, drain, memory and cores; VMs with place, size, home and whether they are
 * wanted; the DC, the leader, the limits. A VM that hactl does not manage takes its memory from its host for good. Not
 * in the account, and so not simulated: what a VM needs besides memory (disks, bridges, devices), and constraints that
 * an admin wrote by hand.
 */
#ifndef SIM_IMPORT_H
#define SIM_IMPORT_H

#include "tests/sim/sim_world.h"

/**
 * sim_import - the cluster, before sim_start.
 * @path: borrowed; the file, "-" for standard input.
 * @ret_leader: whose hactld is to start first; SIM_NOBODY when nobody led.
 * Returns: (transfer full); NULL and @error when it is no such account, or too big for the simulator.
 */
Sim *sim_import(const char *path, guint64 seed, guint *ret_leader, GError **error);

#endif
