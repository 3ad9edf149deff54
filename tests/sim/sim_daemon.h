/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_daemon - hactld: a real core, who has spoken, and effects carried out by the fakes. What agent/daemon does with
 * the real adapters. */
#ifndef SIM_DAEMON_H
#define SIM_DAEMON_H

#include "tests/sim/sim_group.h"
#include "tests/sim/sim_world.h"

SimDaemon *sim_daemon_new(guint node);
void sim_daemon_free(SimDaemon *daemon);

void sim_daemon_start(Sim *sim, guint node, gint64 delay_ms);
void sim_daemon_kill(Sim *sim, guint node);
gboolean sim_daemon_running(const Sim *sim, guint node);
/** sim_daemon_generation - grows with each start: what was begun for an older one is not answered. */
guint64 sim_daemon_generation(const Sim *sim, guint node);
gint64 sim_daemon_started_ms(const Sim *sim, guint node);
/** sim_daemon_core - Returns: borrowed; NULL while hactld does not run there. */
HaCore *sim_daemon_core(const Sim *sim, guint node);
/** sim_daemon_leader - Returns: the node whose core leads a quorate partition, SIM_NOBODY. */
guint sim_daemon_leader(const Sim *sim);

/** sim_daemon_receive - put something into the node's queue. @cast: copied. */
void sim_daemon_receive(Sim *sim, guint node, const SimCast *cast);
void sim_daemon_report_soon(Sim *sim, guint node);
/** sim_daemon_config - the CIB's picture. @config: (transfer full), nullable. */
void sim_daemon_config(Sim *sim, guint node, HaConfig *config);
void sim_daemon_done(Sim *sim, guint node, guint64 generation, guint64 effect_id, HaOutcome outcome, const char *text);
/** sim_daemon_ask - an admin types something on @node. @request: (transfer full). Returns: its id. */
guint64 sim_daemon_ask(Sim *sim, guint node, HaRequest *request);

#endif
