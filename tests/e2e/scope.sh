#!/bin/sh
# scope.sh - an audit reads what its rules need and nothing else, and their outcomes are those of a full read.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

left_out() { sql "$1" "SELECT count(*) FROM collection WHERE detail = 'not chosen for this run'"; }
outcomes() { sql "$1" "SELECT rule_id, outcome, reason_code, pass, fail, is_incomplete FROM rule_result WHERE rule_id <> 'RUN-001' ORDER BY 1"; }
verdicts() { sql "$1" "SELECT * FROM smtp_auth ORDER BY 1, 2"; }
asked() { sed 1,"$1"d "$sim_dir/log" | grep -c "$2"; }
lines() { wc -l <"$sim_dir/log"; }

sim demo || finish
contact collect --snapshot full.db
is "collect: everything" "$(left_out full.db)" 0
[ "$(lines)" -gt 20 ] || bad "the log is there"

for profile in smtp-retirement essential scuba eidsca; do
    cp full.db judged.db
    ga evaluate judged.db --profile $profile --quiet
    want=$rc
    before=$(lines)
    contact audit --profile $profile --snapshot $profile.db
    is "$profile: same exit" "$rc" "$want"
    is "$profile: same outcomes" "$(outcomes $profile.db)" "$(outcomes judged.db)"
    yes "$profile: some is left out" [ "$(left_out $profile.db)" -gt 0 ]
    is "$profile: what plan says" "$(sql $profile.db "SELECT count(*) FROM collection WHERE detail IS 'not chosen for this run' AND resource IN (
        $(ga plan --profile $profile --json; echo "$out" | grep -o '"resource": *"[^"]*"' | sed "s/.*: *//;s/\"/'/g" | paste -sd, -))")" 0
    is "$profile: says whose it is" "$(sql $profile.db "SELECT tenant_id FROM snapshot")" "$tenant_id"
    is "$profile: last sign-ins are not asked for" "$(asked "$before" signInActivity)" 0
done
is "the verdicts are whole" "$(verdicts smtp-retirement.db)" "$(cp full.db judged.db; ga evaluate judged.db --profile smtp-retirement --quiet; verdicts judged.db)"
is "what is left out is no gap" "$(sql smtp-retirement.db "SELECT count(*) FROM resource_result r JOIN collection c ON r.resource_id = 'collection/' || c.resource
    WHERE r.rule_id = 'RUN-001' AND c.detail = 'not chosen for this run'")" 0

# Other rules on it: not evaluated, because it was not collected.
ga evaluate eidsca.db --output junit=all.xml --output html=all.html --output json=all.json
is "all rules on a part: exit" "$rc" 1
yes "not evaluated" [ "$(sql eidsca.db "SELECT count(*) FROM rule_result WHERE outcome = 'not_evaluated' AND reason_code = 'not_collected'")" -gt 10 ]
is "and never passed" "$(sql eidsca.db "SELECT count(*) FROM rule_result r JOIN rule u USING (rule_id), json_each(u.resources_json) j
    JOIN collection c ON c.resource = j.value WHERE c.detail = 'not chosen for this run' AND r.outcome IN ('pass', 'not_applicable')")" 0
for f in all.xml all.html all.json; do has "$f says why" "$(cat $f)" "not chosen for this run"; done
has "the summary says it" "$out" "not collected"
box=$(sql full.db "SELECT primary_smtp_address FROM mailbox WHERE recipient_type = 'UserMailbox' ORDER BY 1 LIMIT 1")
ga why "$box" --snapshot eidsca.db
has "why: not collected" "$err" "not collected, not chosen for this run"

contact audit --profile essential --collect-all --snapshot all.db --fail-on none --allow-incomplete
is "--collect-all" "$(left_out all.db)" 0
contact collect --profile smtp-retirement --snapshot some.db
is "collect --profile: what was chosen is whole" "$rc" 0
is "collect --profile: as an audit" "$(left_out some.db)" "$(left_out smtp-retirement.db)"

# A cut collection of everything that an audit of some rules goes on with stays one of everything that was begun.
sim demo --page-size 5 --fault 'match=signInActivity;kind=slow;value=1;page=3;times=1' || finish
contact collect --snapshot cut.db --deadline 4s
has "cut" "$(one cut.db users-sign-in-activity)" "deadline"
contact audit --resume cut.db --profile smtp-retirement --fail-on none --allow-incomplete
is "nothing that was read is lost" "$(sql cut.db "SELECT count(*) FROM collection WHERE state = 'complete'")|$(left_out cut.db)" \
    "$(sql full.db "SELECT count(*) FROM collection WHERE state = 'complete'")|0"
finish
