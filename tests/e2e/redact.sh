#!/bin/sh
# redact.sh - reports that name nobody: no format says a user principal name, an address, a display name or an IP
# address of the demo tenant; tokens are the same everywhere, and without --redact nothing changes.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

ga audit --demo --snapshot before.db --fail-on none --quiet --as-of 2026-11-01
is "demo" "$rc" 0
cp before.db demo.db
sqlite3 -batch -noheader demo.db >people <<'SQL'
SELECT user_principal_name FROM user UNION SELECT mail FROM user UNION SELECT display_name FROM user
UNION SELECT user_principal_name FROM mailbox UNION SELECT primary_smtp_address FROM mailbox
UNION SELECT display_name FROM mailbox UNION SELECT user_principal_name FROM mfa_registration
UNION SELECT user_principal_name FROM sign_in;
SQL
# Words of our own texts, too: these mailboxes' names are replaced where they stand alone or in quotes.
grep -vxE -e 'Info|Invoices' people | grep . >names
printf '%s\n' 'Wilhelmina Vos' waiver.owner@elsewhere.example >>names
sql demo.db "SELECT DISTINCT ip_address FROM sign_in UNION SELECT substr(j.value ->> 'cidrAddress', 1,
    instr(j.value ->> 'cidrAddress', '/') - 1) FROM named_location, json_each(ip_ranges_json) AS j" | grep -v '^$' >ips
yes "there are people" [ "$(wc -l <names)" -gt 150 ]
yes "there are IP addresses" [ "$(wc -l <ips)" -gt 2 ]
cat names ips >forbidden
rule=$(sql demo.db "SELECT r.rule_id FROM rule_result AS r JOIN resource_result AS f USING (rule_id) WHERE r.outcome = 'fail'
    AND f.resource_name LIKE '%@%' ORDER BY 1 LIMIT 1")
tenant_id=$(sql demo.db 'SELECT tenant_id FROM snapshot')
cat >waivers.yaml <<YAML
schema: 1
waivers:
  - {id: W-1, rule: $rule, tenant: $tenant_id, all: true, disposition: risk_accepted, owner: "Wilhelmina Vos", approved_by: waiver.owner@elsewhere.example, reason: "asked by anna.berg@larkfield.example from 203.0.113.9", created: "2026-11-01", expires: "2026-12-10"}
YAML
formats='html junit json ndjson sarif sarif-full markdown csv csv-findings csv-resources csv-action-plan ocsf oscal'

# reports FOLDER [OPTION...]: every format into it.
reports() {
    folder=$1
    shift
    mkdir -p "$folder"
    set -- evaluate demo.db --fail-on none --waivers waivers.yaml --baseline before.db "$@"
    for f in $formats; do
        case $f in html) ext=.html ;; *) ext= ;; esac
        set -- "$@" --output "$f=$folder/$f$ext"
    done
    ga "$@"
    is "$folder: reports" "$rc" 0
    printf '%s\n' "$out" >"$folder/summary"
}
reports plain
reports red --redact upn,ip,secret
reports again --redact upn,ip,secret
for f in plain/*; do
    f=${f#plain/}
    is "$f: says nobody" "$(node "$here/redact.mjs" "red/$f" forbidden)" ""
    yes "$f: same bytes twice" cmp "red/$f" "again/$f"
done
for f in html.html json csv junit ndjson ocsf; do
    yes "$f: the plain one names them" [ "$(node "$here/redact.mjs" "plain/$f" forbidden | wc -l)" -gt 10 ]
done

# One person, one token, in every format; and nobody shares one.
ga evaluate demo.db --fail-on none --waivers waivers.yaml --baseline before.db --output json=-
printf '%s' "$out" >plain.json
cat >pairs.mjs <<'JS'
import {readFileSync} from 'node:fs';
const rows = (file) => JSON.parse(readFileSync(file, 'utf8')).resources;
const [plain, red] = [rows('plain.json'), rows('red/json')];
const tokens = new Map();
plain.forEach((row, i) => {
  if (red[i].resource_id !== row.resource_id || red[i].status !== row.status) console.log(`${row.resource_id}: another row`);
  if (!String(row.resource_name).includes('@')) return;
  const token = red[i].resource_name.split('@')[0];
  const name = row.resource_name.toLowerCase();
  if ((tokens.get(name) ?? token) !== token) console.log(`${name}: two tokens`);
  tokens.set(name, token);
});
if (new Set(tokens.values()).size !== tokens.size) console.log('a token of two');
console.error([...tokens.values()].filter((t) => /^person-[0-9a-f]{12}$/.test(t)).sort()[0]);
if (tokens.size < 30) console.log(`only ${tokens.size} tokens`);
JS
is "one person, one token" "$(node pairs.mjs 2>token)" ""
for f in html.html json ndjson csv csv-resources ocsf; do
    node "$here/redact.mjs" "red/$f" >text
    yes "$f: the token" grep -qF "$(cat token)@larkfield.example" text
done
# Without a key a person's token is the same in another snapshot of the tenant; with one, all are.
sed -e '/"upn": "gareth.pugh@/s/"SmtpClientAuthenticationDisabled": null/"SmtpClientAuthenticationDisabled": false/' \
    -e 's/"name": "Jake Turner"/"name": "Jakob Turner"/' -e 's/include:spf.protection.outlook.com ~all/ip4:203.0.113.77 -all/' \
    -e '/"role": "Global Administrator"/s/"owen.reid@larkfield.example", //' "$tenants/demo.json" >later.json
tenants=$work
sim later || finish
contact collect --snapshot old.db
ga evaluate old.db --fail-on none --quiet --redact upn,ip --output json=old.json
is "another snapshot" "$rc" 0
yes "another snapshot: the token" grep -q "$(cat token)" old.json
(umask 077; echo 'a key for all of our reports' >key; echo short >short)
for db in demo.db old.db; do
    ga evaluate $db --fail-on none --quiet --redact upn,ip --redact-key-file key --output json=$db.json
    is "$db: with a key" "$rc" 0
    grep -o 'ip4:ip-[0-9a-f]*' $db.json | sort -u >$db.ip
done
yes "with a key: other tokens" [ "$(grep -c "$(cat token)" demo.db.json)" = 0 ]
yes "with a key: there are IP tokens" [ -s demo.db.ip ]
yes "with a key: the same in both" grep -qxFf demo.db.ip old.db.ip

# What each says of it, and kinds one by one.
yes "JUnit says so" grep -qF 'name="redacted" value="upn, ip, secret"' red/junit
yes "HTML says so" grep -qF 'Redacted: upn, ip, secret' red/html.html
yes "the summary says so" grep -qF 'Redacted: ' red/summary
is "the summary breaks its lines" "$(awk 'length > 90' red/summary)" ""
ga evaluate demo.db --fail-on none --quiet --redact ip --output json=ip.json --language de --output html=ip.html
is "ip only: no IP address" "$(node "$here/redact.mjs" ip.html ips)" ""
yes "ip only: names stay" grep -q anna.berg@larkfield.example ip.json
yes "ip only: says so" grep -qF "Geschwärzt: ip" ip.html
ga evaluate demo.db --fail-on none --quiet --redact upn --output json=upn.json
yes "upn only: IP addresses stay" grep -q 203.0.113 upn.json

# Wrong.
ga evaluate demo.db --redact upn,names
is "unknown kind" "$rc" 2
has "unknown kind: says which there are" "$err" "upn, ip and secret"
ga evaluate demo.db --redact-key-file key
is "a key of nothing" "$rc" 2
ga evaluate demo.db --redact upn --redact-key-file short
is "a short key" "$rc" 2
chmod 644 key
ga evaluate demo.db --redact upn --redact-key-file key
is "a key that others can read" "$rc" 2

# What changed, in every form and for a program that is told.
echo 'Jakob Turner' >>names
ga evaluate old.db --fail-on none --quiet
cat names >told
echo 203.0.113.77 >>told
for form in text json html markdown; do
    ga diff demo.db old.db --verbose --format $form --redact upn,ip
    is "diff, $form" "$rc" 1
    is "diff, $form: says nobody" "$(node "$here/redact.mjs" out told 2>&1)" ""
    cp out diff.$form
    yes "diff, $form: says so" grep -qi "redacted" diff.$form
    yes "diff, $form: a token" grep -qE 'person(-|\\-)[0-9a-f]{12}' diff.$form
    ga diff demo.db old.db --verbose --format $form
    node "$here/redact.mjs" out told >said
    yes "diff, $form: the plain one names them" grep -qxF gareth.pugh@larkfield.example said
    cp out plain.$form
done
is "diff: nothing got lost" "$(sqlite3 :memory: "SELECT json_array_length(CAST(readfile('diff.json') AS TEXT), '$.differences')")" \
    "$(sqlite3 :memory: "SELECT json_array_length(CAST(readfile('plain.json') AS TEXT), '$.differences')")"
ga diff demo.db old.db --redact names
is "diff: unknown kind" "$rc" 2

# One mailbox, one policy, one sign-in, and a device's log.
asked() { # NAME ARGUMENT...
    asked_name=$1
    shift
    ga "$@" --redact upn,ip
    is "$asked_name" "$rc" 0
    is "$asked_name: says nobody" "$(node "$here/redact.mjs" out forbidden)" ""
    yes "$asked_name: says so" grep -qi redacted out
}
for who in svc-scanner@larkfield.example evil.html@larkfield.example info@larkfield.example; do
    asked "why $who" why $who --snapshot demo.db
    yes "why $who: a token" grep -qE 'person-[0-9a-f]{12}@larkfield.example' out
    asked "why $who, JSON" why $who --snapshot demo.db --json
    is "why $who, JSON: kinds" "$(sqlite3 :memory: "SELECT json_extract(CAST(readfile('out') AS TEXT), '$.redacted')")" '["upn","ip"]'
done
yes "why: the same token" grep -qF "$(sql demo.db "SELECT id FROM user WHERE user_principal_name = 'info@larkfield.example'")" out
asked "why --policy" why --snapshot demo.db --policy "$(sql demo.db 'SELECT id FROM ca_policy ORDER BY display_name LIMIT 1 OFFSET 2')"
asked "why --sign-in" why --snapshot demo.db --sign-in user=anna.berg@larkfield.example,client=smtp,ip=203.0.113.9
hasnot "why --sign-in: no IP address" "$out" 203.0.113.9
echo '2026-11-20 03:12:07 from 203.0.113.9 svc-scanner@larkfield.example: 535 5.7.3 Authentication unsuccessful for bob@elsewhere.example' >log
for with in '' '--snapshot demo.db'; do
    for form in '' --json; do
        # shellcheck disable=SC2086 # options
        "$GRAPHAUDIT" explain - $with $form --redact upn,ip <log >out 2>err
        is "explain $with $form: says nobody" "$(grep -cE 'larkfield.example: 535|svc-scanner@|bob@|203\.0' out)" 0
        yes "explain $with $form: says so" grep -qi redacted out
    done
done
ga why svc-scanner@larkfield.example --snapshot demo.db --redact everybody
is "why: unknown kind" "$rc" 2

printf '%s\n' '#!/bin/sh' 'cat "$GRAPHAUDIT_HOOK_TEXT" "$GRAPHAUDIT_HOOK_JSON" >"$GRAPHAUDIT_HOOK_DIR/told"' >hook
chmod 755 hook
mkdir changes
contact audit --output-dir changes --fail-on none --quiet
tenants=$here/../simulator/tenants
sim demo || finish
SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 60))
contact audit --output-dir changes --fail-on none --quiet --redact upn,ip --on-change ./hook
is "--on-change" "$rc" 0
is "--on-change: says nobody" "$(node "$here/redact.mjs" changes/told told)" ""
yes "--on-change: a token" grep -qE 'person-[0-9a-f]{12}' changes/told
cat >tenants.yaml <<YAML
schema: 1
defaults: {client-id: $client_id, cloud: $sim_dir/cloud.yaml, ca-file: $sim_dir/ca.pem, dns-server: "$dns", client-secret-file: $sim_dir/client.secret, fail-on: none, redact: "upn,ip"}
tenants:
  - {name: larkfield, tenant: $tenant_id}
YAML
ga fleet --tenants tenants.yaml --output-dir fleet
is "fleet" "$rc" 0
for f in report.html report.json junit.xml; do
    is "fleet, $f: says nobody" "$(node "$here/redact.mjs" fleet/larkfield/$f forbidden)" ""
done
ga fleet report fleet --output html=- --output csv=fleet.csv --output junit=fleet.xml
cp out fleet.all
cat fleet.csv fleet.xml >>fleet.all
is "fleet's roll-up: says nobody" "$(node "$here/redact.mjs" fleet.all forbidden)" ""
printf 'schema: 1\nredact: upn\nredact-key-file: key\n' >graphaudit.yaml
GRAPHAUDIT_CONFIG='' && unset GRAPHAUDIT_CONFIG
ga evaluate demo.db --quiet
is "a key out of a folder's file" "$rc" 2
has "a key out of a folder's file: said" "$err" "redact-key-file"
printf 'schema: 1\nredact: upn\n' >graphaudit.yaml
ga evaluate demo.db --quiet --fail-on none --output csv=configured.csv
is "by configuration" "$rc" 0
is "by configuration: says nobody" "$(node "$here/redact.mjs" configured.csv names)" ""
rm graphaudit.yaml
export GRAPHAUDIT_CONFIG=none

ga audit --demo --output-dir nights --redact upn,ip --fail-on none --quiet
is "--output-dir" "$rc" 0
for f in nights/report.html nights/findings.csv nights/report.md nights/junit.xml nights/report.sarif; do
    is "$f: says nobody" "$(node "$here/redact.mjs" $f names)" ""
done
finish
