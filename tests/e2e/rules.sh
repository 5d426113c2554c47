#!/bin/sh
# rules.sh - the rule author's tools with the real program: check, test --mutate, sign and verify.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# run NAME EXPECTED-EXIT ARGUMENT...: output in $out.
run() {
    run_name=$1 run_want=$2
    shift 2
    out=$("$GRAPHAUDIT" "$@" 2>&1)
    is "$run_name" $? "$run_want"
}
top=$(cd "$(dirname "$0")/../.." && pwd)
cp "$(dirname "$GRAPHAUDIT")/demo.db" snap.db
chmod 600 snap.db
rule() { # FILE ID QUERY-TAIL: a rule about domains
    cat >"$1" <<END
schema: 1
id: $2
version: 1
title: Domains are verified
severity: low
service: entra-id
summary: A domain that is not verified receives nothing.
remediation: {summary: Verify the domain.}
references: [{title: Domains, url: https://learn.microsoft.com/x}]
mappings: {nist-800-53r5: [CM-7]}
query: |
  SELECT d.name AS resource_id, d.name AS resource_name,
         CASE WHEN d.is_verified = 1 THEN 'pass' ELSE 'fail' END AS status, 'x' AS reason
    FROM domain d $3 ORDER BY d.name
empty: not_applicable
tests:
  - {name: p, given: {domain: [{name: a, is_verified: 1}]}, expect: {outcome: pass}}
  - {name: f, given: {domain: [{name: a, is_verified: 0}]}, expect: {outcome: fail, fail: [a]}}
  - {name: m, missing: {domains: permission}, expect: {outcome: not_evaluated}}
END
}
mkdir pack
printf 'schema: 1\nid: ours\ntitle: Ours\nversion: "1"\nengine: ">=1"\nretired: [T-009]\n' >pack/pack.yaml
rule pack/a.yaml T-001 ""
run "a clean pack" 0 rules check pack
is "says so" "$out" "1 rules, no problems"

# Everything that check knows, each with its place
rule pack/b.yaml T-002 ""
sed -i -e 's/nothing\./nothing in Office365 <b>now<\/b>./' -e 's,https://learn[^}]*,https://learn_microsoft,' \
    -e 's/{nist-800-53r5: \[CM-7\]}/{nist-800-53r4: [CM-7], mitre: [1110], x-ours: [1]}/' \
    -e 's/outcome: pass}/outcome: pass, pass: [b]}/' pack/b.yaml
run "a pack with problems" 2 rules check pack
for x in "b.yaml:7:60: warning: write 'Microsoft 365', not 'Office365' [name]" "7:70: error: '<b>' looks like HTML" \
    "9:36: error: this is no address" "10:12: warning: framework 'nist-800-53r4' is not known: did you mean 'nist-800-53r5'? [mapping]" \
    "10:43: warning: '1110' is not how mitre writes its ids" "17:5: error: test 'p' fails: expected pass [b], got pass [a] [test]" \
    "2 rules, 4 problems, 3 warnings"; do has "check says: $x" "$out" "$x"; done
run "the same as JSON" 2 rules check pack --json
yes "JSON is JSON" [ "$(printf '%s' "$out" | node -e 'const x=JSON.parse(require("fs").readFileSync(0));console.log(x.problems,x.warnings,x.findings.length,x.rules)')" = "4 3 7 2" ]
run "the same as SARIF" 2 rules check pack --format sarif
yes "SARIF has places" [ "$(printf '%s' "$out" | node -e 'const r=JSON.parse(require("fs").readFileSync(0)).runs[0].results;const p=r[0].locations[0].physicalLocation;console.log(r.length,p.artifactLocation.uri,p.region.startLine,r.every(x=>x.ruleId&&x.message.text))')" = "7 pack/b.yaml 7 true" ]
run "no such format" 2 rules check pack --format xml
rm pack/b.yaml
rule pack/c.yaml T-009 ""
run "an id that was retired" 2 rules check pack
has "is not used again" "$out" "c.yaml:2:5: error: rule T-009 is retired"
printf 'schema: [\n' >pack/c.yaml
run "a file that cannot be read" 2 rules check pack --json
has "is a finding too" "$out" '"check": "load"'
rm pack/c.yaml
for x in "PATCH https://graph.example/v1.0/x with {}|what stands behind the address is not JSON" \
    "GET https://graph.example/v1.0/x|it begins with POST, PUT, PATCH or DELETE" \
    "PATCH graph.example/v1.0/x {}|it begins with POST, PUT, PATCH or DELETE"; do
    sed "s#Verify the domain.#&, graph: '${x%|*}'#" pack/a.yaml >warn.yaml
    run "a repair that is no request" 2 rules check warn.yaml --strict
    has "is told" "$out" "this is no request: ${x#*|}"
done
for x in 'PATCH https://graph.example/v1.0/x {"a": [1]}' "DELETE https://graph.example/v1.0/x"; do
    sed "s#Verify the domain.#&, graph: '$x'#" pack/a.yaml >warn.yaml
    run "a request" 0 rules check warn.yaml --strict
done
sed 's/CM-7/CM-99x(/' pack/a.yaml >warn.yaml
run "a warning" 0 rules check warn.yaml
run "counts with --strict" 2 rules check warn.yaml --strict

# --against
cp -r pack older
rule older/z.yaml T-005 ""
sed -i 's/is_verified = 1 THEN/is_verified <> 0 THEN/' pack/a.yaml
run "a query that changed" 2 rules check pack --against older
has "asks for a version" "$out" "a.yaml:3:10: error: the query changed since version 1: raise the version [version]"
has "a rule that is gone" "$out" "older/z.yaml: warning: rule T-005 is gone"
sed -i 's/^version: 1/version: 2/' pack/a.yaml
run "the version went up" 0 rules check pack --against older
run "it must not go down" 2 rules check older --against pack
has "says so" "$out" "version 1 is lower than the 2"
before=$(cksum <snap.db)
run "against a snapshot" 0 rules check pack --against snap.db
has "with rows" "$out" " pass, "
has "and a count" "$out" "on the snapshot: 0 errors, 0 not evaluated"
is "which stays as it is" "$(cksum <snap.db)" "$before"
run "all shipped rules against it, as JSON" 0 rules check --against snap.db --json
yes "each was tried" [ "$(printf '%s' "$out" | node -e 'const x=JSON.parse(require("fs").readFileSync(0));console.log(x.against.length===x.rules)')" = true ]
sed 's/d.name AS resource_id/CASE d.is_default WHEN 1 THEN 1 ELSE d.name END AS resource_id/' pack/a.yaml >odd.yaml
run "a rule that fails on real rows" 2 rules check odd.yaml --against snap.db
has "is told" "$out" "on the snapshot: row"
run "no snapshot" 2 rules check pack --against /nonexistent

# What tests do not notice
run "mutation" 0 rules test pack --mutate
has "counts" "$out" "that no test notices"
has "names the change" "$out" "a.yaml:15:8: T-001: no test notices (empty) not_applicable  ->  pass"
run "--strict fails" 1 rules test pack --mutate --strict
run "as JSON" 0 rules test pack --mutate --json
yes "JSON counts" [ "$(printf '%s' "$out" | node -e 'const x=JSON.parse(require("fs").readFileSync(0));console.log(x.passed===3&&x.mutation.unnoticed===x.unnoticed.length&&x.mutation.unnoticed>0)')" = true ]

# A rule to begin with, and pages about rules
run "new" 0 rules new LOCAL-X-001
run "passes check, strictly" 0 rules check LOCAL-X-001.yaml --strict
run "its tests hold, and notice" 0 rules test LOCAL-X-001.yaml --mutate
has "all of them" "$out" "6 passed, 0 failed"
run "in a pack" 0 rules new LOCAL-X-002 pack
run "it passes there too" 0 rules check pack --strict
run "its tests can fail" 1 rules test pack --mutate --strict
sed -i "s/is_verified = 1 THEN 'pass'/is_verified = 0 THEN 'pass'/" LOCAL-X-001.yaml
run "they fail when the query is wrong" 1 rules test LOCAL-X-001.yaml
run "in a folder that is not there" 0 rules new LOCAL-X-003 "./My rules/"
run "which is a pack then" 0 rules check "My rules" --strict
run "whose tests hold" 0 rules test "My rules"
has "all of its tests" "$out" "6 passed, 0 failed"
has "its id is the folder's name" "$(cat "My rules/pack.yaml")" "id: my-rules"
echo "# ours" >>"My rules/pack.yaml"
run "a second one" 0 rules new LOCAL-X-004 "My rules"
has "leaves the pack as it is" "$(cat "My rules/pack.yaml")" "# ours"
run "both are checked" 0 rules check "My rules" --strict
has "both" "$out" "2 rules, no problems"
run "no folder where its parent is missing" 2 rules new LOCAL-X-005 nowhere/at/all
run "never over a file" 2 rules new LOCAL-X-002 pack
run "never a shipped id" 2 rules new EXO-SMTP-001
run "never what is no id" 2 rules new local-1
rm pack/LOCAL-X-002.yaml
run "docs" 0 rules docs pages
is "a page a rule, and an index" "$(ls pages | wc -l)" "$(($("$GRAPHAUDIT" rules list | wc -l) + 1))"
for x in "# EXO-SMTP-001: " "## What it checks" "## Why" "## How to fix it" "## References" "## Mappings" \
    "## What it needs" "Exchange.ManageAsApp" "Get-TransportConfig" "## Query" "## Tests" "[EXO-SMTP-002](EXO-SMTP-002.md)"; do
    has "page says: $x" "$(cat pages/EXO-SMTP-001.md)" "$x"
done
run "docs again" 0 rules docs pages2 --quiet
yes "same bytes" diff -r pages pages2
sed -e 's/^title: .*/title: "a | b <script> [x](javascript:1) `c`"/' -e 's/^summary: .*/summary: "# ``` @you ![i](http:\/\/x)"/' \
    -e "s/'x' AS reason/'\`\`\`\`' AS reason/" pack/a.yaml >odd.yaml
run "a hostile rule" 0 rules docs odd-pages --rules odd.yaml
yes "has no markup of its own" sh -c '! grep -nE "(^|[^\\])(<script|\]\(javascript|!\[)" odd-pages/*.md'
has "nor ends a fence" "$(grep -c '^`````' odd-pages/T-001.md)" 2

# Signed packs, with Debian's minisign as the other side
minisign -G -W -f -p ours.pub -s ours.key >/dev/null 2>&1 || yes "minisign makes a key" false
minisign -G -W -f -p other.pub -s other.key >/dev/null 2>&1
chmod 600 ours.key other.key
run "sign" 0 rules sign pack --secret-key ours.key
yes "minisign verifies it" minisign -V -q -p ours.pub -m pack/MANIFEST.json
yes "minisign refuses another key" sh -c '! minisign -V -q -p other.pub -m pack/MANIFEST.json 2>/dev/null'
run "verify" 0 rules verify pack --trusted-keys ours.pub
has "names the key" "$out" "signed by key $(sed -n '1s/.* //p' ours.pub)"
cp pack/MANIFEST.json 1.json
run "sign again" 0 rules sign pack --secret-key ours.key --quiet
yes "same manifest" cmp -s 1.json pack/MANIFEST.json
minisign -S -s ours.key -m pack/MANIFEST.json -t "by hand" >/dev/null
run "verify minisign's own" 0 rules verify pack --trusted-keys ours.pub --json
has "with its comment" "$out" '"comment": "by hand"'
minisign -S -l -s ours.key -m pack/MANIFEST.json >/dev/null 2>&1
run "verify its old kind" 0 rules verify pack --trusted-keys ours.pub
yes "minisign writes a tab" grep -q "^trusted comment: .*$(printf '\t')" pack/MANIFEST.json.minisig
hasnot "shown as a space" "$out" "u{9}"
has "with what it names" "$out" " file:MANIFEST.json"
run "another key" 2 rules verify pack --trusted-keys other.pub
has "is not trusted" "$out" "which is not trusted"
mkdir keys
cp ours.pub other.pub keys/
run "a folder of keys" 0 rules verify pack --trusted-keys keys
ev() { ev_name=$1 ev_want=$2; shift 2; run "$ev_name" "$ev_want" evaluate snap.db --fail-on none --allow-incomplete --quiet "$@"; }
ev "strict, signed" 0 --rules pack --rules-trust strict --trusted-keys keys
ev "strict, a rule of a signed pack" 0 --rules pack/a.yaml --rules-trust strict --trusted-keys keys
ev "strict, not signed" 2 --rules older --rules-trust strict --trusted-keys keys
has "says why" "$out" "rules from 'older' are not trusted: is not signed"
ev "strict, built in" 0 --rules-trust strict
ev "warn" 0 --rules older --trusted-keys keys
has "warns" "$out" "rules from 'older': is not signed"
ev "off" 0 --rules older --rules-trust off
is "says nothing" "$out" ""
ev "no such mode" 2 --rules older --rules-trust maybe
damage() { # NAME COMMAND TEXT: the pack, changed, is not trusted
    rm -rf bad
    cp -r pack bad
    (cd bad && sh -c "$2")
    run "$1" 2 rules verify bad --trusted-keys keys
    has "$1: says" "$out" "$3"
    ev "$1: strict" 2 --rules bad --rules-trust strict --trusted-keys keys
}
damage "a rule was changed" "echo '# x' >>a.yaml" "a.yaml was changed"
damage "a rule was added" "sed s/T-001/T-002/ a.yaml >n.yaml" "n.yaml is not in the manifest"
damage "a file is gone" "echo x >pack.txt; rm pack.txt a.yaml; cp ../older/z.yaml a.yaml" "a.yaml was changed"
damage "the manifest was changed" "sed -i s/a.yaml/b.yaml/ MANIFEST.json" "the signature does not fit"
damage "the trusted comment was changed" "sed -i 's/^trusted comment: ./&x/' MANIFEST.json.minisig" "the signature does not fit"
damage "the signature is cut" "head -n 2 MANIFEST.json.minisig >x; mv x MANIFEST.json.minisig" "is not a minisign signature"
damage "no manifest" "rm MANIFEST.json" "is not signed"
chmod 644 ours.key
run "a key that others can read" 2 rules sign pack --secret-key ours.key
chmod 600 ours.key
printf 'pass word\n' >pw
chmod 600 pw
run "no key" 2 rules sign pack
run "what is no key" 2 rules sign pack --secret-key pw
run "a public key is no secret one" 2 rules verify pack --trusted-keys pw
finish
