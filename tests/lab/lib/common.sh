# shellcheck shell=bash
# Words that every noun of the lab uses: messages, waiting, locks, background processes, paths.

say() { printf '%s\n' "$*" >&2; }
die() {
    printf 'lab: %s\n' "$*" >&2
    exit 1
}

lab_paths() {
    LAB_DIR=$LAB_STATE/$LAB_PREFIX
    LAB_CACHE=$LAB_STATE/.cache
    export LAB_DISK=$LAB_DIR/disk # a tmpfs: an overlay's upper layer must not lie within its lower one
    export HACTL_LAB_PREFIX=$LAB_PREFIX HACTL_LAB_STATE=$LAB_STATE
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

# The options the lab was started with: LAB_HOSTS, LAB_STOCK, LAB_CLUSTER.
lab_load() {
    [[ -r $LAB_DIR/config ]] || die "no lab '$LAB_PREFIX' is up: run 'lab up' first"
    # shellcheck source=/dev/null
    source "$LAB_DIR/config"
}

lab_nodes() { seq -f 'node%g' 1 "$LAB_HOSTS"; }

node_number() { printf '%s\n' "${1#node}"; }

need_node() {
    if [[ ! ${1-} =~ ^node[1-9]$ ]] || ((${1#node} > LAB_HOSTS)); then
        die "unknown host '${1-}': this lab has node1 to node$LAB_HOSTS"
    fi
}

# wait_until SECONDS CMD...: poll CMD until it succeeds; fails at the deadline.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

# with_lock NAME CMD...: one at a time in this lab; in all labs, if NAME is "cache". What CMD leaves running does not
# inherit the lock (see spawn).
with_lock() {
    local name=$1 file=$LAB_STATE/.lock/$LAB_PREFIX.$1 fd status=0
    shift
    [[ $name != cache ]] || file=$LAB_CACHE/lock
    mkdir -p "${file%/*}"
    exec {fd}>"$file"
    if ! flock --nonblock "$fd"; then
        say "lab: waiting for another lab command ($name)"
        flock --timeout 300 "$fd" || die "it holds the lock $file for more than 300 s"
    fi
    "$@" || status=$?
    exec {fd}>&-
    return "$status"
}

# spawn LOG CMD...: start CMD in the background, detached from the terminal and from every open file of ours.
spawn() {
    local log=$1
    shift
    (
        local fd
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2 || fd == 255)) || eval "exec $fd>&-"
        done
        exec setsid "$@" </dev/null >>"$log" 2>&1
    ) &
}

# The lab's own programs are compiled here rather than taken from a build tree, so that it works in a tree never built.
lab_cc() { gcc -O2 -Wall -Wextra -D_GNU_SOURCE -I "$LAB_HOME/../.." "$@"; }

# lab_program NAME FILE...: print the path of a program made of these sources, compiled when it is not there and kept by content.
lab_program() {
    local key path
    key=$(cat "${@:2}" | sha256sum | cut -c1-16)
    path=$LAB_CACHE/$1-$key
    [[ -x $path ]] || with_lock cache lab_compile "$path" "${@:2}"
    echo "$path"
}

lab_compile() {
    local to=$1 file sources=()
    for file in "${@:2}"; do [[ $file != *.c ]] || sources+=("$file"); done
    mkdir -p "$LAB_CACHE"
    lab_cc -o "$to.new" "${sources[@]}"
    mv "$to.new" "$to"
}

mono_ms() { "$(ticks_program)" now; }
