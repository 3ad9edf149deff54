/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_clock.h"

#define MILLION 1000000

gint64 sim_clock_mono_ms(const Sim *sim, guint node)
{
    const SimClock *clock = &sim->nodes[node].clock;
    return clock->boot_ms + sim->now_ms + sim->now_ms * clock->drift_ppm / MILLION;
}

gint64 sim_clock_unix_s(const Sim *sim, guint node)
{
    return SIM_EPOCH_S + sim->nodes[node].clock.wrong_s + sim->now_ms / 1000;
}

gint64 sim_clock_delay_ms(const Sim *sim, guint node, gint64 mono_ms)
{
    gint64 left_ms = mono_ms - sim_clock_mono_ms(sim, node);
    /* One more than the division says: a clock that runs late must have got there. */
    return MAX(
        left_ms * MILLION / (MILLION + sim->nodes[node].clock.drift_ppm) + (sim->nodes[node].clock.drift_ppm ? 1 : 0),
        1);
}

void sim_clock_step(Sim *sim, guint node, gint64 seconds)
{
    sim_tell(sim, "the clock of %s is set %+" G_GINT64_FORMAT " s", sim->nodes[node].name, seconds);
    sim->nodes[node].clock.wrong_s += seconds;
}
