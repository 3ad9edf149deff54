# shellcheck shell=bash
# What the benches in the lab share.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/base.sh"
export HACTL_LAB_PREFIX=${HACTL_LAB_PREFIX:-bench}
trap 'bench_end' EXIT

# With autogroups the kernel shares the CPUs among sessions, whatever their nice values: a build at nice 19 in another session would take as
# much as a guest. Off while a bench runs.
AUTOGROUP=/proc/sys/kernel/sched_autogroup_enabled
autogroup_was=$(cat "$AUTOGROUP" 2>/dev/null || true)
[[ $autogroup_was != 1 ]] || echo 0 >"$AUTOGROUP"

bench_end() {
    lab down >/dev/null 2>&1 || true
    [[ $autogroup_was != 1 ]] || echo 1 >"$AUTOGROUP"
    rm -rf "$WORK"
}

lab() { "$BENCH/../lab/lab" "$@"; }
on() { lab exec "$@"; }
hactl() { on node1 hactl "$@"; }

# Asking costs CPU time, which guests that boot on the same cores don't get: while something is measured whose end the recorder or the watcher
# writes down by itself, a bench asks seldom.
PACE_S=0.2
until_true() { # SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || die "waited in vain: $what"
        sleep "$PACE_S"
    done
}

make_image() {
    need_build agent/hactld
    DESTDIR=$WORK/image cmake --install "$BUILD" >/dev/null
}

# bench_xml VM: the guest that a bench runs; one that wants another kind defines its own.
bench_xml() { lab guest xml "$1"; }

# recommended_token: the token that hactl recommends, in ms. The lab's own default is more patient.
recommended_token() { sed -nE 's/^#define HA_RECOMMENDED_TOKEN_MS ([0-9]+)u.*/\1/p' "$BENCH/../../agent/core/model/ha_recommended.h"; }

ready() { hactl status --json | jq -e '.quorate and .leader != null and ([.nodes[] | select(.state == "online" and .agent)] | length == 3)'; }
victim() { # a host that is not the DC
    local dc
    dc=$(on node1 crmadmin -D -q 2>/dev/null | sed 's/.*: //')
    printf 'node3\nnode2\n' | grep -vx "$dc" | head -n 1
}
