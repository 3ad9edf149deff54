#!/bin/bash
# VMs of stock VirtualDomain resources come under hactl while they run: no restart, nothing left over, and hactl moves them.
source "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2034 # begin's: this case needs no other VM
VMS=()
OLD=(vm-legacy legacy2) # the resources; one bears its domain's name
GUESTS=(legacy legacy2)

resource_xml() { # RESOURCE GUEST
    cat <<XML
<primitive id="$1" class="ocf" provider="heartbeat" type="VirtualDomain">
 <instance_attributes id="$1-params">
  <nvpair id="$1-config" name="config" value="/etc/libvirt/qemu/$2.xml"/>
  <nvpair id="$1-hypervisor" name="hypervisor" value="qemu:///system"/>
 </instance_attributes>
 <meta_attributes id="$1-meta"><nvpair id="$1-migrate" name="allow-migrate" value="true"/></meta_attributes>
 <operations><op id="$1-monitor" name="monitor" interval="5s" timeout="30s"/></operations>
</primitive>
XML
}
add_stock() {
    local i host
    for i in 0 1; do
        lab guest xml "${GUESTS[i]}" >"$WORK/${GUESTS[i]}.xml"
        for host in node1 node2 node3; do on "$host" sh -c "mkdir -p /etc/libvirt/qemu; cat >/etc/libvirt/qemu/${GUESTS[i]}.xml" <"$WORK/${GUESTS[i]}.xml"; done
    done
    {
        echo '<configuration><resources>'
        for i in 0 1; do resource_xml "${OLD[i]}" "${GUESTS[i]}"; done
        echo '</resources><constraints>'
        echo '<rsc_location id="legacy-rather-node2" rsc="vm-legacy" node="node2" score="50"/>'
        echo '<rsc_order id="legacy2-after-legacy" first="vm-legacy" then="legacy2" kind="Optional"/>'
        echo '</constraints></configuration>'
    } | on node1 cibadmin --modify --allow-create --xml-pipe
}
cib() { on node1 cibadmin -Q --xpath "$1" >/dev/null 2>&1; }
remove_all() { # the constraints first: an administrator's are not hactl's to remove with a VM
    local name
    on node1 cibadmin --delete-all --force --xpath "//constraints/*[@id='legacy-rather-node2' or @id='legacy2-after-legacy']" >/dev/null 2>&1 || true
    for name in "${GUESTS[@]}"; do
        if hactl vm list --json | jq -e --arg vm "$name" 'any(.vms[]; .name == $vm and .managed)' >/dev/null; then
            hactl vm stop "$name" >/dev/null && hactl vm remove "$name" >/dev/null
        fi
    done
    for name in "${OLD[@]}"; do ! cib "//primitive[@id='$name' and @type='VirtualDomain']" || stray_remove "$name"; done
}
unmanaged_seen() { hactl vm list --json | jq -e '[.vms[] | select((.name == "legacy" or .name == "legacy2") and .state == "running")] | length == 2'; }
at_rest() { [[ $(on node1 crm_simulate -LS --output-as=xml | grep -c '<rsc_action ') == 0 ]]; }
no_old_trace() { ! cib "//lrm_resource[@type='VirtualDomain']"; }

begin
remove_all
add_stock
for guest in "${GUESTS[@]}"; do lab wait guest "$guest"; done
until_true 20 "hactl sees both domains" unmanaged_seen
until_true 20 "the cluster is at rest" at_rest
mark_ticks
where=$(vm_node legacy)

epoch=$(on node1 cibadmin -Q | sed -n '1s/.* epoch="\([0-9]*\)".*/\1/p')
expect 0 hactl import-virtualdomain --dry-run
expect_out 'vm-legacy: becomes VM legacy, running on'
expect_out 'after none of them would anything start, stop or move'
[[ $(on node1 cibadmin -Q | sed -n '1s/.* epoch="\([0-9]*\)".*/\1/p') == "$epoch" ]] || fail "the dry run changed the CIB"
say "dry run: every step rehearsed, nothing changed"

expect 0 hactl import-virtualdomain
cib "//primitive[@id='legacy' and @provider='hactl']" || fail "legacy is not hactl's"
cib "//primitive[@id='legacy2' and @provider='hactl']" || fail "legacy2 is not hactl's"
! cib "//primitive[@type='VirtualDomain']" || fail "an old resource is left"
until_true 10 "nothing is remembered of the old resources" no_old_trace
! cib "//nvpair[@name='stop-orphan-resources']" || fail "stop-orphan-resources was left behind"
cib "//rsc_location[@id='legacy-rather-node2' and @rsc='legacy']" || fail "the location was not carried over"
cib "//rsc_order[@first='legacy' and @then='legacy2']" || fail "the order was not carried over"
until_true 20 "the cluster is at rest" at_rest
[[ $(vm_node legacy) == "$where" ]] || fail "legacy moved"
[[ -z $(on node1 sh -c 'ls -A /var/lib/hactl/import') ]] || fail "a record is left behind"
assert_no_restart
say "both run on where they ran, under hactl; constraints carried over, no trace of the old resources"

for guest in "${GUESTS[@]}"; do
    to=$([[ $(vm_node "$guest") == node1 ]] && echo node3 || echo node1)
    expect 0 hactl migrate "$guest" --to "$to"
done
assert_no_restart
assert_clean
say "and hactl moves them live; no restart in all this"
remove_all
