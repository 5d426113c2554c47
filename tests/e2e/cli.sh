#!/bin/sh
# cli.sh - what the command says to what is typed wrong: exit code, one line, nothing contacted.
. "$(dirname "$0")/lib.sh"

cd "$work" || exit 1
# expect NAME EXIT PART-OF-STDERR ARGUMENT...
expect() {
    name=$1 code=$2 part=$3
    shift 3
    ga "$@"
    is "$name: exit" "$rc" "$code"
    has "$name: message" "$err" "$part"
    is "$name: one line" "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1
}

touch empty.pem
printf 'secret\n' >open.secret
chmod 644 open.secret
printf 'secret\n' >ok.secret
chmod 600 ok.secret
id=00000000-0000-4000-8000-000000000001

expect "unknown command" 2 "did you mean 'audit'" audti
expect "unknown option" 2 "did you mean --output" audit --ouptut html=x
expect "option of another command" 2 "not an option of this command" query --tenant x
expect "missing value" 2 "--tenant needs a value" audit --tenant
expect "bad number" 2 "--concurrency takes a whole number from 1 to 32" audit --concurrency 99
expect "bad duration" 2 "--deadline takes a time" audit --deadline soon
expect "bad format" 2 "unknown format 'pdf'" audit --output pdf=x.pdf
expect "no path" 2 "FORMAT=PATH" audit --output html
expect "no such language" 2 "--language is en or de, not 'fr'" audit --demo --language fr
expect "no such profile of HTML" 2 "--html-profile is screen or print, not 'pdf'" audit --demo --html-profile pdf
expect "no branding file" 2 "none.yaml" audit --demo --brand none.yaml
printf 'accent: "#ffcc00"\n' >yellow.yaml
expect "an unreadable colour" 2 "yellow.yaml:1:10: 'accent' has a contrast of 1.51:1" audit --demo --brand yellow.yaml
expect "output twice" 2 "named twice" audit --output html=x --output json=x
expect "output folder missing" 2 "folder 'none'" audit --output html=none/x.html
expect "bad gate" 2 "--fail-on takes" audit --fail-on info
expect "bad log format" 2 "--log-format" audit --log-format xml
expect "no tenant" 2 "which tenant" audit
expect "no client" 2 "which app registration" audit --tenant contoso.example
expect "bad client" 2 "is a GUID" audit --tenant contoso.example --client-id me
expect "hostile tenant" 2 "GUID or a domain" audit --tenant 'a/../b' --client-id $id
expect "no credential" 2 "AZURE_CLIENT_CERTIFICATE_PATH" audit --tenant contoso.example --client-id $id
expect "secret others can read" 2 "chmod 600" audit --tenant contoso.example --client-id $id --client-secret-file open.secret
expect "secret file missing" 2 "none.secret" audit --tenant contoso.example --client-id $id --client-secret-file none.secret
expect "ca file missing" 2 "--ca-file" audit --tenant contoso.example --client-id $id --ca-file none.pem --client-secret-file ok.secret
expect "unknown cloud" 2 "mars" audit --tenant contoso.example --client-id $id --cloud mars --client-secret-file ok.secret
printf 'login: https://a.example\ngraph: http://b.example\n' >plain.yaml
expect "cloud over http" 2 "plain.yaml:2:" audit --tenant contoso.example --client-id $id --cloud plain.yaml --client-secret-file ok.secret
expect "collect without snapshot" 2 "--snapshot FILE" collect --tenant contoso.example --client-id $id
expect "evaluate nothing" 2 "evaluate takes one snapshot" evaluate
expect "snapshot missing" 2 "none.db" evaluate none.db
expect "not a snapshot" 2 "not a graphaudit snapshot" evaluate ok.secret
expect "query without snapshot" 2 "query takes a snapshot" query
expect "no such rule" 2 "no rule 'X-1'" rules show X-1
expect "rules without verb" 2 "rules takes list" rules
ga rules check none.yaml
is "rules file missing: exit" "$rc" 2
has "rules file missing: finding" "$out" "none.yaml"
expect "no help" 2 "no help on 'cheese'" help cheese

AZURE_CLIENT_CERTIFICATE_PATH=empty.pem ga audit --tenant contoso.example --client-id $id
is "empty certificate: exit" "$rc" 2
has "empty certificate: message" "$err" "empty.pem"

printf 'schema: 1\nid: X-1\nid: X-2\n' >twice.yaml
ga rules check twice.yaml
is "duplicate key: exit" "$rc" 2
has "duplicate key: place" "$out" "twice.yaml:3:1"
printf 'schema: 1\n  id: [\n' >broken.yaml
ga rules check broken.yaml
is "broken YAML: exit" "$rc" 2
has "broken YAML: place" "$out" "broken.yaml:"

for c in $("$GRAPHAUDIT" help --format names); do
    ga help $c
    is "help $c: exit" "$rc" 0
    has "help $c: usage" "$out" "usage: graphaudit $c"
    ga $c --help
    is "$c --help: exit" "$rc" 0
done
for t in exit-codes environment formats config; do
    ga help $t
    is "help $t" "$rc" 0
done
ga version
has "version" "$out" "graphaudit "
ga version --json
has "version --json" "$out" '"sqlite"'
ga
has "no arguments: overview" "$out" "usage: graphaudit COMMAND"
ga rules list
is "rules list" "$rc" 0
yes "rules list: at least 20" [ "$(printf '%s\n' "$out" | wc -l)" -ge 20 ]
ga rules check
is "rules check: shipped packs" "$rc" 0
ga rules test
is "rules test: shipped packs" "$rc" 0
has "rules test: counts" "$out" ", 0 failed"
"$GRAPHAUDIT" version >/dev/full 2>/dev/null
is "standard output on a full disk" $? 70
finish
