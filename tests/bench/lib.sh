# shellcheck shell=bash
# What the benches share: the lab, statistics, the closing line.
set -euo pipefail

BENCH=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
BUILD=${HACTL_BUILD:-$BENCH/../../build/release}
export HACTL_LAB_PREFIX=${HACTL_LAB_PREFIX:-bench}
WORK=$(mktemp -d)
trap 'lab down >/dev/null 2>&1 || true; rm -rf "$WORK"' EXIT

lab() { "$BENCH/../lab/lab" "$@"; }
on() { lab exec "$@"; }
hactl() { on node1 hactl "$@"; }
say() { printf '%(%H:%M:%S)T  %s\n' -1 "$*"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
die() { echo "bench: $*" >&2 && exit 1; }

until_true() { # SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || die "waited in vain: $what"
        sleep 0.2
    done
}

make_image() {
    [[ -x $BUILD/agent/hactld ]] || die "no build in $BUILD; run 'cmake --preset release && cmake --build --preset release' first"
    DESTDIR=$WORK/image cmake --install "$BUILD" >/dev/null
}

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
