# shellcheck shell=bash
# Guests: the ticking guest's kernel and initramfs, the tiny one's kernel, and the libvirt XML of one.

GUEST_MODULES=(virtio_pci virtio_net virtio_blk evdev button)
RECORDER_ADDRESS=10.72.0.1

guest_verb() {
    local verb=${1-}
    shift || true
    case $verb in
        build) guest_build ;;
        xml) guest_xml "$@" ;;
        *) die "guest: build or xml NAME" ;;
    esac
}

guest_kernel() { # the newest cloud kernel, as /boot/vmlinuz-VERSION
    local kernel
    kernel=$(find /boot -maxdepth 1 -name 'vmlinuz-*-cloud-amd64' | sort -V | tail -1)
    [[ -n $kernel ]] || die "no /boot/vmlinuz-*-cloud-amd64: install linux-image-cloud-amd64"
    echo "$kernel"
}

# guest_build: print the directory that holds vmlinuz, initrd and tiny. It is named by the content it was made from.
guest_build() {
    local kernel key dir
    kernel=$(guest_kernel)
    key=$({
        echo "$kernel ${GUEST_MODULES[*]}"
        stat -c '%s %Y' "$kernel" "$(command -v busybox)"
        cat "$LAB_HOME"/guest/* "$LAB_HOME/ticks/ha_tick.h"
    } | sha256sum | cut -c1-16)
    dir=$LAB_CACHE/guest-$key
    [[ -e $dir/initrd ]] || with_lock cache guest_make "$kernel" "$dir" >&2
    echo "$dir"
}

guest_make() {
    local kernel=$1 dir=$2 work
    [[ ! -e $dir/initrd ]] || return 0
    mkdir -p "$LAB_CACHE"
    work=$(mktemp -d "$LAB_CACHE/build.XXXXXX")
    mkdir -p "$work/root"/{bin,modules,dev,proc,sys}
    install -m 755 "$(command -v busybox)" "$work/root/bin/busybox"
    install -m 755 "$LAB_HOME/guest/init" "$work/root/init"
    lab_cc -static -o "$work/root/bin/ha_guest" "$LAB_HOME/guest/ha_guest.c"
    guest_copy_modules "${kernel#*vmlinuz-}" "$work/root/modules"
    cp "$kernel" "$work/vmlinuz"
    lab_cc -m32 -ffreestanding -fno-pic -fno-stack-protector -fcf-protection=none -mgeneral-regs-only -nostdlib -static -no-pie \
        -Wl,-Ttext-segment=0x100000,--build-id=none -o "$work/tiny" "$LAB_HOME/guest/ha_tiny.c"
    (cd "$work/root" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd"
    rm -rf "$work/root" "$dir"
    chmod 755 "$work"
    mv "$work" "$dir"
}

guest_copy_modules() { # in the order in which they must be loaded
    local version=$1 to=$2 module path
    for module in "${GUEST_MODULES[@]}"; do
        modprobe --set-version "$version" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
        cp "$path" "$to/"
        echo "${path##*/}" >>"$to/order"
    done
}

guest_xml() {
    local name=${1-} kind=linux memory='' cpus=1 bridge=br-guest dirty=0 busy=0 disk=nbd lease=no number
    lab_load
    [[ $name =~ ^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,38}$ ]] || die "guest xml: '$name' is no name for a guest"
    shift
    while (($#)); do
        case $1 in
            --kind) kind=${2:?} ;;
            --memory) memory=${2:?} ;;
            --cpus) cpus=${2:?} ;;
            --bridge) bridge=${2:?} ;;
            --dirty) dirty=${2:?} ;;
            --busy) busy=${2:?} ;;
            --disk) disk=${2:?} ;;
            --lease) lease=${2:?} ;;
            *) die "guest xml: unknown option '$1'" ;;
        esac
        shift 2
    done
    case $kind in
        linux) : "${memory:=96}" ;;
        tiny) : "${memory:=4}" ;;
        *) die "guest xml: --kind is linux or tiny" ;;
    esac
    number=$(guest_number "$name")
    guest_domain
}

guest_domain() { # uses the variables of guest_xml
    local dir device=- mac address who card=virtio cache=32 boot
    dir=$(guest_build)
    [[ $disk == none ]] || device=/dev/vda
    mac=$(printf '52:54:00:68:%02x:%02x' $((number / 256)) $((number % 256)))
    address=$(printf '10.72.%d.%d' $((1 + number / 250)) $((1 + number % 250)))
    who="hactl.name=$name hactl.address=$address hactl.recorder=$RECORDER_ADDRESS"
    boot="<kernel>$dir/vmlinuz</kernel><initrd>$dir/initrd</initrd>
    <cmdline>console=ttyS0 quiet panic=1 tsc=unstable mitigations=off cryptomgr.notests=1 $who hactl.disk=$device hactl.dirty=$dirty hactl.busy=$busy</cmdline>"
    [[ $kind == linux ]] || card=rtl8139 cache=8 boot="<kernel>$dir/tiny</kernel><cmdline>$who</cmdline>"
    cat <<EOF
<domain type='qemu'>
  <name>$name</name>
  <uuid>$(uuid_of "guest/$name")</uuid>
  <memory unit='MiB'>$memory</memory>
  <vcpu>$cpus</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    $boot
  </os>
  <features><acpi/><apic/><tcg><tb-cache unit='MiB'>$cache</tb-cache></tcg></features>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
$(guest_disk)
$(guest_lease)
$(guest_card)
    <serial type='file'><source path='/var/log/libvirt/qemu/$name-serial.log' append='on'/></serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
EOF
}

guest_card() { # uses the variables of guest_domain
    [[ $bridge != none ]] || return 0
    cat <<EOF
    <interface type='bridge'>
      <mac address='$mac'/>
      <source bridge='$bridge'/>
      <model type='$card'/>
      <rom enabled='no'/>
    </interface>
EOF
}

guest_disk() { # uses the variables of guest_xml
    local source
    case $disk in
        none) return ;;
        nbd)
            lun_add "$name" "$number"
            source="<source protocol='nbd' name='$name'><host name='storage' port='10809'/></source>"
            ;;
        iscsi)
            lun_add "$name" "$number"
            source="<source protocol='iscsi' name='$(storage_iqn)/$number'><host name='storage' port='3260'/></source>"
            ;;
        local)
            guest_local_disk
            guest_file "/var/lib/libvirt/images/$name.img"
            return
            ;;
        shared)
            truncate -s "${LUN_MIB}M" "$LAB_DISK/shared/$name.img"
            guest_file "/srv/shared/$name.img"
            return
            ;;
        *) die "guest xml: --disk is nbd, iscsi, local, shared or none" ;;
    esac
    cat <<EOF
    <disk type='network' device='disk'>
      <driver name='qemu' type='raw' cache='none' error_policy='stop'/>
      $source
      <target dev='vda' bus='virtio'/>
    </disk>
EOF
}

guest_file() {
    cat <<EOF
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' error_policy='stop'/>
      <source file='$1'/>
      <target dev='vda' bus='virtio'/>
    </disk>
EOF
}

# A network disk has no lock of libvirt's. A lease beside it has: path/lockspace is the hosts' file_lockspace_dir.
guest_lease() {
    [[ $lease == yes ]] || return 0
    mkdir -p "$LAB_DISK/shared/leases/hactl"
    touch "$LAB_DISK/shared/leases/hactl/$name" # virtlockd makes none for a lease
    echo "    <lease><lockspace>hactl</lockspace><key>$name</key><target path='/srv/shared/leases'/></lease>"
}

guest_local_disk() { # a file of its own on each host, as after a copy by hand
    local host
    for host in $(lab_nodes); do
        ! host_running "$host" || host_run "$host" truncate -s "${LUN_MIB}M" "/var/lib/libvirt/images/$name.img"
    done
}
