# shellcheck shell=bash
# The recorder of guests' ticks: a machine of its own on the guest network, outside every host (see ticks/).

ticks_verb() {
    local verb=${1-}
    shift || true
    lab_load
    case $verb in
        start) ticks_start ;;
        stop) ns_remove recorder && rm -f "$(ticks_socket)" ;;
        reset) ticks_ask reset 0 ;;
        now) "$(ticks_program)" now ;;
        report) ticks_report "$@" ;;
        *) die "ticks: start, stop, reset, now or report" ;;
    esac
}

ticks_socket() { printf '%s/run/ticks\n' "$LAB_DIR"; }

ticks_program() { lab_program ha-ticks "$LAB_HOME"/ticks/{main.c,ha_ticks.c,ha_ticks.h,ha_tick.h}; }

ticks_answer() { [[ -S $(ticks_socket) ]] && "$(ticks_program)" ask "$(ticks_socket)" table 0 >/dev/null 2>&1; }

ticks_start() {
    ! ticks_answer || return 0
    ns_remove recorder
    net_unplug recorder guest
    ns_add recorder
    net_plug recorder guest
    ip -n "$(ns_name recorder)" addr add "$RECORDER_ADDRESS/16" dev guest0
    spawn "$LAB_DIR/log/ticks" nsenter --net="$(ns_path recorder)" -- "$(ticks_program)" record "$RECORDER_ADDRESS" "$(ticks_socket)"
    wait_until 10 ticks_answer || die "the recorder does not start: see $LAB_DIR/log/ticks"
}

ticks_ask() { "$(ticks_program)" ask "$(ticks_socket)" "$1" "$2" || die "the recorder does not run: lab ticks start"; }

ticks_report() {
    local format=table since=0
    while (($#)); do
        case $1 in
            --json) format=json ;;
            --since) since=${2:?} && shift ;;
            *) die "ticks report: unknown option '$1'" ;;
        esac
        shift
    done
    [[ $since =~ ^[0-9]+$ ]] || die "ticks report: --since takes milliseconds, not '$since'"
    ticks_ask "$format" "$since"
}

guest_ticks() { # is NAME ticking now?
    ticks_ask json 0 | jq -e --arg name "$1" 'any(.guests[]; .name == $name and .last_seen_ms_ago < 500)' >/dev/null
}
