#!/bin/sh
# scale.sh BUILD-DIR [USERS [LATENCY-MS...]] - one table: graphaudit, plain libcurl and Microsoft's
# JavaScript Graph SDK read the same tenant from the same simulator, one after the other.
# BUILD-DIR is a Release build. TMPDIR takes the snapshot (about 1.3 GB for a million users).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:?usage: scale.sh BUILD-DIR [USERS [LATENCY-MS...]]}" && pwd)
users=${2:-100000}
shift; [ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 0 50 150
simulator=$build/tests/simulator/graphaudit-simulator
bench=$build/tests/bench
program=$(find "$build" -type f -name graphaudit -perm -u+x | head -n 1)
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
[ -d "$here/scale/node_modules" ] || (cd "$here/scale" && npm ci --silent --no-audit --no-fund)
node -e '
const { readFileSync, writeFileSync } = require("fs");
const d = JSON.parse(readFileSync(process.argv[1]));
const n = Number(process.argv[2]);
d.generate = { users: n, mailboxes: n, groups: 20, policies: 10, signIns: 0, domain: d.domains[0].name, seed: 7 };
d.skus[0].enabled = n + 1000;
d.skus.push({ part: "SPE_E3", enabled: n }); // what the made-up users have
writeFileSync(process.argv[3], JSON.stringify(d));
' "$here/../simulator/tenants/clean.json" "$users" "$work/tenant.json"

ready() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$work/sim/ready.json" | head -n 1; }
unset AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PATH HTTPS_PROXY https_proxy || :
export SOURCE_DATE_EPOCH=1795413600
echo "$users users and mailboxes: clock, processor, peak memory of each program (not of the simulator)"
for latency in "$@"; do
    rm -rf "$work/sim"
    "$simulator" --tenant "$work/tenant.json" --state-dir "$work/sim" --keep-replies \
        --latency-ms "$latency" >"$work/out" 2>&1 &
    pid=$!
    until [ -f "$work/sim/ready.json" ]; do kill -0 "$pid"; sleep 0.1; done
    collections=$here/scale/collections.txt
    export NODE_EXTRA_CA_CERTS="$work/sim/ca.pem"
    # Pages are made on this first pass; a collect makes those that only graphaudit asks for.
    audit() {
        rm -f "$work"/snapshot*
        "$bench/bench_run" "$@" --tenant "$(ready tenant_id)" --client-id "$(ready client_id)" \
            --cloud "$work/sim/cloud.yaml" --ca-file "$work/sim/ca.pem" --dns-server "$(ready dns)" \
            --client-secret-file "$work/sim/client.secret" --snapshot "$work/snapshot" 2>"$work/err" ||
            [ $? -le 3 ] || tail -n 3 "$work/err"
    }
    node "$here/scale/download.mjs" "$work/sim" "$collections" parallel 2>"$work/err"
    "$bench/bench_download" "$work/sim" "$collections" 2>"$work/err"
    audit warm "$program" collect --quiet >/dev/null
    echo "latency $latency ms"
    "$bench/bench_run" "plain libcurl" "$bench/bench_download" "$work/sim" "$collections" 2>"$work/note"
    cat "$work/note"
    audit "graphaudit collect" "$program" collect --quiet
    audit "graphaudit audit" "$program" audit --quiet --fail-on none --output html="$work/report.html"
    sqlite3 "$work/snapshot" "SELECT sum(rows) || ' rows, ' || sum(requests) || ' requests; not complete: ' ||
        coalesce(group_concat(resource) FILTER (WHERE state <> 'complete'), 'nothing') FROM collection"
    "$bench/bench_run" "Graph SDK" node "$here/scale/download.mjs" "$work/sim" "$collections" 2>"$work/note"
    cat "$work/note"
    "$bench/bench_run" "Graph SDK, parallel" node "$here/scale/download.mjs" "$work/sim" "$collections" parallel 2>/dev/null
    kill "$pid"
    wait "$pid" || :
    pid=
done
