/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_clock - the clocks of a host: its monotonic one began at its own boot and drifts, its Unix time may be wrong and
 * may be stepped. Cores see these; the simulation's own clock is Sim.now_ms.
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include "tests/sim/sim_world.h"

#define SIM_EPOCH_S 1000000 /* Unix time at which every simulation begins */

gint64 sim_clock_mono_ms(const Sim *sim, guint node);
gint64 sim_clock_unix_s(const Sim *sim, guint node);
/** sim_clock_delay_ms - how long until @node's monotonic clock shows @mono_ms. Returns: at least 1. */
gint64 sim_clock_delay_ms(const Sim *sim, guint node, gint64 mono_ms);
/** sim_clock_step - somebody, or NTP, sets @node's Unix time forward (or back) by @seconds. */
void sim_clock_step(Sim *sim, guint node, gint64 seconds);

#endif
