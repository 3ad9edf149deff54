# shellcheck shell=bash
# What the hosts are given at their first boot (the seed): names, corosync, Pacemaker, libvirt; and the cluster's fencing.

# The machine is shared by all hosts, and may be busy: more patient than what hactl recommends for hosts of one's own.
TOKEN_MS=${HACTL_LAB_TOKEN_MS:-2000}

# recommended SCOPE: "NAME VALUE" lines of hactl's own table.
recommended() { sed -nE "s/^ *\{HA_SCOPE_$1, \"([^\"]+)\", \"([^\"]+)\".*/\\1 \\2/p" "$LAB_HOME/../../agent/core/model/ha_recommended.c"; }

seed_write() {
    local common=$LAB_DIR/seed/common host
    mkdir -p "$common"/etc/{corosync,default,libvirt,pacemaker} "$common/var/lib/pacemaker/cib"
    seed_hosts >"$common/etc/hosts"
    printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n' \
        >"$common/etc/nsswitch.conf"
    seed_qemu_conf >"$common/etc/libvirt/qemu.conf"
    printf 'file_lockspace_dir = "/srv/shared/leases/hactl"\n' >"$common/etc/libvirt/qemu-lockd.conf"
    printf 'PCMK_ipc_buffer=20971520\nPCMK_logfile=/var/log/pacemaker/pacemaker.log\n' >"$common/etc/default/pacemaker"
    if ((LAB_CLUSTER)); then
        seed_corosync_conf >"$common/etc/corosync/corosync.conf"
        (umask 077 && head -c 256 /dev/urandom >"$common/etc/corosync/authkey")
        seed_cib >"$common/var/lib/pacemaker/cib/cib.xml"
    fi
    for host in $(lab_nodes); do seed_node "$host"; done
}

seed_node() {
    local etc=$LAB_DIR/seed/$1/etc
    mkdir -p "$etc/libvirt" "$LAB_DISK/$1"/{upper,work} "$LAB_DIR/root/$1"
    echo "$1" >"$etc/hostname"
    printf '%s' "$LAB_PREFIX$1" | md5sum | cut -c1-32 >"$etc/machine-id"
    cat >"$etc/libvirt/libvirtd.conf" <<EOF
host_uuid = "$(uuid_of "$LAB_PREFIX/$1")"
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
auth_unix_ro = "none"
auth_unix_rw = "none"
max_clients = 200
max_workers = 40
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
EOF
}

uuid_of() { # a uuid that depends on the text alone
    printf '%s' "$1" | md5sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

seed_hosts() {
    local n
    echo '127.0.0.1 localhost'
    for n in $(seq 1 "$LAB_HOSTS"); do
        printf '10.71.0.%d node%d\n10.73.0.%d node%d-storage\n10.73.0.%d bmc-node%d\n' \
            "$n" "$n" "$n" "$n" $((200 + n)) "$n"
    done
    echo '10.73.0.100 storage'
}

seed_qemu_conf() {
    cat <<'EOF'
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
lock_manager = "lockd"
EOF
}

seed_corosync_conf() {
    local n
    cat <<EOF
totem {
    version: 2
    cluster_name: $LAB_PREFIX
    transport: knet
    crypto_cipher: aes256
    crypto_hash: sha256
$(seed_totem)
}
logging {
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    to_syslog: no
    to_stderr: no
    timestamp: hires
}
quorum {
    provider: corosync_votequorum
EOF
    ((LAB_HOSTS > 2)) || echo '    two_node: 1'
    printf '}\nnodelist {\n'
    for n in $(seq 1 "$LAB_HOSTS"); do
        printf '    node {\n        ring0_addr: node%d\n        name: node%d\n        nodeid: %d\n    }\n' "$n" "$n" "$n"
    done
    echo '}'
}

# Stock: corosync's defaults, unless a token was asked for. With hactl the consensus follows the token, as in its table.
seed_totem() {
    if ((!LAB_STOCK)); then
        printf '    token: %d\n    token_coefficient: 0\n    consensus: %d\n' "$TOKEN_MS" $((TOKEN_MS * 6 / 5))
    elif [[ -n ${HACTL_LAB_TOKEN_MS-} ]]; then
        printf '    token: %d\n    token_coefficient: 0\n' "$TOKEN_MS"
    fi
}

# The CIB that every host starts with. Fencing comes later, when all are online: so a host that is merely slow at the very
# first boot cannot be fenced for it. dc-deadtime only decides how soon an empty cluster elects its first DC.
seed_cib() {
    cat <<'EOF'
<cib admin_epoch="0" epoch="1" num_updates="0" validate-with="pacemaker-3.8">
  <configuration>
    <crm_config>
      <cluster_property_set id="cib-bootstrap-options">
        <nvpair id="lab-dc-deadtime" name="dc-deadtime" value="3s"/>
        <nvpair id="lab-have-watchdog" name="have-watchdog" value="false"/>
      </cluster_property_set>
    </crm_config>
    <nodes/>
    <resources/>
    <constraints/>
  </configuration>
  <status/>
</cib>
EOF
}

cluster_configure() {
    cluster_xml | host_run node1 cibadmin --modify --allow-create --xml-pipe
}

cluster_xml() {
    local host
    echo '<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">'
    cluster_properties | while read -r name value; do
        printf '<nvpair id="lab-%s" name="%s" value="%s"/>' "$name" "$name" "$value"
    done
    echo '</cluster_property_set></crm_config>'
    ((LAB_STOCK)) || cluster_defaults
    echo '<resources>'
    for host in $(lab_nodes); do fence_primitive "$host"; done
    echo '</resources><constraints>'
    for host in $(lab_nodes); do
        printf '<rsc_location id="fence-%s-elsewhere" rsc="fence-%s" node="%s" score="-INFINITY"/>' "$host" "$host" "$host"
    done
    echo '</constraints></configuration>'
}

# What a hactl cluster is tuned to. The placement strategy stays at its default: with `utilization`, a host without a stated
# capacity counts as full, and no VM with a size starts.
cluster_properties() {
    if ((LAB_STOCK)); then echo 'stonith-enabled true'; else recommended PROPERTY; fi
}

cluster_defaults() {
    local name value
    echo '<rsc_defaults><meta_attributes id="lab-rsc-defaults">'
    recommended DEFAULT | while read -r name value; do
        printf '<nvpair id="lab-%s" name="%s" value="%s"/>' "$name" "$name" "$value"
    done
    echo '</meta_attributes></rsc_defaults>'
}

# The cipher suite is explicit: left to itself, ipmitool probes for it and every call waits 10 s.
fence_parameters() {
    cat <<EOF
ip $(bmc_address "$1")
username $BMC_USER
password $BMC_PASSWORD
lanplus 1
cipher 3
power_wait 0
pcmk_host_list $1
EOF
    ((LAB_HOSTS > 2)) || [[ $1 != node1 ]] || echo 'pcmk_delay_base 5s' # of two hosts that fence each other, node1 wins
}

fence_primitive() {
    local id=fence-$1 name value
    printf '<primitive id="%s" class="stonith" type="fence_ipmilan"><instance_attributes id="%s-parameters">' "$id" "$id"
    while read -r name value; do
        printf '<nvpair id="%s-%s" name="%s" value="%s"/>' "$id" "$name" "$name" "$value"
    done < <(fence_parameters "$1")
    printf '</instance_attributes><operations><op id="%s-monitor" name="monitor" interval="120s" timeout="60s"/></operations>' "$id"
    echo '</primitive>'
}

host_view() { host_run "$1" crm_mon --one-shot --output-as=xml 2>/dev/null; }

online_in() { grep -c '<node name=.* online="true".* pending="false"' || true; } # of a view

cluster_online() { # node1 sees everyone, and a DC
    local xml
    xml=$(host_view node1) && grep -q '<current_dc present="true"' <<<"$xml" && (($(online_in <<<"$xml") == LAB_HOSTS))
}

# Every host sees everyone, so that one that was switched off and on a moment ago is not taken for its former self.
cluster_ready() {
    local host xml
    for host in $(lab_nodes); do
        xml=$(host_view "$host") && (($(online_in <<<"$xml") == LAB_HOSTS)) || return 1
    done
    (($(grep -c '<resource id="fence-node.* role="Started" active="true".* failed="false"' <<<"$xml") == LAB_HOSTS))
}
