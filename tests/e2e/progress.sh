#!/bin/sh
# progress.sh - what a person, a CI system and a support engineer see of a run: moving lines on a
# terminal, plain lines elsewhere, JSON lines, and the trace, in which no secret is.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset CI
export TERM=xterm

# Two waits that the display has to explain: one in Graph, one in Exchange.
busy() {
    sim demo --latency-ms 5 --fault "match=/users;kind=status;value=429;retry-after=0.6;times=1" \
        --fault "cmdlet=Get-CASMailbox;kind=status;value=429;retry-after=1.4;times=1" || finish
}

# ---- no terminal ----
busy
GRAPHAUDIT_HEARTBEAT=1 contact collect --snapshot plain.db
is "plain: exit" "$rc" 0
is "plain: nothing on standard output" "$out" ""
hasnot "plain: no cursor movement" "$err" "$(printf '\033')"
has "plain: one line for a resource" "$err" "graphaudit: domains: complete, 8 rows"
is "plain: each resource once" "$(grep -c 'cas-mailboxes: complete' err)" 1
has "plain: a sign of life" "$err" "resources read, "
has "plain: why it waits" "$err" "throttled by Exchange"
hasnot "plain: waits are not told one by one" "$err" "next try in"
busy
contact collect --snapshot quiet.db --quiet
is "quiet: exit" "$rc" 0
is "quiet: nothing at all" "$out$err" ""
busy
contact collect --snapshot verbose.db --verbose
has "verbose: a service's own rate" "$err" "waits for Conditional Access, 1 request a second"
has "verbose: each wait" "$err" "graphaudit: debug: cas-mailboxes: throttled by the service, next try in 1."

# ---- JSON lines ----
busy
GRAPHAUDIT_HEARTBEAT=1 contact collect --snapshot json.db --log-format json --verbose
is "json: exit" "$rc" 0
lines=$(wc -l <err)
# sqlite3 is a JSON parser that this test has anyway.
jq() { sqlite3 -batch -noheader :memory: "CREATE TABLE l(j); CREATE TABLE t(x);" ".mode ascii" '.separator "\037" "\n"' \
    ".import err t" "INSERT INTO l SELECT x FROM t;" "$1"; }
is "json: every line is an object with time, level, component, run, message" "$(jq \
    "SELECT count(*) FROM l WHERE json_valid(j) AND j->>'time' LIKE '20%Z' AND j->>'level' IN ('info','debug')
     AND j->>'component' = 'collect' AND length(j->>'run') = 36 AND j->>'message' <> ''")" "$lines"
is "json: one run" "$(jq "SELECT count(DISTINCT j->>'run') FROM l")" 1
is "json: a wait with its ids" "$(jq "SELECT count(*) FROM l WHERE j->>'resource' = 'cas-mailboxes' AND j->>'state' = 'throttled'
    AND j->>'wait_ms' >= 1400 AND length(j->>'client_request_id') = 36 AND length(j->>'request_id') = 36")" 1
is "json: rows are a number" "$(jq "SELECT json_type(j, '\$.rows') || (j->>'rows') FROM l WHERE j->>'resource' = 'domains' AND j->>'state' = 'complete'")" integer8
ga audit --log-format json --tenant "$tenant_id"
is "json: an error has its kind and exit code" "$(jq "SELECT (j->>'error') || ' ' || (j->>'exit') FROM l" <err)" "usage 2"

# ---- a terminal ----
# terminal COLUMNS ROWS FILE [ARGUMENT...]: a run in a pseudo-terminal; what was drawn goes to FILE.
terminal() {
    columns=$1 rows=$2 file=$3
    shift 3
    cat >run.sh <<END
stty cols $columns rows $rows
$GRAPHAUDIT collect --snapshot $file.db --tenant $tenant_id --client-id $client_id --cloud $sim_dir/cloud.yaml \
 --ca-file $sim_dir/ca.pem --dns-server $dns --client-secret-file $sim_dir/client.secret $* >$file.stdout
END
    script -q -e -c "sh run.sh" /dev/null </dev/null >"$file" 2>&1
    rc=$?
}
# widest FILE: columns of the longest drawn line; tallest FILE: most lines of one picture.
widest() { tr '\r' '\n' <"$1" | sed 's/\x1b\[[0-9]*[A-Za-z]//g' | grep -v '^graphaudit: ' | awk '{ if (length($0) > m) m = length($0) } END { print m + 0 }'; }
tallest() { sed -n 's/.*\x1b\[\([0-9]*\)A.*/\1/p' "$1" | sort -n | tail -n 1; }
busy
terminal 100 30 wide
is "terminal: exit" "$rc" 0
is "terminal: nothing on standard output" "$(cat wide.stdout)" ""
drawn=$(cat wide)
has "terminal: a bar" "$drawn" "[#"
has "terminal: a line for a resource that waits" "$drawn" "throttled by Exchange, "
hasnot "terminal: what is done goes away" "$drawn" "domains: complete"
hasnot "terminal: the cursor is never hidden" "$drawn" "$(printf '\033')[?25l"
is "terminal: the last thing is the file's name, on a clean screen" "$(tail -n 1 wide | tr -d '\r' | sed 's/.*\x1b\[J//')" "graphaudit: wrote wide.db"
busy
terminal 44 5 small
is "small window: exit" "$rc" 0
yes "small window: no line wraps ($(widest small) of 44)" [ "$(widest small)" -lt 44 ]
yes "small window: nothing scrolls ($(tallest small) of 5)" [ "$(tallest small)" -lt 5 ]
has "small window: the rest is counted" "$(cat small)" "  and "
busy
TERM=dumb terminal 100 30 dumb
hasnot "dumb terminal: no cursor movement" "$(cat dumb)" "$(printf '\033')"
has "dumb terminal: plain lines" "$(cat dumb)" "domains: complete"
busy
CI=true terminal 100 30 ci
hasnot "CI: no cursor movement" "$(cat ci)" "$(printf '\033')"
busy
terminal 100 30 still --quiet
is "quiet terminal: nothing at all" "$(cat still)" ""

# ---- the trace ----
# clean NAME FILE: no secret of the run, and nothing that looks like a token.
clean() {
    hasnot "$1: no client secret" "$(cat "$2")" "$(cat "$sim_dir/client.secret")"
    is "$1: no token" "$(grep -cE 'eyJ|[A-Za-z0-9_~.+-]{65}|[Bb]earer [A-Za-z0-9._-]{20}' "$2")" 0
    is "$1: no name of a secret with a value" \
        "$(grep -cE '(client_secret|client_assertion|refresh_token|access_token|id_token|device_code|skiptoken|session)=[^R&"]' "$2")" 0
    is "$1: only its owner reads it" "$(stat -c %a "$2")" 600
}
busy
contact collect --snapshot traced.db --trace-http trace.json --quiet
is "trace: exit" "$rc" 0
clean "trace" trace.json
cp trace.json err
is "trace: every request has its end" "$(jq "SELECT (SELECT count(*) FROM l WHERE j->>'event' = 'request') - (SELECT count(DISTINCT j->>'n')
    FROM l WHERE j->>'event' = 'reply')")" 0
is "trace: as many requests as the simulator saw" "$(jq "SELECT count(*) FROM l WHERE j->>'event' = 'request'")" \
    "$(grep -cE '"service": *"(login|graph|exchange)"' "$sim_dir/log")"
is "trace: a throttled reply" "$(jq "SELECT (r.j->>'status') || ' ' || (r.j->>'\$.headers.retry-after') || ' ' || (q.j->>'\$.headers.x-cmdletname')
    || ' ' || (q.j->>'attempt') FROM l r JOIN l q ON q.j->>'n' = r.j->>'n' WHERE r.j->>'event' = 'reply' AND q.j->>'event' = 'request'
    AND r.j->>'status' = 429 AND q.j->>'target' = 'exchange'")" "429 1.4 Get-CASMailbox 1"
is "trace: the try after it" "$(jq "SELECT max(j->>'attempt') FROM l WHERE j->>'resource' = 'cas-mailboxes'")" 2
is "trace: the ids of both sides" "$(jq "SELECT count(*) FROM l WHERE j->>'event' = 'reply' AND j->>'\$.headers.request-id' IS NULL")" 0
for fault in "kind=status;value=503" "kind=reset" "kind=truncate" "kind=empty" "kind=html" "kind=bad-utf8" "kind=error-in-200" \
    "kind=nextlink-stranger" "kind=nextlink-loop" "kind=claims-challenge" "kind=redirect" "kind=revoke-token" "kind=dup-keys"; do
    sim demo --fault "match=/users;$fault;times=1" --fault "service=exchange;$fault;times=1" || continue
    rm -f fault.db
    contact why ben.fowler@larkfield.example --trace-http fault.json --quiet
    clean "trace, $fault" fault.json
done
sim demo --fault "service=login;kind=status;value=503;times=1" || finish
AZURE_CLIENT_CERTIFICATE_PATH=$sim_dir/client.pem ga collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
    --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --snapshot cert.db --trace-http cert.json --quiet
is "trace with a certificate: exit" "$rc" 0
clean "trace with a certificate" cert.json
has "trace with a certificate: the failed sign-in" "$(cat cert.json)" '"status":503'
contact collect --snapshot no.db --trace-http /nowhere/trace.json
is "trace that cannot be written: exit" "$rc" 2
yes "trace that cannot be written: nothing was begun" [ ! -e no.db ]
finish
