#!/bin/sh
# faults.sh [memory] - a tenant that misbehaves: each fault ends in the right state, exit code and words,
# what does not depend on it is as without it, and no token ever reaches another host.
#
# The cases are in faults.cases and run side by side, each with a simulator of its own, because they mostly
# wait. With `memory`: replies of any size end in bounded memory (for a build without sanitizers).
. "$(dirname "$0")/lib.sh"
self=$here/faults.sh cases=$here/faults.cases

# What holds for every case: nobody else heard from us, and no secret is in what we wrote.
clean() {
    is "$1: the stranger heard nothing" "$(grep -c '"service": *"stranger"' "$sim_dir/log")" 0
    is "$1: no secret on any output" \
        "$(cat "$work/out" "$work/err" ./*.db 2>/dev/null | grep -a -c -F -e "$(cat "$sim_dir/client.secret")" -e 'eyJ')" 0
    yes "$1: the fault happened" [ -z "$2" -o -n "$(fired)" ]
}
fired() { sed -n 's/.*"fault": *".*kind=\([^;"]*\).*/\1/p' "$sim_dir/log" | sort -u; }

survives() { # NAME FAULT SIMULATOR-ARGUMENTS
    # shellcheck disable=SC2086
    sim demo ${3:-} ${2:+--fault "$2"} || return
    contact collect --snapshot x.db
    is "$1: exit" "$rc" 0
    is "$1: nothing is missing" "$(sql x.db "SELECT group_concat(resource || ': ' || coalesce(detail, '')) FROM collection WHERE state <> 'complete'")" ""
    is "$1: the same evidence" "$(sql x.db 'SELECT digest FROM snapshot')" "$(sql "$FAULTS_DIR/base.db" 'SELECT digest FROM snapshot')"
    clean "$1" "$2"
}

loses() { # NAME RESOURCE STATE/REASON PART-OF-DETAIL FAULT SIMULATOR-ARGUMENTS GRAPHAUDIT-ARGUMENTS
    # shellcheck disable=SC2086
    sim demo ${6:-} --fault "$5" || return
    # shellcheck disable=SC2086
    contact collect --snapshot x.db ${7:-}
    is "$1: exit" "$rc" 3
    lost "$1" "$2" "$3" "$4"
    clean "$1" "$5"
}
lost() { # NAME RESOURCE STATE/REASON PART-OF-DETAIL: of x.db
    is "$1: state" "$(one x.db "$2")" "$3"
    has "$1: detail" "$(sql x.db "SELECT detail FROM collection WHERE resource = '$2'")" "$4"
    is "$1: others are complete, but for what follows from it" \
        "$(sql x.db "SELECT group_concat(resource) FROM collection WHERE state <> 'complete' AND resource <> '$2'
            AND NOT ('$2' = 'domains' AND resource = 'dns-records')
            AND NOT ('$2' = 'ca-policies' AND resource IN ('policy-references', 'group-members', 'ca-policies-v1'))
            AND NOT ('$2' = 'subscribed-skus' AND resource IN ('mfa-registration'))")" ""
    ga evaluate x.db --fail-on none
    is "$1: can be judged" "$rc" 0
    is "$1: rule by rule" "$(rules_differ x.db "$FAULTS_DIR/base.db")" ""
}

refused() { # NAME EXIT PART-OF-MESSAGE FAULT SIMULATOR-ARGUMENTS GRAPHAUDIT-ARGUMENTS
    # shellcheck disable=SC2086
    sim demo ${5:-} --fault "$4" || return
    # shellcheck disable=SC2086
    contact audit ${6:-}
    is "$1: exit" "$rc" "$2"
    has "$1: words" "$err" "$3"
    clean "$1" "$4"
}

# ---- cases that are more than a line ----

half_a_tenant() { # one service cannot be reached: the other half can still be read
    sim demo --fault "service=graph;kind=cert-expired" || return
    contact collect --snapshot x.db
    is "Graph's certificate: exit" "$rc" 3
    has "Graph's certificate: words" "$(sql x.db "SELECT detail FROM collection WHERE resource = 'users'")" "expired"
    is "Graph's certificate: Exchange is whole" "$(sql x.db "SELECT count(*) FROM collection WHERE resource IN ('mailboxes', 'transport-config') AND state = 'complete'")" 2
    ga evaluate x.db --fail-on none
    is "Graph's certificate: rule by rule" "$(rules_differ x.db "$FAULTS_DIR/base.db")" ""
    clean "Graph's certificate" yes
    rm -f x.db*
    sim demo --fault "service=exchange;kind=cert-not-yet" || return
    contact collect --snapshot x.db
    is "Exchange's certificate: exit" "$rc" 3
    is "Exchange's certificate: state" "$(one x.db transport-config)" failed/api_error
    has "Exchange's certificate: words" "$(sql x.db "SELECT detail FROM collection WHERE resource = 'transport-config'")" "not yet valid"
    is "Exchange's certificate: Graph is whole" "$(sql x.db "SELECT count(*) FROM collection WHERE resource IN ('users', 'domains', 'ca-policies') AND state = 'complete'")" 3
    ga evaluate x.db --fail-on none
    is "Exchange's certificate: rule by rule" "$(rules_differ x.db "$FAULTS_DIR/base.db")" ""
    clean "Exchange's certificate" yes
}

# A tenant without the licence: what needs one is skipped or refused for that reason, and for no other.
non_premium() {
    sim demo --licence none || return
    contact collect --snapshot x.db
    is "non-premium: exit" "$rc" 3
    is "non-premium: the only reason" "$(sql x.db "SELECT group_concat(DISTINCT reason_code) FROM collection WHERE state <> 'complete'")" licence
    is "non-premium: sign-in logs" "$(sql x.db "SELECT reason_code FROM collection WHERE resource = 'sign-ins'")" licence
    is "non-premium: the rest is whole" "$(sql x.db "SELECT count(*) FROM collection WHERE resource IN ('users', 'mailboxes', 'security-defaults') AND state = 'complete'")" 3
    ga evaluate x.db --fail-on none
    is "non-premium: can be judged" "$rc" 0
    is "non-premium: no pass without evidence" "$(sql x.db "SELECT count(*) FROM rule_result r JOIN rule u USING (rule_id) WHERE r.outcome = 'pass' AND EXISTS (SELECT 1 FROM json_each(u.resources_json) j JOIN collection c ON c.resource = j.value WHERE c.state <> 'complete' AND c.reason_code <> 'licence')")" 0
    clean "non-premium" ""
}

with() { # ARGUMENT...: audit with a secret of our choice
    ga audit --cloud "$sim_dir/cloud.yaml" --dns-server "$dns" "$@"
}
sign_in() {
    sim demo || return
    printf 'wrong' >wrong.secret
    chmod 600 wrong.secret
    with --tenant "$tenant_id" --client-id "$client_id" --ca-file "$sim_dir/ca.pem" --client-secret-file wrong.secret
    is "wrong secret: exit" "$rc" 4
    has "wrong secret: code" "$err" "AADSTS7000215"
    hasnot "wrong secret: not repeated" "$err" "'wrong'"
    with --tenant nowhere.example --client-id "$client_id" --ca-file "$sim_dir/ca.pem" --client-secret-file "$sim_dir/client.secret"
    is "wrong tenant: exit" "$rc" 4
    has "wrong tenant: code" "$err" "AADSTS90002"
    with --tenant "$tenant_id" --client-id 00000000-0000-4000-8000-000000000001 --ca-file "$sim_dir/ca.pem" --client-secret-file "$sim_dir/client.secret"
    is "unknown application: exit" "$rc" 4
    has "unknown application: code" "$err" "AADSTS700016"
    with --tenant "$tenant_id" --client-id "$client_id" --client-secret-file "$sim_dir/client.secret"
    is "unknown CA: exit" "$rc" 5
    has "unknown CA: what to do" "$err" "--ca-file"
}

# A signed statement is only good around the service's time.
certificate_and_clock() {
    for s in 1000 -1000; do
        sim demo --clock-offset "$s" || return
        AZURE_CLIENT_CERTIFICATE_PATH=$sim_dir/client.pem ga audit --tenant "$tenant_id" --client-id "$client_id" \
            --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --dns-server "$dns"
        is "certificate, clocks $s s apart: exit" "$rc" 4
        has "certificate, clocks $s s apart: code" "$err" AADSTS700024
        has "certificate, clocks $s s apart: what to do" "$err" "set the clock"
    done
}
clock_apart() { # with a secret ten minutes do not matter
    for s in 600 -600; do
        survives "clocks $s s apart" "" "--clock-offset $s"
        rm -f x.db
    done
}

unreachable() {
    sim demo || return
    sim_stop
    contact audit
    is "nobody listens: exit" "$rc" 5
    sed 's#https://localhost:#https://nowhere.invalid:#' "$sim_dir/cloud.yaml" >nowhere.yaml
    ga audit --tenant "$tenant_id" --client-id "$client_id" --cloud nowhere.yaml --client-secret-file "$sim_dir/client.secret" --deadline 20s
    is "no such host: exit" "$rc" 5
    has "no such host: named" "$err" "nowhere.invalid"
    yes "nothing left behind" [ -z "$(ls "$work"/graphaudit-?????? 2>/dev/null)" ]
}

nothing_granted() {
    set --
    for p in $(sql "$FAULTS_DIR/base.db" "SELECT DISTINCT permission FROM collection WHERE permission LIKE '%.Read%'"); do
        set -- "$@" --remove-permission "$p"
    done
    sim demo "$@" --remove-permission Directory.Read.All --remove-permission Exchange.ManageAsApp || return
    contact audit
    is "no consent for anything: exit" "$rc" 4
    has "no consent for anything: word" "$err" "consent"
}

deadline() {
    sim demo --latency-ms 1200 || return
    contact collect --snapshot x.db --deadline 6s
    is "deadline: exit" "$rc" 3
    has "deadline: reason" "$(sql x.db 'SELECT group_concat(DISTINCT reason_code) FROM collection')" "deadline"
    is "deadline: every resource has a row" "$(sql x.db 'SELECT count(*) FROM collection')" \
        "$(sql "$FAULTS_DIR/base.db" 'SELECT count(*) FROM collection')"
    ga evaluate x.db --fail-on none --output json=x.json
    is "deadline: can be judged" "$rc" 0
    is "deadline: no pass without evidence" "$(sql x.db "SELECT count(*) FROM rule_result r JOIN rule u USING (rule_id) WHERE r.outcome = 'pass' AND EXISTS (SELECT 1 FROM json_each(u.resources_json) j JOIN collection c ON c.resource = j.value WHERE c.state <> 'complete')")" 0
}

interrupted() {
    for s in INT TERM KILL; do
        sim demo --latency-ms 300 --page-size 10 || return
        rm -f k.db k.db-*
        # In the background, so that the signal reaches the program and nobody else.
        "$GRAPHAUDIT" collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
            --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" \
            --snapshot k.db >"$work/out" 2>"$work/err" &
        pid=$!
        # As soon as there is something to keep: two pages of something were asked for.
        i=0
        until [ "$(grep -c '"service":"graph"' "$sim_dir/log" 2>/dev/null)" -gt 8 ] || [ $i -gt 300 ]; do
            i=$((i + 1))
            sleep 0.1
        done
        sleep 0.5
        kill -$s $pid
        wait $pid
        code=$?
        case $s in
        INT) is "SIGINT: exit" $code 130 ;;
        TERM) is "SIGTERM: exit" $code 143 ;;
        KILL) is "SIGKILL: exit" $code 137 ;;
        esac
        is "SIG$s: the file is valid" "$(sql k.db 'PRAGMA integrity_check')" ok
        yes "SIG$s: something was kept" [ "$(sql k.db 'SELECT count(*) FROM collection WHERE requests > 0')" -gt 0 ]
        ga evaluate k.db --fail-on none
        is "SIG$s: can be judged" "$rc" 0
        has "SIG$s: says that it is not whole" "$err" "did not end"
    done
}

# Through a proxy; its password comes from the environment and is never repeated.
proxies() {
    sim demo --proxy-login 'auditor:pa55-w0rd' || return
    proxy=$(ready proxy)
    contact collect --snapshot x.db --proxy "$proxy"
    is "proxy without its password: exit" "$rc" 5
    has "proxy without its password: what to do" "$err" "HTTPS_PROXY"
    rm -f x.db
    export HTTPS_PROXY="http://auditor:not-it@${proxy#http://}"
    contact collect --snapshot x.db
    is "proxy with a wrong password: exit" "$rc" 5
    hasnot "proxy with a wrong password: not repeated" "$err$out" not-it
    rm -f x.db
    export HTTPS_PROXY="http://auditor:pa55-w0rd@${proxy#http://}"
    contact collect --snapshot x.db --verbose
    unset HTTPS_PROXY
    is "proxy with its password: exit" "$rc" 0
    is "proxy: the same evidence" "$(sql x.db 'SELECT digest FROM snapshot')" "$(sql "$FAULTS_DIR/base.db" 'SELECT digest FROM snapshot')"
    is "proxy: its password is nowhere" "$(cat x.db "$work/out" "$work/err" | grep -a -c pa55)" 0
    yes "proxy: everything went through it" [ "$(grep -c '"service":"proxy".*"status":200' "$sim_dir/log")" -gt 2 ]
    rm -f x.db
    sim demo --fault "service=proxy;kind=status;value=503;times=1" || return
    contact collect --snapshot x.db --proxy "$(ready proxy)"
    is "proxy that is busy once: exit" "$rc" 0
    clean "proxy" yes
}

# The worldwide cloud by its own names. Exchange's front door may send us to a host of the region.
regional_host() {
    sim demo --public-names --fault 'cmdlet=Get-Mailbox;kind=redirect;value=https://eurprd05.outlook.office365.com:446{target};times=1' \
        --fault 'cmdlet=Get-CASMailbox;kind=redirect;value=https://outlook.office365.us{target}' \
        --fault 'cmdlet=Get-TransportConfig;kind=redirect;value=https://evil-office365.com{target}' \
        --fault 'cmdlet=Get-User;kind=redirect;value=https://outlook.office365.com.evil.example{target}' \
        --fault 'match=/v1.0/domains;kind=redirect;value=https://graph.microsoft.us{target}' || return
    ga collect --tenant "$tenant_id" --client-id "$client_id" --cloud global --ca-file "$sim_dir/ca.pem" \
        --proxy "$(ready proxy)" --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" --snapshot x.db
    is "regional host: exit" "$rc" 3
    is "regional host: followed, with the token" "$(one x.db mailboxes)" complete/
    has "regional host: connected" "$(cat "$sim_dir/log")" '"url":"eurprd05.outlook.office365.com:443"'
    for r in cas-mailboxes transport-config exchange-users domains; do
        is "redirect of $r to another host: not followed" "$(one x.db $r)" failed/api_error
    done
    is "redirects: no other host was asked for" \
        "$(sed -n 's/.*"method":"CONNECT","url":"\([^"]*\)".*/\1/p' "$sim_dir/log" | sort -u | tr '\n' ' ')" \
        "eurprd05.outlook.office365.com:443 graph.microsoft.com:443 login.microsoftonline.com:443 outlook.office365.com:443 "
    clean "regional host" yes
}

# A disk that is full: the snapshot cannot grow, and a report cannot be written.
full_disk() {
    sim demo || return
    "$GRAPHAUDIT" audit --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
        --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" \
        --snapshot x2.db --output html=- >/dev/full 2>"$work/err"
    is "full disk for a report: exit" "$?" 70
    has "full disk for a report: message" "$(cat "$work/err")" "No space left"
    yes "full disk for a report: the snapshot stays" [ -s x2.db ]
    # A file size limit stands in for a full disk; the signal that comes with it is ignored.
    (trap '' XFSZ; ulimit -f 200; rm -f x3.db; "$GRAPHAUDIT" collect --tenant "$tenant_id" \
        --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" \
        --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" --snapshot x3.db) 2>"$work/err"
    is "full disk for the snapshot: exit" "$?" 70
    has "full disk for the snapshot: names it" "$(cat "$work/err")" "x3.db"
}

# ---- memory ----

# weighs NAME FAULT: the peak of the whole process, in KiB, as the kernel counted it.
weighs() {
    sim demo ${2:+--fault "$2"} || return
    rm -f x.db
    command time -f '%M' -o peak "$GRAPHAUDIT" collect --tenant "$tenant_id" --client-id "$client_id" \
        --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --dns-server "$dns" \
        --client-secret-file "$sim_dir/client.secret" --snapshot x.db >"$work/out" 2>"$work/err"
    peak=$(tail -n 1 peak)
    echo "$1: $((peak / 1024)) MiB at most"
    yes "$1: below 512 MiB" [ "$peak" -lt $((512 * 1024)) ]
}
memory() {
    weighs "no fault" ""
    weighs "a reply of 1 GB" "match=/v1.0/domains;kind=big;value=1073741824"
    is "a reply of 1 GB: state" "$(one x.db domains)" failed/truncated
    has "a reply of 1 GB: detail" "$(sql x.db "SELECT detail FROM collection WHERE resource = 'domains'")" "larger than"
    clean "a reply of 1 GB" yes
    weighs "a gzip bomb" "match=/v1.0/domains;kind=bomb"
    is "a gzip bomb: state" "$(one x.db domains)" failed/truncated
    clean "a gzip bomb" yes
    weighs "1 GB from the sign-in service" "service=login;match=/token;kind=big;value=1073741824"
    has "1 GB from the sign-in service: words" "$(cat "$work/err")" "larger than"
    weighs "a gzip bomb from Exchange, everywhere" "service=exchange;kind=bomb"
    is "a gzip bomb from Exchange: states" "$(sql x.db "SELECT DISTINCT state || '/' || reason_code FROM collection WHERE request_template LIKE 'Get-%'")" failed/truncated
}

# ---- running them ----

run_case() { # the line N of faults.cases; ends with its counts
    FAULTS_DIR=$2 begun=$(date +%s)
    TMPDIR=$work
    export TMPDIR
    mkdir "$work/case" && cd "$work/case" || exit 1
    line=$(sed -n "$1p" "$cases")
    IFS='|' read -r what a b c d e f g <<LINE
$line
LINE
    case $what in
    call) "$a" ;;
    *) "$what" "$a" "$b" "$c" "$d" "$e" "$f" "$g" ;;
    esac
    [ -z "${VERBOSE:-}" ] || echo "took $(($(date +%s) - begun)) s: $line"
    cat "$work"/sim.*/log 2>/dev/null | sed -n 's/.*"fault": *".*kind=\([^;"]*\).*/\1/p' >"$FAULTS_DIR/$1.kinds"
    finish
}

# listed PART OUTPUT...: every fault of faults.list has a case of that part that ran, and passed.
listed() {
    part=$1
    shift
    grep "^$part|" "$here/faults.list" >listed
    while IFS='|' read -r _ fault begins; do
        yes "the list: $fault: $begins" [ -n "$(grep -h -F "ok   $begins: " "$@")" ]
        is "the list: $fault: $begins: nothing of it failed" "$(grep -h -F "FAIL $begins: " "$@")" ""
    done <listed
    yes "the list: something of part $part is in it" [ -s listed ]
}

case ${1:-} in
case) VERBOSE=1 run_case "$2" "$3" >"$3/$2.out" 2>&1; exit 0 ;;
memory)
    cd "$work" && VERBOSE=1 && memory >memory.out
    cat memory.out
    listed memory memory.out
    finish
    ;;
esac

cd "$work" || exit 1
sim demo || finish
contact collect --snapshot base.db # all of it, as the cases do: an audit leaves out what no rule reads
is "no fault: collected" "$rc" 0
ga evaluate base.db
is "no fault: exit" "$rc" 1
is "no fault: complete" "$(sql base.db "SELECT count(*) FROM collection WHERE state <> 'complete'")" 0
is "no fault: a log without complaints" "$(grep -c '"invalid"' "$sim_dir/log")" 0
sim_stop

grep -n '^[a-z]*|' "$cases" | cut -d: -f1 | { if [ -n "${ONLY:-}" ]; then while read -r n; do
    sed -n "${n}p" "$cases" | grep -q -e "$ONLY" && echo "$n"; done; else cat; fi; } >lines
xargs -n 1 -P "${FAULT_JOBS:-8}" sh -c 'exec sh "$0" case "$2" "$1"' "$self" "$work" <lines
while read -r n; do
    counts=$(tail -n 1 "$n.out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
    if [ -z "$counts" ]; then
        bad "line $n of faults.cases ended without counts" "$(cat "$n.out")"
        continue
    fi
    passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
    grep -v -e '^[0-9]* passed, ' "$n.out" | { if [ -n "${VERBOSE:-}" ]; then cat; else grep -v -e '^ok ' -e '^took '; fi; }
done <lines
[ -n "${ONLY:-}" ] || listed all ./*.out

# Every fault of the simulator happens in one of the cases, and is in its README.
[ -n "${ONLY:-}" ] || for k in $("$SIMULATOR" --list-faults | cut -f1); do
    where=$("$SIMULATOR" --list-faults | grep "^$k	" | cut -f2)
    case $where in
    smtp) yes "fault $k: has a case" grep -q "kind=$k\b" "$here/probe.sh" ;;
    *) case $k in
        big | bomb) yes "fault $k: has a case" grep -q "kind=$k\b" "$self" ;; # under `memory`
        *) yes "fault $k: has a case" [ -n "$(cat ./*.kinds | grep -x "$k")" ] ;;
        esac ;;
    esac
    yes "fault $k: documented" grep -q "^| \`$k\`" "$here/../simulator/README.md"
done
finish
