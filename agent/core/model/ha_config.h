/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_config - what the CIB says, decoded: the wanted state, and Pacemaker's own account of what is.
 *
 * io_cib_decode.c fills it from the CIB's XML and decides nothing; the core only reads it. Everything hactl writes
 * goes the other way as an HaChange (below), one conditional transaction a list.
 */
#ifndef HA_CONFIG_H
#define HA_CONFIG_H

#include "agent/core/model/ha_fence_device.h"
#include "agent/core/model/ha_group.h"

/* The wish an admin left on a node: node attribute `hactl-drain`. */
typedef enum {
    HA_WISH_NONE,
    HA_WISH_DRAIN,  /* empty it, then standby; stays so over reboots */
    HA_WISH_RETURN, /* bring home the VMs whose hactl-home is this node, then forget the wish */
} HaWishKind;

typedef struct {
    HaWishKind kind;
    gboolean restart;  /* VMs that can't move live may be stopped and started */
    gint64 since_s;    /* Unix time */
    gint64 deadline_s; /* Unix time, 0 none: after it nothing more is begun */
    char *by;          /* who asked: "root@node1" */
} HaWish;

/* A pending action of Pacemaker on a VM: the history entry with op-status -1. */
typedef enum {
    HA_OP_NONE,
    HA_OP_START,
    HA_OP_STOP,
    HA_OP_MIGRATE_TO,
    HA_OP_MIGRATE_FROM,
    HA_OP_MONITOR,
    HA_OP_OTHER,
} HaOp;

typedef struct {
    char *node;
    guint32 node_id;
    HaNodeState state; /* from node_state: in_ccm, crmd, join, expected */
    gboolean standby;  /* node attribute, permanent or transient */
    gboolean maintenance;
    HaWish wish;
    guint64 mem_mib; /* <utilization> memory; 0 when not set */
    gint health;     /* #health-hactl, 0 when not set */
    gboolean is_dc;
    gboolean heard; /* a member of corosync's membership, as Pacemaker has it */
} HaConfigNode;

/* Pacemaker's account of one VM on one node, out of lrm_resource. */
typedef struct {
    char *node;
    gboolean active; /* the last finished start/migrate_from/monitor/stop says it is there */
    HaOp pending;
    gboolean failed_migrate_to; /* its newest migrate_to on this node failed and is not cleaned up */
    gboolean failed;            /* some other action failed and is not cleaned up */
    char *exit_reason;          /* nullable: of the failure */
    char *start_refusal;        /* nullable: why its last start there failed; stands after the stop that follows, as
                                   Pacemaker's bar does */
} HaConfigPlace;

typedef struct {
    char *name;       /* primitive's id = libvirt domain's name */
    char *definition; /* sha256 */
    char *group;      /* nullable: by tag hactl-vms-NAME, or template hactl-group-NAME */
    guint64 mem_mib;
    guint32 vcpus;
    gint priority;
    gboolean wanted_running; /* target-role not Stopped */
    gboolean managed;        /* is-managed not false, no maintenance */
    gboolean live;           /* allow-migrate */
    char *home;              /* nullable: meta hactl-home */
    char *parked;            /* nullable: meta hactl-parked, the node with whose drain it was stopped (ha_park.h) */
    char *pin;               /* nullable: node of rsc_location hactl-pin-NAME */
    HaReason pin_reason;     /* meta hactl-move */
    HaMoveMode pin_mode;
    gint64 pin_since_s;
    char *pin_by;      /* nullable */
    GPtrArray *places; /* HaConfigPlace*, ascending node; only nodes with a history of it */
    GPtrArray *banned; /* char*, ascending: nodes with a constraint of score -INFINITY and no rule */
} HaConfigVm;

/* A cluster property, or a default of resources' meta attributes. */
typedef struct {
    char *name; /* first: sorted by it */
    char *value;
} HaConfigSetting;

typedef struct {
    guint64 admin_epoch, epoch, num_updates;
    gboolean quorate;          /* have-quorum */
    char *dc;                  /* nullable: node name */
    guint64 term;              /* 0: none yet */
    char *term_owner;          /* nullable */
    guint32 moves_per_node;    /* property migration-limit when > 0, else 0 */
    guint32 moves_per_cluster; /* property hactl-moves-per-cluster, 0 when not set */
    gboolean fencing;          /* stonith-enabled is not false, and there is a device or a watchdog */
    gboolean maintenance;      /* maintenance-mode */
    gboolean stonith_enabled;  /* stonith-enabled is not false */
    gboolean fence_watchdog;   /* nodes reset themselves: have-watchdog and stonith-watchdog-timeout */
    gboolean allow_unfenced;   /* property hactl-allow-unfenced: automatic features run where fencing is missing */
    GPtrArray *fences;         /* HaFenceDevice*, ascending name */
    GPtrArray *fence_levels;   /* HaFenceLevel*: of nodes with a fencing topology */
    GPtrArray *nodes;          /* HaConfigNode*, ascending name */
    GPtrArray *vms;            /* HaConfigVm*, ascending name */
    GPtrArray *properties;     /* HaConfigSetting*, ascending name: crm_config */
    GPtrArray *defaults;       /* HaConfigSetting*, ascending name: rsc_defaults, what bears no rule */
    GPtrArray *groups;         /* HaGroup*, ascending name; "default" is there even before its first VM */
    gboolean by_template;      /* some VM names its group's template, and need not: HA_CHANGE_POLICY_COPY */
} HaConfig;

HaConfig *ha_config_new(void);
void ha_config_free(HaConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HaConfig, ha_config_free)

HaConfigNode *ha_config_node_new(const char *node);
void ha_config_node_free(HaConfigNode *node);
HaConfigVm *ha_config_vm_new(const char *name);
void ha_config_vm_free(HaConfigVm *vm);
HaConfigPlace *ha_config_place_new(const char *node);
void ha_config_place_free(HaConfigPlace *place);
/** ha_config_sort - put every array in its order. The decoder calls it once after filling. */
void ha_config_sort(HaConfig *config);

const HaConfigNode *ha_config_find_node(const HaConfig *config, const char *node);
const HaConfigVm *ha_config_find_vm(const HaConfig *config, const char *name);
/** ha_config_find_setting - @settings: properties or defaults. Returns: borrowed value; NULL when not set. */
const char *ha_config_find_setting(const GPtrArray *settings, const char *name);
/** ha_config_add_setting - append; both copied. */
void ha_config_add_setting(GPtrArray *settings, const char *name, const char *value);
/** ha_config_find_group - Returns: borrowed; NULL when there is none of that name. */
const HaGroup *ha_config_find_group(const HaConfig *config, const char *name);
/** ha_config_group_of - the policy that counts for @vm: its group's, or "default"'s. Returns: borrowed, nullable. */
const HaGroup *ha_config_group_of(const HaConfig *config, const HaConfigVm *vm);

/**
 * ha_wish_parse - read a hactl-drain attribute: "drain|return since=S by=WHO [restart=1] [deadline=S]".
 * @text: borrowed. Unknown keys are passed over; unknown first word = HA_WISH_NONE.
 * @ret_wish: overwritten; release with ha_wish_clear.
 */
void ha_wish_parse(const char *text, HaWish *ret_wish);
/** ha_wish_format - the inverse. Returns: (transfer full). @wish->kind is not NONE. */
char *ha_wish_format(const HaWish *wish);
void ha_wish_clear(HaWish *wish);

/* A change hactl asks of the CIB. A list of them is one transaction: conditional on the term, all or nothing as far as
 * Pacemaker's library allows (clears first, then everything that sets, in one modify). */
typedef enum {
    HA_CHANGE_PIN_SET,       /* vm, node, value = hactl-move's text; mode RESTART also sets allow-migrate=false */
    HA_CHANGE_PIN_CLEAR,     /* vm: the pin, hactl-move, and allow-migrate=false if it was ours */
    HA_CHANGE_HOME_SET,      /* vm, node */
    HA_CHANGE_HOME_CLEAR,    /* vm */
    HA_CHANGE_WISH_SET,      /* node, value = ha_wish_format(); and #health-hactl = HA_SCORE_REPEL for a drain */
    HA_CHANGE_WISH_CLEAR,    /* node; and #health-hactl */
    HA_CHANGE_STANDBY_SET,   /* node: permanent standby=on */
    HA_CHANGE_STANDBY_CLEAR, /* node: permanent and transient standby */
    HA_CHANGE_VM_ADD,        /* vm, value = definition hash, mem_mib, vcpus, group ("default"), running */
    HA_CHANGE_VM_REMOVE,     /* vm: the primitive, its constraints that begin with hactl-, and its fail counts */
    HA_CHANGE_ROLE_SET,      /* vm, running: target-role Started or Stopped; it is parked no longer */
    HA_CHANGE_PROPERTY_SET,  /* name, value: a property of the cluster */
    HA_CHANGE_DEFAULT_SET,   /* name, value: a meta attribute in rsc_defaults */
    HA_CHANGE_VM_DEFINE,     /* vm, value = definition hash, mem_mib, vcpus: as ha_define_change makes it */
    HA_CHANGE_FENCE_ADD,     /* fence: a stonith primitive, and a ban of it on its host */
    HA_CHANGE_FENCE_REMOVE,  /* value = the resource's id, with its constraints */
    HA_CHANGE_GROUP_SET,     /* policy: made, or changed in place; its rules follow, as after every change of members */
    HA_CHANGE_GROUP_DELETE,  /* group: it has no VMs */
    HA_CHANGE_VM_GROUP_SET,  /* vm, group: there, or set by the same list; "default" is made when missing */
    HA_CHANGE_PROPERTY_DROP, /* name: a property of the cluster goes */
    HA_CHANGE_PARK,          /* vm, node: target-role Stopped until the end of the node's drain */
    HA_CHANGE_UNPARK,        /* vm: target-role Started */
    HA_CHANGE_POLICY_COPY,   /* by itself: VMs that name their group's template bear its policy themselves; in as many
                                writes as it takes until HaConfig.by_template is FALSE */
    HA_CHANGES
} HaChangeKind;

typedef struct {
    HaChangeKind kind;
    char *vm;        /* nullable */
    char *node;      /* nullable */
    char *value;     /* nullable */
    char *group;     /* nullable */
    char *name;      /* nullable */
    HaGroup *policy; /* nullable: GROUP_SET */
    HaMoveMode mode;
    guint64 mem_mib;
    guint32 vcpus;
    gboolean running;
    HaFenceSpec *fence; /* nullable */
} HaChange;

HaChange *ha_change_new(HaChangeKind kind, const char *vm, const char *node, const char *value);
/** ha_change_group_set - GROUP_SET of a copy of @group. */
HaChange *ha_change_group_set(const HaGroup *group);
void ha_change_free(HaChange *change);
/** ha_change_list_new - Returns: (transfer full) an empty GPtrArray of HaChange that owns its elements. */
GPtrArray *ha_change_list_new(void);

/** ha_move_note_format - hactl-move's text: "live|restart REASON since=S by=WHO". Returns: (transfer full). */
char *ha_move_note_format(HaMoveMode mode, HaReason reason, gint64 since_s, const char *by);
/** ha_move_note_parse - the inverse, into @vm's pin_* fields. Unknown words leave live/admin. */
void ha_move_note_parse(const char *text, HaConfigVm *vm);

#endif
