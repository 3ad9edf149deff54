# shellcheck shell=bash
# The peer of the benches: Pacemaker with its own defaults and ocf:heartbeat:VirtualDomain, the way its manual shows.

# stock_xml VM...: every host gets the XML file of each.
stock_xml() {
    local vm host
    mkdir -p "$WORK/peer"
    for vm in "$@"; do bench_xml "$vm" >"$WORK/peer/$vm.xml"; done
    for host in node1 node2 node3; do tar -C "$WORK/peer" -cf - . | on "$host" tar -C /etc/libvirt/qemu -xf -; done
}

# stock_resources NODE VM...: a CIB with these VMs, all of which prefer NODE.
stock_resources() {
    local node=$1 vm
    shift
    echo '<configuration><resources>'
    for vm in "$@"; do
        cat <<XML
<primitive id="$vm" class="ocf" provider="heartbeat" type="VirtualDomain">
 <instance_attributes id="$vm-params">
  <nvpair id="$vm-config" name="config" value="/etc/libvirt/qemu/$vm.xml"/>
  <nvpair id="$vm-hypervisor" name="hypervisor" value="qemu:///system"/>
  <nvpair id="$vm-transport" name="migration_transport" value="tcp"/>
 </instance_attributes>
 <meta_attributes id="$vm-meta"><nvpair id="$vm-migrate" name="allow-migrate" value="true"/></meta_attributes>
 <operations>
  <op id="$vm-start" name="start" interval="0" timeout="90s"/><op id="$vm-stop" name="stop" interval="0" timeout="90s"/>
  <op id="$vm-monitor" name="monitor" interval="10s" timeout="30s"/>
  <op id="$vm-migrate_to" name="migrate_to" interval="0" timeout="120s"/><op id="$vm-migrate_from" name="migrate_from" interval="0" timeout="60s"/>
 </operations>
</primitive>
XML
    done
    echo '</resources><constraints>'
    for vm in "$@"; do echo "<rsc_location id=\"$vm-prefers\" rsc=\"$vm\" node=\"$node\" score=\"100\"/>"; done
    echo '</constraints></configuration>'
}

stock_add() { # NODE VM...
    stock_xml "${@:2}"
    stock_resources "$@" | on node1 cibadmin --modify --allow-create --xml-pipe
    on node1 crm_resource --wait
}
