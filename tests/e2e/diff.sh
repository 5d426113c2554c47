#!/bin/sh
# diff.sh - two collections of one tenant, changed in between.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

sim demo || finish
contact collect --snapshot old.db
is "collect" "$rc" 0
cp old.db same.db
sum=$(sha256sum <old.db)

# The tenant a week later.
sed -e 's/"transport": {"SmtpClientAuthenticationDisabled": true/"transport": {"SmtpClientAuthenticationDisabled": false/' \
    -e 's/"members": \["svc-website@larkfield.example", /"members": ["sofia.lindqvist@larkfield.example", /' \
    -e '/"role": "Global Administrator"/s/"owen.reid@larkfield.example", //' \
    -e '/"upn": "gareth.pugh@/s/"SmtpClientAuthenticationDisabled": null/"SmtpClientAuthenticationDisabled": false/' \
    -e 's/"allowInvitesFrom": "everyone"/"allowInvitesFrom": "adminsAndGuestInviters"/' \
    -e 's/include:spf.protection.outlook.com ~all/include:spf.protection.outlook.com -all/' \
    -e 's/"sms": true, "voice": true/"sms": false, "voice": true/' \
    -e 's/"name": "Jake Turner"/"name": "Jake\\u001b[31m\\u202eTurner"/' \
    "$tenants/demo.json" >later.json
sed -e 's/"Policy.Read.AuthenticationMethod", //' later.json >blind.json
tenants=$work
sim later || finish
contact collect --snapshot new.db
is "collect again" "$rc" 0
sim blind || finish
contact collect --snapshot blind.db

ga diff old.db same.db
is "nothing changed: exit" "$rc" 0
has "no results: said" "$err" "never evaluated"
has "no results: said in the text" "$out" "  ! OLD: it was never evaluated (graphaudit evaluate): Outcomes of rules"
has "no results: of both" "$out" "  ! NEW: it was never evaluated (graphaudit evaluate): Outcomes of rules"
has "no results: the rest does not differ" "$out" "Nothing differs in what was compared."
has "no results: said of the file" "$out" ", never evaluated"
ga diff old.db same.db --json
is "nothing changed, JSON: exit" "$rc" 0
is "nothing changed, JSON" "$(sqlite3 -batch :memory: "SELECT json_array_length(CAST(readfile('out') AS TEXT), '$.differences')")" 0
is "no results, JSON: said" "$(sqlite3 -batch :memory: "SELECT count(*) FROM json_each(CAST(readfile('out') AS TEXT), '$.not_compared') AS j
    WHERE j.value ->> 'table' = 'rule_result' AND j.value ->> 'reason' LIKE 'it was never evaluated%'")" 2
for form in html markdown; do
    ga diff old.db same.db --format $form
    is "nothing changed, $form: exit" "$rc" 0
    has "nothing changed, $form: said what was not compared" "$out" "never evaluated"
    has "nothing changed, $form: the rest does not differ" "$out" "Nothing differs in what was compared."
    hasnot "nothing changed, $form: counts of nothing" "$out" "In all"
done
cp same.db judged.db
cp same.db again.db
ga evaluate judged.db --fail-on none --quiet
ga evaluate again.db --fail-on none --quiet
for form in text html markdown; do
    ga diff judged.db again.db --format $form
    is "nothing changed, judged, $form: exit" "$rc" 0
    is "nothing changed, judged, $form: nothing is printed" "$out" ""
done

ga diff old.db new.db --verbose
is "differences: exit" "$rc" 1
cp out text
# line TEXT: a whole line of the answer.
line() { if grep -qxF -- "$1" text; then ok "$1"; else bad "$1" "not in: $(head -c 6000 text)"; fi; }
line "Transport configuration"
line "  ~ Transport configuration: SmtpClientAuthenticationDisabled true -> false"
line "  ~ Authorization policy: allowInvitesFrom everyone -> adminsAndGuestInviters"
line "  ~ Sms: state enabled -> disabled"
is "an object inside another is shown once" "$(grep -c "state enabled -> disabled" text)" 1
line "  + sofia.lindqvist@larkfield.example: out of 'Microsoft-managed: Block legacy authentication' by group CA-Exclude-LegacyAuth"
line "  - svc-website@larkfield.example: out of 'Microsoft-managed: Block legacy authentication' by group CA-Exclude-LegacyAuth"
line "  + sofia.lindqvist@larkfield.example in 'CA-Exclude-LegacyAuth'"
line "  - owen.reid@larkfield.example: active Global Administrator (/)"
line "  ~ gareth.pugh@larkfield.example: smtp_client_authentication_disabled null -> 0"
line "  - spf TXT larkfield.example: v=spf1 ip4:203.0.113.0/24 include:spf.protection.outlook.com ~all"
line "  + spf TXT larkfield.example: v=spf1 ip4:203.0.113.0/24 include:spf.protection.outlook.com -all"
line "  ~ svc-website@larkfield.example: basic allow -> block"
has "hostile name is marked" "$(cat text)" 'Jake\u{1B}[31m\u{202E}Turner'
hasnot "no escape reaches the terminal" "$(cat text)" "$(printf '\033')"
hasnot "no time of change" "$(cat text)" odifiedDateTime
ga diff old.db new.db --verbose
yes "the same bytes again" cmp -s out text
ga diff old.db new.db
is "many lines are held back" "$(grep -c -- '--verbose shows all' out)" "$(grep -c '^  \.\.\. and' out)"
yes "at most 20 a kind" awk '/^$/ {n = 0} /^  [-+~]/ {if (++n > 20) bad = 1} END {exit bad}' out
ga diff new.db old.db
has "the other way round" "$out" "SmtpClientAuthenticationDisabled false -> true"

ga diff old.db new.db --json
is "JSON: exit" "$rc" 1
cp out first.json
# json SQL: over the differences d of the last answer.
json() { sqlite3 -batch :memory: "WITH j(t) AS (SELECT CAST(readfile('out') AS TEXT)), d AS (SELECT value AS v FROM j, json_each(t, '$.differences')) $1"; }
is "JSON: the property" "$(json "SELECT json_type(v, '$.old'), json_type(v, '$.new') FROM d WHERE v->>'table' = 'transport_config' AND v->>'property' = 'SmtpClientAuthenticationDisabled'")" "true|false"
is "JSON: null is not absent" "$(json "SELECT json_type(v, '$.old') || (v->>'new') FROM d WHERE v->>'table' = 'mailbox' AND v->>'property' = 'smtp_client_authentication_disabled'")" null0
is "JSON: who went out" "$(json "SELECT v->>'change' FROM d WHERE v->>'table' = 'ca_exclusion' AND v->>'name' LIKE 'svc-website@%'" | sort -u)" removed
is "JSON: as many as in text" "$(json 'SELECT count(*) FROM d')" "$(grep -c '^  [-+~]' text)"
ga diff old.db new.db --json
yes "the same JSON again" cmp -s out first.json

# As documents.
differences=$(json 'SELECT count(*) FROM d')
for form in html markdown; do
    ga diff old.db new.db --format $form --verbose
    is "$form: exit" "$rc" 1
    cp out first.$form
    ga diff old.db new.db --format $form --verbose
    yes "$form: the same bytes again" cmp -s out first.$form
    has "$form: the property" "$(cat out)" SmtpClientAuthenticationDisabled
    has "$form: through which group" "$(cat out)" "by group CA-Exclude-LegacyAuth"
    hasnot "$form: no escape" "$(cat out)" "$(printf '\033')"
done
is "HTML: a row a difference" "$(grep -c '^<tr><td class="' first.html)" "$differences"
is "Markdown: a row a difference" "$(grep -cE '^\| (Added|Removed|Changed) \|' first.markdown)" "$differences"

# What was not read is not claimed.
ga diff old.db blind.db --verbose
is "blind: exit" "$rc" 1
has "blind: said" "$err" "authentication-methods-policy was not read in NEW"
has "blind: what could be read is a difference" "$out" "  ~ authentication-methods-policy: state complete -> failed"
no_line() { if grep -qxF -- "$2" out; then bad "$1" "$2"; else ok "$1"; fi; }
no_line "blind: no method is claimed" "Authentication methods"
has "blind: said in the text" "$out" "  ! authentication-methods-policy was not read in NEW: Authentication methods"
has "blind: the rest is compared" "$out" "SmtpClientAuthenticationDisabled true -> false"

# Outcomes, when both were judged.
ga evaluate same.db --fail-on none
ga diff same.db new.db
has "one was judged: said" "$err" "not compared: NEW: it was never evaluated"
no_line "one was judged: no outcome" "Outcomes of rules"
has "one was judged: said in the text" "$out" "  ! NEW: it was never evaluated (graphaudit evaluate): Outcomes of rules"
ga evaluate new.db --fail-on none
ga diff same.db new.db --json
yes "outcomes that changed" [ "$(json "SELECT count(*) FROM d WHERE v->>'table' = 'rule_result' AND v->>'property' = 'outcome'")" -gt 0 ]
is "outcomes: those of the results" "$(json "SELECT (v->>'name') || (v->>'new') FROM d WHERE v->>'table' = 'rule_result' AND v->>'property' = 'outcome' ORDER BY 1")" \
    "$(sqlite3 -batch same.db "ATTACH 'new.db' AS n; SELECT r.rule_id || r.outcome FROM n.rule_result r JOIN main.rule_result o USING (rule_id) WHERE o.outcome <> r.outcome ORDER BY 1")"
is "the files are only read" "$(sha256sum <old.db)" "$sum"

# Refused.
refused() { # NAME WORDS ARGUMENT...
    name=$1 words=$2
    shift 2
    ga diff "$@"
    is "$name: exit" "$rc" 2
    has "$name: said" "$err" "$words"
    is "$name: nothing on standard output" "$out" ""
}
cp old.db changed.db
sql changed.db "UPDATE transport_config SET smtp_client_authentication_disabled = 0"
refused "changed after sealing" "changed after it was sealed" old.db changed.db
cp old.db open.db
sql open.db "UPDATE snapshot SET sealed_at = NULL"
refused "unfinished" "did not end" open.db old.db
echo junk >junk.db
refused "no snapshot" "not a graphaudit snapshot" old.db junk.db
refused "no file" "cannot read" none.db old.db
refused "one file" "two snapshots" old.db
refused "no such form" "text, json, html or markdown" old.db same.db --format pdf
refused "two forms" "choose one" old.db same.db --json --format html
tenants=$here/../simulator/tenants
sim clean || finish
contact collect --snapshot clean.db
refused "another tenant" "not of the same tenant" old.db clean.db
finish
