#!/bin/sh
# why.sh - one mailbox explained: each account of the demo tenant, suppositions, sign-ins, live.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

sim demo || finish
contact collect --snapshot demo.db
is "collect" "$rc" 0
sum=$(sha256sum <demo.db)
is "nothing is derived yet" "$(sql demo.db 'SELECT count(*) FROM smtp_auth')" 0

# json PATH: a value of the last answer, by SQLite's reader.
json() { sqlite3 -batch :memory: "SELECT coalesce(json_extract(CAST(readfile('$work/out') AS TEXT), '$1'), '-')"; }
# account NAME EXIT VERDICT REPLY GATE [LAYERS]
account() {
    ga why "$1" --snapshot demo.db --json
    is "$1: exit" "$rc" "$2"
    is "$1: verdict" "$(json '$.verdict.basic')" "$3"
    is "$1: reply" "$(json '$.verdict.reply.id')" "$4"
    is "$1: gate" "$(json '$.verdict.decided_by')" "$5"
    [ $# -lt 6 ] || is "$1: layers" "$(json '$.verdict.layers')" "$6"
}
l=larkfield.example
account ben.fowler@$l 0 block auth-disabled-tenant tenant-switch
for a in anna.berg david.okoro emma.walsh claims; do account $a@$l 0 block auth-disabled-mailbox tenant-switch; done
account noreply@$l 0 block auth-criteria conditional-access '["ca"]'
is "noreply: both policies" "$(json '$.verdict.policies[1].bearing')" certain
account svc-scanner@$l 0 block auth-criteria conditional-access '["ca"]'
is "svc-scanner: one policy" "$(json '$.verdict.policies[0].name')" "Microsoft-managed: Multifactor authentication for all users"
is "svc-scanner: and no other" "$(json '$.verdict.policies[1].name')" "-"
for a in svc-erp@$l svc-website@$l printers@larkfield-print.example invoices@$l; do account $a 0 allow auth-ok -; done
account svc-fax@$l 0 block auth-basic-disabled auth-policy
account svc-monitor@$l 3 unknown - auth-policy
has "svc-monitor: the policy is gone" "$(json '$.verdict.explanation')" "names a policy that no longer exists"
account svc-pop@$l 0 block auth-disabled-tenant tenant-switch
account svc-legacy@$l 3 unknown - mailbox-switch
has "svc-legacy: absent is not null" "$(json '$.verdict.gates[3].evidence')" "absent from the reply"
account svc-dispatch@$l 0 conditional auth-criteria conditional-access
account svc-alarm@$l 0 conditional - licence
account victor.hale@$l 0 block auth-criteria conditional-access
account orders@$l 0 conditional auth-generic licence
is "orders: safest first" "$(json '$.fixes[0].id')" send-as
account marta.nowak@$l 0 block auth-credentials per-user-mfa
account tom.hale@$l 0 block auth-disabled-tenant tenant-switch
account old-scanner@$l 0 block auth-account-issue account
is "old-scanner: not revived" "$(json '$.fixes[0].id')" send-as
account pete.marsh@fed.$l 0 block auth-criteria conditional-access
account alerts-hve@$l 0 block auth-criteria conditional-access
is "alerts-hve: no switch there" "$(json '$.verdict.gates[2].basic')" not_applicable
account "Gareth Pugh" 0 block auth-disabled-tenant tenant-switch

# The same as table smtp_auth, for every mailbox.
cp demo.db judged.db
ga evaluate judged.db --fail-on none
is "evaluate" "$rc" 0
n=0
for guid in $(sql judged.db 'SELECT mailbox_guid FROM smtp_auth'); do
    n=$((n + 1))
    ga why "$guid" --snapshot demo.db --json
    got=$(sqlite3 -batch :memory: "WITH o(j) AS (SELECT CAST(readfile('$work/out') AS TEXT)) SELECT
        j->>'\$.verdict.basic', j->>'\$.verdict.oauth_delegated', j->>'\$.verdict.oauth_app',
        coalesce(j->>'\$.verdict.reply.id', '-'), j->'\$.verdict.layers', j->>'\$.verdict.confidence',
        j->>'\$.verdict.explanation' FROM o")
    want=$(sql judged.db "SELECT basic, oauth_delegated, oauth_app, coalesce(reply, '-'), layers,
        confidence, explanation FROM smtp_auth WHERE mailbox_guid = '$guid'")
    is "smtp_auth: $guid" "$got" "$want"
done
yes "every mailbox was compared" [ "$n" -ge 60 ]

# For people.
ga why svc-scanner@$l --snapshot demo.db
has "text: verdict" "$out" "NO - stopped by Conditional Access"
has "text: overridden" "$out" "overridden"
has "text: where" "$out" "Get-CASMailbox SmtpClientAuthenticationDisabled = False"
has "text: log" "$out" "535 5.7.139 Authentication unsuccessful, the request did not meet"
has "text: costs" "$out" "What it costs:"
hasnot "text: no colour into a file" "$out" "$(printf '\033')"
is "text: no line of prose beyond 80 columns" "$(printf '%s\n' "$out" | grep -v 'PS>\|https://\|^Can it send' | awk 'length > 80' | wc -l)" 0
ga why svc-erp@$l --snapshot demo.db
has "text: what was not read" "$out" "Not read, so no verdict stands on it"
ga why ben.fowler@$l --snapshot demo.db
has "text: one mailbox is opened" "$out" "Set-CASMailbox -Identity 'ben.fowler@$l' -SmtpClientAuthenticationDisabled \$false"
hasnot "text: the tenant is not opened" "$out" "Set-TransportConfig"
has "text: what is next" "$out" "- Conditional Access (block)"
ga why evil.rtl@$l --snapshot demo.db
has "hostile name is marked" "$out" "\\u{202E}"
cp out first; ga why evil.rtl@$l --snapshot demo.db
yes "the same bytes again" cmp -s out first
ga why ben.fowler@$l --snapshot demo.db --json
cp out first; ga why ben.fowler@$l --snapshot demo.db --json
yes "the same JSON again" cmp -s out first
COLUMNS=100 ga why ben.fowler@$l --snapshot demo.db
is "wide terminal" "$rc" 0

# And if?
# what NAME CHANGE BEFORE AFTER GATE
what() {
    ga why "$1" --snapshot demo.db --json --what-if "$2"
    is "what if $1 $2: before" "$(json '$.verdict.basic')" "$3"
    is "what if $1 $2: after" "$(json '$.what_if.verdict.basic')" "$4"
    is "what if $1 $2: gate" "$(json '$.what_if.verdict.decided_by')" "$5"
}
what ben.fowler@$l mailbox-smtp=on block block conditional-access
what svc-scanner@$l "exclude-from=Microsoft-managed: Multifactor authentication for all users" block allow -
what noreply@$l "exclude-from=Microsoft-managed: Block legacy authentication" block block conditional-access
what svc-erp@$l mailbox-smtp=inherit allow block tenant-switch
what svc-erp@$l security-defaults=on allow block security-defaults
what svc-fax@$l auth-policy=allow block allow -
what svc-alarm@$l licence=yes conditional allow -
what svc-legacy@$l mailbox-smtp=on unknown allow -
what marta.nowak@$l app-password=yes block allow -
what old-scanner@$l account=enabled block allow -
what svc-erp@$l per-user-mfa=enforced allow block per-user-mfa
ga why svc-legacy@$l --snapshot demo.db --what-if mailbox-smtp=on
is "a supposition can settle it" "$rc" 0
has "supposed is marked" "$out" "--what-if supposed"
ga why ben.fowler@$l --snapshot demo.db -w tenant-smtp=on
has "opening the tenant is warned of" "$out" "mailboxes inherit"
ga why svc-erp@$l --snapshot demo.db --as-of 2027-01-01 --json
is "from 2027 on" "$(json '$.verdict.decided_by')" service
is "from 2027 on: verdict" "$(json '$.verdict.basic')" conditional

ga why svc-erp@$l --snapshot demo.db --as-of 2028-04-01 --smtp-removal-date 2028-03-31 --json
is "removed: verdict" "$(json '$.verdict.basic')" block
is "removed: gate" "$(json '$.verdict.decided_by')" service
is "removed: reply" "$(json '$.verdict.reply.id')" removed
is "removed: OAuth first" "$(json '$.fixes[0].id')" oauth
ga why alerts-hve@$l --snapshot demo.db --as-of 2028-04-01 --smtp-removal-date 2028-03-31 --json
is "removed: HVE is excepted" "$(json '$.verdict.decided_by')" conditional-access
what svc-erp@$l removal-date=2026-01-31 allow block service

# From this address?
what svc-dispatch@$l ip=203.0.113.9,country=GB conditional allow -
what svc-dispatch@$l ip=192.0.2.200,country=KP conditional block conditional-access
what svc-erp@$l ip=192.0.2.200 allow allow -

# The removal date is part of the run: recorded, and the same bytes come out.
cp judged.db removed.db
ga evaluate removed.db --fail-on none --as-of 2028-04-01 --smtp-removal-date 2028-03-31 --output json=removed.json --output html=removed.html
is "removed: evaluate" "$rc" 0
is "removed: recorded" "$(sql removed.db 'SELECT smtp_removal_date FROM evaluation')" 2028-03-31
is "removed: all that could" "$(sql removed.db "SELECT count(*) FROM smtp_auth a JOIN mailbox m ON m.guid = a.mailbox_guid WHERE a.basic IN ('allow','conditional') AND m.is_hve = 0")" 0
is "removed: in the report" "$(sqlite3 -batch :memory: "SELECT json_extract(CAST(readfile('removed.json') AS TEXT), '$.evaluation.smtp_removal_date')")" 2028-03-31
has "removed: for people" "$(cat removed.html)" "2028-03-31, Microsoft has removed basic"
is "unset is not known" "$(sql judged.db 'SELECT smtp_removal_date IS NULL FROM evaluation')" 1

# Sign-ins.
# sign NAME SAID BLOCKED MFA
sign() {
    ga why "$1" --snapshot demo.db --json --sign-in "$2"
    is "sign-in $1 $2: exit" "$rc" 0
    is "sign-in $1 $2: blocked" "$(json '$.blocked')" "$3"
    is "sign-in $1 $2: MFA" "$(json '$.needs_mfa')" "$4"
}
sign svc-dispatch@$l client=smtp,app=exchange,ip=203.0.113.9,country=GB no no
sign svc-dispatch@$l client=smtp,app=exchange,ip=192.0.2.200,country=KP yes no
sign svc-dispatch@$l client=smtp,app=exchange unknown no
sign ben.fowler@$l client=smtp,app=exchange,ip=203.0.113.9,country=GB yes no
sign ben.fowler@$l client=browser,app=exchange,ip=203.0.113.9,country=GB,platform=windows,device=compliant,flow=none no yes
ga why --snapshot demo.db --sign-in user=svc-dispatch@$l,client=smtp,app=exchange,ip=192.0.2.200,country=KP
has "sign-in: text" "$out" "BLOCKED by a policy that applies"
has "sign-in: which condition was not met" "$out" "users not met: excluded through the group"
ga why svc-dispatch@$l --snapshot demo.db --json --sign-in client=smtp,app=exchange,ip=192.0.2.200,country=KP \
    --what-if "exclude-from=CA030 Block devices away from our sites"
is "sign-in: excluded" "$(json '$.blocked')" no

# Whom a policy reaches.
ga why --snapshot demo.db --json --policy "Microsoft-managed: Multifactor authentication for all users"
is "policy: exit" "$rc" 0
is "policy: excluded as ca_exclusion says" "$(json '$.excluded.people')" "$(sql judged.db "SELECT count(DISTINCT x.user_id)
    FROM ca_exclusion x JOIN ca_policy p ON p.id = x.policy_id WHERE p.display_name = 'Microsoft-managed: Multifactor authentication for all users'")"
for id in $(sql demo.db "SELECT id FROM ca_policy WHERE is_workload = 0"); do
    ga why --snapshot demo.db --json --policy "$id"
    is "policy $id: exit" "$rc" 0
    is "policy $id: everybody is somewhere" "$(sqlite3 -batch :memory: "WITH o(j) AS (SELECT CAST(readfile('$work/out') AS TEXT))
        SELECT j->>'$.in_scope.people' + (j->>'$.excluded.people') + (j->>'$.maybe.people') <= $(sql demo.db 'SELECT count(*) FROM user') FROM o")" 1
done
ga why --snapshot demo.db --policy "Microsoft-managed: Multifactor authentication for all users"
has "policy: text" "$out" "Excluded, and in scope otherwise:"

ga help why
is "help" "$rc" 0
for key in tenant-smtp= mailbox-smtp= auth-policy= account= federated= security-defaults= exclude-from= \
    per-user-mfa= app-password= licence= removal-date= user= app= client= ip= country= platform= device= flow= user-risk= sign-in-risk= \
    insider-risk=; do
    has "help names $key" "$out" "$key"
done

# What is typed wrong.
# wrong NAME EXIT PART ARGUMENT...
wrong() {
    name=$1 code=$2 part=$3
    shift 3
    ga why "$@"
    is "$name: exit" "$rc" "$code"
    has "$name: message" "$err" "$part"
    is "$name: one line" "$(printf '%s\n' "$err" | wc -l | tr -d ' ')" 1
    is "$name: nothing on standard output" "$out" ""
}
wrong "no address" 2 "which mailbox"
wrong "two addresses" 2 "takes one ADDRESS" a@$l b@$l --snapshot demo.db
wrong "typing error" 2 "did you mean svc-scanner@$l" svc-scaner@$l --snapshot demo.db
wrong "alias" 2 "an alias is not known" nothing-like-it --snapshot demo.db
wrong "snapshot missing" 2 "none.db" a@$l --snapshot none.db
wrong "bad change" 2 "one of on, off, inherit" a@$l --snapshot demo.db --what-if mailbox-smtp=maybe
wrong "bad policy" 2 "no Conditional Access policy 'X'" svc-erp@$l --snapshot demo.db --what-if exclude-from=X
wrong "bad sign-in" 2 "did you mean client" a@$l --snapshot demo.db --sign-in clent=smtp
wrong "bad value" 2 "no IP address" svc-erp@$l --snapshot demo.db --sign-in ip=1.2.3
wrong "bad date" 2 "--as-of takes a date" svc-erp@$l --snapshot demo.db --as-of soon
wrong "a policy and an address" 2 "--policy asks about a policy" svc-erp@$l --snapshot demo.db --policy X
wrong "no such policy" 2 "no Conditional Access policy 'X'" --snapshot demo.db --policy X
wrong "bad removal date" 2 "--smtp-removal-date takes a date" svc-erp@$l --tenant x.example --smtp-removal-date 31.3.2028
wrong "an address that is none" 2 "'office' is no IP address" svc-erp@$l --tenant x.example --what-if ip=office
wrong "live without tenant" 2 "which tenant" svc-erp@$l
wrong "bad change, nothing contacted" 2 "did you mean mailbox-smtp" svc-erp@$l --tenant x.example --what-if mailbox-stmp=on
cp demo.db changed.db
sql changed.db "UPDATE security_defaults SET is_enabled = 1 - is_enabled"
wrong "changed evidence" 2 "changed after it was sealed" svc-erp@$l --snapshot changed.db
chmod 400 demo.db
ga why svc-erp@$l --snapshot demo.db
is "a read-only snapshot" "$rc" 0
chmod 600 demo.db
is "the snapshot was only read" "$(sha256sum <demo.db)" "$sum"
is "and nothing lies beside it" "$(ls demo.db-* 2>/dev/null)" ""

# Live.
: >"$sim_dir/log"
TMPDIR=$work/tmp; mkdir "$TMPDIR"; export TMPDIR
contact why svc-scanner@$l --json
is "live: exit" "$rc" 0
is "live: verdict" "$(json '$.verdict.basic')" block
is "live: gate" "$(json '$.verdict.decided_by')" conditional-access
is "live: the temporary snapshot is gone" "$(ls "$TMPDIR")" ""
hasnot "live: no sign-in log is read" "$(cat "$sim_dir/log")" "auditLogs"
hasnot "live: nothing the service would refuse" "$(cat "$sim_dir/log")" '"invalid"'
sim demo --remove-permission Policy.Read.All || finish
contact why svc-erp@$l --json
is "live without a permission: exit" "$rc" 3
is "live without a permission: unknown" "$(json '$.verdict.basic')" unknown
has "live without a permission: which" "$(json '$.fixes[0].steps')" "Policy.Read.All"
contact why svc-scaner@$l
is "live: not found" "$rc" 2
sim demo --remove-exchange-role || finish
contact why svc-erp@$l
is "live without Exchange: exit" "$rc" 3
has "live without Exchange: why" "$err" "may exist"
printf 'wrong' >"$sim_dir/client.secret"
contact why svc-erp@$l
is "live: wrong secret" "$rc" 4
is "live: nothing left behind" "$(ls "$TMPDIR")" ""
sim_stop

ga why svc-scanner@$l --demo --json
is "demo: exit" "$rc" 0
is "demo: verdict" "$(json '$.verdict.basic')" block
finish
