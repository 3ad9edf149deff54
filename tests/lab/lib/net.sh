# shellcheck shell=bash
# Networks: a namespace is a machine on the network, the bridges of the switch namespace are the networks.
#
# Addresses (every lab has the same ones, since no lab sees another):
#   cluster 10.71.0.N/24     nodeN
#   guest   10.72.0.0/16     10.72.0.1 the recorder, 10.72.1.1 and up the guests
#   storage 10.73.0.N/24     nodeN-storage; .100 storage; .200+N bmc-nodeN
# A cut is a name in a set of the switch's nftables, so that it outlives the power cycles of a host.

NETWORKS=(cluster guest storage)

ns_name() { printf '%s-%s\n' "$LAB_PREFIX" "$1"; }
ns_path() { printf '/run/netns/%s-%s\n' "$LAB_PREFIX" "$1"; }
ns_run() { nsenter --net="$(ns_path "$1")" -- "${@:2}"; }
ns_ok() { ns_run "$1" true 2>/dev/null; }

ns_add() {
    ns_ok "$1" && return
    ns_remove "$1"
    ip netns add "$(ns_name "$1")"
    ip -n "$(ns_name "$1")" link set lo up
}

ns_pids() { ip netns pids "$(ns_name "$1")" 2>/dev/null || true; }

ns_kill() { # every process of the namespace; this command itself may live in it (a BMC that powers its host off)
    local pid
    for pid in $(ns_pids "$1"); do
        [[ $pid == "$$" || $pid == "$BASHPID" ]] || kill -KILL "$pid" 2>/dev/null || true
    done
}

ns_idle() { [[ -z $(ns_pids "$1") ]]; }

ns_remove() {
    ns_kill "$1"
    wait_until 20 ns_idle "$1" || say "lab: some processes in $(ns_name "$1") do not die: $(ns_pids "$1" | tr '\n' ' ')"
    ip netns del "$(ns_name "$1")" 2>/dev/null || rm -f "$(ns_path "$1")"
}

need_network() {
    local network
    for network in "${NETWORKS[@]}"; do [[ ${1-} != "$network" ]] || return 0; done
    die "unknown network '${1-}': one of ${NETWORKS[*]}"
}

net_switch_up() {
    local network switch
    ns_ok switch && return
    ns_add switch
    switch=$(ns_name switch)
    for network in "${NETWORKS[@]}"; do
        ip -n "$switch" link add "$network" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
        ip -n "$switch" link set "$network" addrgenmode none up
    done
    ns_run switch nft -f - <<'EOF'
table bridge lab {
    set ports { type ifname; }
    set pairs { type ifname . ifname; }
    chain forward {
        type filter hook forward priority 0;
        iifname @ports drop
        oifname @ports drop
        iifname . oifname @pairs drop
    }
}
EOF
}

# net_plug MACHINE NETWORK [INTERFACE]: a cable from the machine to the network's bridge.
net_plug() {
    local machine=$1 network=$2 interface=${3:-$2'0'} switch
    switch=$(ns_name switch)
    ip link add "$interface" netns "$(ns_name "$machine")" type veth peer name "$machine-$network" netns "$switch"
    ip -n "$(ns_name "$machine")" link set "$interface" addrgenmode none
    ip -n "$switch" link set "$machine-$network" addrgenmode none master "$network" up
    ip -n "$(ns_name "$machine")" link set "$interface" up
}

net_unplug() { ip -n "$(ns_name switch)" link del "$1-$2" 2>/dev/null || true; }

net_host_attach() {
    local host=$1 n ns network
    n=$(node_number "$host")
    ns=$(ns_name "$host")
    ns_add "$host"
    for network in "${NETWORKS[@]}"; do
        net_unplug "$host" "$network"
        net_plug "$host" "$network"
    done
    ip -n "$ns" link add br-guest type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    ip -n "$ns" link set br-guest addrgenmode none up
    ip -n "$ns" link set guest0 master br-guest
    ip -n "$ns" addr add "10.71.0.$n/24" dev cluster0
    ip -n "$ns" addr add "10.73.0.$n/24" dev storage0
    net_reapply "$host"
}

# The cables go first, so that nobody hears the last words (FIN, RST) of a host that loses its power.
net_host_detach() {
    local network
    ns_ok switch || return 0
    for network in "${NETWORKS[@]}"; do net_unplug "$1" "$network"; done
}

net_is_cut() { ns_run switch nft get element bridge lab ports "{ $1-$2 }" >/dev/null 2>&1; }

# What a cut and a shape need inside the host, whose namespace is new after each power on.
net_reapply() {
    local host=$1 file
    if [[ -e $LAB_DIR/net/reject.$host ]]; then net_reject_tcp "$host"; fi
    for file in "$LAB_DIR/net/shape.$host".*; do
        [[ ! -e $file ]] || net_shape_apply "$host" "${file##*.}" "$(<"$file")"
    done
}

# A storage path that is gone makes an initiator give up after some seconds. TCP alone would wait for minutes, so the host
# answers its own connections with a reset: what runs in it sees an error, as it would from a multipath device.
net_reject_tcp() {
    ns_ok "$1" || return 0
    ns_run "$1" nft -f - <<'EOF'
table ip labcut {
    chain output {
        type filter hook output priority 0;
        oifname "storage0" ip protocol tcp reject with tcp reset
    }
}
EOF
}

net_cut() {
    local host=${1-} network=${2-} from='' silent=0
    lab_load
    need_node "$host"
    need_network "$network"
    shift 2
    while (($#)); do
        case $1 in
            --from) from=${2-} && need_node "$from" && shift ;;
            --silent) silent=1 ;;
            *) die "cut: unknown option '$1'" ;;
        esac
        shift
    done
    if [[ -n $from ]]; then
        ns_run switch nft add element bridge lab pairs \
            "{ $host-$network . $from-$network, $from-$network . $host-$network }"
        return
    fi
    ns_run switch nft add element bridge lab ports "{ $host-$network }"
    if [[ $network == storage ]] && ((!silent)); then
        touch "$LAB_DIR/net/reject.$host"
        net_reject_tcp "$host"
    fi
}

net_heal() {
    local host network hosts
    lab_load
    hosts=$(lab_nodes)
    if (($#)); then
        need_node "$1"
        hosts=$1
        net_heal_pairs "$1"
        for network in "${NETWORKS[@]}"; do
            ! net_is_cut "$1" "$network" || ns_run switch nft delete element bridge lab ports "{ $1-$network }"
        done
    else
        ns_run switch nft flush set bridge lab ports
        ns_run switch nft flush set bridge lab pairs
    fi
    for host in $hosts; do
        rm -f "$LAB_DIR/net/reject.$host"
        ! ns_ok "$host" || ns_run "$host" nft delete table ip labcut 2>/dev/null || true
        for network in "${NETWORKS[@]}"; do
            [[ ! -e $LAB_DIR/net/shape.$host.$network ]] || net_shape "$host" "$network" none
        done
    done
}

net_heal_pairs() {
    local pair
    while read -r pair; do
        ns_run switch nft delete element bridge lab pairs "{ $pair }"
    done < <(net_pairs | grep -w -- "$1-[a-z]*" || true)
}

net_ports() { ns_run switch nft -j list set bridge lab ports 2>/dev/null | jq -r '.nftables[].set?.elem[]?'; }
net_pairs() {
    ns_run switch nft -j list set bridge lab pairs 2>/dev/null | jq -r '.nftables[].set?.elem[]?.concat | join(" . ")'
}

net_shape() {
    local host=${1-} network=${2-} rate=${3-}
    lab_load
    need_node "$host"
    need_network "$network"
    [[ -n $rate ]] || die "shape: give a rate, e.g. 50mbit, or none"
    net_shape_apply "$host" "$network" "$rate"
    if [[ $rate == none ]]; then
        rm -f "$LAB_DIR/net/shape.$host.$network"
    else
        echo "$rate" >"$LAB_DIR/net/shape.$host.$network"
    fi
}

net_shape_apply() { # both directions: the host's end and the switch's end of the cable
    local host=$1 network=$2 rate=$3 end machine device
    for end in "$host ${network}0" "switch $host-$network"; do
        machine=${end% *} device=${end#* }
        ns_ok "$machine" || continue
        if [[ $rate == none ]]; then
            tc -n "$(ns_name "$machine")" qdisc del dev "$device" root 2>/dev/null || true
        else
            tc -n "$(ns_name "$machine")" qdisc replace dev "$device" root tbf rate "$rate" burst 128kb latency 100ms
        fi
    done
}
