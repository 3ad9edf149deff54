#!/bin/bash
# A drain can be left, rejoined from another host, and cancelled.
source "$(dirname "$0")/lib.sh"

begin node3
lab shape node3 cluster 100mbit # slow enough to be met half-way

expect 0 hactl drain node3 --wait=no
wait_moving
say "left after it began"
ADMIN=node2
expect 0 hactl drain node3
drained node3 || fail "node3 is not drained"
say "rejoined from node2, to its end"
ADMIN=node1
assert_no_restart

expect 0 hactl undrain node3
begin node3
lab shape node3 cluster 100mbit
expect 0 hactl drain node3 --wait=no
wait_moving
expect 0 hactl undrain node3
until_true 90 "no move is left" all_run
assert_clean
moved=$(hactl vm list --json | jq '[.vms[] | select(.node != "node3")] | length')
((moved < 6)) || fail "the undrain cancelled nothing: all six have moved"
[[ $(standby node3) == off ]] || fail "node3 is in standby after undrain"
events_since "$FIRST_EVENT" | jq -e 'any(.[]; .kind == "move-cancelled")' >/dev/null || fail "no event says that a move was cancelled"
assert_no_restart
say "cancelled half-way: $moved of 6 had moved, no restart, nothing left over"
