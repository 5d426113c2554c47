#!/bin/sh
# run.sh - installs what is missing, builds with gcc and clang, and runs every test.
# The last line is "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/audit/setup.sh"
cd "$top" || exit 1
passed=0 failed=0
started=$(date +%s)

# part NAME COMMAND...: runs one part, adds the counts of its last "N passed, N failed" line.
part() {
    part_name=$1
    part_log=$top/build/log/$part_name.log
    part_start=$(date +%s)
    shift
    "$@" >"$part_log" 2>&1
    part_code=$?
    part_line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$part_log" | tail -n 1)
    p=$(printf '%s' "$part_line" | sed -n 's/^\([0-9]*\) passed.*/\1/p')
    f=$(printf '%s' "$part_line" | sed -n 's/.*, \([0-9]*\) failed$/\1/p')
    if [ -z "$part_line" ] || { [ $part_code -ne 0 ] && [ "${f:-0}" = 0 ]; }; then
        f=$((${f:-0} + 1)) # it ended without counts, or badly with none failed
    fi
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-0}))
    printf '%-14s %5d passed %3d failed  %4d s\n' "$part_name" "${p:-0}" "${f:-0}" \
        $(($(date +%s) - part_start))
    [ "${f:-0}" = 0 ] || { grep -vE '^(ok |\[)' "$part_log" | tail -n 60; }
}

# ctest, with its summary in our words.
run_ctest() {
    ctest --test-dir "$1" --output-on-failure -j 2 --no-tests=error || :
    total=$(ctest --test-dir "$1" -N | sed -n 's/^Total Tests: //p')
    bad=$(sed -n 's/^[0-9]*:\(.*\)/\1/p' "$1/Testing/Temporary/LastTestsFailed.log" 2>/dev/null | wc -l)
    echo "$((total - bad)) passed, $bad failed"
    [ "$bad" = 0 ]
}
built() { build "$@" && echo "1 passed, 0 failed"; }
npm_test() { # FOLDER COMMAND...: installs what package-lock.json names, then runs
    folder=$1
    shift
    npm --prefix "$folder" ci --silent --no-audit --no-fund && "$@"
}

mkdir -p build/log
# shellcheck disable=SC2086
need $build_packages libcmocka-dev clang libclang-rt-14-dev time clang-tidy clang-format cppcheck mandoc \
    sqlite3 libxml2-utils binutils curl zsh fish minisign postgresql openssl dpkg-dev fakeroot file lintian systemd faketime locales shellcheck || exit 1
command -v node >/dev/null && command -v npm >/dev/null || need nodejs npm || exit 1
command -v chromium >/dev/null || need chromium || exit 1

part build-gcc built "$top/build/dev" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
part build-clang built "$top/build/dev-clang" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
part build-release built "$top/build/release" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
part build-asan built "$top/build/asan" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_COMPILE_WARNING_AS_ERROR=ON -DGRAPHAUDIT_SANITIZE=address,undefined
part unit-asan run_ctest "$top/build/asan"
part unit-release run_ctest "$top/build/release"

# The end-to-end parts mostly wait (for rate limits, for retries): side by side they cost one wait.
simulator_of() { find "$top/build/$1" -name graphaudit-simulator -type f | head -n 1; }
e2e() { # NAME BUILD SCRIPT [ARGUMENT...]
    e2e_name=$1 e2e_build=$2
    shift 2
    (GRAPHAUDIT=$top/build/$e2e_build/graphaudit SIMULATOR=$(simulator_of "$e2e_build")
     export GRAPHAUDIT SIMULATOR
     part "$e2e_name" sh "$@" >"build/log/$e2e_name.sum"
     echo "$passed $failed" >"build/log/$e2e_name.count") &
}
e2e_names=
for x in "e2e-resume release tests/e2e/resume.sh" \
    "e2e-cli asan tests/e2e/cli.sh" \
    "e2e-config asan tests/e2e/config.sh" \
    "e2e-audit asan tests/e2e/audit.sh" \
    "e2e-readme release tests/e2e/readme.sh" \
    "e2e-docs release tests/e2e/docs.sh" \
    "e2e-delta release tests/e2e/delta.sh" \
    "e2e-scope release tests/e2e/scope.sh" \
    "e2e-nightly asan tests/e2e/nightly.sh" \
    "e2e-ci release tests/e2e/ci.sh" \
    "e2e-redact release tests/e2e/redact.sh" \
    "e2e-explain asan tests/e2e/explain.sh" "e2e-probe asan tests/e2e/probe.sh" "e2e-why asan tests/e2e/why.sh" \
    "e2e-history asan tests/e2e/history.sh" "e2e-fleet release tests/e2e/fleet.sh" \
    "e2e-fleet-200 release tests/e2e/fleet-200.sh" \
    "e2e-rules release tests/e2e/rules.sh" \
    "e2e-diff asan tests/e2e/diff.sh" \
    "e2e-profiles asan tests/e2e/profiles.sh" \
    "e2e-same release tests/e2e/same.sh" \
    "e2e-permissions release tests/e2e/permissions.sh" "e2e-doctor asan tests/e2e/doctor.sh" \
    "e2e-progress release tests/e2e/progress.sh" \
    "e2e-faults asan tests/e2e/faults.sh" "e2e-memory release tests/e2e/faults.sh memory" "e2e-order release tests/e2e/order.sh" "e2e-removal-1 release tests/e2e/removal.sh permissions" \
    "e2e-signin asan tests/e2e/signin.sh" "e2e-removal-2 release tests/e2e/removal.sh cmdlets" "e2e-removal-3 release tests/e2e/removal.sh endpoints"; do
    # shellcheck disable=SC2086
    { before_p=$passed before_f=$failed passed=0 failed=0; e2e $x; passed=$before_p failed=$before_f; }
    e2e_names="$e2e_names ${x%% *}"
done
wait
for x in $e2e_names; do
    cat "build/log/$x.sum"
    read -r p f <"build/log/$x.count"
    passed=$((passed + p)) failed=$((failed + f))
done
GRAPHAUDIT=$top/build/release/graphaudit
SIMULATOR=$(simulator_of release)
export GRAPHAUDIT SIMULATOR
part simulator sh tests/simulator/selftest.sh "$SIMULATOR"
HOSTILE=$(find "$top/build/release" -name hostile_reports -type f | head -n 1)
export HOSTILE
part formats npm_test tests/formats sh tests/e2e/formats.sh
part deploy sh tests/e2e/deploy.sh
part interop npm_test tests/interop node tests/interop/run.mjs "$SIMULATOR"
part http2 node tests/interop/http2.mjs "$SIMULATOR" "$GRAPHAUDIT"
"$GRAPHAUDIT" audit --demo --quiet --output "html=$top/build/report.html" >/dev/null 2>&1
part browser npm_test tests/browser node tests/browser/run.mjs "$top/build/report.html"
part package sh tests/e2e/package.sh "$top/build/release"
part container sh tests/e2e/container.sh "$top/build/release"
part browser-pages npm_test tests/browser sh tests/browser/pages.sh "$GRAPHAUDIT" "$top/build/pages"
part lint sh tests/lint/run.sh "$top/build/dev" "$top/build/dev-clang" "$top/build/dev/graphaudit"

echo "took $(($(date +%s) - started)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
