#!/bin/sh
# formats.sh - every report of several tenants and of every hostile text, read back by parsers and
# consumers that others wrote (tests/formats), and held against the published schemas.
. "$(dirname "$0")/lib.sh"
: "${HOSTILE:?the program hostile_reports of the same build}"
cd "$work" || exit 1
top=$here/../..

# reports NAME SNAPSHOT [OPTION...]: every format of one snapshot.
reports() {
    name=$1 snapshot=$2
    shift 2
    at=tenants/$name
    mkdir -p "$at"
    ga evaluate "$snapshot" --fail-on none --quiet --output "json=$at/report.json" --output "ndjson=$at/report.ndjson" \
        --output "sarif=$at/report.sarif" --output "sarif-full=$at/full.sarif" --output "html=$at/report.html" \
        --output "markdown=$at/report.md" --output "csv=$at/all.csv" --output "csv-findings=$at/findings.csv" \
        --output "csv-resources=$at/resources.csv" --output "csv-action-plan=$at/plan.csv" --output "junit=$at/rule.xml" \
        --output "ocsf=$at/report.ocsf" --output "oscal=$at/report.oscal" "$@"
    is "$name: reports" "$rc" 0
    ga evaluate "$snapshot" --fail-on none --quiet --junit-by resource --output "junit=$at/resource.xml" "$@"
    is "$name: JUnit by resource" "$rc" 0
    ga evaluate "$snapshot" --fail-on none --quiet --junit-dialect extended --csv-bom --output "junit=$at/extended.xml" \
        --output "csv-action-plan=$at/plan.csv" "$@"
    is "$name: JUnit extended" "$rc" 0
    for f in "$at"/rule.xml "$at"/resource.xml; do
        yes "$f: own schema" xmllint --quiet --noout --schema "$here/../schema/junit.xsd" "$f"
        [ -z "${GRAPHAUDIT_EXTRA_XSD:-}" ] || for x in jenkins-xunit-junit-10.xsd windyroad-JUnit.xsd; do
            yes "$f: $x" xmllint --quiet --noout --schema "$GRAPHAUDIT_EXTRA_XSD/$x" "$f"
        done
    done
}
# to FILE ARGUMENT...: standard output of a command into a file.
to() { file=$1; shift; ga "$@"; cp out "$file"; }

sim demo || finish
contact collect --snapshot demo.db
is "demo" "$rc" 0
cp demo.db baseline.db
ga evaluate baseline.db --fail-on none --quiet --as-of 2026-11-01 --profile cis-m365-v6-l1
set -- $(sql baseline.db "SELECT rule_id FROM rule_result WHERE outcome = 'fail' ORDER BY rule_id LIMIT 3")
is "three rules to waive" $# 3
cat >waivers.yaml <<YAML
schema: 1
waivers:
  - {id: W-1, rule: $1, tenant: $tenant_id, all: true, disposition: risk_accepted, owner: "@owner of #12", approved_by: b@example.com, reason: "=1+1", created: "2026-11-01", expires: "2026-12-10"}
  - {id: W-2, rule: $2, tenant: $tenant_id, all: true, disposition: planned, owner: d@example.com, approved_by: b@example.com, reason: soon, created: "2026-11-01", expires: "2027-01-31"}
  - {id: W-3, rule: $3, tenant: $tenant_id, all: true, disposition: risk_accepted, owner: e@example.com, approved_by: b@example.com, reason: gone, created: "2025-11-01", expires: "2026-01-31"}
YAML
reports demo demo.db
reports redacted demo.db --waivers waivers.yaml --baseline baseline.db --redact upn,ip,secret
reports waived demo.db --waivers waivers.yaml --baseline baseline.db --profile cis-m365-v6-l1
yes "waived: justification" grep -qF -- justification tenants/waived/full.sarif
yes "waived: plan has an owner" grep -qF -- "2027-01-31" tenants/waived/plan.csv
yes "waived: Markdown warns" grep -qF -- "### Waivers to look at" tenants/waived/report.md
yes "waived: Markdown against the baseline" grep -qF -- "Against the baseline" tenants/waived/report.md
at=tenants/demo
for who in $(sql demo.db "SELECT primary_smtp_address FROM mailbox ORDER BY guid LIMIT 12"); do
    to "$at/why-$who.json" why --json --snapshot demo.db "$who"
done
to $at/why-if.json why --json --snapshot demo.db "$who" --what-if mailbox-smtp=on --what-if tenant-smtp=on
to $at/why-sign-in.json why --json --snapshot demo.db --sign-in "user=$who,client=smtp,ip=192.0.2.1"
to $at/why-policy.json why --json --snapshot demo.db --policy "$(sql demo.db 'SELECT id FROM ca_policy ORDER BY id LIMIT 1')"
to $at/why-redacted.json why --json --snapshot demo.db "$who" --redact upn,ip
to $at/why-policy-redacted.json why --json --snapshot demo.db --redact upn,ip,secret --policy "$(sql demo.db 'SELECT id FROM ca_policy ORDER BY id LIMIT 1')"
to $at/explain-redacted.json explain --json --redact upn,ip '535 5.7.3 Authentication unsuccessful for a@b.example from 192.0.2.1'
to $at/explain-line.json explain --json '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.'
to $at/explain-nothing.json explain --json 'all is well'
to $at/explain-other.json explain --json '535-5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials'
to $at/explain-tenant.json explain --json --snapshot demo.db --address "$who" '535 5.7.3 Authentication unsuccessful'
is "nothing said on the demo is an error" "$(find $at -name '*.json' -size 0)" ""

# Parts of it missing, for every reason there is; and another tenant's week.
sim demo --remove-permission Policy.Read.All --fault 'match=/domains;times=99;kind=status;value=403' \
    --disable-cmdlet Get-TransportConfig || finish
contact collect --snapshot blind.db
reports blind blind.db
yes "blind: something is not evaluated" [ "$(sql blind.db "SELECT count(*) FROM rule_result WHERE outcome = 'not_evaluated'")" -gt 5 ]
sed -e 's/"transport": {"SmtpClientAuthenticationDisabled": true/"transport": {"SmtpClientAuthenticationDisabled": false/' \
    -e 's/"members": \["svc-website@larkfield.example", /"members": ["sofia.lindqvist@larkfield.example", /' \
    -e 's/"allowInvitesFrom": "everyone"/"allowInvitesFrom": "adminsAndGuestInviters"/' \
    -e 's/"name": "Jake Turner"/"name": "@jake <img src=x> #12 ##vso[x]\\u001b[31m\\u202eTurner"/' \
    "$tenants/demo.json" >later.json
tenants=$work
sim later || finish
contact collect --snapshot later.db
tenants=$here/../simulator/tenants
for form in json html markdown; do
    to "$at/diff.$(echo $form | sed s/markdown/md/)" diff demo.db later.db --format $form
    is "diff --format $form" "$rc" 1
done
yes "diff names the group" grep -qF -- "by group CA-Exclude-LegacyAuth" $at/diff.html
to $at/diff-blind.json diff demo.db blind.db --json
to $at/diff-blind.html diff demo.db blind.db --format html
yes "diff says what is not compared" grep -qF -- "Not compared" $at/diff-blind.html
sim clean || finish
contact collect --snapshot clean.db
reports clean clean.db
sim security-defaults || finish
contact collect --snapshot defaults.db
reports defaults defaults.db
sim_stop

yes "hostile texts are written" "$HOSTILE" "$work/hostile" "$top"
for d in hostile/*; do # a log may say anything too
    "$GRAPHAUDIT" explain - <"$d/text" >"$d/explain.txt" 2>/dev/null
    "$GRAPHAUDIT" explain --json - <"$d/text" >"$d/explain.json" 2>/dev/null
    "$GRAPHAUDIT" explain "535 5.7.999 $(tr -d '\r\n' <"$d/text")" >"$d/line.txt" 2>/dev/null
done
ls "$work/hostile" | wc -l >n
yes "there are some" [ "$(cat n)" -gt 30 ]
node "$here/../formats/run.mjs" "$work" "$top/reports/schema" >node.log 2>&1
code=$?
grep -v '^ok ' node.log
counts=$(tail -n 1 node.log | grep -E '^[0-9]+ passed, [0-9]+ failed$')
is "readers ran" "${counts:+yes}" yes
if [ -n "$counts" ]; then
    passed=$((passed + ${counts%% *}))
    counts=${counts#*, }
    failed=$((failed + ${counts%% *}))
fi
is "readers: exit" "$code" 0
finish
