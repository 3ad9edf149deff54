# shellcheck shell=bash
# What all benches share: where things are, what they say, statistics.
set -euo pipefail

BENCH=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
BUILD=${HACTL_BUILD:-$BENCH/../../build/release}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

say() { printf '%(%H:%M:%S)T  %s\n' -1 "$*"; }
die() { echo "${0##*/}: $*" >&2 && exit 1; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; else print "null" }'; }

need_build() { [[ -x $BUILD/$1 ]] || die "no $1 in $BUILD; run 'cmake --preset release && cmake --build --preset release' first"; }
need() { # TOOL...
    local tool
    for tool in "$@"; do command -v "$tool" >/dev/null || die "$tool is missing; run packaging/install-deps"; done
}
