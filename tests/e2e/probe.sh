#!/bin/sh
# probe.sh - the submission server asked by the real binary: every gate's answer explained, one sign-in
# and no second, nothing sent unasked, secrets kept, and hostile servers survived in time.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# probe ADDRESS OPTION...: against the simulator that runs.
probe() {
    ga probe --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" "$@"
}
# field NAME KEY EXPECTED: a value of the JSON in $out.
field() {
    got=$(sqlite3 -batch -noheader :memory: "SELECT coalesce(json_extract(CAST(readfile('$work/out') AS TEXT), '\$.$2'), 'null')" 2>&1)
    is "$1" "$got" "$3"
}
# asked METHOD: how often the server was asked that.
asked() { grep -c "\"service\":\"smtp\",\"method\":\"$1\"" "$sim_dir/log"; }
forget() { : >"$sim_dir/log"; }
at=@harbor.example

# usage: nothing is contacted
sim smtp || finish
password=$sim_dir/smtp.password
smtp=$(ready smtp)
forget
printf 'x\n' >open.txt
chmod 644 open.txt
: >empty.txt
printf 'a\nb\n' >two.txt
printf 'a b\n' >blank.txt
chmod 600 empty.txt two.txt blank.txt
ga probe
is "no address: exit" "$rc" 2
probe "nobody"
is "no mail address: exit" "$rc" 2
probe "a$at>
RSET"
is "address with a command inside: exit" "$rc" 2
probe "open$at" --send-to 'x y@z'
is "bad recipient: exit" "$rc" 2
probe "open$at" --password-file open.txt
is "password that others can read: exit" "$rc" 2
has "password that others can read: message" "$err" "chmod 600"
probe "open$at" --password-file empty.txt
is "empty password: exit" "$rc" 2
probe "open$at" --password-file two.txt
is "two lines: exit" "$rc" 2
probe "open$at" --token-file blank.txt
is "no token: exit" "$rc" 2
probe "open$at" --password-file "$password" --token-file "$password"
is "both secrets: exit" "$rc" 2
probe "open$at" --server host:0
is "bad port: exit" "$rc" 2
ga probe "open$at" --server "$smtp" --ca-file empty.txt
is "empty CA file: exit" "$rc" 2
is "usage errors contact nobody" "$(asked STARTTLS)" 0

# what the server offers
forget
probe "open$at" --json
is "plain probe: exit" "$rc" 0
field "greeting" greeting.code 220
field "STARTTLS" offers_starttls 1
field "certificate" certificate.is_verified 1
field "mechanisms with TLS" 'auth' '["LOGIN","XOAUTH2"]'
field "mechanisms without TLS" 'auth_without_tls' '[]'
field "SIZE" size 157286400
field "no sign-in" sign_in null
field "no explanation" explanation null
is "no AUTH" "$(asked AUTH)" 0
is "no MAIL" "$(asked MAIL)" 0
probe "open$at" --server "127.0.0.1:${smtp##*:}"
is "address instead of a name: exit" "$rc" 0
has "address instead of a name: verified" "$out" "verified; CN=localhost"
probe "open$at" --json --tls-scan
field "TLS 1.0 shakes hands" 'tls_scan[0].state' accepted
field "TLS 1.0 is refused then" 'tls_scan[0].after.code' 421
field "TLS 1.1 is refused then" 'tls_scan[1].after.code' 421
field "TLS 1.2" 'tls_scan[2].after.code' 250
field "TLS 1.3" 'tls_scan[3].after.code' 250

# every gate, through the wire
gate() { # ACCOUNT REPLY: signs in, expects that answer
    forget
    probe "$1" --password-file "$password" --json
    is "$1: exit" "$rc" 1
    field "$1: explained" explanation.reply "$2"
    field "$1: sent" sign_in.is_sent 1
    is "$1: one password" "$(asked password)" 1
    is "$1: nothing else" "$(asked MAIL)" 0
}
gate "scanner$at" auth-disabled-tenant
gate "fax$at" auth-disabled-mailbox
gate "legacy$at" auth-basic-disabled
gate "policy$at" auth-criteria
gate "mfa$at" auth-credentials
gate "locked$at" auth-locked
gate "off$at" auth-account-issue
gate "nobox$at" no-mailbox
gate "nobody$at" auth-credentials
gate "fed@fed.harbor.example" auth-sts-unreachable
printf 'Wrong-Pass-4711\n' >wrong.txt
chmod 600 wrong.txt
forget
probe "open$at" --password-file wrong.txt --verbose --json
is "wrong password: exit" "$rc" 1
field "wrong password: explained" explanation.reply auth-credentials
is "wrong password: tried once" "$(asked password)" 1
hasnot "wrong password: kept" "$out$err" Wrong-Pass
hasnot "wrong password: kept in base64" "$out$err" "$(printf 'Wrong-Pass-4711' | base64)"
has "verbose: the conversation" "$err" "C: (the password)"
forget
probe "open$at" --password-file "$password" --json
is "right password: exit" "$rc" 0
field "right password: accepted" sign_in.is_accepted 1
is "right password: nothing sent" "$(asked MAIL)" 0
hasnot "right password: kept" "$out$err" "$(cat "$password")"

# tokens
curl -s --cacert "$sim_dir/ca.pem" -d grant_type=client_credentials -d "client_id=$client_id" \
    --data-urlencode "client_secret=$(cat "$sim_dir/client.secret")" \
    --data-urlencode "scope=$(ready exchange)/.default" "$(ready login)/$tenant_id/oauth2/v2.0/token" >token.json
sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p' token.json >token.txt
chmod 600 token.txt
yes "a token was issued" [ -s token.txt ]
forget
probe "open$at" --token-file token.txt --json --verbose
is "token: exit" "$rc" 0
field "token: mechanism" sign_in.mechanism XOAUTH2
hasnot "token: kept" "$out$err" "$(cut -c 1-40 token.txt)"
probe "policy$at" --token-file token.txt
is "token: Conditional Access is not asked" "$rc" 0
probe "scanner$at" --token-file token.txt --json
is "token: the switch counts: exit" "$rc" 1
field "token: the switch counts" explanation.reply auth-disabled-tenant
printf 'bad.token.here\n' >bad.txt
chmod 600 bad.txt
forget
probe "open$at" --token-file bad.txt --json
is "bad token: exit" "$rc" 1
field "bad token: explained" explanation.reply auth-generic
is "bad token: tried once" "$(asked token)" 1

# mail, only when asked for
forget
probe "open$at" --password-file "$password" --send-to x@elsewhere.example --json
is "send: exit" "$rc" 0
field "send: taken" mail.is_sent 1
is "send: one message" "$(asked message)" 1
sent() { # ACCOUNT REPLY STEP
    probe "$1" --password-file "$password" --send-to x@elsewhere.example --json
    is "send as $1: exit" "$rc" 1
    field "send as $1: explained" explanation.reply "$2"
    field "send as $1: step" mail.step "$3"
}
sent "restricted$at" blocked-sender data
sent "quota$at" quota-submission data
sent "full$at" mailbox-full data
sent "busy$at" concurrent data
sent "bulk$at" hve-external rcpt
forget
probe "open$at" --send-to x@elsewhere.example --json
is "send without a sign-in: exit" "$rc" 1
field "send without a sign-in: explained" explanation.reply not-authenticated
is "send without a sign-in: no message" "$(asked message)" 0
forget
probe "scanner$at" --password-file "$password" --send-to x@elsewhere.example
is "refused sign-in: no MAIL" "$(asked MAIL)" 0

# a server that cannot be trusted gets no secret
forget
ga probe "open$at" --server "$smtp" --password-file "$password" --send-to x@elsewhere.example --json
is "unknown authority: exit" "$rc" 5
has "unknown authority: message" "$err" "does not verify: self-signed certificate"
field "unknown authority: reported" certificate.is_verified 0
field "unknown authority: not sent" sign_in.is_sent 0
is "unknown authority: no AUTH" "$(asked AUTH)" 0
is "unknown authority: no MAIL" "$(asked MAIL)" 0

# security defaults, another tenant
sim security-defaults || finish
password=$sim_dir/smtp.password
probe scanner@brook.example --password-file "$password" --json
is "security defaults: exit" "$rc" 1
field "security defaults: explained" explanation.reply auth-security-defaults

# hostile servers
hostile() { # NAME FAULT PART-OF-STDERR [OPTION...]
    what=$1 fault=$2 part=$3
    shift 3
    sim smtp --fault "service=smtp;$fault" || finish
    before=$(date +%s)
    # A busy machine needs seconds to connect: time is short only where waiting is the answer.
    probe "open$at" --password-file "$sim_dir/smtp.password" --deadline 20s --json --verbose "$@"
    is "$what: exit" "$rc" 5
    has "$what: message" "$err" "$part"
    yes "$what: in time" [ $(($(date +%s) - before)) -le 40 ]
    is "$what: no password" "$(asked password)" 0
}
hostile "silent" "match=connect;kind=empty" "no answer in time" --deadline 6s
hostile "slow drip" "match=EHLO;kind=slow;value=4" "no answer in time" --deadline 6s
hostile "endless line" "match=EHLO;kind=big;value=10000000" "longer than 2048 bytes"
hostile "endless reply" "match=EHLO;kind=endless" "more than 100 lines"
hostile "no SMTP" "match=connect;kind=html" "does not speak SMTP"
hostile "reset" "match=STARTTLS;kind=reset" "closed the connection"
hostile "busy" "match=connect;kind=status;value=421;message=4.3.2 Service not active" "answered with 421"
field "busy: explained" explanation.reply svc-inactive
hostile "TLS refused" "match=STARTTLS;kind=status;value=454;message=4.7.0 TLS not available" "answered with 454"
hostile "text before TLS" "match=STARTTLS;kind=inject" "put text before the TLS handshake"
yes "text before TLS: counted" [ "$(sqlite3 -batch -noheader :memory: "SELECT json_extract(CAST(readfile('$work/out') AS TEXT), '\$.injected_bytes')")" -gt 20 ]
field "text before TLS: not sent" sign_in.is_sent 0
hasnot "text before TLS: not taken for an answer" "$err" "came before the handshake"

sim smtp --fault "service=smtp;match=password;kind=echo" || finish
probe "open$at" --password-file "$sim_dir/smtp.password" --json --verbose
is "a server that repeats the password: exit" "$rc" 1
has "a server that repeats the password: starred" "$out" '***'
hasnot "a server that repeats the password: kept" "$out$err" "$(cat "$sim_dir/smtp.password")"
hasnot "a server that repeats it in base64: kept" "$out$err" "$(tr -d '\n' <"$sim_dir/smtp.password" | base64)"
sim smtp --fault "service=smtp;match=password;kind=status;value=535;message=5.9.9 Moon in the wrong house" || finish
probe "open$at" --password-file "$sim_dir/smtp.password" --json
is "unknown answer: exit" "$rc" 1
field "unknown answer: reply" explanation.reply null
field "unknown answer: layer" explanation.layer unknown
sim smtp --fault "service=smtp;match=password;kind=reset" || finish
probe "open$at" --password-file "$sim_dir/smtp.password" --json
is "lost after the password: exit" "$rc" 5
is "lost after the password: not again" "$(asked password)" 1
sim_stop
probe "open$at"
is "nobody there: exit" "$rc" 5
ga probe "open$at" --server no-such-host.invalid --deadline 15s
is "no such host: exit" "$rc" 5
finish
