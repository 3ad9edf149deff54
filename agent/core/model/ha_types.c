/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/core/model/ha_types.h"

#include <string.h>

static const char *const vm_state_words[HA_VM_STATES] = {
    [HA_VM_UNKNOWN] = "unknown",
    [HA_VM_ABSENT] = "stopped",
    [HA_VM_RUNNING] = "running",
    [HA_VM_MIGRATING] = "migrating",
    [HA_VM_INCOMING] = "incoming",
    [HA_VM_PAUSED] = "paused",
    [HA_VM_IO_ERROR] = "io-error",
    [HA_VM_CRASHED] = "crashed",
    [HA_VM_POSTCOPY_BROKEN] = "postcopy-broken",
};

const char *ha_vm_state_word(HaVmState state)
{
    g_assert(state < HA_VM_STATES);
    return vm_state_words[state];
}

static const char *const node_state_words[HA_NODE_STATES] = {
    [HA_NODE_OFFLINE] = "offline",
    [HA_NODE_UNCLEAN] = "unclean",
    [HA_NODE_ONLINE] = "online",
};

const char *ha_node_state_word(HaNodeState state)
{
    g_assert(state < HA_NODE_STATES);
    return node_state_words[state];
}

const char *ha_move_mode_word(HaMoveMode mode)
{
    return mode == HA_MOVE_LIVE ? "live" : "restart";
}

static const char *const reason_words[HA_REASONS] = {
    [HA_REASON_ADMIN] = "admin",
    [HA_REASON_DRAIN] = "drain",
    [HA_REASON_RETURN] = "return",
    [HA_REASON_BALANCE] = "balance",
};

const char *ha_reason_word(HaReason reason)
{
    g_assert(reason < HA_REASONS);
    return reason_words[reason];
}

static const struct {
    const char *word, *text, *remedy;
} blocks[HA_BLOCKS] = {
    [HA_BLOCK_NONE] = {"none", "nothing stands in the way", NULL},
    [HA_BLOCK_NO_TARGET] = {"no-target", "no other node can take it",
        "free a node of those listed with their reasons, or shut the VM down"},
    [HA_BLOCK_NOT_MANAGED] = {"not-managed", "it is not managed by hactl",
        "add it with 'hactl vm add --from-libvirt NAME', or shut it down"},
    [HA_BLOCK_LOCAL_DISK] = {"local-disk", "it has a disk on this host's own filesystem",
        "move the image to shared storage, or shut the VM down"},
    [HA_BLOCK_HOST_DEVICE] = {"host-device", "it uses a device of this host",
        "detach the device, or allow a stop and start with --restart"},
    [HA_BLOCK_NOT_RUNNING] = {"not-running", "it can't be moved live in its present state",
        "resume or repair the VM, or allow a stop and start with --restart"},
    [HA_BLOCK_UNKNOWN] = {"unknown", "its state or definition is not known here",
        "start hactld and libvirt on the node that runs it"},
    [HA_BLOCK_FAILED] = {"failed", "its migration failed as often as allowed",
        "remove the cause named, then run the command again"},
    [HA_BLOCK_UNMANAGED] = {"unmanaged", "Pacemaker has it unmanaged, or the cluster is in maintenance",
        "end the maintenance, or set is-managed to true"},
    [HA_BLOCK_PACEMAKER] = {"pacemaker", "an action of it failed in Pacemaker",
        "look at 'hactl vm show NAME', remove the cause, then 'crm_resource --cleanup -r NAME'"},
    [HA_BLOCK_NODE_SELF] = {"self", "it runs there already", NULL},
    [HA_BLOCK_NODE_OFFLINE] = {"offline", "the node is not online", "bring the node up"},
    [HA_BLOCK_NODE_STANDBY] = {"standby", "the node is in standby", "run 'hactl undrain NODE'"},
    [HA_BLOCK_NODE_MAINTENANCE] = {"maintenance", "the node is in maintenance", "end its maintenance"},
    [HA_BLOCK_NODE_DRAINING] = {"draining", "the node is being drained", "run 'hactl undrain NODE'"},
    [HA_BLOCK_NODE_NO_AGENT] = {"no-agent", "hactld does not report from there", "start hactld on the node"},
    [HA_BLOCK_NODE_LIBVIRT] = {"libvirt", "libvirt is away on the node", "start libvirt on the node"},
    [HA_BLOCK_NODE_MEMORY] = {"memory", "not enough free memory", "free memory there, or add a node"},
    [HA_BLOCK_NODE_BRIDGE] = {"bridge", "a network bridge is missing", "create the bridge on the node"},
    [HA_BLOCK_NODE_STORAGE] = {"storage", "a storage source can't be reached", "restore the node's path to it"},
    [HA_BLOCK_NODE_BANNED] = {"banned", "a Pacemaker constraint forbids it", "remove the constraint"},
    [HA_BLOCK_NODE_TRIED] = {"tried", "a move there has just failed", "wait, or remove the cause"},
    [HA_BLOCK_NODE_RULE] = {"rule", "a hard rule of its group forbids it", "change the rule with 'hactl group set'"},
    [HA_BLOCK_EVACUATION] = {"evacuation", "its group's evacuation mode is never",
        "move it with 'hactl migrate', shut it down, or change the mode with 'hactl group set'"},
    [HA_BLOCK_TOGETHER] = {"together", "its group moves as one, and not all of it can",
        "remove what blocks the other, or make the rule soft with 'hactl group set'"},
    [HA_BLOCK_RECOVERY] = {"recovery", "the VMs of a lost host are recovered first", "wait, see 'hactl failover list'"},
    [HA_BLOCK_NODE_CPU] = {"cpu", "its processor lacks what the running VM was given",
        "give the VM a CPU model that every host has ('virsh hypervisor-cpu-baseline') and restart it"},
};

const char *ha_block_word(HaBlock block)
{
    g_assert(block < HA_BLOCKS);
    return blocks[block].word;
}

const char *ha_block_text(HaBlock block, const char **ret_remedy)
{
    g_assert(block < HA_BLOCKS);
    if (ret_remedy)
        *ret_remedy = blocks[block].remedy;
    return blocks[block].text;
}

gboolean ha_node_name_check(const char *name)
{
    if (!name || (!g_ascii_isalnum(name[0]) && name[0] != '_'))
        return FALSE;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("_.-", *p))
            return FALSE;
    return strlen(name) <= HA_NAME_MAX;
}

gboolean ha_name_check(const char *name)
{
    return ha_node_name_check(name) && !g_ascii_isdigit(name[0]);
}

gboolean ha_hash_check(const char *hash)
{
    return hash && strlen(hash) == HA_HASH_LEN && strspn(hash, "0123456789abcdef") == HA_HASH_LEN;
}
