#!/bin/bash
# A definition changes under a running VM: nothing is restarted, the next start takes it, and a host that was off meanwhile takes it too.
source "$(dirname "$0")/lib.sh"

VMS=(vm1)
STORE=/var/lib/hactl/definitions

definition() { hactl vm show vm1 --json | jq -r .definition; }
waits() { hactl vm show vm1 --json | jq -e .definition_waits; }
reckoned() { on "$ADMIN" cibadmin -Q --xpath "//primitive[@id='vm1']//nvpair[@name='memory']" | grep -q "value=\"$1\""; }
memory() { # NODE: MiB that its QEMU really has
    on "$1" virsh dominfo vm1 | awk '/^Max memory:/ { print $3 / 1024 }'
}
has_memory() { [[ $(memory "$1") == "$2" ]]; }
free_bans() { on "$ADMIN" crm_resource --clear -r vm1 >/dev/null 2>&1 || true; }
runs_on() { [[ $(vm_node vm1) == "$1" ]] && vm_json 'any(.vms[]; .name == "vm1" and .state == "running")'; }

begin
free_bans
if [[ $(vm_node vm1) == node3 ]]; then expect 0 hactl migrate vm1 --to node2; fi
node=$(vm_node vm1)
base=$(memory "$node")
mark_ticks

# ---- larger, while it runs ----
old=$(definition)
expect 0 hactl vm set vm1 --memory "$((base + 32))M"
[[ $(definition) != "$old" ]] || fail "the definition is the old one"
until_true 20 "hactl shows that a definition waits" waits
has_memory "$node" "$base" || fail "the running VM was changed"
reckoned "$((base + 32))" || fail "Pacemaker does not reckon with the larger size"
expect 0 hactl vm diff vm1
expect_out "+  <memory unit=\"MiB\">$((base + 32))<"
for host in node1 node2 node3; do
    [[ $(on "$host" stat -c %a "$STORE" "$STORE/$(definition).xml" | tr '\n' ' ') == "700 600 " ]] ||
        fail "the store of $host is not root's alone"
done
say "from $base to $((base + 32)) MiB, running: it waits for the next start, and Pacemaker reckons with it"

# ---- two at once: vm edit was begun, and somebody else is quicker ----
expect 5 on "$ADMIN" env VISUAL='edit() { hactl vm set vm1 --memory 112M; echo >>"$1"; }; edit' hactl vm edit vm1 </dev/null
expect_err 'changed by somebody else'
kept=$(sed -n 's/.*is kept in \([^,]*\),.*/\1/p' "$WORK/err")
on "$ADMIN" rm "$kept"
say "of two who edit at once the second is told"

# ---- what libvirt would not start is refused now, not then ----
expect 5 on "$ADMIN" env VISUAL='edit() { sed -i s/utc/nonsense/ "$1"; }; edit' hactl vm edit vm1 </dev/null
expect_err 'libvirt does not accept the definition'
on "$ADMIN" rm "$(sed -n 's/.*is kept in \([^,]*\),.*/\1/p' "$WORK/err")"
say "an edit that libvirt does not understand is refused"

# ---- it migrates as what it was started with ----
other=$([[ $node == node1 ]] && echo node2 || echo node1)
expect 0 hactl migrate vm1 --to "$other"
until_true 20 "it waits on the other host too" waits
assert_no_restart
say "migrated, and still known as what it was started with; no restart in all this"

# ---- the next start is the new one, on a host that was off when it was made ----
lab power off node3 --hold
expect 0 hactl vm stop vm1
expect 0 hactl vm set vm1 --memory "$((base + 8))M"
new=$(definition)
until_true 30 "what a stopped VM takes is given back" reckoned "$((base + 8))"
for host in node1 node2; do on "$ADMIN" crm_resource --ban -r vm1 -N "$host" >/dev/null; done
expect 0 hactl vm start vm1 --wait=no
! on node3 test -e "$STORE/$new.xml" 2>/dev/null || fail "node3 has it already"
lab power on node3
until_true 60 "vm1 runs on node3" runs_on node3
has_memory node3 "$((base + 8))" || fail "node3 started another version: $(on node3 virsh dominfo vm1)"
on node3 test -e "$STORE/$new.xml" || fail "node3 started it without having it"
! waits >/dev/null || fail "something still waits"
free_bans
assert_clean
say "node3 was off during the change, and started the right version as soon as it was back"

expect 0 hactl vm stop vm1
expect 0 hactl vm set vm1 --memory "${base}M" # as other cases know it
