#!/bin/sh
# history.sh - three nights of one tenant in a history: SQLite, and PostgreSQL on a server of our own.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
day=1795413600

# Night 2: the website loses its exclusion, guests are invited by fewer. Night 3: that is taken back,
# and a mailbox is gone.
sed -e 's/"members": \["svc-website@larkfield.example", /"members": ["sofia.lindqvist@larkfield.example", /' \
    -e 's/"allowInvitesFrom": "everyone"/"allowInvitesFrom": "adminsAndGuestInviters"/' \
    "$tenants/demo.json" >night2.json
sed -e '/"upn": "tara.flynn@/d' "$tenants/demo.json" >night3.json
cp "$tenants/demo.json" night1.json
tenants=$work
night() { # N
    SOURCE_DATE_EPOCH=$((day + ($1 - 1) * 86400)) && export SOURCE_DATE_EPOCH
    sim "night$1" || finish
    contact audit --snapshot "n$1.db" --quiet
    is "night $1 is audited" "$rc" 1
}
night 1
night 2
night 3
sim_stop
at() { sqlite3 "n$1.db" "SELECT finished_at FROM snapshot"; }
is "three nights" "$(at 1 | cut -c1-10) $(at 2 | cut -c1-10) $(at 3 | cut -c1-10)" "2026-11-23 2026-11-24 2026-11-25"
guid() { sqlite3 n1.db "SELECT mailbox_guid FROM smtp_auth WHERE address LIKE '$1@%'"; }
website=$(guid svc-website) tara=$(guid tara.flynn)

# record HISTORY SNAPSHOT...
record() {
    to=$1
    shift
    for x in "$@"; do
        ga evaluate "$x.db" --history "$to" --quiet
        is "$x: the outcome stays" "$rc" 1
        hasnot "$x: recorded" "$err" "not in the history"
    done
}
# What is in it, whatever the order; evaluated_at is when a test ran.
contents() {
    sqlite3 "$1" "SELECT run_id, at, passed, failed, findings, basic_allow, basic_block FROM run ORDER BY 1;
        SELECT run_id, rule_id, outcome, failing, is_whole FROM run_rule ORDER BY 1, 2;
        SELECT * FROM finding ORDER BY 1, 2, 3; SELECT * FROM tenant"
}
changes() { "$GRAPHAUDIT" history mailbox "${2:-$website}" --history "$1" --json | sed 's/.*"at":"\([^T]*\)T[^"]*".*"basic":"\([a-z]*\)".*/\1 \2/' | uniq -f 1; }

all_checks() { # HISTORY
    h=$1
    record "$h" n1 n2 n3
    ga history --history "$h" --json
    is "three runs" "$(printf '%s\n' "$out" | grep -c '"at":')" 3
    is "oldest first" "$(printf '%s\n' "$out" | sed 's/.*"at":"\([^T]*\)T.*/\1/' | tr '\n' ' ')" "2026-11-23 2026-11-24 2026-11-25 "
    counts=$out
    is "mailboxes by verdict: what an audit says of each night" "$(printf '%s\n' "$out" | sed 's/.*"smtp_allowed":"*\([0-9]*\)"*,"smtp_conditional":"*\([0-9]*\)"*,"smtp_blocked":"*\([0-9]*\)"*,"smtp_unknown":"*\([0-9]*\)"*,.*/\1 \2 \3 \4/')" \
        "$(for x in n1 n2 n3; do sqlite3 -separator ' ' "$x.db" "SELECT sum(basic = 'allow'), sum(basic = 'conditional'), sum(basic = 'block'), sum(basic = 'unknown') FROM smtp_auth"; done)"
    yes "some under conditions" [ "$(sqlite3 n1.db "SELECT count(*) FROM smtp_auth WHERE basic = 'conditional'")" -gt 0 ]
    record "$h" n2 n2
    ga history --history "$h" --json
    is "the same run again changes nothing" "$out" "$counts"
    is "a mailbox's verdict" "$(changes "$h" | tr '\n' ';')" "2026-11-23 allow;2026-11-24 block;2026-11-25 allow;"
    is "a mailbox that goes" "$(changes "$h" "$tara" | tr '\n' ';')" "2026-11-23 block;2026-11-25 absent;"
    ga history rule TEN-GUEST-001 --history "$h" --json
    is "a rule nobody knows: nothing" "$rc:$out" "0:"
    rule=$(sqlite3 n1.db "ATTACH 'n2.db' AS b; SELECT a.rule_id FROM main.rule_result a JOIN b.rule_result b USING (rule_id) WHERE a.outcome = 'fail' AND b.outcome = 'pass' LIMIT 1")
    ga history rule "$rule" --history "$h" --json
    is "a rule that passed for one night" "$(printf '%s\n' "$out" | sed 's/.*"outcome":"\([a-z]*\)".*/\1/' | tr '\n' ' ')" "fail pass fail "
    ga history findings --history "$h" --limit 5000 --json
    gone=$(printf '%s\n' "$out" | grep '"state":"fixed"' | grep -c '"fixed_at":"2026-11-2')
    yes "what is gone is fixed, and since when" [ "$gone" -ge 1 ]
    yes "what is still there is open" [ "$(printf '%s\n' "$out" | grep -c '"state":"open"')" -gt 50 ]
    is "first seen on the first night" "$(printf '%s\n' "$out" | grep '"state":"open"' | grep -vc '"first_seen_at":"2026-11-2[345]T')" 0
    is "trend in the snapshot, up to its own night" "$(sqlite3 n2.db "SELECT COUNT(*), MAX(at) = (SELECT finished_at FROM snapshot) FROM trend")" "2|1"
    ga evaluate n2.db --history "$h" --quiet --output html=n2.html
    is "the page of the second run draws two lines of rules, three of mailboxes" "$(grep -c '<svg class="chart" role="img"' n2.html) $(grep -o '<g class="t-[a-z]*"' n2.html | sort -u | wc -l)" "2 4"
    has "the page tells the two runs" "$(cat n2.html)" "2 runs from 2026-11-23 "
    ga evaluate n1.db --history "$h" --quiet --output html=n1.html
    hasnot "one run is no trend" "$(cat n1.html)" "Past runs"
    ga evaluate n2.db --quiet --output html=n2.html
    hasnot "without the history no trend" "$(cat n2.html)" "Past runs"
    ga history --history "$h"
    has "a table for people" "$out" "not_evaluated"
    ga history tenants --history "$h"
    has "tenants" "$out" "Larkfield Logistics"
    ga history --history "$h" --tenant 00000000-0000-0000-0000-000000000000
    is "another tenant: exit" "$rc" 2
    has "another tenant: said" "$err" "no run of tenant"
}

# ---- SQLite ----
all_checks h.db
is "only the owner reads it" "$(stat -c %a h.db)" 600
record late.db n3 n1 n2
is "any order, the same findings" "$(contents late.db)" "$(contents h.db)"
is "any order, the same changes" "$(changes late.db)" "$(changes h.db)"
for x in n1 n2 n3; do "$GRAPHAUDIT" evaluate $x.db --history both.db --quiet >/dev/null 2>$x.err & done
wait
is "side by side, nobody is lost" "$(cat n?.err | grep -c 'not in the history')" 0
is "side by side, the same findings" "$(contents both.db)" "$(contents h.db)"
is "side by side, the same changes" "$(changes both.db)" "$(changes h.db)"

# An older schema is brought up to date by the next run, and refused by who only reads.
sqlite3 old.db ".read $here/../../history/sqlite_1.sql" "INSERT INTO history_version VALUES (1); PRAGMA application_id = $((0x67726168));"
ga history --history old.db
is "an older schema: exit" "$rc" 2
has "an older schema: said" "$err" "brings it up to date"
record old.db n1
is "migrated" "$(sqlite3 old.db "SELECT group_concat(version) FROM (SELECT version FROM history_version ORDER BY 1)")" "1,2,3"
sqlite3 newer.db "CREATE TABLE history_version(version INTEGER); INSERT INTO history_version VALUES (99); PRAGMA application_id = $((0x67726168));"
sum=$(sha256sum <newer.db)
ga evaluate n1.db --history newer.db --quiet
is "a newer schema: the outcome stays" "$rc" 1
has "a newer schema: said" "$err" "newer graphaudit"
is "a newer schema: not touched" "$(sha256sum <newer.db)" "$sum"
sqlite3 foreign.db "CREATE TABLE addresses(name)"
sum=$(sha256sum <foreign.db)
ga evaluate n1.db --history foreign.db --quiet
is "somebody else's database: the outcome stays" "$rc" 1
has "somebody else's database: said" "$err" "not a graphaudit history"
is "somebody else's database: not touched" "$(sha256sum <foreign.db)" "$sum"
ga history --history nowhere.db
is "no history: exit" "$rc" 2
ga evaluate n1.db --history /nowhere/h.db --quiet
is "no such folder costs the history only" "$rc" 1
ga history sideways --history h.db
is "an unknown word: exit" "$rc" 2

# ---- PostgreSQL ----
ga evaluate n1.db --history postgresql://u:geheim@127.0.0.1/x --quiet
is "a password in the URL: exit" "$rc" 2
hasnot "a password in the URL: not repeated" "$err" geheim
has "a password in the URL: where it belongs" "$err" PGPASSFILE
ga evaluate n1.db --history "postgresql://127.0.0.1:1/x" --quiet
is "a server that is down costs the history only" "$rc" 1
has "a server that is down: said" "$err" "this run is not in the history"

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
port=$((20000 + $$ % 20000))
mkdir pg && chmod 711 "$work" && as=
[ "$(id -u)" != 0 ] || { chown postgres pg; as="runuser -u postgres --"; }
$as "$bin/initdb" -D "$work/pg/data" -A trust -U admin --no-sync >pg.log 2>&1
$as "$bin/pg_ctl" -D "$work/pg/data" -w -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" \
    -l "$work/pg/log" start >>pg.log 2>&1 || bad "PostgreSQL starts" "$(cat pg.log)"
trap 'sim_stop; $as "$bin/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1; rm -rf "$work" "$own_keys"' EXIT
sql() { "$bin/psql" -X -q -A -t -h 127.0.0.1 -p "$port" -U "${2:-admin}" -d "${3:-history}" -c "$1" 2>&1; }
sql "CREATE DATABASE history" admin postgres
# The roles that the documentation names: one that owns the tables, one that records.
sql "CREATE ROLE graphaudit_owner LOGIN; CREATE ROLE graphaudit_writer LOGIN; CREATE ROLE graphaudit_reader LOGIN;
     REVOKE ALL ON DATABASE history FROM PUBLIC;
     GRANT CONNECT, TEMPORARY ON DATABASE history TO graphaudit_owner, graphaudit_writer; GRANT CONNECT ON DATABASE history TO graphaudit_reader;
     CREATE SCHEMA graphaudit AUTHORIZATION graphaudit_owner;
     GRANT USAGE ON SCHEMA graphaudit TO graphaudit_writer, graphaudit_reader;
     ALTER DEFAULT PRIVILEGES FOR ROLE graphaudit_owner IN SCHEMA graphaudit GRANT SELECT, INSERT, UPDATE ON TABLES TO graphaudit_writer;
     ALTER DEFAULT PRIVILEGES FOR ROLE graphaudit_owner IN SCHEMA graphaudit GRANT SELECT ON TABLES TO graphaudit_reader"
owner=postgresql://graphaudit_owner@127.0.0.1:$port/history writer=postgresql://graphaudit_writer@127.0.0.1:$port/history
ga evaluate n1.db --history "$writer" --quiet
is "no tables yet, and no right to make them: the outcome stays" "$rc" 1
has "no right to make them: said" "$err" "permission denied"
ga evaluate n1.db --history "$owner" --quiet
hasnot "the owner makes them" "$err" "not in the history"
all_checks "$writer"
is "the writer deletes nothing" "$(sql "DELETE FROM graphaudit.run" graphaudit_writer | grep -c 'permission denied')" 1
ga history --history "postgresql://graphaudit_reader@127.0.0.1:$port/history"
is "a reader reads" "$rc" 0
is "a view for dashboards" "$(sql "SELECT COUNT(*) FROM graphaudit.run_trend WHERE \"time\" > '2026-11-23'::timestamptz AND tenant = 'Larkfield Logistics'")" 3
pg() { sql "SET search_path = graphaudit; $1" | sed 's/|/ /g'; }
lite() { sqlite3 -separator ' ' h.db "$1"; }
for q in "SELECT run_id, at, passed, failed, not_evaluated, findings, basic_allow, mfa_always FROM run ORDER BY 1" \
    "SELECT run_id, rule_id, title, outcome, reason_code, failing, total, is_whole FROM run_rule ORDER BY 1, 2" \
    "SELECT tenant_id, rule_id, resource_id, resource_name, first_seen_at, last_seen_at, is_waived, state, fixed_at FROM finding_state ORDER BY 1, 2, 3" \
    "SELECT mailbox_guid, at, address, basic, oauth_delegated, oauth_app, layers FROM mailbox_verdict ORDER BY 1, 2"; do
    is "the same in both: $(printf '%s' "$q" | sed 's/.*FROM \([a-z_]*\).*/\1/')" "$(pg "$q")" "$(lite "$q")"
done
# A fleet's round by the role that records, two workers at once, read by the role that reads.
reader=postgresql://graphaudit_reader@127.0.0.1:$port/history
tenants=$here/../simulator/tenants
sim clean || finish
printf 'schema: 1\ndefaults: {client-id: %s, cloud: %s, ca-file: %s, dns-server: "%s", client-secret-file: %s, profile: essential}\ntenants:\n' \
    "$client_id" "$sim_dir/cloud.yaml" "$sim_dir/ca.pem" "$dns" "$sim_dir/client.secret" >fleet.yaml
for n in alpha bravo charlie delta; do printf '  - {name: %s, tenant: %s}\n' $n "$tenant_id"; done >>fleet.yaml
for i in 0 1; do JOB_COMPLETION_INDEX=$i "$GRAPHAUDIT" fleet --tenants fleet.yaml --output-dir night --of 3 --parallel 1 --history "$writer" >/dev/null 2>worker$i.err & pids="${pids:-} $!"; done
# shellcheck disable=SC2086
wait $pids
is "PostgreSQL: a fleet's workers, nobody is lost" "$(cat worker?.err | grep -i 'history')" ""
ga fleet report "$reader" --output csv=history.csv
is "PostgreSQL: a worker that never came: exit" "$rc" 3
has "PostgreSQL: its tenant is named" "$out" "charlie                  not audited: no audit was begun"
ga fleet report night --tenants fleet.yaml --output csv=folder.csv --quiet
yes "PostgreSQL: the same bytes as out of the folder" cmp -s folder.csv history.csv
ga fleet --tenants fleet.yaml --output-dir night --parallel 1 --history "$writer"
ga fleet report "$reader"
is "PostgreSQL: the rest is done: exit" "$rc" 0
sim_stop
sql "DROP SCHEMA graphaudit CASCADE; CREATE SCHEMA graphaudit AUTHORIZATION graphaudit_owner" >/dev/null
for x in n1 n2 n3; do "$GRAPHAUDIT" evaluate $x.db --history "$owner" --quiet >/dev/null 2>$x.err & done
wait
is "PostgreSQL, side by side on an empty database: nobody is lost" "$(cat n?.err | grep 'not in the history')" ""
is "PostgreSQL, side by side: the same findings" "$(pg "SELECT tenant_id, rule_id, resource_id, first_seen_at, last_seen_at FROM finding ORDER BY 1, 2, 3")" \
    "$(lite "SELECT tenant_id, rule_id, resource_id, first_seen_at, last_seen_at FROM finding ORDER BY 1, 2, 3")"
is "PostgreSQL, side by side: the same changes" "$(changes "$owner")" "$(changes h.db)"
finish
