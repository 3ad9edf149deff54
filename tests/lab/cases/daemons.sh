#!/bin/bash
# Daemons die one at a time on a host with VMs: no VM is restarted, and the host is not fenced. Where Pacemaker can't go on without one (corosync, its executor,
# its controller, at times its CIB manager) the host is fenced, and its VMs are recovered exactly once: docs/admin-guide.md, "When a daemon dies".
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

fenced() { (($(times_off) > before)); }
unharmed() { # WHAT
    until_true 60 "all hosts are members after $1" all_back
    until_true 60 "all VMs run after $1" all_run
    ! fenced || fail "$1: a host was fenced"
    assert_no_restart
    assert_once
    say "$1: nothing restarted, nobody fenced"
}
expect_loss() { # what may be restarted from now on
    LOST=$(vms_on "$host")
    all_tick
    mark_ticks
    before=$(times_off)
    begun=$(lab ticks now)
}
recovered_once() { # WHAT
    until_true 180 "all VMs tick again" recovered
    until_true 60 "hactl and Pacemaker agree" all_run
    assert_recovered
    say "$1: fenced, $(wc -w <<<"$LOST") VMs back after $(($(lab ticks now) - begun)) ms"
    await_hosts
    assert_clean
}

lab service "$host" kill libvirtd
libvirt_away() { hactl node list --json | jq -e --arg node "$host" 'any(.nodes[]; .name == $node and .libvirt == "away")'; }
until_true 30 "hactl sees that libvirt is away" libvirt_away
lab service "$host" start libvirtd
unharmed "libvirtd killed"
lab service "$host" kill hactld
lab service "$host" start hactld
unharmed "hactld killed"
for daemon in pacemaker-attrd pacemaker-schedulerd pacemaker-fenced; do
    old=$(on "$host" pidof "$daemon")
    kill_process "$host" "$daemon"
    until_true 60 "pacemakerd has started $daemon again" replaced "$host" "$daemon" "$old"
    unharmed "$daemon killed"
done

# The controller may leave with the CIB manager, or be back before the others act on it: Pacemaker's race. Fenced or not, no VM runs twice or stays away.
expect_loss
old=$(on "$host" pidof pacemaker-based)
kill_process "$host" pacemaker-based
until_true 90 "pacemaker-based runs again" replaced "$host" pacemaker-based "$old"
await_hosts
if fenced; then recovered_once "pacemaker-based killed"; else unharmed "pacemaker-based killed"; fi

[[ $(vms_on "$host") ]] || expect 0 hactl migrate vm1 --to "$host"
expect_loss
lab service "$host" kill corosync
until_true 180 "$host is fenced" fenced
recovered_once "corosync killed"
