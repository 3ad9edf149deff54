#!/bin/bash
# The leader's host loses power: idle, then in the middle of a drain.
source "$(dirname "$0")/lib.sh"

begin
old=$(leader)
ADMIN=$(other_than "$old")
say "$old leads; its power goes"
begun=$(now_ms)
lab power off "$old" --hold
new_leader() { local l; l=$(leader) && [[ -n $l && $l != "$old" ]]; }
until_true 30 "another leads" new_leader
took=$(($(now_ms) - begun))
say "$(leader) leads after $took ms"
((took < 10000)) || fail "a new leader took $took ms"
events_since "$FIRST_EVENT" | jq -e 'all(.[]; .kind != "move-begun")' >/dev/null || fail "the change of leader moved VMs"
lab power on "$old"
until_true 180 "$old is back" hactl_ready

begin
old=$(leader)
ADMIN=$(other_than "$old")
source_node=$(printf '%s\n' node1 node2 node3 | grep -vx "$old" | tail -n 1)
begin "$source_node"
old=$(leader)
[[ $old != "$source_node" ]] || fail "the leader is on the node to be drained"
lab shape "$source_node" cluster 100mbit
expect 0 hactl drain "$source_node" --wait=no
wait_moving
survivors=$(hactl vm list --json | jq -r --arg dead "$old" '.vms[] | select(.node != $dead) | .name')
lab power off "$old" --hold
say "$old, which led, loses power in the middle of the drain of $source_node"
lab heal
until_true 240 "the drain goes on to its end" drained "$source_node"
until_true 120 "all VMs run" all_run
for vm in $survivors; do assert_no_restart "$vm"; done
assert_clean
say "the drain completed under $(leader); only VMs on the dead host restarted"
lab power on "$old"
