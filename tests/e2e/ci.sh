#!/bin/sh
# ci.sh - the shell parts of the pipeline templates, cut out of them and run as their runner would, against the
# simulator's tenant and its identity providers.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset AZURE_FEDERATED_TOKEN_FILE ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN SYSTEM_OIDCREQUESTURI \
    SYSTEM_ACCESSTOKEN AZURESUBSCRIPTION_SERVICE_CONNECTION_ID GRAPHAUDIT_CONFIG SOURCE_DATE_EPOCH
ci=$here/../../packaging/ci
mkdir bin && ln -s "$GRAPHAUDIT" bin/graphaudit
PATH=$work/bin:$PATH

# block FILE WORD N: the Nth block below a line that ends in WORD, without its indentation.
block() {
    awk -v word="$2" -v want="$3" '
        !on && substr($0, length($0) - length(word) + 1) == word { if (++n == want) { on = 1; next } }
        on && !started && NF { match($0, /^ */); indent = RLENGTH; started = 1 }
        on && NF { match($0, /^ */); if (RLENGTH < indent) exit }
        on { print substr($0, indent + 1) }' "$1"
}
# run NAME SHELL...: runs the script `part` with that shell; sets rc, out, err.
run() {
    run_name=$1
    shift
    yes "$run_name: there is a shell part" [ "$(wc -l <part)" -ge 2 ]
    "$@" ./part >"$work/out" 2>"$work/err" </dev/null
    rc=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
}
# published NAME: what the template publishes is there, and well-formed.
published() {
    is "$1: exit is graphaudit's" "$rc" 1
    yes "$1: HTML" [ -s "$OUT/report.html" ]
    is "$1: JUnit" "$(xmllint --noout --schema "$here/../schema/junit.xsd" "$OUT/junit.xml" 2>&1)" "$OUT/junit.xml validates"
}

sim demo || finish
login=$(ready login)
export GRAPHAUDIT_CLOUD="$sim_dir/cloud.yaml" GRAPHAUDIT_CA_FILE="$sim_dir/ca.pem" GRAPHAUDIT_DNS_SERVER="$dns" \
    GRAPHAUDIT_PROFILE=essential GRAPHAUDIT_TENANT="$tenant_id" GRAPHAUDIT_CLIENT_ID="$client_id"
token() { # as the provider hands it to the job
    curl -sS --cacert "$sim_dir/ca.pem" -H "Authorization: Bearer github-request-token" \
        "$login/oidc/github?audience=api://AzureADTokenExchange" | sed 's/.*"value": *"\([^"]*\)".*/\1/'
}

# GitHub: `shell: bash` is bash --noprofile --norc -eo pipefail.
export OUT=github GITHUB_OUTPUT="$work/github.output" GITHUB_STEP_SUMMARY="$work/github.summary" \
    GRAPHAUDIT_FAIL_ON=high GRAPHAUDIT_AUTH=github ARGUMENTS='--junit-resources 5' \
    ACTIONS_ID_TOKEN_REQUEST_URL="$login/oidc/github?x=1" ACTIONS_ID_TOKEN_REQUEST_TOKEN=github-request-token
block "$ci/github/action.yml" "run: |" 2 >part
run GitHub bash --noprofile --norc -eo pipefail
published GitHub
is "GitHub: exit code for later steps" "$(cat github.output)" "exit-code=1"
yes "GitHub: summary" [ -s github.summary ]
is "GitHub: SARIF" "$(sqlite3 :memory: "SELECT readfile('github/report.sarif') ->> '$.version'")" 2.1.0
ACTIONS_ID_TOKEN_REQUEST_TOKEN=wrong run GitHub bash --noprofile --norc -eo pipefail
is "GitHub, refused: exit" "$rc" 4
printf '#!/bin/sh\necho "$*" >"%s/sudo.log"\n' "$work" >bin/sudo && chmod 755 bin/sudo
echo package >a.deb
export PACKAGE_URL="file://$work/a.deb" PACKAGE_SHA256="$(sha256sum a.deb | cut -d ' ' -f 1)"
block "$ci/github/action.yml" "run: |" 1 >part
run "GitHub, installation" bash --noprofile --norc -eo pipefail
is "GitHub, installation: exit" "$rc" 0
has "GitHub, installation: what" "$(cat sudo.log)" "apt-get install --yes --no-install-recommends /"
rm -f sudo.log
PACKAGE_SHA256=$(printf '%064d' 0) run "GitHub, another package" bash --noprofile --norc -eo pipefail
is "GitHub, another package: exit" "$rc" 1
yes "GitHub, another package: is not installed" [ ! -e sudo.log ]
unset ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN ARGUMENTS PACKAGE_URL PACKAGE_SHA256

# GitLab
export OUT=gitlab GRAPHAUDIT_AUTH=workload-identity
block "$ci/graphaudit.gitlab-ci.yml" "- |" 2 >part
GRAPHAUDIT_JOB_JWT=$(token) run GitLab sh -e
published GitLab
block "$ci/graphaudit.gitlab-ci.yml" "- |" 1 >part
run "GitLab, installed already" sh -e
is "GitLab, installed already: exit" "$rc" 0

# Azure Pipelines
export OUT=azure GRAPHAUDIT_AUTH=azure-pipelines SYSTEM_OIDCREQUESTURI="$login/oidc/azure" SYSTEM_ACCESSTOKEN=pipeline-token \
    AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=0b1a6f5e-7d1c-4a55-9a3e-2f4c6d8e9a01
block "$ci/azure-pipelines.yml" "- bash: |" 1 >part
run "Azure Pipelines" bash --noprofile --norc
published "Azure Pipelines"
has "Azure Pipelines: summary" "$out" "##vso[task.uploadsummary]azure/summary.md"
unset SYSTEM_OIDCREQUESTURI SYSTEM_ACCESSTOKEN AZURESUBSCRIPTION_SERVICE_CONNECTION_ID

# Jenkins: sh is sh -xe
export OUT=jenkins GRAPHAUDIT_AUTH=workload-identity
token >jenkins.jwt
block "$ci/Jenkinsfile" "sh '''" 1 | sed "/^'''/d" >part
AZURE_FEDERATED_TOKEN_FILE=$work/jenkins.jwt run Jenkins sh -xe
published Jenkins

# No template names a secret, and every option in them is one.
is "no stored secret" "$(grep -rnE 'secrets\.|AZURE_CLIENT_SECRET|client-secret' "$ci")" ""
for o in $(grep -rhoE '^[^#]*graphaudit audit .*|^ +--output .*' "$ci" | grep -oE -- '--[a-z-]+' | sort -u); do
    yes "$o is an option" sh -c "'$GRAPHAUDIT' help audit | grep -q -- '$o '"
done
for v in $(grep -rhoE 'GRAPHAUDIT_[A-Z_]+' "$ci" | sort -u); do
    case $v in GRAPHAUDIT_JOB_JWT | GRAPHAUDIT_PACKAGE_*) continue ;; esac
    o=$(printf '%s' "${v#GRAPHAUDIT_}" | tr 'A-Z_' 'a-z-')
    yes "$v stands for an option" sh -c "'$GRAPHAUDIT' help audit | grep -q -- '--$o '"
done
is "the simulator has nothing to object to" "$(grep -c '"invalid"' "$sim_dir/log")" 0
finish
