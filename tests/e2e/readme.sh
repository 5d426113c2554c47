#!/bin/sh
# readme.sh - runs every graphaudit command that the README shows, as it stands there; the tenant in
# them is the simulator's.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
top=$here/../..

sim demo || finish
mkdir bin
ln -s "$GRAPHAUDIT" bin/graphaudit
PATH=$work/bin:$PATH
cp -r "$top/rules/packs/smtp-auth" my-rules
cp "$sim_dir/client.pem" client.pem
echo "2026-11-20 03:12:07 smtp: 535 5.7.3 Authentication unsuccessful" >device.log
export AZURE_CLIENT_ID="$client_id" AZURE_CLIENT_CERTIFICATE_PATH=client.pem

# Lines of the sh blocks, continuations joined, comments cut.
awk '/^ *```sh/ { on = 1; next } /^ *```/ { on = 0 } on' "$top/README.md" |
    sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' -e 's/^ *//; s/ *#.*//' | grep '^graphaudit ' >commands
yes "the README shows commands" [ "$(wc -l <commands)" -ge 8 ]
while read -r line <&3; do
    case $line in
    *"--tenant contoso.onmicrosoft.com"*)
        run=$(printf '%s' "$line" | sed "s/contoso.onmicrosoft.com/$tenant_id/")
        run="$run --cloud $sim_dir/cloud.yaml --ca-file $sim_dir/ca.pem --dns-server $dns"
        ;;
    *" diff october.db "*) cp contoso.db october.db; run=$line ;;
    *" probe "*) run="$line --cloud $sim_dir/cloud.yaml --ca-file $sim_dir/ca.pem" ;;
    *) run=$line ;;
    esac
    run=$(printf '%s' "$run" | sed 's/scanner@contoso.example/svc-scanner@larkfield.example/')
    sh -c "$run" >"$work/out" 2>"$work/err"
    rc=$?
    case $rc in
    0 | 1 | 3) ok "README: $line" ;;
    *) bad "README: $line (exit $rc)" "$(cat "$work/err")" ;;
    esac
done 3<commands
finish
