#!/bin/sh
# Checks the simulator itself with curl and openssl: selftest.sh PATH-TO-graphaudit-simulator
# One line a check, "N passed, N failed" last. dig is used for DNS when it is installed.
set -u

here=$(cd "$(dirname "$0")" && pwd)
simulator=${1:?usage: selftest.sh SIMULATOR}
work=$(mktemp -d)
passed=0
failed=0
pid=

# A sanitizer must not hide behind a clean exit: sim_stop looks at the status.
sim_stop()
{
    [ -n "$pid" ] || return 0
    kill "$pid"
    wait "$pid"
    status=$?
    pid=
    check "the simulator ends cleanly" 0 "$status"
}

finish()
{
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

check() # what, wanted, got
{
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        echo "ok    $1"
    else
        failed=$((failed + 1))
        echo "FAIL  $1: wanted '$2', got '$3'"
    fi
}

contains() # what, text wanted, text
{
    case $3 in
    *"$2"*)
        passed=$((passed + 1))
        echo "ok    $1"
        ;;
    *)
        failed=$((failed + 1))
        echo "FAIL  $1: no '$2' in '$(printf '%.300s' "$3")'"
        ;;
    esac
}

lacks() # what, text unwanted, text
{
    case $3 in
    *"$2"*)
        failed=$((failed + 1))
        echo "FAIL  $1: '$2' is there"
        ;;
    *)
        passed=$((passed + 1))
        echo "ok    $1"
        ;;
    esac
}

ready() # key of ready.json
{
    sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$work/ready.json" | head -n 1
}

sim_start() # tenant, options...
{
    description=$1
    shift
    rm -f "$work/ready.json" "$work/log"
    "$simulator" --tenant "$description" --state-dir "$work" --log "$work/log" --parent-exit "$@" &
    pid=$!
    tries=0
    while [ ! -f "$work/ready.json" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ]; then
            echo "FAIL  the simulator did not start"
            exit 1
        fi
        sleep 0.1
    done
    login=$(ready login)
    graph=$(ready graph)
    exchange=$(ready exchange)
    tenant=$(ready tenant_id)
    client=$(ready client_id)
    graph_token=$(token "$graph")
    exchange_token=$(token "$exchange")
}

fetch() # curl options
{
    curl -sS --max-time 20 --cacert "$work/ca.pem" "$@" 2>"$work/curl.err"
}

token_reply() # resource url, more form fields
{
    resource=$1
    shift
    fetch "$login/$tenant/oauth2/v2.0/token" -d grant_type=client_credentials \
        --data-urlencode "scope=$resource/.default" "$@"
}

token() # resource url
{
    token_reply "$1" -d "client_id=$client" --data-urlencode "client_secret@$work/client.secret" |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
}

graph() # path, curl options
{
    path=$1
    shift
    fetch -H "Authorization: Bearer $graph_token" -H 'Prefer: include-unknown-enum-members' \
        -w ' [%{http_code}]' "$@" "$graph$path"
}

cmdlet() # name, parameters as JSON, query
{
    fetch -H "Authorization: Bearer $exchange_token" -H 'Content-Type: application/json' \
        -H 'X-ResponseFormat: json' -w ' [%{http_code}]' \
        -d "{\"CmdletInput\":{\"CmdletName\":\"$1\",\"Parameters\":$2}}" \
        "$exchange/adminapi/beta/$tenant/InvokeCommand${3:-}"
}

count() # text: how many times the pattern on its left occurs
{
    grep -o "$1" | wc -l | tr -d ' '
}

b64url()
{
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

assertion() # algorithm, key file, audience, expiry
{
    sha256=$(openssl x509 -in "$2" -outform DER | openssl dgst -sha256 -binary | b64url)
    sha1=$(openssl x509 -in "$2" -outform DER | openssl dgst -sha1 -binary | b64url)
    now=$(date +%s)
    if [ "$1" = PS256 ]; then
        header="{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"$sha256\"}"
        options='-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32'
    else
        header="{\"alg\":\"RS256\",\"typ\":\"JWT\",\"x5t\":\"$sha1\"}"
        options=
    fi
    claims="{\"aud\":\"$3\",\"iss\":\"$5\",\"sub\":\"$5\",\"jti\":\"j$now$1\",\"nbf\":$((now - 60)),\"exp\":$4}"
    text=$(printf %s "$header" | b64url).$(printf %s "$claims" | b64url)
    # shellcheck disable=SC2086 # the options are words on purpose
    signature=$(printf %s "$text" | openssl dgst -sha256 -sign "$2" $options -binary | b64url)
    printf %s "$text.$signature"
}

with_assertion() # assertion, client id
{
    token_reply "$graph" -d "client_id=$2" \
        -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
        -d "client_assertion=$1"
}

all_pages() # path: every page, by nextLink
{
    url=$graph$1
    while [ -n "$url" ]; do
        page=$(fetch -H "Authorization: Bearer $graph_token" -H 'ConsistencyLevel: eventual' \
            -H 'Prefer: include-unknown-enum-members' "$url")
        echo "$page"
        url=$(printf %s "$page" | sed -n 's/.*"@odata.nextLink":"\([^"]*\)".*/\1/p')
    done
}

demo=$here/tenants/demo.json

echo '# login'
sim_start "$demo" --page-size 20
expiry=$(($(date +%s) + 600))
audience=$login/$tenant/oauth2/v2.0/token
contains 'a token by secret' '"access_token"' \
    "$(token_reply "$graph" -d "client_id=$client" --data-urlencode "client_secret@$work/client.secret")"
contains 'wrong secret' 'AADSTS7000215' "$(token_reply "$graph" -d "client_id=$client" -d client_secret=no)"
contains 'expired secret' 'AADSTS7000222' \
    "$(token_reply "$graph" -d "client_id=$client" -d client_secret=expired-secret-of-2024)"
contains 'no credential' 'AADSTS7000218' "$(token_reply "$graph" -d "client_id=$client")"
contains 'unknown app' 'AADSTS700016' \
    "$(token_reply "$graph" -d client_id=00000000-1111-2222-3333-444444444444 -d client_secret=x)"
contains 'disabled app' 'AADSTS7000112' \
    "$(token_reply "$graph" -d client_id=0be5d3f7-91a2-4c68-b3d4-5e7f6a8c9d01 -d client_secret=x)"
contains 'unknown resource' 'AADSTS500011' \
    "$(token_reply https://graph.example -d "client_id=$client" -d client_secret=x)"
contains 'bad scope' 'AADSTS70011' "$(fetch "$login/$tenant/oauth2/v2.0/token" \
    -d grant_type=client_credentials -d "client_id=$client" -d client_secret=x -d scope=User.Read)"
contains 'two resources' 'AADSTS28002' "$(fetch "$login/$tenant/oauth2/v2.0/token" \
    -d grant_type=client_credentials -d "client_id=$client" -d client_secret=x \
    --data-urlencode "scope=$graph/.default $exchange/.default")"
contains 'unknown tenant' 'AADSTS90002' "$(fetch "$login/nobody.example/oauth2/v2.0/token" \
    -d grant_type=client_credentials -d "client_id=$client" -d client_secret=x -d scope=x)"
contains 'malformed tenant' 'AADSTS900023' "$(fetch "$login/nonsense/oauth2/v2.0/token" \
    -d grant_type=client_credentials -d "client_id=$client" -d client_secret=x -d scope=x)"
contains 'tenant by domain' '"token_endpoint"' \
    "$(fetch "$login/larkfield.example/v2.0/.well-known/openid-configuration")"
contains 'PS256 assertion' '"access_token"' \
    "$(with_assertion "$(assertion PS256 "$work/client.pem" "$audience" $expiry "$client")" "$client")"
contains 'RS256 assertion' '"access_token"' \
    "$(with_assertion "$(assertion RS256 "$work/client.pem" "$audience" $expiry "$client")" "$client")"
old=a7c3e915-60b8-4f5d-8e21-94d6f0b3c781
contains 'PS256 where only RS256 is taken' 'AADSTS700027' \
    "$(with_assertion "$(assertion PS256 "$work/client.pem" "$audience" $expiry $old)" $old)"
contains 'RS256 where only RS256 is taken' '"access_token"' \
    "$(with_assertion "$(assertion RS256 "$work/client.pem" "$audience" $expiry $old)" $old)"
contains 'unregistered certificate' 'AADSTS700027' \
    "$(with_assertion "$(assertion PS256 "$work/unregistered.pem" "$audience" $expiry "$client")" "$client")"
contains 'assertion too old' 'AADSTS700024' \
    "$(with_assertion "$(assertion PS256 "$work/client.pem" "$audience" 1000000000 "$client")" "$client")"
contains 'assertion for another endpoint' 'AADSTS700023' \
    "$(with_assertion "$(assertion PS256 "$work/client.pem" "$login/x" $expiry "$client")" "$client")"

echo '# Graph'
contains 'organization' '"displayName":"Larkfield Logistics"' "$(graph /v1.0/organization)"
contains 'no token' '[401]' "$(fetch -w ' [%{http_code}]' "$graph/v1.0/organization")"
contains 'a token for the other origin' 'Invalid audience' \
    "$(fetch -H "Authorization: Bearer $exchange_token" "$graph/v1.0/organization")"
users=$(all_pages '/v1.0/users?$select=id,userPrincipalName&$top=999')
check 'every user once' "$(grep -c '{"upn"' "$demo")" "$(echo "$users" | count '"userPrincipalName"')"
check 'one page is empty' 1 "$(echo "$users" | count '"value":\[\]')"
contains 'default properties only' '"businessPhones"' "$(graph '/v1.0/users?$top=1')"
lacks 'no accountEnabled without $select' accountEnabled "$(graph '/v1.0/users?$top=1')"
contains '$top above 999' '[400]' "$(graph '/v1.0/users?$top=1000')"
contains '$top above 500 with signInActivity' '[400]' \
    "$(graph '/v1.0/users?$select=id,signInActivity&$top=999')"
contains 'signInActivity' lastSuccessfulSignInDateTime \
    "$(graph '/v1.0/users?$select=id,signInActivity&$top=500')"
contains 'mailboxSettings in a list' '[501]' "$(graph '/v1.0/users?$select=id,mailboxSettings')"
contains 'perUserMfaState' '"perUserMfaState":"enforced"' "$(all_pages '/v1.0/users?$select=id,perUserMfaState')"
contains 'unknown property' 'Could not find a property' "$(graph '/v1.0/domains?$select=nope')"
contains 'unknown path' '[400]' "$(graph /v1.0/nope)"
contains 'a method that is not allowed' '[405]' "$(graph /v1.0/users -X DELETE)"
beta=$(all_pages /beta/identity/conditionalAccess/policies)
v1=$(all_pages /v1.0/identity/conditionalAccess/policies)
contains 'beta has the preview policy' 'CA050' "$beta"
lacks 'v1.0 hides it' 'CA050' "$v1"
contains 'late enum member with Prefer' riskRemediation "$beta"
lacks 'late enum member without Prefer' riskRemediation \
    "$(fetch -H "Authorization: Bearer $graph_token" "$graph/beta/identity/conditionalAccess/policies?\$top=999")"
contains 'strength inline' '"authenticationStrength@odata.context"' "$beta"
contains '$filter on policies' CA040 \
    "$(graph "/beta/identity/conditionalAccess/policies?\$filter=state%20eq%20'disabled'")"
contains 'named locations' iPv6CidrRange "$(graph /v1.0/identity/conditionalAccess/namedLocations)"
contains 'security defaults' '"isEnabled":false' \
    "$(graph /v1.0/policies/identitySecurityDefaultsEnforcementPolicy)"
contains 'authentication methods policy' migrationInProgress \
    "$(graph /v1.0/policies/authenticationMethodsPolicy)"
contains 'authorization policy' '"allowInvitesFrom":"everyone"' "$(graph /v1.0/policies/authorizationPolicy)"
contains 'strengths' 'Front-line QR' "$(graph /v1.0/policies/authenticationStrengthPolicies)"
contains 'SKUs' EXCHANGE_S_ENTERPRISE "$(graph /v1.0/subscribedSkus)"
lacks 'disabled users have no registration row' tom.hale \
    "$(all_pages /v1.0/reports/authenticationMethods/userRegistrationDetails)"
group=$(graph "/v1.0/groups?\$filter=displayName%20eq%20'CA-Exclude-LegacyAuth'&\$select=id" |
    sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
members="/v1.0/groups/$group/transitiveMembers/microsoft.graph.user"
contains 'the cast needs ConsistencyLevel' '[400]' "$(graph "$members?\$count=true")"
nested=$(all_pages "$members?\$count=true&\$select=id,userPrincipalName&\$top=5")
contains 'nested members: the administrator' gareth.pugh "$nested"
contains 'nested members: the guest' ivo.kral "$nested"
check 'nested members: each once' 1 "$(echo "$nested" | count 'gareth.pugh')"
contains 'deleted group' 'Request_ResourceNotFound' \
    "$(graph '/v1.0/groups/0f6d1c4e-2d9b-4a57-8b1e-6d0b7f3c9a11/transitiveMembers/microsoft.graph.user?$count=true' \
        -H 'ConsistencyLevel: eventual')"
contains 'active roles' 'Global Administrator' "$(graph /v1.0/directoryRoles)"
contains 'assignments with principals' '"principal":{"@odata.type":"#microsoft.graph.group"' \
    "$(all_pages '/v1.0/roleManagement/directory/roleAssignments?$expand=principal')"
contains 'eligible roles' roleEligibilityScheduleId \
    "$(graph /v1.0/roleManagement/directory/roleEligibilityScheduleInstances)"
smtp="createdDateTime%20ge%202026-10-24T00:00:00Z%20and%20createdDateTime%20le%202026-11-23T23:59:59Z%20and%20(clientAppUsed%20eq%20'Authenticated%20SMTP'%20or%20clientAppUsed%20eq%20'SMTP')"
contains 'SMTP sign-ins' '"errorCode":53003' "$(all_pages "/v1.0/auditLogs/signIns?\$filter=$smtp")"
lacks 'only SMTP' POP3 "$(all_pages "/v1.0/auditLogs/signIns?\$filter=$smtp")"
contains 'non-interactive on beta' '"clientAppUsed":"SMTP"' \
    "$(graph "/beta/auditLogs/signIns?\$filter=signInEventTypes/any(t:%20t%20eq%20'nonInteractiveUser')")"
contains 'v1.0 has no event types' '[400]' \
    "$(graph "/v1.0/auditLogs/signIns?\$filter=signInEventTypes/any(t:%20t%20eq%20'nonInteractiveUser')")"
contains 'unsupported filter' '[400]' "$(graph "/v1.0/auditLogs/signIns?\$filter=clientAppUsed%20ne%20'x'")"
contains 'tampered page token' 'Directory_ExpiredPageToken' "$(graph '/v1.0/users?$skiptoken=Mjo1OjAwMDA')"
contains 'per-user MFA' '"perUserMfaState":"enforced"' \
    "$(graph /beta/users/marta.nowak@larkfield.example/authentication/requirements)"
contains 'getByIds' '"@odata.type":"#microsoft.graph.group"' \
    "$(graph /v1.0/directoryObjects/getByIds -H 'Content-Type: application/json' \
        -d "{\"ids\":[\"$group\",\"11111111-1111-1111-1111-111111111111\"]}")"
contains 'gzip' 'Content-Encoding: gzip' "$(fetch -D - -o /dev/null -H "Authorization: Bearer $graph_token" \
    -H 'Accept-Encoding: gzip' "$graph/v1.0/subscribedSkus")"

echo '# Exchange'
contains 'transport' '"SmtpClientAuthenticationDisabled":true' "$(cmdlet Get-TransportConfig '{}')"
flags=$(cmdlet Get-CASMailbox '{"ResultSize":"Unlimited"}' \
    '?$select=PrimarySmtpAddress,SmtpClientAuthenticationDisabled')
contains 'page by nextLink' '@odata.nextLink' "$flags"
next=$(printf %s "$flags" | sed -n 's/.*"@odata.nextLink":"\([^"]*\)".*/\1/p')
contains 'nextLink by GET' '[405]' "$(fetch -H "Authorization: Bearer $exchange_token" -w ' [%{http_code}]' "$next")"
body='{"CmdletInput":{"CmdletName":"Get-CASMailbox","Parameters":{"ResultSize":"Unlimited"}}}'
contains 'nextLink by POST' '"value":[{' "$(fetch -H "Authorization: Bearer $exchange_token" \
    -H 'X-ResponseFormat: json' -d "$body" "$next")"
contains 'nextLink with another body' '[400]' "$(fetch -H "Authorization: Bearer $exchange_token" \
    -w ' [%{http_code}]' -d '{"CmdletInput":{"CmdletName":"Get-CASMailbox"}}' "$next")"
one=$(cmdlet Get-CASMailbox '{"Identity":"svc-legacy@larkfield.example"}')
lacks 'an absent flag' SmtpClientAuthenticationDisabled "$one"
contains 'a null flag' '"SmtpClientAuthenticationDisabled":null' \
    "$(cmdlet Get-CASMailbox '{"Identity":"ben.fowler@larkfield.example"}')"
contains 'a false flag' '"SmtpClientAuthenticationDisabled":false' \
    "$(cmdlet Get-CASMailbox '{"Identity":"noreply@larkfield.example"}')"
contains 'guid annotations' '"Guid@data.type":"System.Guid"' "$one"
contains 'mailbox type' '"RecipientTypeDetails":"SharedMailbox"' \
    "$(cmdlet Get-Mailbox '{"RecipientTypeDetails":["SharedMailbox"]}')"
contains 'authentication policy of a user' '"AuthenticationPolicy":"Block Basic SMTP"' \
    "$(cmdlet Get-User '{"Identity":"svc-fax@larkfield.example"}')"
contains 'authentication policies' '"AllowBasicAuthSmtp":true' "$(cmdlet Get-AuthenticationPolicy '{}')"
contains 'HVE accounts' alerts-hve "$(cmdlet Get-MailUser '{"HVEAccount":true}')"
lacks 'other mail users' alerts-hve "$(cmdlet Get-MailUser '{}')"
contains 'domains' '"DomainType":"InternalRelay"' "$(cmdlet Get-AcceptedDomain '{"ResultSize":"Unlimited"}')"
contains 'DKIM' CnameMissing "$(cmdlet Get-DkimSigningConfig '{}')"
contains 'connectors' 'Warehouse printers relay' "$(cmdlet Get-InboundConnector '{}')"
contains 'outbound spam' AutoForwardingMode "$(cmdlet Get-HostedOutboundSpamFilterPolicy '{}')"
contains 'organization config' '"RejectDirectSend":false' "$(cmdlet Get-OrganizationConfig '{}')"
contains 'ResultSize where there is none' 'ParameterBindingException' \
    "$(cmdlet Get-TransportConfig '{"ResultSize":"Unlimited"}')"
contains 'nothing can be written' 'CommandNotFoundException' \
    "$(cmdlet Set-TransportConfig '{"SmtpClientAuthenticationDisabled":false}')"
contains 'unknown mailbox' '[404]' "$(cmdlet Get-Mailbox '{"Identity":"nobody@larkfield.example"}')"
contains 'clixml without the header' '_clixml' "$(fetch -H "Authorization: Bearer $exchange_token" \
    -d '{"CmdletInput":{"CmdletName":"Get-TransportConfig"}}' "$exchange/adminapi/beta/$tenant/InvokeCommand")"
contains 'the log says what was wrong' '"invalid":"The term ' "$(cat "$work/log")"
contains 'the log names the cmdlet' '"cmdlet":"Get-TransportConfig"' "$(cat "$work/log")"

if command -v dig >/dev/null 2>&1; then
    echo '# DNS'
    dns=$(ready dns)
    ask() { dig +time=2 +tries=1 @127.0.0.1 -p "${dns#*:}" "$@" 2>&1; }
    contains 'SPF over TCP after truncation' 'v=spf1 ip4:203.0.113.0/24' \
        "$(ask +noedns +short TXT larkfield.example)"
    contains 'truncated over UDP' 'flags: qr aa tc' "$(ask +noedns +ignore TXT larkfield.example)"
    contains 'DKIM by CNAME' 'v=DKIM1' "$(ask +short TXT selector1._domainkey.larkfield.example)"
    contains 'MX' 'mail.protection.outlook.com' "$(ask +short MX Larkfield-Print.example)"
    contains 'NXDOMAIN' NXDOMAIN "$(ask TXT _dmarc.larkfield-print.example)"
    contains 'no data' 'status: NOERROR' "$(ask TXT larkfield-print.example)"
fi
sim_stop

echo '# permissions, licences, roles'
sim_start "$demo" --remove-permission Policy.Read.All --remove-exchange-role --licence none \
    --disable-endpoint /subscribedSkus
contains 'a permission is gone' 'Authorization_RequestDenied' \
    "$(graph /v1.0/policies/identitySecurityDefaultsEnforcementPolicy)"
contains 'no directory role' '[403]' "$(cmdlet Get-TransportConfig '{}')"
contains 'no P1' 'Authentication_RequestFromNonPremiumTenantOrB2CTenant' "$(graph /v1.0/auditLogs/signIns)"
contains 'no P2' '[403]' "$(graph /v1.0/roleManagement/directory/roleEligibilityScheduleInstances)"
contains 'endpoint switched off' '[400]' "$(graph /v1.0/subscribedSkus)"
sim_stop
sim_start "$demo" --remove-permission Organization.Read.All --licence none --disable-cmdlet Get-User
contains 'organization with nulls' '"assignedPlans":[]' "$(graph /v1.0/organization)"
contains 'no policies without P1' '"value":[]' "$(graph /beta/identity/conditionalAccess/policies)"
contains 'cmdlet out of reach' 'not allowed to call Get-User' "$(cmdlet Get-User '{}')"
sim_stop

echo '# faults'
sim_start "$demo" \
    --fault 'match=/v1.0/organization;nth=2;kind=status;value=429;retry-after=2.128' \
    --fault 'match=/v1.0/domains;kind=reset;times=1' \
    --fault 'match=/subscribedSkus;kind=truncate;times=1' \
    --fault 'match=/directoryRoles;kind=bad-utf8;times=1' \
    --fault 'match=/namedLocations;kind=dup-keys;times=1' \
    --fault 'match=authorizationPolicy;kind=html;value=503' \
    --fault 'match=authenticationMethodsPolicy;kind=empty' \
    --fault 'match=roleDefinitions;kind=nextlink-stranger' \
    --fault 'match=userRegistrationDetails;kind=nextlink-loop' \
    --fault 'match=/users?;kind=nextlink-endless' \
    --fault 'match=identitySecurityDefaults;kind=redirect;value=https://stranger.example/' \
    --fault 'match=authenticationStrengthPolicies;kind=claims-challenge' \
    --fault 'match=/auditLogs;kind=nonpremium;times=1' \
    --fault 'match=roleAssignments;kind=wrong-type' \
    --fault 'match=/groups;kind=error-in-200' \
    --fault 'match=licenseDetails;kind=revoke-token;times=1' \
    --fault 'match=conditionalAccess/policies;kind=missing-property;value=state' \
    --fault 'match=/roleEligibility;kind=big;value=300000' \
    --fault 'cmdlet=Get-TransportConfig;kind=missing-property;value=SmtpClientAuthenticationDisabled' \
    --fault 'cmdlet=Get-Mailbox;kind=slow;value=100000' \
    --fault 'cmdlet=Get-User;kind=status;value=503;times=1'
contains 'first request is fine' '[200]' "$(graph /v1.0/organization)"
contains '429 on the second' 'Retry-After: 2.128' "$(graph /v1.0/organization -D -)"
contains 'third request is fine' '[200]' "$(graph /v1.0/organization)"
contains 'reset' '[000]' "$(graph /v1.0/domains)"
contains 'after the reset' '[200]' "$(graph /v1.0/domains)"
graph /v1.0/subscribedSkus >/dev/null
check 'truncated body' 1 "$(grep -c 'curl: (\(18\|56\))' "$work/curl.err")"
graph /v1.0/directoryRoles >"$work/body"
check 'bad UTF-8' 1 "$(LC_ALL=C grep -c "$(printf '\377\376\303')" "$work/body")"
contains 'duplicate keys' '{"value":[],' "$(graph /v1.0/identity/conditionalAccess/namedLocations)"
contains 'HTML' '<h1>' "$(graph /v1.0/policies/authorizationPolicy)"
check 'empty body' ' [200]' "$(graph /v1.0/policies/authenticationMethodsPolicy)"
contains 'nextLink to a stranger' "\"@odata.nextLink\":\"$(ready stranger)" \
    "$(graph /v1.0/roleManagement/directory/roleDefinitions)"
contains 'nextLink to itself' "nextLink\":\"$graph/v1.0/reports/authenticationMethods/userRegistrationDetails\"" \
    "$(graph /v1.0/reports/authenticationMethods/userRegistrationDetails)"
contains 'endless nextLink' 'skiptoken=endless2' \
    "$(graph "$(graph '/v1.0/users?$top=1' | sed -n 's/.*"@odata.nextLink":"https:..[^/]*\([^"]*\)".*/\1/p')")"
contains 'redirect' '[302]' "$(graph /v1.0/policies/identitySecurityDefaultsEnforcementPolicy)"
contains 'claims challenge' insufficient_claims "$(graph /v1.0/policies/authenticationStrengthPolicies -D -)"
contains 'non-premium once' NonPremium "$(graph /v1.0/auditLogs/signIns)"
contains 'non-premium only once' '[200]' "$(graph '/v1.0/auditLogs/signIns?$top=1')"
contains 'wrong type' 'not a list' "$(graph /v1.0/roleManagement/directory/roleAssignments)"
contains 'error in 200' '[200]' "$(graph /v1.0/groups)"
lacks 'missing property' '"state":' "$(graph '/beta/identity/conditionalAccess/policies?$top=2')"
check 'big body' 300000 "$(fetch -H "Authorization: Bearer $graph_token" -o /dev/null -w '%{size_download}' \
    "$graph/v1.0/roleManagement/directory/roleEligibilityScheduleInstances")"
lacks 'missing property from Exchange' SmtpClientAuthenticationDisabled "$(cmdlet Get-TransportConfig '{}')"
contains 'slow body' '[200]' "$(cmdlet Get-Mailbox '{"Identity":"info@larkfield.example"}')"
contains '503 from Exchange' '"details":' "$(cmdlet Get-User '{}')"
contains 'revoked token' '[401]' "$(graph /v1.0/users/anna.berg@larkfield.example/licenseDetails)"
graph_token=$(token "$graph")
contains 'a new token works' '[200]' "$(graph /v1.0/users/anna.berg@larkfield.example/licenseDetails)"
sim_stop

echo '# other tenants'
sim_start "$here/tenants/security-defaults.json"
contains 'security defaults on' '"isEnabled":true' \
    "$(graph /v1.0/policies/identitySecurityDefaultsEnforcementPolicy)"
contains 'tenant flag off' '"SmtpClientAuthenticationDisabled":false' "$(cmdlet Get-TransportConfig '{}')"
contains 'null is not false' '"AllowLegacyTLSClients":null' "$(cmdlet Get-TransportConfig '{}')"
contains 'no sign-in log without P1' '[403]' "$(graph /v1.0/auditLogs/signIns)"
sim_stop
sim_start "$here/tenants/clean.json" --token-lifetime 3
contains 'clean tenant' 'Tidewater Pilots' "$(graph /v1.0/organization)"
sleep 4
contains 'expired token' 'token is expired' "$(graph /v1.0/organization)"
sim_stop

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
