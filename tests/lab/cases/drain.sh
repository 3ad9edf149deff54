#!/bin/bash
# Six VMs leave node3 live and come home again: nobody restarts, nothing is left over.
source "$(dirname "$0")/lib.sh"

begin node3
say "six VMs run on node3"

expect 0 hactl drain node3 --dry-run --json
cp "$WORK/out" "$WORK/plan"
[[ $(jq '[.moves[] | select(.block == "none")] | length' "$WORK/plan") == 6 ]] || fail "the plan does not move six VMs: $(<"$WORK/plan")"
all_on node3 || fail "--dry-run moved something"

expect 0 hactl drain node3
[[ -z $(vms_on node3) ]] || fail "node3 is not empty: $(vms_on node3)"
[[ $(hactl vm list --json | jq '[.vms[] | select(.state == "running")] | length') == 6 ]] || fail "not all six run"
[[ $(standby node3) == on ]] || fail "node3 is not in standby"
assert_no_restart
no_constraints || fail "a constraint of hactl's is left after the drain"
diff <(jq -r '.moves[] | "\(.vm) \(.to)"' "$WORK/plan" | sort) \
    <(hactl vm list --json | jq -r '.vms[] | "\(.name) \(.node)"' | sort) || fail "the drain did not do what --dry-run printed"
say "drained: no restart, as planned, standby set, nothing left over"

expect 0 hactl drain node3
say "draining a drained node is a success"

lab power off node3 --hold
lab power on node3
until_true 120 "node3 is back" hactl_ready
[[ $(standby node3) == on ]] || fail "the standby did not survive a reboot"
say "standby survives a reboot"

expect 0 hactl undrain node3 --return
until_true 60 "all VMs are home" all_on node3
[[ $(standby node3) == off ]] || fail "node3 is still in standby"
assert_no_restart
no_constraints || fail "a constraint of hactl's is left after undrain --return"
! on node1 cibadmin -Q | grep -q 'hactl-home\|hactl-drain\|hactl-move' || fail "a mark of hactl's is left in the configuration"
say "returned: no restart, nothing left over"
