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

# lose HOST...: mark, cut their power at once, and wait until every VM ticks again. LOST: their VMs; LOST_MS, LOST_AT: when, Unix and
# by the clock of the ticks.
lose() {
    local host
    LOST=$(for host in "$@"; do vms_on "$host"; done)
    mark_ticks
    all_tick
    ADMIN=$(other_than "$@")
    LOST_AT=$(lab ticks now)
    LOST_MS=$(now_ms)
    for host in "$@"; do lab power off "$host" & done
    wait
    until_true 180 "all VMs tick again" recovered
    say "$(wc -w <<<"$LOST") VMs of $* back after $(($(lab ticks now) - LOST_AT)) ms"
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

# The steps that have a bound (docs/timing.md), with room for a machine that has other things to do: what is looked for is a wait that should not be there.
# MARGIN_MS: from the membership that corosync formed to hactld's knowing of it. STARTS_MS: from the fencing's report until the last VM's start has begun.
MARGIN_MS=6000 STARTS_MS=30000
totem_ms() { on "$ADMIN" corosync-cmapctl -g "runtime.config.totem.$1" | awk '{ print $NF }'; }
failover_told() { hactl failover show "$1" --json | jq -e --argjson lost "$LOST_MS" '.heard_ms > $lost - 10000 and .ended_ms != null'; }
assert_timeline() { # HOST: that the last lose() lost
    local bound declared fenced started
    until_true 60 "the failover of $1 has its end" failover_told "$1"
    hactl failover show "$1" --json >"$WORK/failover"
    bound=$(($(totem_ms token) + $(totem_ms consensus)))
    declared=$(jq --argjson lost "$LOST_MS" '.declared_ms - $lost' "$WORK/failover")
    ((declared <= bound + MARGIN_MS)) || fail "$1 was declared lost after $declared ms; token + consensus are $bound ms: $(jq -c . "$WORK/failover")"
    fenced=$(jq --argjson lost "$LOST_MS" '.fenced_ms - $lost' "$WORK/failover")
    started=$(jq --argjson lost "$LOST_AT" '[.qemus[] | select((.incoming | not) and .born_ms >= $lost) | .born_ms] | max - $lost | floor' "$WORK/watch")
    ((started - fenced <= STARTS_MS)) || fail "the last VM was begun $started ms after the loss of $1, which was reported off after $fenced ms"
    say "$1: declared lost after $declared ms (token + consensus: $bound ms), reported off after $fenced ms, the last VM begun after $started ms"
}

all_back() { hactl_ready && lab wait cluster --timeout 2; }
await_hosts() { until_true 180 "all hosts are back" all_back; }
