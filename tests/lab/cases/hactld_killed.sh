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

begin
on node1 cibadmin --modify --allow-create --xml-pipe <<'XML'
<configuration><resources><clone id="hactl-agent-clone"><primitive id="hactl-agent" class="ocf" provider="hactl" type="agent">
 <operations><op id="hactl-agent-monitor" name="monitor" interval="3s" timeout="20s" on-fail="restart"/>
  <op id="hactl-agent-stop" name="stop" interval="0" timeout="30s" on-fail="ignore"/></operations>
</primitive></clone></resources></configuration>
XML
clone_runs() { [[ $(on node1 crm_mon -1r --output-as=xml | grep -c 'id="hactl-agent" .*role="Started"') == 3 ]]; }
until_true 60 "the clone runs on every host" clone_runs
lab service node2 kill hactld
dead() { ! on node2 sh -c 'kill -0 "$(cat /run/hactl/hactld.pid)" 2>/dev/null'; }
until_true 30 "hactld of node2 is dead" dead
until_true 60 "the clone has started it again" hactl_ready
assert_no_restart
on node1 cibadmin --delete --xpath "//clone[@id='hactl-agent-clone']"
say "ocf:hactl:agent started a killed hactld again"
