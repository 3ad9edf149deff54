# shellcheck shell=bash
# What every case stands on: the lab, hactl in it, a known beginning, and assertions that say what they saw.
#
# A case is a file NAME.sh that sources this one. It may use the lab as it likes: `begin` mends everything first.
set -euo pipefail

CASES=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
export HACTL_LAB_PREFIX=${HACTL_LAB_PREFIX:-check}
HOSTS=3
VMS=(vm1 vm2 vm3 vm4 vm5 vm6)
WORK=$(mktemp -d)
ADMIN=node1 # the host on which hactl is typed
# The lab that a case which passed hands on; any other is made anew.
WHOLE=${HACTL_LAB_STATE:-/var/tmp/hactl-lab}/$HACTL_LAB_PREFIX/whole
BEGUN=
trap leave EXIT

cleanup() { :; } # a case's own
leave() {
    local status=$?
    cleanup || true
    rm -rf "$WORK"
    if ((status == 0)) && [[ -d ${WHOLE%/*} ]]; then touch "$WHOLE"; fi
}

lab() { "$CASES/../lab" "$@"; }
on() { lab exec "$@"; }
hosts() { seq -f 'node%g' "$HOSTS"; }
other_than() { hosts | grep -vxF "$(printf '%s\n' "$@")" | head -n 1; } # HOST...
hactl() { on "$ADMIN" hactl "$@"; }

say() { printf '   %s\n' "$*"; }
fail() {
    printf '   FAILED: %s\n' "$*" >&2
    diagnose >&2 || true
    exit 1
}
# Promise 1 is broken: no second try of the case takes that back (tests/run).
broken() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >>"${HACTL_BROKEN:-/dev/null}"
    fail "$@"
}
diagnose() {
    hactl status || true
    hactl events -n 30 || true
    on "$ADMIN" crm_mon -1rf || true
    lab ticks report || true
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# until_true SECONDS WHAT COMMAND...: poll; WHAT is for the failure.
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "waited in vain: $what"
        sleep 0.2
    done
}

# expect STATUS COMMAND...: run it, output in $WORK/out and $WORK/err.
expect() {
    local wanted=$1 status=0
    shift
    "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
    [[ $status == "$wanted" ]] || fail "'$*' ended with $status, not $wanted: $(cat "$WORK/out" "$WORK/err")"
}
expect_err() { grep -qi -- "$1" "$WORK/err" || fail "the error does not say '$1': $(<"$WORK/err")"; }
expect_out() { grep -qi -- "$1" "$WORK/out" || fail "the output does not say '$1': $(<"$WORK/out")"; }

# ---- what the cluster says ----

vm_json() { hactl vm list --json | jq -e "$@"; }
vms_on() { hactl vm list --json | jq -r --arg node "$1" '.vms[] | select(.node == $node and .state == "running") | .name'; }
vm_node() { hactl vm list --json | jq -r --arg vm "$1" '.vms[] | select(.name == $vm) | .node // ""'; }
leader() { hactl status --json | jq -r '.leader // ""'; }
dc() { on "$ADMIN" timeout 5 crmadmin -D -q 2>/dev/null | sed 's/.*: //' || true; } # without a DC crmadmin waits for one
all_run() { # every VM that is to run does, and none is on the move
    hactl vm list --json | jq -e --argjson n "${#VMS[@]}" '[.vms[] | select(.managed and .wanted == "running")]
        | length >= $n and all(.[]; .state == "running" and .move.state == "none")'
}
all_on() { [[ -z $(comm -23 <(printf '%s\n' "${VMS[@]}" | sort) <(vms_on "$1" | sort)) ]]; }
constraints_left() { on "$ADMIN" cibadmin -Q -o constraints | grep -c 'id="hactl-' || true; }
no_constraints() { [[ $(constraints_left) == 0 ]]; }
blocked_left() { on "$ADMIN" crm_mon -1r | grep -cE 'blocked|FAILED' || true; }
nothing_blocked() { [[ $(blocked_left) == 0 ]]; }
standby() { on "$ADMIN" crm_attribute -N "$1" -n standby -G -q 2>/dev/null || echo off; }
events_since() { hactl events --json | jq --argjson id "$1" '[.events[] | select(.id > $id)]'; }
last_event() { hactl events --json | jq '[.events[].id] | max // 0'; }

# ---- what the guests saw ----

mark_ticks() {
    lab watch start
    lab watch reset
    lab ticks reset
    SINCE=$(lab ticks now)
}
restarts() { lab ticks report --json --since "$SINCE" | jq --arg vm "${1-}" '[.guests[] | select($vm == "" or .name == $vm) | .restarts] | add // 0'; }
assert_no_restart() {
    local sum overlap
    sum=$(restarts "${1-}")
    overlap=$(lab ticks report --json --since "$SINCE" | jq --arg vm "${1-}" '[.guests[] | select(($vm == "" or .name == $vm) and .overlap)] | length')
    [[ $sum == 0 ]] || fail "$sum restarts of ${1:-guests} seen from outside"
    [[ $overlap == 0 ]] || broken "two copies of a guest ticked at once"
}
# The watcher's word, from outside all hosts: no VM had two running copies at any moment, none was started before its fencing.
assert_once() {
    lab watch report --json >"$WORK/watch" || broken "the watcher objects: $(jq -c '{doubles, unfenced, full}' "$WORK/watch")"
}
# births VM: how many QEMUs of it were started (not: arrived) since mark_ticks.
births() { jq --arg vm "$1" --argjson since "$SINCE" '[.qemus[] | select(.vm == $vm and (.incoming | not) and .born_ms >= $since)] | length' "$WORK/watch"; }
assert_clean() {
    until_true 60 "no hactl- constraint is left" no_constraints
    until_true 60 "nothing is blocked" nothing_blocked
}

# ---- a known beginning ----

image() {
    DESTDIR=$WORK/image cmake --install "${HACTL_BUILD:-$CASES/../../../build/release}" >/dev/null
    echo "$WORK/image"
}
lab_up() { lab up --hosts "$HOSTS" --image "$(image)"; }

hactl_ready() {
    hactl status --json | jq -e --argjson n "$HOSTS" \
        '.quorate and .leader != null and ([.nodes[] | select(.state == "online" and .agent)] | length == $n)'
}

add_vms() {
    local vm
    for vm in "${VMS[@]}"; do
        if vm_json --arg vm "$vm" 'any(.vms[]; .name == $vm and .managed)' >/dev/null; then
            hactl vm start "$vm" --wait=no >/dev/null
            continue
        fi
        lab guest xml "$vm" | on "$ADMIN" sh -c "cat >/tmp/$vm.xml"
        hactl vm add --xml "/tmp/$vm.xml" --wait=no >/dev/null
    done
}

# What another case had besides.
drop_vms() {
    local vm
    for vm in $(hactl vm list --json | jq -r '.vms[] | select(.managed) | .name'); do
        [[ " ${VMS[*]} " != *" $vm "* ]] || continue
        expect 0 hactl vm stop "$vm"
        expect 0 hactl vm remove "$vm"
    done
}

drop_groups() {
    local vm group
    for vm in $(hactl vm list --json | jq -r '.vms[] | select(.managed and .group != "default") | .name'); do expect 0 hactl group add default "$vm"; done
    # One that others wait for goes after them.
    for _ in 1 2 3; do
        for group in $(hactl group list --json | jq -r '.groups[] | select(.name != "default") | .name'); do hactl group delete "$group" >/dev/null 2>&1 || true; done
    done
}

# stray_remove NAME: a resource that a case made itself, if it is there.
stray_remove() {
    on node1 crm_resource --clear -r "$1" >/dev/null 2>&1 || true
    on node1 cibadmin --delete --xpath "//resources/primitive[@id='$1']" >/dev/null 2>&1 || true
}

# restore: what cases change of the cluster and its hosts, as the lab made it.
restore() {
    local host
    stray_remove naive
    until_true 60 "Pacemaker has stopped what is not configured" eval '! on node1 crm_mon -1r | grep -q ORPHANED'
    for host in $(hosts); do on "$host" virsh -q destroy naive >/dev/null 2>&1 || true; done # a second copy, that nobody manages
    {
        on node1 crm_attribute -n stonith-enabled -v true
        on node1 cibadmin --delete-all --force --xpath "//constraints/*[starts-with(@id, 'test-')]"
        on node1 cibadmin --modify --xml-text '<op id="hactl-vm-op.migrate_to.vm1" timeout="1800s"/>' --scope resources
        for host in $(hosts); do
            on node1 crm_attribute -z -N "$host" -n memory -D
            on "$host" nft delete table inet refuse
        done
    } >/dev/null 2>&1 || true
}

# begin [NODE]: everything on, whole and in service, six VMs running and ticking (all of them on NODE), no trace of a case before.
begin() {
    local node host
    if [[ -z $BEGUN && ! -e $WHOLE ]]; then
        lab down
        lab_up
    fi
    BEGUN=yes
    rm -f "$WHOLE"
    lab heal
    for host in $(hosts); do lab power on "$host"; done
    for host in $(hosts); do
        for service in libvirtd hactld; do lab service "$host" start "$service" >/dev/null; done
    done
    until_true 240 "every hactld reports and one leads" hactl_ready
    restore
    for host in $(hosts); do expect 0 hactl undrain "$host"; done # fence devices need hosts in service
    lab wait cluster --timeout 120
    drop_groups
    drop_vms
    add_vms
    until_true 180 "all VMs run" all_run
    for vm in "${VMS[@]}"; do lab wait guest "$vm"; done # a guest that is moved while its kernel starts may never come up
    if [[ -n ${1-} ]]; then
        for node in $(hosts); do
            [[ $node == "$1" ]] || expect 0 hactl drain "$node"
        done
        until_true 60 "all VMs run on $1" all_on "$1"
        for node in $(hosts); do expect 0 hactl undrain "$node"; done
    fi
    assert_clean
    mark_ticks
    FIRST_EVENT=$(last_event)
}

# wait_moving [VM]: until some migrate_to (of VM) is in flight.
moving() { hactl vm list --json | jq -e --arg vm "${1-}" 'any(.vms[]; ($vm == "" or .name == $vm) and .state == "migrating")'; }
wait_moving() { until_true 60 "a migration is under way" moving "${1-}"; }
drained() { hactl node list --json | jq -e --arg node "$1" 'any(.nodes[]; .name == $node and .drain == "drained")'; }
