#!/bin/bash
# Bad input: one clear error each, the documented exit status, nothing changed.
source "$(dirname "$0")/lib.sh"

begin
config() { on node1 cibadmin -Q -o configuration | sha256sum; }
before=$(config)
same() { [[ $(config) == "$before" ]] || fail "the configuration changed: $1"; }
refused() { # refused STATUS WORD ARGS...
    local status=$1 word=$2
    shift 2
    expect "$status" hactl "$@"
    expect_err "$word"
    [[ $(wc -l <"$WORK/err") -le 2 ]] || fail "not one clear error: $(<"$WORK/err")"
    same "$*"
}

refused 4 "no node nowhere" drain nowhere
refused 4 "no node nowhere" drain nowhere --dry-run
refused 4 "no VM ghost" migrate ghost
refused 4 "no node nowhere" migrate vm1 --to nowhere
refused 4 "no VM ghost" vm start ghost
refused 2 "option" drain node1 --frobnicate
refused 2 "drian" drian node1
refused 5 "running" vm remove vm1
say "unknown nodes, VMs, verbs and options"

on node1 sh -c 'echo "<domain><name>x</name" >/tmp/garbage.xml; head -c 4096 /dev/urandom >/tmp/random.xml'
refused 5 "line" vm add --xml /tmp/garbage.xml
refused 5 "" vm add --xml /tmp/random.xml
refused 1 "No such file" vm add --xml /tmp/missing.xml
lab guest xml local1 --disk local | on node1 sh -c 'cat >/tmp/local1.xml'
refused 5 "only one host can reach" vm add --xml /tmp/local1.xml
lab guest xml vm1 | on node1 sh -c 'cat >/tmp/twice.xml'
refused 5 "exists already" vm add --xml /tmp/twice.xml
say "garbage XML, a local disk, a name twice"

# A definition damaged on disk: the agent refuses to start from it and says so.
expect 0 hactl vm stop vm6
hash=$(hactl vm show vm6 --json | jq -r .definition)
for host in node1 node2 node3; do on "$host" sh -c "echo '<!-- damage -->' >>/var/lib/hactl/definitions/$hash.xml"; done
on node1 sh -c "OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=vm6 OCF_RESKEY_definition=$hash OCF_RESKEY_CRM_meta_timeout=5000 \
    /usr/lib/ocf/resource.d/hactl/vm start" >"$WORK/out" 2>"$WORK/err" && fail "a damaged definition was started"
expect_err "is damaged"
for host in node1 node2 node3; do on "$host" sed -i '/<!-- damage -->/d' "/var/lib/hactl/definitions/$hash.xml"; done
expect 0 hactl vm start vm6
before=$(config)
say "a damaged definition"

# The socket: oversized, truncated, garbage.
for bytes in '\110\101\103\124\0\1\0\0\177\377\377\377' '\110\101\103\124\0\1\0\0\0\0\0\20ab' 'GET / HTTP/1.0\r\n\r\n'; do
    on node1 sh -c "printf '$bytes' | timeout 15 socat -t 12 - UNIX-CONNECT:/run/hactl/hactld.sock" >"$WORK/out" || fail "the daemon did not hang up"
    expect 0 hactl status
    same "$bytes"
done
say "oversized, truncated and garbage frames"

expect 7 on node1 setpriv --reuid=65534 --regid=65534 --clear-groups hactl drain node1
expect_err root
say "not root"

lab service node1 stop pacemaker
no_pacemaker() { hactl status --json | jq -e '.pacemaker | not'; }
until_true 60 "hactl sees that Pacemaker is away" no_pacemaker
expect 9 hactl drain node2
expect_err Pacemaker
lab service node1 start pacemaker
until_true 120 "Pacemaker is back" hactl_ready
say "the CIB out of reach"

lab service node1 stop hactld
expect 6 hactl status
expect_err hactld
lab service node1 start hactld
say "hactld not there"
