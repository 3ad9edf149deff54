#!/bin/bash
# A host is cut off from the others with its VMs: the majority fences it and recovers them, the minority starts nothing, and after healing nothing runs twice.
source "$(dirname "$0")/lose.sh"

VMS=(vm1 vm2 vm3 vm4)

begin
cut_off=$(other_than "$(dc)" "$(leader)")
begin "$cut_off"
LOST=$(vms_on "$cut_off")
all_tick
ADMIN=$(other_than "$cut_off")
begun=$(lab ticks now)
lab cut "$cut_off" cluster
until_true 180 "the majority has recovered them" recovered
say "cut off: $(wc -w <<<"$LOST") VMs back on the majority's side after $(($(lab ticks now) - begun)) ms"
assert_recovered

# It was fenced and has booted, still cut off: alone.
alone() { on "$cut_off" crm_mon -1 | grep -q 'partition WITHOUT quorum'; }
until_true 120 "$cut_off is up and alone" alone
until_true 60 "libvirt answers there" on "$cut_off" virsh -q list
[[ -z $(on "$cut_off" virsh list --name) ]] || fail "the minority runs VMs: $(on "$cut_off" virsh list --name | xargs)"
lab heal
await_hosts
until_true 60 "all VMs run" all_run
assert_recovered
[[ $(jq --arg host "$cut_off" --argjson since "$begun" '[.qemus[] | select(.host == $host and .born_ms > $since)] | length' "$WORK/watch") == 0 ]] ||
    fail "the minority started something"
say "the minority started nothing, and after healing each VM runs once"
assert_clean
