#!/bin/bash
# Two hosts with busy guests, one idle: balance says what it would move, moves just that, and then nothing more; a group that forbids it, and load that is even,
# move nothing. HACTL_BALANCE_QUIET_S: how long nothing more may move.
source "$(dirname "$0")/lib.sh"

VMS=(busy1 busy2 busy3 busy4 busy5 busy6)
QUIET_S=${HACTL_BALANCE_QUIET_S:-600}

property() { on node1 crm_attribute -n "$1" "${@:2}" >/dev/null; }
plan_of() { jq -c '[.moves[] | {vm, from, to}] | sort' "$1"; }
vm_loads() { hactl vm list --json | jq -r '.vms[] | select(.state == "running") | "\(.node) \(.cpu_permille // 0)"'; }
node_loads() { vm_loads | awk '{ sum[$1] += $2 } END { for (n in sum) print n, sum[n] }' | sort; }
# The busiest host's load over the mean of all, in percent.
skew() { node_loads | awk -v hosts="$HOSTS" '{ sum += $2; if ($2 > max) max = $2 } END { if (sum) printf "%d\n", 100 * max * hosts / sum; else print 0 }'; }
landed_since() { events_since "$1" | jq -r '[.[] | select(.kind == "move-landed")] | length'; }

begin
property hactl-balance-level -v off
for vm in "${VMS[@]}"; do
    expect 0 hactl vm stop "$vm"
    expect 0 hactl vm remove "$vm"
    lab guest xml "$vm" --busy 20 | on node1 sh -c "cat >/tmp/$vm.xml"
    expect 0 hactl vm add --xml "/tmp/$vm.xml"
    lab wait guest "$vm"
done
for pair in busy1:node1 busy2:node1 busy3:node1 busy4:node2 busy5:node2 busy6:node2; do
    [[ $(vm_node "${pair%:*}") == "${pair#*:}" ]] || expect 0 hactl migrate "${pair%:*}" --to "${pair#*:}"
done
until_true 60 "all VMs run" all_run
mark_ticks

# Not before the load is known.
measured() { hactl balance --dry-run --json >"$WORK/plan" && jq -e '.moves | length == 2' "$WORK/plan"; }
expect 0 hactl group set default balance=never
expect 0 hactl balance --dry-run --json
jq -e '.moves == []' "$WORK/out" >/dev/null || fail "a group that forbids it, and yet: $(<"$WORK/out")"
say "balance=never: no move"
expect 0 hactl group set default balance=auto
until_true 400 "balance would move two" measured
say "$SECONDS s; before: $(node_loads | xargs), the busiest at $(skew) % of the mean"

first=$(last_event)
expect 0 hactl balance --dry-run --json
plan_of "$WORK/out" >"$WORK/wanted"
expect 0 hactl balance
until_true 120 "all moves are over" all_run
events_since "$first" | jq -c '[.[] | select(.kind == "move-begun") | {vm, from, to}] | sort' >"$WORK/moved"
cmp -s "$WORK/wanted" "$WORK/moved" || fail "moved $(<"$WORK/moved"), planned $(<"$WORK/wanted")"
assert_no_restart
for host in node1 node2 node3; do [[ $(vms_on "$host" | wc -l) == 2 ]] || fail "$host has $(vms_on "$host" | xargs)"; done
say "moved as planned: $(<"$WORK/moved")"

# By itself now, as aggressive as it goes.
property hactl-balance-level -v aggressive
calm_from=$(last_event)
begun=$SECONDS
calm() { [[ $(landed_since "$calm_from") == 0 ]] || fail "moved again: $(events_since "$calm_from")"; ((SECONDS - begun >= QUIET_S)); }
until_true $((QUIET_S + 60)) "time passes" calm
say "after: $(node_loads | xargs), the busiest at $(skew) % of the mean; nothing more moved in $QUIET_S s"
assert_no_restart
assert_clean
property hactl-balance-level -D
