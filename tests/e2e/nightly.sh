#!/bin/sh
# nightly.sh - the same tenant audited night after night: dated snapshots, what is compared, who is
# told, what is removed.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset CREDENTIALS_DIRECTORY

sed -e 's/"transport": {"SmtpClientAuthenticationDisabled": true/"transport": {"SmtpClientAuthenticationDisabled": false/' "$tenants/demo.json" >later.json
cat >hook <<'HOOK'
#!/bin/sh
# Notes what it was given; says something on both streams.
{
    env | sort
    echo "arguments: $#"
    ls -l /proc/self/fd | wc -l
} >"$HOOK_LOG"
cat >"$HOOK_LOG.stdin"
cp "$GRAPHAUDIT_HOOK_JSON" "$HOOK_LOG.json"
cp "$GRAPHAUDIT_HOOK_TEXT" "$HOOK_LOG.text"
echo "hook out"
echo "hook err" >&2
exit "${HOOK_EXIT:-0}"
HOOK
chmod 755 hook
export HOOK_LOG="$work/told"
day() { export SOURCE_DATE_EPOCH=$((1795413600 + $1 * 86400)); }
night() { # ARGUMENT...
    rm -f told told.*
    contact audit --output-dir runs --on-change ./hook --profile essential "$@"
}
snapshots() { find runs -name 'graphaudit_*' | wc -l | tr -d ' '; }

sim demo || finish
day 0
night --keep 2
is "first night: exit" "$rc" 1
yes "first night: nobody is told" [ ! -e told ]
is "first night: a dated snapshot" "$(find runs -name 'graphaudit_*')" "runs/graphaudit_${tenant_id}_20261123T060000Z.db"
is "its mode" "$(stat -c %a "runs/graphaudit_${tenant_id}_20261123T060000Z.db")" 600
is "the folder's mode" "$(stat -c %a runs)" 700
for f in report.html junit.xml report.json findings.csv report.sarif report.md; do
    yes "first night: $f" [ -s "runs/$f" ]
done
is "checksums hold" "$(cd runs && sha256sum -c --quiet MANIFEST.sha256 2>&1 && wc -l <MANIFEST.sha256)" 6

day 1
night --keep 2 --fail-on-new
is "nothing new: exit" "$rc" 0
yes "nothing changed: nobody is told" [ ! -e told ]
has "nothing changed: said" "$err" "0 differences from runs/graphaudit_${tenant_id}_20261123T060000Z.db"
is "the run before is the baseline" "$(sql "runs/graphaudit_${tenant_id}_20261124T060000Z.db" "SELECT count(*) > 0 AND sum(baseline = 'new') = 0 FROM resource_result WHERE status = 'fail'")" 1
is "two snapshots" "$(snapshots)" 2

# Something changed: somebody is told, once, without a secret and without a shell.
tenants=$work
sim later || finish
day 2
echo mine >runs/notes.db
cp "runs/graphaudit_${tenant_id}_20261123T060000Z.db" runs/kept-by-hand.db
AZURE_CLIENT_CERTIFICATE_PASSWORD=hunter2 SYSTEM_ACCESSTOKEN=hunter3 night --keep 2
is "changed: exit is the audit's" "$rc" 1
yes "changed: told" [ -s told ]
has "changed: what" "$(cat told.stdin)" "SmtpClientAuthenticationDisabled true -> false"
yes "changed: the text is a file too" cmp -s told.stdin told.text
is "changed: as JSON" "$(sqlite3 :memory: "SELECT json_array_length(readfile('told.json'), '$.differences') > 0")" 1
has "changed: how much" "$(cat told)" "GRAPHAUDIT_HOOK_CHANGES="
has "changed: outcome" "$(cat told)" "GRAPHAUDIT_HOOK_EXIT=1"
has "changed: tenant" "$(cat told)" "GRAPHAUDIT_HOOK_TENANT=$tenant_id"
has "changed: no arguments" "$(cat told)" "arguments: 0"
is "changed: no secret" "$(grep -c hunter told)" 0
is "changed: its output is not ours" "$(grep -c 'hook out' out)" 0
has "changed: its output is a message" "$err" "hook out"
is "changed: its files are gone" "$(sed -n 's/^GRAPHAUDIT_HOOK_\(JSON\|TEXT\)=//p' told | xargs ls 2>/dev/null)" ""
is "keep 2" "$(snapshots)" 2
yes "the oldest went" [ ! -e "runs/graphaudit_${tenant_id}_20261123T060000Z.db" ]
yes "what is not ours stays" [ -s runs/notes.db -a -s runs/kept-by-hand.db ]

# A program that fails, is ended, or cannot be run changes nothing about the outcome.
tenants=$here/../simulator/tenants
sim demo || finish
day 3
HOOK_EXIT=7 night --fail-on none --allow-incomplete
is "hook fails: exit" "$rc" 0
has "hook fails: said" "$err" "ended with exit code 7; the outcome of the audit stays"
printf '#!/bin/nothing\n' >broken && chmod 755 broken
tenants=$work
sim later || finish
day 4
contact audit --output-dir runs --on-change ./broken --profile essential --fail-on none --allow-incomplete
is "hook cannot run: exit" "$rc" 0
has "hook cannot run: said" "$err" "'./broken' cannot be run"

# Told to stop while it waits: the program goes, and what it started.
printf '#!/bin/sh\necho $$ >started\nsleep 300 &\necho $! >child\nwait\n' >slow && chmod 755 slow
"$GRAPHAUDIT" audit --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" \
    --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" --profile essential --on-change ./slow \
    --baseline "runs/graphaudit_${tenant_id}_20261124T060000Z.db" >out 2>err &
audit=$!
i=0
until [ -s child ] || [ $i -gt 600 ]; do i=$((i + 1)); sleep 0.1; done
kill -TERM "$audit"
wait "$audit"
is "told to stop: exit is the audit's" "$?" 1
has "told to stop: said" "$(cat err)" "'./slow' was ended: told to stop"
for p in started child; do # a zombie is gone, whoever has not asked yet
    is "told to stop: $p is gone" "$(sed -n 's/^State:[[:space:]]*\([^Z[:space:]]\).*/\1/p' "/proc/$(cat $p)/status" 2>/dev/null)" ""
done

# A collection that did not end pushes nothing out and tells nobody.
day 5
night --keep 1 --deadline 1ms
yes "not whole: nobody is told" [ ! -e told ]
is "not whole: nothing is removed" "$([ "$(snapshots)" -ge 4 ] && echo kept)" kept
day 6
night --keep 1
is "whole again: exit" "$rc" 1
is "whole again: one stays" "$(snapshots)" 1

# Beside --baseline, without a folder.
cp "runs/graphaudit_${tenant_id}_20261129T060000Z.db" base.db
tenants=$here/../simulator/tenants
sim demo || finish
rm -f told*
contact audit --baseline base.db --on-change ./hook --profile essential --output json=-
yes "--baseline: told" [ -s told ]
yes "--baseline: standard output is the report" sqlite3 :memory: "SELECT json(readfile('out'))" -cmd ".output /dev/null"

# systemd's credentials, without a variable or an option.
mkdir creds && cp "$sim_dir/client.pem" creds/client.pem && chmod 440 creds/client.pem
CREDENTIALS_DIRECTORY=$work/creds ga collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
    --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --snapshot c.db --verbose
is "credentials folder: certificate" "$rc" 0
mv creds/client.pem creds/old.pem && cp "$sim_dir/client.secret" creds/client.secret
CREDENTIALS_DIRECTORY=$work/creds ga collect --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
    --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --snapshot c2.db
is "credentials folder: secret" "$rc" 0
chmod 444 creds/client.secret
CREDENTIALS_DIRECTORY=$work/creds ga collect --tenant "$tenant_id" --client-id "$client_id" --snapshot c3.db
is "credentials folder: others can read it" "$rc" 2

# Typed wrong.
refuse() { # NAME PART ARGUMENT...
    refuse_name=$1 refuse_part=$2
    shift 2
    ga audit "$@"
    is "$refuse_name: exit" "$rc" 2
    has "$refuse_name: why" "$err" "$refuse_part"
}
refuse "keep alone" "--output-dir" --demo --keep 3
refuse "keep nothing" "whole number from 1" --demo --output-dir x --keep 0
refuse "on-change alone" "--output-dir or --baseline" --demo --on-change ./hook
refuse "two snapshots" "leave --snapshot" --demo --output-dir x --snapshot y.db
refuse "no program" "no program that can be run" --demo --output-dir x --on-change ./creds
refuse "no folder" "cannot make" --demo --output-dir none/x
refuse "a file" "no folder" --demo --output-dir hook
refuse "no tenant" "which tenant" --output-dir x
yes "nothing was made" [ ! -e x ]
finish
