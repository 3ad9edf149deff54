#!/bin/bash
# A VM is never started a second time: the agent asks the other hosts, and libvirt's locks refuse an admin's own start.
source "$(dirname "$0")/lib.sh"

VMS=(vm1)

create() { lab guest xml "$2" "${@:3}" | on "$1" virsh -q create /dev/stdin; } # HOST NAME [OPTIONS]
prefer() {                                                                     # NODE: where Pacemaker is to start vm1 first
    on node1 cibadmin --modify --allow-create --scope constraints --xml-text \
        "<rsc_location id=\"test-prefer\" rsc=\"vm1\" node=\"$1\" score=\"200\"/>"
}
forget() {
    on node1 cibadmin --delete --xpath "//rsc_location[@id='test-prefer']"
    on node1 crm_attribute -n stonith-enabled -v true
} >/dev/null 2>&1
refused() { on node1 crm_mon -1rf | grep -q "$1"; } # a failed action's reason holds this
runs_here() { vm_json --arg node "$1" 'any(.vms[]; .name == "vm1" and .node == $node and .state == "running" and .move.state == "none")'; }
cleanup() { forget; }

# ---- libvirt's locks ----
begin
expect 0 create node1 file1 --disk shared
expect 1 create node2 file1 --disk shared
expect_err 'lock'
say "a file that hosts share: the second start is refused"
expect 0 create node1 lease1 --lease yes
expect 1 create node2 lease1 --lease yes
expect_err "'lease1' is locked"
lab wait guest lease1
expect 0 on node1 virsh migrate --live --p2p lease1 qemu+tcp://node2/system
expect 1 create node1 lease1 --lease yes
expect_err "'lease1' is locked"
say "a network disk with a lease: refused, before and after a live migration"
on node1 virsh -q destroy file1
on node2 virsh -q destroy lease1
assert_once

# ---- the agent's question: an admin started it elsewhere ----
expect 0 hactl vm stop vm1
mark_ticks
expect 0 create node2 vm1
prefer node1
expect 0 hactl vm start vm1 --wait=no
until_true 60 "the start on node1 is refused" refused 'node2 has it already'
until_true 120 "vm1 is found on node2" runs_here node2
assert_once
[[ $(births vm1) == 1 ]] || fail "vm1 was started $(births vm1) times"
say "started by hand on node2: the start on node1 names node2; Pacemaker found the copy there"
on node1 crm_resource --cleanup -r vm1 >/dev/null 2>&1
until_true 60 "vm1 is at rest on node2" runs_here node2

# ---- a host that counts as fenced, and lives ----
ADMIN=node1
mark_ticks
on node1 crm_attribute -n stonith-enabled -v false # as after a wrong confirmation that the host is off
lab service node2 kill pacemaker
lab service node2 kill corosync
until_true 90 "the start elsewhere is refused" refused 'node2 counts as lost'
say "lost but alive: nothing is started, and the reason says so"
lab service node2 start corosync
lab service node2 start pacemaker
until_true 120 "node2 is back" hactl_ready
on node1 crm_attribute -n stonith-enabled -v true
on node1 crm_resource --cleanup -r vm1 >/dev/null 2>&1
until_true 120 "vm1 still runs on node2" runs_here node2
assert_once
[[ $(births vm1) == 0 ]] || fail "vm1 was started again"
assert_no_restart vm1
forget
until_true 60 "vm1 is at rest" runs_here node2
# Pacemaker never started this one: other cases want one that it did.
expect 0 hactl vm stop vm1
expect 0 hactl vm remove vm1
