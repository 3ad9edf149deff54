# shellcheck shell=bash
# The storage machine: a namespace with an iSCSI target and an NBD server that export the same sparse files.
# A disk is a file $LAB_DISK/luns/NAME; its number is also the number of the guest (its LUN, address and MAC).

STORAGE_IQN_BASE=iqn.2026-01.net.hactl
LUN_MIB=64

storage_iqn() { printf '%s:%s\n' "$STORAGE_IQN_BASE" "$LAB_PREFIX"; }

tgt() { TGT_IPC_SOCKET=$LAB_DIR/run/tgtd ns_run storage tgtadm --lld iscsi "$@"; }

storage_up() {
    local i
    if ! ns_ok storage; then
        ns_add storage
        net_unplug storage storage
        net_plug storage storage
        ip -n "$(ns_name storage)" addr add 10.73.0.100/24 dev storage0
        for i in $(seq 1 "$LAB_HOSTS"); do
            ip -n "$(ns_name storage)" addr add "10.73.0.$((200 + i))/24" dev storage0
        done
    fi
    mkdir -p "$LAB_DISK/luns"
    TGT_IPC_SOCKET=$LAB_DIR/run/tgtd spawn "$LAB_DIR/log/tgtd" \
        nsenter --net="$(ns_path storage)" -- tgtd -D --iscsi portal=10.73.0.100:3260
    # nbdkit forks by itself: in the foreground it would die with the command that started it.
    spawn "$LAB_DIR/log/nbdkit" nsenter --net="$(ns_path storage)" -- \
        nbdkit --ipaddr 10.73.0.100 --port 10809 --log=null file dir="$LAB_DISK/luns"
    wait_until 20 storage_ready || die "the storage machine does not start: see $LAB_DIR/log/tgtd and nbdkit"
    tgt --op new --mode target --tid 1 --targetname "$(storage_iqn)"
    tgt --op bind --mode target --tid 1 --initiator-address ALL
}

storage_ready() { tgt --op show --mode sys >/dev/null 2>&1 && [[ -n $(ns_run storage ss -Hltn sport = :10809) ]]; }

# guest_number NAME: the number of a guest; given out at the first call.
guest_number() {
    with_lock guests guest_number_locked "$1"
}

guest_number_locked() {
    local file=$LAB_DIR/guests/$1 n
    mkdir -p "$LAB_DIR/guests"
    if [[ ! -s $file ]]; then
        n=$(cat "$LAB_DIR"/guests/* 2>/dev/null | sort -n | tail -1)
        echo $((${n:-0} + 1)) >"$file"
    fi
    cat "$file"
}

# lun_add NAME NUMBER: make sure that the disk exists and both servers export it.
lun_add() { with_lock luns lun_add_locked "$@"; }

lun_add_locked() {
    local file=$LAB_DISK/luns/$1
    [[ -e $file ]] || truncate -s "${LUN_MIB}M" "$file"
    tgt --op show --mode target | grep -q "LUN: $2\$" ||
        tgt --op new --mode logicalunit --tid 1 --lun "$2" --backing-store "$file"
}
