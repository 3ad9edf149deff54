#!/bin/bash
# The target's libvirtd dies in the middle of a migration.
source "$(dirname "$0")/lib.sh"

begin node3
lab shape node3 cluster 100mbit
expect 0 hactl drain node3 --wait=no
wait_moving
target=$(hactl vm list --json | jq -r 'first(.vms[] | select(.state == "migrating") | .move.to)')
lab service "$target" kill libvirtd
say "libvirtd of $target killed mid-way"
away() { hactl node list --json | jq -e --arg node "$target" 'any(.nodes[]; .name == $node and .libvirt == "away")'; }
until_true 30 "hactl sees that libvirt is away on $target" away
hactl vm list --json | jq -e 'all(.vms[]; .state != "stopped")' >/dev/null || fail "a VM is called stopped while libvirt is away"
lab service "$target" start libvirtd
lab heal
expect 0 hactl drain node3
assert_no_restart
assert_clean
say "the drain completed, no restart"
