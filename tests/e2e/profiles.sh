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
yes "same JSON" cmp -s 1.json 2.json
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
hasnot "the summary names it, standard error does not again" "$out" "graphaudit: warning: waiver"
run "a stale one, quietly" 1 evaluate snap.db --waivers stale.yaml --as-of 2026-11-23 --quiet
has "quiet: it is named all the same" "$out" "graphaudit: warning: waiver W-2026-001 (EXO-NONE-001): ends in 17 days; matches nothing: rule EXO-NONE-001"
run "a report instead of the summary" 1 evaluate snap.db --waivers stale.yaml --as-of 2026-11-23 --output csv=-
has "CSV on standard output: it is named" "$out" "graphaudit: warning: waiver W-2026-001"
run "an expired one, quietly" 1 evaluate snap.db --waivers w.yaml --as-of 2026-12-12 --quiet
has "quiet: it expired" "$out" "graphaudit: warning: waiver W-2026-001 ($rule): expired 2 days ago"
sed "s/$tenant/fabrikam/" w.yaml >other.yaml
run "another tenant's" 1 evaluate snap.db --waivers other.yaml --as-of 2026-11-23 --quiet
hasnot "and warns of nothing" "$out" "waiver W-2026-001"
is "counts nothing" "$(sql snap.db "SELECT waived FROM rule_result WHERE rule_id = '$rule'")" 0

# Profiles
for p in cis-m365-v6-l1 cis-m365-v6-l2 cis-m365-v7-l1 scuba eidsca smtp-retirement essential; do
    run "profile $p" 0 rules list --profile $p
    yes "$p has rules" [ "$(echo "$out" | wc -l)" -gt 10 ]
done
run "profiles are listed" 0 rules list --profiles
is "all seven" "$(echo "$out" | wc -l)" 7
cat >ours.yaml <<'END'
schema: 1
id: ours
title: Ours
extends: essential
include: {ids: [ENTRA-PASSWORD-001]}
exclude: [{id: RUN-001, reason: seen elsewhere}]
override:
  EXO-SMTP-001: {severity: critical}
params: {emergency_accounts: [11111111-1111-1111-1111-111111111111]}
gate: {fail_on: none}
END
run "a profile of one's own" 0 evaluate snap.db --profile ours.yaml --output json=p.json --output html=p.html
has "summary shows overrides" "$out" "severity high -> critical by profile ours"
has "HTML shows overrides" "$(cat p.html)" "by profile ours"
has "HTML shows what is left out" "$(cat p.html)" "seen elsewhere"
has "JSON shows overrides" "$(cat p.json)" '"overrides":[{"what":"emergency_accounts"'
is "the severity counts" "$(sql snap.db "SELECT severity FROM rule_result WHERE rule_id = 'EXO-SMTP-001'")" critical
is "the gate is recorded" "$(sql snap.db "SELECT profile, fail_on FROM evaluation")" "ours|none"
is "left out" "$(sql snap.db "SELECT count(*) FROM rule_result WHERE rule_id = 'RUN-001'")" 0
run "--fail-on wins over the profile" 1 evaluate snap.db --profile ours.yaml --fail-on low --quiet
cat >wrong.yaml <<'END'
schema: 1
id: wrong
title: Wrong
include: {ids: [NO-001], tags: [zz], packs: [yy], mappings: {cis-m365-v6: ["9.9"], qq: all}}
exclude: [{id: NO-002, reason: r}]
override: {NO-003: {severity: low}, EXO-SMTP-001: {params: {bogus: 1}}, EXO-SMTP-002: {severity: severe}}
END
run "unknown words of a profile" 2 rules list --profile wrong.yaml
has "one wrong severity" "$out" "wrong.yaml:6:"
sed -i 's/, EXO-SMTP-002: {severity: severe}//' wrong.yaml
run "unknown ids" 2 evaluate snap.db --profile wrong.yaml
for x in "4:17: no rule 'NO-001'" "4:33: no tag 'zz'" "4:46: no pack 'yy'" "no id in this mapping '9.9'" "no mapping 'qq'" \
    "5:16: no rule 'NO-002'" "6:12: no rule 'NO-003'" "EXO-SMTP-001 has no parameter 'bogus'"; do has "says: $x" "$out" "$x"; done
printf 'schema: 1\nid: a\ntitle: a\nextends: loop.yaml\n' >loop.yaml
run "a loop ends" 2 rules list --profile loop.yaml
has "and is named" "$out" "extends itself"
run "no such profile" 2 rules list --profile nope
run "tests run rules as they are" 2 rules test --profile scuba

# Baselines
run "evaluate" 1 evaluate snap.db --quiet
cp snap.db base.db
run "nothing is new" 3 evaluate snap.db --baseline base.db --fail-on-new --output json=b0.json
has "it says so" "$out" "Against the baseline: 0 new, "
gone=$(sql base.db "SELECT rule_id FROM rule_result WHERE outcome = 'fail' AND severity = 'high' AND is_incomplete = 0 ORDER BY 1 LIMIT 1")
pass=$(sql base.db "SELECT rule_id FROM rule_result WHERE outcome = 'pass' ORDER BY 1 LIMIT 1")
unseen=$(sql base.db "SELECT rule_id FROM rule_result WHERE outcome = 'fail' AND is_incomplete = 0 AND rule_id <> '$gone' ORDER BY 1 LIMIT 1")
n=$(sql base.db "SELECT fail FROM rule_result WHERE rule_id = '$gone'")
sql base.db "DELETE FROM resource_result WHERE rule_id = '$gone'; DELETE FROM resource_result WHERE rule_id = '$unseen';
    UPDATE rule_result SET outcome = 'not_evaluated', is_incomplete = 1 WHERE rule_id = '$unseen';
    INSERT INTO resource_result(rule_id, resource_id, status) VALUES ('$pass', 'ghost', 'fail'), ('NO-RULE-1', 'x', 'fail');"
run "new findings fail the gate" 1 evaluate snap.db --baseline base.db --fail-on-new --output json=b1.json --output csv=b1.csv --output html=b1.html
has "counts" "$out" "Against the baseline: $n new, "
has "one is fixed" "$out" " 1 fixed, "
has "what the baseline did not judge is not called new" "$out" "not known whether new"
has "what is not judged now is not called fixed" "$out" "1 not judged this time"
is "new rows" "$(sql snap.db "SELECT DISTINCT baseline FROM resource_result WHERE rule_id = '$gone' AND status = 'fail'")" new
is "not known" "$(sql snap.db "SELECT DISTINCT baseline FROM resource_result WHERE rule_id = '$unseen' AND status = 'fail'")" not_known
has "CSV has the fixed one" "$(grep "^$pass," b1.csv)" ",fixed,ghost,"
has "JSON has it" "$(cat b1.json)" "\"rule_id\":\"$pass\",\"resource_id\":\"ghost\""
has "HTML has a word" "$(cat b1.html)" "<strong>New.</strong>"
run "the same again" 1 evaluate snap.db --baseline base.db --output csv=b2.csv --output json=b2.json
yes "same bytes" cmp -s b1.csv b2.csv
sql base.db "UPDATE snapshot SET tenant_id = '99999999-0000-0000-0000-000000000000'"
run "another tenant's baseline" 2 evaluate snap.db --baseline base.db
has "is refused" "$out" "the baseline is of tenant 9999"
run "before anything is contacted" 2 audit --tenant "$tenant" --client-id "$tenant" --baseline base.db
has "refused too" "$out" "the baseline is of tenant 9999"
sql base.db "DELETE FROM evaluation"
run "a baseline without results" 2 evaluate snap.db --baseline base.db
run "--fail-on-new needs one" 2 evaluate snap.db --fail-on-new

finish
