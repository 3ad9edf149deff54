/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_faults - what can go wrong: hactld, hosts, the DC, the network (cuts one way and both, splits, loss), libvirt,
 * Pacemaker, fencing, disks, clocks, and admins who act by hand. Each ends by itself, or with sim_faults_end().
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "tests/sim/sim_world.h"

/** sim_faults_plan - draw the rates of small faults, and up to five large ones before @until_ms. */
void sim_faults_plan(Sim *sim, gint64 until_ms);
/** sim_faults_end - end every fault that can be ended now; what is just being fenced boots later. */
void sim_faults_end(Sim *sim);
/** sim_faults_kill_all - every hactld dies and stays dead. */
void sim_faults_kill_all(Sim *sim);

#endif
