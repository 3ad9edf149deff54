/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/sim_group.h"

#include "tests/sim/sim_daemon.h"
#include "tests/sim/sim_fence.h"
#include "tests/sim/sim_net.h"

SimCast *sim_cast_copy(const SimCast *cast)
{
    SimCast *copy = g_memdup2(cast, sizeof *cast);
    if (copy->bytes)
        g_bytes_ref(copy->bytes);
    return copy;
}

void sim_cast_free(SimCast *cast)
{
    if (cast->bytes)
        g_bytes_unref(cast->bytes);
    g_free(cast);
}

gboolean sim_group_quorate(const Sim *sim, guint node)
{
    return (guint)__builtin_popcount(sim->nodes[node].members) * 2 > sim->n_nodes;
}

guint sim_group_quorum(const Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++)
        if (sim->nodes[i].powered && sim_group_quorate(sim, i))
            return sim->nodes[i].members;
    return 0;
}

static void deliver(Sim *sim, const SimCast *cast)
{
    if (!sim->nodes[cast->from].powered)
        return;
    for (guint i = 0; i < sim->n_nodes; i++)
        if (sim->nodes[cast->from].members & (1u << i))
            sim_daemon_receive(sim, i, cast);
}

static void order(Sim *sim, const SimCast *cast)
{
    if (sim->ring_forming)
        g_ptr_array_add(sim->ring_queue, sim_cast_copy(cast));
    else
        deliver(sim, cast);
}

static void on_sent(Sim *sim, SimEvent *event)
{
    order(sim, event->data);
}

static void free_cast(gpointer cast)
{
    sim_cast_free(cast);
}

/* A message whose retransmission takes long may cost the token. */
static void send_late(Sim *sim, const SimCast *cast)
{
    SimEvent *event = sim_at(sim, sim_net_delay_ms(sim, cast->from), on_sent);
    event->data = sim_cast_copy(cast);
    event->free = free_cast;
    if (!sim->ring_forming && sim_chance(sim, sim->loss_permille / 100))
        sim_group_disturb(sim);
}

void sim_group_send(Sim *sim, guint from, GBytes *bytes)
{
    SimCast cast = {.from = from, .bytes = bytes};
    if (sim->loss_permille || sim->nodes[from].last_sent_ms > sim->now_ms) /* a later one never overtakes */
        send_late(sim, &cast);
    else
        order(sim, &cast);
    g_bytes_unref(bytes);
}

static void tell_members(Sim *sim)
{
    for (guint i = 0; i < sim->n_nodes; i++) {
        SimCast cast = {.from = i, .quorate = sim_group_quorate(sim, i)};
        for (guint j = 0; j < sim->n_nodes; j++)
            if ((sim->nodes[i].members & (1u << j)) && sim_daemon_running(sim, j))
                cast.members |= 1u << j;
        sim_daemon_receive(sim, i, &cast);
    }
}

void sim_group_changed(Sim *sim)
{
    if (!sim->ring_forming)
        tell_members(sim);
}

/* Nodes that all reach each other, from the lowest on: whoever is in no ring yet begins the next. */
static void form_rings(Sim *sim)
{
    guint left = 0;
    for (guint i = 0; i < sim->n_nodes; i++) {
        sim->nodes[i].members = 0;
        left |= sim->nodes[i].powered ? 1u << i : 0;
    }
    for (guint i = 0; i < sim->n_nodes; i++) {
        if (!(left & (1u << i)))
            continue;
        guint ring = sim_net_ring(sim, i, left);
        left &= ~ring;
        for (guint j = 0; j < sim->n_nodes; j++)
            if (ring & (1u << j))
                sim->nodes[j].members = ring;
    }
}

static void on_ring(Sim *sim, SimEvent *event)
{
    if (event->number != sim->ring)
        return;
    sim->ring_forming = FALSE;
    form_rings(sim);
    sim_trace(sim, "ring %" G_GUINT64_FORMAT ": quorate partition %#x", sim->ring, sim_group_quorum(sim));
    tell_members(sim);
    sim_fence_members(sim);
    g_autoptr(GPtrArray) queue = g_steal_pointer(&sim->ring_queue);
    sim->ring_queue = g_ptr_array_new_with_free_func((GDestroyNotify)sim_cast_free);
    for (guint i = 0; i < queue->len; i++)
        deliver(sim, queue->pdata[i]);
}

void sim_group_disturb(Sim *sim)
{
    sim->ring_forming = TRUE;
    sim_at(sim, sim_draw(sim, 800, 2500), on_ring)->number = ++sim->ring;
}
