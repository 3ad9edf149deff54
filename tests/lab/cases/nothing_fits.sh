#!/bin/bash
# No room elsewhere: the blockers are named with their fix, nothing moves, the exit status says partial.
source "$(dirname "$0")/lib.sh"

begin node3
for node in node1 node2; do on node1 crm_attribute -z -N "$node" -n memory -v 32; done
small() { hactl node list --json | jq -e '[.nodes[] | select(.mem_capacity_mib == 32)] | length == 2'; }
until_true 30 "hactl sees how small the two are" small
expect 3 hactl drain node3 --dry-run
expect_out "not enough free memory"
expect 3 hactl drain node3
cat "$WORK/out" "$WORK/err" >"$WORK/all"
grep -q "not enough free memory" "$WORK/all" || fail "the blocker is not named: $(<"$WORK/all")"
for vm in "${VMS[@]}"; do grep -q "$vm" "$WORK/all" || fail "$vm is not named: $(<"$WORK/all")"; done
all_on node3 || fail "something moved"
[[ $(standby node3) == off ]] || fail "a node with VMs was put in standby"
no_constraints || fail "a constraint is left"
assert_no_restart
say "named blockers, nothing moved, exit status 3"
for node in node1 node2; do on node1 crm_attribute -z -N "$node" -n memory -D; done
until_true 180 "with room again the drain goes on by itself" drained node3
assert_no_restart
say "with room again the drain completed by itself"
