# lib.sh - sourced by the end-to-end tests: starts the simulator, runs the real binary, counts.
#
# GRAPHAUDIT and SIMULATOR name the two programs. Each test file ends with `finish`.
set -u
: "${GRAPHAUDIT:?}" "${SIMULATOR:?}"
here=$(cd "$(dirname "$0")" && pwd)
tenants=$here/../simulator/tenants
passed=0 failed=0
work=$(mktemp -d)
sim_pid=
sim_dir=
unset AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PATH AZURE_CLIENT_CERTIFICATE_PASSWORD \
    AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_AUTHORITY_HOST HTTPS_PROXY https_proxy NO_COLOR
# RSA keys of the simulators: made once, not at each start.
own_keys=
[ -n "${SIM_KEYS:-}" ] || own_keys=$(mktemp -d) && : "${SIM_KEYS:=$own_keys}"
export SIM_KEYS
export SOURCE_DATE_EPOCH=1795413600 # the tenants' dates are around 2026-11-23
export LC_ALL=C
export GRAPHAUDIT_CONFIG=none # whatever is configured on this machine

sim_stop() {
    [ -z "$sim_pid" ] && return 0
    kill "$sim_pid" 2>/dev/null
    wait "$sim_pid" 2>/dev/null
    sim_pid=
}
trap 'sim_stop; rm -rf "$work" "$own_keys"' EXIT
trap 'exit 143' TERM INT

ok() {
    passed=$((passed + 1))
    [ -z "${VERBOSE:-}" ] || echo "ok   $1"
}
bad() {
    failed=$((failed + 1))
    echo "FAIL $1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | head -n 20 | sed 's/^/     /'
}
# is NAME ACTUAL EXPECTED
is() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "expected: $3
got:      $2"; fi; }
# has NAME TEXT PART
has() { case $2 in *"$3"*) ok "$1" ;; *) bad "$1" "no '$3' in: $2" ;; esac; }
hasnot() { case $2 in *"$3"*) bad "$1" "'$3' in: $2" ;; *) ok "$1" ;; esac; }
# yes NAME COMMAND...: without a variable, which would be the caller's.
yes() { if yes_run "$@"; then ok "$1"; else bad "$1" "false: $(shift; echo "$*")"; fi; }
yes_run() { shift; "$@"; }

# sim TENANT [SIMULATOR-ARGUMENT...]: starts a simulator, waits until it is ready.
sim() {
    sim_stop
    sim_dir=$(mktemp -d "$work/sim.XXXXXX")
    tenant_file=$tenants/$1.json
    shift
    "$SIMULATOR" --tenant "$tenant_file" --state-dir "$sim_dir" --log "$sim_dir/log" --keys "$SIM_KEYS" "$@" \
        >"$sim_dir/out" 2>&1 &
    sim_pid=$!
    i=0
    until [ -f "$sim_dir/ready.json" ]; do
        i=$((i + 1))
        if [ $i -gt 600 ] || ! kill -0 "$sim_pid" 2>/dev/null; then
            bad "simulator starts" "$(cat "$sim_dir/out")"
            return 1
        fi
        sleep 0.05
    done
    tenant_id=$(ready tenant_id) client_id=$(ready client_id) dns=$(ready dns)
}
ready() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$sim_dir/ready.json" | head -n 1; }

# ga ARGUMENT...: runs graphaudit; sets rc, out, err.
ga() {
    "$GRAPHAUDIT" "$@" >"$work/out" 2>"$work/err" </dev/null
    rc=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
}
# contact COMMAND ARGUMENT...: the same with the simulator's tenant, cloud, CA and secret.
contact() {
    command=$1
    shift
    ga "$command" --tenant "$tenant_id" --client-id "$client_id" --cloud "$sim_dir/cloud.yaml" \
        --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --client-secret-file "$sim_dir/client.secret" "$@"
}
# sql SNAPSHOT STATEMENT: by sqlite3 itself, not by our own reader.
sql() { sqlite3 -batch -noheader "$1" "$2"; }
# one DB RESOURCE: "state/reason" of a collection row.
one() { sql "$1" "SELECT state || '/' || coalesce(reason_code, '') FROM collection WHERE resource = '$2'"; }

# rules_differ DB BASE: what the rules of DB must not say, given those of BASE, a line each. A rule that reads
# something whose state has become worse is not evaluated, with that reason; what was read in part may prove a
# failure, never a pass. No other rule may change.
rules_differ() {
    sqlite3 -batch -noheader "$1" <<SQL
ATTACH '$2' AS base;
CREATE TEMP TABLE gone AS
  SELECT c.resource, c.state, c.reason_code FROM collection c JOIN base.collection b USING (resource)
  WHERE c.state <> b.state;
CREATE TEMP TABLE hit AS
  SELECT u.rule_id, gone.* FROM rule u, json_each(u.resources_json) j JOIN gone ON gone.resource = j.value;
SELECT r.rule_id || ' reads what is gone but is ' || r.outcome || '/' || coalesce(r.reason_code, '')
  FROM rule_result r WHERE r.rule_id IN (SELECT rule_id FROM hit)
    AND NOT (r.outcome = 'not_evaluated' AND r.reason_code IN (SELECT reason_code FROM hit WHERE hit.rule_id = r.rule_id))
    AND NOT (r.outcome = 'fail' AND r.is_incomplete
      AND NOT EXISTS (SELECT 1 FROM hit WHERE hit.rule_id = r.rule_id AND hit.state <> 'partial'));
SELECT r.rule_id || ' does not read it but changed from ' || b.outcome || ' to ' || r.outcome
  FROM rule_result r JOIN base.rule_result b USING (rule_id)
  WHERE r.rule_id NOT IN (SELECT rule_id FROM hit) AND r.rule_id NOT LIKE 'RUN-%'
    AND (r.outcome, r.pass, r.fail) IS NOT (b.outcome, b.pass, b.fail);
SQL
}

finish() {
    sim_stop
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
}
