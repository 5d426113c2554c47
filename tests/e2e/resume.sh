#!/bin/sh
# resume.sh - interrupted is not lost: a run that is killed after any page goes on behind it, and the
# evidence is in every table what an uninterrupted run gives.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# A small tenant in which every kind of chain has more than one page.
small='--page-size 2'
# shellcheck disable=SC2086
start() { sim smtp $small "$@" || finish; }

# dump DB: every row of every evidence table, and what became of each resource.
dump() {
    for table in $(sql "$1" "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN
        ('snapshot','collection','collecting','sitting','continuation','mailbox_aside','mailbox_smtp','smtp_auth_row','shared_text',
         'user_protection_row','ca_effect_row','ca_effect_people_row','protection_people','admin_effect_row','ca_exclusion','ca_reach','evaluation','rule','rule_result','resource_result')
        AND name NOT LIKE 'pass\_%' ESCAPE '\' ORDER BY name"); do
        echo "== $table"
        sql "$1" "SELECT * FROM \"$table\"" | LC_ALL=C sort
    done
    sql "$1" "SELECT resource, state, reason_code, rows, pages FROM collection ORDER BY 1"
}
requests() { grep -c '"service": *"\(graph\|exchange\)"' "$sim_dir/log"; }
# cut_after N DB [ARGUMENT...]: collects until the services have seen N requests, then kill -9.
cut_after() {
    n=$1 db=$2
    shift 2
    before=$(requests)
    "$GRAPHAUDIT" collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
        --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" \
        "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    while kill -0 $pid 2>/dev/null && [ $(($(requests) - before)) -lt "$n" ]; do sleep 0.01; done
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ -f "$db" ]
}
# whole NAME DB: finished, sealed, nothing left over, and the same evidence.
whole() {
    dump "$2" >got.txt
    is "$1: the same evidence, table by table" "$(diff base.txt got.txt)" ""
    is "$1: the same digest" "$(sql "$2" 'SELECT digest FROM snapshot')" "$base"
    is "$1: no continuation is left" "$(sql "$2" 'SELECT (SELECT count(*) FROM continuation) + (SELECT count(*) FROM collecting)')" 0
}

start
contact collect --snapshot base.db
dump base.db >base.txt
base=$(sql base.db 'SELECT digest FROM snapshot')
base_requests=$(requests)
yes "uninterrupted: sealed" [ -n "$base" ]
yes "uninterrupted: chains of several pages" [ "$(sql base.db 'SELECT count(*) FROM collection WHERE pages > 2')" -ge 6 ]
is "uninterrupted: well-behaved" "$(grep -c '"invalid"' "$sim_dir/log")" 0

# Killed again and again, by SIGKILL, at ever other pages, until it comes to its end.
for step in 4; do
    start --latency-ms 300 # slower than this script looks
    rm -f k.db*
    runs=0
    cut_after $step k.db --snapshot k.db
    while [ $runs -lt 80 ] && [ -z "$(sql k.db 'SELECT sealed_at FROM snapshot' 2>/dev/null)" ]; do
        runs=$((runs + 1))
        if [ -z "$(sql k.db "SELECT 1 FROM sqlite_schema WHERE name = 'collecting'" 2>/dev/null)" ]; then
            rm -f k.db* # killed before there was a schema
            cut_after $step k.db --snapshot k.db
        else
            cut_after $((step + runs / 20)) k.db --resume k.db
        fi
    done
    [ -z "${VERBOSE:-}" ] || echo "step $step: $runs runs, $(requests) requests"
    yes "step $step: it was killed many times" [ $runs -ge 3 ]
    whole "step $step" k.db
    # A kill costs the requests in flight and the first ones of the next run, not what was stored.
    yes "step $step: pages are not read again" [ "$(requests)" -le $((base_requests + runs * (step + 8))) ]
    is "step $step: well-behaved" "$(grep -c '"invalid"' "$sim_dir/log")" 0
done
# Out of time: ends with what there is, marked, and can go on. Nothing is judged on half a list.
# Second pages that drip over the deadline, whatever the machine's pace: these chains are cut in their middle.
drip='kind=slow;value=20;times=1'
start --fault "match=perUserMfaState;page=2;$drip" --fault "match=signInActivity;page=2;$drip" \
    --fault "cmdlet=Get-Mailbox;page=2;$drip" --fault "cmdlet=Get-CASMailbox;page=2;$drip"
rm -f k.db*
contact audit --collect-all --snapshot k.db --deadline 8s --fail-on none --allow-incomplete
is "deadline: exit" "$rc" 0
has "deadline: says how to go on" "$err" "collect --resume k.db"
is "deadline: not sealed, but ended" "$(sql k.db 'SELECT sealed_at IS NULL, finished_at IS NOT NULL FROM snapshot')" "1|1"
yes "deadline: marked" [ "$(sql k.db "SELECT count(*) FROM collection WHERE reason_code = 'deadline' AND state IN ('partial','skipped')")" -ge 4 ]
yes "deadline: a chain was cut in its middle" [ "$(sql k.db "SELECT count(*) FROM continuation WHERE next IS NOT NULL")" -gt 0 ]
is "deadline: no pass without evidence" "$(sql k.db "SELECT count(*) FROM rule_result r JOIN rule u USING (rule_id) WHERE r.outcome = 'pass' AND EXISTS (SELECT 1 FROM json_each(u.resources_json) j JOIN collection c ON c.resource = j.value WHERE c.state <> 'complete' AND c.reason_code <> 'licence')")" 0
is "deadline: the file is for its owner alone" "$(stat -c %a k.db)" 600
cp k.db other.db
cp k.db old.db
contact audit --resume k.db --fail-on none
whole "deadline, resumed" k.db
is "deadline, resumed: two sittings, both ended" "$(sql k.db 'SELECT count(*), count(ended_at) FROM sitting')" "2|2"
both=$(sql k.db "SELECT group_concat(started_at || '/' || ended_at, ', ') FROM (SELECT * FROM sitting ORDER BY n)")
ga evaluate k.db --fail-on none --output html=s.html --output json=s.json --output junit=s.xml --output markdown=s.md
has "deadline, resumed: said in HTML" "$(cat s.html)" "$both"
has "deadline, resumed: said in JUnit" "$(cat s.xml)" "name=\"snapshot.sittings\" value=\"$both\""
has "deadline, resumed: said in Markdown" "$(cat s.md)" "Collected in 2 sittings"
has "deadline, resumed: said in JSON" "$(tr -d ' \n' <s.json)" '"sittings":[{"started_at":'
ga evaluate base.db --fail-on none --output html=s.html --output json=s.json --output junit=s.xml --output markdown=s.md
is "one sitting: nothing is said" "$(cat s.html s.json s.xml s.md | grep -c -i sitting)" 0
hasnot "deadline, resumed: nothing left to say" "$err" "--resume"
is "no secret is kept" "$(cat k.db other.db | grep -ac "$(cat "$sim_dir/client.secret")\|eyJ0eXAiOiJKV1Q\|Bearer ")" 0

# A file may say anything: a token never follows it to another host.
cp other.db bent.db
sql bent.db "UPDATE continuation SET next = '$(ready stranger)/v1.0/users?x=1' WHERE next IS NOT NULL"
contact collect --resume bent.db
is "bent links: nobody else was contacted" "$(grep -c '"service": *"stranger"' "$sim_dir/log")" 0
has "bent links: said" "$err" "begins afresh"
whole "bent links" bent.db

# Throttled out.
start --fault 'match=perUserMfaState;page=2;kind=status;value=429;retry-after=0.1;times=6'
rm -f k.db*
contact collect --snapshot k.db
is "throttled: exit" "$rc" 3
is "throttled: state" "$(one k.db users-per-user-mfa)" partial/throttled
contact collect --resume k.db
whole "throttled, resumed" k.db

# The service does not know the page any more; the rows that were read go, and come again once.
# (The simulator counts: six tries of the first run, then the next run's.)
start --fault 'match=perUserMfaState;page=2;kind=status;value=429;retry-after=0.1;times=6' \
    --fault 'match=perUserMfaState;page=2;kind=status;value=410;code=syncStateNotFound;times=1'
rm -f k.db*
contact collect --snapshot k.db
yes "expired page: was cut" [ "$(sql k.db "SELECT count(*) FROM continuation WHERE resource LIKE 'users%' AND next IS NOT NULL")" -gt 0 ]
contact collect --resume k.db
ended=$rc
has "expired page: said" "$err" "begins afresh"
has "expired page: in the status" "$(sql k.db "SELECT group_concat(detail) FROM collection WHERE resource LIKE 'users%'")" "read afresh"
whole "expired page, resumed" k.db

# What is refused, before anything is contacted.
refused() { # NAME PART ARGUMENT...
    name=$1 part=$2
    shift 2
    before=$(wc -l <"$sim_dir/log")
    "$@"
    is "$name: exit" "$rc" 2
    has "$name: message" "$err" "$part"
    is "$name: nothing was contacted" "$(wc -l <"$sim_dir/log")" "$before"
}
start
before=$(wc -l <"$sim_dir/log") sum=$(sha256sum <k.db)
contact collect --resume k.db
is "finished: ends as the run that finished it" "$rc" "$ended"
has "finished: said" "$err" "nothing is left to do"
is "finished: nothing was contacted" "$(wc -l <"$sim_dir/log")" "$before"
is "finished: the file stays as it is" "$(sha256sum <k.db)" "$sum"
sql k.db "UPDATE collection SET state = 'complete', reason_code = NULL"
contact collect --resume k.db
is "finished and complete: exit 0" "$rc" 0
refused "finished, of another tenant" "was finished" contact collect --resume k.db --tenant 11111111-2222-4333-8444-555555555555
refused "finished: an audit is not a judgement of old evidence" "was finished" contact audit --resume k.db
refused "no such file" "cannot read" contact collect --resume nowhere.db
refused "both options" "leave --snapshot out" contact collect --resume other.db --snapshot x.db
sql old.db 'PRAGMA user_version = 99'
refused "newer schema" "newer graphaudit" contact collect --resume old.db
refused "another tenant" "begun with tenant" contact collect --resume other.db --tenant 11111111-2222-4333-8444-555555555555
flock --no-fork other.db sleep 600 &
holder=$!
i=0
while [ $((i += 1)) -le 100 ] && flock --nonblock other.db true; do sleep 0.1; done
refused "in use" "in use by another process" contact collect --resume other.db
refused "in use: evaluate" "in use by another process" ga evaluate other.db
kill "$holder"
finish
