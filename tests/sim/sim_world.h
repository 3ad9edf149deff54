/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_world - a whole cluster in one process: the clock, the heap of events, and the state that the fakes share.
 *
 *   sim_daemon     hactld: one real HaCore a node, its peers, its effects carried out
 *   sim_group      the corosync group: total order, membership, real wire bytes
 *   sim_net        who hears whom          sim_clock  each host's own clocks
 *   sim_pacemaker  the CIB and its transitions, after the results of docs/states.md, "What Pacemaker does"
 *   sim_schedule   where Pacemaker's scheduler wants each VM; sim_coloc: what VMs do to each other's scores
 *   sim_rules      what the CIB has of groups; sim_order: who begins before whom
 *   sim_fence      members lost and fenced, joined; the DC
 *   sim_host       hypervisors: domains, migration jobs, cancel marks, the start guard
 *   sim_check      the promises, checked after every event; sim_rest: what must be true at rest
 *   sim_law        the promises about groups
 *   sim_faults     what can go wrong       sim_seed   a seed's cluster, its faults and its admins
 *   sim_groups     a seed's groups, and what its admins ask of them
 *   sim_script     scenarios as text       sim_import a live cluster's export as a simulated one
 *   sim_replay     recorded load, replayed to a balancing policy
 *
 * Everything is drawn from one seed; events are ordered by (time, sequence); nothing reads a real clock.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "agent/core/ha_core.h"

#define SIM_NODES_MAX 32u /* bits of a mask */
#define SIM_VMS_MAX 1024u
#define SIM_NOBODY G_MAXUINT
#define SIM_TRACE_KEPT 120u

typedef struct Sim Sim;
typedef struct SimEvent SimEvent;
typedef void (*SimFn)(Sim *sim, SimEvent *event);

struct SimEvent {
    gint64 at_ms;
    guint64 seq;
    SimFn fn;
    guint node, vm; /* SIM_NOBODY when not about one */
    guint64 number; /* a generation or an effect's id: a stale event does nothing */
    gpointer data;  /* owned */
    GDestroyNotify free;
};

/* Each class of failure has an exit code of its own. */
typedef enum {
    SIM_OK,
    SIM_TWO_COPIES = 10,
    SIM_RESTARTED = 11,
    SIM_OVER_LIMIT = 12,
    SIM_INQUORATE_WRITE = 13,
    SIM_LEFTOVER = 14,
    SIM_NOTES = 15,
    SIM_UNBOUNDED = 16,
    SIM_NO_PROGRESS = 17,
    SIM_NOT_AS_PLANNED = 18,
    SIM_STANDBY_OCCUPIED = 19,
    SIM_TRACE_DIFFERS = 20,
    SIM_UNEXPLAINED = 21, /* a move without an owner, a reason or a time */
    SIM_UNPROTECTED = 22, /* with every hactld dead, a VM was not recovered */
    SIM_RULE_BROKEN = 23, /* a move of hactl's breaks a hard rule */
    SIM_UNTIMELY = 25,    /* balanced while something more important goes on, or against a group's policy */
    SIM_ORDER = 24,       /* a VM starts before those its group waits for, or before one of an earlier tier */
} SimClass;

/* Bugs planted between the core and the fakes, to prove that the checkers check. */
typedef enum {
    SIM_PLANT_NONE,
    SIM_PLANT_CLEAR_PIN,   /* clears a pin while its VM migrates */
    SIM_PLANT_STANDBY,     /* sets standby together with the wish */
    SIM_PLANT_CLEAN_EARLY, /* cleans up a failure at once, whatever runs */
    SIM_PLANT_INQUORATE,   /* writes without quorum */
    SIM_PLANT_NO_CLEANUP,  /* swallows clean-ups */
    SIM_PLANT_NO_UNPIN,    /* refuses the removal of pins */
    SIM_PLANT_MUTE,        /* swallows notes of landings */
    SIM_PLANT_STORM,       /* hands every second VM a pin of its own as soon as one moves */
    SIM_PLANT_STRAY,       /* sends VMs elsewhere than the plan said */
    SIM_PLANT_UNGUARDED,   /* the agent starts a VM without looking whether it runs elsewhere */
    SIM_PLANT_ANONYMOUS,   /* writes pins that do not say by whom */
    SIM_PLANT_LEASH,       /* the agent starts nothing where hactld is dead */
    SIM_PLANT_STUBBORN,    /* is not told of writes that failed */
    SIM_PLANT_LAWLESS,     /* the core does not see that rules are hard */
    SIM_PLANT_EVICT,       /* hard apart is written as a ban */
    SIM_PLANT_HEAVY,       /* soft rules are written with scores above the stickiness */
    SIM_PLANT_ORDERLESS,   /* after is not written */
    SIM_PLANT_TIERLESS,    /* priorities are not written */
    SIM_PLANT_RESTLESS,    /* balances while a node is drained */
    SIM_PLANT_CURFEW,      /* the core takes every group's evacuation mode for "stop" */
    SIM_PLANTS
} SimPlant;

/* One VM on one node, by Pacemaker's history. */
typedef struct {
    gboolean known, active;
    HaOp pending;
    gboolean failed_migrate_to;
    guint failed_to;   /* where it was to go */
    char *reason;      /* nullable */
    gint64 refused_ms; /* the guard refused a start here: barred until then */
    guint crashes;     /* that the monitor has found, and not forgotten (failure-timeout) */
    gint64 crashed_ms; /* the last one */
} SimPlace;

/* What the CIB has of one group. */
typedef struct {
    HaGroup *policy; /* as hactl reads it */
    /* as Pacemaker was told (sim_rules_write) */
    gint priority;
    guint only_on, prefer;            /* bit masks of nodes; 0: any, none */
    gint only_on_score, prefer_score; /* only_on's -INFINITY is on all others */
    gint pair;                        /* the colocation of two of its VMs; 0 none */
    gboolean aloof;                   /* who runs does not ask those that are placed after it ("influence") */
    gint floor;                       /* on every node */
    gboolean ordered;                 /* after its policy's `after` */
} SimGroup;

/* What Pacemaker is doing with a VM. */
typedef enum {
    SIM_ACT_NONE,
    SIM_ACT_MIGRATE_TO,
    SIM_ACT_MIGRATE_FROM,
    SIM_ACT_STOP_SOURCE, /* after migrate_from */
    SIM_ACT_STOP,
    SIM_ACT_START,
} SimAct;

/* How a migration job goes wrong, drawn as it begins. */
typedef enum {
    SIM_JOB_FINE,
    SIM_JOB_BREAKS,
    SIM_JOB_HANGS, /* no data moves any more: the agent ends it, or nobody does */
    SIM_JOB_LATE,
} SimJobFate;

typedef struct {
    gint64 boot_ms; /* monotonic, when the simulation begins */
    gint64 drift_ppm;
    gint64 wrong_s; /* Unix time less the true one */
} SimClock;

typedef struct {
    char *name;
    char *hash;
    guint64 mem_mib;
    guint vcpus;
    guint32 cpu_permille;           /* of one core, all the time */
    SimGroup *group;                /* borrowed */
    char *host_device, *local_disk; /* nullable */
    /* the CIB's configuration */
    guint pin, home, parked; /* SIM_NOBODY none */
    char *pin_text;
    HaMoveMode pin_mode;
    gboolean wanted_running;
    /* the CIB's status */
    SimPlace places[SIM_NODES_MAX];
    /* Pacemaker */
    SimAct act;
    guint act_from, act_to;
    guint64 act_number;
    gint64 act_since_ms;
    gboolean partial;  /* migrate_to succeeded from act_from to act_to, migrate_from is missing */
    gboolean todo;     /* the transition has an action for it that has not begun */
    gboolean readying; /* it runs, and its start waits for the guest to be ready */
    gboolean again;    /* the DC was lost meanwhile: the next one runs migrate_to once more */
    guint chosen;      /* where the last pass of the scheduler wanted it; SIM_NOBODY nowhere */
    /* libvirt: the one migration job */
    gboolean job;
    guint job_from, job_to;
    guint64 job_number;
    gboolean job_agent; /* the agent still waits for it */
    gboolean job_cancelled;
    guint job_pin; /* what the agent aims at (ra_aim.h): the pin, and whether the target was in standby, as it began */
    gboolean job_standby;
    /* what it went through */
    guint boots;
    gint64 down_since_ms, down_ms;
    /* what the checkers remember */
    gboolean unsure;  /* the source of somebody else's migration died before its end was on record */
    gboolean excused; /* its host died, or an admin asked: it may be started (again) */
} SimVm;

typedef struct {
    char *name;
    guint64 mem_mib;
    guint cores;
    gboolean away; /* it is off when the simulation begins */
    /* host */
    gboolean powered, libvirt;
    HaVmState domains[SIM_VMS_MAX];
    gboolean cancel_marks[SIM_VMS_MAX];
    const char *failures[SIM_VMS_MAX]; /* what its hactld heard from the agent; interned, nullable */
    gint64 failures_ms[SIM_VMS_MAX];   /* it is reported for half a minute (ha_report.h) */
    gboolean doomed;                   /* its plug is pulled as soon as some VM has left it */
    gboolean slow;                     /* its disks: actions, tools and hactld take many times as long */
    SimClock clock;
    /* network and membership */
    guint hears;         /* bit mask: whose messages reach it */
    gint64 last_sent_ms; /* when its last message is delivered */
    guint members;       /* bit mask: corosync's membership as this node knows it */
    gboolean fencing;    /* a fence action against it is under way */
    gboolean stays_off;  /* fencing switches it off for good */
    /* the CIB */
    HaNodeState state;
    gboolean standby, standby_by_hand;
    char *wish;   /* nullable */
    gboolean cib; /* Pacemaker runs there and its CIB can be read */
} SimNode;

typedef struct SimDaemon SimDaemon;
typedef struct SimCheck SimCheck;

struct Sim {
    guint64 seed;
    GRand *rand;
    gint64 now_ms;
    guint64 next_seq;
    GPtrArray *heap; /* SimEvent* */
    guint n_nodes, n_vms;
    GPtrArray *groups; /* SimGroup*, ascending name; "default" is always there */
    SimNode nodes[SIM_NODES_MAX];
    SimVm vms[SIM_VMS_MAX];
    SimDaemon *daemons[SIM_NODES_MAX];
    SimCheck *check;
    /* the group */
    guint64 ring;
    gboolean ring_forming; /* a member is out of reach, or came within: messages wait */
    GPtrArray *ring_queue; /* SimCast* */
    /* the CIB of the quorate partition */
    guint64 epoch, updates, term;
    char *term_owner;
    guint dc; /* SIM_NOBODY none */
    guint32 migration_limit, moves_per_cluster;
    const char *balance_level;           /* the property, nullable; static */
    gboolean dirty, pass_planned;        /* Pacemaker has to look again; will */
    gboolean told_config[SIM_NODES_MAX]; /* a picture is on its way */
    /* faults, in per mille of occasions */
    gboolean no_reasons; /* Pacemaker 2.1 records no exit reason: only hactld has heard it */
    guint fail_permille, hang_permille, late_permille; /* migrations */
    guint source_dies_permille;                        /* just after its VM has arrived elsewhere */
    guint agent_killed_permille, write_fault_permille, fence_fail_permille;
    guint loss_permille;      /* of the network */
    gboolean fenced_stay_off; /* who is fenced does not boot again */
    gboolean hactld_gone;     /* none starts any more, not even with its host */
    SimPlant plant;
    /* the outcome */
    SimClass failed;
    char *failure;
    gboolean verbose;
    GPtrArray *trace; /* char*, at most SIM_TRACE_KEPT */
    GPtrArray *story; /* char*: what an admin would notice, with the notes: a scenario's expectation */
};

Sim *sim_new(guint64 seed, guint n_nodes);
void sim_free(Sim *sim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sim, sim_free)

/** sim_add_vm - before sim_start. @node: SIM_NOBODY when it runs nowhere. Returns: its index. */
guint sim_add_vm(Sim *sim, const char *name, guint node, guint64 mem_mib);

/** sim_start - power everything on (but who is away), with every VM running where it was added, in a formed ring. */
void sim_start(Sim *sim);
/** sim_start_led_by - the same, and @leader's hactld first, so that it will lead. SIM_NOBODY: any. */
void sim_start_led_by(Sim *sim, guint leader);

/** sim_at - plan an event. Returns: borrowed; its members may be set until the heap runs on. */
SimEvent *sim_at(Sim *sim, gint64 delay_ms, SimFn fn);

/** sim_run_until - run events up to @at_ms, or to the first failure. Returns: FALSE on a failure. */
gboolean sim_run_until(Sim *sim, gint64 at_ms);

/** sim_fail - an invariant is broken; the first one counts. */
void sim_fail(Sim *sim, SimClass class, const char *format, ...) G_GNUC_PRINTF(3, 4);
void sim_trace(Sim *sim, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** sim_tell - the same for what an admin would notice: it belongs to a scenario's expectation, too. */
void sim_tell(Sim *sim, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** sim_draw - Returns: uniform in [low, high]. */
gint64 sim_draw(Sim *sim, gint64 low, gint64 high);
gboolean sim_chance(Sim *sim, guint permille);

guint sim_find_node(const Sim *sim, const char *name); /* SIM_NOBODY when absent */
guint sim_find_vm(const Sim *sim, const char *name);
/** sim_everybody - every node, as a bit mask. */
guint sim_everybody(const Sim *sim);
const char *sim_node_name(const Sim *sim, guint node); /* "-" for SIM_NOBODY */

/* ---- power ---- */
void sim_power_off(Sim *sim, guint node);
void sim_power_on(Sim *sim, guint node);

#endif
