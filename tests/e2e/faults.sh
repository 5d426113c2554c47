#!/bin/sh
# faults.sh - a tenant that misbehaves: each fault ends in the right state, exit code and words, and
# no token ever reaches another host.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

sim demo || finish
contact collect --snapshot base.db
is "no fault: exit" "$rc" 0
base=$(sql base.db 'SELECT digest FROM snapshot')

# survives NAME FAULT [SIMULATOR-ARGUMENT...]: the same evidence in spite of the fault.
survives() {
    name=$1 fault=$2
    shift 2
    sim demo ${fault:+--fault "$fault"} "$@" || return
    rm -f x.db
    contact collect --snapshot x.db
    is "$name: exit" "$rc" 0
    is "$name: the same evidence" "$(sql x.db 'SELECT digest FROM snapshot')" "$base"
}
# loses NAME RESOURCE STATE/REASON PART-OF-DETAIL FAULT [ARGUMENT...]
loses() {
    name=$1 resource=$2 want=$3 part=$4 fault=$5
    shift 5
    sim demo --fault "$fault" "$@" || return
    rm -f x.db
    contact collect --snapshot x.db
    is "$name: exit" "$rc" 3
    is "$name: state" "$(one x.db "$resource")" "$want"
    has "$name: detail" "$(sql x.db "SELECT detail FROM collection WHERE resource = '$resource'")" "$part"
    is "$name: others are complete, but for what follows from it" \
        "$(sql x.db "SELECT group_concat(resource) FROM collection WHERE state <> 'complete' AND resource <> '$resource'
            AND NOT ('$resource' = 'users' AND resource IN ('users-per-user-mfa', 'users-sign-in-activity'))
            AND NOT ('$resource' = 'domains' AND resource = 'dns-records')")" ""
    hasnot "$name: no token goes astray" "$(grep '"service": *"stranger"' "$sim_dir/log" || :)" '"authorization": true'
}

survives "429 with decimal Retry-After" "match=/users;kind=status;value=429;retry-after=0.3;times=2"
survives "429 without Retry-After" "match=/subscribedSkus;kind=status;value=429;times=1"
survives "429 with a nonsense Retry-After" "match=/domains;kind=status;value=429;retry-after=soon;times=1"
survives "503" "match=/organization;kind=status;value=503;times=2"
survives "504" "cmdlet=Get-Mailbox;kind=status;value=504;times=1"
survives "500 once" "match=/namedLocations;kind=status;value=500;times=1"
survives "Exchange throttles" "cmdlet=Get-CASMailbox;kind=status;value=429;retry-after=0.2;times=2"
survives "connection reset" "match=/users;kind=reset;times=1"
survives "truncated body" "match=/users;kind=truncate;times=1"
survives "empty body" "match=/domains;kind=empty;times=1"
survives "HTML body" "match=/domains;kind=html;times=1"
survives "token revoked in mid-run" "match=/subscribedSkus;kind=revoke-token;times=1"
survives "short-lived tokens" "" --token-lifetime 2
survives "token endpoint busy" "service=login;match=/token;kind=status;value=503;times=1"

for kind in nextlink-stranger nextlink-http; do
    loses "$kind" users partial/malformed "the link to the next page" "match=userPrincipalName,displayName;kind=$kind;times=1" --page-size 20
done
loses "nextlink-loop" users partial/truncated "was read before" "match=/v1.0/users;kind=nextlink-loop" --page-size 20
loses "duplicate keys" domains failed/malformed "duplicate" "match=/v1.0/domains;kind=dup-keys"
loses "invalid UTF-8" domains failed/malformed "UTF-8" "match=/v1.0/domains;kind=bad-utf8"
loses "always truncated" domains failed/malformed "" "match=/v1.0/domains;kind=truncate"
loses "always throttled" domains failed/throttled "429" "match=/v1.0/domains;kind=status;value=429;retry-after=0.1"
loses "always 500" domains failed/api_error "500" "match=/v1.0/domains;kind=status;value=500"
loses "error inside 200" transport-config failed/malformed "status 200" "cmdlet=Get-TransportConfig;kind=error-in-200"
loses "404" authorization-policy failed/api_error "404" "match=/authorizationPolicy;kind=status;value=404"

# Sign-in.
sim demo || finish
printf 'wrong' >wrong.secret
chmod 600 wrong.secret
ga audit --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --client-secret-file wrong.secret
is "wrong secret: exit" "$rc" 4
has "wrong secret: code" "$err" "AADSTS7000215"
hasnot "wrong secret: not repeated" "$err" "'wrong'"
ga audit --tenant nowhere.example --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --client-secret-file "$sim_dir/client.secret"
is "wrong tenant: exit" "$rc" 4
has "wrong tenant: code" "$err" "AADSTS90002"
ga audit --tenant "$tenant_id" --client-id 00000000-0000-4000-8000-000000000001 --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --client-secret-file "$sim_dir/client.secret"
is "unknown application: exit" "$rc" 4
has "unknown application: code" "$err" "AADSTS700016"
ga audit --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --client-secret-file "$sim_dir/client.secret"
is "unknown CA: exit" "$rc" 5
has "unknown CA: what to do" "$err" "--ca-file"
for p in $(sql base.db "SELECT DISTINCT permission FROM collection WHERE permission LIKE '%.Read%'"); do
    all="${all:-} --remove-permission $p"
done
# shellcheck disable=SC2086
sim demo $all --remove-permission Directory.Read.All --remove-permission Exchange.ManageAsApp || finish
contact audit
is "no consent for anything: exit" "$rc" 4
has "no consent for anything: word" "$err" "consent"
sim_stop
contact audit
is "unreachable: exit" "$rc" 5
yes "nothing left behind" [ -z "$(ls "${TMPDIR:-/tmp}"/graphaudit-?????? 2>/dev/null)" ]

# Time and signals.
sim demo --latency-ms 1200 || finish
rm -f x.db
contact collect --snapshot x.db --deadline 6s
is "deadline: exit" "$rc" 3
has "deadline: reason" "$(sql x.db 'SELECT group_concat(DISTINCT reason_code) FROM collection')" "deadline"
is "deadline: every resource has a row" "$(sql x.db 'SELECT count(*) FROM collection')" "$(sql base.db 'SELECT count(*) FROM collection')"
ga evaluate x.db --fail-on none --output json=x.json
is "deadline: can be judged" "$rc" 0
is "deadline: no pass without evidence" "$(sql x.db "SELECT count(*) FROM rule_result r JOIN rule u USING (rule_id) WHERE r.outcome = 'pass' AND EXISTS (SELECT 1 FROM json_each(u.resources_json) j JOIN collection c ON c.resource = j.value WHERE c.state <> 'complete')")" 0
for s in INT TERM KILL; do
    sim demo --latency-ms 300 --page-size 10 || finish
    rm -f k.db k.db-*
    # A group of its own, so that the signal reaches the program and nobody else.
    "$GRAPHAUDIT" collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
        --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" \
        --snapshot k.db >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 2
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

# A disk that is full: the snapshot cannot grow, and a report cannot be written.
sim demo || finish
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
finish
