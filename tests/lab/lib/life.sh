# shellcheck shell=bash
# The life of a lab: up, down, status, waiting for it.

TOOLS=(corosync pacemakerd libvirtd qemu-system-x86_64 virsh tgtd nbdkit ipmi_sim ipmitool fence_ipmilan tini busybox
    crm_mon cibadmin jq nft tc ss nsenter unshare gcc cpio)

need_tools() {
    local tool missing=()
    for tool in "${TOOLS[@]}"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
    ((${#missing[@]} == 0)) || die "not installed: ${missing[*]} (packaging/install-deps installs what the lab needs)"
}

life_up() { with_lock life life_up_locked "$@"; }

life_up_locked() {
    local hosts=3 image='' stock=0 cluster=1 wanted
    while (($#)); do
        case $1 in
            --hosts) hosts=${2-} && shift ;;
            --image) image=$(readlink -e "${2-}") || die "up: no directory '${2-}'" && shift ;;
            --stock) stock=1 ;;
            --no-cluster) cluster=0 ;;
            *) die "up: unknown option '$1'" ;;
        esac
        shift
    done
    [[ $hosts =~ ^[2-5]$ ]] || die "up: --hosts is 2 to 5, not '$hosts'"
    [[ -z $image || -d $image ]] || die "up: --image '$image' is no directory"
    need_tools
    wanted=$(printf 'LAB_HOSTS=%q LAB_STOCK=%q LAB_CLUSTER=%q LAB_IMAGE=%q' "$hosts" "$stock" "$cluster" "$image")
    if life_complete; then
        [[ $(<"$LAB_DIR/config") == "$wanted" ]] || die "lab '$LAB_PREFIX' is up with other options: $(<"$LAB_DIR/config")"
    else
        life_clear # whatever a killed run left
        mkdir -p "$LAB_DIR"/{run,log,net,root,seed,guests,bmc} "$LAB_DISK" "$LAB_CACHE"
        printf '%s\n' "$wanted" >"$LAB_DIR/config"
        mount -t tmpfs -o mode=755,size=50% "lab-$LAB_PREFIX" "$LAB_DISK"
        [[ -z $image ]] || cp -a "$image" "$LAB_DISK/image"
    fi
    lab_load
    life_start
    touch "$LAB_DIR/ready"
}

life_complete() { # up went through, and the machine was not restarted since
    [[ -e $LAB_DIR/ready ]] && ns_ok switch && ns_ok storage && mountpoint -q "$LAB_DISK"
}

life_start() {
    local host
    if [[ ! -e $LAB_DIR/ready ]]; then
        net_switch_up
        storage_up
        seed_write
        bmc_up
    fi
    ticks_start
    for host in $(lab_nodes); do host_power_on "$host"; done
    ((LAB_CLUSTER)) || return 0
    wait_until 300 cluster_online || die "the hosts do not form a cluster: see 'lab log node1 pacemaker' and corosync"
    [[ -e $LAB_DIR/ready ]] || cluster_configure
    wait_until 300 cluster_ready || die "fencing does not start: see 'lab exec node1 crm_mon -1f'"
}

life_down() {
    with_lock life life_clear
    rm -f "$LAB_STATE/.lock/$LAB_PREFIX".*
    rmdir "$LAB_STATE/.lock" 2>/dev/null || true
}

# Everything that bears the prefix, whether or not there is a state directory that knows of it. The machines that could
# power others on go first.
life_clear() {
    local ns
    ns_remove storage
    ns_remove recorder
    for ns in node{1..5}; do
        [[ ! -e $(ns_path "$ns") ]] || host_power_off "$ns"
    done
    ns_remove switch
    while mountpoint -q "$LAB_DISK"; do umount "$LAB_DISK" || umount --lazy "$LAB_DISK"; done
    rm -rf "$LAB_DIR"
}

life_status() {
    local host pid
    lab_load
    printf 'lab %s: %s hosts%s%s, state in %s\n' "$LAB_PREFIX" "$LAB_HOSTS" \
        "$( ((LAB_STOCK)) && echo ', stock Pacemaker')" "${LAB_IMAGE:+, image $LAB_IMAGE}" "$LAB_DIR"
    [[ -e $LAB_DIR/ready ]] || echo "not complete: run 'lab up' again"
    printf '%-8s %-6s %-8s %s\n' HOST POWER INIT 'SERVICES (stopped)'
    for host in $(lab_nodes); do
        if pid=$(host_init_pid "$host"); then
            printf '%-8s %-6s %-8s %s\n' "$host" on "$pid" "$(host_services "$host" | xargs)"
        else
            printf '%-8s %-6s\n' "$host" off
        fi
    done
    printf 'storage: %s disks; guests known: %s\n' "$(find "$LAB_DISK/luns" -type f | wc -l)" \
        "$(find "$LAB_DIR/guests" -type f -printf '%f ' | xargs)"
    printf 'cuts: %s\n' "$({ net_ports; net_pairs; } | paste -sd, -)"
}

life_install() { # a new build, into hosts that run and hosts that do not
    local image host
    lab_load
    image=$(readlink -e "${1-}") || die "install: no directory '${1-}'"
    for host in $(lab_nodes); do
        if host_running "$host"; then
            (cd "$image" && find . ! -type d -print0 | tar --null --files-from - -cf -) |
                host_run "$host" tar -C / --unlink-first -xf -
            ! host_run "$host" test -x /usr/sbin/hactld || host_run "$host" /run/lab/home/host/service restart hactld
        else
            cp -a --remove-destination "$image/." "$LAB_DISK/$host/upper/"
        fi
    done
}

life_wait() {
    local what=${1-} name='' timeout=60
    shift || true
    lab_load
    if [[ $what == guest ]]; then
        name=${1-}
        [[ -n $name ]] || die "wait guest: which one?"
        shift
    fi
    if [[ ${1-} == --timeout ]]; then timeout=${2:?}; fi
    case $what in
        cluster) wait_until "$timeout" cluster_ready || die "the cluster is not complete after $timeout s" ;;
        guest) wait_until "$timeout" guest_ticks "$name" || die "$name does not tick after $timeout s" ;;
        *) die "wait: cluster or guest NAME" ;;
    esac
}
