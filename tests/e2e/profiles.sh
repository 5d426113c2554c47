#!/bin/sh
# profiles.sh - waivers, profiles and baselines with the real program, on the demo tenant's evidence.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# run NAME EXPECTED-EXIT ARGUMENT...: output in $out.
run() {
    run_name=$1 run_want=$2
    shift 2
    out=$("$GRAPHAUDIT" "$@" 2>&1)
    is "$run_name" $? "$run_want"
}
cp "$(dirname "$GRAPHAUDIT")/demo.db" snap.db
chmod 600 snap.db
# A rule, its failing resources
run "evaluate" 1 evaluate snap.db --quiet
rule=$(sql snap.db "SELECT rule_id FROM rule_result WHERE outcome = 'fail' AND is_incomplete = 0 AND fail > 1 ORDER BY rule_id LIMIT 1")
one=$(sql snap.db "SELECT resource_id FROM resource_result WHERE rule_id = '$rule' AND status = 'fail' ORDER BY 1 LIMIT 1")
fails=$(sql snap.db "SELECT fail FROM rule_result WHERE rule_id = '$rule'")
tenant=$(sql snap.db "SELECT tenant_id FROM snapshot")

add() { run "$1" "$2" waivers add w.yaml --rule "$rule" --tenant "$tenant" --owner al --reason "it's \"ours\": #1" \
    --as-of 2026-11-23 --disposition "$3" --expires "$4" --resource "$one"; }
add "add" 0 risk_accepted 2026-12-10
has "add names the id" "$out" "W-2026-001"
run "add asks for what is missing" 2 waivers add w.yaml --rule "$rule"
has "add says what" "$out" "--tenant"
add "add refuses more than a year" 2 risk_accepted 2027-12-10
has "with the place" "$out" "more than 365 days"
run "check" 0 waivers check w.yaml --as-of 2026-11-23
run "check after its end" 1 waivers check w.yaml --as-of 2026-12-11
run "list as JSON" 0 waivers list w.yaml --as-of 2026-11-23 --json
has "list says the state" "$out" '"state": "expiring"'

run "evaluate with waivers" 1 evaluate snap.db --waivers w.yaml --as-of 2026-11-23 --output json=1.json --output csv=1.csv \
    --output junit=1.xml --output html=1.html
has "summary warns" "$out" "ends in 17 days"
is "one is waived" "$(sql snap.db "SELECT fail, waived FROM rule_result WHERE rule_id = '$rule'" | tr '|' ' ')" "$((fails - 1)) 1"
is "the result stays" "$(sql snap.db "SELECT status, waiver_id FROM resource_result WHERE rule_id = '$rule' AND resource_id = '$one'")" \
    "fail|W-2026-001"
for f in 1.json 1.csv 1.xml 1.html; do has "$f warns" "$(cat $f)" "ends in 17 days"; done
run "the same again" 1 evaluate snap.db --waivers w.yaml --as-of 2026-11-23 --output json=2.json --output csv=2.csv
yes "same CSV" cmp -s 1.csv 2.csv
yes "same JSON but for the clock" [ "$(sed 's/evaluated_at[^,]*//' 1.json | cksum)" = "$(sed 's/evaluated_at[^,]*//' 2.json | cksum)" ]
run "after its end" 1 evaluate snap.db --waivers w.yaml --as-of 2026-12-12 --output json=3.json --output junit=3.xml
has "the finding is back" "$(cat 3.json)" "waiver W-2026-001 expired 2 days ago"
has "JUnit too" "$(cat 3.xml)" "waiver W-2026-001 expired 2 days ago"
is "and counts" "$(sql snap.db "SELECT fail, waived FROM rule_result WHERE rule_id = '$rule'" | tr '|' ' ')" "$fails 0"

sed 's/expires: .*/expires: soon/' w.yaml >bad.yaml
run "a malformed file" 2 audit --tenant "$tenant" --client-id "$tenant" --waivers bad.yaml
has "its place" "$out" "bad.yaml:12:14: 'expires' is not a date"
sed "s/$rule/EXO-NONE-001/" w.yaml >stale.yaml
run "a stale one" 1 evaluate snap.db --waivers stale.yaml --as-of 2026-11-23
has "is named" "$out" "matches nothing: rule EXO-NONE-001"
sed "s/$tenant/fabrikam/" w.yaml >other.yaml
run "another tenant's" 1 evaluate snap.db --waivers other.yaml --as-of 2026-11-23 --quiet
is "counts nothing" "$(sql snap.db "SELECT waived FROM rule_result WHERE rule_id = '$rule'")" 0

finish
