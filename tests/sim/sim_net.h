/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_net - who hears whom. A cut may be one way: then knet takes the link for dead on both ends, and so does TCP; what
 * is left is a network in which not everybody reaches everybody, and corosync makes rings of those who do.
 *
 * Under loss each message comes late and in another order between senders (never within one: that is the ring's
 * promise), and now and then the token itself is lost: the ring forms anew with the same members.
 */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "tests/sim/sim_world.h"

/** sim_net_whole - everybody hears everybody, without a word about it. */
void sim_net_whole(Sim *sim);
/** sim_net_cut - @node hears nobody and is heard by nobody. */
void sim_net_cut(Sim *sim, guint node);
/** sim_net_deafen - @to no longer hears @from. */
void sim_net_deafen(Sim *sim, guint from, guint to);
/** sim_net_split - the nodes of the bit mask @side and the others no longer hear each other. */
void sim_net_split(Sim *sim, guint side);
/** sim_net_heal - every cut ends. */
void sim_net_heal(Sim *sim);
/** sim_net_is_whole - is there no cut between nodes that have power? */
gboolean sim_net_is_whole(const Sim *sim);
/** sim_net_joined - do the two reach each other, both ways, and have power? */
gboolean sim_net_joined(const Sim *sim, guint a, guint b);
/** sim_net_ring - the ring that forms around @node: nodes that all reach each other, @node's lowest first. Bit mask. */
guint sim_net_ring(const Sim *sim, guint node, guint candidates);
/** sim_net_delay_ms - how long a message of @from is on its way. */
gint64 sim_net_delay_ms(Sim *sim, guint from);

#endif
