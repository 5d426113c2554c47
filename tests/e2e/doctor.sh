#!/bin/sh
# doctor.sh - `doctor` with one thing broken after another: the line that says so, what is lost, what is not
# checked because of it, and the exit code that an audit would run into.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# state CHECK: the states of that check's lines, sorted, once each.
state() { sed -n 's/^\(pass\|fail\|hint\|-   \)  \([a-z]*\) .*/\2 \1/p' out | sed -n "s/^$1 //p" | tr -d ' ' | sort -u | tr '\n' ' '; }

sim demo || finish
contact doctor
is "all well: exit" "$rc" 0
is "all well: nothing but pass" "$(cut -c1-4 out | tr -d ' ' | sort -u | tr -d '\n')" pass
for c in rules options credential snapshot disk proxy dns tls clock tenant token permission excess licence role cmdlet; do
    is "all well: $c" "$(state $c)" "pass "
done
has "all well: which credential" "$out" "a client secret"
has "all well: the CA file is named" "$(tr -d '\n ' <out)" "$sim_dir/ca.pem"
has "all well: who issued" "$out" "graphaudit simulator CA"
hasnot "no colour into a file" "$out" "$(printf '\033')"
is "fits into 80 columns" "$(grep -v "$sim_dir" out | awk 'length($0) > 80' | head -n 3)" ""
hasnot "nothing the service would refuse" "$(cat "$sim_dir/log")" '"invalid"'
is "only Get- cmdlets" "$(sed -n 's/.*"cmdlet": *"\([^"]*\)".*/\1/p' "$sim_dir/log" | grep -vc '^Get-')" 0
is "no files are left" "$(ls -A | tr '\n' ' ')" "err out $(basename "$sim_dir") "
contact doctor --json
is "json: exit" "$rc" 0
has "json: a check" "$out" '"check": "clock"'
has "json: its exit code" "$out" '"exit_code": 0'
contact doctor --snapshot new.db
is "snapshot: not made by doctor" "$([ -e new.db ] && echo there)" ""
: >old.db
contact doctor --snapshot old.db
is "snapshot exists: exit" "$rc" 2
is "snapshot exists: fail" "$(state snapshot)" "fail "
is "snapshot exists: the rest is checked" "$(state cmdlet)" "pass "
contact doctor --snapshot none/new.db
is "no such folder: exit" "$rc" 2
mkdir rules.bad && printf 'schema: 1\n' >rules.bad/X-1.yaml
contact doctor --rules rules.bad
is "bad rules: exit" "$rc" 2
is "bad rules: what is needed is not known" "$(state permission)" "- "
is "bad rules: the network is checked" "$(state tls)" "pass "
contact doctor --rules "$here/../../rules/packs/identity/ENTRA-CA-005.yaml"
is "one rule of Graph: exit" "$rc" 0
has "one rule of Graph: no Exchange" "$out" "do not need it"
contact doctor --deadline 1ms
is "no time: exit" "$rc" 3
has "no time: said so" "$out" "--deadline"
is "no time: rules are checked" "$(state rules)" "pass "

# Nothing named, nothing to sign in with.
ga doctor
is "no options: exit" "$rc" 2
is "no options: rules are checked" "$(state rules)" "pass "
is "no options: token is not" "$(state token)" "- "
ga doctor --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem"
is "no credential: exit" "$rc" 2
is "no credential: clock is checked" "$(state clock)" "pass "
is "no credential: token is not" "$(state token)" "- "

# The network.
base="--tenant $tenant_id --client-id $client_id --client-secret-file $sim_dir/client.secret"
# shellcheck disable=SC2086
ga doctor $base --cloud "$sim_dir/cloud.yaml"
is "wrong CA: exit" "$rc" 5
is "wrong CA: tls" "$(state tls)" "fail "
has "wrong CA: who issued" "$(tr -s '\n ' ' ' <out)" "issued by CN = graphaudit simulator CA"
has "wrong CA: what to do" "$out" "--ca-file"
is "wrong CA: names resolve" "$(state dns)" "pass "
is "wrong CA: the token is not checked" "$(state token)" "- "
sed 's|^login:.*|login: https://no-such-host.invalid|' "$sim_dir/cloud.yaml" >nohost.yaml
# shellcheck disable=SC2086
ga doctor $base --cloud nohost.yaml --ca-file "$sim_dir/ca.pem"
is "unresolvable: exit" "$rc" 5
is "unresolvable: dns, the others are fine" "$(state dns)" "fail pass "
is "unresolvable: clock is not checked" "$(state clock)" "- "
sed 's|^exchange:.*|exchange: https://localhost:1|' "$sim_dir/cloud.yaml" >closed.yaml
# shellcheck disable=SC2086
ga doctor $base --cloud closed.yaml --ca-file "$sim_dir/ca.pem"
is "closed port of Exchange: exit" "$rc" 3
is "closed port of Exchange: connection" "$(state connection)" "fail "
is "closed port of Exchange: Graph is checked" "$(state licence)" "pass "
is "closed port of Exchange: cmdlets are not" "$(state cmdlet)" "- "
# shellcheck disable=SC2086
ga doctor $base --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --proxy http://user:geheim@127.0.0.1:1
is "proxy down: exit" "$rc" 5
is "proxy down: proxy" "$(state proxy)" "fail pass "
hasnot "proxy down: its password is not shown" "$out$err" geheim
HTTPS_PROXY=http://127.0.0.1:1 NO_PROXY=localhost contact doctor
is "NO_PROXY: exit" "$rc" 0
has "NO_PROXY: who set the proxy" "$out" "HTTPS_PROXY says"

# The sign-in.
printf 'expired-secret-of-2024\n' >expired.secret
chmod 600 expired.secret
ga doctor --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --client-secret-file expired.secret
is "expired secret: exit" "$rc" 4
has "expired secret: said so" "$out" "AADSTS7000222"
is "expired secret: permissions are not checked" "$(state permission)" "- "
hasnot "expired secret: not shown" "$out$err" expired-secret-of
ga doctor --tenant nobody.example --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --client-secret-file "$sim_dir/client.secret"
is "unknown tenant: exit" "$rc" 4
is "unknown tenant: tenant" "$(state tenant)" "fail "
has "unknown tenant: code" "$out" "AADSTS90002"

sim demo --clock-offset 600 || finish
AZURE_CLIENT_CERTIFICATE_PATH=$sim_dir/client.pem ga doctor --tenant "$tenant_id" --client-id "$client_id" \
    --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem"
is "bad clock: exit" "$rc" 4
is "bad clock: clock" "$(state clock)" "fail "
has "bad clock: which way" "$out" "s behind"
sim demo --clock-offset=-120 || finish
contact doctor
is "clock off a little: exit" "$rc" 0
is "clock off a little: hint" "$(state clock)" "hint "
has "clock off a little: which way" "$out" "ahead of"

# A certificate that ends soon.
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=soon -days 10 -keyout soon.pem -out soon.crt 2>/dev/null
cat soon.crt >>soon.pem
chmod 600 soon.pem
certificate="--tenant $tenant_id --client-id $client_id --cloud $sim_dir/cloud.yaml --ca-file $sim_dir/ca.pem"
# shellcheck disable=SC2086
{
    AZURE_CLIENT_CERTIFICATE_PATH=soon.pem ga doctor $certificate
    is "certificate ends soon: hint" "$(state credential)" "hint "
    has "certificate ends soon: when" "$out" "expires in 9 days, on 20"
    AZURE_CLIENT_CERTIFICATE_PATH=soon.pem ga collect $certificate --snapshot soon.db
    has "certificate ends soon: a run warns" "$err" "expires in 9 days, on 20"
    AZURE_CLIENT_CERTIFICATE_PATH=$sim_dir/client.pem ga doctor $certificate
    is "certificate with 90 days: no hint" "$(state credential)" "pass "
}
rm -f soon.*

# --trace-http
contact doctor --trace-http t.jsonl
is "trace: exit" "$rc" 0
for part in openid-configuration oauth2/v2.0/token Get-TransportConfig subscribedSkus; do has "trace: $part" "$(cat t.jsonl)" "$part"; done
hasnot "trace: no token" "$(cat t.jsonl)" "eyJ"
hasnot "trace: no secret" "$(cat t.jsonl)" "$(cat "$sim_dir/client.secret")"
contact doctor --trace-http none/t.jsonl
is "trace that cannot be written: exit" "$rc" 2
rm -f t.jsonl

# A token of another tenant.
sim demo --token-tenant 99999999-0000-4000-8000-000000000000 || finish
contact doctor
is "token of another tenant: exit" "$rc" 4
has "token of another tenant: said" "$(tr -s '\n ' ' ' <out)" "the token is of tenant 99999999-0000-4000-8000-000000000000"
for command in "collect --snapshot x.db" "audit --snapshot x.db"; do
    # shellcheck disable=SC2086
    contact $command
    is "$command: token of another tenant: exit" "$rc" 4
    has "$command: token of another tenant: said" "$err" "the token is of tenant 99999999-0000-4000-8000-000000000000"
done
is "token of another tenant: nothing is read" "$(grep -c '"service":"\(graph\|exchange\)"' "$sim_dir/log")" 0
is "token of another tenant: no file" "$(ls x.db 2>/dev/null)" ""

# What is granted.
sim demo --remove-permission Policy.Read.All --add-permission Mail.Send --add-permission User.ReadWrite.All \
    --disable-cmdlet Get-CASMailbox || finish
contact doctor
is "permission missing: exit" "$rc" 3
is "permission missing: said so" "$(state permission)" "fail pass "
has "permission missing: which" "$out" "Policy.Read.All is not granted"
has "permission missing: what is lost" "$out" "ENTRA-CA-001"
has "write permission: warned" "$out" "Mail.Send"
has "write permission: warned of each" "$(tr -s '\n ' ' ' <out)" "is not needed: Mail.Send, User.ReadWrite.All"
is "cmdlet disabled: fail" "$(state cmdlet)" "fail "
has "cmdlet disabled: which" "$out" "Get-CASMailbox"
has "cmdlet disabled: what to do" "$out" "View-Only Recipients"
contact doctor --json
has "json: rules that are lost" "$out" '"ENTRA-CA-001"'
contact audit --fail-on none
has "audit warns of write permissions" "$err" "do more than read, and that no audit needs: Mail.Send, User.ReadWrite.All"
is "audit warns once" "$(printf '%s\n' "$err" | grep -c 'do more than read')" 1
sim demo --remove-exchange-role || finish
contact doctor
is "no Exchange role: exit" "$rc" 3
is "no Exchange role: role is a hint" "$(state role)" "hint "
is "no Exchange role: the cmdlets fail" "$(state cmdlet)" "fail "
contact audit --fail-on none
hasnot "audit does not warn without cause" "$err" "do more than read"
sim demo --remove-permission Exchange.ManageAsApp --licence none || finish
contact doctor
is "no Exchange permission: exit" "$rc" 3
is "no Exchange permission: cmdlets are not checked" "$(state cmdlet)" "- "
is "no licence: hint" "$(state licence)" "hint "
has "no licence: what is lost" "$out" "EXO-SMTP-006"

# A service that hangs or fails does not hold doctor up.
sim demo --fault 'service=exchange;kind=status;value=503' || finish
contact doctor --deadline 5s
is "Exchange fails: exit" "$rc" 3
is "Exchange fails: cmdlets" "$(state cmdlet)" "fail "
finish
