# shellcheck shell=bash
# The watcher: notes every QEMU process of every host from outside (see watch/), and judges together with the history of power.

watch_verb() {
    local verb=${1-}
    shift || true
    lab_load
    case $verb in
        start) watch_start ;;
        stop) rm -f "$(watch_socket)" ;; # it ends when its socket is gone
        reset) watch_ask reset >/dev/null ;;
        report) watch_report "$@" ;;
        *) die "watch: start, stop, reset or report" ;;
    esac
}

watch_socket() { printf '%s/run/watch\n' "$LAB_DIR"; }
watch_program() { lab_program ha-watch "$LAB_HOME"/watch/{main.c,ha_watch.c,ha_watch.h}; }
watch_ask() { "$(ticks_program)" ask "$(watch_socket)" "$1" 0 2>/dev/null || die "the watcher does not run: lab watch start"; }
watch_answers() { [[ -S $(watch_socket) ]] && (watch_ask json) >/dev/null 2>&1; }

watch_start() {
    ! watch_answers || return 0
    spawn "$LAB_DIR/log/watch" "$(watch_program)" record "$LAB_DIR/run" "$(watch_socket)"
    wait_until 10 watch_answers || die "the watcher does not start: see $LAB_DIR/log/watch"
}

# A VM whose host lost its power may be started elsewhere only after the host's BMC has told, or made, that it is off. Another
# host's word for it is not enough, and neither is that the host really was off.
# shellcheck disable=SC2016
WATCH_JUDGE='
    ($power | split("\n") | map(select(. != "") | split(" ") | {ms: (.[0] | tonumber), host: .[1], what: (.[2:] | join(" "))})) as $power
    | .power = $power
    | .unfenced = [.qemus | group_by(.vm)[] | sort_by(.born_ms) as $of
        | range(1; $of | length) | $of[. - 1] as $old | $of[.] as $new
        | select(($new.incoming | not) and $new.host != $old.host and $old.died_ms != null)
        | first($power[] | select(.host == $old.host and .what == "off" and .ms >= $old.born_ms and .ms <= $old.died_ms + 50)) as $off
        | select(any($power[]; .host == $old.host and (.what | test("^bmc (set|get) 0$")) and .ms >= $off.ms and .ms <= $new.born_ms) | not)
        | {vm: $new.vm, host: $new.host, lost: $old.host, at_ms: $new.born_ms}]
    | .ok = (.doubles == [] and .unfenced == [] and (.full | not))'

watch_report() {
    local judged
    judged=$(watch_ask json | jq -c --rawfile power <(cat "$LAB_DIR/log/power" 2>/dev/null) "$WATCH_JUDGE")
    if [[ ${1-} == --json ]]; then
        printf '%s\n' "$judged"
    else
        jq -r '"VM HOST PID HOW BORN_MS DIED_MS", (.qemus[] | "\(.vm) \(.host) \(.pid) \(if .incoming then "incoming" else "start" end) \(.born_ms) \(.died_ms // "-")")' \
            <<<"$judged" | column -t
        jq -r '(.doubles[] | "TWO COPIES of \(.vm) on \(.hosts | join(" and ")) at \(.at_ms) ms"),
            (.unfenced[] | "\(.vm) was started on \(.host) at \(.at_ms) ms, before the BMC of \(.lost) said that it is off"),
            (if .full then "more QEMUs than could be noted" else empty end),
            (if .ok then "no VM ran twice; no start before its fencing" else empty end)' <<<"$judged"
    fi
    [[ $(jq .ok <<<"$judged") == true ]]
}
