#!/bin/bash
# Room for a host's loss, watched, said and kept; no host is overfilled, and what was refused for lack of memory comes up with room.
source "$(dirname "$0")/lib.sh"

room() { # NODE MIB: what it has for VMs
    on node1 crm_attribute -z -N "$1" -n memory -v "$2" >/dev/null
    until_true 30 "hactl sees $2 MiB on $1" room_is "$1" "$2"
}
room_is() { hactl node list --json | jq -e --arg node "$1" --argjson mib "$2" 'any(.nodes[]; .name == $node and .mem_capacity_mib == $mib)'; }
said() { # short|enough: the last word about the capacity
    events_since "$FIRST_EVENT" | jq -e --arg word "$1" '[.[] | select(.kind == "capacity")] | last | (.value > 0) == ($word == "short")'
}
words() { events_since "$FIRST_EVENT" | jq '[.[] | select(.kind == "capacity")] | length'; }
refused_by() { on node1 crm_mon -1rf | grep -c "vm7 start on node[123] returned .*no room"; }
refused_everywhere() { [[ $(refused_by) == 3 ]]; }

calm() { hactl events --json | jq -e '[.events[] | select(.kind == "capacity")] | last | (.value // 0) == 0'; }

begin node3
until_true 90 "the drains' own warning is over" calm
FIRST_EVENT=$(last_event)
lab guest xml vm7 | on "$ADMIN" sh -c 'cat >/tmp/vm7.xml'
expect 4 hactl vm add --xml /tmp/vm7.xml --group nosuch
expect_err "no group nosuch; there are: .*default"
expect 0 hactl vm add --xml /tmp/vm7.xml --stopped
size=$(hactl vm list --json | jq '.vms[] | select(.name == "vm7") | .mem_mib')

room node1 $((3 * size))
room node2 $((3 * size))
expect 0 hactl capacity
expect_out "every VM finds a place when any 1 host is lost"
room node2 $((2 * size))
expect 3 hactl capacity
expect_out "the loss of node3 would leave 1 of 6 VMs without a place"
expect 3 hactl capacity --lose 2
until_true 60 "a warning event" said short
hactl status --json | jq -e '.capacity_down == 1 and any(.problems[]; .subject == "capacity")' >/dev/null || fail "status is silent"
room node2 $((3 * size))
until_true 90 "the end of the warning" said enough
[[ $(words) == 2 ]] || fail "it was said $(words) times"
say "a shortage was said once, and its end once"

expect 5 hactl vm start vm7 --strict
expect_err "with it the loss of node3 would leave 1 of .* VMs without a place"
expect 0 hactl vm start vm7
expect_err "warning: vm start vm7: with it the loss of node3"
expect 0 hactl vm stop vm7
say "a start that costs the last room is refused (--strict), or warned of"

for node in node1 node2; do room "$node" $((size - 1)); done
room node3 $((6 * size + size - 1))
expect 0 hactl vm start vm7 --wait=no
expect_err "no host has a place for vm7"
until_true 90 "every host refuses vm7" refused_everywhere
[[ -z $(vm_node vm7) ]] || fail "vm7 runs on $(vm_node vm7)"
all_on node3 || fail "something made room for it"
say "no host is overfilled"
room node2 $((2 * size))
began=$(now_ms)
until_true 120 "vm7 comes up by itself" vm_json '.vms[] | select(.name == "vm7") | .state == "running" and .node == "node2"'
say "with room on node2 it ran there by itself after $((($(now_ms) - began) / 1000)) s"

expect 0 hactl vm stop vm7
on node1 cibadmin --create --scope constraints --xml-text '<rsc_location id="loc-vm7" rsc="vm7" node="node1" score="5"/>'
expect 1 hactl vm remove vm7
expect_err "pcs constraint delete loc-vm7"
on node1 cibadmin --delete --xpath '//rsc_location[@id="loc-vm7"]'
expect 0 hactl vm remove vm7
say "a VM that an admin's constraint names was not removed; without it, it was"

for node in node1 node2 node3; do on node1 crm_attribute -z -N "$node" -n memory -D; done
for vm in "${VMS[@]}"; do assert_no_restart "$vm"; done # vm7 was started anew by us
assert_clean
