# shellcheck shell=bash
# What the cases that lose hosts share: who is who, and what must be so afterwards.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

leads() { [[ $(leader) == "$1" ]]; }
leads_not() { [[ -n $(leader) && $(leader) != "$1" ]]; }
# The oldest hactld leads, so it can be chosen without touching Pacemaker: the others become younger.
make_leader() {
    local host
    for host in $(hosts); do [[ $host == "$1" ]] || leads "$1" || lab service "$host" restart hactld >/dev/null; done
    until_true 60 "$1 leads" leads "$1"
    until_true 60 "every hactld reports" hactl_ready
}
make_no_leader() {
    ! leads "$1" || lab service "$1" restart hactld >/dev/null
    until_true 60 "another than $1 leads" leads_not "$1"
    until_true 60 "every hactld reports" hactl_ready
}

all_tick() {
    local vm
    for vm in "${VMS[@]}"; do lab wait guest "$vm"; done
}

# lose HOST...: mark, cut their power at once, and wait until every VM ticks again. LOST: their VMs.
lose() {
    local host begun
    LOST=$(for host in "$@"; do vms_on "$host"; done)
    mark_ticks
    all_tick
    ADMIN=$(other_than "$@")
    begun=$(lab ticks now)
    for host in "$@"; do lab power off "$host" & done
    wait
    until_true 180 "all VMs tick again" recovered
    say "$(wc -w <<<"$LOST") VMs of $* back after $(($(lab ticks now) - begun)) ms"
    until_true 60 "hactl and Pacemaker agree" all_run
    assert_recovered
}
recovered() {
    lab ticks report --json | jq -e --argjson all "${#VMS[@]}" --argjson lost "$(wc -w <<<"$LOST")" \
        '([.guests[] | select(.last_seen_ms_ago < 500)] | length == $all) and ([.guests[].restarts] | add == $lost)'
}

# Every VM of a lost host was started once, every other not at all, none twice, none before its host's BMC said off.
assert_recovered() {
    local vm wanted
    assert_once
    for vm in "${VMS[@]}"; do
        wanted=0
        ! grep -qxF "$vm" <<<"$LOST" || wanted=1
        [[ $(births "$vm") == "$wanted" ]] || fail "$vm was started $(births "$vm") times, not $wanted: $(jq -c .qemus "$WORK/watch")"
        [[ $(restarts "$vm") == "$wanted" ]] || fail "$vm booted $(restarts "$vm") times, not $wanted"
    done
}

all_back() { hactl_ready && lab wait cluster --timeout 2; }
await_hosts() { until_true 180 "all hosts are back" all_back; }
