#!/bin/bash
# Daemons die one at a time on a host with VMs: no VM is restarted, and the host is not fenced. Where Pacemaker can't go on without one (its executor, its
# controller, corosync) the host is fenced, and its VMs are recovered exactly once: docs/admin-guide.md, "When a daemon dies".
source "$(dirname "$0")/lose.sh"

VMS=(vm1 vm2 vm3 vm4)

kill_process() { on "$1" sh -c 'kill -9 $(pidof "$1")' - "$2"; } # HOST NAME
times_off() { grep -c ' off$' "${HACTL_LAB_STATE:-/var/tmp/hactl-lab}/$HACTL_LAB_PREFIX/log/power" || true; }
replaced() { local pid; pid=$(on "$1" pidof "$2") && [[ -n $pid && $pid != "$3" ]]; }

begin
host=$(other_than "$(dc)")
begin "$host"
ADMIN=$(other_than "$host")
before=$(times_off)

unharmed() { # WHAT
    until_true 60 "all hosts are members after $1" all_back
    until_true 60 "all VMs run after $1" all_run
    [[ $(times_off) == "$before" ]] || fail "$1: a host was fenced"
    assert_no_restart
    assert_once
    say "$1: nothing restarted, nobody fenced"
}

lab service "$host" kill libvirtd
libvirt_away() { hactl node list --json | jq -e --arg node "$host" 'any(.nodes[]; .name == $node and .libvirt == "away")'; }
until_true 30 "hactl sees that libvirt is away" libvirt_away
lab service "$host" start libvirtd
unharmed "libvirtd killed"
lab service "$host" kill hactld
lab service "$host" start hactld
unharmed "hactld killed"
for daemon in pacemaker-attrd pacemaker-schedulerd pacemaker-fenced pacemaker-based; do
    old=$(on "$host" pidof "$daemon")
    kill_process "$host" "$daemon"
    until_true 60 "pacemakerd has started $daemon again" replaced "$host" "$daemon" "$old"
    unharmed "$daemon killed"
done

LOST=$(vms_on "$host")
all_tick
mark_ticks
begun=$(lab ticks now)
lab service "$host" kill corosync
until_true 180 "all VMs tick again" recovered
(($(times_off) > before)) || fail "corosync killed: $host was not fenced"
until_true 60 "hactl and Pacemaker agree" all_run
assert_recovered
say "corosync killed: fenced, $(wc -w <<<"$LOST") VMs back after $(($(lab ticks now) - begun)) ms"
await_hosts
assert_clean
