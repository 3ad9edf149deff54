#!/bin/bash
# A guest that stands still on a disk error is called by its name within 10 s, and runs on when the storage is back.
source "$(dirname "$0")/lib.sh"

begin node3
lab cut node3 storage
begun=$(now_ms)
stands() { hactl status --json | jq -e 'any(.vms[]; .state == "io-error")'; }
until_true 30 "hactl status shows an I/O error" stands
took=$(($(now_ms) - begun))
say "shown after $took ms"
((took < 10000)) || fail "it took $took ms"
hactl status >"$WORK/out"
expect_out "io-error"
lab heal
runs() { hactl vm list --json | jq -e 'all(.vms[]; .state == "running")'; }
until_true 120 "the guests run on" runs
assert_no_restart
say "storage back: the guests ran on, none restarted"
