/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_net.h"

#include "tests/sim/sim_group.h"

#define RETRANSMIT_MS 400 /* a lost message is asked for again after the token's next rounds */

static guint bit(guint node)
{
    return 1u << node;
}

void sim_net_whole(Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        sim->nodes[i].hears = ~0u;
}

void sim_net_cut(Sim *sim, guint node)
{
    sim_tell(sim, "%s is cut off", sim->nodes[node].name);
    for (guint i = 0; i < sim->n_nodes; i++)
        sim->nodes[i].hears &= ~bit(node);
    sim->nodes[node].hears = bit(node);
    sim_group_disturb(sim);
}

void sim_net_deafen(Sim *sim, guint from, guint to)
{
    sim_tell(sim, "%s no longer hears %s", sim->nodes[to].name, sim->nodes[from].name);
    sim->nodes[to].hears &= ~bit(from);
    sim_group_disturb(sim);
}

void sim_net_split(Sim *sim, guint side)
{
    sim_tell(sim, "the network splits: %#x on one side", side);
    for (guint i = 0; i < sim->n_nodes; i++)
        sim->nodes[i].hears &= side & bit(i) ? side : ~side;
    sim_group_disturb(sim);
}

void sim_net_heal(Sim *sim)
{
    sim_tell(sim, "the network heals");
    sim_net_whole(sim);
    sim_group_disturb(sim);
}

gboolean sim_net_joined(const Sim *sim, guint a, guint b)
{
    const SimNode *one = &sim->nodes[a], *other = &sim->nodes[b];
    return one->powered && other->powered && (a == b || ((one->hears & bit(b)) && (other->hears & bit(a))));
}

gboolean sim_net_is_whole(const Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        for (guint j = 0; j < i; j++)
            if (sim->nodes[i].powered && sim->nodes[j].powered && !sim_net_joined(sim, i, j))
                return FALSE;
    return TRUE;
}

guint sim_net_ring(const Sim *sim, guint node, guint candidates)
{
    guint ring = bit(node);
    for (guint i = 0; i < sim->n_nodes; i++) {
        gboolean all = candidates & bit(i);
        for (guint j = 0; all && j < sim->n_nodes; j++)
            all = !(ring & bit(j)) || sim_net_joined(sim, i, j);
        ring |= all ? bit(i) : 0;
    }
    return ring;
}

/* Its own messages keep their order. */
gint64 sim_net_delay_ms(Sim *sim, guint from)
{
    SimNode *node = &sim->nodes[from];
    gint64 delay_ms = sim_draw(sim, 0, 20);
    while (sim_chance(sim, MIN(sim->loss_permille, 900)))
        delay_ms += sim_draw(sim, 10, RETRANSMIT_MS);
    node->last_sent_ms = MAX(node->last_sent_ms, sim->now_ms + delay_ms);
    return node->last_sent_ms - sim->now_ms;
}
