# shellcheck shell=bash
# Hosts: power, commands inside, logs. A host's init is pid 1 of its own PID namespace (see host/init).

host_init_pid() { # the pid, if that process is still this host's init
    local pid
    pid=$(cat "$LAB_DIR/run/$1.pid" 2>/dev/null) || return 1
    [[ -n $pid ]] && [[ $(stat -Lc %i "/proc/$pid/ns/net" 2>/dev/null) == "$(stat -c %i "$(ns_path "$1")" 2>/dev/null)" ]] || return 1
    echo "$pid"
}

host_running() { host_init_pid "$1" >/dev/null; }

# A host that is held stays dead until it is switched on by hand: its BMC says that it is on if it was told so, but it does
# not boot. Without that, fencing switches a host that was powered off on again.
host_power() {
    local action=${1-} host=${2-}
    lab_load
    need_node "$host"
    case $action in
        on)
            rm -f "$LAB_DIR/run/$host.hold"
            host_power_on "$host"
            ;;
        off)
            [[ ${3-} != --hold ]] || echo 0 >"$LAB_DIR/run/$host.hold"
            host_power_off "$host"
            ;;
        *) die "power: on or off, not '$action'" ;;
    esac
}

host_power_on() { with_lock "$1" host_power_on_locked "$1"; }
host_power_off() { with_lock "$1" host_power_off_locked "$1"; }

host_power_on_locked() {
    ! host_running "$1" || return 0
    ns_remove "$1" # what a killed command may have left
    net_host_attach "$1"
    host_spawn "$1"
    wait_until 60 host_running "$1" || die "$1 does not start: see $LAB_DIR/log/$1"
    power_note "$1" on
}

# The history of power, for the watcher: "MS HOST off|on", and what the BMC did or answered: "MS HOST bmc set|get 0|1".
power_note() { printf '%s %s\n' "$(mono_ms)" "$*" >>"$LAB_DIR/log/power"; }

cpu_program() { lab_program ha-cpu "$LAB_HOME"/cpu/{main.c,ha_cpu.c,ha_cpu.h}; }

host_spawn() {
    local cpu
    cpu=$(cpu_program)
    spawn "$LAB_DIR/log/$1" env LAB_NODE="$1" LAB_LOWER="$(host_lower)" \
        LAB_HOME="$LAB_HOME" LAB_DIR="$LAB_DIR" LAB_DISK="$LAB_DISK" LAB_CACHE="$LAB_CACHE" LAB_CPU="$cpu" \
        nsenter --net="$(ns_path "$1")" -- \
        unshare --mount --uts --ipc --pid --fork --kill-child --propagation private -- "$LAB_HOME/host/init"
}

host_lower() { if [[ -d $LAB_DISK/image ]]; then printf '%s:/\n' "$LAB_DISK/image"; else echo /; fi; }

host_power_off_locked() {
    local pid
    ! host_running "$1" || power_note "$1" off
    net_host_detach "$1"
    if pid=$(host_init_pid "$1"); then kill -KILL "$pid" 2>/dev/null || true; fi
    ns_remove "$1"
    rm -f "$LAB_DIR/run/$1.pid"
}

host_enter() { # replaces this process
    local host=$1 pid
    shift
    pid=$(host_init_pid "$host") || die "$host is off"
    exec nsenter --target "$pid" --mount --uts --ipc --net --pid -- \
        setpriv --pdeathsig TERM -- env -C /root HOME=/root LANG=C.UTF-8 "$@"
}

host_exec() {
    local host=${1-}
    lab_load
    (($# > 1)) || die "exec: say where and what, e.g. 'lab exec node1 crm_mon -1'"
    shift
    case $host in
        storage | switch | recorder) exec nsenter --net="$(ns_path "$host")" -- "$@" ;;
        *) need_node "$host" && host_enter "$host" "$@" ;;
    esac
}

host_run() { (host_enter "$@"); }

host_service() {
    lab_load
    need_node "${1-}"
    host_enter "$1" /run/lab/home/host/service "${2-}" "${3-}"
}

host_log() {
    local host=${1-} name=${2-pacemaker} file
    lab_load
    need_node "$host"
    case $name in
        corosync) file=/var/log/corosync/corosync.log ;;
        pacemaker) file=/var/log/pacemaker/pacemaker.log ;;
        libvirt) file=/var/log/libvirt/libvirtd.log ;;
        hactld) file=/var/log/hactl/hactld.log ;;
        boot) file= ;;
        *) die "log: unknown log '$name'" ;;
    esac
    if [[ -z $file ]]; then cat "$LAB_DIR/log/$host"; else cat "$LAB_DISK/$host/upper$file"; fi
}

# One word per service, from inside; "off" for a host without power.
host_services() { if host_running "$1"; then host_run "$1" /run/lab/home/host/service list; else echo '-'; fi; }
