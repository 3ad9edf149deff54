#!/bin/bash
# Fencing: proven while all is well; with a BMC that takes no password a lost host's VMs wait, status says what to do, and an
# admin's word frees them, but never while the host is heard.
source "$(dirname "$0")/lib.sh"

PASSWORD=fencing
set_parameter() { on node1 crm_resource --resource fence-node3 --set-parameter "$1" --parameter-value "$2" >/dev/null; }
set_password() { set_parameter password "$1"; }
gap_of() { hactl node list --json | jq -r --arg node "$1" '.nodes[] | select(.name == $node) | .fence_gap'; }
gap_is() { [[ $(gap_of "$1") == "$2" ]]; }
findings() { jq -r '.findings[].id' "$WORK/out"; }
state_is() { hactl node list --json | jq -e --arg node "$1" --arg state "$2" 'any(.nodes[]; .name == $node and .state == $state)'; }

begin
[[ $(vms_on node3) ]] || expect 0 hactl migrate vm1 --to node3
mapfile -t victims < <(vms_on node3)
set_password "$PASSWORD"
set_parameter pcmk_reboot_timeout 8s # else an attempt that is in vain takes a minute

# All is well.
expect 0 hactl fence check
expect_out 'fence-node2 answers here'
for node in node1 node2 node3; do gap_is "$node" none || fail "$node can't be fenced: $(gap_of "$node")"; done
say "fence check: every host is covered, every device answers"

# A device by hactl, its password in a file.
for host in node1 node2 node3; do on "$host" sh -c "umask 077; echo $PASSWORD >/root/bmc"; done
expect 2 hactl fence add spare --agent=fence_ipmilan --host=node2 ip=bmc-node2 usrename=lab
expect_err username
expect 2 hactl fence add spare --agent=fence_ipmilan --host=node2 ip=bmc-node2 username=lab password=secret
expect_err 'in clear'
expect 0 hactl fence add spare --agent=fence_ipmilan --host=node2 ip=bmc-node2 username=lab lanplus=1 cipher=3 password=@/root/bmc
on node1 cibadmin -Q >"$WORK/cib"
grep -q 'password_script.*cat .*/root/bmc' "$WORK/cib" || fail "the password's file is not in the configuration"
expect 0 hactl fence remove spare
expect 5 hactl fence remove fence-node2
say "a device added, it answers; removed; another tool's device is not touched"

# The doctor names what is planted.
on node1 crm_resource --ban --resource vm1 --node node1 >/dev/null
hactl check --json >"$WORK/out" || true
findings | grep -qx constraint-left || fail "hactl check does not name the constraint: $(findings)"
on node1 crm_resource --clear --resource vm1 >/dev/null
say "hactl check names a planted constraint"

# The BMC takes no password any more.
set_password wrong
until_true 60 "hactl sees that node3 can't be fenced" gap_is node3 failed
expect 12 hactl fence check --json
findings | grep -qx fence-failed || fail "fence check does not name the device: $(findings)"
events_since "$FIRST_EVENT" | jq -e 'any(.[]; .kind == "fencing" and .node == "node3")' >/dev/null || fail "no event says so"
expect 5 hactl fence confirm node3 --yes
expect_err 'still hears'
expect 5 hactl fence test node3 --yes
say "a wrong password: named by status, events and fence check; a host that is alive can't be confirmed"

lab power off node3
until_true 30 "node3 is lost" state_is node3 unclean
tried() { hactl fence list --json | jq -e 'any(.hosts[]; .node == "node3" and .last_status == "failed")'; }
until_true 60 "Pacemaker has tried to fence it, in vain" tried
state_is node3 unclean >/dev/null || fail "node3 is not unclean any more"
for vm in "${victims[@]}"; do [[ $(vm_node "$vm") == node3 ]] || fail "$vm was started elsewhere although node3 was not fenced"; done
hactl status --json | jq -e 'any(.problems[]; .subject == "node3" and (.remedy | contains("hactl fence confirm node3")))' >/dev/null ||
    fail "status does not say what to do"
expect 5 hactl fence confirm node3 </dev/null
say "not fenced: nothing is started, status says what to do"

since=$(now_ms)
expect 0 hactl fence confirm node3 --yes
back() {
    local vm
    for vm in "${victims[@]}"; do vm_json --arg vm "$vm" 'any(.vms[]; .name == $vm and .state == "running" and .node != "node3")' || return 1; done
}
until_true 60 "its VMs run elsewhere" back
lab ticks report --json --since "$SINCE" | jq -e 'all(.guests[]; .overlap | not)' >/dev/null || broken "two copies of a guest ticked at once"
say "confirmed: ${#victims[@]} VMs back after $(($(now_ms) - since)) ms"
set_password "$PASSWORD"
lab power on node3
