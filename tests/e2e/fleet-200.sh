#!/bin/sh
# fleet-200.sh - two hundred tenants by eight workers, as a Kubernetes Indexed Job starts them: one is killed and
# started again, one tenant never let the application in, one is throttled all night.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset SOURCE_DATE_EPOCH # attempts have real times
all=200 workers=8 killed=3
others=
stop_all() { for p in $others $sim_pid; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done; sim_pid= others=; }
trap 'stop_all; rm -rf "$work" "$own_keys"' EXIT
# entry NAME CLIENT [OPTION]: a tenant that the simulator started last plays.
entry() {
    printf '  - {name: %s, tenant: %s, client-id: %s, cloud: %s, ca-file: %s, dns-server: "%s", client-secret-file: %s%s}\n' \
        "$1" "$tenant_id" "$2" "$sim_dir/cloud.yaml" "$sim_dir/ca.pem" "$dns" "$sim_dir/client.secret" "${3:-}"
}

sim security-defaults --fault 'service=graph;kind=status;value=429;retry-after=1' || finish
others=$sim_pid sim_pid=
{
    entry throttled "$client_id"
    entry deadline "$client_id" ", deadline: 4s"
} >odd
sim security-defaults || finish
entry refused 99999999-0000-4000-8000-000000000000 >>odd
{
    printf 'schema: 1\ndefaults: {profile: essential}\ntenants:\n'
    cat odd
    i=1
    while [ $i -le $((all - 3)) ]; do
        entry "$(printf 't%03d' $i)" "$client_id"
        i=$((i + 1))
    done
} >tenants.yaml

bench=$(dirname "$GRAPHAUDIT")/tests/bench/bench_run
[ -x "$bench" ] || bench=
worker() { # INDEX [WORD...]: in the place of this shell
    JOB_COMPLETION_INDEX=$1 && export JOB_COMPLETION_INDEX
    shift
    exec ${1+"$@"} "$GRAPHAUDIT" fleet --tenants tenants.yaml --output-dir night --of $workers --parallel 4 \
        --tenant-timeout 40s --history h.db --round night --exit-zero
}
began=$(date +%s)
mkdir night
for i in 0 1 2 3 4 5 6 7; do
    if [ $i = $killed ] || [ -z "$bench" ]; then
        worker $i >out$i 2>err$i &
    else
        worker $i "$bench" worker >out$i 2>err$i &
    fi
    eval "pid$i=$!"
done
# The killed one's tenants are every eighth, after the three odd ones: t001, t009, ...
done_by_killed() { find night -mindepth 2 -maxdepth 2 -name result.json 2>/dev/null | awk -F'[/t]' -v w=$workers -v k=$killed '{ split($0, p, "/"); n = substr(p[2], 2) + 0; if (n > 0 && (n + 2) % w == k) c++ } END { print c + 0 }'; }
i=0
until [ "$(done_by_killed)" -ge 4 ] || [ $i -gt 600 ]; do
    i=$((i + 1))
    sleep 0.1
done
eval "kill -9 \$pid$killed; wait \$pid$killed 2>/dev/null"
for i in 0 1 2 4 5 6 7; do
    eval "wait \$pid$i"
    rc=$?
    case $(tail -n 1 out$i; cat err$i) in
    *refused:*) is "worker $i, with the refused one: exit" "$rc" 4 ;;
    *throttled:\ not*) is "worker $i, with the throttled one: exit" "$rc" 5 ;;
    *) is "worker $i: exit" "$rc" 0 ;;
    esac
done
missing() { printf '%s\n' "$out" | grep -c 'not audited: '; }
ga fleet report h.db --output csv=history.csv
is "one worker killed: exit" "$rc" 3
left=$(missing)
yes "one worker killed: more than the odd ones are missing ($left)" [ "$left" -gt 3 ]
has "one worker killed: who was begun is named" "$out" "not audited: begun, but not ended"
has "one worker killed: who was not is named" "$out" "not audited: no audit was begun"
has "one worker killed: of all" "$out" "$((all - left)) of $all tenants are audited"
(worker $killed >out$killed 2>err$killed)
is "started again: exit" "$?" 0

for from in night h.db; do
    ga fleet report $from --tenants tenants.yaml --output csv=$from.csv --output html=$from.html --output junit=$from.xml --verbose
    is "$from: exit" "$rc" 3
    is "$from: everybody is there" "$(printf '%s\n' "$out" | grep -cE '^(t[0-9]{3}|refused|throttled|deadline) ')" $all
    has "$from: who never let us in, with the code" "$(printf '%s\n' "$out" | grep '^refused ')" "AADSTS700016"
    has "$from: who was throttled" "$(printf '%s\n' "$out" | grep '^throttled ')" "not audited: ended after 40 s"
    is "$from: JUnit has a suite each" "$(grep -o '<testsuite ' $from.xml | wc -l)" $all
done
has "night: its deadline cut one, which is incomplete" "$(grep '^deadline,' night.csv)" ",not_evaluated,"
has "h.db: a cut snapshot is no result" "$(grep '^deadline,' h.db.csv)" "the history has no results of it"
# All are played by one tenant: what was read in two of them within a day is one run to the history, with the time
# of the first, so the column "collected" is left out.
plain() { grep -v '^deadline,' "$1.csv" | cut -d, -f1-5,7-; }
is "history and folder: the same rows, but for the cut one" "$(plain h.db | sha256sum)" "$(plain night | sha256sum)"
seconds=$(($(date +%s) - began))
echo "$all tenants, $workers workers, one killed: $seconds s"
cat out? | grep '^worker' | head -n 3
sqlite3 h.db "SELECT 'a tenant: ' || round(avg(s), 1) || ' s on average, ' || round(max(s), 1) || ' s at most' FROM (SELECT (julianday(ended_at) - julianday(started_at)) * 86400 AS s FROM attempt WHERE run_id IS NOT NULL)"
stop_all
finish
