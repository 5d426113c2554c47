#!/bin/sh
# collect-demo.sh - part of the build: reads the demo tenant from the simulator into a snapshot.
#
#   collect-demo.sh GRAPHAUDIT SIMULATOR TENANT.json OUT.db
# The recorded time is fixed, so that the demo stays the same whenever it is built.
set -eu
graphaudit=$1 simulator=$2 tenant=$3 out=$4
work=$(mktemp -d)
pid=
cleanup() {
    [ -z "$pid" ] || { kill "$pid" 2>/dev/null || :; wait "$pid" 2>/dev/null || :; }
    rm -rf "$work"
}
trap cleanup EXIT
"$simulator" --tenant "$tenant" --state-dir "$work" --log "$work/requests.log" >"$work/out" 2>&1 &
pid=$!
i=0
until [ -f "$work/ready.json" ]; do
    i=$((i + 1))
    [ $i -le 300 ] && kill -0 "$pid" 2>/dev/null || { cat "$work/out" >&2; exit 1; }
    sleep 0.1
done
value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$work/ready.json" | head -n 1; }
rm -f "$out" "$out.part" "$out.part-wal" "$out.part-shm"
env -u AZURE_CLIENT_SECRET -u AZURE_CLIENT_CERTIFICATE_PATH GRAPHAUDIT_CONFIG=none SOURCE_DATE_EPOCH=1795413600 \
    "$graphaudit" collect --quiet --tenant "$(value tenant_id)" --client-id "$(value client_id)" \
    --client-secret-file "$work/client.secret" --cloud "$work/cloud.yaml" --ca-file "$work/ca.pem" \
    --dns-server "$(value dns)" --snapshot "$out.part"
# Rows come in any order, and so their pages; written anew, the same rows are the same bytes.
if command -v sqlite3 >/dev/null && rm -f "$out" && sqlite3 -batch "$out.part" "VACUUM INTO '$out'"; then
    rm -f "$out.part"
else
    mv "$out.part" "$out"
fi
