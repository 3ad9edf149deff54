/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra_room_rule - has this host the memory for one more VM? Pure.
 *
 * As hactl's planner counts (ha_view_node_mem): what the host has, less what is kept for the host itself, less the most
 * that each domain may take that libvirt has here, whoever manages it, and that of VMs that are just being started.
 * Pacemaker counts nothing itself: its own way to (placement-strategy=utilization) stops running VMs to make room.
 */
#pragma once

#include <glib.h>

/* One VM's memory. */
typedef struct {
    char *vm;
    guint64 mem_mib;
} RaRoomUse;

RaRoomUse *ra_room_use_new(const char *vm, guint64 mem_mib);
void ra_room_use_free(RaRoomUse *use);

typedef struct {
    guint64 total_mib;     /* the host's memory; 0: not known */
    guint64 reserve_mib;   /* of it, for the host itself; below the total */
    guint64 permitted_mib; /* an admin's word for both (the node's utilization `memory`); 0: none */
    guint64 running_mib, starting_mib;
    guint n_running, n_starting;
} RaRoom;

/**
 * ra_room_count - fill running and starting.
 * @running, @starting: RaRoomUse*, borrowed, any order. A VM that is in both runs; @vm itself does not count.
 */
void ra_room_count(RaRoom *room, const char *vm, const GPtrArray *running, const GPtrArray *starting);

/** ra_room_fits - @needed_mib more? What is not known refuses nobody. */
gboolean ra_room_fits(const RaRoom *room, guint64 needed_mib);

/** ra_room_reason - why it does not fit, with the numbers and the remedy; owned by the caller. Pacemaker keeps 127 bytes
 * of it. */
char *ra_room_reason(const RaRoom *room, guint64 needed_mib);
