#!/bin/sh
# explain.sh - error lines and logs through the real binary: what it says, its exit codes, its JSON,
# and that no password comes out.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# field NAME KEY EXPECTED: a top-level value of the JSON in $out.
field() {
    got=$(sqlite3 -batch -noheader :memory: "SELECT coalesce(json_extract(CAST(readfile('$work/out') AS TEXT), '\$.$2'), 'null')" 2>&1)
    is "$1" "$got" "$3"
}
# log [OPTION...]: explains $work/log from standard input.
log() {
    "$GRAPHAUDIT" explain "$@" - <"$work/log" >"$work/out" 2>"$work/err"
    rc=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
}
tail='[AM0PR01CA0123.eurprd01.prod.outlook.com 2026-09-08T11:22:33.444Z 08DDEEFF00112233]'

# usage
ga explain
is "nothing to explain: exit" "$rc" 2
has "nothing to explain: message" "$err" "explain what?"
ga explain '   '
is "blank text: exit" "$rc" 2
ga explain - # standard input is empty
is "empty standard input: exit" "$rc" 2
printf '535 5.7.139 x\n' >file.log
ga explain file.log
is "a file: exit" "$rc" 2
has "a file: message" "$err" "explain - < file.log"
ga explain --address a@b.example 535
is "address without snapshot: exit" "$rc" 2
ga explain --snapshot none.db 535
is "snapshot missing: exit" "$rc" 2
ga explain --tenant x 535
is "no option of explain: exit" "$rc" 2
head -c 17000000 /dev/zero >log
log
is "too large: exit" "$rc" 2
has "too large: message" "$err" "larger than 16 MiB"

# one line, quoted or not
ga explain "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. $tail"
is "line: exit" "$rc" 0
has "line: id" "$out" "auth-disabled-tenant: stopped by the organization's SMTP AUTH switch"
has "line: fix" "$out" "Set-CASMailbox -SmtpClientAuthenticationDisabled"
has "line: support" "$out" "08DDEEFF00112233"
is "line: nothing on stderr" "$err" ""
ga explain 535 5.7.139 Authentication unsuccessful, account locked.
has "line without quotes" "$out" "auth-locked:"
ga explain --json "530 5.7.57 Client not authenticated to send mail. [Error: 535 5.7.139 Authentication unsuccessful, basic authentication is disabled. $tail"
is "carried: exit" "$rc" 0
field "carried: reply" reply auth-basic-disabled
field "carried: by" carried_by not-authenticated
field "carried: layer" layer auth-policy
field "carried: support" support.id 08DDEEFF00112233
ga explain --json '535 5.7.139 Authentication unsuccessful, the cat sat on it.'
is "unknown: exit" "$rc" 0
field "unknown: reply" reply null
field "unknown: kind" kind unknown
field "unknown: layer" layer unknown
ga explain '535 5.7.139 Authentication unsuccessful, the cat sat on it.'
has "unknown: no guess" "$out" "Why is not known: do not take it for"
hasnot "unknown: no guess at the password" "$out" "Correct the password"
ga explain --json '535-5.7.8 Username and Password not accepted - gsmtp'
field "Gmail: reply" reply null
field "Gmail: kind" kind other-server
field "Gmail: provider" provider Gmail
ga explain --json 'nothing about mail'
is "nothing: exit" "$rc" 0
field "nothing: kind" kind none
ga explain --json '235 2.7.0 Authentication successful'
field "success: kind" kind success
field "success: layer" layer none

# a whole log
cat >log <<EOT
220 x.outlook.office365.com Microsoft ESMTP MAIL Service ready at Tue
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: c3ZjLWZheEBsYXJrZmllbGQuZXhhbXBsZQ==
S: 334 UGFzc3dvcmQ6
C: SHVudGVyMi1TZWNyZXQ=
S: 535 5.7.139 Authentication unsuccessful, basic authentication is disabled. $tail
C: MAIL FROM:<svc-fax@larkfield.example>
S: 530 5.7.57 Client not authenticated to send mail.
S: 550 5.9.9 Refused by moon phase password=Hunter2-Secret ##vso[task.x]
EOT
printf 'S: 550 5.9.8 Refused \033]0;title\007by \342\200\256stars\n' >>log
log --json
is "log: exit" "$rc" 0
field "log: most telling first" reply auth-basic-disabled
field "log: line" line 7
field "log: address from AUTH LOGIN" address svc-fax@larkfield.example
field "log: findings" 'findings[1].kind' unknown
field "log: consequence last" 'findings[3].reply' not-authenticated
field "log: lines" lines 11
hasnot "log: no password" "$out" Hunter2
hasnot "log: no encoded password" "$out" SHVudGVy
log
hasnot "log, text: no password" "$out" Hunter2
hasnot "log, text: no escape" "$out" "$(printf '\033')"
hasnot "log, text: no bidi override" "$out" "$(printf '\342\200\256')"
hasnot "log, text: no runner command" "$out" '##vso['
is "log, text: width" "$(printf '%s\n' "$out" | awk 'length > 80 && !/support/' | head -n 1)" ""
log --verbose --json
hasnot "log, verbose: no password" "$out$err" Hunter2
head -c 100000 /dev/urandom >log
log
is "binary garbage: exit" "$rc" 0

# with the tenant's own settings
mkdir own
TMPDIR=$PWD/own
export TMPDIR
if [ -f "$(dirname "$GRAPHAUDIT")/demo.db" ]; then
    cp "$(dirname "$GRAPHAUDIT")/demo.db" demo.db
    before=$(sha256sum demo.db)
    printf '535 5.7.139 Authentication unsuccessful, basic authentication is disabled. svc-fax@larkfield.example\n' >log
    log --json --snapshot demo.db
    is "snapshot: exit" "$rc" 0
    field "snapshot: address" snapshot.address svc-fax@larkfield.example
    field "snapshot: verdict" snapshot.basic block
    field "snapshot: confirmed" 'causes[0].tenant' confirmed
    field "snapshot: ruled out" 'causes[1].tenant' ruled_out
    log --json --snapshot demo.db --address noreply@larkfield.example
    field "snapshot: another mailbox" 'causes[0].tenant' ruled_out
    log --json --snapshot demo.db --address nobody@larkfield.example
    field "snapshot: nobody" snapshot.address null
    field "snapshot: nobody is not known" 'causes[0].tenant' not_known
    log --snapshot demo.db
    has "snapshot, text" "$out" "In your tenant, confirmed:"
    is "snapshot: not written to" "$(sha256sum demo.db)" "$before"
    is "snapshot: nothing left behind" "$(find "$TMPDIR" -maxdepth 1 -name 'graphaudit-??????' -newer log | head -n 1)" ""
    cp demo.db bent.db
    chmod 600 bent.db
    sqlite3 bent.db "UPDATE security_defaults SET is_enabled = 1 - is_enabled"
    log --snapshot bent.db
    is "changed evidence: exit" "$rc" 2
    has "changed evidence: message" "$err" "changed after it was sealed"
fi
finish
