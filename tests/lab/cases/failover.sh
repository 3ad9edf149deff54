#!/bin/bash
# A host with four VMs in three tiers loses its power: each is back exactly once, in the tiers' order, after the BMC said off. The host that dies is the leader
# and the DC; then the DC alone; then the leader alone.
source "$(dirname "$0")/lose.sh"

VMS=(vm1 vm2 vm3 vm4)

# vm1 before vm2 and vm3, those before vm4.
tiers() {
    local pair
    {
        echo '<configuration><resources>'
        for pair in vm1:30 vm2:20 vm3:20 vm4:10; do
            printf '<primitive id="%s"><meta_attributes id="test-tier-%s"><nvpair id="test-priority-%s" name="priority" value="%s"/></meta_attributes></primitive>' \
                "${pair%:*}" "${pair%:*}" "${pair%:*}" "${pair#*:}"
        done
        echo '</resources><constraints>'
        for pair in vm1:vm2 vm1:vm3 vm2:vm4 vm3:vm4; do
            printf '<rsc_order id="test-order-%s-%s" first="%s" then="%s" kind="Optional" symmetrical="false"/>' "${pair%:*}" "${pair#*:}" "${pair%:*}" "${pair#*:}"
        done
        echo '</constraints></configuration>'
    } | on node1 cibadmin --modify --allow-create --xml-pipe
}
no_tiers() {
    on "$ADMIN" cibadmin --delete --force --xpath "//rsc_order[starts-with(@id,'test-order-')]"
    on "$ADMIN" cibadmin --delete --force --xpath "//meta_attributes[starts-with(@id,'test-tier-')]"
} >/dev/null 2>&1
cleanup() { no_tiers; }

born() { jq --arg vm "$1" --argjson since "$SINCE" 'first(.qemus[] | select(.vm == $vm and .born_ms >= $since) | .born_ms)' "$WORK/watch"; }
assert_order() {
    local order
    order=$(for vm in "${VMS[@]}"; do echo "$(born "$vm") $vm"; done | sort -n | awk '{ print $2 }' | xargs)
    [[ $order == "vm1 vm2 vm3 vm4" || $order == "vm1 vm3 vm2 vm4" ]] || fail "the order of starts was $order"
    say "started in the order $order"
}

begin
both=$(dc)
make_leader "$both"
begin "$both"
tiers
until_true 60 "all VMs run" all_run
say "$both leads, is the DC and has all four VMs"
lose "$both"
assert_order
assert_timeline "$both"
await_hosts

dead=$(dc)
make_no_leader "$dead"
say "$dead is the DC, $(leader) leads"
lose "$dead"
assert_timeline "$dead"
await_hosts

dead=$(leader)
if [[ $dead == "$(dc)" ]]; then
    make_no_leader "$dead"
    dead=$(leader)
fi
say "$dead leads, $(dc) is the DC"
lose "$dead"
assert_timeline "$dead"
await_hosts
assert_clean
