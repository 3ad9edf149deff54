#!/bin/bash
# What hactl-sim foretells of this very cluster is what happens: a move, an admin's own standby, a host's loss. The same events for the fakes and
# for the real Pacemaker and libvirt, the same observations: where each VM ends, and whether live or with one restart.
source "$(dirname "$0")/lib.sh"

VMS=(vm1 vm2)

foretell() { # COMMAND: what the simulator says of it, from the cluster's own account
    on "$ADMIN" sh -c "hactl status --json | hactl-sim whatif --from - '$1'" >"$WORK/foretold" || fail "hactl-sim: $(<"$WORK/foretold")"
}
foretold() { sed -n "s/^  $1: from .* to \(node[0-9]*\), $2.*/\1/p" "$WORK/foretold"; } # VM live|started
empty() { [[ -z $(vms_on "$1") ]]; }
back() { # VM: it was restarted once, and ticks
    [[ $(restarts "$1") == 1 ]] && lab wait guest "$1" --timeout 2
}
pending() { # VM: its migrate_to is on record as such: what the write of a pin is conditional on
    on "$ADMIN" cibadmin --query --xpath "/cib/status/node_state/lrm/lrm_resources/lrm_resource[@id='$1']/lrm_rsc_op[@operation='migrate_to' and @op-status='-1']"
}

begin

# ---- a move ----
from=$(vm_node vm1)
to=$(other_than "$from")
foretell "migrate vm1 $to"
[[ $(foretold vm1 live) == "$to" ]] || fail "not foretold: $(<"$WORK/foretold")"
expect 0 hactl migrate vm1 --to "$to" --wait=no
until_true 30 "the migration is on record as pending" pending vm1
until_true 60 "vm1 rests on $to" vm_json --arg to "$to" 'any(.vms[]; .name == "vm1" and .node == $to and .move.state == "none")'
assert_no_restart
assert_clean
say "a move: live to $to, as foretold"

# ---- an admin's own standby ----
foretell "standby $to on"
live=$(foretold vm1 live)
[[ -n $live ]] || fail "not foretold: $(<"$WORK/foretold")"
on "$ADMIN" crm_standby -N "$to" -v on
until_true 60 "$to is empty" empty "$to"
until_true 60 "all VMs run" all_run
on "$ADMIN" crm_standby -N "$to" -D
assert_no_restart
say "a standby: live, as foretold (to $live; in fact to $(vm_node vm1))"

# ---- a host's loss: its groups say where a VM had rather be ----
lost=$(vm_node vm1)
ADMIN=$(other_than "$lost")
rather=$(printf '%s\n' node1 node2 node3 | grep -vx "$lost" | tail -1)
expect 0 hactl group create choosy tier=1 "prefer=$rather"
expect 0 hactl group add choosy vm1
foretell "power off $lost"
[[ $(foretold vm1 started) == "$rather" ]] || fail "not foretold: $(<"$WORK/foretold")"
mark_ticks
lab wait guest vm1
lab power off "$lost"
until_true 60 "vm1 is back" back vm1
[[ $(vm_node vm1) == "$rather" ]] || fail "vm1 is on $(vm_node vm1), not on $rather"
for vm in "${VMS[@]}"; do
    wanted=$([[ -n $(foretold "$vm" started) ]] && echo 1 || echo 0)
    [[ $(restarts "$vm") == "$wanted" ]] || fail "$vm: $(restarts "$vm") restarts, $wanted foretold"
done
expect 0 hactl group add default vm1
expect 0 hactl group delete choosy
say "a host's loss: one restart for each VM that was foretold one, vm1 on $rather as its group prefers"
