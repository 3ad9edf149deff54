#!/bin/bash
# Migrations that are made to fail leave the VMs running where they are, and nobody has to clean up.
source "$(dirname "$0")/lib.sh"

refuse_ports() {
    on "$1" nft -f - <<'EOF'
table inet refuse {
    chain input {
        type filter hook input priority 0;
        tcp dport 49152-49215 reject with tcp reset
    }
}
EOF
}
accept_ports() { on "$1" nft delete table inet refuse; }

begin node3
refuse_ports node1
refuse_ports node2
expect 0 hactl drain node3 --wait=no
failed() { events_since "$FIRST_EVENT" | jq -e '[.[] | select(.kind == "move-failed")] | length >= 2'; }
until_true 120 "moves fail" failed
events_since "$FIRST_EVENT" | jq -e 'all(.[] | select(.kind == "move-failed"); .text | length > 10)' >/dev/null ||
    fail "a failure bears no reason"
assert_no_restart
say "ports rejected on every target: moves fail with libvirt's reason, guests run on"
accept_ports node1
accept_ports node2
expect 0 hactl drain node3
assert_no_restart
assert_clean
say "ports open again: the drain completes by itself, another attempt"
expect 0 hactl undrain node3 --return

begin node3
refuse_ports node1
expect 0 hactl drain node3
[[ $(vms_on node2 | wc -l) == 6 ]] || fail "not all VMs are on node2"
assert_no_restart
assert_clean
accept_ports node1
say "ports rejected on one target: tried on the other"
