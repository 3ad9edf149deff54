/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/cli/cli_verbs.h"

#include "agent/cli/cmd.h"

#define TABLE_OPTIONS (CLI_OPTION_JSON | CLI_OPTION_NO_HEADINGS)
#define JOB_OPTIONS (CLI_OPTION_DRY_RUN | CLI_OPTION_WAIT | CLI_OPTION_TIMEOUT | CLI_OPTION_JSON)
#define WAIT_OPTIONS (CLI_OPTION_WAIT | CLI_OPTION_TIMEOUT | CLI_OPTION_JSON)

#define GROUP_KEYS                                                                                                     \
    "tier=1..5 (1 is recovered first), restarts=N, restart_window_s=N (failures on one host before the VM moves "      \
    "on),\n"                                                                                                           \
    "evacuation=live|live-or-restart|never|stop, affinity=none|together|apart, affinity_strength=soft|hard,\n"         \
    "only_on=NODE,..., only_on_strength=soft|hard, prefer=NODE,..., prefer_strength=soft|hard, after=GROUP,...,\n"     \
    "ready=started|agent|tcp, ready_port=N, ready_delay_s=N, migration=NAME, alert=evacuate|report,\n"                 \
    "balance=auto|suggest|never. The keys are those of a manifest; docs/groups.md explains them."

static const CliVerb verbs[] = {
    {.name = "status",
        .arguments = "",
        .options = TABLE_OPTIONS | CLI_OPTION_WATCH,
        .summary = "The whole cluster on one screen, problems first",
        .examples = "hactl status            # what runs where, and what needs a hand\n"
                    "hactl status --watch    # the same, kept up to date\n"
                    "hactl status --json     # for programs\n",
        .run = cmd_status},
    {.name = "node list",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "The nodes, their state and load",
        .examples = "hactl node list\nhactl node list --no-headings\n",
        .run = cmd_node_list},
    {.name = "node show",
        .arguments = "NODE",
        .args_min = 1,
        .args_max = 1,
        .options = TABLE_OPTIONS,
        .summary = "One node: state, load, storage, bridges, its VMs",
        .examples = "hactl node show node3\n",
        .run = cmd_node_show},
    {.name = "vm list",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "The VMs, where they run and how",
        .examples = "hactl vm list\nhactl vm list --json\n",
        .run = cmd_vm_list},
    {.name = "vm show",
        .arguments = "VM",
        .args_min = 1,
        .args_max = 1,
        .options = TABLE_OPTIONS,
        .summary = "One VM: state, place, move, last error",
        .examples = "hactl vm show web1\n",
        .run = cmd_vm_show},
    {.name = "vm add",
        .arguments = "",
        .options =
            WAIT_OPTIONS | CLI_OPTION_XML | CLI_OPTION_FROM_LIBVIRT | CLI_OPTION_STOPPED | CLI_OPTION_ALLOW_LOCAL_DISK | CLI_OPTION_GROUP | CLI_OPTION_STRICT,
        .summary = "Hand a VM to the cluster",
        .about = "The definition is copied to every host. Give one of --xml and --from-libvirt.",
        .examples = "hactl vm add --xml web1.xml           # define and start it\n"
                    "hactl vm add --from-libvirt web1      # take over a domain of this host, running or not\n"
                    "hactl vm add --xml web1.xml --group web # with the tier and the rules of group web\n"
                    "hactl vm add --xml web1.xml --stopped # define it only\n",
        .run = cmd_vm_add},
    {.name = "vm remove",
        .arguments = "VM...",
        .args_min = 1,
        .args_max = G_MAXUINT,
        .options = WAIT_OPTIONS,
        .summary = "Take VMs out of the cluster's care",
        .examples = "hactl vm remove web1\n",
        .run = cmd_vm_remove},
    {.name = "vm start",
        .arguments = "VM...",
        .args_min = 1,
        .args_max = G_MAXUINT,
        .options = WAIT_OPTIONS | CLI_OPTION_STRICT,
        .summary = "Start VMs and keep them running",
        .examples = "hactl vm start web1 web2\n"
                    "hactl vm start web1 --wait=no\n"
                    "hactl vm start web1 --strict    # not if a host's loss would then leave a VM without a place\n",
        .run = cmd_vm_start},
    {.name = "vm stop",
        .arguments = "VM...",
        .args_min = 1,
        .args_max = G_MAXUINT,
        .options = WAIT_OPTIONS,
        .summary = "Shut VMs down and keep them down",
        .examples = "hactl vm stop web1\n",
        .run = cmd_vm_stop},
    {.name = "vm set",
        .arguments = "VM",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_MEMORY | CLI_OPTION_VCPU | CLI_OPTION_JSON,
        .summary = "Give a VM another size, from its next start",
        .about = "Nothing is restarted: the change waits for the VM's next start. 'hactl vm diff VM' shows what waits.",
        .examples = "hactl vm set web1 --memory 4G\nhactl vm set web1 --vcpu 4 --memory 512M\n",
        .run = cmd_vm_set},
    {.name = "vm edit",
        .arguments = "VM",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_ALLOW_LOCAL_DISK | CLI_OPTION_JSON,
        .summary = "Edit a VM's libvirt XML, for its next start",
        .about = "Opens $VISUAL, $EDITOR or vi. What can't be accepted is said, and can be edited again. Name and uuid "
                 "can't\n"
                 "change. If somebody else changed the VM meanwhile, that is said and nothing is overwritten.",
        .examples = "hactl vm edit web1\nEDITOR=nano hactl vm edit web1\n",
        .run = cmd_vm_edit},
    {.name = "vm diff",
        .arguments = "VM",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_JSON,
        .summary = "What changes at a VM's next start",
        .examples = "hactl vm diff web1\n",
        .run = cmd_vm_diff},
    {.name = "group list",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "The groups and their rules",
        .examples = "hactl group list\n",
        .run = cmd_group_list},
    {.name = "group show",
        .arguments = "GROUP",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_JSON,
        .summary = "One group: its policy, its VMs",
        .examples = "hactl group show web\n",
        .run = cmd_group_show},
    {.name = "group create",
        .arguments = "GROUP [KEY=VALUE...]",
        .args_min = 1,
        .args_max = G_MAXUINT,
        .options = CLI_OPTION_JSON | CLI_OPTION_STRICT,
        .summary = "Make a group of VMs with a policy",
        .about = GROUP_KEYS,
        .examples = "hactl group create db tier=1 ready=tcp ready_port=5432\n"
                    "hactl group create web after=db affinity=apart affinity_strength=hard\n",
        .run = cmd_group_create},
    {.name = "group set",
        .arguments = "GROUP KEY=VALUE...",
        .args_min = 2,
        .args_max = G_MAXUINT,
        .options = CLI_OPTION_JSON | CLI_OPTION_STRICT,
        .summary = "Change a group's policy",
        .about = "What is not named stays as it is.\n" GROUP_KEYS,
        .examples = "hactl group set web evacuation=live-or-restart\n"
                    "hactl group set web only_on=node1,node2 only_on_strength=hard\n"
                    "hactl group set web only_on=        # no rule any more\n",
        .run = cmd_group_set},
    {.name = "group delete",
        .arguments = "GROUP",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_JSON,
        .summary = "Delete a group that has no VMs",
        .examples = "hactl group delete web\n",
        .run = cmd_group_delete},
    {.name = "group add",
        .arguments = "GROUP VM...",
        .args_min = 2,
        .args_max = G_MAXUINT,
        .options = CLI_OPTION_JSON | CLI_OPTION_STRICT,
        .summary = "Put VMs into a group, out of the one they were in",
        .examples = "hactl group add web web1 web2\n",
        .run = cmd_group_add},
    {.name = "group remove",
        .arguments = "GROUP VM...",
        .args_min = 2,
        .args_max = G_MAXUINT,
        .options = CLI_OPTION_JSON,
        .summary = "Put VMs of a group back into the group default",
        .examples = "hactl group remove web web2\n",
        .run = cmd_group_remove},
    {.name = "import-virtualdomain",
        .arguments = "[RESOURCE...]",
        .args_max = G_MAXUINT,
        .options = CLI_OPTION_DRY_RUN | CLI_OPTION_ALLOW_LOCAL_DISK | CLI_OPTION_JSON,
        .summary = "Take over ocf:heartbeat:VirtualDomain resources, their VMs run on",
        .about = "All of them, or those named. Every step is rehearsed with Pacemaker's scheduler first: nothing is done if\n"
                 "anything would start, stop or move. The VM bears its domain's name, its definition is what the resource's\n"
                 "config file says here. If it is interrupted, the same command on the same host goes on.",
        .examples = "hactl import-virtualdomain --dry-run   # each resource, each step, and what can't be carried over\n"
                    "hactl import-virtualdomain vm-web1\n",
        .run = cmd_import_virtualdomain},
    {.name = "migrate",
        .arguments = "VM",
        .args_min = 1,
        .args_max = 1,
        .options = JOB_OPTIONS | CLI_OPTION_TO,
        .summary = "Move a VM live",
        .examples = "hactl migrate web1              # to the node that suits it best\n"
                    "hactl migrate web1 --to node2\n"
                    "hactl migrate web1 --dry-run    # where would it go, and why\n",
        .run = cmd_migrate},
    {.name = "drain",
        .arguments = "NODE",
        .args_min = 1,
        .args_max = 1,
        .options = JOB_OPTIONS | CLI_OPTION_RESTART | CLI_OPTION_DEADLINE,
        .summary = "Move every VM off a node, then set it to standby",
        .about = "VMs move live. One that can't stays where it is and is named with the reason and the remedy;\n"
                 "--restart permits a stop and start for those. Ctrl-C leaves the drain running: the same command\n"
                 "rejoins it, 'hactl undrain NODE' cancels it. The node stays in standby over reboots.",
        .examples = "hactl drain node3 --dry-run         # each VM's target, reason and time; each blocker's remedy\n"
                    "hactl drain node3                   # do it, with progress\n"
                    "hactl drain node3 --restart         # also what can't be moved live\n"
                    "hactl drain node3 --deadline 30m --wait=no\n",
        .run = cmd_drain},
    {.name = "undrain",
        .arguments = "NODE",
        .args_min = 1,
        .args_max = 1,
        .options = JOB_OPTIONS | CLI_OPTION_RETURN,
        .summary = "Let a node take VMs again; cancels its drain",
        .examples = "hactl undrain node3            # ready for work\n"
                    "hactl undrain node3 --return   # and bring its VMs home\n",
        .run = cmd_undrain},
    {.name = "fence list",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "The fence devices, whom they fence, and how they are",
        .examples = "hactl fence list\n",
        .run = cmd_fence_list},
    {.name = "fence add",
        .arguments = "NAME PARAMETER=VALUE...",
        .args_min = 1,
        .args_max = G_MAXUINT,
        .options = WAIT_OPTIONS | CLI_OPTION_AGENT | CLI_OPTION_HOST | CLI_OPTION_FORCE,
        .summary = "Add a fence device, and see that it answers",
        .about =
            "Parameters are the agent's: stonith_admin --metadata --agent AGENT. A password is given as a file that "
            "root\n"
            "alone can read, on every host (password=@FILE: it stays out of the cluster's configuration where the\n"
            "agent can run a script), or on standard input (password=-).",
        .examples = "hactl fence add n3 --agent=fence_ipmilan --host=node3 ip=10.0.9.3 username=admin lanplus=1 \\\n"
                    "    password=@/etc/hactl/fence/n3\n"
                    "hactl fence add pdu --agent=fence_apc ip=10.0.9.9 username=apc password=- \\\n"
                    "    pcmk_host_map='node1:1;node2:2;node3:3'\n",
        .run = cmd_fence_add},
    {.name = "fence remove",
        .arguments = "NAME",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_FORCE | CLI_OPTION_JSON,
        .summary = "Remove a fence device that hactl added",
        .examples = "hactl fence remove n3\n",
        .run = cmd_fence_remove},
    {.name = "fence check",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "Prove that every host can be fenced, from this host",
        .about =
            "Asks every device that this host may use, whom it can fence and whether it answers; looks who can read\n"
            "the passwords. Run it on each host once.",
        .examples = "hactl fence check\n",
        .run = cmd_fence_check},
    {.name = "fence test",
        .arguments = "NODE",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_YES | CLI_OPTION_FORCE_WITH_VMS | CLI_OPTION_TIMEOUT | CLI_OPTION_JSON | CLI_OPTION_WAIT,
        .summary = "Fence a drained host for real: it reboots",
        .about =
            "The host is switched off and on by its device, as when it had failed. It has to be drained, the cluster\n"
            "has to stay quorate without it, and its name has to be typed.",
        .examples = "hactl drain node3 && hactl fence test node3\n",
        .run = cmd_fence_test},
    {.name = "fence confirm",
        .arguments = "NODE",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_YES | CLI_OPTION_JSON,
        .summary = "Say that a lost host is off, so that its VMs are recovered",
        .about =
            "For the admin who pulled the plug. Only a host that the cluster has lost and can't fence; never one that\n"
            "anybody still hears. If it is not off, its VMs run twice and destroy their disks.",
        .examples = "hactl fence confirm node3\n",
        .run = cmd_fence_confirm},
    {.name = "check",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "Name everything that is not as it should be, with the fix",
        .about =
            "Looks at this host and, through Pacemaker and the hosts' reports, at the cluster. Run it on each host.",
        .examples = "hactl check\nhactl check --json | jq -r '.findings[] | .id'\n",
        .run = cmd_check},
    {.name = "balance",
        .arguments = "",
        .options = CLI_OPTION_DRY_RUN | CLI_OPTION_JSON,
        .summary = "Level the load now, with as few moves as it takes",
        .about = "VMs move live, away from nodes whose VMs take more CPU than those of others. Groups whose balance is\n"
                 "'never' are left alone. By itself hactl does the same, more carefully: see hactl-balance-level in hactl(8).",
        .examples = "hactl balance --dry-run   # which moves, and the numbers that decide each\n"
                    "hactl balance\n",
        .run = cmd_balance},
    {.name = "explain",
        .arguments = "VM|NODE",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_NODE | CLI_OPTION_MOVES | CLI_OPTION_JSON,
        .summary = "Why it is so: a VM's place and moves, a node's load, or why a VM is not on a node",
        .examples = "hactl explain web1                # why is it there, and which other node could take it?\n"
                    "hactl explain web1 --node node2   # why not there?\n"
                    "hactl explain web1 --moves        # each move of it: when, why, and how it ended\n"
                    "hactl explain node2\n",
        .run = cmd_explain},
    {.name = "apply",
        .arguments = "",
        .options = CLI_OPTION_FILE | CLI_OPTION_DRY_RUN | CLI_OPTION_PRUNE | CLI_OPTION_STOP |
                   CLI_OPTION_ALLOW_LOCAL_DISK | CLI_OPTION_JSON,
        .summary = "Make the cluster what a file says: groups, migration policies, VMs",
        .about = "All or nothing, in one change; what the file does not name is left alone. It starts VMs and gives\n"
                 "them groups and definitions; it moves none, and stops one only with --stop. See: man hactl.",
        .examples = "hactl apply -f cluster.yaml --dry-run    # what would change\n"
                    "hactl apply -f cluster.yaml\n"
                    "hactl apply -f cluster.yaml --prune      # and remove what it does not name\n"
                    "hactl export | hactl apply -f -          # changes nothing\n",
        .run = cmd_apply},
    {.name = "diff",
        .arguments = "",
        .options = CLI_OPTION_FILE | CLI_OPTION_PRUNE | CLI_OPTION_STOP | CLI_OPTION_ALLOW_LOCAL_DISK | CLI_OPTION_JSON,
        .summary = "What 'hactl apply' would change; exit status 0: nothing, 13: something",
        .examples = "hactl diff -f cluster.yaml\n",
        .run = cmd_diff},
    {.name = "export",
        .arguments = "",
        .options = CLI_OPTION_DEFINITIONS,
        .summary = "The cluster's groups, migration policies and VMs as a file for 'hactl apply'",
        .about = "VMs' definitions are named by their sha256; with --definitions each is a file.",
        .examples = "hactl export > cluster.yaml\n"
                    "hactl export --definitions xml > cluster.yaml    # and xml/VM.xml, to keep in git\n",
        .run = cmd_export},
    {.name = "events",
        .arguments = "",
        .options = TABLE_OPTIONS | CLI_OPTION_FOLLOW | CLI_OPTION_LINES,
        .summary = "What happened, and why",
        .examples = "hactl events -n 20\nhactl events --follow\n",
        .run = cmd_events},
    {.name = "capacity",
        .arguments = "",
        .options = TABLE_OPTIONS | CLI_OPTION_LOSE,
        .summary = "Which VMs would find no place if a host were lost",
        .about = "By real memory and every hard limit. How many hosts are to be spare: the cluster property\n"
                 "hactl-spare-hosts (1 to 3, default 1). A VM named as down might fit if others were moved.",
        .examples = "hactl capacity            # each host: what would become of its VMs\n"
                    "hactl capacity --lose 2   # the pairs of hosts that must not be lost together\n"
                    "hactl capacity --json\n",
        .run = cmd_capacity},
    {.name = "failover list",
        .arguments = "",
        .options = TABLE_OPTIONS,
        .summary = "Hosts that were lost, and how long their VMs were away",
        .about = "As far back as hactld's events go.",
        .examples = "hactl failover list\nhactl failover list --json\n",
        .run = cmd_failover_list},
    {.name = "failover show",
        .arguments = "[ID|NODE]",
        .args_max = 1,
        .options = TABLE_OPTIONS,
        .summary = "One failover's timeline: last heard, declared lost, fenced, each VM",
        .about = "Without an argument the newest; with a node's name the newest of that node.",
        .examples = "hactl failover show\nhactl failover show node3\nhactl failover show 7.12 --json\n",
        .run = cmd_failover_show},
    {.name = "version",
        .arguments = "",
        .options = CLI_OPTION_JSON,
        .summary = "The versions of hactl and of every hactld",
        .examples = "hactl version\n",
        .run = cmd_version},
    {.name = "init",
        .arguments = "[NODE=ADDRESS[,ADDRESS]...]",
        .args_max = G_MAXUINT,
        .options = CLI_OPTION_NAME | CLI_OPTION_DRY_RUN | CLI_OPTION_TIMEOUT,
        .summary = "Make a cluster of plain hosts, or give one hactl's settings",
        .about =
            "With nodes: checks names, addresses and paths, writes corosync's configuration and key on this host and\n"
            "starts it; the other hosts follow with 'hactl join'. An address for each link. Without nodes: writes the\n"
            "recommended Pacemaker settings that the cluster has not set; what is set stays.",
        .examples = "hactl init --name prod node1=10.0.0.1 node2=10.0.0.2 node3=10.0.0.3\n"
                    "hactl init node1=10.0.0.1,10.1.0.1 node2=10.0.0.2,10.1.0.2   # two links\n"
                    "hactl init        # on a cluster that there is: hactl's settings\n",
        .run = cmd_init},
    {.name = "invite",
        .arguments = "",
        .options = 0,
        .summary = "Print what a host needs to join (secret: it holds the cluster's key)",
        .examples = "hactl invite | ssh root@node2 hactl join -\n",
        .run = cmd_invite},
    {.name = "join",
        .arguments = "HOST|-",
        .args_min = 1,
        .args_max = 1,
        .options = CLI_OPTION_WAIT | CLI_OPTION_TIMEOUT,
        .summary = "Make this host a node of HOST's cluster",
        .about =
            "Fetches the invitation with 'ssh root@HOST hactl invite', or reads it from standard input (-), writes\n"
            "corosync's configuration and key, and starts this host's part of the cluster.",
        .examples = "hactl join node1\nssh root@node1 hactl invite | hactl join -\n",
        .run = cmd_join},
    {.name = "help",
        .arguments = "[VERB]",
        .args_max = 2,
        .options = 0,
        .summary = "Help, with examples",
        .examples = "hactl help drain\nhactl help vm add\n",
        .run = cmd_help},
    /* For the shell's completion; not in the help. */
    {.name = "__complete",
        .arguments = "verbs|options|nodes|vms [VERB]",
        .args_min = 1,
        .args_max = 3,
        .options = 0,
        .run = cmd_complete},
};

const CliVerb *cli_verbs(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(verbs);
    return verbs;
}
