#!/bin/bash
# Groups by command: a drain obeys apart, never and stop, whose VM starts again with the undrain; an order under it stays live; only the rules are left
# over, while they last.
source "$(dirname "$0")/lib.sh"

only_rules() { ! on "$ADMIN" cibadmin -Q -o constraints | grep 'id="hactl-' | grep -v 'id="hactl-rule\|<resource_ref '; }

begin node3

expect 2 hactl group create web afinity=apart
expect_err 'did you mean affinity'
expect 0 hactl group create apart affinity=apart affinity_strength=hard
expect 0 hactl group create never evacuation=never
expect 0 hactl group create stop evacuation=stop
expect 0 hactl group create db tier=1
expect 0 hactl group create web after=db
expect 5 hactl group create web
expect_err 'exists already'
expect 5 hactl group set db after=web
expect_err 'wait for each other'
expect 5 hactl group add apart vm1 vm2
expect_err 'vm1 on node3, vm2 on node3'
say "bad settings, a second web, a circle, and a hard rule that running VMs break are refused"

expect 0 hactl migrate vm1 --to node1
until_true 30 "vm1's move is over" all_run
expect 0 hactl group add apart vm1 vm2
expect 0 hactl group add never vm3
expect 0 hactl group add stop vm4
expect 0 hactl group add db vm5
expect 0 hactl group add web vm6
expect 5 hactl group delete db
on "$ADMIN" crm_verify -L || fail "crm_verify is not content with the rules"
assert_no_restart
say "six VMs in five groups, nobody was touched"

expect 3 hactl drain node3
[[ $(vms_on node3) == vm3 ]] || fail "on node3 there are: $(vms_on node3)"
[[ $(vm_node vm2) == node2 ]] || fail "vm2 is on $(vm_node vm2), and vm1 on $(vm_node vm1)"
parked() { hactl vm list --json | jq -e '.vms[] | select(.name == "vm4") | .parked == "node3" and .state == "stopped"' >/dev/null; }
parked || fail "the drain has ended, and vm4 is $(hactl vm list --json | jq -c '.vms[] | select(.name == "vm4")')"
hactl status | grep -q 'to start again with its undrain: vm4' || fail "status does not say what stopped vm4"
for vm in vm1 vm2 vm3 vm5 vm6; do assert_no_restart "$vm"; done
until_true 60 "only the rules are left" only_rules
say "drained: apart, never touched, shut down, and the others live under their order"

expect 0 hactl undrain node3
until_true 90 "vm4 runs again" all_run
restarted() { [[ $(restarts vm4) == 1 ]]; }
until_true 60 "vm4 has booted once" restarted
drop_groups
[[ $(hactl group list --json | jq -r '[.groups[].name] | join(" ")') == default ]] || fail "a group is left"
assert_clean
say "the groups are gone, and their rules with them"
