#!/bin/bash
# The source's hactld is killed in the middle of a drain; then all of them: Pacemaker still recovers.
source "$(dirname "$0")/lib.sh"

begin node3
lab shape node3 cluster 100mbit
expect 0 hactl drain node3 --wait=no
wait_moving
lab service node3 kill hactld
say "hactld of node3 killed mid-way"
lab heal
until_true 120 "node3 is empty" drained node3
assert_no_restart
assert_clean
lab service node3 start hactld
say "the drain completed without the source's hactld, no restart"

begin
for host in node1 node2 node3; do lab service "$host" kill hactld; done
lab power off node3 --hold
recovered() { on node1 crm_mon -1r --output-as=xml | grep -c 'resource_agent="ocf:hactl:vm" role="Started"' | grep -qx 6; }
until_true 120 "Pacemaker recovers every VM without hactl" recovered
say "every hactld dead, node3 lost: Pacemaker recovered all VMs"
lab power on node3
