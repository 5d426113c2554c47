#!/bin/sh
# permissions.sh - least privilege: what `permissions` and `plan` say, and that it is enough: with exactly that and
# nothing else, the rules it was asked about are judged as with everything.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
packs=$here/../../rules/packs

sim demo || finish
contact audit --snapshot base.db
is "baseline" "$rc" 1
all=$(sql base.db "SELECT DISTINCT permission FROM collection WHERE permission LIKE '%.Read%' ORDER BY 1")

# The permissions of one rule file, one a line.
needed() { "$GRAPHAUDIT" permissions --json --rules "$1" >needed.json && sed -n 's/^      "permission": "\(.*\)",$/\1/p' needed.json; }

# Rules that need the same set share one audit, which has that set and no other.
mkdir sets
for f in "$packs"/*/*-*.yaml; do
    id=$(basename "$f" .yaml)
    set=$(needed "$f" | tr '\n' ' ')
    printf '%s' "$set" >"sets/$id"
done
is "every rule has a set" "$(ls sets | wc -l)" "$(ls "$packs"/*/*-*.yaml | wc -l)"
is "nothing but this table is needed" "$(cat sets/* | tr ' ' '\n' | sort -u | grep -vxF "$all
Exchange.ManageAsApp" | tr -d '\n')" ""
checked=0
sets_of() { for s in sets/*; do cat "$s"; echo; done | sort -u; }
sets_of >all.sets
while read -r set; do
    removed=
    for p in $all Exchange.ManageAsApp; do
        case " $set " in *" $p "*) ;; *) removed="$removed --remove-permission $p" ;; esac
    done
    # shellcheck disable=SC2086
    sim demo $removed || finish
    rm -f least.db
    contact audit --snapshot least.db
    for s in sets/*; do
        [ "$(sed 's/ $//' "$s")" = "${set% }" ] || continue
        id=${s#sets/}
        checked=$((checked + 1))
        if [ -z "$set" ]; then # nothing at all may be read: the audit says so and leaves no file
            is "$id with nothing: exit" "$rc" 4
            continue
        fi
        q="SELECT outcome || ' ' || pass || ' ' || fail FROM rule_result WHERE rule_id = '$id'"
        is "$id with only: ${set:-nothing}" "$(sql least.db "$q")" "$(sql base.db "$q")"
    done
done <all.sets
is "every rule was checked" $checked "$(ls sets | wc -l)"
sim_stop

# And each of them is really needed: removal.sh takes one away after another.

# What it prints.
ga permissions
is "text: exit" "$rc" 0
has "text: a permission" "$out" "Policy.Read.All"
has "text: what is lost" "$out" "ENTRA-CA-001"
has "text: Exchange" "$out" "Get-CASMailbox"
has "text: a directory role does as well" "$out" "Global Reader"
has "text: licences" "$out" "Entra ID P1"
lost=$(printf '%s\n' "$out" | sed -n '/^Licences/,/^$/p')
has "text: what P1 costs" "$lost" "ENTRA-MFA-002"
hasnot "text: eligible roles cost nothing without P2" "$lost" "P2"
has "text: they are named" "$out" "Eligible directory role assignments (Entra ID P2)"
is "text: fits into 80 columns" "$(printf '%s\n' "$out" | awk 'length($0) > 80' | head -n 3)" ""
hasnot "text: no colour into a file" "$out" "$(printf '\033')"
ga permissions --rules "$packs/smtp-auth/EXO-SMTP-001.yaml"
has "one rule: its cmdlet" "$out" "Get-TransportConfig"
hasnot "one rule: nothing of Graph" "$out" ".Read."
hasnot "one rule: no other role" "$out" "View-Only Recipients"
ga permissions --rules "$packs/core/RUN-001.yaml"
has "a rule that reads no tenant" "$out" "None"
ga permissions --format json
cp out all.json
is "json: every id is a GUID, once" "$(grep -c '"id": "[0-9a-f]\{8\}-[0-9a-f-]\{27\}"' all.json)" \
    "$(($(grep -c '"permission":' all.json) * 2))"
# A tenant without P1 and P2: what is not evaluated for lack of a licence is what was said, and P2 costs nothing.
sim security-defaults || finish
contact audit --snapshot unlicensed.db --quiet
sqlite3 :memory: "SELECT DISTINCT r.value FROM json_each(readfile('all.json'), '\$.licences') l, json_each(l.value, '\$.rules') r ORDER BY 1" >said
sql unlicensed.db "SELECT rule_id FROM rule_result WHERE outcome = 'not_evaluated' AND reason_code = 'licence' ORDER BY 1" >lost
yes "without a licence: some rules are lost" [ -s lost ]
is "without a licence: those that were named" "$(grep -vxFf said lost)" ""
is "without a licence: eligible roles were skipped" "$(one unlicensed.db role-eligibility)" "skipped/licence"
sim_stop
ga permissions --json
yes "--json is --format json" cmp -s out all.json
ga permissions --format manifest
is "manifest: two APIs" "$(grep -c resourceAppId out)" 2
has "manifest: Graph" "$out" '"resourceAppId": "00000003-0000-0000-c000-000000000000"'
has "manifest: Exchange.ManageAsApp" "$out" '"id": "dc50a0fb-09a3-484d-be87-e023b12c6440"'
is "manifest: application permissions only" "$(grep '"type"' out | sort -u)" '        "type": "Role"'
ga permissions --format pdf
is "unknown format: exit" "$rc" 2
ga permissions --format az --client-id me
is "client id is no GUID: exit" "$rc" 2

# The az script, run against an az that only writes down what it is told.
mkdir bin
cat >bin/az <<'EOF'
#!/bin/sh
printf '%s\n' "$*" >>"$AZ_LOG"
case $* in
"ad sp show"*) echo "object-of-$5" ;;
*appRoleAssignments*GET* | *"--method GET"*appRoleAssignments*) [ -z "${AZ_HAS:-}" ] || echo "$AZ_HAS" ;;
*"--method GET"*) ;;
esac
EOF
sed -i 's/\$5/$5/' bin/az
chmod +x bin/az
id=6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10
ga permissions --format az
cp out grant.sh
yes "az script is sh" sh -n grant.sh
AZ_LOG=az.log PATH=$work/bin:$PATH sh grant.sh $id >az.out 2>&1
is "az script runs" $? 0
is "az script grants each permission" "$(grep -c '"appRoleId"' az.log)" "$(grep -c '"permission":' all.json)"
has "az script: to this application" "$(cat az.log)" "servicePrincipals/object-of-$id/appRoleAssignments"
has "az script: Global Reader" "$(cat az.log)" "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
rm az.log
AZ_LOG=az.log AZ_HAS=246dd0d5-5bd0-4def-940b-0421030a5b68 PATH=$work/bin:$PATH sh grant.sh $id >az.out 2>&1
hasnot "az script grants nothing twice" "$(grep '"appRoleId"' az.log)" "246dd0d5-5bd0-4def-940b-0421030a5b68"
PATH=$work/bin:$PATH AZ_LOG=az.log sh grant.sh >az.out 2>&1
yes "az script asks for the client id" [ $? -ne 0 ]
ga permissions --format az --client-id $id --cloud usgov
has "az script: client id given" "$out" "client_id=\${1:-$id}"
has "az script: another cloud" "$out" "https://graph.microsoft.us/v1.0"
ga permissions --format powershell --client-id $id --cloud china
has "PowerShell: cloud" "$out" "-Environment China"
for p in $(sed -n 's/^      "id": "\(.*\)",$/\1/p' all.json); do has "PowerShell: $p" "$out" "'$p'"; done
has "PowerShell: a narrower role" "$out" "New-RoleGroup -Name 'graphaudit readers' -Roles 'View-Only Configuration', 'View-Only Recipients'"
is "PowerShell: braces are closed" "$(tr -cd '{' <out | wc -c)" "$(tr -cd '}' <out | wc -c)"

# plan: contacts nothing, and says what an audit would ask.
ga plan
is "plan: exit" "$rc" 0
for r in $(sql base.db "SELECT request_template FROM collection WHERE request_template LIKE 'Get-%' AND resource <> 'none'" | sed 's/ .*//' | sort -u); do
    has "plan: $r" "$out" "$r"
done
has "plan: no numbers without a snapshot" "$out" "Give --snapshot"
is "plan: fits into 80 columns, but for URLs" "$(printf '%s\n' "$out" | grep -v '/v1.0/\|/beta/\|^ *&' | awk 'length($0) > 80' | head -n 3)" ""
ga plan --snapshot base.db
has "plan: rows of the snapshot" "$out" "rows"
has "plan: a time" "$out" "About "
has "plan: its assumption" "$out" "an assumption"
ga plan --json --snapshot base.db
has "plan --json" "$out" '"longest_chain_ms"'
ga plan --rules "$packs/smtp-auth/EXO-SMTP-001.yaml" --json
is "plan of one rule" "$(grep -c '"resource":' out)" 1
has "plan of one rule: its budget" "$out" '"budget": "Exchange Online"'
ga plan --snapshot none.db
is "plan: no such snapshot" "$rc" 2
finish
