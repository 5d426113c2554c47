#!/bin/sh
# signin.sh - every way to sign in, against the real token exchange of the simulator.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset AZURE_FEDERATED_TOKEN_FILE ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN \
    SYSTEM_OIDCREQUESTURI SYSTEM_ACCESSTOKEN AZURESUBSCRIPTION_SERVICE_CONNECTION_ID IDENTITY_ENDPOINT \
    IDENTITY_HEADER IMDS_ENDPOINT AZURE_POD_IDENTITY_AUTHORITY_HOST GITHUB_ACTIONS XDG_STATE_HOME
unset SOURCE_DATE_EPOCH # tokens have an end by the clock
connection=0b1a6f5e-7d1c-4a55-9a3e-2f4c6d8e9a01

sim security-defaults || finish
login=$(ready login) machine=$(ready machine)
# to COMMAND ARGUMENT...: a run against the simulator without a secret.
to() {
    rm -f s.db
    ga "$@" --tenant "$tenant_id" --cloud "$sim_dir/cloud.yaml" --ca-file "$sim_dir/ca.pem" --dns-server "$dns" --snapshot s.db --verbose
}
app="--client-id $client_id"
# signed NAME KIND: the last run read the tenant with that credential.
signed() {
    is "$1: exit" "$rc" 3 # no Entra ID P1: some things are not there
    has "$1: named" "$err" "$2"
    is "$1: read" "$(sql s.db "SELECT count(*) FROM collection WHERE resource IN ('users', 'mailboxes') AND state = 'complete'")" 2
}
none_leaked() { # NAME SECRET...
    leak_name=$1
    shift
    for s in "$@"; do
        is "$leak_name: $s is nowhere" "$(printf '%s%s' "$out" "$err" | grep -cF "$s")$(grep -cF "$s" s.db 2>/dev/null || :)" "00"
    done
}

# shellcheck disable=SC2086
{
    # GitHub Actions
    export ACTIONS_ID_TOKEN_REQUEST_URL="$login/oidc/github?x=1" ACTIONS_ID_TOKEN_REQUEST_TOKEN=github-request-token
    to collect $app
    signed "GitHub" "GitHub Actions token"
    none_leaked "GitHub" github-request-token
    ACTIONS_ID_TOKEN_REQUEST_TOKEN=wrong to collect $app
    is "GitHub refuses: exit" "$rc" 4
    has "GitHub refuses: why" "$err" "may this job ask for one?"
    to collect $app --auth certificate
    is "another mode is not tried: exit" "$rc" 2
    has "another mode is not tried: why" "$err" "neither --client-certificate-file nor AZURE_CLIENT_CERTIFICATE_PATH is set"
    unset ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN

    # Azure Pipelines
    export SYSTEM_OIDCREQUESTURI="$login/oidc/azure" SYSTEM_ACCESSTOKEN=pipeline-token AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=$connection
    to collect $app
    signed "Azure Pipelines" "Azure Pipelines token"
    none_leaked "Azure Pipelines" pipeline-token
    unset SYSTEM_OIDCREQUESTURI SYSTEM_ACCESSTOKEN AZURESUBSCRIPTION_SERVICE_CONNECTION_ID

    # a token in a file
    curl -sS --cacert "$sim_dir/ca.pem" -H "Authorization: Bearer github-request-token" \
        "$login/oidc/github?audience=api://AzureADTokenExchange" | sed 's/.*"value": *"\([^"]*\)".*/\1/' >token.jwt
    AZURE_FEDERATED_TOKEN_FILE=token.jwt to collect $app
    signed "token file" "federated token"
    none_leaked "token file" "$(cat token.jwt)"
    curl -sS --cacert "$sim_dir/ca.pem" -H "Authorization: Bearer github-request-token" \
        "$login/oidc/github?audience=another" | sed 's/.*"value": *"\([^"]*\)".*/\1/' >token.jwt
    AZURE_FEDERATED_TOKEN_FILE=token.jwt to collect $app
    is "audience that is not registered: exit" "$rc" 4
    has "audience that is not registered: why" "$err" "AADSTS700212"
    AZURE_FEDERATED_TOKEN_FILE=no.jwt to collect $app
    is "no token file: exit" "$rc" 2

    # managed identities
    export IDENTITY_ENDPOINT="$machine/msi/token" IDENTITY_HEADER=app-service-key
    to collect
    signed "App Service" "managed identity (App Service)"
    none_leaked "App Service" app-service-key
    HTTPS_PROXY=http://127.0.0.1:1 NO_PROXY=localhost to collect
    is "a proxy is not asked for it: exit" "$rc" 3
    IDENTITY_ENDPOINT=http://192.0.2.1/msi/token to collect
    is "a machine elsewhere is not asked: exit" "$rc" 2
    has "a machine elsewhere is not asked: why" "$err" "loopback or link-local"
    unset IDENTITY_ENDPOINT IDENTITY_HEADER
    AZURE_POD_IDENTITY_AUTHORITY_HOST=$machine to collect $app --auth managed-identity
    signed "virtual machine" "managed identity (virtual machine)"
    AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:1 to collect --auth managed-identity
    is "no machine answers: exit" "$rc" 5
    IDENTITY_ENDPOINT=$machine/metadata/identity/oauth2/token IMDS_ENDPOINT=x to collect
    is "Arc without its key: exit" "$rc" 4
    has "Arc without its key: why" "$err" "himds"

    # device code: the page is answered while the command waits
    answer() { # ANSWER: waits for the code on standard error, then answers
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            code=$(sed -n 's/.*enter the code \([0-9A-Za-z]*\).*/\1/p' "$work/err" 2>/dev/null | head -n 1)
            [ -n "$code" ] && break
            sleep 0.2
        done
        curl -sS --cacert "$sim_dir/ca.pem" "$login/device?user_code=$code&answer=$1" >/dev/null
    }
    export XDG_STATE_HOME="$work/state"
    : >"$work/err"
    answer slow &
    to collect $app --device-code
    wait $!
    signed "device code" "device code"
    cache=$(find "$work/state" -name '*.token')
    is "device code: kept for its owner only" "$(stat -c %a "$cache")" 600
    none_leaked "device code" "$(cat "$cache")"
    to collect $app --device-code
    is "kept: exit" "$rc" 3
    hasnot "kept: nobody is asked" "$err" "enter the code"
    chmod 644 "$cache"
    to collect $app --device-code
    is "kept for others to read: exit" "$rc" 2
    rm -f "$cache"
    for a in no expire; do
        : >"$work/err"
        answer $a &
        to collect $app --device-code --no-token-cache
        wait $!
        is "device code, $a: exit" "$rc" 4
    done
    is "device code: nothing was kept" "$(find "$work/state" -name '*.token')" ""

    # nothing at all: everything is named
    to collect $app
    is "no credential: exit" "$rc" 2
    for name in AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PATH AZURE_FEDERATED_TOKEN_FILE ACTIONS_ID_TOKEN_REQUEST_URL \
        SYSTEM_OIDCREQUESTURI IDENTITY_ENDPOINT "virtual machine" --device-code; do
        has "no credential: $name" "$err" "$name"
    done
    to collect $app --auth magic
    is "no such mode: exit" "$rc" 2
    has "no such mode: which there are" "$err" "workload-identity"
}
is "the simulator has nothing to object to" "$(grep -c '"invalid"' "$sim_dir/log")" 0
finish
