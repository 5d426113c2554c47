#!/bin/sh
# audit.sh - the main job on the demo tenant, over TLS, with every credential, to every format.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

sim demo || finish
contact audit --collect-all --snapshot demo.db --output html=r.html --output junit=j.xml --output json=r.json \
    --output csv=f.csv
is "audit: findings fail the gate" "$rc" 1
has "audit: summary" "$out" "EXO-SMTP"
for f in r.html j.xml r.json f.csv demo.db; do yes "wrote $f" [ -s $f ]; done
is "snapshot is private" "$(stat -c %a demo.db)" 600
is "no leftovers" "$(ls | tr '\n' ' ')" "demo.db err f.csv j.xml out r.html r.json $(basename "$sim_dir") "
is "everything was read" "$(sql demo.db "SELECT group_concat(resource || ' ' || state) FROM collection WHERE state <> 'complete'")" ""
is "one row for each resource" "$(sql demo.db "SELECT count(*) FROM collection")" 43
is "integrity" "$(sql demo.db 'PRAGMA integrity_check')" ok
is "journal folded in" "$(sql demo.db 'PRAGMA journal_mode')" delete
is "tenant known" "$(sql demo.db 'SELECT tenant_id FROM snapshot')" "$tenant_id"
for t in snapshot collection domain security_defaults transport_config organization_config \
    authentication_policy user mailbox sku sku_service_plan user_licence user_service_plan \
    mfa_registration mfa_method ca_policy ca_policy_target ca_policy_control directory_group \
    group_member role role_member named_location sign_in dns_record dkim_config inbound_connector \
    smtp_auth ca_exclusion ca_reach rule_result; do
    n=$(sql demo.db "SELECT count(*) FROM \"$t\"")
    yes "table $t has rows" [ "${n:-0}" -gt 0 ]
done
hasnot "nothing the service would refuse" "$(cat "$sim_dir/log")" '"invalid"'
hasnot "no secret in the snapshot" "$(strings -a demo.db 2>/dev/null || cat demo.db)" "$(cat "$sim_dir/client.secret")"
yes "JUnit is valid" xmllint --noout --schema "$here/../schema/junit.xsd" j.xml
if [ -n "${GRAPHAUDIT_EXTRA_XSD:-}" ]; then
    for x in jenkins-xunit-junit-10.xsd windyroad-JUnit.xsd; do
        yes "JUnit is valid for $x" xmllint --noout --schema "$GRAPHAUDIT_EXTRA_XSD/$x" j.xml
    done
fi

# The same evidence again, with no network, gives the same bytes.
sim_stop
cp r.html r1.html; cp j.xml j1.xml; cp r.json r1.json; cp f.csv f1.csv
TZ=Asia/Tokyo ga evaluate demo.db --output html=r.html --output junit=j.xml --output json=r.json --output csv=f.csv
is "evaluate: same gate" "$rc" 1
for p in "r.html r1.html" "j.xml j1.xml" "r.json r1.json" "f.csv f1.csv"; do
    # shellcheck disable=SC2086
    yes "same bytes: $p" cmp -s $p
done
ga evaluate demo.db --fail-on none --output json=-
is "gate off" "$rc" 0
has "JSON on standard output" "$out" '"schema"'
ga query demo.db 'SELECT count(*) AS n FROM mailbox'
has "query" "$out" "n"
ga query demo.db 'DELETE FROM mailbox'
is "query writes nothing" "$rc" 2
ga query demo.db "ATTACH 'x.db' AS x"
is "query attaches nothing" "$rc" 2
chmod 400 demo.db
ga evaluate demo.db --fail-on none
is "a read-only snapshot can be judged" "$rc" 0
chmod 600 demo.db
cp demo.db changed.db
sql changed.db "UPDATE transport_config SET smtp_client_authentication_disabled = 1 - smtp_client_authentication_disabled"
ga evaluate changed.db
is "changed evidence is refused" "$rc" 2
has "changed evidence: why" "$err" "changed after it was sealed"
cp demo.db x.db
ga audit --demo --snapshot x.db
is "a snapshot is never overwritten" "$rc" 2

# Credentials.
sim demo || finish
for kind in pem pfx; do
    AZURE_CLIENT_CERTIFICATE_PATH=$sim_dir/client.$kind
    export AZURE_CLIENT_CERTIFICATE_PATH
    [ $kind = pfx ] && { AZURE_CLIENT_CERTIFICATE_PASSWORD=$(cat "$sim_dir/client.pfx.password"); export AZURE_CLIENT_CERTIFICATE_PASSWORD; }
    ga collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
        --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --snapshot cert-$kind.db
    is "certificate ($kind)" "$rc" 0
    unset AZURE_CLIENT_CERTIFICATE_PATH AZURE_CLIENT_CERTIFICATE_PASSWORD
done
is "certificate or secret: the same evidence" \
    "$(sql cert-pem.db 'SELECT digest FROM snapshot')" "$(sql demo.db 'SELECT digest FROM snapshot')"
contact collect --snapshot one.db --concurrency 1
is "one request at a time: the same evidence" \
    "$(sql one.db 'SELECT digest FROM snapshot')" "$(sql demo.db 'SELECT digest FROM snapshot')"
sim demo --page-size 7 || finish
contact collect --snapshot pages.db
is "small pages: exit" "$rc" 0
is "small pages: the same rows" "$(sql pages.db 'SELECT count(*) FROM mailbox')" "$(sql demo.db 'SELECT count(*) FROM mailbox')"
for t in user mailbox group_member role_member user_licence mfa_registration sign_in; do
    is "small pages: table $t" "$(sql pages.db "SELECT * FROM \"$t\"" | sha256sum)" "$(sql demo.db "SELECT * FROM \"$t\"" | sha256sum)"
done

# The other tenants.
sim security-defaults || finish
contact audit --collect-all --snapshot sd.db --output junit=sd.xml
yes "security defaults: ran" [ "$rc" -le 3 ]
has "security defaults: verdict" "$(sql sd.db "SELECT group_concat(DISTINCT reply) FROM smtp_auth")" "auth-security-defaults"
sim clean || finish
cat >clean.yaml <<'END'
schema: 1
id: clean
title: All rules, with the emergency accounts named
params: {emergency_accounts: [bg1@tidewaterpilots.onmicrosoft.com, bg2@tidewaterpilots.onmicrosoft.com]}
END
contact audit --collect-all --snapshot clean.db --profile clean.yaml
is "clean tenant passes" "$rc" 0
is "clean tenant: nothing fails" "$(sql clean.db "SELECT group_concat(rule_id) FROM rule_result WHERE outcome IN ('fail','error')")" ""

# The bundled demo.
sim_stop
ga audit --demo --output html=demo.html
is "audit --demo" "$rc" 1
yes "audit --demo: report" [ -s demo.html ]
finish
