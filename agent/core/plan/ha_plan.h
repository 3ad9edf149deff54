/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_plan - where VMs go: one target (ha_place_pick), or a whole node's (ha_plan_drain, ha_plan_return). Pure; the
 * daemon, --dry-run and the simulator call the same.
 */
#ifndef HA_PLAN_H
#define HA_PLAN_H

#include "agent/core/plan/ha_candidate.h"
#include "agent/core/plan/ha_promises.h"
#include "agent/core/model/ha_view.h"

/* One VM of a plan. */
typedef struct {
    char *vm;
    char *from;
    char *to; /* NULL when blocked */
    HaMoveMode mode;
    HaReason reason;
    HaBlock block; /* NONE when it can move */
    char *detail;  /* the sentence that explains the choice, or what blocks it */
    char *remedy;  /* nullable: what the admin can do about the block */
    guint64 mem_mib;
    guint32 estimate_ms;
    guint32 wave;          /* 1-based: moves of a wave are handed to Pacemaker together; 0 when blocked */
    GPtrArray *candidates; /* HaCandidate*, ascending node */
} HaPlanMove;

typedef struct {
    char *node;
    GPtrArray *moves; /* HaPlanMove*, in order of execution; blocked ones last, by name */
    GPtrArray *stops; /* char*, ascending: VMs that a drain shuts down (ha_park.h); they are none of the moves */
    guint n_blocked;
    guint32 estimate_ms; /* for the whole plan */
    char *why;           /* nullable: what the plan as a whole is for, with numbers */
} HaPlan;

typedef struct {
    guint32 moves_per_node;        /* at once, as source or target */
    guint32 moves_per_cluster;     /* at once */
    guint32 moves_per_wave;        /* handed to Pacemaker at once, per source */
    guint64 bandwidth_bytes_per_s; /* measured, for estimates */
    guint32 overhead_ms;           /* a move's fixed cost, for estimates */
} HaLimits;

HaPlanMove *ha_plan_move_new(const char *vm, const char *from);
void ha_plan_move_free(HaPlanMove *move);
HaPlan *ha_plan_new(const char *node);
void ha_plan_free(HaPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaPlan, ha_plan_free)

/**
 * ha_place_check - can this node take this VM now?
 * Hard limits in this order: self, offline, draining, standby, maintenance, banned, rules, no agent, libvirt, tried,
 * storage, bridge, processor, memory.
 * @tried: nullable, char*: nodes to pass over.
 * @ret_detail: nullable; (transfer full) on a refusal, may be NULL.
 */
HaBlock ha_place_check(const HaView *view, const char *vm, const char *node, const HaPromises *promises,
    const GPtrArray *tried, char **ret_detail);

/** ha_place_in_service - does this node take any VM at all: online, neither draining nor in standby or maintenance,
 * with its hactld and libvirt? */
gboolean ha_place_in_service(const HaView *view, const HaConfigNode *node);

/** ha_place_check_fixed - the same without memory, rules, what failed there, where the VM is and what processor it was
 * given: what stays so when hosts are lost. Cheap: asks no other host. */
HaBlock ha_place_check_fixed(const HaView *view, const char *vm, const char *node, char **ret_detail);

/** ha_place_check_home - the same for a node that is being put back into service: its drain and its standby do not
 * count. */
HaBlock ha_place_check_home(
    const HaView *view, const char *vm, const char *node, const HaPromises *promises, char **ret_detail);

/** ha_place_cpu - the key of the processor that @vm was given and a live move must find. Returns: borrowed; NULL: any
 * will do, or nobody can tell. */
const char *ha_place_cpu(const HaView *view, const char *vm);

/** ha_place_allows - could this node take this VM live if it had the memory, and the VM were not there already? */
gboolean ha_place_allows(const HaView *view, const char *vm, const char *node);

/**
 * ha_place_pick - the node that should run a VM: of those that can, those that a hard preference names; of these those
 * that keep the loss of the most hosts survivable (ha_promises_spare); then those that would not be crowded
 * (CPU above 90 %); then the one that is least loaded afterwards: memory full, plus CPU busy in steps of a tenth, plus
 * soft rules against it (ha_rules_cost). CPU is what its VMs took over five minutes, their peaks included (ha_busy.h),
 * in coarse steps, so that a plan made a moment later is the same plan; while nothing was measured it does not count.
 * Then the fewest vcpus per core, then the lowest name.
 * @ret_candidates: nullable; (transfer full) HaCandidate* of every node, ascending.
 * Returns: borrowed from the view's config; NULL when none can.
 */
const char *ha_place_pick(
    const HaView *view, const char *vm, HaPromises *promises, const GPtrArray *tried, GPtrArray **ret_candidates);

/** ha_place_any - can some node run it? Cheaper than a choice. */
gboolean ha_place_any(const HaView *view, const char *vm, const HaPromises *promises);

/** ha_plan_may_restart - may @vm be stopped and started elsewhere: by the admin's flag, or its group's evacuation mode?
 */
gboolean ha_plan_may_restart(const HaView *view, const char *vm, gboolean restart);

/** ha_plan_movable - can this VM be moved live at all, wherever to? @ret_detail: nullable, (transfer full). */
HaBlock ha_plan_movable(const HaView *view, const char *vm, char **ret_detail);

/** ha_plan_drain - empty @node. Where some VM fits nowhere, the places of all that leave are sought together; then VMs
 * of other nodes make room first if that can be: moves from elsewhere, of reason balance, in the first waves. @restart:
 * VMs that can't move live may be stopped and started.
 * @tried: nullable callback data-free map vm -> GPtrArray of nodes (GHashTable). */
HaPlan *ha_plan_drain(
    const HaView *view, const HaLimits *limits, const char *node, gboolean restart, GHashTable *tried);

/** ha_plan_drain_on - the same for a drain that has begun. @aims: nullable, vm -> node: what was chosen for it then;
 * kept where it still can take the VM. */
HaPlan *ha_plan_drain_on(const HaView *view, const HaLimits *limits, const char *node, gboolean restart,
    GHashTable *tried, GHashTable *aims);

/** ha_plan_return - bring home every VM whose hactl-home is @node. Same arguments. */
HaPlan *ha_plan_return(const HaView *view, const HaLimits *limits, const char *node, GHashTable *tried);

/** ha_plan_migrate - one VM. @to: nullable. One move, blocked or not. */
HaPlan *ha_plan_migrate(const HaView *view, const HaLimits *limits, const char *vm, const char *to, GHashTable *tried);

/** ha_plan_estimate_ms - how long a live migration of @mem_mib will take. */
guint32 ha_plan_estimate_ms(const HaLimits *limits, guint64 mem_mib);

#endif
