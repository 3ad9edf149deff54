#!/bin/bash
# A host cut off from the others changes nothing, and takes nothing away when it is back.
source "$(dirname "$0")/lib.sh"

begin
# Without fencing here: the host that is cut off must live long enough to be asked.
on node1 crm_attribute -n stonith-enabled -v false
cleanup() { on node1 crm_attribute -n stonith-enabled -v true; }
lab cut node3 cluster
ADMIN=node3
inquorate() { hactl status --json | jq -e '.quorate | not'; }
until_true 60 "node3 knows that it is alone" inquorate
for verb in "drain node1" "undrain node1" "migrate vm1" "vm stop vm1"; do
    # shellcheck disable=SC2086
    expect 8 hactl $verb
done
expect_err quorate
say "the inquorate side refuses every change, exit status 8"
ADMIN=node1
quorate() { hactl status --json | jq -e '.quorate and .leader != null and .leader != "node3"'; }
until_true 60 "the majority has a leader" quorate
expect 0 hactl vm stop vm1 --wait=no
expect 0 hactl drain node2 --wait=no
lab heal
until_true 120 "node3 is back" hactl_ready
has_drain() { on "$1" cibadmin -Q -o nodes | grep -q hactl-drain; }
until_true 60 "the majority's drain reaches node3" has_drain node3 # a member before its configuration is
has_drain node1 || fail "the majority's drain is lost"
hactl vm show vm1 --json | jq -e '.wanted == "stopped"' >/dev/null || fail "the majority's stop of vm1 is lost"
say "after healing nothing of the majority's is lost"
expect 0 hactl undrain node2
expect 0 hactl vm start vm1
