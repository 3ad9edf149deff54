#!/bin/bash
# The cluster in a file: export, two groups and six VMs applied in one change, nothing left to do, the same once more. A VM that changes groups does so in one
# change; the configuration that an earlier hactl wrote is brought to today's form.
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

# tags_of VM: the groups whose tags list it.
tags_of() { on node1 cibadmin -Q -o tags | awk -v vm="id=\"$1\"" '/<tag / { split($0, part, /hactl-vms-|"/); tag = part[3] } /<obj_ref / && index($0, vm) { print tag }' | xargs; }
expect 0 hactl group add back vm1
[[ $(epoch) == $((before + 1)) ]] || fail "vm1's change of groups was $(($(epoch) - before)) changes of the configuration"
[[ $(tags_of vm1) == back ]] || fail "vm1 is listed by '$(tags_of vm1)'"
expect 0 hactl group add front vm1
[[ $(epoch) == $((before + 2)) ]] || fail "vm1's way back was $(($(epoch) - before - 1)) changes of the configuration"
say "a VM leaves one group with rules for another in one change"

# Each VM by the name of its group's template, no tags, constraints that name templates.
earlier_form() { # "VM GROUP VM GROUP ..."
    awk -v groups="$1" '
        BEGIN { n = split(groups, word, " "); for (i = 1; i < n; i += 2) group[word[i]] = word[i + 1] }
        /<tags>/ { tags = 1 }
        /<primitive .*provider="hactl"/ {
            match($0, /id="[^"]*"/)
            vm = substr($0, RSTART + 4, RLENGTH - 5)
            print "<primitive id=\"" vm "\" template=\"hactl-group-" group[vm] "\">"
            next
        }
        vm && /<operations>|<meta_attributes id="hactl-vm-policy-/ { copy = $1 }
        /<\/primitive>/ { vm = "" }
        !tags && !copy { gsub(/hactl-vms-/, "hactl-group-"); print }
        /<\/tags>/ { tags = 0 }
        copy ~ /operations/ && /<\/operations>/ || copy ~ /meta/ && /<\/meta_attributes>/ { copy = "" }'
}
form() { for section in resources constraints tags; do on node1 cibadmin -Q -o "$section" || true; done | sed 's/^ *//' | sort; }
places() { hactl vm list --json | jq -c '[.vms[] | [.name, .group, .node, .state]]'; }
tagged() { on node1 cibadmin -Q -o tags | grep -q hactl-vms-back; }
as_before() { [[ $(form) == "$form" ]]; }
until_true 20 "the configuration is at rest" quiet
form=$(form)
places=$(places)
mark_ticks
on node1 cibadmin -Q -o configuration | earlier_form "$(jq -r 'map(.[0:2][]) | join(" ")' <<<"$places")" | on node1 cibadmin --replace -o configuration --xml-pipe
until_true 30 "the constraints name tags again" tagged
lab service "$(leader)" restart hactld >/dev/null # between its two writes: the next one goes on
until_true 90 "the configuration has today's form" as_before
until_true 60 "every hactld reports" hactl_ready
until_true 20 "every VM is where it was" eval '[[ $(places) == "$places" ]]'
assert_no_restart
assert_once
[[ $(jq '[.qemus[] | select(.born_ms >= $since)] | length' --argjson since "$SINCE" "$WORK/watch") == 0 ]] || fail "a VM was moved: $(jq -c .qemus "$WORK/watch")"
say "an earlier hactl's configuration has today's form, nothing was moved or restarted"
until_true 20 "the configuration is at rest" quiet
before=$(epoch)

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
# At once: node1 does not lead any more, but answers when its own picture shows what was done.
expect 0 hactl apply -f /tmp/cluster.yaml --prune
expect_out "- groups.front"
expect 0 hactl diff -f /tmp/cluster.yaml --prune
vm_json 'all(.vms[]; .group == "default" and .state == "running")' >/dev/null || fail "not all VMs are in the default group again"
assert_no_restart
say "a move under the policy; groups and policy pruned; no VM was restarted"
