/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_capacity - which VMs would find no place if hosts were lost (N+k), before any is.
 *
 * Memory as ha_view_node_mem counts it (the reserve taken off, VMs that hactl does not manage counted in; a VM on its
 * way counts where it goes), every hard limit of ha_place and every hard rule of the groups. The lost hosts' VMs are
 * packed the big ones first, once onto the emptiest host and, if that leaves one over, once as tightly as they go; the
 * better packing counts. That is a heuristic: a VM said to find no place might fit if others were moved. `could_fit`
 * says whether the hosts left have the memory in all; no VM said to find a place lacks one.
 */
#ifndef HA_CAPACITY_H
#define HA_CAPACITY_H

#include "agent/core/model/ha_view.h"

#define HA_CAPACITY_LOSE_MAX 3u
#define HA_CAPACITY_SETS_MAX 10000u /* more sets of hosts are not tried: then those of the fullest hosts alone */
#define HA_CAPACITY_LISTED 128u     /* losses kept: all of single hosts, of several the worst */

typedef struct {
    char *vm;
    guint64 mem_mib;
    char *why;
} HaCapacityVm;

typedef struct {
    GPtrArray *hosts;   /* char*, ascending: lost at once */
    guint n_vms;        /* to be recovered */
    guint64 mem_mib;    /* theirs together */
    GPtrArray *down;    /* HaCapacityVm*, ascending name: no place */
    gboolean could_fit; /* there are VMs without a place, and memory enough in all */
} HaCapacityLoss;

typedef struct {
    guint lose;          /* hosts at once */
    guint n_sets, n_bad; /* sets of hosts that were tried, and that leave a VM down */
    gboolean exhaustive; /* every set was tried */
    GPtrArray *losses;   /* HaCapacityLoss*: for one host all, by name; else the bad ones, the worst first */
} HaCapacity;

/** ha_capacity_check - @lose: 1..HA_CAPACITY_LOSE_MAX. @view: has a config. Returns: (transfer full). */
HaCapacity *ha_capacity_check(const HaView *view, guint lose);
void ha_capacity_free(HaCapacity *capacity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaCapacity, ha_capacity_free)

/**
 * ha_capacity_fingerprint - a number that changes with anything that ha_capacity_check looks at, at a small part of its
 * cost.
 */
guint64 ha_capacity_fingerprint(const HaView *view, guint lose);

/** ha_capacity_worst - the loss that leaves the most VMs down. Returns: borrowed, NULL when none leaves any. */
const HaCapacityLoss *ha_capacity_worst(const HaCapacity *capacity);

/** ha_capacity_sentence - "every VM finds a place when any 1 host is lost", or whose loss leaves which VMs down.
 * Returns: (transfer full). */
char *ha_capacity_sentence(const HaCapacity *capacity);

#endif
