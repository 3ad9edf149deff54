/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_types - limits, enumerations and their words, shared by every layer.
 *
 * Words are part of the interface (JSON, CIB attributes, logs): never changed, never reused.
 */
#ifndef HA_TYPES_H
#define HA_TYPES_H

#include <glib.h>

#define HA_NODES_MAX 128u /* CPG_MEMBERS_MAX */
#define HA_VMS_MAX 20000u
#define HA_NAME_MAX 128u /* bytes of a node's or VM's name, without the NUL */
#define HA_DEFINITION_BYTES_MAX (256u * 1024u)
#define HA_HASH_LEN 64u /* sha256 in hex */
#define HA_EVENTS_KEPT 512u
#define HA_MIB (1024.0 * 1024.0)

/* What a host's hypervisor says of one VM. "unknown" is never "not running". */
typedef enum {
    HA_VM_UNKNOWN, /* nobody could be asked: no report, libvirt away, or the report is stale */
    HA_VM_ABSENT,  /* the hypervisor answered, and has no such domain (or it is shut off) */
    HA_VM_RUNNING,
    HA_VM_MIGRATING, /* running here, leaving for another host */
    HA_VM_INCOMING,  /* paused here, arriving from another host: not running here */
    HA_VM_PAUSED,    /* by an administrator */
    HA_VM_IO_ERROR,  /* paused by QEMU on a disk error */
    HA_VM_CRASHED,
    HA_VM_POSTCOPY_BROKEN, /* post-copy failed half-way: neither half may be destroyed */
    HA_VM_STATES
} HaVmState;

/* What Pacemaker and corosync say of one node. */
typedef enum {
    HA_NODE_OFFLINE, /* not a member, or Pacemaker is not up there */
    HA_NODE_UNCLEAN, /* lost and not yet fenced */
    HA_NODE_ONLINE,
    HA_NODE_STATES
} HaNodeState;

typedef enum {
    HA_LIBVIRT_AWAY, /* hactld runs there, and can't reach libvirt */
    HA_LIBVIRT_OK,
} HaLibvirtState;

/* How a VM is moved. */
typedef enum {
    HA_MOVE_LIVE,
    HA_MOVE_RESTART, /* stopped and started: only by an admin's flag or the VM's own evacuation mode */
} HaMoveMode;

/* Why a VM is moved: every move has one, and `hactl explain` names it. */
typedef enum {
    HA_REASON_ADMIN, /* hactl migrate */
    HA_REASON_DRAIN,
    HA_REASON_RETURN,  /* hactl undrain --return */
    HA_REASON_BALANCE, /* hactl balance, or the leader by itself */
    HA_REASONS
} HaReason;

/* Why a VM can't be moved, or a node can't take it. Each has one sentence and one remedy (ha_block_text). */
typedef enum {
    HA_BLOCK_NONE,
    HA_BLOCK_NO_TARGET,   /* every candidate was refused; see the candidates' own reasons */
    HA_BLOCK_NOT_MANAGED, /* runs on the node, unknown to hactl */
    HA_BLOCK_LOCAL_DISK,  /* an image on the host's own filesystem */
    HA_BLOCK_HOST_DEVICE, /* a passed-through device */
    HA_BLOCK_NOT_RUNNING, /* paused, crashed or in an I/O error: it can't be moved live in this state */
    HA_BLOCK_UNKNOWN,     /* nobody knows where it runs, or its definition is missing */
    HA_BLOCK_FAILED,      /* tried as often as allowed */
    HA_BLOCK_UNMANAGED,   /* Pacemaker has it unmanaged, or the cluster is in maintenance */
    HA_BLOCK_PACEMAKER,   /* blocked or failed in Pacemaker for a reason of its own */
    /* a candidate's reasons */
    HA_BLOCK_NODE_SELF, /* it runs there already */
    HA_BLOCK_NODE_OFFLINE,
    HA_BLOCK_NODE_STANDBY,
    HA_BLOCK_NODE_MAINTENANCE,
    HA_BLOCK_NODE_DRAINING,
    HA_BLOCK_NODE_NO_AGENT, /* no hactld reports from there */
    HA_BLOCK_NODE_LIBVIRT,  /* its libvirt is away */
    HA_BLOCK_NODE_MEMORY,
    HA_BLOCK_NODE_BRIDGE,
    HA_BLOCK_NODE_STORAGE,
    HA_BLOCK_NODE_BANNED, /* a Pacemaker constraint forbids it there */
    HA_BLOCK_NODE_TRIED,  /* a move there has just failed */
    HA_BLOCK_NODE_RULE,   /* a hard rule of its group forbids it there */
    HA_BLOCK_EVACUATION,  /* its group's evacuation mode is never */
    HA_BLOCK_TOGETHER,    /* its group moves as one, and another of it can't */
    HA_BLOCK_RECOVERY,    /* the VMs of a lost host are recovered first */
    HA_BLOCK_NODE_CPU,    /* a candidate's: its processor lacks what the running VM was given */
    HA_BLOCKS
} HaBlock;

/* Scores that hactl writes (docs/states.md, "Scores"). All soft ones together, with HA_SCORE_REPEL, stay below the
 * stickiness: a running VM is not moved by a preference. */
#define HA_SCORE_STICKINESS 1000
#define HA_SCORE_REPEL (-500)       /* #health-hactl of a draining node: repels new work, moves nothing */
#define HA_SCORE_ONLY_ON 100        /* soft only-on, each node named */
#define HA_SCORE_PREFER 100         /* soft prefer, each node named */
#define HA_SCORE_PREFER_HARD 200    /* hard prefer */
#define HA_SCORE_AFFINITY 150       /* soft together, and soft apart of all VMs of a group together */
#define HA_SCORE_APART_HARD 2000    /* of each pair; above the stickiness: moves a running VM, live, to a free node */
#define HA_SCORE_TOGETHER_HARD 2000 /* the same: moves it to where its group is; small beside the health's base */

const char *ha_vm_state_word(HaVmState state);
const char *ha_node_state_word(HaNodeState state);
const char *ha_move_mode_word(HaMoveMode mode);
const char *ha_reason_word(HaReason reason);
const char *ha_block_word(HaBlock block);

/**
 * ha_block_text - one sentence for an admin: what stands in the way.
 * @block: any but HA_BLOCK_NONE.
 * @ret_remedy: nullable; set to what the admin can do, static.
 *
 * Returns: static text, lower case, without a full stop.
 */
const char *ha_block_text(HaBlock block, const char **ret_remedy);

/**
 * ha_name_check - may this be a VM's name? (an XML id: letters, digits, "_", ".", "-"; starts with a letter or "_")
 * @name: nullable, any bytes.
 *
 * Returns: TRUE when 1..HA_NAME_MAX bytes and well formed.
 */
gboolean ha_name_check(const char *name);

/** ha_node_name_check - may this be a node's name? As ha_name_check, and it may begin with a digit, as host names may.
 */
gboolean ha_node_name_check(const char *name);

/** ha_hash_check - is this a sha256 in lower-case hex? @hash: nullable. */
gboolean ha_hash_check(const char *hash);

#endif
