#!/bin/bash
# Three plain hosts become a cluster: init on one, invite and join for the others, hactl's settings at the end.
HACTL_LAB_PREFIX=${HACTL_LAB_PREFIX:-init}
source "$(dirname "$0")/lib.sh"
cleanup() { lab down >/dev/null; }

NODES=(node1=10.71.0.1 node2=10.71.0.2 node3=10.71.0.3)
conf() { on "$1" cat /etc/corosync/corosync.conf; }
start() { for service in corosync pacemaker hactld; do lab service "$1" start "$service"; done; }
property() { on node1 crm_attribute -t "${2:-crm_config}" -n "$1" -G -q; }
refused() { # STATUS TEXT ARGUMENT...
    local status=$1 text=$2
    shift 2
    expect "$status" hactl "$@"
    expect_err "$text"
}

lab down >/dev/null
lab up --hosts 3 --no-cluster --image "$(image)"

refused 2 "is not among the nodes" init node2=10.71.0.2 node3=10.71.0.3
refused 2 "same address" init node1=10.71.0.1 node2=10.71.0.1
refused 5 "no address of this host" init node1=10.71.0.9 node2=10.71.0.2
refused 5 "this host's own address" init node1=10.71.0.1 node2=10.73.0.1
refused 5 "make a cluster first" invite
expect 0 hactl init --name trial "${NODES[@]}" --dry-run
expect_out "cluster_name: trial"
expect_out "path to node3 (10.71.0.3): 1500 bytes"
! conf node1 2>/dev/null || fail "--dry-run wrote corosync.conf"
say "what can't be a cluster is refused; --dry-run shows and writes nothing"

expect 0 hactl init --name trial "${NODES[@]}"
expect_out "start corosync, pacemaker and hactld"
start node1
on node1 hactl invite >"$WORK/invitation"
for host in node2 node3; do
    head -c 300 "$WORK/invitation" | expect 2 on "$host" hactl join -
    expect_err "no invitation"
    on "$host" hactl join - <"$WORK/invitation" >"$WORK/out"
    start "$host"
done
[[ $(conf node1) == "$(conf node3)" ]] || fail "node3 has another corosync.conf than node1"
[[ $(on node2 stat -c %a /etc/corosync/authkey) == 400 ]] || fail "others can read the key"
say "invited, joined"

expect 0 hactl init --timeout 120s
expect_out "stonith-enabled=true"
until_true 120 "three nodes are online and one leads" hactl_ready
[[ $(property migration-limit) == 2 && $(property resource-stickiness rsc_defaults) == 1000 ]] || fail "the settings are not there"
token=$(conf node1 | sed -n 's/^ *token: //p')
[[ $(on node2 corosync-cmapctl -g totem.token) == *" $token" ]] || fail "corosync's token is not the one written"
on node1 crm_attribute -n migration-limit -v 5
until_true 30 "an admin's own value stays" sh -c "'$CASES/../lab' exec node1 hactl init | grep -q 'migration-limit=5 (recommended: 2)'"
refused 5 "belongs to the cluster 'trial' already" init --name other "${NODES[@]}"
say "settings written once, an admin's own stay, a host with a cluster is left alone"
