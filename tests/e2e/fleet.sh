#!/bin/sh
# fleet.sh - many tenants: who is audited, who is not and why, workers that are killed and started again.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# Three tenants at once: one that answers, one that gave no consent, one that takes its time.
first=
stop_all() { for p in $first $sim_pid; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done; sim_pid= first=; }
trap 'stop_all; rm -rf "$work" "$own_keys"' EXIT
keep() { first="$first $sim_pid" sim_pid=; }
# entry NAME [OPTION...]: a line of tenants.yaml for the simulator that was started last.
entry() {
    name=$1
    shift
    printf '  - {name: %s, tenant: %s, client-id: %s, cloud: %s, ca-file: %s, dns-server: "%s", client-secret-file: %s%s}\n' \
        "$name" "$tenant_id" "$client_id" "$sim_dir/cloud.yaml" "$sim_dir/ca.pem" "$dns" "$sim_dir/client.secret" "$*"
}
head_of() { printf 'schema: 1\ndefaults:\n  profile: essential\ntenants:\n'; }
field() { sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",]*\).*/\1/p" "$1/result.json" | head -n 1; }

sim clean || finish
keep
for n in alpha bravo charlie delta; do entry $n; done >good
# One with a certificate of its own.
sed "/name: bravo/s#client-secret-file: [^,}]*#client-certificate-file: $sim_dir/client.pfx, client-certificate-password-file: $sim_dir/client.pfx.password#" good >good.new && mv good.new good
none=$("$GRAPHAUDIT" permissions --json | grep -o '"[A-Za-z]*\.[A-Za-z]*[A-Za-z.]*"' | tr -d '"' | sort -u | sed 's/^/--remove-permission /')
# shellcheck disable=SC2086
sim security-defaults $none --remove-permission Directory.Read.All --remove-permission Exchange.ManageAsApp || finish
keep
entry refused >refused
sim smtp --latency-ms 700 || finish
keep
entry slow ", concurrency: 1" >slow

# ---- what is refused before anything runs ----
ga fleet --tenants good --output-dir runs
is "no schema: exit" "$rc" 2
{ head_of; cat good; } >good.yaml
ga fleet --output-dir runs
is "no file: exit" "$rc" 2
ga fleet --tenants good.yaml
is "no folder: exit" "$rc" 2
ga fleet --tenants good.yaml --output-dir runs --index 1
is "an index of nothing: exit" "$rc" 2
ga fleet --tenants good.yaml --output-dir runs --index 2 --of 2
is "an index past the end: exit" "$rc" 2
ga fleet --tenants good.yaml --output-dir runs --of 2
has "no index: said" "$err" JOB_COMPLETION_INDEX
ga fleet sideways
is "an unknown word: exit" "$rc" 2
{ head_of; cat good; entry echo ", client-secret: hunter2"; } >secret.yaml
ga fleet --tenants secret.yaml --output-dir runs
is "a secret in the file: exit" "$rc" 2
has "a secret in the file: said, with its line" "$err" "secret.yaml:9:"
hasnot "a secret in the file: not repeated" "$err" hunter2
yes "nothing was written" [ ! -e runs ]

# ---- one machine ----
{ head_of; cat good refused; } >tenants.yaml
ga fleet --tenants tenants.yaml --output-dir runs --parallel 3 --history h.db
is "one without consent: exit" "$rc" 4
has "one without consent: named" "$err" "refused: not audited, exit code 4"
has "counts" "$out" "4 of 5 tenants are audited (0 of them before), 1 failed, 0 are left"
for n in alpha bravo charlie delta; do
    is "$n: files" "$(ls runs/$n | tr '\n' ' ')" "junit.xml log.txt report.html report.json result.json snapshot.db "
    yes "$n: exit code" [ "$(field runs/$n exit_code)" -le 3 ]
done
is "a folder is its owner's" "$(stat -c %a runs/alpha)" 700
is "the one without consent stays partial" "$(ls -d runs/refused*)" "runs/refused.partial"
has "why" "$(field runs/refused.partial error)" "consent"
is "the history has the run, which is the same for all four" "$(sqlite3 h.db "SELECT COUNT(*) FROM run" 2>/dev/null)" 1
hasnot "nobody is missing in the history" "$(cat runs/*/log.txt)" "not in the history"

# ---- the same out of the history ----
for x in csv junit html; do
    ga fleet report runs --output $x=folder.$x --quiet
    ga fleet report h.db --output $x=history.$x --quiet
    is "history: $x: exit" "$rc" 3
    # Who reads a folder can link to what lies in it.
    sed -i 's#<a href="runs/[a-z]*/report.html">\([a-z]*\)</a>#\1#' folder.$x
    yes "history: $x: the same bytes as out of the folder" cmp -s folder.$x history.$x
done
is "a row for each attempt" "$(sqlite3 h.db "SELECT name, exit_code, run_id IS NULL, reason IS NULL, ended_at IS NULL FROM attempt ORDER BY 1" | tr '\n' ' ')" \
    "alpha|0|0|1|0 bravo|0|0|1|0 charlie|0|0|1|0 delta|0|0|1|0 refused|4|1|0|0 "
sum=$(sqlite3 h.db "SELECT * FROM attempt WHERE exit_code <> 4; SELECT * FROM fleet_tenant; SELECT run_id FROM run" | sha256sum)
sqlite3 h.db "DELETE FROM attempt WHERE name = 'bravo'; DELETE FROM run; DELETE FROM run_rule"
ga fleet report h.db
has "results that the history lost are no pass" "$out" "alpha                    not audited: audited, but the history has no results of it"
has "an attempt that the history lost is no pass" "$out" "bravo                    not audited: no audit was begun"
ga fleet --tenants tenants.yaml --output-dir runs --history h.db
is "started again: what was lost is told again" "$(sqlite3 h.db "SELECT * FROM attempt WHERE exit_code <> 4; SELECT * FROM fleet_tenant; SELECT run_id FROM run" | sha256sum)" "$sum"
ga fleet report h.db --output csv=- --quiet
is "and is complete" "$(printf '%s\n' "$out" | grep -v ^refused)" "$(grep -v ^refused folder.csv)" # its reason has a request's id
{ head_of; cat good; } >half.yaml
ga fleet --tenants half.yaml --output-dir half --of 2 --index 0 --history h.db --round night-2
ga fleet report h.db --round night-2
is "a worker that never came: exit" "$rc" 3
has "a worker that never came: its tenants are named" "$(printf '%s\n' "$out" | sed -n 's/  *not audited: / /p')" "bravo no audit was begun
delta no audit was begun"
has "a worker that never came: the others" "$out" "2 of 4 tenants are audited"
ga fleet report h.db --round night-9
is "no such round: exit" "$rc" 2
ga fleet report runs --round night-2
is "a folder has no rounds: exit" "$rc" 2
ga fleet --tenants half.yaml --output-dir down --of 2 --index 1 --history postgresql://127.0.0.1:1/x
is "a database that is down costs the history only: exit" "$rc" 0
has "a database that is down: said" "$err" "not in the history"
ga fleet --tenants half.yaml --output-dir down --history postgresql://u:geheim@127.0.0.1/x
is "a history that can never work: exit" "$rc" 2

was=$(stat -c %Y.%i runs/alpha/snapshot.db)
ga fleet --tenants tenants.yaml --output-dir runs --exit-zero
is "--exit-zero: no answer about a tenant, so it stays" "$rc" 4
ga fleet --tenants tenants.yaml --output-dir runs
has "done stays done" "$out" "4 of 5 tenants are audited (4 of them before), 1 failed"
is "done is not touched" "$(stat -c %Y.%i runs/alpha/snapshot.db)" "$was"
head_of >one.yaml && head -n 1 good >>one.yaml
ga fleet --tenants one.yaml --output-dir runs --again
has "again, when asked" "$out" "1 of 1 tenants are audited (0 of them before)"
yes "again: a new snapshot" [ "$(stat -c %Y.%i runs/alpha/snapshot.db)" != "$was" ]

# ---- one folder, night after night ----
later() { # SECONDS ARGUMENT...
    seconds=$1
    shift
    (SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + seconds)); ga fleet "$@"; echo "$rc") >later.rc
    rc=$(cat later.rc) out=$(cat out) err=$(cat err)
}
ga fleet --tenants one.yaml --output-dir nights
later 36000 --tenants one.yaml --output-dir nights --max-age 12h
has "the same night: done stays done" "$out" "1 of 1 tenants are audited (1 of them before)"
later 36000 report nights --tenants one.yaml --max-age 12h --quiet
is "the same night: report: exit" "$rc" 0
later 86400 report nights --tenants one.yaml --max-age 12h
is "nobody ran the next night: report: exit" "$rc" 3
has "nobody ran the next night: said, with the time" "$out" "alpha                    not audited: the last audit is of 2026-11-2"
later 86400 report nights --tenants one.yaml --quiet
is "without --max-age all audits count" "$rc" 0
later 86400 --tenants one.yaml --output-dir nights --max-age 12h
has "the next night: again" "$out" "1 of 1 tenants are audited (0 of them before)"
later 86400 report nights --tenants one.yaml --max-age 12h --quiet
is "the next night: report: exit" "$rc" 0
sed 's/^defaults:$/&\n  fail-on: low/; /essential/d' one.yaml >strict.yaml
ga fleet --tenants strict.yaml --output-dir runs --again
yes "a demanding gate fails" [ "$(field runs/alpha exit_code)" -gt 0 ]
is "its answer is fleet's: exit" "$rc" "$(field runs/alpha exit_code)"
export GRAPHAUDIT_EXIT_ZERO=1
ga fleet --tenants strict.yaml --output-dir runs --again
is "--exit-zero: exit" "$rc" 0
unset GRAPHAUDIT_EXIT_ZERO
yes "--exit-zero is not the tenants'" [ "$(field runs/alpha exit_code)" -gt 0 ]

# ---- one report over all ----
{ cat tenants.yaml; entry never; } >all.yaml
ga fleet report runs --tenants all.yaml --output html=all.html --output csv=all.csv --output junit=all.xml
is "somebody is missing: exit" "$rc" 3
has "the missing one is named" "$out" "never                    not audited: no audit was begun"
has "the refused one is named" "$out" "refused                  not audited: "
has "counts of the report" "$out" "4 of 6 tenants are audited"
yes "HTML is well-formed" sh -c 'xmllint --html --noout all.html 2>/dev/null'
is "HTML asks nobody" "$(grep -cE 'src=|href="http|<script' all.html)" 0
for n in 'alpha</a>' refused never; do
    has "HTML has $n" "$(cat all.html)" ">$n</th>"
done
for n in alpha refused never; do
    has "CSV has $n" "$(cut -d, -f1 all.csv | sort -u | tr '\n' ' ')" "$n "
done
yes "JUnit: its schema" sh -c "xmllint --noout --schema '$here/../schema/junit.xsd' all.xml 2>/dev/null"
is "JUnit: a suite a tenant" "$(xmllint --xpath 'count(//testsuite)' all.xml)" 6
is "JUnit: who is missing is an error" "$(xmllint --xpath 'count(//testcase[@name="tenant audited"]/error)' all.xml)" 2
is "JUnit: counts hold" "$(xmllint --xpath 'sum(//testsuite/@errors) = count(//error) and sum(//testsuite/@failures) = count(//failure) and sum(//testsuite/@tests) = count(//testcase)' all.xml)" true
is "CSV: as many rows as rules" "$(grep -c '^alpha,' all.csv)" "$(sql runs/alpha/snapshot.db 'SELECT COUNT(*) FROM rule_result')"
ga fleet report runs --tenants all.yaml --output csv=- --quiet
is "the same bytes" "$(printf '%s\n' "$out" | sha256sum)" "$(sha256sum <all.csv)"
links() { grep -o 'href="[^"]*report.html"' "$1" | sort | tr '\n' ' '; }
is "HTML links to the pages of those who were audited" "$(links all.html)" \
    'href="runs/alpha/report.html" href="runs/bravo/report.html" href="runs/charlie/report.html" href="runs/delta/report.html" '
for n in alpha bravo charlie delta; do yes "the link leads to a page: $n" [ -s "runs/$n/report.html" ]; done
mkdir aside 'a #1'
cp -r runs 'a #1/runs %41'
rm 'a #1/runs %41/alpha/report.html'
ln -s "$work/runs/alpha/report.html" 'a #1/runs %41/alpha/report.html'
rm 'a #1/runs %41/bravo/report.html'
mv 'a #1/runs %41/charlie' aside/charlie
ln -s "$work/aside/charlie" 'a #1/runs %41/charlie'
mv 'a #1/runs %41/delta' 'a #1/runs %41/d?e&f'
ga fleet report 'a #1/runs %41' --output html=inside.html --output 'html=a #1/runs %41/index.html' --quiet
is "links: encoded; no page, or one behind a link: none" "$(links inside.html)" 'href="a%20%231/runs%20%2541/d%3Fe%26f/report.html" '
is "links: of a page in the folder itself" "$(links 'a #1/runs %41/index.html')" 'href="d%3Fe%26f/report.html" '
for x in aside/out.html 'a #1/runs %41/alpha/out.html' -; do
    ga fleet report runs --output "html=$x" --quiet
    [ "$x" = - ] || out=$(cat "$x")
    is "links: none up and out of a folder: $x" "$(printf '%s\n' "$out" | grep -c 'report.html')" 0
    has "links: none up and out of a folder: the tenants are there: $x" "$out" ">alpha</th>"
done
ga fleet report h.db --output html=out.html --quiet
is "links: none out of a history" "$(grep -c 'report.html' out.html)" 0
ga fleet report nowhere
is "no folder: exit" "$rc" 2
ga fleet report runs --output pdf=x
is "an unknown format: exit" "$rc" 2

# ---- workers ----
JOB_COMPLETION_INDEX=0 "$GRAPHAUDIT" fleet --tenants good.yaml --output-dir part --of 2 >/dev/null 2>part0.err &
worker=$!
JOB_COMPLETION_INDEX=1 "$GRAPHAUDIT" fleet --tenants good.yaml --output-dir part --of 2 >/dev/null 2>part1.err
wait $worker
ga fleet report part --tenants good.yaml
is "two workers: everybody is there" "$rc" 0
is "two workers: each did its own" "$(sed -n 's/^graphaudit: \([a-z]*\): audited.*/\1/p' part0.err | sort | tr '\n' ' ')$(sed -n 's/^graphaudit: \([a-z]*\): audited.*/\1/p' part1.err | sort | tr '\n' ' ')" "alpha charlie bravo delta "

# ---- what is cut ----
{ head_of; cat slow; head -n 1 good; } >cut.yaml
child() { pgrep -P "$fleet" -f slow.partial; } # of the run at hand
# started: waits until the slow one's collection is under way.
started() {
    i=0
    until [ -n "$(child)" ] && [ "$(sqlite3 -readonly cut/slow.partial/snapshot.db 'SELECT COUNT(*) FROM collecting' 2>/dev/null || echo 0)" -gt 0 ] || [ $i -gt 200 ]; do
        i=$((i + 1))
        sleep 0.1
    done
}
# ended PID: gone, or only not yet waited for by whoever inherited it.
ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
"$GRAPHAUDIT" fleet --tenants cut.yaml --output-dir cut --parallel 2 >cut.out 2>cut.err &
fleet=$!
started
ga fleet --tenants cut.yaml --output-dir cut
has "another run keeps off" "$err" "another run is at this tenant"
kill -9 $(child)
wait $fleet
is "a killed child: exit" "$?" 70
has "a killed child: named" "$(cat cut.err)" "slow: not audited, exit code 70: killed by signal 9"
yes "a killed child costs nobody else" [ -e cut/alpha/result.json ]
ga fleet report cut --tenants cut.yaml
has "a killed child in the report" "$out" "not audited: killed by signal 9"

ga fleet --tenants cut.yaml --output-dir cut --tenant-timeout 3s
is "too slow: exit" "$rc" 5
has "too slow: named" "$err" "ended after 3 s"
"$GRAPHAUDIT" fleet --tenants cut.yaml --output-dir cut >cut.out 2>cut.err &
fleet=$!
started
slow=$(child)
kill -TERM $fleet
wait $fleet
is "told to stop: exit" "$?" 143
has "told to stop: said" "$(cat cut.err)" "slow: left unfinished"
yes "told to stop: no child is left" ended "${slow:?}"
"$GRAPHAUDIT" fleet --tenants cut.yaml --output-dir cut >cut.out 2>cut.err &
fleet=$!
started
slow=$(child)
kill -KILL $fleet
wait $fleet 2>/dev/null
sleep 0.3
yes "killed: no child is left" ended "${slow:?}"
ga fleet report cut --tenants cut.yaml
has "killed: said" "$out" "not audited: begun, but not ended"
sim_pid=${first##* }
first=${first% *}
sim smtp || finish
{ head_of; entry slow; head -n 1 good; } >cut.yaml
cp -r cut old
later 172800 --tenants cut.yaml --output-dir old --max-age 12h --verbose
has "started again two nights later: begins anew" "$err" "slow: begins"
has "started again two nights later: everybody" "$out" "2 of 2 tenants are audited (0 of them before)"
ga fleet --tenants cut.yaml --output-dir cut --verbose
yes "started again: exit" [ "$rc" -le 3 ]
has "started again: goes on" "$err" "slow: goes on"
has "started again: the others stay" "$out" "2 of 2 tenants are audited (1 of them before)"
ga fleet report cut --tenants cut.yaml --quiet
is "started again: complete" "$rc" 0
stop_all
finish
