#!/bin/bash
# The cluster in a file: export, two groups and six VMs applied in one change, nothing left to do, the same once more.
source "$(dirname "$0")/lib.sh"

begin
epoch() { on node1 cibadmin -Q | sed -n '1s/.* epoch="\([0-9]*\)".*/\1/p'; }
quiet() { # the configuration does not change any more
    local seen
    seen=$(epoch)
    sleep 1
    [[ $(epoch) == "$seen" ]]
}
same() { [[ $(epoch) == "$before" ]] || fail "the configuration changed: $1"; }
manifest() { on node1 sh -c 'cat >/tmp/cluster.yaml'; }

on node1 sh -c 'hactl export >/tmp/export.yaml && hactl diff -f /tmp/export.yaml' >"$WORK/out" || fail "an export differs: $(<"$WORK/out")"
until_true 20 "the configuration is at rest" quiet
before=$(epoch)
expect 0 on node1 sh -c 'hactl export | hactl apply -f -'
expect_out "nothing to change"
same "export | apply"
say "export | apply changes nothing"

manifest <<'YAML'
version: 1
migration_policies:
  gentle: {downtime_ms: 200, deadline_s: 600}
groups:
  front: {tier: 2, balance: never, migration: gentle}
  back: {tier: 1, restarts: 1, prefer: [node1]}
vms:
  vm1: {group: front}
  vm2: {group: front}
  vm3: {group: front}
  vm4: {group: back, running: yes}
  vm5: {group: back}
  vm6: {group: back}
YAML
expect 0 hactl apply -f /tmp/cluster.yaml --dry-run
expect_out "+ groups.front: tier 3 to 2"
same "a dry run"
expect 13 hactl diff -f /tmp/cluster.yaml
same "diff"
expect 0 hactl apply -f /tmp/cluster.yaml
[[ $(epoch) == $((before + 1)) ]] || fail "not one change of the configuration: epoch $before to $(epoch)"
before=$(epoch)
expect 0 hactl diff -f /tmp/cluster.yaml
expect 0 hactl apply -f /tmp/cluster.yaml
expect_out "nothing to change"
expect 0 on node1 sh -c 'hactl export | hactl apply -f -'
expect_out "nothing to change"
same "the same again"
vm_json 'all(.vms[]; .state == "running")' >/dev/null || fail "a VM does not run"
on node1 cibadmin -Q --xpath "//op[@name='migrate_to']//nvpair[@name='hactl-migration']" | grep -q downtime_ms=200 || fail "the policy does not reach the agent"
say "two groups, a policy and six VMs in one change; the same again changes nothing"

manifest <<'YAML'
version: 1
groups:
  a: {after: [b], teir: 1}
  b: {after: [a]}
vms:
  vm1: {running: no}
YAML
expect 5 hactl apply -f /tmp/cluster.yaml
expect_err "cluster.yaml:3:3: group a would wait for itself"
expect_err "cluster.yaml:3:19: group a has no key"
on node1 sed -i 's/, teir: 1//; s/b: {after: \[a\]}/b: {}/' /tmp/cluster.yaml
expect 5 hactl apply -f /tmp/cluster.yaml
expect_err "cluster.yaml:6:3: vms.vm1: runs, and is to be stopped"
on node1 truncate -s 50M /tmp/huge.yaml
expect 5 hactl apply -f /tmp/huge.yaml
expect_err "too large"
same "a refused manifest"
say "refused, with the place"

expect 0 hactl migrate vm1
on node1 sh -c 'printf "version: 1\nvms: {vm1: {}, vm2: {}, vm3: {}, vm4: {}, vm5: {}, vm6: {}}\n" >/tmp/cluster.yaml'
until_true 20 "the configuration is at rest" quiet
expect 0 hactl apply -f /tmp/cluster.yaml --prune
expect_out "apply once more to remove it"
expect 0 hactl apply -f /tmp/cluster.yaml --prune
expect_out "- groups.front"
expect 0 hactl diff -f /tmp/cluster.yaml --prune
vm_json 'all(.vms[]; .group == "default" and .state == "running")' >/dev/null || fail "not all VMs are in the default group again"
assert_no_restart
say "a move under the policy; groups and policy pruned; no VM was restarted"
