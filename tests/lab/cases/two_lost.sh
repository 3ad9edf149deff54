#!/bin/bash
# Five hosts, two of which lose their power at once, the DC among them: the other three are quorate and recover every VM exactly once. A lab of its own.
export HACTL_LAB_PREFIX=${HACTL_LAB_PREFIX:-check}5
source "$(dirname "$0")/lose.sh"

HOSTS=5
VMS=(vm1 vm2 vm3 vm4)
cleanup() { lab down; }

begin
first=$(dc)
# Each of the two has a VM at least: the DC is given one, unless it has one or the only one of the other would be it.
second=$(vm_json -r --arg first "$first" 'last(.vms[] | select(.node != $first) | .node)')
if [[ -z $(vms_on "$first") ]]; then
    vm=$(vm_json -r --arg second "$second" '([.vms[] | select(.node == $second)][1:] + [.vms[] | select(.node != $second)])[0].name')
    expect 0 hactl migrate "$vm" --to "$first"
fi
say "$first (DC) and $second lose their power"
lose "$first" "$second"
